//! Whether a seed passes, and the least that still fails.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use syncline_core::plant::{Mark, Plant, plant, taken};

use crate::broken::Broken;
use crate::plan::{Fault, Plan, SECOND};
use crate::world::{Report, Story, Watching, World};

/// What one seed came to.
#[derive(Debug)]
pub struct Outcome {
    /// What it was, or what was broken.
    pub result: Result<Report, Broken>,
    /// The rare branches that it took.
    pub marks: BTreeSet<Mark>,
}

/// Runs a plan twice: with somebody who looks and without. The same must come of both.
#[must_use]
pub fn run(plan: &Plan, planted: Option<Plant>) -> Outcome {
    plant(planted);
    let first = observed(plan, Watching::Yes);
    let marks = taken();
    let result = first.and_then(|first| {
        let second = observed(plan, Watching::No)?;
        if first.hash == second.hash {
            return Ok(first);
        }
        let again = observed(plan, Watching::No)?;
        let invariant = if again.hash == second.hash { "I26" } else { "I21" };
        let text = format!(
            "outputs differ: {:016x}, {:016x} unobserved, {:016x} again",
            first.hash, second.hash, again.hash
        );
        Err(Broken { invariant, text })
    });
    plant(None);
    Outcome { result, marks }
}

/// Runs a plan once.
pub fn once(plan: &Plan, planted: Option<Plant>) -> Result<Report, Broken> {
    plant(planted);
    let result = observed(plan, Watching::Yes);
    plant(None);
    result
}

fn observed(plan: &Plan, watching: Watching) -> Result<Report, Broken> {
    let world = World::new(plan.clone(), watching, None);
    let run = catch_unwind(AssertUnwindSafe(|| world.run().map_err(|failed| failed.0)));
    run.unwrap_or_else(|panic| Err(Broken { invariant: "I17", text: words(&*panic) }))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// The plan with whatever is not needed taken away: it still breaks this invariant.
#[must_use]
pub fn reduce(plan: &Plan, invariant: &str, planted: Option<Plant>) -> Plan {
    let fails =
        |plan: &Plan| run(plan, planted).result.is_err_and(|broken| broken.invariant == invariant);
    let mut least = plan.clone();
    // What cannot be left out may be so once something else is.
    loop {
        let faults = least.faults.len();
        for fault in Fault::ALL {
            let fewer = least.without(*fault);
            if least.has(*fault) && fails(&fewer) {
                least = fewer;
            }
        }
        if least.faults.len() == faults {
            break;
        }
    }
    let smaller: [fn(&Plan) -> Option<Plan>; 4] = [
        |plan| (plan.rooms > 1).then(|| Plan { rooms: plan.rooms - 1, ..plan.clone() }),
        |plan| (plan.clients > 1).then(|| Plan { clients: plan.clients - 1, ..plan.clone() }),
        |plan| {
            let span = plan.span / 2 / SECOND * SECOND;
            (span > 0).then(|| Plan { span, ..plan.clone() })
        },
        // Who thinks longer does less.
        |plan| (plan.think < 16 * SECOND).then(|| Plan { think: plan.think * 2, ..plan.clone() }),
    ];
    for step in smaller {
        while let Some(fewer) = step(&least).filter(&fails) {
            least = fewer;
        }
    }
    least
}

/// The first output that is another one when a plan runs again: unobserved, if `observed` differs from that.
#[must_use]
pub fn difference(plan: &Plan, planted: Option<Plant>, observed: bool) -> Option<[String; 2]> {
    plant(planted);
    let watching = if observed { Watching::Yes } else { Watching::No };
    let outputs = [watching, Watching::No].map(|watching| {
        let world = World::new(plan.clone(), watching, None);
        catch_unwind(AssertUnwindSafe(|| world.outputs())).unwrap_or_default()
    });
    plant(None);
    let [first, second] = &outputs;
    let at = first.iter().zip(second).take_while(|(first, second)| first == second).count();
    let told = |outputs: &[String]| outputs.get(at).cloned();
    let end = || "nothing more".to_owned();
    match (told(first), told(second)) {
        (None, None) => None,
        (first, second) => Some([first, second].map(|told| told.unwrap_or_else(end))),
    }
}

/// The last events before a failure, in words.
#[must_use]
pub fn story(plan: &Plan, planted: Option<Plant>) -> Vec<String> {
    plant(planted);
    let told = Story::default();
    let world = World::new(plan.clone(), Watching::Yes, Some(Rc::clone(&told)));
    let _ = catch_unwind(AssertUnwindSafe(|| world.run().map_err(|failed| failed.0)));
    plant(None);
    told.take().into()
}
