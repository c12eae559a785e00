//! Which bug each promise has to notice.

use syncline_core::plant::{Plant, plant};

use crate::{
    p01_a_mutation_counts_exactly_once, p02_no_acknowledged_write_is_lost,
    p03_the_mutations_of_a_client_are_decided_in_their_order, p04_a_verdict_is_the_truth,
    p05_a_confirmed_state_is_one_that_the_room_had,
    p06_an_own_edit_counts_once_in_what_a_client_shows,
    p07_versions_never_go_back_and_are_never_reused,
    p08_a_stale_write_never_overwrites_where_the_policy_refuses_it,
    p09_the_ops_of_a_mutation_are_taken_together_or_not_at_all,
    p10_when_all_is_quiet_every_view_is_the_room, p11_a_resume_says_what_it_was,
    p12_a_slow_reader_costs_a_number, p13_every_collection_is_bounded_and_no_bytes_do_harm,
};

/// A bug behind each promise, which its test has to notice.
#[test]
fn each_promise_notices_the_bug_that_breaks_it() {
    type Promise = (fn(), &'static [Plant]);
    let promises: [Promise; 13] = [
        (p01_a_mutation_counts_exactly_once, &[Plant::RetryApplied]),
        (p02_no_acknowledged_write_is_lost, &[Plant::ToldBeforeDurable]),
        (p03_the_mutations_of_a_client_are_decided_in_their_order, &[Plant::GapAccepted]),
        (p04_a_verdict_is_the_truth, &[Plant::RefusalForgotten, Plant::JudgedBeforeDeduplicated]),
        (p05_a_confirmed_state_is_one_that_the_room_had, &[Plant::ChunkShown]),
        (
            p06_an_own_edit_counts_once_in_what_a_client_shows,
            &[Plant::LastTooLow, Plant::LastTooHigh, Plant::ViewNotRebased],
        ),
        (p07_versions_never_go_back_and_are_never_reused, &[Plant::OlderDeltaTaken]),
        (p08_a_stale_write_never_overwrites_where_the_policy_refuses_it, &[Plant::StaleAccepted]),
        (p09_the_ops_of_a_mutation_are_taken_together_or_not_at_all, &[Plant::HalfApplied]),
        (p10_when_all_is_quiet_every_view_is_the_room, &[Plant::LateJoinTaken]),
        (p11_a_resume_says_what_it_was, &[Plant::RollbackUnnoticed]),
        (p12_a_slow_reader_costs_a_number, &[Plant::LaneNeverBusy]),
        (p13_every_collection_is_bounded_and_no_bytes_do_harm, &[Plant::PanicOnShortFrame]),
    ];
    for (number, (promise, bugs)) in (1..).zip(promises) {
        for bug in bugs {
            plant(Some(*bug));
            let kept = std::panic::catch_unwind(promise).is_ok();
            plant(None);
            assert!(!kept, "promise {number} is kept with {bug:?}");
        }
    }
}
