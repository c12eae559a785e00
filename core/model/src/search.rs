//! One search, and what came of it.

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::BTreeSet;
use std::time::Instant;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use crate::config::Config;
use crate::world::{Protocol, Step};

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Threads at once. With one, the same search finds the same.
    pub threads: usize,
    /// Steps taken in all, after which it ends.
    pub steps: usize,
    /// Time after which it ends.
    pub time: Duration,
}

/// What breaks a promise.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// Which promise.
    pub promise: &'static str,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Counterexample {
    /// The steps in words, one a line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("against \"{}\":\n", self.promise);
        for (number, step) in (1..).zip(&self.steps) {
            // Writing to text does not fail.
            let _ = writeln!(words, "{number:>4}  {step}");
        }
        words
    }
}

/// What came of a search.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Different states.
    pub states: usize,
    /// Steps of the longest shortest way to a state; about, with several threads.
    pub depth: usize,
    /// Every state that can be reached was looked at.
    pub exhausted: bool,
    /// How long it took.
    pub time: Duration,
    /// What breaks properties.
    pub broken: Vec<Counterexample>,
    /// What was to happen in some state and did not.
    pub missing: Vec<&'static str>,
}

/// Looks at every state of a configuration, until a promise is broken.
#[must_use]
pub fn search(config: Config, bounds: &Bounds) -> Outcome {
    look(config, bounds, HasDiscoveries::AnyFailures, None)
}

/// The shortest way to break this promise.
#[must_use]
pub fn shortest(config: Config, bounds: &Bounds, promise: &'static str) -> Option<Counterexample> {
    let wanted = || HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let of_promise =
        |outcome: Outcome| outcome.broken.into_iter().find(|example| example.promise == promise);
    let mut best = of_promise(look(config, bounds, wanted(), None))?;
    // The checker finishes a block of states after the first that it finds.
    while let Some(shorter) =
        of_promise(look(config, bounds, wanted(), Some(best.steps.len().saturating_add(1))))
    {
        best = shorter;
    }
    Some(best)
}

#[expect(clippy::disallowed_methods, reason = "a search may end for want of time")]
fn now() -> Instant {
    Instant::now()
}

fn look(config: Config, bounds: &Bounds, until: HasDiscoveries, depth: Option<usize>) -> Outcome {
    let checker = Protocol(config).checker().threads(bounds.threads).timeout(bounds.time);
    let checker = checker.target_state_count(bounds.steps).finish_when(until);
    let checker = match depth {
        Some(depth) => checker.target_max_depth(depth),
        None => checker,
    };
    let start = now();
    let checker = checker.spawn_bfs().join();
    // A checker that ran out of time says that it is done.
    let time = start.elapsed();
    let properties = checker.model().properties();
    let is_promise = |name: &str| {
        let always = |promise: &&Property<Protocol>| promise.expectation == Expectation::Always;
        properties.iter().filter(always).any(|promise| promise.name == name)
    };
    let mut found = BTreeSet::new();
    let mut broken = Vec::new();
    for (name, path) in checker.discoveries() {
        found.insert(name);
        if is_promise(name) {
            broken.push(Counterexample { promise: name, steps: path.into_actions() });
        }
    }
    broken.sort_by_key(|example| (example.steps.len(), example.promise));
    let missing = properties.iter().map(|promise| promise.name);
    let missing = missing.filter(|name| !is_promise(name) && !found.contains(name)).collect();
    Outcome {
        states: checker.unique_state_count(),
        depth: checker.max_depth().saturating_sub(1),
        time,
        exhausted: broken.is_empty() && time < bounds.time && checker.state_count() < bounds.steps,
        broken,
        missing,
    }
}
