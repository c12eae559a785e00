//! What is recorded of clients and servers, whatever is done to them, is done again to the same.
#![cfg(feature = "host")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "of another crate")]
mod targets;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use syncline_core::host::flight::calls;
use targets::flight::{names, recorded};

/// Which only a handle with a journal of its own makes.
const OF_JOURNALS: &str = "PollPersist";

#[test]
fn what_was_recorded_is_the_same_when_it_is_done_again_and_every_call_is_recorded() {
    let config =
        ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let seen = std::cell::RefCell::new(BTreeSet::new());
    let script = proptest::collection::vec(any::<u8>(), 0..600);
    let result = runner.run(&script, |script| {
        for file in recorded(&script) {
            seen.borrow_mut().extend(names(&file));
        }
        Ok::<_, TestCaseError>(())
    });
    result.unwrap();
    let seen = seen.into_inner();
    let calls: BTreeSet<String> =
        calls().filter(|name| *name != OF_JOURNALS).map(str::to_owned).collect();
    assert_eq!(seen.into_iter().filter(|name| !name.is_empty()).collect::<BTreeSet<_>>(), calls);
}
