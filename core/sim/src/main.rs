//! Runs seeds, or proves that every planted bug is found as what it is.
//!
//! ```text
//! syncline-sim [SEEDS=300] [FROM=0] [WITHOUT=Fault,...] [CLIENTS=n] [ROOMS=n] [SPAN=seconds]
//!              [THINK=microseconds] [PLANT=Bug] [MARKS=all]
//! syncline-sim PROVE=300
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use syncline_core::plant::{Mark, Plant};
use syncline_sim::broken::Broken;
use syncline_sim::plan::{Fault, Plan, SECOND};
use syncline_sim::prove::{Found, planted_for, prove};
use syncline_sim::run::{difference, reduce, run, story};

fn main() -> ExitCode {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for argument in std::env::args().skip(1) {
        let Some((name, value)) = argument.split_once('=') else {
            eprintln!("expected NAME=value, got {argument:?}");
            return ExitCode::from(2);
        };
        told.insert(name.to_owned(), value.to_owned());
    }
    match Orders::read(told) {
        Ok(orders) => orders.carry_out(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

struct Orders {
    seeds: u64,
    from: u64,
    without: Vec<Fault>,
    clients: Option<usize>,
    rooms: Option<usize>,
    think: Option<u64>,
    span: Option<u64>,
    plant: Option<Plant>,
    prove: Option<u64>,
    /// It fails unless every mark is hit.
    marks: bool,
}

impl Orders {
    fn read(mut told: BTreeMap<String, String>) -> Result<Self, String> {
        let mut number = |name: &str| -> Result<Option<u64>, String> {
            let Some(text) = told.remove(name) else { return Ok(None) };
            text.parse()
                .map(Some)
                .map_err(|_| format!("expected {name} to be a number, got {text:?}"))
        };
        let (seeds, from, span) =
            (number("SEEDS")?.unwrap_or(300), number("FROM")?.unwrap_or(0), number("SPAN")?);
        let (clients, rooms) = (number("CLIENTS")?, number("ROOMS")?);
        let (think, prove) = (number("THINK")?, number("PROVE")?);
        let mut without = Vec::new();
        for name in told.remove("WITHOUT").iter().flat_map(|names| names.split(',')) {
            let known = Fault::ALL.iter().find(|fault| format!("{fault:?}") == name);
            without.push(
                *known.ok_or_else(|| format!("expected one of {:?}, got {name:?}", Fault::ALL))?,
            );
        }
        let plant = match told.remove("PLANT") {
            None => None,
            Some(name) => {
                let known = Plant::ALL.iter().find(|plant| format!("{plant:?}") == name);
                Some(
                    *known
                        .ok_or_else(|| format!("expected one of {:?}, got {name:?}", Plant::ALL))?,
                )
            }
        };
        let marks = match told.remove("MARKS").as_deref() {
            None => false,
            Some("all") => true,
            Some(other) => return Err(format!("expected MARKS=all, got {other:?}")),
        };
        if let Some(name) = told.keys().next() {
            return Err(format!(
                "expected SEEDS, FROM, WITHOUT, CLIENTS, ROOMS, SPAN, THINK, PLANT, MARKS or PROVE, got {name:?}"
            ));
        }
        let count = |number: u64| usize::try_from(number).unwrap_or(1).max(1);
        let (clients, rooms) = (clients.map(count), rooms.map(count));
        Ok(Self { seeds, from, without, clients, rooms, think, span, plant, prove, marks })
    }

    fn carry_out(&self) -> ExitCode {
        match self.prove {
            Some(most) => prove_all(most),
            None => self.sweep(),
        }
    }

    fn plan(&self, seed: u64) -> Plan {
        let mut plan = Plan::of(seed);
        for fault in &self.without {
            plan = plan.without(*fault);
        }
        Plan {
            clients: self.clients.unwrap_or(plan.clients),
            rooms: self.rooms.unwrap_or(plan.rooms),
            think: self.think.unwrap_or(plan.think),
            span: self.span.map_or(plan.span, |span| span * SECOND),
            ..plan
        }
    }

    fn sweep(&self) -> ExitCode {
        #[expect(clippy::disallowed_methods, reason = "how long the machine takes, not the world")]
        let begun = Instant::now();
        let next = AtomicU64::new(self.from);
        let failed: Mutex<Option<(Plan, Broken)>> = Mutex::new(None);
        let stop = AtomicBool::new(false);
        let totals = Mutex::new((0_u64, 0_u64, 0_u64, 0_u64));
        let marks = Mutex::new(BTreeSet::new());
        quietly(|| {
            on_all_cores(|| {
                while !stop.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= self.from.saturating_add(self.seeds) {
                        break;
                    }
                    let plan = self.plan(seed);
                    let outcome = run(&plan, self.plant);
                    lock(&marks).extend(outcome.marks);
                    match outcome.result {
                        Ok(report) => {
                            let mut totals = lock(&totals);
                            totals.0 += report.events;
                            totals.1 += report.span / SECOND;
                            totals.2 += report.decisions;
                            totals.3 += report.edits;
                        }
                        Err(broken) => {
                            stop.store(true, Ordering::SeqCst);
                            let mut failed = lock(&failed);
                            if failed.as_ref().is_none_or(|(known, _)| known.seed > seed) {
                                *failed = Some((plan, broken));
                            }
                        }
                    }
                }
            });
        });
        if let Some((plan, broken)) = lock(&failed).take() {
            tell_failure(&plan, &broken, self.plant);
            return ExitCode::FAILURE;
        }
        let (events, seconds, decisions, edits) = *lock(&totals);
        let took = begun.elapsed().as_secs_f64();
        let marks = lock(&marks);
        println!("{} seeds from {} in {took:.1} s: all promises kept", self.seeds, self.from);
        println!(
            "{edits} edits, {decisions} decisions, {events} events, {:.1} simulated hours; each seed ran twice",
            hours(seconds)
        );
        println!(
            "{:.0} events/s, {:.0} seeds/min, {:.0} decisions/s",
            rate(2 * events, took),
            60.0 * rate(self.seeds, took),
            rate(2 * decisions, took)
        );
        let unhit: Vec<_> = Mark::ALL.iter().filter(|mark| !marks.contains(mark)).collect();
        println!(
            "{} of {} marks hit{}",
            marks.len(),
            Mark::ALL.len(),
            if unhit.is_empty() { String::new() } else { format!("; not {unhit:?}") }
        );
        if self.marks && !unhit.is_empty() {
            eprintln!("these seeds must hit every mark");
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

/// Every planted bug is found as what it is within so many seeds.
fn prove_all(most: u64) -> ExitCode {
    let next = AtomicU64::new(0);
    let all: Mutex<BTreeMap<Plant, Found>> = Mutex::new(BTreeMap::new());
    quietly(|| {
        on_all_cores(|| {
            while let Some(plant) = usize::try_from(next.fetch_add(1, Ordering::SeqCst))
                .ok()
                .and_then(|at| Plant::ALL.get(at))
            {
                let found = prove(*plant, most);
                lock(&all).insert(*plant, found);
            }
        });
    });
    let mut missed = 0;
    for (plant, found) in lock(&all).iter() {
        let name = format!("{plant:?}");
        if let Some((seed, broken)) = &found.right {
            println!("{name:<26} seed {seed:>3}  {}", shortened(&broken.to_string()));
        } else {
            missed += 1;
            let wanted = planted_for(*plant).join(", ");
            println!(
                "{name:<26} NOT FOUND as {wanted} in {most} seeds; as something else in {}",
                found.others
            );
        }
    }
    println!(
        "{} of {} planted bugs found within {most} seeds, each as what it is",
        Plant::ALL.len() - missed,
        Plant::ALL.len()
    );
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell_failure(plan: &Plan, broken: &Broken, plant: Option<Plant>) {
    println!("seed {}: {broken}", plan.seed);
    let least = quietly(|| reduce(plan, broken.invariant, plant));
    let told = quietly(|| story(&least, plant));
    let last = run_quietly(&least, plant);
    println!(
        "\nThe last events of the least that fails ({}):",
        last.map_or_else(String::new, |broken| broken.to_string())
    );
    for line in told {
        println!("{}", shortened(&line));
    }
    if matches!(broken.invariant, "I21" | "I26") {
        let observed = broken.invariant == "I26";
        if let Some(told) = quietly(|| difference(&least, plant, observed)) {
            let names = if observed { ["observed", "unobserved"] } else { ["first", "again"] };
            println!("\nThe first output that differs:");
            for (name, line) in names.iter().zip(told) {
                println!("{name:>10}: {line}");
            }
        }
    }
    println!(
        "\n{} clients, {} rooms, {} s, with {:?}",
        least.clients,
        least.rooms,
        least.span / SECOND,
        least.faults
    );
    let planted = plant.map_or_else(String::new, |plant| format!(" PLANT={plant:?}"));
    println!("make sim {}{planted}", least.arguments());
    println!("revision {}", revision());
}

/// Which sources failed: the command replays nothing with others.
fn revision() -> String {
    let told = std::process::Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    match told {
        Ok(told) if told.status.success() => {
            String::from_utf8_lossy(&told.stdout).trim().to_owned()
        }
        _ => "unknown: no git here".to_owned(),
    }
}

fn run_quietly(plan: &Plan, plant: Option<Plant>) -> Option<Broken> {
    quietly(|| run(plan, plant).result.err())
}

/// Panics are found and told by the run itself.
fn quietly<T>(act: impl FnOnce() -> T) -> T {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = act();
    std::panic::set_hook(hook);
    result
}

fn on_all_cores(act: impl Fn() + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(&act);
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 220 {
        text.to_owned()
    } else {
        text.chars().take(220).chain(['…']).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn rate(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds.max(1e-9)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn hours(seconds: u64) -> f64 {
    seconds as f64 / 3_600.0
}
