//! The promises of PROTOCOL.md, section 1: one test for each, in its order, on the handles that every host has.
//!
//! A test plays steps of `scenarios/README.md` and varies where a fault falls. With the feature `plant` one
//! more, in `promises/planted.rs`, breaks the rule behind each promise, which the promise has to notice.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "scenarios/client.rs"]
mod client;
#[path = "scenarios/edits.rs"]
mod edits;
#[path = "scenarios/events.rs"]
mod events;
#[path = "promises/faults.rs"]
mod faults;
#[path = "promises/limits.rs"]
mod limits;
#[path = "scenarios/link.rs"]
mod link;
#[path = "scenarios/network.rs"]
mod network;
#[path = "promises/noise.rs"]
mod noise;
#[cfg(feature = "plant")]
#[path = "promises/planted.rs"]
mod planted;
#[path = "scenarios/questions.rs"]
mod questions;
#[path = "scenarios/server.rs"]
mod server;
#[path = "promises/stage.rs"]
mod stage;
#[path = "scenarios/storage.rs"]
mod storage;
#[path = "scenarios/verbs.rs"]
mod verbs;
#[cfg(feature = "views")]
#[path = "scenarios/views.rs"]
mod views;
#[cfg(feature = "views")]
#[path = "scenarios/watching.rs"]
mod watching;
#[path = "scenarios/world.rs"]
mod world;

use std::collections::BTreeMap;

use allocation_counter::measure;
use faults::{FAULTS, pairs};
use limits::{BEYOND, is_told};
use noise::make_noise;
use stage::Stage;
use syncline_core::{Entropy, Limits};

#[test]
fn p01_a_mutation_counts_exactly_once() {
    for (first, second) in pairs() {
        let mut stage = Stage::new("{}");
        for fault in [first, second] {
            stage.play("add ada r n 1; tick 20");
            stage.play(fault);
            stage.mend();
        }
        assert_eq!(stage.ask("hostget r n"), "2 2", "{first} | {second}");
    }
}

#[test]
fn p02_no_acknowledged_write_is_lost() {
    // The server's storage is late by this many records when it crashes.
    for (records, fault) in (0..4).flat_map(|it| FAULTS.iter().map(move |fault| (it, *fault))) {
        let mut stage = Stage::new("{}");
        stage.play("hold server; add ada r n 1; tick 20; up ada; add ada r n 1; tick 20; up ada");
        stage.play("write r add host 1");
        stage.play(&format!("release server {records}; down ada"));
        let (told, written) = (stage.said("event ada applied"), stage.said("event server written"));
        stage.play("add ada r n 1; tick 20");
        stage.play_if_possible(fault);
        stage.play_if_possible("crash ada");
        stage.play_if_possible("crash server");
        // Nobody is there who could send it again.
        stage.play("reopen server; hostopen r");
        let (kept, host) = (stage.host_number("n"), stage.host_number("host"));
        assert!(kept >= told, "{records}, {fault}: {told} were told, {kept} are there");
        assert!(host >= written, "{records}, {fault}: {written} were told, {host} are there");
        stage.mend();
        assert_eq!(stage.host_number("n"), 3, "{records}, {fault}");
    }
}

#[test]
fn p03_the_mutations_of_a_client_are_decided_in_their_order() {
    let shuffles = ["swap ada up", "lose ada up 1", "lose ada up 2", "double ada up", "drop ada"];
    for (first, second) in shuffles.iter().flat_map(|a| shuffles.iter().map(move |b| (*a, *b))) {
        let mut stage = Stage::new("{}");
        for n in 1..=4 {
            stage.play(&format!("set ada r k {n}; tick 20"));
        }
        stage.play(first);
        stage.play_if_possible("up ada 1");
        stage.play_if_possible(second);
        let mut seen = vec![stage.host_number("k")];
        stage.creep("ada", |stage| seen.push(stage.host_number("k")));
        stage.mend();
        seen.push(stage.host_number("k"));
        assert!(seen.is_sorted(), "{first}, {second}: the room held {seen:?}");
        assert_eq!(stage.ask("hostget r k"), "4 4", "{first}, {second}: each is a version");
    }
}

#[test]
fn p04_a_verdict_is_the_truth() {
    for (first, second) in pairs() {
        let mut stage = Stage::new(r#"{"policy":{"strict/":"strict"}}"#);
        // The first is refused, as it was made before its writer knew of Bob's; the second is not.
        stage.play("set bob r strict/k \"bob's\"; tick 20; up bob; lose ada down");
        stage.play("set ada r strict/k \"ada's\"; tick 20");
        stage.play(first);
        stage.mend();
        stage.play("set ada r strict/own 1; tick 20");
        stage.play(second);
        stage.mend();
        let is = format!("{first} | {second}: {:?}", stage.lines);
        assert_eq!(stage.ask("hostget r strict/k"), "1 \"bob's\"", "{is}");
        assert!(stage.said("event ada refused r 1 Stale") > 0, "{is}");
        assert!(stage.said("event ada applied r 2") > 0, "{is}");
        assert_eq!(stage.said("event ada applied r 1"), 0, "{is}");
        assert_eq!(stage.said("event ada refused r 2"), 0, "{is}");
        assert_eq!(stage.said("event ada unknown"), 0, "{is}");
    }

    // The server has forgotten the writer, which cannot know what became of what it sent.
    for (arrived, there) in [("up ada; lose ada down", "1 1"), ("lose ada up", "-")] {
        let mut stage = Stage::new("{}");
        stage.play("add ada r n 1; tick 20");
        stage.play(arrived);
        stage.play("drop ada; add ada r late 1; expire r 1");
        stage.mend();
        assert_eq!(stage.said("event ada unknown r 1 Expired"), 1);
        let edits = r#"event ada handed back r 1 Expired [{"key":"n","action":{"add":1}}]"#;
        assert_eq!(stage.said(edits), 1, "the ops come back: {:?}", stage.lines);
        assert_eq!(stage.ask("hostget r n"), there);
        assert_eq!(stage.said("event ada applied r 2"), 1, "what was not sent is no loss");
    }
}

#[test]
fn p05_a_confirmed_state_is_one_that_the_room_had() {
    let mut stage = Stage::new(r#"{"limits":{"chunk_bytes":40}}"#);
    // The room's states, by version: what a client holds of a version has to be that.
    let mut states = BTreeMap::new();
    for round in 0..6 {
        if round % 2 == 1 {
            stage.play("drop bob");
        }
        for write in 0..4 {
            let n = round * 10 + write;
            stage.play(&format!(
                "write r set a {n} set b {n} set c \"{n}-with-more-than-a-chunk-of-text\""
            ));
            stage.play(&format!("batch ada r set d {n} set e {n}; tick 20; up ada; down ada"));
            stage.note_states(&mut states);
        }
        stage.play_if_possible("run 40000; connect bob");
        stage.creep("bob", |stage| {
            stage.note_states(&mut states);
            let Some(((_, version), held)) = stage.known("bob") else { return };
            assert_eq!(states.get(&version), Some(&held), "what Bob holds of {version}");
        });
    }
    stage.mend();
    assert!(stage.said("event bob resumed") > 0, "{:?}", stage.lines);
}

#[test]
fn p06_an_own_edit_counts_once_in_what_a_client_shows() {
    // What came first is durable and told while the rest waits.
    let late = ["up ada; up bob", "up bob; up ada"]
        .map(|order| format!("hold server; {order}; release server 1; down ada"));
    let faults = FAULTS.iter().copied().chain(late.iter().map(String::as_str));
    for (first, second) in faults.clone().flat_map(|it| faults.clone().map(move |f| (it, f))) {
        let mut stage = Stage::new("{}");
        stage.play("add ada r n 1; tick 20; settle");
        for (made, fault) in [(3, first), (5, second)] {
            let mut look = |stage: &mut Stage| {
                // Bob counts his own apart, so that a state says how many of them it has.
                let theirs: usize = stage.ask("confirmed ada r bobs").parse().unwrap_or(0);
                let shown = stage.ask("get ada r n");
                assert_eq!(shown, (made + theirs).to_string(), "{first} | {second}");
            };
            stage.play(
                "batch bob r add n 1 add bobs 1; add ada r n 1; tick 20; add ada r n 1; tick 20",
            );
            stage.play_if_possible(fault);
            stage.revive();
            stage.creep("ada", &mut look);
            stage.mend();
            look(&mut stage);
        }
    }
}

#[test]
fn p07_versions_never_go_back_and_are_never_reused() {
    // Who was away for longer than deletions are remembered gets a snapshot, which comes again, and late.
    let again = "drop ada; set bob r gone 1; tick 20; up bob; delete bob r gone; tick 20; up bob; \
                 set bob r left 1; tick 20; up bob; delete bob r left; tick 20; up bob; down bob; \
                 tick 5000; connect ada; up ada; down ada; up ada; down ada 1; double ada down; \
                 down ada 1; add ada r n 1; tick 20; up ada; swap ada down";
    let faults = FAULTS.iter().copied().chain([again]);
    for (first, second) in faults.clone().flat_map(|it| faults.clone().map(move |f| (it, f))) {
        let mut stage = Stage::new(r#"{"limits":{"tombstones":1}}"#);
        let mut states = BTreeMap::new();
        let mut latest = BTreeMap::new();
        let mut look = |stage: &mut Stage| {
            for name in ["ada", "bob"] {
                // Not running, or nothing known yet.
                let Some(((epoch, version), held)) = stage.known(name) else { continue };
                let before = states.entry((epoch, version)).or_insert_with(|| held.clone());
                assert_eq!(
                    *before, held,
                    "{first} | {second}: two states are {version} of {epoch}"
                );
                let last = latest.insert((name, epoch), version).unwrap_or_default();
                assert!(last <= version, "{first} | {second}: {version} of {name} after {last}");
            }
        };
        for fault in [first, second] {
            stage.play("set ada r k 1; set bob r l 1; tick 20; up bob; add ada r n 1; tick 20");
            stage.creep("bob", &mut look);
            stage.play(fault);
            stage.revive();
            stage.creep("ada", &mut look);
            stage.creep("bob", &mut look);
            stage.mend();
            look(&mut stage);
        }
        // A server that was restored from a copy gives out other versions, or none that anyone knows.
        stage.play("putaside server; add ada r n 1; tick 20; settle");
        look(&mut stage);
        stage.play("crash server; bringback server; reopen server; hostopen r");
        stage.renew();
        stage.mend();
        look(&mut stage);
        stage.play("set bob r k 2; tick 20; settle");
        look(&mut stage);
    }
}

#[test]
fn p08_a_stale_write_never_overwrites_where_the_policy_refuses_it() {
    let writes =
        ["set ada r KEY \"stale\"", "delete ada r KEY", "merge ada r KEY {\"a\":\"stale\"}"];
    for (write, fault) in writes.iter().flat_map(|it| FAULTS.iter().map(move |f| (*it, *f))) {
        // Which of them the policy refuses when they are stale.
        for (key, is_refused) in
            [("strict/k", true), ("merge/k", !write.starts_with("merge")), ("last/k", false)]
        {
            let mut stage = Stage::new(r#"{"policy":{"strict/":"strict","merge/":"merge"}}"#);
            stage.play(&format!("set bob r {key} {{\"a\":1}}; tick 20; settle"));
            stage.play(&format!("set bob r {key} {{\"a\":2}}; tick 20; up bob; lose ada down"));
            stage.play(&write.replace("KEY", key));
            stage.play("tick 20");
            stage.play(fault);
            stage.mend();
            let held = stage.ask(&format!("hostget r {key}"));
            assert_eq!(held == "2 {\"a\":2}", is_refused, "{write}, {key}, {fault}: {held}");
            assert_eq!(stage.said("event ada refused r 1 Stale") > 0, is_refused);
        }
    }
}

#[test]
fn p09_the_ops_of_a_mutation_are_taken_together_or_not_at_all() {
    let spoilers = ["set strict/k 2", "add text 1", "merge text {}", "expect strict/k"];
    for (spoiler, fault) in spoilers.iter().flat_map(|it| FAULTS.iter().map(move |f| (*it, *f))) {
        let mut stage = Stage::new(r#"{"policy":{"strict/":"strict"}}"#);
        stage.play("set bob r strict/k 0; tick 20; settle; set bob r strict/k 1; tick 20; up bob");
        stage.play("set bob r text \"words\"; tick 20; up bob; lose ada down");
        let before = stage.ask("hostentries r ''");
        stage.play(&format!("batch ada r set first 1 add n 1 {spoiler} set last 1; tick 20"));
        stage.play(fault);
        stage.mend();
        assert_eq!(stage.ask("hostentries r ''"), before, "{spoiler}, {fault}");
        assert_eq!(stage.ask("entries ada r ''"), before, "{spoiler}, {fault}");
        assert!(stage.said("event ada refused r 1") > 0, "{spoiler}, {fault}");
        // The same without what spoils it.
        stage.play("batch ada r set first 1 add n 1 set last 1; tick 20");
        stage.play_if_possible(fault);
        stage.mend();
        let after = before.replace('{', r#"{"first":1,"last":1,"n":1,"#);
        assert_eq!(stage.ask("hostentries r ''"), after, "{spoiler}, {fault}");
    }
}

#[test]
fn p10_when_all_is_quiet_every_view_is_the_room() {
    let edits = [
        "set WHO r k0 N",
        "set WHO r k1 N",
        "add WHO r n 1",
        "delete WHO r k0",
        "merge WHO r m {\"N\":N}",
        "insert WHO r l 0 N",
        "insert WHO r l 1 N",
        "remove WHO r l 0",
        "move WHO r l 0 1",
        "replace WHO r l 0 N",
        "batch WHO r set strict/a N set strict/b N",
        "write r set k1 N delete k0",
    ];
    // A join of before, which comes after the one that took its place.
    let late = "drop ada; tick 5000; connect ada; up ada; down ada; cut ada; \
                tick 5000; connect ada; settle; late ada";
    let faults: Vec<&str> = FAULTS.iter().copied().chain([late]).collect();
    for seed in 0..60 {
        let mut stage = Stage::new(
            r#"{"policy":{"strict/":"strict"},"limits":{"chunk_bytes":60,"tombstones":2}}"#,
        );
        let mut random = Entropy::new([seed; 32]);
        let mut pick = |most: usize| usize::from(random.next_u64().to_le_bytes()[0]) % most;
        for n in 0..60 {
            let who = ["ada", "bob"][pick(2)];
            let step = match pick(6) {
                0 => faults[pick(faults.len())].replace("ada", who),
                1 => format!("up {who} 1; down {who} 1"),
                _ => edits[pick(edits.len())].replace("WHO", who).replace('N', &n.to_string()),
            };
            stage.play_if_possible(&step);
            stage.play("tick 20");
            if pick(8) == 0 {
                stage.revive();
            }
            if n % 20 < 19 {
                continue;
            }
            stage.mend();
            // It is closed when nobody was in it.
            stage.play("hostopen r");
            let room = stage.ask("hostentries r ''");
            stage.play("hostclose r");
            for name in ["ada", "bob"] {
                let is = format!("seed {seed}, {n}, {name}");
                assert_eq!(stage.ask(&format!("entries {name} r ''")), room, "{is}");
                assert_eq!(stage.ask(&format!("pending {name} r")), "0", "{is}");
            }
        }
    }
}

#[test]
fn p11_a_resume_says_what_it_was() {
    let away = "set ada r k 0; tick 20; settle; drop ada; set bob r k 1; delete bob r k; set bob r l 1; delete bob r l; \
                tick 20; up bob; down bob";
    for (steps, kind) in [
        ("drop ada; set bob r k 1; tick 20; up bob", "delta"),
        ("crash server; reopen server", "delta"),
        (away, "snapshot"),
        ("drop ada; expire r 0", "reset Expired"),
        (
            "crash ada; putaside ada; reopen ada; open ada r rw; tick 500; connect ada; settle; set ada r k 1; \
          tick 20; settle; crash ada; bringback ada; reopen ada; open ada r rw",
            "reset RolledBack",
        ),
        (
            "putaside server; set ada r k 1; tick 20; settle; crash server; bringback server; reopen server",
            "reset RolledBack",
        ),
        ("renew", "reset EpochChanged"),
    ] {
        let mut stage = Stage::new(r#"{"limits":{"tombstones":1}}"#);
        stage.play("set ada r first 1; tick 20; settle");
        if steps == "renew" {
            stage.renew();
        } else {
            stage.play(steps);
        }
        stage.lines.clear();
        stage.mend();
        assert_eq!(stage.said("event ada resumed"), 1, "{steps}: {:?}", stage.lines);
        assert_eq!(
            stage.said(&format!("event ada resumed r {kind}")),
            1,
            "{steps}: {:?}",
            stage.lines
        );
    }
}

#[test]
fn p12_a_slow_reader_costs_a_number() {
    const WRITES: usize = 500;
    let mut stage = Stage::volatile("{}");
    stage.play("quiet; slow bob; hostopen r");
    // Twice, as the first time around the room itself grows.
    let write = |stage: &mut Stage, rounds: usize| {
        for n in 0..rounds {
            stage.play(&format!("write r set k{} \"{}\"; down ada", n % 4, "x".repeat(4_000)));
        }
    };
    write(&mut stage, 8);
    let growth = measure(|| write(&mut stage, WRITES)).bytes_current;
    assert!(growth < 100_000, "{growth} bytes after {} were sent to others", WRITES * 4_000);
    assert!(stage.frames("bob") <= 1, "{} frames wait for Bob", stage.frames("bob"));
    // When he reads again he gets what the keys hold, and nothing that they held in between.
    stage.play("fast bob; loud");
    assert!(stage.read("bob") < 5 * 4_100);
    assert_eq!(stage.ask("entries bob r ''"), stage.ask("hostentries r ''"));
}

#[test]
fn p13_every_collection_is_bounded_and_no_bytes_do_harm() {
    let limits = Limits::default().to_json();
    let names: Vec<&str> = limits.split('"').skip(1).step_by(2).collect();
    assert_eq!(names, BEYOND.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for (name, limit, steps, expected) in BEYOND {
        let told = is_told(&format!(r#"{{"limits":{limit}}}"#), steps, expected);
        told.unwrap_or_else(|lines| panic!("{name}: {lines:#?}"));
        let without = is_told("{}", steps, expected);
        assert!(without.is_err(), "{name}: that is told without the limit, too");
    }

    let mut stage = Stage::new("{}");
    stage.enter("eve");
    make_noise(&mut stage);
    stage.assert_served("noise");
}
