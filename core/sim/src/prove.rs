//! Whether each planted bug is found as what it is: as the invariant in whose row of PROTOCOL.md's table it stands.

use syncline_core::plant::Plant;

use crate::broken::Broken;
use crate::plan::Plan;
use crate::run::{once, run};

/// PROTOCOL.md, where the table is.
const PROTOCOL: &str = include_str!("../../../PROTOCOL.md");

/// The invariants that a bug is planted for: those in whose rows it stands.
#[must_use]
pub fn planted_for(plant: Plant) -> Vec<&'static str> {
    let name = format!("`{plant:?}`");
    let rows = PROTOCOL.lines().filter_map(|line| {
        let (invariant, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
        let bugs = rest.trim_end().strip_suffix('|')?.rsplit_once('|')?.1;
        (invariant.starts_with('I') && bugs.contains(&name)).then_some(invariant)
    });
    rows.collect()
}

/// What was found of a planted bug.
#[derive(Debug, Default)]
pub struct Found {
    /// The first seed in which it is seen as what it is planted for, and how.
    pub right: Option<(u64, Broken)>,
    /// In how many seeds before that another invariant was broken first.
    pub others: usize,
}

/// Looks for a planted bug in so many seeds.
#[must_use]
pub fn prove(plant: Plant, most: u64) -> Found {
    let wanted = planted_for(plant);
    let mut found = Found::default();
    for seed in 0..most {
        // Only what differs between two runs needs two.
        let result = if matches!(plant, Plant::RunRemembered | Plant::CountersDisturb) {
            run(&Plan::of(seed), Some(plant)).result
        } else {
            once(&Plan::of(seed), Some(plant))
        };
        match result {
            Err(broken) if wanted.contains(&broken.invariant) => {
                found.right = Some((seed, broken));
                break;
            }
            Err(_) => found.others += 1,
            Ok(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_planted_bug_stands_in_one_row_of_the_table() {
        for plant in Plant::ALL {
            assert_eq!(
                planted_for(*plant).len(),
                1,
                "{plant:?} stands in {:?}",
                planted_for(*plant)
            );
        }
    }
}
