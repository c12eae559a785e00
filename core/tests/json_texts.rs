//! The texts of the JSON parsing test suite: which are values, and what their only form is.
//!
//! Every language checks the same table, `scenarios/json/parsing.tsv`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use syncline_core::{Limits, Value};

struct Line {
    name: String,
    input: String,
    result: String,
}

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/json/parsing.tsv")
}

fn lines() -> Vec<Line> {
    let text = std::fs::read_to_string(table()).unwrap();
    let line = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut part = || parts.next().unwrap();
        Line { name: part(), input: part(), result: part() }
    };
    text.lines().map(line).collect()
}

/// Hexadecimal bytes, and how often, if not once.
fn bytes(input: &str) -> Vec<u8> {
    let (hex, count) = input.split_once('*').unwrap_or((input, "1"));
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let once: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    once.repeat(count.parse().unwrap())
}

/// The canonical text, or the name of the code.
fn result(bytes: &[u8]) -> String {
    match Value::from_json(bytes, &Limits::HARD) {
        Ok(value) => format!("= {}", value.json()),
        Err(error) => error.code.name().to_owned(),
    }
}

/// With `UPDATE=1` the results are written anew: read the difference.
#[test]
fn every_text_is_what_it_always_was() {
    let mut lines = lines();
    if std::env::var_os("UPDATE").is_some() {
        let mut text = String::new();
        for line in &mut lines {
            line.result = result(&bytes(&line.input));
            writeln!(text, "{}\t{}\t{}", line.name, line.input, line.result).unwrap();
        }
        std::fs::write(table(), text).unwrap();
    }
    assert_eq!(lines.len(), 318);
    for line in &lines {
        assert_eq!(result(&bytes(&line.input)), line.result, "{}", line.name);
    }
}

#[test]
fn what_is_json_is_taken_and_what_is_none_is_refused() {
    let mut counted = BTreeMap::new();
    for Line { name, result, .. } in lines() {
        let (kind, taken) = (name.chars().next().unwrap(), result.starts_with("= "));
        *counted.entry((kind, taken)).or_insert(0) += 1;
        // Of the others each reader may do as it likes.
        assert!(kind == 'i' || taken == (kind == 'y'), "{name}: {result}");
    }
    let counts: Vec<_> = counted.into_iter().collect();
    assert_eq!(
        counts,
        [(('i', false), 32), (('i', true), 3), (('n', false), 188), (('y', true), 95)]
    );
}

/// A canonical text is itself again, and another reader finds the same in it.
#[test]
fn what_is_taken_is_the_same_to_another_reader() {
    for Line { name, input, result } in lines() {
        let Some(canonical) = result.strip_prefix("= ") else { continue };
        assert_eq!(self::result(canonical.as_bytes()), result, "{name}");
        let read = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).unwrap();
        let (mut one, mut other) = (read(&bytes(&input)), read(canonical.as_bytes()));
        alike(&mut one);
        alike(&mut other);
        assert_eq!(one, other, "{name}");
    }
}

/// The other reader tells 1.0 from 1 and -0 from 0, and rounds in its own way.
fn alike(json: &mut Json) {
    match json {
        Json::Number(number) => *json = format!("{:.12e}", number.as_f64().unwrap() + 0.0).into(),
        Json::Array(items) => items.iter_mut().for_each(alike),
        Json::Object(members) => members.values_mut().for_each(alike),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}
