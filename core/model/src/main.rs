//! Looks at the large searches, or with `small` at the small ones, and prints a table; with `planted`
//! it prints how each broken rule breaks a promise.
//!
//! A search that ends before it has seen every state fails, unless it was to end: with `MINUTES=n`.

use core::time::Duration;
use std::process::ExitCode;

use syncline_model::catalogue::{LARGE, MISTAKEN, PLANTED, Planted, SMALL};
use syncline_model::config::Config;
use syncline_model::search::{Bounds, Counterexample, search, shortest};

/// Far more than any of them takes.
const BOUNDS: Bounds = Bounds { threads: 2, steps: 200_000_000, time: Duration::from_mins(40) };

/// Prints one line of the table, and what is wrong. Returns whether nothing is.
fn row(config: &Config, bounds: &Bounds, may_end_early: bool) -> bool {
    let outcome = search(*config, bounds);
    let seconds = outcome.time.as_secs_f64();
    let end = if !outcome.broken.is_empty() {
        "BROKEN"
    } else if outcome.exhausted {
        "exhausted"
    } else {
        "CUT OFF"
    };
    println!(
        "{:<44} {:>12} {:>6} {end:<10} {seconds:>7.1}",
        config.name, outcome.states, outcome.depth
    );
    for example in &outcome.broken {
        println!("{}", example.in_words());
    }
    if outcome.exhausted {
        if !outcome.missing.is_empty() {
            println!("never happens: {:?}", outcome.missing);
        }
        return outcome.missing.is_empty();
    }
    outcome.broken.is_empty() && may_end_early
}

fn table(configs: &[Config], minutes: Option<u64>) -> ExitCode {
    println!("{:<44} {:>12} {:>6} {:<10} {:>7}", "search", "states", "depth", "", "seconds");
    let bounds = Bounds { time: minutes.map_or(BOUNDS.time, Duration::from_mins), ..BOUNDS };
    // All of them, also after one that is broken.
    let wrong = configs.iter().filter(|config| !row(config, &bounds, minutes.is_some())).count();
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
    let (mut searches, mut minutes) = ("large".to_owned(), None);
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("MINUTES=").map(str::parse) {
            None => searches = argument,
            Some(Ok(number)) => minutes = Some(number),
            Some(Err(error)) => {
                eprintln!("{argument}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    match searches.as_str() {
        "large" => table(LARGE, minutes),
        "small" => table(SMALL, minutes),
        "planted" => planted(),
        other => {
            eprintln!("no searches called {other}: large, small, planted");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_is_cut_off_fails_unless_it_was_to_be() {
        let whole = Bounds { threads: 1, ..BOUNDS };
        assert!(row(&SMALL[0], &whole, false));
        for cut in
            [Bounds { steps: 2_000, ..whole }, Bounds { time: Duration::from_nanos(1), ..whole }]
        {
            assert!(!row(&SMALL[0], &cut, false));
            assert!(row(&SMALL[0], &cut, true));
        }
    }
}
