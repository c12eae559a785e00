use super::*;
use crate::op::Seen::{At, Mine};
use crate::resolve::{Resolution, Resolver, Resolvers};

fn with_resolver(resolver: Resolver) -> Rig {
    let mut resolvers = Resolvers::default();
    resolvers.set("", resolver);
    let mut rig = Rig::new(ClientConfig { resolvers, ..ClientConfig::default() });
    rig.connect();
    rig.join(0);
    rig.delta(0, 4, &[(1, "a", 4, Some("{\"x\":1,\"y\":1}"))], None);
    rig
}

/// Makes one edit that is refused, since another client has written `theirs`.
fn refuse(rig: &mut Rig, mine: &str, theirs: &str) {
    rig.edit("a", set(mine));
    rig.pass_ms(20);
    rig.mutations();
    rig.events.clear();
    rig.delta(4, 5, &[(1, "a", 5, Some(theirs))], Some(personal(1, &[(1, 0, Code::Stale)])));
}

fn refusals(rig: &Rig) -> Vec<(Refused, Option<DraftId>)> {
    let refused = |event: &ClientEvent| {
        let ClientEvent::Refused { refusal, by } = event else { return None };
        Some((refusal.clone(), *by))
    };
    rig.events.iter().filter_map(refused).collect()
}

fn conflicts(rig: &Rig) -> Vec<Refused> {
    let conflict = |event: &ClientEvent| {
        let ClientEvent::Conflict(refusal) = event else { return None };
        Some(refusal.clone())
    };
    rig.events.iter().filter_map(conflict).collect()
}

fn json(content: Option<&Content>) -> Option<String> {
    content.map(Content::to_json)
}

#[test]
fn a_refused_edit_is_taken_back_and_edits_of_other_keys_stay() {
    let mut rig = with_resolver(Resolver::KeepTheirs);
    rig.edit("b", set("1"));
    rig.edit("a", set("2"));
    rig.edit("c", set("3"));
    rig.pass_ms(20);
    rig.events.clear();
    let told = Some(personal(2, &[(2, 0, Code::Stale)]));
    rig.delta(4, 6, &[(1, "a", 5, Some("9")), (2, "b", 6, Some("1"))], told);
    assert_eq!(rig.get("a").as_deref(), Some("9"));
    assert_eq!((rig.get("b").as_deref(), rig.get("c").as_deref()), (Some("1"), Some("3")));
    let refusals = refusals(&rig);
    assert_eq!(refusals.len(), 1);
    let (refusal, by) = &refusals[0];
    assert_eq!((refusal.key.as_str(), refusal.code, *by), ("a", Code::Stale, None));
    assert_eq!(json(refusal.base.as_ref()).as_deref(), Some("{\"x\":1,\"y\":1}"));
    assert_eq!(json(refusal.mine.as_ref()).as_deref(), Some("2"));
    assert_eq!(json(refusal.theirs.as_ref()).as_deref(), Some("9"));
    assert_eq!(rig.verdicts(), [(1, applied(6)), (2, stale(0))]);
    assert_eq!((rig.client.metrics().refused, rig.client.metrics().conflicts), (1, 1));
}

#[test]
fn other_refusals_are_told_and_not_resolved() {
    let mut rig = with_resolver(Resolver::KeepMine);
    rig.edit("a", set("2"));
    rig.pass_ms(20);
    rig.events.clear();
    rig.delta(4, 4, &[], Some(personal(1, &[(1, 0, Code::Forbidden)])));
    assert_eq!(refusals(&rig).len(), 1);
    assert_eq!(rig.client.pending(rig.room), 0);
}

#[test]
fn each_resolver_makes_of_a_refusal_what_it_says() {
    let (mine, theirs) = ("{\"x\":2,\"y\":1}", "{\"x\":1,\"y\":7}");
    for (resolver, want) in [
        (Resolver::KeepTheirs, theirs),
        (Resolver::KeepMine, mine),
        (Resolver::ThreeWay, "{\"x\":2,\"y\":7}"),
    ] {
        let mut rig = with_resolver(resolver);
        refuse(&mut rig, mine, theirs);
        assert_eq!(rig.get("a").as_deref(), Some(want), "{resolver:?}");
        rig.pass_ms(20);
        let mutations = rig.mutations();
        assert_eq!(mutations.len(), usize::from(resolver != Resolver::KeepTheirs));
        for (seq, ops) in &mutations {
            assert_eq!((*seq, ops[0].seen), (2, At(Version::new(5))));
        }
        let by = refusals(&rig)[0].1;
        assert_eq!(by.is_some(), resolver != Resolver::KeepTheirs);
    }
}

#[test]
fn a_chain_that_breaks_at_its_head_asks_once_after_its_last_verdict() {
    let mut rig = with_resolver(Resolver::Custom);
    for n in 1..=3 {
        rig.edit("a", set(&n.to_string()));
        rig.pass_ms(20);
    }
    let seen: Vec<_> = rig.mutations().iter().map(|(_, ops)| ops[0].seen).collect();
    assert_eq!(seen, [At(Version::new(4)), Mine(Seq::new(1)), Mine(Seq::new(2))]);
    rig.events.clear();
    let theirs = (1, "a", 5, Some("9"));
    rig.delta(4, 5, &[theirs], Some(personal(1, &[(1, 0, Code::Stale)])));
    assert_eq!(conflicts(&rig), [], "more of the chain has no verdict");
    let rest = [(2, 0, Code::Stale), (3, 0, Code::Stale)];
    rig.delta(5, 5, &[], Some(personal(3, &rest)));
    let asked = conflicts(&rig);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].draft, DraftId::new(1));
    assert_eq!(asked[0].drafts, [1, 2, 3].map(DraftId::new));
    assert_eq!(json(asked[0].mine.as_ref()).as_deref(), Some("3"));
    assert_eq!(json(asked[0].base.as_ref()).as_deref(), Some("{\"x\":1,\"y\":1}"));
    assert_eq!(rig.verdicts().len(), 3);
    rig.delta(5, 6, &[(2, "b", 6, Some("1"))], None);
    assert_eq!(conflicts(&rig), [], "asked once");

    let (now, room, head) = (rig.now, rig.room, DraftId::new(1));
    let by = rig.client.resolve(now, room, head, Resolution::KeepMine).unwrap();
    assert_eq!(by, Some(DraftId::new(4)));
    rig.drain();
    assert_eq!(refusals(&rig)[0].0.drafts, [1, 2, 3].map(DraftId::new));
    rig.pass_ms(20);
    let mutations = rig.mutations();
    assert_eq!(mutations[0].1.len(), 1, "three edits of one key are one");
    assert_eq!(mutations[0].1[0].action, set("3"));
    let again = rig.client.resolve(now, room, head, Resolution::KeepMine).unwrap_err();
    assert_eq!(again.code, Code::NotFound);
}

#[test]
fn a_conflict_waits_across_a_restart_and_counts_to_the_outbox() {
    let mut resolvers = Resolvers::default();
    resolvers.set("a", Resolver::Custom);
    let config = ClientConfig { resolvers, ..ClientConfig::default() };
    let mut rig = with_resolver(Resolver::Custom);
    refuse(&mut rig, "2", "9");
    assert_eq!(conflicts(&rig).len(), 1);

    let mut rig = Rig::restored(config, &rig.blobs.clone());
    rig.connect();
    rig.join(1);
    rig.delta(5, 5, &[], None);
    let asked = conflicts(&rig);
    assert_eq!(asked.len(), 1);
    assert_eq!(json(asked[0].theirs.as_ref()).as_deref(), Some("9"));
    let room = rig.room;
    let resolution = Resolution::Value(value("5"));
    rig.client.resolve(rig.now, room, asked[0].draft, resolution).unwrap();
    rig.drain();
    assert_eq!(rig.get("a").as_deref(), Some("5"));
    let config = ClientConfig::default();
    let mut rig = Rig::restored(config, &rig.blobs.clone());
    rig.drain();
    assert_eq!((conflicts(&rig).len(), rig.get("a").as_deref()), (0, Some("5")));
}

#[test]
fn a_chain_is_whole_in_a_log_that_is_written_anew() {
    let mut rig = with_resolver(Resolver::Custom);
    for n in 1..=2 {
        rig.edit("a", set(&n.to_string()));
        rig.pass_ms(20);
    }
    rig.delta(4, 5, &[(1, "a", 5, Some("9"))], Some(personal(1, &[(1, 0, Code::Stale)])));
    let long = format!("\"{}\"", "x".repeat(60_000));
    let blobs = rig.blobs.len();
    rig.delta(5, 7, &[(2, "b", 6, Some(&long)), (3, "c", 7, Some("1"))], None);
    rig.delta(7, 8, &[(2, "b", 8, Some(&long))], None);
    assert!(rig.blobs.len() < blobs, "written anew");

    let config = rig.client.config.clone();
    let mut rig = Rig::restored(config.clone(), &rig.blobs.clone());
    rig.connect();
    rig.join(2);
    rig.delta(8, 8, &[], Some(personal(2, &[(2, 0, Code::Stale)])));
    assert_eq!(conflicts(&rig)[0].drafts, [1, 2].map(DraftId::new));
    let rig = Rig::restored(config, &rig.blobs.clone());
    let state = &rig.client.rooms.get(&rig.room).unwrap().state;
    assert_eq!(state.conflicts[0].followers, [DraftId::new(2)]);
}

#[test]
fn each_refused_edit_is_named_by_one_refusal() {
    let (stale, forbidden) = (Code::Stale, Code::Forbidden);
    for (told, want) in [
        (vec![(1, 0, stale), (2, 0, stale), (3, 0, stale)], vec![vec![1, 3], vec![2]]),
        (vec![(1, 1, stale), (2, 0, stale), (3, 0, stale)], vec![vec![1, 2], vec![3]]),
        (vec![(1, 0, forbidden), (2, 0, stale), (3, 0, stale)], vec![vec![1], vec![2], vec![3]]),
        (vec![(1, 0, stale), (2, 0, stale), (3, 0, forbidden)], vec![vec![3], vec![1], vec![2]]),
        // No op of this number: a server's mistake must leave no edit waiting.
        (vec![(1, 7, stale), (2, 7, forbidden)], vec![vec![2], vec![1]]),
    ] {
        let mut rig = with_resolver(Resolver::KeepTheirs);
        let both = vec![(key("a"), set("1")), (key("b"), set("1"))];
        rig.client.batch(rig.now, rig.room, both).unwrap();
        rig.edit("b", set("2"));
        rig.edit("a", set("3"));
        rig.pass_ms(20);
        rig.delta(4, 5, &[(1, "a", 5, Some("9"))], Some(personal(3, &told)));
        let drafts = |refusal: &Refused| refusal.drafts.iter().map(|draft| draft.get()).collect();
        let named: Vec<Vec<u64>> = refusals(&rig).iter().map(|(told, _)| drafts(told)).collect();
        assert_eq!(named, want, "{told:?}");
        assert!(refusals(&rig).iter().all(|(told, _)| told.drafts[0] == told.draft));
    }
}

/// A client on an older copy of its storage, with a conflict that was answered since: by this resolver, or the application.
fn rolled_back(resolver: Resolver) -> Rig {
    let mut resolvers = Resolvers::default();
    resolvers.set("", resolver);
    let mut first = with_resolver(Resolver::Custom);
    refuse(&mut first, "2", "9");
    Rig::restored(ClientConfig { resolvers, ..ClientConfig::default() }, &first.blobs.clone())
}

#[test]
fn a_conflict_that_may_have_been_answered_before_a_rollback_is_not_answered_twice() {
    for (resolver, denied) in
        [(Resolver::Custom, false), (Resolver::KeepMine, false), (Resolver::KeepMine, true)]
    {
        let mut rig = rolled_back(resolver);
        let own = rig.edit("other", set("1"));
        rig.connect();
        assert!(conflicts(&rig).is_empty() && refusals(&rig).is_empty(), "it may be answered");
        rig.events.clear();
        if denied {
            let (channel, code) = (rig.channel, Code::IdentityReused);
            rig.receive(&Message::Denied(crate::message::Denied { channel, code }));
        } else {
            rig.join(2);
        }
        let lost = |event: &&ClientEvent| {
            let ClientEvent::Unknown { draft, edits, .. } = event else { return false };
            *draft == DraftId::new(1) && *edits == [(key("a"), set("2"))]
        };
        assert_eq!(rig.events.iter().filter(lost).count(), 1, "{:?}", rig.events);
        rig.take_join();
        rig.join(0);
        rig.delta(5, 6, &[(1, "a", 6, Some("2"))], None);
        rig.pass_ms(20);
        let sent: Vec<_> = rig.mutations().into_iter().flat_map(|(_, ops)| ops).collect();
        assert!(sent.iter().all(|op| op.key == key("other")) && sent.len() == 1, "{own} {sent:?}");
        assert!(conflicts(&rig).is_empty() && refusals(&rig).is_empty());
    }
}

#[test]
fn a_conflict_of_a_restart_is_answered_once_the_server_was_heard() {
    let mut rig = rolled_back(Resolver::KeepMine);
    rig.connect();
    rig.join(1);
    assert!(refusals(&rig).is_empty(), "the state is not known yet");
    rig.delta(5, 5, &[], None);
    let by = refusals(&rig).first().and_then(|(_, by)| *by);
    assert!(by.is_some(), "{:?}", rig.events);
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn a_forgotten_room_hands_a_whole_conflict_back() {
    let mut rig = with_resolver(Resolver::Custom);
    for n in 1..=3 {
        rig.edit("a", set(&n.to_string()));
        rig.pass_ms(20);
    }
    let told = [(1, 0, Code::Stale), (2, 0, Code::Stale)];
    rig.delta(4, 5, &[(1, "a", 5, Some("9"))], Some(personal(2, &told)));
    rig.client.forget_room(rig.now, rig.room);
    rig.drain();
    let refusals = refusals(&rig);
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].0.drafts, [1, 2].map(DraftId::new), "the third is unknown");
}

#[test]
fn a_refusal_counts_as_heard_once_it_is_durable() {
    let mut rig = with_resolver(Resolver::KeepTheirs);
    rig.answers = false;
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    for order in core::mem::take(&mut rig.orders) {
        rig.store(order);
    }
    rig.drain();
    rig.delta(4, 5, &[(1, "a", 5, Some("9"))], Some(personal(1, &[(1, 0, Code::Stale)])));
    assert!(rig.orders.iter().any(|order| order.sync), "something waits for it");
    rig.disconnect();
    assert_eq!(rig.connect().heard, Seq::ZERO);
    for order in core::mem::take(&mut rig.orders) {
        rig.store(order);
    }
    rig.disconnect();
    assert_eq!(rig.connect().heard, Seq::new(1));
}

#[test]
fn a_refusal_that_is_told_again_is_no_news() {
    let mut rig = with_resolver(Resolver::Custom);
    refuse(&mut rig, "2", "9");
    rig.disconnect();
    rig.connect();
    rig.join(1);
    rig.events.clear();
    rig.delta(5, 5, &[], Some(personal(1, &[(1, 0, Code::Stale)])));
    assert_eq!((rig.verdicts(), conflicts(&rig)), (vec![], vec![]));
}
