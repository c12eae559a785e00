//! Looks at the large searches, or with `small` at the small ones, and prints a table; with `planted`
//! it prints how each broken rule breaks a promise.

use core::time::Duration;
use std::process::ExitCode;

use syncline_model::catalogue::{LARGE, MISTAKEN, PLANTED, Planted, SMALL};
use syncline_model::config::Config;
use syncline_model::search::{Bounds, Counterexample, search, shortest};

const BOUNDS: Bounds = Bounds { threads: 2, steps: 200_000_000, time: Duration::from_mins(4) };

/// Prints one line of the table, and what is wrong. Returns whether nothing is.
fn row(config: &Config) -> bool {
    let outcome = search(*config, &BOUNDS);
    let seconds = outcome.time.as_secs_f64();
    let end = if !outcome.broken.is_empty() {
        "BROKEN"
    } else if outcome.exhausted {
        "exhausted"
    } else {
        "capped"
    };
    println!(
        "{:<44} {:>12} {:>6} {end:<10} {seconds:>7.1}",
        config.name, outcome.states, outcome.depth
    );
    for example in &outcome.broken {
        println!("{}", example.in_words());
    }
    if outcome.exhausted && !outcome.missing.is_empty() {
        println!("never happens: {:?}", outcome.missing);
    }
    outcome.broken.is_empty() && (outcome.missing.is_empty() || !outcome.exhausted)
}

fn table(configs: &[Config]) -> ExitCode {
    println!("{:<44} {:>12} {:>6} {:<10} {:>7}", "search", "states", "depth", "", "seconds");
    // All of them, also after one that is broken.
    let wrong = configs.iter().filter(|config| !row(config)).count();
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn planted() -> ExitCode {
    let bounds = Bounds { threads: 1, ..BOUNDS };
    let mut missed = false;
    for Planted { bug, config, promise, .. } in PLANTED.iter().chain([&MISTAKEN]) {
        println!("{bug:?}: {}", config.name);
        let found = shortest(*config, &bounds, promise);
        let words = found.as_ref().map(Counterexample::in_words);
        println!("{}", words.as_deref().unwrap_or("is not found\n"));
        missed |= found.is_none();
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None | Some("large") => table(LARGE),
        Some("small") => table(SMALL),
        Some("planted") => planted(),
        Some(other) => {
            eprintln!("no searches called {other}: large, small, planted");
            ExitCode::FAILURE
        }
    }
}
