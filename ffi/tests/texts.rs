//! The texts of the JSON parsing test suite are in C what they are in Rust, also under the checkers.
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

use std::fs;
use std::process::Command;

use workshop::{Scratch, grinding, program, root, run, sanitized, sources};

#[test]
fn every_text_is_in_c_what_it_is_in_rust() {
    let scratch = Scratch::new("texts");
    let table = root().join("scenarios/json/parsing.tsv");
    let sources = sources("c/texts", "c");
    let plain = program(&scratch, "texts", &sources, false);
    let told = run(sanitized(&program(&scratch, "texts", &sources, true)).arg(&table));
    assert_eq!(told, "318 texts, 0 wrong\n");
    run(grinding().arg(&plain).arg(&table));

    // A runner that accepts everything would be worth nothing.
    for line in
        ["y_null\t6e756c6c\t= nul\n", "y_null\t6e756c6c\tInvalidJson\n", "n\t6e\tInvalidUtf8\n"]
    {
        let planted = scratch.join("planted.tsv");
        fs::write(&planted, line).unwrap();
        assert!(!Command::new(&plain).arg(&planted).output().unwrap().status.success(), "{line}");
    }
}
