//! What fuzzers found worth keeping, given to the C API under the sanitizers.
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
use std::path::PathBuf;

use workshop::{Scratch, program, root, run, sanitized, sources};

/// Every file of the corpora whose bytes are what something reads, and no list of operations.
fn inputs() -> Vec<PathBuf> {
    let names = [
        "frame_binary",
        "frame_json",
        "options",
        "patch",
        "record_client",
        "record_proposal",
        "record_room",
        "value",
        "view_frame",
        "view_patch",
        "view_template",
        "view_tree",
    ];
    let folders = names.map(|name| root().join("core/fuzz/corpus").join(name));
    let files = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn bytes_of_others_do_no_harm_through_the_c_api() {
    let scratch = Scratch::new("corpora");
    let program = program(&scratch, "corpora", &sources("c/corpora", "c"), true);
    let inputs = inputs();
    assert!(inputs.len() > 200);
    let told = run(sanitized(&program).args(&inputs));
    assert_eq!(told, format!("{} files\n", inputs.len()));
}
