//! One room, driven by hand: what it takes, and what readers are told, and when.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "room/bench.rs"]
mod bench;
#[path = "room/log.rs"]
mod log;
#[path = "room/random.rs"]
mod random;
#[path = "room/reader.rs"]
mod reader;
#[path = "room/register.rs"]
mod register;

use bench::{Bench, key, op, set, value};
use syncline_core::policy::Policy;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Limits, Seen, Seq, Version};

#[test]
fn equal_versions_do_not_overwrite_and_the_batch_is_checked_like_the_single_edit() {
    let mut bench = Bench::policy(Policy::Strict);
    let (a, b) = (bench.enter(1), bench.enter(2));
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    let seen = Seen::At(Version::new(1));
    bench.push(a, 2, vec![vec![set("x", "\"a\"", seen)]]);
    bench.push(b, 1, vec![vec![set("x", "\"b\"", seen)]]);
    bench.push(b, 2, vec![vec![set("y", "1", Seen::Absent), set("x", "\"b\"", seen)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("\"a\""));
    assert_eq!(bench.json("y"), None, "a mutation is all or nothing");
    assert_eq!(bench.refusals(b), [(1, Code::Stale), (2, Code::Stale)]);
    assert_eq!(bench.last(b), 2, "a refusal is a decision");
    assert_eq!(bench.room.version(), Version::new(2));
}

#[test]
fn a_chain_of_own_edits_stands_or_falls_with_its_head() {
    let mut bench = Bench::policy(Policy::Strict);
    let (a, b) = (bench.enter(1), bench.enter(2));
    bench.push(b, 1, vec![vec![set("x", "\"b\"", Seen::Absent)]]);
    let mutations = vec![
        vec![set("x", "1", Seen::Absent)],
        vec![set("x", "2", Seen::Mine(Seq::new(1)))],
        vec![set("y", "1", Seen::Absent)],
        vec![set("y", "2", Seen::Mine(Seq::new(3)))],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Stale), (2, Code::Stale)]);
    assert_eq!(bench.json("x").as_deref(), Some("\"b\""));
    assert_eq!(bench.json("y").as_deref(), Some("2"));
}

#[test]
fn a_grant_is_checked_for_each_key() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.join(1, |join| join.grant.write = vec!["mine/".into()]);
    bench.settle();
    let mutations = vec![
        vec![set("mine/1", "1", Seen::Absent), set("yours", "1", Seen::Absent)],
        vec![set("mine/1", "2", Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Forbidden)]);
    assert_eq!(bench.json("mine/1").as_deref(), Some("2"));
    let reader = bench.join(2, |join| join.grant.write.clear());
    bench.settle();
    assert_eq!(bench.joined[&reader].0, None, "no grant to write, no register");
    assert_eq!(bench.readers[&reader].json("mine/1").as_deref(), Some("2"));
}

#[test]
fn the_host_writes_above_policy_and_can_ask_for_a_version() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let edit = |json: &str, if_version| HostEdit {
        key: key("x"),
        edit: Action::Set(value(json)).into(),
        if_version,
    };
    bench.room.write(&[edit("1", IfVersion::Absent)]).unwrap();
    bench.settle();
    bench.room.write(&[edit("2", IfVersion::Any)]).unwrap();
    let stale = bench.room.write(&[edit("3", IfVersion::At(Version::new(1)))]).unwrap_err();
    assert_eq!(stale.code, Code::Stale);
    assert_eq!(bench.written, 1, "the verdict waits for storage");
    bench.settle();
    assert_eq!(bench.written, 2);
    assert_eq!(bench.readers[&a].json("x").as_deref(), Some("2"));
}

#[test]
fn one_version_always_fits_in_a_frame() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(60_000));
    for n in 0..4_u64 {
        bench.push(a, n + 1, vec![vec![set(&format!("k{n}"), &large, Seen::Absent)]]);
    }
    let touch = |n| op(&format!("k{n}"), Action::Merge(value("{\"y\":1}")), Seen::Absent);
    bench.push(a, 5, vec![(0..4).map(touch).collect()]);
    bench.settle();
    assert_eq!(bench.refusals(a), [(5, Code::MutationTooLarge)]);
}

#[test]
fn a_room_at_its_limit_takes_no_new_key_and_still_takes_deletes() {
    let mut bench = Bench::limits(Limits { room_keys: 2, ..Limits::default() });
    let a = bench.enter(1);
    let mutations = vec![
        vec![set("a", "1", Seen::Absent)],
        vec![set("b", "1", Seen::Absent)],
        vec![set("c", "1", Seen::Absent)],
        vec![op("a", Action::Delete, Seen::Absent)],
        vec![set("c", "1", Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(3, Code::RoomFull)]);
    assert_eq!(bench.room.keys(), 2);
}

#[test]
fn a_room_at_its_limit_of_bytes_takes_only_what_makes_it_smaller() {
    let mut bench = Bench::limits(Limits { room_bytes: 120, ..Limits::default() });
    let a = bench.enter(1);
    let text = |bytes| format!("\"{}\"", "x".repeat(bytes));
    let mutations = vec![
        vec![set("a", &text(80), Seen::Absent)],
        vec![set("b", &text(40), Seen::Absent)],
        vec![set("a", &text(40), Seen::Absent)],
        vec![set("b", &text(40), Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(2, Code::RoomFull)]);
    assert!(bench.room.bytes() <= 120);
}

#[test]
fn what_a_client_does_not_check_is_refused_by_the_room() {
    let limits = Limits {
        key_bytes: 8,
        value_bytes: 60,
        depth: 2,
        items: 3,
        ops: 2,
        mutation_bytes: 100,
        room_keys: 2,
        room_bytes: 200,
        ..Limits::default()
    };
    let long = |len: usize| format!("\"{}\"", "x".repeat(len));
    let one = |name: &str, json: &str| vec![set(name, json, Seen::Absent)];
    let most = vec![set("a", &long(40), Seen::Absent), set("b", &long(10), Seen::Absent)];
    let beyond = [
        (one("123456789", "1"), Code::InvalidName),
        (one("a", &long(60)), Code::ValueTooLarge),
        (one("a", "[[[1]]]"), Code::TooDeep),
        (one("a", "[1,2,3,4]"), Code::TooManyItems),
        (["a", "b", "c"].map(|name| set(name, "1", Seen::Absent)).to_vec(), Code::MutationTooLarge),
        (
            ["a", "b"].map(|name| set(name, &long(50), Seen::Absent)).to_vec(),
            Code::MutationTooLarge,
        ),
        (Vec::new(), Code::MutationTooLarge),
    ];
    for (ops, code) in beyond {
        let mut bench = Bench::limits(limits);
        let a = bench.enter(1);
        bench.push(a, 1, vec![ops.clone()]);
        bench.push(a, 2, vec![most.clone()]);
        bench.settle();
        assert_eq!(bench.refusals(a), [(1, code)], "{ops:?}");
        assert_eq!(bench.last(a), 2, "what is within them is taken");
        bench.push(a, 3, vec![one("c", "1")]);
        bench.settle();
        assert_eq!(bench.refusals(a).last(), Some(&(3, Code::RoomFull)));
    }
}
