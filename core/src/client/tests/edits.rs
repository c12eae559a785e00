use super::*;
use crate::op::Seen::{Absent, Mine};

#[test]
fn an_edit_is_seen_at_once_sent_after_the_burst_and_settled_by_a_delta() {
    let mut rig = Rig::joined();
    assert_eq!(rig.status(), Status::Synced);
    rig.events.clear();
    let draft = rig.edit("a", set("1"));
    assert_eq!(rig.get("a").as_deref(), Some("1"));
    let keys = [key("a")].into();
    let change = ClientEvent::Change { room: rig.room, keys, origin: Origin::Local };
    assert_eq!(rig.events.first(), Some(&change));
    assert_eq!(rig.pushes(), [], "the burst is not over");
    assert_eq!(rig.status(), Status::Pending);

    rig.pass_ms(16);
    let pushes = rig.pushes();
    assert_eq!(pushes.len(), 1);
    assert_eq!((pushes[0].first, pushes[0].session), (Seq::new(1), SESSION));
    rig.events.clear();
    rig.delta(0, 1, &[(1, "a", 1, Some("1"))], Some(personal(1, &[])));
    let changes = rig.events.iter().any(|event| matches!(event, ClientEvent::Change { .. }));
    assert!(!changes, "the view shows what it showed");
    assert_eq!(rig.verdicts(), [(draft.get(), applied(1))]);
    assert_eq!((rig.client.pending(rig.room), rig.status()), (0, Status::Synced));
    assert_eq!(rig.client.metrics().latency.count(), 1);
}

#[test]
fn edits_that_never_pause_are_sent_all_the_same() {
    let mut rig = Rig::joined();
    let mut sent_at = Vec::new();
    for ms in 0..300 {
        rig.edit("a", set(&ms.to_string()));
        rig.pass_ms(1);
        if !rig.pushes().is_empty() {
            sent_at.push(ms);
        }
    }
    assert_eq!(sent_at.len(), 3, "{sent_at:?}");
    assert!(sent_at.iter().all(|ms| ms % 100 <= 3 || ms % 100 >= 97), "{sent_at:?}");
}

#[test]
fn a_hot_key_offline_for_long_is_one_mutation_and_one_short_log() {
    let mut rig = Rig::default();
    let mut drafts = std::collections::BTreeSet::new();
    for number in 0..5_000 {
        drafts.insert(rig.edit("a", set(&number.to_string())));
        rig.pass_ms(50);
    }
    assert_eq!((drafts.len(), rig.client.pending(rig.room)), (1, 1));
    assert_eq!(rig.client.metrics().coalesced, 4_999);
    let bytes: usize = rig.blobs.iter().map(Vec::len).sum();
    assert!(bytes <= 70_000, "{bytes}");

    rig.connect();
    rig.join(0);
    let mutations = rig.mutations();
    assert_eq!(mutations.len(), 1);
    assert_eq!(mutations[0].1[0].action, set("4999"));
}

#[test]
fn two_offline_edits_of_one_key_are_one_that_has_seen_what_the_first_saw() {
    let mut rig = Rig::joined();
    rig.delta(0, 4, &[(1, "a", 4, Some("{\"x\":1}"))], None);
    rig.disconnect();
    let first = rig.edit("a", Action::Merge(value("{\"y\":2}")));
    let second = rig.edit("a", Action::Merge(value("{\"x\":3}")));
    assert_eq!(first, second);
    assert_eq!(rig.get("a").as_deref(), Some("{\"x\":3,\"y\":2}"));
    rig.connect();
    rig.join(0);
    let mutations = rig.mutations();
    assert_eq!(mutations.len(), 1);
    let op = &mutations[0].1[0];
    assert_eq!(op.seen, crate::op::Seen::At(Version::new(4)));
    rig.delta(4, 5, &[(1, "a", 5, Some("{\"x\":3,\"y\":2}"))], Some(personal(1, &[])));
    assert_eq!(rig.verdicts(), [(1, applied(5))]);
}

#[test]
fn a_batch_is_one_mutation_that_later_edits_do_not_join() {
    let mut rig = Rig::joined();
    rig.edit("a", set("1"));
    let batch = vec![(key("a"), Action::Expect), (key("a"), set("2")), (key("b"), set("2"))];
    rig.client.batch(rig.now, rig.room, batch).unwrap();
    rig.edit("a", set("3"));
    rig.edit("b", set("3"));
    rig.client.flush(rig.now);
    rig.drain();
    let mutations = rig.mutations();
    let ops: Vec<usize> = mutations.iter().map(|(_, ops)| ops.len()).collect();
    assert_eq!(ops, [1, 3, 1, 1]);
    let seen = |m: usize, op: usize| mutations[m].1[op].seen;
    assert_eq!(seen(0, 0), Absent);
    assert_eq!(
        [seen(1, 0), seen(1, 1), seen(1, 2)],
        [Mine(Seq::new(1)), Mine(Seq::new(1)), Absent]
    );
    assert_eq!([seen(2, 0), seen(3, 0)], [Mine(Seq::new(2)); 2]);
}

#[test]
fn an_edit_that_cannot_be_is_refused_at_once_and_nothing_is_queued() {
    let limits = Limits { value_bytes: 64, ops: 2, mutation_bytes: 100, ..Limits::default() };
    let mut rig = Rig::new(ClientConfig { limits, ..ClientConfig::default() });
    rig.edit("text", set("\"t\""));
    let (pending, room) = (rig.client.pending(rig.room), rig.room);
    let long = format!("\"{}\"", "x".repeat(70));
    let mut refused =
        |room, key: &str, action| rig.client.edit(rig.now, room, key, action).unwrap_err().code;
    assert_eq!(refused(room, "text", Action::Add(value("1"))), Code::WrongType);
    assert_eq!(refused(room, "", set("1")), Code::InvalidName);
    assert_eq!(refused(room, &"k".repeat(300), set("1")), Code::InvalidName);
    assert_eq!(refused(room, "a", set(&long)), Code::ValueTooLarge);
    assert_eq!(refused(RoomNo::new(77), "a", set("1")), Code::NotFound);
    let three = vec![(key("a"), set("1")), (key("b"), set("1")), (key("c"), set("1"))];
    let batch = |rig: &mut Rig, edits| rig.client.batch(rig.now, room, edits).unwrap_err().code;
    assert_eq!(batch(&mut rig, three), Code::MutationTooLarge);
    assert_eq!(batch(&mut rig, vec![]), Code::InvalidArgument);
    let half = format!("\"{}\"", "x".repeat(50));
    let large = vec![(key("a"), set(&half)), (key("b"), set(&half))];
    assert_eq!(batch(&mut rig, large), Code::MutationTooLarge);
    assert_eq!(rig.client.pending(room), pending);
    assert_eq!(rig.get("a"), None);

    let reader = RoomName::new("reader").unwrap();
    let reader = rig.client.open(rig.now, reader, false).unwrap();
    let error = rig.client.edit(rig.now, reader, "a", set("1")).unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
}

#[test]
fn a_full_outbox_says_so_and_loses_nothing() {
    let limits = Limits { outbox_edits: 3, ..Limits::default() };
    let mut rig = Rig::new(ClientConfig { limits, ..ClientConfig::default() });
    for name in ["a", "b", "c"] {
        rig.edit(name, set("1"));
    }
    let full = rig.client.edit(rig.now, rig.room, "d", set("1")).unwrap_err();
    assert_eq!(full.code, Code::Full);
    rig.edit("a", set("2"));
    assert_eq!((rig.get("a").as_deref(), rig.get("d")), (Some("2"), None));
    rig.pass_ms(20);
    rig.connect();
    rig.join(0);
    assert_eq!(rig.mutations().len(), 3);
    rig.delta(0, 3, &[(1, "a", 1, Some("2"))], Some(personal(3, &[])));
    rig.edit("d", set("1"));

    let limits = Limits { outbox_bytes: 400, ..Limits::default() };
    let mut rig = Rig::new(ClientConfig { limits, ..ClientConfig::default() });
    rig.edit("a", set("1"));
    let long = set(&format!("\"{}\"", "x".repeat(350)));
    let full = rig.client.edit(rig.now, rig.room, "b", long.clone()).unwrap_err();
    assert_eq!(full.code, Code::Full);
    let full = rig.client.edit(rig.now, rig.room, "a", long).unwrap_err();
    assert_eq!((full.code, rig.get("a").as_deref()), (Code::Full, Some("1")));
}

#[test]
fn list_edits_name_neighbours_of_what_is_shown() {
    let mut rig = Rig::joined();
    let (now, room) = (rig.now, rig.room);
    for (index, json) in [(0, "\"b\""), (0, "\"a\""), (2, "\"c\"")] {
        rig.client.insert_at(now, room, "list", index, value(json)).unwrap();
    }
    assert_eq!(rig.get("list").as_deref(), Some("[\"a\",\"b\",\"c\"]"));
    rig.client.move_to(now, room, "list", 0, 2).unwrap();
    assert_eq!(rig.get("list").as_deref(), Some("[\"b\",\"c\",\"a\"]"));
    rig.client.replace_at(now, room, "list", 1, value("7")).unwrap();
    rig.client.remove_at(now, room, "list", 0).unwrap();
    assert_eq!(rig.get("list").as_deref(), Some("[7,\"a\"]"));
    let code = |result: Result<DraftId, Error>| result.unwrap_err().code;
    assert_eq!(code(rig.client.remove_at(now, room, "list", 2)), Code::NoSuchItem);
    assert_eq!(code(rig.client.move_to(now, room, "list", 0, 2)), Code::InvalidArgument);
    assert_eq!(code(rig.client.insert_at(now, room, "list", 3, value("1"))), Code::InvalidArgument);
    rig.edit("plain", set("[1]"));
    assert_eq!(code(rig.client.insert_at(now, room, "plain", 0, value("1"))), Code::WrongType);
}

#[test]
fn results_are_counted_as_the_room_counts_them() {
    use crate::room::{HostEdit, IfVersion, RoomConfig};
    let limits = Limits { mutation_bytes: 1_000, ..Limits::default() };
    let mut accepted = Vec::new();
    for bytes in 970..1_000 {
        let set = set(&format!("\"{}\"", "x".repeat(bytes - 2)));
        let config = RoomConfig { limits, ..RoomConfig::default() };
        let mut room = crate::room::Room::new(name(), config, EPOCH).unwrap();
        let (key, if_version) = (key("price"), IfVersion::Any);
        let there = room.write(&[HostEdit { key, edit: set.clone().into(), if_version }]);

        let mut rig = Rig::new(ClientConfig { limits, ..ClientConfig::default() });
        let here = rig.client.edit(rig.now, rig.room, "price", set);
        let code = |error: &Error| error.code;
        assert_eq!(here.as_ref().err().map(code), there.as_ref().err().map(code), "{bytes}");
        accepted.extend(here.is_ok().then_some(bytes));
    }
    assert_eq!(accepted.last(), Some(&979), "980 bytes are too many with their key");
}

#[test]
fn a_room_that_is_forgotten_hands_its_edits_back() {
    let mut rig = Rig::joined();
    rig.delta(0, 1, &[(1, "a", 1, Some("1"))], None);
    let sent = rig.edit("a", set("2"));
    rig.pass_ms(20);
    let unsent = rig.edit("b", set("3"));
    rig.events.clear();
    rig.client.forget_room(rig.now, rig.room);
    rig.drain();
    let reason = Code::Closed;
    for (draft, name, json) in [(sent, "a", "2"), (unsent, "b", "3")] {
        let edits = vec![(key(name), set(json))];
        let room = rig.room;
        assert!(rig.events.contains(&ClientEvent::Unknown { room, draft, reason, edits }));
    }
    let unknown = Verdict::Unknown { reason };
    assert_eq!(rig.verdicts(), [(sent.get(), unknown), (unsent.get(), unknown)]);
    assert_eq!((rig.client.pending_total(), rig.client.metrics().unknown), (0, 2));
}
