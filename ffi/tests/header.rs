//! The committed header and the committed table of status codes are those of this source.
//!
//! `UPDATE=1` (or `make header`) writes both anew.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use syncline::{syncline_status, syncline_status_close_number};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn update() -> bool {
    env::var_os("UPDATE").is_some()
}

/// The header as this source says it.
fn make_header() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let part = |text: &str| text.parse::<u64>().unwrap();
    let [major, minor, patch] = [
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    ];
    let defines = config.after_includes.take().unwrap();
    config.after_includes = Some(
        defines
            .replace("@MAJOR@", &major.to_string())
            .replace("@MINOR@", &minor.to_string())
            .replace("@PATCH@", &patch.to_string())
            .replace("@NUMBER@", &(major * 1_000_000 + minor * 1_000 + patch).to_string())
            .replace("@VERSION@", env!("CARGO_PKG_VERSION")),
    );
    let bindings =
        cbindgen::Builder::new().with_crate(folder).with_config(config).generate().unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

/// The table of status codes as this source says it.
fn make_table() -> String {
    let mut table = String::from("number\tname\tC\tmessage\tcloses\n");
    for status in syncline_status::ALL {
        let (number, name, message) = (status.number(), status.name(), status.message());
        let closes = syncline_status_close_number(number);
        writeln!(table, "{number}\t{name}\t{}\t{message}\t{closes}", c_name(name)).unwrap();
    }
    table
}

/// `TooDeep` as `SYNCLINE_STATUS_TOO_DEEP`; a digit belongs to the word before it.
fn c_name(name: &str) -> String {
    let mut out = String::from("SYNCLINE_STATUS");
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

fn compare_or_write(path: &Path, made: &str) {
    if update() {
        fs::write(path, made).unwrap();
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let different = committed.lines().zip(made.lines()).find(|(old, new)| old != new);
    assert!(committed == made, "run `make header`: {} differs at {different:?}", path.display());
}

#[test]
fn the_committed_header_is_that_of_the_source() {
    compare_or_write(&root().join("include/syncline.h"), &make_header());
}

#[test]
fn the_committed_table_of_status_codes_is_that_of_the_source_and_no_code_ever_moved() {
    let path = root().join("include/status.tsv");
    let made = make_table();
    let key = |line: &str| line.split('\t').take(3).collect::<Vec<_>>().join(" ");
    let now: BTreeSet<_> = made.lines().map(key).collect();
    for line in fs::read_to_string(&path).unwrap_or_default().lines() {
        assert!(now.contains(&key(line)), "a status code never moves nor goes: {line}");
    }
    compare_or_write(&path, &made);
}

#[test]
fn every_status_in_the_header_has_the_name_and_number_of_the_table() {
    let header = make_header();
    for line in make_table().lines().skip(1) {
        let cells: Vec<_> = line.split('\t').collect();
        let constant = format!("  {} = {},", cells[2], cells[0]);
        assert!(header.lines().any(|line| line == constant), "not in the header: {constant}");
    }
}
