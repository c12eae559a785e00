//! One client that others follow, with a server and a client elsewhere, under faults: records and
//! proposals that come late or twice, leaders that die with what was not durable, successors that go on
//! from what was. Every edit carries a number outside the protocol, by which the end is audited.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "tabs/world.rs"]
mod world;

use proptest::prelude::*;
use syncline_core::Entropy;
use world::{Flaw, World};

fn run(steps: &[(u8, u8)], flaw: Flaw) -> World {
    let mut world = World::new(flaw);
    for (action, pick) in steps {
        world.step(*action, *pick);
    }
    world.calm_down();
    world.audit();
    world
}

fn steps(seed: u64) -> Vec<(u8, u8)> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = Entropy::new(bytes);
    let mut byte = || u8::try_from(random.next_u64() % 256).unwrap();
    (0..250).map(|_| (byte(), byte())).collect()
}

/// Whether the audit of any of some runs fails.
fn is_noticed(flaw: Flaw) -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let fails = |seed| std::panic::catch_unwind(|| run(&steps(seed), flaw)).is_err();
    let noticed = (0..40).any(fails);
    std::panic::set_hook(hook);
    noticed
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn every_edit_of_every_tab_has_one_fate(
        steps in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..250),
    ) {
        run(&steps, Flaw::None);
    }
}

#[test]
fn much_happens_in_these_worlds() {
    let mut count = world::Count::default();
    for seed in 0..30 {
        count.add(&run(&steps(seed), Flaw::None).count);
    }
    println!("{count:?}");
    assert!(count.applied > 500 && count.refused > 20 && count.crashes > 40);
    assert!(count.known_again > 50 && count.coalesced > 50 && count.replaced > 5);
}

#[test]
fn a_leader_that_forgets_whom_it_answered_is_noticed() {
    assert!(is_noticed(Flaw::Forgets));
}

#[test]
fn records_that_are_shipped_before_they_are_durable_are_noticed() {
    assert!(is_noticed(Flaw::Hasty));
}
