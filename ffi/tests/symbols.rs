//! What the shared library exports is what the header declares, no more and no less.
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

use std::collections::BTreeSet;

use workshop::declarations::functions;
use workshop::{built, run, tool};

#[test]
fn the_library_exports_what_the_header_declares() {
    let arguments = ["-D", "--defined-only", "--format=posix"];
    let told = run(tool("nm").args(arguments).arg(built().join("libsyncline.so")));
    let exported: BTreeSet<_> =
        told.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let functions = functions();
    let declared: BTreeSet<_> = functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(declared.len(), functions.len(), "a function is declared twice");
    let only = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        one.difference(other).map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(only(&declared, &exported), [""; 0], "declared and not exported");
    assert_eq!(only(&exported, &declared), [""; 0], "exported and not declared");
}

#[test]
fn the_librarys_name_carries_the_number_of_the_interface() {
    let told = run(tool("readelf").arg("-d").arg(built().join("libsyncline.so")));
    let expected = format!("soname: [libsyncline.so.{}]", syncline::SYNCLINE_ABI_VERSION);
    assert!(told.contains(&expected), "{expected} in\n{told}");
}
