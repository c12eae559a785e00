//! What a client is told of its mutations: once, in order, and under its own name.

use syncline_core::exchange::{Grant, JoinRoom, ToRoom};
use syncline_core::policy::Policy;
use syncline_core::{Action, Arrival, Code, Epoch, Principal, Seen, Seq, Version};

use crate::bench::{Bench, NOW, op, set, value};

#[test]
fn a_retry_after_a_lost_answer_is_a_success_and_applies_once() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("n", Action::Add(value("5")), Seen::Absent)]]);
    bench.push(a, 2, vec![vec![set("s", "1", Seen::Absent)]]);
    bench.settle();
    bench.crash();
    let a = bench.join(1, |join| (join.session, join.epoch) = (session, Some(Epoch::new(7))));
    bench.settle();
    assert_eq!(bench.joined[&a].1, Seq::new(2));
    let add = op("n", Action::Add(value("5")), Seen::Absent);
    bench.push(a, 1, vec![vec![add], vec![set("s", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("n").as_deref(), Some("5"));
    assert_eq!((bench.last(a), bench.refusals(a)), (2, vec![]));
}

#[test]
fn a_number_used_for_two_contents_is_refused_by_name() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    bench.push(a, 1, vec![vec![set("x", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.denied[&a], Code::IdentityReused);
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

#[test]
fn a_gap_changes_nothing_and_asks_to_send_again() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 2, vec![vec![set("x", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x"), None);
    let told = bench.readers[&a].personal.last().unwrap();
    assert!(told.rewind && told.last == Seq::ZERO);
}

#[test]
fn refusals_are_told_again_until_they_are_heard() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.settle();
    bench.crash();
    let again = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, again);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Stale)]);
    for _ in 0..2 {
        let a = bench.join(1, |join| {
            again(join);
            join.heard = Seq::new(1);
        });
        bench.settle();
        assert_eq!(bench.refusals(a), []);
        bench.crash();
    }
}

#[test]
fn a_client_that_lost_a_refusal_is_not_told_that_the_edit_was_applied() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.push(a, 2, vec![vec![set("y", "1", Seen::Absent)]]);
    bench.settle();
    let again = |join: &mut JoinRoom, heard: u64| {
        (join.session, join.epoch) = (session, Some(Epoch::new(7)));
        join.heard = Seq::new(heard);
    };
    bench.join(1, |join| again(join, 2));
    bench.settle();
    bench.crash();
    for compact in [false, true] {
        if compact {
            bench.disk = vec![bench.room.export()];
            bench.crash();
        }
        let restored = bench.join(1, |join| again(join, 0));
        bench.settle();
        assert_eq!(bench.denied.get(&restored), Some(&Code::IdentityReused), "{compact}");
    }
    let intact = bench.join(1, |join| again(join, 1));
    bench.settle();
    assert_eq!(bench.joined[&intact].1, Seq::new(2), "what was applied need not be heard");
}

#[test]
fn a_refusal_is_told_with_every_verdict_until_it_is_heard() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.settle();
    // The delta that told it need not have arrived before this one.
    bench.push(a, 2, vec![vec![set("y", "1", Seen::Absent)]]);
    bench.settle();
    let told = bench.readers[&a].personal.last().unwrap();
    assert_eq!(told.last, Seq::new(2));
    assert_eq!(told.refusals.iter().map(|refusal| refusal.seq).collect::<Vec<_>>(), [Seq::new(1)]);
}

#[test]
fn a_forgotten_register_cannot_be_made_again_under_its_old_session() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("n", Action::Add(value("1")), Seen::Absent)]]);
    bench.settle();
    bench.room.handle(NOW, ToRoom::Leave { reader: a });
    bench.room.expire(bench.room.version());
    bench.settle();
    bench.crash();
    let back = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, back);
    bench.settle();
    assert_eq!(bench.denied[&a], Code::Expired);
    let a = bench.enter(9);
    assert!(bench.joined[&a].0 > session, "sessions never repeat");
}

#[test]
fn what_was_decided_for_a_register_that_is_evicted_meanwhile_is_not_its_successors() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let old = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)], Vec::new()]);
    bench.drain(false);
    assert!(!bench.waiting.is_empty(), "storage is slow");
    bench.room.handle(NOW, ToRoom::Leave { reader: a });
    bench.room.expire(Version::new(9));
    let a = bench.enter(1);
    assert!(bench.joined[&a].0 > old && bench.joined[&a].1 == Seq::ZERO);
    assert_eq!((bench.last(a), bench.refusals(a)), (0, Vec::new()));

    bench.push(a, 1, vec![vec![set("y", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!((bench.json("y").as_deref(), bench.last(a)), (Some("2"), 1));
    let session = bench.joined[&a].0;
    bench.crash();
    let back = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, back);
    bench.settle();
    assert_eq!((bench.joined[&a].1, bench.refusals(a)), (Seq::new(1), Vec::new()));
}

#[test]
fn another_epoch_ends_sessions_and_gives_readers_the_whole_state() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    let session = bench.joined[&a].0;
    bench.room.renew(Epoch::new(99)).unwrap();
    bench.settle();
    assert_eq!(bench.denied[&a], Code::Unavailable);
    bench.crash();
    assert_eq!(bench.room.epoch(), Epoch::new(99));
    let old = Some(Epoch::new(7));
    let writer = bench.join(1, |join| (join.session, join.epoch) = (session, old));
    let reader = bench.join(2, |join| (join.epoch, join.version) = (old, Version::new(1)));
    bench.settle();
    assert_eq!(bench.denied[&writer], Code::Expired);
    assert_eq!(bench.readers[&reader].json("x").as_deref(), Some("1"));
}

#[test]
fn an_outbox_belongs_to_one_principal_and_one_connection() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let thief = bench.join(1, |join| {
        join.grant = Grant::writer(Principal::new("eve").unwrap(), vec![String::new()]);
    });
    bench.settle();
    assert_eq!(bench.denied[&thief], Code::Forbidden);
    let newer = bench.enter(1);
    assert_eq!(bench.denied[&a], Code::Superseded);
    assert!(!bench.denied.contains_key(&newer));
    bench.push(newer, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

#[test]
fn a_join_that_comes_late_does_not_stop_the_client_that_came_back() {
    let mut bench = Bench::policy(Policy::Last);
    let newer = bench.enter(1);
    let late = bench.join(1, |join| join.arrival = Arrival::ZERO);
    bench.settle();
    assert_eq!(bench.denied[&late], Code::Superseded);
    assert!(!bench.denied.contains_key(&newer));
    bench.push(newer, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
    bench.room.handle(NOW, ToRoom::Leave { reader: newer });
    let alone = bench.join(1, |join| join.arrival = Arrival::ZERO);
    bench.settle();
    assert!(bench.joined.contains_key(&alone), "there is no newer one any more");
}
