//! The shared scenarios happen in C as in Rust: line by line, and under the checkers.
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
use std::process::Command;

use workshop::{Scratch, grinding, program, root, run, sanitized, sources};

fn runner(scratch: &Scratch, checked: bool) -> PathBuf {
    program(scratch, "scenarios", &sources("c/scenarios", "c"), checked)
}

/// The flat form of every scenario.
fn scenarios() -> Vec<PathBuf> {
    let folders = [root().join("scenarios/flat"), root().join("scenarios/views/flat")];
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn every_scenario_happens_in_c_as_it_is_written() {
    let scratch = Scratch::new("scenarios");
    let told = run(Command::new(runner(&scratch, false)).args(scenarios()));
    assert_eq!(told, format!("{} scenarios\n", scenarios().len()));
}

#[test]
fn every_scenario_happens_in_c_under_the_sanitizers() {
    let scratch = Scratch::new("scenarios-checked");
    run(sanitized(&runner(&scratch, true)).args(scenarios()));
}

#[test]
fn every_scenario_happens_in_c_under_valgrind() {
    let scratch = Scratch::new("scenarios-valgrind");
    run(grinding().arg(runner(&scratch, false)).args(scenarios()));
}

/// A runner that accepts everything would be worth nothing.
#[test]
fn the_c_runner_notices_a_wrong_line_and_a_wrong_check() {
    let scratch = Scratch::new("scenarios-planted");
    let runner = runner(&scratch, false);
    let path = scratch.join("planted.txt");
    let accepts = |line: &str, value: &str| {
        let text = format!(
            "quiet\nclient\tada\t{{}}\nopen\tada\tcart\trw\nset\tada\tcart\ta\t1\nloud\n\
             get\tada\tcart\ta\n= {line}\ncheck\tget\tada\tcart\ta\t{value}\n"
        );
        fs::write(&path, text).unwrap();
        Command::new(&runner).arg(&path).output().unwrap().status.success()
    };
    assert!(accepts("1", "1"));
    assert!(!accepts("2", "1"));
    assert!(!accepts("1", "2"));
    assert!(!accepts("1\n= 1", "1"));
}
