use super::*;
use crate::message::{Denied, Fault, GoAway, Ping};
use std::collections::BTreeSet;

#[test]
fn a_lost_answer_is_asked_for_under_the_same_number_and_told_once() {
    let mut rig = Rig::joined();
    let draft = rig.edit("a", set("1"));
    rig.pass_ms(20);
    let first = rig.mutations();
    rig.disconnect();
    assert_eq!(rig.status(), Status::Offline);
    let join = rig.connect();
    assert_eq!((join.session, join.version), (Some(SESSION), Version::ZERO));
    rig.join(1);
    assert_eq!(rig.mutations(), first, "the same number and content");
    assert_eq!(rig.client.metrics().retried, 1);
    rig.events.clear();
    rig.delta(0, 1, &[(1, "a", 1, Some("1"))], Some(personal(1, &[])));
    rig.delta(1, 1, &[], Some(personal(1, &[])));
    assert_eq!(rig.verdicts(), [(draft.get(), applied(1))]);
}

#[test]
fn what_the_join_said_of_the_last_mutation_holds_with_the_first_delta() {
    let mut rig = Rig::joined();
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    rig.disconnect();
    rig.connect();
    rig.events.clear();
    rig.join(1);
    assert_eq!(rig.verdicts(), [], "not before the state that shows it");
    rig.delta(0, 1, &[(1, "a", 1, Some("1"))], None);
    assert_eq!(rig.verdicts(), [(1, applied(1))]);
}

#[test]
fn nothing_is_sent_before_its_number_is_durable() {
    let mut rig = Rig::joined();
    rig.answers = false;
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    assert_eq!(rig.pushes(), []);
    let orders = core::mem::take(&mut rig.orders);
    let (last, earlier) = orders.split_last().unwrap();
    assert!(last.sync);
    for order in earlier {
        rig.client.handle_persisted(order.id);
    }
    rig.drain();
    assert_eq!(rig.pushes(), []);
    rig.client.handle_persisted(last.id);
    rig.drain();
    assert_eq!(rig.pushes().len(), 1);
}

#[test]
fn an_edit_whose_number_became_durable_while_its_room_was_left_is_sent_once_the_room_is_opened() {
    let mut rig = Rig::joined();
    rig.answers = false;
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    rig.client.close_room(rig.now, rig.room);
    rig.answers = true;
    for order in core::mem::take(&mut rig.orders) {
        rig.client.handle_persisted(order.id);
    }
    rig.drain();
    assert_eq!(rig.pushes(), []);
    rig.client.open(rig.now, name(), true).unwrap();
    rig.drain();
    rig.take_join();
    rig.join(0);
    rig.delta(0, 0, &[], None);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn a_storage_that_fails_stops_everything() {
    let mut rig = Rig::joined();
    rig.answers = false;
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    rig.client.handle_persist_failed();
    rig.drain();
    assert!(rig.events.contains(&ClientEvent::StorageFailed));
    assert_eq!((rig.disconnects, rig.pushes().len()), (1, 0));
    let error = rig.client.edit(rig.now, rig.room, "a", set("2")).unwrap_err();
    assert_eq!((error.code, rig.status()), (Code::Poisoned, Status::Degraded));
    rig.pass_ms(100_000);
    assert_eq!(rig.connects, 0);
}

#[test]
fn chunks_take_effect_together() {
    let mut rig = Rig::joined();
    rig.delta(0, 2, &[(1, "old", 2, Some("1"))], None);
    rig.disconnect();
    rig.connect();
    rig.join(0);
    rig.events.clear();
    let chunk = |from, to, more, told: &[Told<'_>]| Body {
        from: Version::new(from),
        to: Version::new(to),
        more,
        digest: None,
        entries: entries(told),
    };
    rig.tell(chunk(0, 5, true, &[(2, "a", 5, Some("1"))]), None);
    assert_eq!((rig.get("a"), rig.get("old").as_deref()), (None, Some("1")));
    assert_eq!(rig.status(), Status::Pending);
    rig.tell(chunk(5, 9, false, &[(3, "b", 9, Some("2"))]), None);
    assert_eq!((rig.get("a").as_deref(), rig.get("old")), (Some("1"), None));
    let resumed = ClientEvent::Resumed { room: rig.room, kind: Resume::Snapshot };
    assert!(rig.events.contains(&resumed));
    assert_eq!(rig.client.version(rig.room), Some(Version::new(9)));

    rig.tell(chunk(9, 11, true, &[(4, "c", 11, Some("1"))]), None);
    rig.disconnect();
    let join = rig.connect();
    assert_eq!(join.version, Version::new(9), "half of a delta is nothing");

    let blobs = rig.blobs.clone();
    let restored = Rig::restored(ClientConfig::default(), &blobs);
    assert_eq!(restored.client.entries(restored.room, ""), rig.client.entries(rig.room, ""));
}

#[test]
fn a_delta_that_does_not_follow_is_not_taken_and_the_room_is_asked_for_again() {
    let mut rig = Rig::joined();
    rig.delta(0, 2, &[(1, "a", 2, Some("1"))], None);
    rig.delta(3, 4, &[(1, "a", 4, Some("2"))], None);
    assert_eq!(rig.get("a").as_deref(), Some("1"));
    assert!(rig.sent.iter().any(|message| matches!(message, Message::Leave(_))));
    let old = rig.channel;
    let join = rig.take_join();
    assert_eq!(join.version, Version::new(2));
    assert_ne!(join.channel, old);
    rig.join(0);
    rig.channel = old;
    rig.delta(2, 4, &[(1, "a", 4, Some("3"))], None);
    assert_eq!(rig.get("a").as_deref(), Some("1"), "the older channel is not heard");
}

#[test]
fn a_digest_that_differs_is_told_and_everything_is_asked_for_again() {
    let mut rig = Rig::joined();
    let mut confirmed = Confirmed::default();
    let mut body = Body { to: Version::new(2), ..Body::default() };
    body.entries = entries(&[(1, "a", 2, Some("1"))]);
    confirmed.apply(&[&body], &Limits::HARD, &mut crate::replica::Before::new()).unwrap();
    body.digest = Some(confirmed.digest());
    rig.tell(body.clone(), None);
    assert_eq!(rig.get("a").as_deref(), Some("1"));

    rig.events.clear();
    let from = Version::new(2);
    let wrong = Body { from, digest: Some(crate::id::Digest::new(1)), ..body.clone() };
    let (to, entries) = (Version::new(3), entries(&[(1, "a", 3, Some("9"))]));
    rig.tell(Body { to, entries, ..wrong.clone() }, None);
    assert!(rig.events.contains(&ClientEvent::Diverged { room: rig.room }));
    assert_eq!(rig.get("a").as_deref(), Some("1"), "what differs is not shown");
    let join = rig.take_join();
    assert_eq!(join.version, Version::ZERO);
    let restored = Rig::restored(ClientConfig::default(), &rig.blobs);
    assert_eq!(restored.client.version(restored.room), Some(Version::ZERO));

    rig.join(0);
    rig.tell(body, None);
    let kind = Resume::Reset(Code::Diverged);
    assert!(rig.events.contains(&ClientEvent::Resumed { room: rig.room, kind }));
    assert_eq!(rig.status(), Status::Synced);
}

#[test]
fn a_new_epoch_makes_named_edits_unknown_and_keeps_the_others() {
    let mut rig = Rig::joined();
    rig.delta(0, 4, &[(1, "a", 4, Some("0")), (2, "b", 4, Some("0"))], None);
    let named = rig.edit("a", set("1"));
    rig.pass_ms(20);
    let unnamed = rig.edit("b", set("2"));
    let chained = rig.edit("a", set("3"));
    rig.disconnect();
    let join = rig.connect();
    let before = join.client;
    rig.events.clear();
    rig.receive(&Message::Denied(Denied { channel: rig.channel, code: Code::Expired }));
    let unknown = Verdict::Unknown { reason: Code::Expired };
    let handed_back = ClientEvent::Unknown {
        room: rig.room,
        draft: named,
        reason: Code::Expired,
        edits: vec![(key("a"), set("1"))],
    };
    assert!(rig.events.contains(&handed_back));
    assert_eq!(rig.verdicts(), [(named.get(), unknown)]);
    let join = rig.take_join();
    assert_ne!(join.client, before);
    assert_eq!((join.session, join.version), (None, Version::new(4)));

    rig.join_as(Epoch::new(0xf), Some(Session::new(1)), 0);
    let mutations = rig.mutations();
    let mut crashed = Rig::restored(ClientConfig::default(), &rig.blobs);
    let join = crashed.connect();
    let held = (join.epoch, join.version);
    assert_eq!(held, (Some(Epoch::new(0xf)), Version::ZERO), "no version of the older epoch");
    let seen: Vec<_> = mutations.iter().map(|(seq, ops)| (*seq, ops[0].seen)).collect();
    let stale = crate::op::Seen::At(Version::ZERO);
    assert_eq!(seen, [(1, stale), (2, stale)]);
    rig.delta(0, 1, &[(7, "c", 1, Some("9"))], None);
    let kind = Resume::Reset(Code::EpochChanged);
    assert!(rig.events.contains(&ClientEvent::Resumed { room: rig.room, kind }));
    assert_eq!((rig.get("a").as_deref(), rig.get("b").as_deref()), (Some("3"), Some("2")));
    rig.events.clear();
    rig.delta(1, 2, &[], Some(personal(2, &[(1, 0, Code::Stale)])));
    let verdicts = rig.verdicts();
    assert_eq!(verdicts, [(unnamed.get(), super::stale(0)), (chained.get(), applied(2))]);
    assert_eq!(rig.get("b"), None);
}

#[test]
fn an_expired_session_in_the_same_epoch_keeps_what_unnamed_edits_had_seen() {
    let mut rig = Rig::joined();
    rig.delta(0, 4, &[(1, "a", 4, Some("0"))], None);
    rig.edit("x", set("1"));
    rig.pass_ms(20);
    rig.disconnect();
    rig.edit("a", set("1"));
    rig.connect();
    rig.receive(&Message::Denied(Denied { channel: rig.channel, code: Code::Expired }));
    rig.take_join();
    rig.join_as(EPOCH, Some(Session::new(8)), 0);
    let mutations = rig.mutations();
    assert_eq!(mutations.len(), 1);
    assert_eq!((mutations[0].0, mutations[0].1[0].seen), (1, crate::op::Seen::At(Version::new(4))));
}

#[test]
fn an_older_snapshot_that_comes_late_does_not_take_an_applied_edit_back() {
    let mut rig = Rig::joined();
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    rig.delta(0, 1, &[(1, "a", 1, Some("1"))], Some(personal(1, &[])));
    rig.delta(0, 0, &[], Some(personal(0, &[])));
    assert_eq!(rig.get("a").as_deref(), Some("1"));
    assert_eq!(rig.client.version(rig.room), Some(Version::new(1)));
    assert_eq!(rig.take_join().version, Version::new(1), "it asks for the room again");
}

#[test]
fn a_storage_that_was_rolled_back_gets_another_name() {
    let mut rig = Rig::joined();
    let old = rig.blobs.clone();
    rig.edit("a", set("1"));
    rig.pass_ms(20);

    let mut rig = Rig::restored(ClientConfig::default(), &old);
    let before = rig.connect().client;
    rig.edit("a", set("2"));
    rig.join(1);
    let join = rig.take_join();
    assert_ne!(join.client, before);
    rig.join_as(EPOCH, Some(Session::new(9)), 0);
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn a_draft_that_was_sent_before_its_storage_was_rolled_back_is_not_applied_twice() {
    let mut rig = Rig::joined();
    rig.disconnect();
    let sent = rig.edit("n", Action::Add(value("1")));
    let lost = rig.edit("m", Action::Add(value("1")));
    let unsent = rig.edit("o", Action::Add(value("1")));
    let old = rig.blobs.clone();
    rig.connect();
    rig.join(0);
    assert_eq!(rig.mutations().len(), 3, "of which the server decides two");

    let mut rig = Rig::restored(ClientConfig::default(), &old);
    rig.connect();
    let new = rig.edit("p", Action::Add(value("1")));
    rig.events.clear();
    rig.join(2);
    let unknown = Verdict::Unknown { reason: Code::RolledBack };
    assert_eq!(rig.verdicts(), [(sent.get(), unknown), (lost.get(), unknown)]);
    rig.take_join();
    rig.join_as(EPOCH, Some(Session::new(9)), 0);
    rig.delta(0, 2, &[(1, "n", 1, Some("1")), (2, "m", 2, Some("1"))], Some(personal(0, &[])));
    rig.pass_ms(20);
    let again: Vec<_> = rig.mutations().into_iter().map(|(_, ops)| ops[0].key.clone()).collect();
    assert_eq!(again, [key("o"), key("p")]);
    rig.delta(2, 4, &[], Some(personal(2, &[])));
    assert_eq!(rig.verdicts(), [(unsent.get(), applied(4)), (new.get(), applied(4))]);
}

#[test]
fn drafts_of_a_storage_whose_names_were_used_are_not_sent_again() {
    let mut rig = Rig::joined();
    rig.disconnect();
    let restored = rig.edit("a", set("1"));
    let old = rig.blobs.clone();
    let mut rig = Rig::restored(ClientConfig::default(), &old);
    rig.connect();
    rig.edit("b", set("1"));
    rig.events.clear();
    let code = Code::IdentityReused;
    rig.receive(&Message::Denied(Denied { channel: rig.channel, code }));
    assert_eq!(rig.verdicts(), [(restored.get(), Verdict::Unknown { reason: code })]);
    rig.take_join();
    rig.join_as(EPOCH, Some(Session::new(9)), 0);
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn what_a_rolled_back_storage_never_held_was_certainly_never_sent() {
    let mut rig = Rig::joined();
    let old = rig.blobs.clone();
    rig.edit("a", set("1"));
    rig.pass_ms(20);

    let mut rig = Rig::restored(ClientConfig::default(), &old);
    rig.connect();
    rig.edit("b", set("2"));
    rig.join(1);
    assert_eq!(rig.verdicts(), []);
    rig.take_join();
    rig.join_as(EPOCH, Some(Session::new(9)), 0);
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn denials_that_last_are_told_and_the_others_are_tried_again() {
    for (code, lasts) in [
        (Code::Forbidden, true),
        (Code::Superseded, true),
        (Code::Deleted, true),
        (Code::Unavailable, false),
        (Code::TooMany, false),
    ] {
        let mut rig = Rig::joined();
        rig.sent.clear();
        rig.receive(&Message::Denied(Denied { channel: rig.channel, code }));
        let denied = ClientEvent::Denied { room: rig.room, code, retries: !lasts };
        assert!(rig.events.contains(&denied), "{code}");
        rig.pass_ms(200);
        let joins = rig.sent.iter().filter(|m| matches!(m, Message::Join(_))).count();
        assert_eq!(joins, usize::from(!lasts), "{code}");
        assert_eq!(rig.status() == Status::Degraded, lasts, "{code}");
        assert_eq!(rig.client.denied(rig.room), lasts.then_some(code));
        rig.client.open(rig.now, name(), true).unwrap();
        rig.drain();
        assert_eq!(rig.client.denied(rig.room), None, "{code}");
        rig.take_join();
    }
}

#[test]
fn faults_that_last_stop_the_client_and_a_new_token_starts_it() {
    let fault = |code| Message::Fault(Fault { code, expected: String::new(), got: String::new() });
    let mut rig = Rig::joined();
    rig.receive(&fault(Code::Unauthorized));
    assert_eq!((rig.disconnects, rig.status()), (1, Status::Degraded));
    rig.pass_ms(100_000);
    assert_eq!(rig.connects, 0);
    rig.client.set_token(rig.now, "newer");
    rig.connect();

    rig.receive(&fault(Code::Flood));
    rig.connect();
    rig.receive(&Message::GoAway(GoAway {
        code: Code::ShuttingDown,
        retry_after: Duration::from_secs(5),
    }));
    rig.pass_ms(4_900);
    assert_eq!(rig.connects, 0);
    rig.pass_ms(1_200);
    assert_eq!(rig.connects, 1);
}

#[test]
fn clients_stay_away_for_as_long_as_they_are_asked_to_and_do_not_all_come_back_at_once() {
    let mut pauses = BTreeSet::new();
    for seed in 0..20 {
        let mut rig = Rig::with(Client::new(ClientConfig::default(), [seed; 32]));
        rig.connect();
        rig.join(0);
        rig.delta(0, 0, &[], None);
        let retry_after = Duration::from_mins(10);
        rig.receive(&Message::GoAway(GoAway { code: Code::ShuttingDown, retry_after }));
        let mut waited = 0;
        while rig.connects == 0 {
            rig.pass_ms(10);
            waited += 10;
        }
        assert!((600_000..=601_000).contains(&waited), "{waited}");
        pauses.insert(waited);
    }
    assert!(pauses.len() > 5, "{pauses:?}");

    let mut rig = Rig::joined();
    let retry_after = Duration::from_hours(1_000);
    rig.receive(&Message::GoAway(GoAway { code: Code::ShuttingDown, retry_after }));
    rig.pass_ms(3_600_000 + 1_000);
    assert_eq!(rig.connects, 1, "a number that went wrong keeps nobody out for ever");
}

#[test]
fn a_room_that_is_denied_again_and_again_is_not_taken_for_a_missing_network() {
    use Status::{Degraded, Offline};
    let mut rig = Rig::joined();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let channel = rig.channel;
        rig.receive(&Message::Denied(Denied { channel, code: Code::Unavailable }));
        statuses.push(rig.status());
        rig.sent.clear();
        rig.pass_ms(5_000);
        let Some(Message::Join(join)) = rig.sent.first() else { panic!("{:?}", rig.sent) };
        rig.channel = join.channel;
        rig.receive(&Message::Ping(Ping { count: 1 }));
    }
    assert_eq!(statuses, [Offline, Offline, Degraded, Degraded]);
    assert_eq!(rig.status(), Degraded, "also while it asks once more");
    rig.join(0);
    rig.delta(0, 0, &[], None);
    assert_ne!(rig.status(), Degraded);
}

#[test]
fn a_newer_token_takes_back_what_was_denied_for_want_of_one() {
    use Code::{Deleted, Forbidden, Superseded, Unauthorized, Unsupported};
    for (code, helps) in
        [(Unauthorized, true), (Forbidden, true), (Unsupported, false), (Superseded, false)]
    {
        let mut rig = Rig::joined();
        let (expected, got) = (String::new(), String::new());
        rig.receive(&Message::Fault(Fault { code, expected, got }));
        assert_eq!(rig.client.denied(rig.room), Some(code));
        assert_eq!(rig.client.denied(RoomNo::new(77)), None, "a room that is not open");
        rig.client.set_token(rig.now, "newer");
        assert_eq!(rig.client.denied(rig.room), (!helps).then_some(code));
    }
    for (code, helps) in [(Unauthorized, true), (Forbidden, true), (Deleted, false)] {
        let mut rig = Rig::joined();
        assert_eq!(rig.client.denied(rig.room), None);
        rig.receive(&Message::Denied(Denied { channel: rig.channel, code }));
        rig.disconnect();
        assert_eq!(rig.client.denied(rig.room), Some(code), "also without a connection");
        rig.client.set_token(rig.now, "newer");
        assert_eq!(rig.client.denied(rig.room), (!helps).then_some(code));
        rig.client.close_room(rig.now, rig.room);
        assert_eq!(rig.client.denied(rig.room), None, "{code}");
    }
}

#[test]
fn three_failures_in_a_row_degrade_and_a_state_heals() {
    let mut rig = Rig::default();
    rig.drain();
    for failures in 1..=3 {
        assert_eq!(rig.status(), Status::Offline, "{failures}");
        rig.client.handle_disconnected(rig.now);
        rig.drain();
        rig.pass_ms(1_000);
    }
    assert_eq!(rig.status(), Status::Degraded);
    rig.connect();
    rig.join(0);
    rig.delta(0, 0, &[], None);
    let synced_at = Some(rig.now);
    let status = Status::Synced;
    assert_eq!(rig.client.sync_status(rig.room), Some(SyncStatus { status, synced_at }));
    let told = ClientEvent::Status { room: None, status };
    assert_eq!(rig.events.last(), Some(&told));
}

#[test]
fn a_silent_connection_is_pinged_and_then_given_up() {
    let mut rig = Rig::joined();
    rig.sent.clear();
    rig.pass_ms(59_000);
    assert_eq!(rig.sent.iter().filter(|m| matches!(m, Message::Ping(_))).count(), 2);
    assert_eq!(rig.disconnects, 0);
    rig.pass_ms(2_000);
    assert_eq!(rig.disconnects, 1);
}

#[test]
fn a_silence_in_any_phase_leads_to_another_connection() {
    for phase in ["asked", "greeting", "joining", "catching up", "up"] {
        let mut rig = Rig::default();
        rig.drain();
        assert_eq!(core::mem::take(&mut rig.connects), 1);
        let reached = |wanted| {
            let order = ["asked", "greeting", "joining", "catching up", "up"];
            let at = |name| order.iter().position(|phase| *phase == name);
            at(phase) >= at(wanted)
        };
        if reached("greeting") {
            rig.client.handle_connected(rig.now, "token");
            rig.drain();
        }
        if reached("joining") {
            let limits = Limits::default();
            rig.receive(&Message::Welcome(Welcome { protocol: 1, codec: Codec::Binary, limits }));
            rig.take_join();
        }
        if reached("catching up") {
            rig.join(0);
        }
        if reached("up") {
            rig.delta(0, 0, &[], None);
        }
        // The host has nothing to report: it is told to disconnect, and to connect again.
        rig.pass_ms(60_000);
        assert!(rig.disconnects >= 1, "{phase}");
        rig.pass_ms(200);
        assert!(rig.connects >= 1, "{phase}");
        let failed =
            |event: &ClientEvent| matches!(event, ClientEvent::Failed { retries: true, .. });
        assert!(rig.events.iter().any(failed), "{phase}");
        rig.connects = 0;
        rig.pass_ms(62_000);
        assert!(rig.connects >= 1, "a host that never answers is asked again: {phase}");
        rig.connect();
        rig.join(0);
        rig.delta(0, 0, &[], None);
        assert_eq!(rig.status(), Status::Synced, "{phase}");
    }
}

#[test]
fn a_host_that_does_not_poll_is_asked_once() {
    let mut rig = Rig::default();
    for _ in 0..100 {
        rig.now = rig.now.after(Duration::from_mins(1));
        rig.client.handle_timeout(rig.now);
    }
    rig.drain();
    assert_eq!((rig.connects, rig.disconnects), (1, 0));
}

#[test]
fn a_server_that_faults_after_every_resume_is_asked_less_and_less_often() {
    let mut rig = Rig::default();
    let mut asked = Vec::new();
    for _ in 0..12 {
        rig.connect();
        asked.push(rig.now);
        rig.join(0);
        rig.delta(0, 0, &[], None);
        assert_eq!(rig.status(), Status::Synced);
        let (expected, got) = (String::new(), String::new());
        rig.receive(&Message::Fault(Fault { code: Code::Flood, expected, got }));
    }
    assert_eq!(rig.status(), Status::Degraded);
    let span = |from: usize, to: usize| asked[to].since(asked[from]);
    assert!(span(6, 11) > span(0, 5) * 4, "{asked:?}");

    rig.connect();
    rig.join(0);
    rig.delta(0, 0, &[], None);
    for _ in 0..3 {
        rig.pass_ms(10_000);
        rig.receive(&Message::Ping(Ping { count: 1 }));
    }
    rig.disconnect();
    assert_eq!(rig.status(), Status::Offline, "what held for a while has ended the row");
    rig.pass_ms(100);
    assert_eq!(rig.connects, 1);
}

#[test]
fn reconnecting_now_does_not_wait_and_a_connection_that_is_there_is_taken() {
    let mut rig = Rig::joined();
    let away = |rig: &mut Rig| {
        let retry_after = Duration::from_secs(20);
        rig.receive(&Message::GoAway(GoAway { code: Code::ShuttingDown, retry_after }));
    };
    away(&mut rig);
    assert_eq!(rig.connects, 0);
    rig.client.reconnect(rig.now);
    rig.client.reconnect(rig.now);
    rig.drain();
    assert_eq!(rig.connects, 1);
    rig.connect();

    away(&mut rig);
    rig.sent.clear();
    rig.client.handle_connected(rig.now, "token");
    rig.client.handle_connected(rig.now, "token");
    rig.drain();
    assert!(matches!(rig.sent.as_slice(), [Message::Hello(_)]), "{:?}", rig.sent);
    rig.pass_ms(1_000);
    assert_eq!(rig.connects, 0);

    let mut closed = Rig::joined();
    closed.client.close_room(closed.now, closed.room);
    closed.disconnect();
    closed.sent.clear();
    closed.client.handle_connected(closed.now, "token");
    closed.client.reconnect(closed.now);
    closed.drain();
    assert_eq!((closed.sent.len(), closed.connects), (0, 0), "no room wants it");
}

#[test]
fn what_is_no_message_ends_the_connection_and_not_the_client() {
    let mut rig = Rig::joined();
    rig.client.handle_frame(rig.now, &[0xff; 40]);
    rig.drain();
    assert!(matches!(rig.sent.last(), Some(Message::Fault(_))));
    assert_eq!(rig.disconnects, 1);
    rig.connect();
    rig.receive(&Message::Leave(Leave { channel: Channel::new(1) }));
    assert_eq!(rig.disconnects, 2);
}

#[test]
fn without_permission_to_write_drafts_are_refused_and_edits_too() {
    let mut rig = Rig::default();
    let draft = rig.edit("a", set("1"));
    rig.connect();
    rig.events.clear();
    rig.join_as(EPOCH, None, 0);
    let refused = Verdict::Refused { code: Code::Forbidden, op: 0 };
    assert_eq!(rig.verdicts(), [(draft.get(), refused)]);
    assert_eq!(rig.get("a"), None);
    let error = rig.client.edit(rig.now, rig.room, "a", set("1")).unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
}

#[test]
fn limits_that_a_server_lowers_refuse_what_it_would_not_take() {
    let mut rig = Rig::default();
    let long = rig.edit("long", set(&format!("\"{}\"", "x".repeat(2_000))));
    rig.edit("short", set("1"));
    rig.drain();
    rig.client.handle_connected(rig.now, "token");
    rig.drain();
    rig.events.clear();
    let limits = Limits { mutation_bytes: 1_000, ..Limits::default() };
    rig.receive(&Message::Welcome(Welcome { protocol: 1, codec: Codec::Binary, limits }));
    let refused = Verdict::Refused { code: Code::MutationTooLarge, op: 0 };
    assert_eq!(rig.verdicts(), [(long.get(), refused)]);
    rig.take_join();
    rig.join(0);
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
}

#[test]
fn presence_is_told_at_a_measured_pace_and_again_after_a_reconnect() {
    use crate::message::{Participant, Presence};
    let mut rig = Rig::joined();
    rig.sent.clear();
    let states = |rig: &mut Rig| -> Vec<Option<String>> {
        let sent = core::mem::take(&mut rig.sent).into_iter();
        let state = |message| {
            let Message::Presence(presence) = message else { return None };
            Some(presence.entries[0].state.as_ref().map(Value::to_json))
        };
        sent.filter_map(state).collect()
    };
    for n in 0..10 {
        let patch = value(&format!("{{\"x\":{n}}}"));
        rig.client.set_presence(rig.now, rig.room, Some(&patch)).unwrap();
    }
    rig.drain();
    assert_eq!(states(&mut rig), [Some("{\"x\":0}".into())]);
    rig.pass_ms(50);
    assert_eq!(states(&mut rig), [Some("{\"x\":9}".into())]);
    rig.disconnect();
    rig.connect();
    rig.join(0);
    assert_eq!(states(&mut rig), [Some("{\"x\":9}".into())]);
    rig.pass_ms(16_000);
    assert_eq!(states(&mut rig).len(), 1, "a sign of life");

    let participant =
        |id, json: Option<&str>| Participant { id: PresenceId::new(id), state: json.map(value) };
    let channel = rig.channel;
    let entries = vec![participant(1, Some("{}")), participant(2, Some("{\"y\":1}"))];
    rig.receive(&Message::Presence(Presence { channel, full: true, entries }));
    let shown = rig.client.presence(rig.room).unwrap();
    assert_eq!(shown.me(), Some(PresenceId::new(1)));
    assert_eq!(shown.others().count(), 1);
    let entries = vec![participant(2, None)];
    rig.receive(&Message::Presence(Presence { channel, full: false, entries }));
    assert_eq!(rig.client.presence(rig.room).unwrap().others().count(), 0);
}
