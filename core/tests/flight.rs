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
use targets::flight::{names, recorded};

/// The calls that change a client, and those that change a server, as their tables name them; but for `PollPersist`,
/// which only a handle with a journal of its own makes.
const CALLS: &str = "PollOutput Open CloseRoom ForgetRoom Edit Batch InsertAt RemoveAt MoveTo ReplaceAt \
    NewItem Resolve Flush SetPresence Connected Receive Disconnected SetToken Reconnect Timeout Persisted \
    PersistFailed Shutdown Follow ProposeAgain Withdraw Snapshot Adopt ForgetTab Settle Poll Writable Authorize \
    Revoke End Plan Opened Failed Hold Release Unload Delete Write Expire Renew";
const VIEW_CALLS: &str =
    "Watch Unwatch ViewChange ViewHtml ViewMetrics OpenForView Show KeepView EndView TouchView";

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
    let mut calls: BTreeSet<String> = CALLS.split(' ').map(str::to_owned).collect();
    if cfg!(feature = "views") {
        calls.extend(VIEW_CALLS.split(' ').map(str::to_owned));
    }
    assert_eq!(seen.into_iter().filter(|name| !name.is_empty()).collect::<BTreeSet<_>>(), calls);
}
