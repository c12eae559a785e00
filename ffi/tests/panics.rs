//! A panic inside the library reaches C as a status, and the program lives on.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod workshop;

use std::path::Path;
use std::process::Command;

use workshop::{C_WARNINGS, Scratch, build_panicking, include, run, tool};

#[test]
fn a_panic_reaches_c_as_a_status_and_poisons_the_handle() {
    let scratch = Scratch::new("panics");
    let (library, _) = build_panicking(&scratch);
    let program = scratch.join("panics");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/panics/panics.c");
    run(tool("gcc")
        .args(C_WARNINGS)
        .args(["-std=c11", "-g", "-DSYNCLINE_STATIC", "-fsanitize=address,undefined", "-I"])
        .arg(include())
        .arg(source)
        .arg(library)
        .args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-o"])
        .arg(&program));
    run(Command::new(program).env("RUST_BACKTRACE", "0"));
}
