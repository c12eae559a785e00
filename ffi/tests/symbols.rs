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
use workshop::{built, include, run, sources, tool};

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
fn every_function_is_called_by_a_program() {
    let texts = sources("c", "c").into_iter().chain(sources("c", "h"));
    let programs: String = texts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let functions = functions();
    let uncalled: Vec<_> = functions
        .iter()
        .map(|function| &function.name)
        .filter(|name| !programs.contains(&format!("{name}(")))
        .collect();
    assert!(uncalled.is_empty(), "{uncalled:?}");
}

#[test]
fn every_function_is_reached_by_the_cpp_header() {
    // Copies of a class share one handle, and the texts of versions and numbers need no class.
    let not_needed = [
        "syncline_version_string",
        "syncline_status_message",
        "syncline_status_close_number",
        "syncline_client_clone",
        "syncline_server_clone",
        "syncline_view_clone",
        "syncline_screen_clone",
    ];
    let folder = std::fs::read_dir(include().join("syncline")).unwrap();
    let texts = folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let classes: String = texts.collect();
    let words: BTreeSet<_> =
        classes.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let functions = functions();
    let names = functions.iter().map(|function| function.name.as_str());
    let missing: Vec<_> =
        names.filter(|name| !words.contains(name) && !not_needed.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_librarys_name_carries_the_number_of_the_interface() {
    let told = run(tool("readelf").arg("-d").arg(built().join("libsyncline.so")));
    let expected = format!("soname: [libsyncline.so.{}]", syncline::SYNCLINE_ABI_VERSION);
    assert!(told.contains(&expected), "{expected} in\n{told}");
}
