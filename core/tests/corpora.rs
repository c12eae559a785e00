//! What fuzzers found worth keeping is done again each time, without a fuzzer.
#![cfg(feature = "views")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "of another crate")]
mod targets;

use std::path::Path;

/// Gives every file of a corpus to its target, also with its end cut off at each place.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        target(&bytes);
        for end in (0..bytes.len()).step_by(bytes.len() / 64 + 1) {
            target(&bytes[..end]);
        }
        files += 1;
    }
    assert!(files > 5, "{files} files in {}", folder.display());
}

#[test]
fn trees_are_trees_or_errors() {
    replay("view_tree", targets::view_tree);
}

#[test]
fn markup_is_a_template_or_an_error() {
    replay("view_template", targets::view_template);
}

#[test]
fn patches_make_trees_or_errors() {
    replay("view_patch", targets::view_patch);
}

#[test]
fn frames_are_shown_or_errors() {
    replay("view_frame", targets::view_frame);
}
