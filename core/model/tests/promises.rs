//! The small searches, and every broken rule.

use core::time::Duration;

use syncline_model::bug::Bug;
use syncline_model::catalogue::{MISTAKEN, PLANTED, Planted, SMALL};
use syncline_model::config::Config;
use syncline_model::search::{Bounds, Counterexample, Outcome, search, shortest};

/// One thread, so that a search finds the same each time.
const BOUNDS: Bounds = Bounds { threads: 1, steps: 20_000_000, time: Duration::from_mins(5) };

/// Every state was seen, and none breaks a promise.
fn is_clean(config: Config) -> Outcome {
    let outcome = search(config, &BOUNDS);
    let words = outcome.broken.first().map(Counterexample::in_words).unwrap_or_default();
    assert_eq!(words, "", "{}", config.name);
    assert!(outcome.exhausted, "{}: {} states and more", config.name, outcome.states);
    outcome
}

fn is_found(planted: &Planted) {
    let found = shortest(planted.config, &BOUNDS, planted.promise);
    let words = found.as_ref().map(Counterexample::in_words).unwrap_or_default();
    let steps = found.map(|found| found.steps.len());
    assert_eq!(steps, Some(planted.steps), "{:?} {words}", planted.bug);
}

#[test]
fn the_protocol_keeps_its_promises_in_every_state() {
    for config in SMALL {
        let outcome = is_clean(*config);
        assert_eq!(outcome.missing, [""; 0], "{}: this never happens", config.name);
    }
}

/// One test for each broken rule: it breaks this promise, in so many steps, and nothing else does.
macro_rules! found {
    ($($name:ident: $bug:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let planted = PLANTED.iter().find(|planted| planted.bug == Bug::$bug).unwrap();
                is_found(planted);
                is_clean(planted.config.with(Bug::None));
            }
        )*

        #[test]
        fn every_broken_rule_has_its_test() {
            let tested = [$(Bug::$bug),*];
            let missing: Vec<_> =
                PLANTED.iter().filter(|planted| !tested.contains(&planted.bug)).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    };
}

found! {
    a_register_that_a_client_names_is_found: ClientNamedRegister,
    a_register_that_begins_again_is_found: EvictedIsFresh,
    an_acknowledgement_before_the_record_is_found: AckBeforeDurable,
    a_delta_before_the_record_is_found: DeltaBeforeDurable,
    a_send_before_the_record_is_found: SendBeforePersist,
    a_precondition_before_the_duplicate_is_found: PreconditionFirst,
    an_acknowledgement_outside_a_delta_is_found: AckOutsideDelta,
    a_refusal_that_is_not_recorded_is_found: RefusalNotRecorded,
    a_gap_that_is_accepted_is_found: GapsAccepted,
    a_record_in_two_is_found: SplitRecord,
    a_refusal_that_is_forgotten_when_told_is_found: RefusalForgottenWhenTold,
    a_refusal_that_is_heard_before_the_record_is_found: HeardBeforeDurable,
    a_refusal_that_is_told_once_is_found: RefusalToldOnce,
    a_delta_of_before_is_found: OlderDeltaTaken,
    a_late_join_is_found: LateJoinSupersedes,
    a_restore_under_the_old_epoch_is_found: RestoredUnderItsEpoch,
    what_was_seen_in_another_epoch_is_found: SeenAcrossEpochs,
    names_in_another_epoch_are_found: NamesAcrossEpochs,
    a_chunk_taken_alone_is_found: ChunkTakenAlone,
    a_verdict_in_the_first_chunk_is_found: VerdictInFirstChunk,
    a_cut_inside_a_version_is_found: CutInsideVersion,
    a_missing_chunk_is_found: ChunkGapAccepted,
    a_chunk_on_the_chunk_before_is_found: ChunkOnChunk,
    half_a_mutation_is_found: HalfApplied,
    a_name_without_its_content_is_found: NoContentHash,
    an_older_reader_that_stays_is_found: OlderReaderStays,
    a_number_that_was_never_given_is_found: LastBeyondNamed,
    a_refusal_that_was_lost_is_found: HeardLessIsTaken,
    drafts_of_a_rolled_back_storage_are_found: DraftsKeptAtRollback,
}

#[test]
fn two_live_processes_on_one_client_are_told_wrong_verdicts() {
    is_found(&MISTAKEN);
}

#[test]
fn a_search_that_ends_early_does_not_say_that_it_saw_everything() {
    let config = SMALL[0];
    let all = search(config, &BOUNDS);
    assert!(all.exhausted);
    let some = search(config, &Bounds { steps: 2_000, ..BOUNDS });
    assert!(!some.exhausted && some.states < all.states);
    let late = search(config, &Bounds { time: Duration::from_nanos(1), ..BOUNDS });
    assert!(!late.exhausted);
}
