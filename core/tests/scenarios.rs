//! What every language must do alike: `scenarios/*.json`, run on the handles in manual mode.
//!
//! `scenarios/README.md` describes the files. With `UPDATE=1` the expected lines are written anew;
//! with `EXPLAIN=name` what happens in one scenario is printed, frames as the messages that they are.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "scenarios/client.rs"]
mod client;
#[path = "scenarios/edits.rs"]
mod edits;
#[path = "scenarios/events.rs"]
mod events;
#[path = "scenarios/explain.rs"]
mod explain;
#[path = "scenarios/link.rs"]
mod link;
#[path = "scenarios/network.rs"]
mod network;
#[path = "scenarios/questions.rs"]
mod questions;
#[path = "scenarios/scenario.rs"]
mod scenario;
#[path = "scenarios/server.rs"]
mod server;
#[path = "scenarios/storage.rs"]
mod storage;
#[path = "scenarios/verbs.rs"]
mod verbs;
#[cfg(feature = "views")]
#[path = "scenarios/views.rs"]
mod views;
#[cfg(feature = "views")]
#[path = "scenarios/watching.rs"]
mod watching;
#[path = "scenarios/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use scenario::{Scenario, Step};
use world::World;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// The folders with scenarios: those of views are for who has these.
fn folders() -> Vec<PathBuf> {
    let all = [folder(), folder().join("views")];
    all.into_iter().take(if cfg!(feature = "views") { 2 } else { 1 }).collect()
}

/// The flat form of what is in this file.
fn flat(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap();
    path.with_file_name("flat").join(name).with_extension("txt")
}

/// One scenario, the text of its file, and what happens in it.
struct Case {
    name: String,
    path: PathBuf,
    text: String,
    scenario: Scenario,
    happened: Result<Scenario, String>,
}

/// Every scenario, in the order of names. The first call runs them, and writes them if that is wanted.
fn all() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let entries = folders().into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let entries = entries.map(|entry| entry.unwrap().path());
        let json = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
        let mut paths: Vec<PathBuf> = entries.filter(json).collect();
        paths.sort();
        assert!(!paths.is_empty());
        paths.into_iter().map(read).collect()
    })
}

fn read(path: PathBuf) -> Case {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut text = fs::read_to_string(&path).unwrap();
    let read = Scenario::read(&text);
    let mut scenario = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (seen, result) = run(&scenario);
    if env::var_os("EXPLAIN").as_deref() == Some(name.as_ref()) {
        explain::print(&seen);
    }
    let happened = result.map(|()| seen);
    if env::var_os("UPDATE").is_some()
        && let Ok(happened) = &happened
    {
        (text, scenario) = (happened.to_json(), happened.clone());
        fs::write(&path, &text).unwrap();
        fs::create_dir_all(path.with_file_name("flat")).unwrap();
        fs::write(flat(&path), scenario.to_flat()).unwrap();
    }
    Case { name, path, text, scenario, happened }
}

/// Runs a scenario, and gives it with the lines that it printed, up to a step that fails.
fn run(scenario: &Scenario) -> (Scenario, Result<(), String>) {
    let mut world = World::default();
    let mut seen = Scenario { steps: Vec::new(), ..scenario.clone() };
    for Step { words, .. } in &scenario.steps {
        let result = world.step(words).map_err(|error| format!("{words:?}: {error}"));
        seen.steps.push(Step { words: words.clone(), lines: world.take_lines() });
        if result.is_err() {
            return (seen, result);
        }
    }
    (seen, Ok(()))
}

/// The first step at which what happened is not what is expected.
fn difference(expected: &Scenario, happened: &Scenario) -> Option<String> {
    let mut steps = expected.steps.iter().zip(&happened.steps);
    let (before, after) = steps.find(|(before, after)| before != after)?;
    let words = before.words.join(" ");
    Some(format!("{words}\n  expected {:#?}\n  happened {:#?}", before.lines, after.lines))
}

#[test]
fn every_scenario_happens_as_it_is_written() {
    let mut failures = Vec::new();
    for Case { name, scenario, happened, .. } in all() {
        match happened {
            Err(error) => failures.push(format!("{name}: {error}")),
            Ok(happened) => {
                if let Some(difference) = difference(scenario, happened) {
                    failures.push(format!("{name}: {difference}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_scenario_is_named_says_why_and_checks_something() {
    for Case { name, text, scenario, .. } in all() {
        assert_eq!(scenario.name, *name);
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.chars().all(kebab), "{name}");
        assert!(scenario.why.len() > 20 && scenario.why.ends_with('.'), "{name}: {}", scenario.why);
        assert!(scenario.steps.iter().any(|step| step.words[0] == "check"), "{name}");
        assert!(*text == scenario.to_json(), "{name}: UPDATE=1 writes it in order");
    }
}

/// Runners without a JSON parser read these.
#[test]
fn the_flat_form_says_the_same() {
    let mut paths = BTreeSet::new();
    for Case { name, path, scenario, .. } in all() {
        let text = fs::read_to_string(flat(path)).unwrap_or_default();
        assert!(text == scenario.to_flat(), "{name}: UPDATE=1 writes it anew");
        paths.insert(flat(path));
    }
    for entry in folders().iter().flat_map(|folder| fs::read_dir(folder.join("flat")).unwrap()) {
        let path = entry.unwrap().path();
        assert!(paths.contains(&path), "{}: of no scenario", path.display());
    }
}

/// A runner that accepts everything would be worth nothing.
#[test]
fn a_wrong_line_and_a_wrong_check_are_noticed() {
    let steps = |value: &str, line: &str| {
        format!(
            r#"{{"name":"x","why":"y","steps":[["client","ada","{{}}"],["open","ada","cart","rw"],
            ["set","ada","cart","total","15"],"{line}",["check","get","ada","cart","total","{value}"]]}}"#
        )
    };
    let right = Scenario::read(&steps("15", "draft 1")).unwrap();
    let (happened, result) = run(&right);
    assert_eq!(result, Ok(()));
    assert!(happened.steps[2].lines.contains(&"draft 1".to_owned()));
    assert!(difference(&happened, &happened).is_none());
    assert!(difference(&right, &happened).is_some());
    let error = run(&Scenario::read(&steps("16", "draft 1")).unwrap()).1.unwrap_err();
    assert!(error.contains("15"), "{error}");
}
