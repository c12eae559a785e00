//! What it costs to render a table of 10,000 nodes anew and to say what changed, beside what others do.

mod ours;
mod peers;
mod rows;

use std::time::Duration;

use syncline_bench_views::{median, micros, rounds};
use syncline_core::vnode::{Statics, patch_json};

use ours::{Templates, Trees};
use rows::{Row, Workload, workloads};

/// How often in a row each contender does the same, so that its code and the old tree are in the cache.
const TURNS: usize = 4;

/// What a contender did once.
#[derive(Default)]
pub struct Took {
    /// The new tree; zero where this cannot be told from the rest.
    pub build: Duration,
    /// What changed, and its bytes if it makes some.
    pub diff: Duration,
    /// How many steps.
    pub steps: usize,
    /// The bytes.
    pub patch: Vec<u8>,
    /// Whether these make the new tree of the old one.
    pub right: Option<bool>,
}

pub trait Contender {
    fn name(&self) -> &'static str;
    /// Shows what is before the next workload.
    fn begin(&mut self, before: Option<&[Row]>);
    /// Renders what is after a workload, where what is before it is shown.
    fn once(&mut self, at: usize, workload: &Workload) -> Took;
}

/// What a contender did in all rounds, in microseconds.
#[derive(Clone, Default)]
struct Samples {
    build: Vec<f64>,
    diff: Vec<f64>,
    all: Vec<f64>,
}

/// The steps that a contender without bytes has to find: one for each text.
fn expected(workload: &str) -> Option<usize> {
    match workload {
        "none" => Some(0),
        "text1" => Some(1),
        "text10" => Some(rows::ROWS * 4 / 10),
        _ => None,
    }
}

fn check(contender: &dyn Contender, workload: &Workload, took: &Took) {
    let name = (contender.name(), workload.name);
    if let Some(right) = took.right {
        assert!(right, "{name:?}: the patch makes another tree");
    } else if let Some(steps) = expected(workload.name) {
        assert_eq!(took.steps, steps, "{name:?}: steps");
    } else {
        assert!(took.steps > 0, "{name:?}: nothing was found");
    }
}

fn main() {
    // One of the peers goes through its trees with recursion.
    let stack = std::thread::Builder::new().stack_size(1 << 28);
    stack.spawn(run).unwrap().join().unwrap();
}

fn run() {
    let rounds = rounds(25);
    let workloads = workloads();
    // Ours first.
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(Templates::new()),
        Box::new(Trees::new()),
        Box::<peers::Dioxus>::default(),
        Box::<peers::Percy>::default(),
        Box::<peers::Sauron>::default(),
        Box::<peers::JsonPatch>::default(),
    ];
    for workload in &workloads {
        for contender in &mut contenders {
            contender.begin(workload.before.as_deref());
        }
    }
    let mut samples = vec![vec![Samples::default(); workloads.len()]; contenders.len()];
    let mut patches = vec![vec![Vec::new(); workloads.len()]; contenders.len()];
    for round in 0..=rounds {
        for (at, workload) in workloads.iter().enumerate() {
            for (who, contender) in contenders.iter_mut().enumerate() {
                for _ in 0..TURNS {
                    let took = contender.once(at, workload);
                    if round == 0 {
                        check(&**contender, workload, &took);
                        patches[who][at] = took.patch;
                        continue;
                    }
                    let samples = &mut samples[who][at];
                    samples.build.push(micros(took.build));
                    samples.diff.push(micros(took.diff));
                    samples.all.push(micros(took.build + took.diff));
                }
            }
        }
    }
    print(&workloads, &contenders, &samples, &patches);
}

fn print(
    workloads: &[Workload],
    contenders: &[Box<dyn Contender>],
    samples: &[Vec<Samples>],
    patches: &[Vec<Vec<u8>>],
) {
    let head = |what: &str| {
        let names: Vec<&str> = workloads.iter().map(|it| it.name).collect();
        println!("| {what} | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()));
    };
    head("build + diff = all, us");
    for (contender, samples) in contenders.iter().zip(samples) {
        print!("| {} |", contender.name());
        for one in samples {
            let (build, diff, all) = (median(&one.build), median(&one.diff), median(&one.all));
            if build > 0.0 {
                print!(" {build:.1} + {diff:.1} = **{all:.1}** |");
            } else {
                print!(" **{all:.1}** |");
            }
        }
        println!();
    }
    println!();
    head("best peer / ours");
    for (contender, ours) in contenders.iter().zip(samples).take(2) {
        print!("| {} |", contender.name());
        for (at, one) in ours.iter().enumerate() {
            let peers = samples.iter().zip(contenders).skip(2);
            let peers = peers.map(|(peer, who)| (median(&peer[at].all), who.name()));
            match peers.min_by(|one, other| one.0.total_cmp(&other.0)) {
                Some((best, who)) => {
                    let who = who.split('-').next().unwrap_or_default();
                    print!(" {:.1}x ({who}) |", best / median(&one.all));
                }
                None => print!(" |"),
            }
        }
        println!();
    }
    // percy and sauron only refer to the first tree, and dioxus tells each node of it.
    let first = workloads.iter().position(|it| it.before.is_none());
    if let (Some(at), [templates, trees, dioxus, ..]) = (first, samples) {
        let [templates, trees, dioxus] = [templates, trees, dioxus].map(|it| median(&it[at].all));
        let (templates, trees) = (dioxus / templates, dioxus / trees);
        println!(
            "\nfirst, dioxus / ours: {templates:.1}x with template rows, {trees:.1}x with trees\n"
        );
    }
    head("bytes of the patch / compact JSON");
    let tables: [Statics; 2] = [Templates::new().statics, Trees::new().statics];
    for ((contender, patches), statics) in contenders.iter().zip(patches).zip(&tables) {
        print!("| {} |", contender.name());
        for patch in patches {
            let json = patch_json(patch, statics).unwrap();
            let part = if patch.is_empty() { 0.0 } else { patch.len() as f64 / json.len() as f64 };
            print!(" {} / {} = {part:.2} |", patch.len(), json.len());
        }
        println!();
    }
    for (contender, patches) in contenders.iter().zip(patches).skip(2) {
        if patches.iter().any(|patch| !patch.is_empty()) {
            let sizes: Vec<String> = patches.iter().map(|it| it.len().to_string()).collect();
            println!("| {}, its own JSON | {} |", contender.name(), sizes.join(" | "));
        }
    }
}
