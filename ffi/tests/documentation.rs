//! What a reader of the header relies on: every function tells the same things in the same order, and
//! every name belongs to the library.
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

use workshop::declarations::{Function, functions, header, names};

/// The sections after the purpose and the arguments, in order.
const SECTIONS: [&str; 4] = ["Ownership: ", "Errors: ", "Thread-safety: ", "Since: ABI "];

fn complaints(function: &Function) -> Vec<String> {
    let comment = &function.comment;
    let mut found = Vec::new();
    let purpose = comment.lines().next().unwrap_or_default();
    let is_sentence = purpose.chars().next().is_some_and(char::is_uppercase);
    if !is_sentence || purpose.starts_with('@') {
        found.push("no purpose".to_owned());
    }
    let parameters: Vec<_> = comment
        .lines()
        .filter_map(|line| line.strip_prefix("@param["))
        .filter_map(|line| line.split_once(']'))
        .map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default())
        .collect();
    if parameters != function.arguments {
        found.push(format!("@param {parameters:?}, arguments {:?}", function.arguments));
    }
    if function.result != "void"
        && function.result != "syncline_status"
        && !comment.contains("@return ")
    {
        found.push("no @return".to_owned());
    }
    let starts: Vec<_> = SECTIONS
        .iter()
        .map(|section| {
            let at = comment.lines().position(|line| line.starts_with(section));
            let empty = comment.lines().any(|line| line.trim_end() == section.trim_end());
            if at.is_none() || empty {
                found.push(format!("no section {section:?}"));
            }
            at
        })
        .collect();
    if !starts.is_sorted() {
        found.push("sections out of order".to_owned());
    }
    found
}

#[test]
fn every_function_tells_purpose_arguments_ownership_errors_thread_safety_and_since() {
    let mut found = Vec::new();
    for function in functions() {
        for complaint in complaints(&function) {
            found.push(format!("{}: {complaint}", function.name));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_judge_of_comments_finds_what_is_missing() {
    let bare = Function {
        name: "syncline_x".into(),
        arguments: vec!["a".into()],
        result: "uint32_t".into(),
        comment: "Does.\n\nSince: ABI 1.\nOwnership: none.".into(),
    };
    let found = complaints(&bare).join("\n");
    for expected in ["@param", "@return", "Errors", "Thread-safety", "out of order"] {
        assert!(found.contains(expected), "{expected} in {found}");
    }
}

#[test]
fn a_function_that_can_fail_takes_a_place_for_its_error_last() {
    for function in functions() {
        let last = function.arguments.last().map(String::as_str);
        let can_fail =
            function.result == "syncline_status" && function.name != "syncline_error_status";
        assert_eq!(last == Some("err"), can_fail, "{}", function.name);
    }
}

#[test]
fn every_name_in_the_header_starts_with_the_librarys() {
    let names = names();
    for known in ["SYNCLINE_STATUS_OK", "syncline_buf", "syncline_abi_version", "SYNCLINE_API"] {
        assert!(names.contains(known), "the reader of names lost {known}: {names:?}");
    }
    let foreign: Vec<_> = names
        .iter()
        .filter(|name| !name.starts_with("syncline_") && !name.starts_with("SYNCLINE_"))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn the_header_is_plain_ascii() {
    let strange = header().lines().find(|line| !line.is_ascii()).map(str::to_owned);
    assert_eq!(strange, None);
}

#[test]
fn the_headers_version_is_the_packages() {
    let header = header();
    for (part, expected) in [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        let line = format!("#define SYNCLINE_VERSION_{part} {expected}");
        assert!(header.lines().any(|got| got == line), "{line}");
    }
    let line = format!("#define SYNCLINE_VERSION_STRING \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(header.lines().any(|got| got == line), "{line}");
    let line = format!("#define SYNCLINE_ABI_VERSION {}", syncline::SYNCLINE_ABI_VERSION);
    assert!(header.lines().any(|got| got == line), "{line}");
}
