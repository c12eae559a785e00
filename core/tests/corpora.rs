//! What fuzzers found worth keeping is done again each time, without a fuzzer.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
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

use std::path::{Path, PathBuf};

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// Gives every file of a corpus to its target, also with its end cut off at several places.
fn replay(name: &str, cuts: usize) {
    let folder = corpora().join(name);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // Of a target that fails the bytes are told.
        let told = Told(&path);
        targets::run(name, &bytes);
        for end in (0..bytes.len()).step_by(bytes.len() / cuts + 1) {
            targets::run(name, &bytes[..end]);
        }
        core::mem::forget(told);
        files += 1;
    }
    assert!(files > 5, "{files} files in {}", folder.display());
}

struct Told<'a>(&'a Path);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        eprintln!("in {}, or where it is cut off", self.0.display());
    }
}

macro_rules! corpora {
    ($($(#[$attribute:meta])* $test:ident: $name:literal, $cuts:literal;)*) => {
        $($(#[$attribute])* #[test] fn $test() { replay($name, $cuts); })*

        const REPLAYED: &[&str] = &[$($(#[$attribute])* $name,)*];
    };
}

corpora! {
    binary_frames_are_messages_or_errors: "frame_binary", 64;
    json_frames_are_messages_or_errors: "frame_json", 64;
    texts_are_values_or_errors: "value", 64;
    ops_do_what_their_bytes_say: "wire", 64;
    texts_are_options_or_errors: "options", 64;
    patches_merge_as_the_rfc_says: "patch", 16;
    what_is_restored_of_a_client_is_what_it_writes: "record_client", 16;
    what_is_restored_of_a_room_is_what_it_writes: "record_room", 16;
    proposals_are_taken_once_or_are_errors: "record_proposal", 16;
    #[cfg(feature = "host")]
    a_journal_gives_back_what_was_written_or_is_refused: "journal", 2;
    #[cfg(feature = "host")]
    a_recording_is_replayed_or_refused: "flight", 16;
    #[cfg(feature = "host")]
    what_was_recorded_is_the_same_when_it_is_done_again: "flight_again", 2;
    edits_by_place_are_those_of_an_array: "edits", 16;
    nobody_is_present_who_left: "presence", 16;
    a_client_survives_anything: "client", 8;
    a_server_tells_nobody_what_it_may_not: "server", 8;
    all_show_the_same_after_any_network: "pair", 4;
    #[cfg(feature = "views")]
    trees_are_trees_or_errors: "view_tree", 64;
    #[cfg(feature = "views")]
    markup_is_a_template_or_an_error: "view_template", 64;
    #[cfg(feature = "views")]
    patches_make_trees_or_errors: "view_patch", 64;
    #[cfg(feature = "views")]
    frames_are_shown_or_errors: "view_frame", 64;
}

#[test]
fn every_target_has_a_corpus_and_is_replayed() {
    let targets: Vec<&str> = targets::TARGETS.iter().map(|target| target.0).collect();
    assert_eq!(targets, REPLAYED);
    for name in targets {
        assert!(corpora().join(name).is_dir(), "{name}");
    }
}

/// Which target has an input that finds which bug, by what the target asserts.
#[cfg(feature = "plant")]
const FOUND: &[&str] = &[
    "frame_binary NumberTooLong",
    "frame_binary PanicOnShortFrame",
    "pair GapAccepted",
    "pair HalfApplied",
    "pair LastTooHigh",
    "pair RetryApplied",
    "pair ViewNotRebased",
    "server LaneNeverBusy",
    "server PanicOnShortFrame",
    "server RevocationIgnored",
];

/// Each bug is found by the input of its name, and nothing is without the bug.
#[cfg(feature = "plant")]
#[test]
fn each_planted_bug_is_found_by_the_input_of_its_name() {
    use std::panic::catch_unwind;

    use syncline_core::plant::{Plant, plant};

    let mut found = Vec::new();
    for (name, _) in targets::TARGETS {
        for entry in std::fs::read_dir(corpora().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let Some(bug) = path.file_name().unwrap().to_str().unwrap().strip_prefix("planted-")
            else {
                continue;
            };
            let planted = Plant::ALL.iter().find(|plant| format!("{plant:?}") == bug);
            let planted = *planted.unwrap_or_else(|| panic!("no bug {bug} can be planted"));
            let bytes = std::fs::read(&path).unwrap();
            plant(Some(planted));
            let survives = catch_unwind(|| targets::run(name, &bytes)).is_ok();
            plant(None);
            assert!(!survives, "{name} does not find {bug}");
            targets::run(name, &bytes);
            found.push(format!("{name} {bug}"));
        }
    }
    found.sort();
    assert_eq!(found, FOUND);
}
