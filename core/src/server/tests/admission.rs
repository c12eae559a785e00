use super::*;

fn by_hand() -> Bench {
    let mut bench = Bench::new();
    bench.host = Answer::ByHand;
    bench
}

#[test]
fn nothing_reaches_a_room_before_the_host_has_authorised_it() {
    let mut bench = by_hand();
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    let (_, asked, token, name) = bench.authorize[0].clone();
    assert_eq!((asked, token.as_str(), name.as_str()), (conn(1), "ada", "a"));
    assert!(!bench.wants_input(1));
    bench.say(1, &join(2, "b"));
    bench.say(1, &ping());
    assert_eq!(bench.authorize.len(), 1, "held while the question is open");
    assert!(bench.to_room.is_empty() && bench.opening.is_empty());

    bench.authorized(by_token("ada"));
    assert_eq!(bench.opening.len(), 1);
    assert!(!bench.wants_input(1) && bench.to_room.is_empty());
    bench.opened(Ok(()));
    assert!(matches!(bench.to_room[0], (_, ToRoom::Join(_))));
    assert_eq!(kinds(&bench.take(1)), ["Joined", "Delta"]);
    assert_eq!(bench.authorize.len(), 1, "the held join was read now");
    bench.authorized(Err(Code::Forbidden));
    assert_eq!(denials(&bench.take(1)), [(2, Code::Forbidden)]);
    assert!(bench.wants_input(1) && bench.close_code(1).is_none());
}

#[test]
fn a_join_carries_what_the_client_holds_and_what_the_host_granted() {
    let mut bench = Bench::new();
    bench.rooms = Answer::ByHand;
    bench.greet(1, "ada");
    let asked = Join {
        channel: channel(5),
        room: room("a"),
        client: ClientId::new(3),
        writes: true,
        session: Some(Session::new(4)),
        epoch: Some(Epoch::new(6)),
        version: Version::new(8),
        heard: Seq::new(9),
    };
    bench.say(1, &Message::Join(asked.clone()));
    let Some((number, ToRoom::Join(join))) = bench.to_room.pop() else { panic!() };
    assert_eq!(bench.server.room(&asked.room), Some(number));
    assert_eq!(bench.server.room_name(number), Some(&asked.room));
    assert_eq!(Ok(join.grant), by_token("ada"));
    assert_eq!((join.channel, join.client, join.writes), (asked.channel, asked.client, true));
    assert_eq!((join.session, join.epoch), (asked.session, asked.epoch));
    assert_eq!((join.version, join.heard), (asked.version, asked.heard));
}

#[test]
fn a_join_that_waits_for_the_host_stays_older_than_the_connection_that_came_next() {
    let mut bench = by_hand();
    for number in [7, 3] {
        bench.greet(number, "ada");
        bench.say(number, &join(1, "a"));
    }
    bench.authorize.swap(0, 1);
    bench.authorized(by_token("ada"));
    bench.opened(Ok(()));
    bench.authorized(by_token("ada"));
    let arrival = |(_, to): &(_, ToRoom)| {
        let ToRoom::Join(join) = to else { return None };
        Some(join.arrival)
    };
    let arrivals: Vec<_> = bench.to_room.iter().filter_map(arrival).collect();
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals[0] > arrivals[1], "the one that was authorised first came last");
}

#[test]
fn several_joins_wait_for_one_opening() {
    for (result, want) in
        [(Ok(()), vec!["Joined", "Delta"]), (Err(Code::Unavailable), vec!["Denied"])]
    {
        let mut bench = by_hand();
        for number in 1..=3 {
            bench.greet(number, "ada");
            bench.say(number, &join(1, "a"));
            bench.authorized(by_token("ada"));
        }
        assert_eq!(bench.opening.len(), 1);
        bench.disconnect(2);
        bench.opened(result);
        assert_eq!(kinds(&bench.take(1)), want);
        assert_eq!(kinds(&bench.take(3)), want);
        assert_eq!(bench.take(2), []);
        assert_eq!(bench.server.room(&room("a")).is_some(), result.is_ok());
        assert!(bench.wants_input(1) && bench.wants_input(3));
        assert_eq!(bench.server.principals(conn(1)).len(), usize::from(result.is_ok()));
        if result.is_err() {
            bench.say(1, &join(1, "a"));
            bench.authorized(by_token("ada"));
            assert_eq!(bench.opening.len(), 1, "asked anew");
        }
    }
}

#[test]
fn an_opening_under_another_number_is_a_refusal() {
    let mut bench = by_hand();
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    bench.authorized(by_token("ada"));
    let (request, number, _) = bench.opening.remove(0);
    bench.server.handle_room_opened(bench.now, request, Ok(number.next()));
    bench.drain();
    assert_eq!(denials(&bench.take(1)), [(1, Code::Internal)]);
}

#[test]
fn answers_that_come_too_late_or_to_no_question_are_ignored() {
    let mut bench = by_hand();
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    let (request, ..) = bench.authorize[0].clone();
    bench.server.handle_room_opened(bench.now, request, Ok(RoomNo::new(1)));
    bench.disconnect(1);
    bench.authorized(by_token("ada"));
    assert!(bench.opening.is_empty() && bench.to_room.is_empty());

    bench.greet(2, "ada");
    bench.say(2, &join(1, "a"));
    bench.authorized(by_token("ada"));
    let (opening, number, _) = bench.opening[0].clone();
    bench.server.handle_authorized(bench.now, opening, by_token("ada"));
    bench.disconnect(2);
    bench.opened(Ok(()));
    assert!(bench.to_room.is_empty());
    assert_eq!(bench.server.room(&room("a")), Some(number), "opened, and nobody in it");
    bench.server.handle_authorized(bench.now, request, by_token("ada"));
    bench.server.handle_room_opened(bench.now, RequestId::new(99), Ok(number));
    bench.drain();
    assert!(bench.to_room.is_empty() && bench.server.principals.is_empty());
    bench.wait_until(60_000);
    assert_eq!(bench.closed_rooms, [number]);
}

#[test]
fn limits_of_rooms_and_connections_deny_the_channel_and_keep_the_connection() {
    let limits =
        Limits { connection_rooms: 2, server_rooms: 3, principal_connections: 2, ..limits() };
    let mut bench = Bench::with(limits);
    bench.enter(1, "ada", &["a", "b"]);
    bench.say(1, &join(3, "c"));
    assert_eq!(denials(&bench.take(1)), [(3, Code::TooMany)], "rooms of a connection");
    bench.say(1, &leave(2));
    bench.say(1, &join(4, "c"));
    bench.say(1, &leave(4));
    assert_eq!(kinds(&bench.take(1))[0], "Joined");

    bench.enter(2, "ada", &["a", "a"]);
    bench.greet(3, "ada");
    bench.say(3, &join(1, "a"));
    assert_eq!(denials(&bench.take(3)), [(1, Code::TooMany)], "connections of a principal");
    bench.say(2, &leave(1));
    bench.say(3, &join(1, "a"));
    assert_eq!(denials(&bench.take(3)), [(1, Code::TooMany)], "still in with the other channel");
    bench.say(2, &leave(2));
    bench.say(3, &join(1, "a"));
    assert_eq!(kinds(&bench.take(3))[0], "Joined");

    bench.greet(4, "bob");
    bench.say(4, &join(1, "d"));
    assert_eq!(denials(&bench.take(4)), [(1, Code::TooMany)], "rooms of the server");
    bench.say(4, &join(1, "a"));
    assert_eq!(kinds(&bench.take(4))[0], "Joined", "a room that is open");
    bench.greet(5, "eve");
    bench.say(5, &join(1, "e"));
    assert_eq!(denials(&bench.take(5)), [(1, Code::TooMany)]);
    bench.say(5, &push(1));
    assert!(bench.take(5).is_empty(), "it may not know yet");
    bench.say(1, &join(5, "b"));
    bench.say(1, &join(6, "b"));
    bench.say(1, &push(6));
    assert!(bench.closed.is_empty());
}

#[test]
fn what_was_under_way_to_a_channel_that_ended_is_dropped() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    bench.say(1, &leave(1));
    let (number, reader) = (bench.server.room(&room("b")).unwrap(), bench.reader(1, 2));
    bench.room_says(number, FromRoom::Denied { reader, code: Code::Superseded });
    assert_eq!(denials(&bench.take(1)), [(2, Code::Superseded)]);
    bench.to_room.clear();
    for on in [1, 2] {
        for late in [push(on), presence(on), leave(on)] {
            bench.say(1, &late);
        }
    }
    assert!(bench.to_room.is_empty() && bench.closed.is_empty());
    bench.say(1, &join(1, "a"));
    assert_eq!(kinds(&bench.take(1))[0], "Joined", "a channel may be used again");
}

#[test]
fn a_push_before_the_room_has_taken_the_reader_in_is_a_fault() {
    let mut bench = Bench::new();
    bench.rooms = Answer::ByHand;
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    bench.say(1, &push(1));
    assert_eq!(bench.fault(1), Some(Code::Unexpected));
}

#[test]
fn what_a_room_says_to_a_reader_that_left_reaches_nobody() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    let (a, b) = (bench.server.room(&room("a")).unwrap(), bench.server.room(&room("b")).unwrap());
    let (reader, other) = (bench.reader(1, 1), bench.reader(1, 2));
    bench.say(1, &leave(1));
    for from in [
        joined(reader),
        FromRoom::News { reader },
        delta(reader),
        FromRoom::Denied { reader, code: Code::Deleted },
        FromRoom::Fault { reader, error: Error::new(Code::Malformed, "", "") },
    ] {
        bench.room_says(a, from);
    }
    // Nor does what another room says to a reader that is not its own, or what nobody asked for.
    bench.room_says(a, FromRoom::Denied { reader: other, code: Code::Deleted });
    bench.room_says(a, FromRoom::News { reader: other });
    bench.room_says(b, delta(other));
    bench.room_says(b, joined(other));
    assert!(bench.take(1).is_empty() && bench.closed.is_empty());
    bench.happen("b");
    assert_eq!(kinds(&bench.take(1)), ["Delta"]);
}

#[test]
fn a_fault_from_a_room_closes_the_connection() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    let (number, reader) = (bench.server.room(&room("a")).unwrap(), bench.reader(1, 1));
    let error = Error::new(Code::WindowExceeded, "less", "more");
    bench.room_says(number, FromRoom::Fault { reader, error });
    assert_eq!(bench.fault(1), Some(Code::WindowExceeded));
    assert_eq!(bench.close_code(1), Some(Code::WindowExceeded));
    assert_eq!(bench.to_room.len(), 2, "it leaves both rooms");
}

#[test]
fn a_newer_token_is_judged_for_every_room() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b", "c"]);
    bench.host = Answer::ByHand;
    bench.say(1, &auth("ada2"));
    assert_eq!(bench.authorize.len(), 3);
    assert!(bench.authorize.iter().all(|(_, _, token, _)| token == "ada2"));
    assert!(!bench.wants_input(1));
    bench.authorized(by_token("ada"));
    bench.authorized(Err(Code::Forbidden));
    assert!(!bench.wants_input(1));
    bench.authorized(by_token("bob"));
    assert!(bench.wants_input(1));
    assert_eq!(denials(&bench.take(1)), [(2, Code::Forbidden), (3, Code::Forbidden)]);
    let told: Vec<_> = bench.to_room.iter().map(|(_, to)| to).collect();
    assert!(
        matches!(
            told.as_slice(),
            [ToRoom::Regrant { .. }, ToRoom::Leave { .. }, ToRoom::Leave { .. }]
        ),
        "{told:?}"
    );
    // A join from now on is judged by the newer token.
    bench.say(1, &join(4, "d"));
    assert_eq!(bench.authorize[0].2, "ada2");
}

#[test]
fn a_revoked_principal_is_out_of_every_room_at_once_and_may_ask_again() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    bench.enter(2, "ada", &["a"]);
    bench.enter(3, "bob", &["a"]);
    bench.host = Answer::ByHand;
    bench.greet(4, "ada");
    bench.say(4, &join(1, "z"));
    bench.authorized(by_token("ada"));
    assert!(!bench.wants_input(4));

    bench.server.revoke(bench.now, &Principal::new("ada").unwrap());
    bench.drain();
    assert_eq!(denials(&bench.take(1)), [(1, Code::Forbidden), (2, Code::Forbidden)]);
    assert_eq!(denials(&bench.take(2)), [(1, Code::Forbidden)]);
    assert_eq!(denials(&bench.take(4)), [(1, Code::Forbidden)]);
    assert!(bench.wants_input(4) && bench.closed.is_empty());
    bench.happen("a");
    assert_eq!(kinds(&bench.take(3)), ["Delta"]);
    assert!(bench.take(1).is_empty() && bench.take(2).is_empty());
    // It asks again on the same channel, and the room that it waited for before opens meanwhile.
    bench.say(4, &join(1, "z"));
    bench.opened(Ok(()));
    assert!(bench.take(4).is_empty());
    bench.authorized(by_token("ada"));
    assert_eq!(kinds(&bench.take(4)), ["Joined", "Delta"]);

    bench.say(1, &join(1, "a"));
    assert_eq!(bench.authorize.len(), 1, "it is asked every time");
}

#[test]
fn what_was_granted_before_a_revocation_and_comes_after_it_lets_nobody_in() {
    let mut bench = by_hand();
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    bench.server.revoke(bench.now, &Principal::new("ada").unwrap());
    bench.drain();
    bench.authorized(by_token("ada"));
    assert_eq!(bench.authorize.len(), 1, "it is asked again");
    assert!(bench.opening.is_empty() && bench.to_room.is_empty() && bench.take(1).is_empty());
    // Of another principal nothing was taken back, and a revocation before the question is in the answer.
    bench.authorized(by_token("ada"));
    bench.opened(Ok(()));
    assert_eq!(kinds(&bench.take(1)), ["Joined", "Delta"]);
    assert!(bench.server.revoked.is_empty());

    bench.say(1, &Message::Auth(Auth { token: "ada".into() }));
    bench.greet(2, "bob");
    bench.say(2, &join(1, "a"));
    bench.server.revoke(bench.now, &Principal::new("bob").unwrap());
    bench.drain();
    bench.authorized(by_token("ada"));
    assert!(
        bench.authorize.iter().all(|(_, asked, ..)| *asked == conn(2)),
        "ada is not asked again"
    );
    bench.authorized(by_token("bob"));
    bench.authorized(Err(Code::Forbidden));
    assert_eq!(denials(&bench.take(2)), [(1, Code::Forbidden)]);
    assert!(bench.server.revoked.is_empty());
}

#[test]
fn a_newer_token_that_was_judged_before_a_revocation_is_judged_again() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a"]);
    bench.host = Answer::ByHand;
    bench.enter(2, "bob", &[]);
    bench.say(1, &Message::Auth(Auth { token: "ada".into() }));
    bench.server.revoke(bench.now, &Principal::new("ada").unwrap());
    bench.drain();
    assert_eq!(denials(&bench.take(1)), [(1, Code::Forbidden)]);
    bench.authorized(by_token("ada"));
    assert!(
        bench.wants_input(1)
            && bench.to_room.iter().all(|(_, to)| !matches!(to, ToRoom::Regrant { .. }))
    );
}

#[test]
fn a_room_that_is_closed_denies_its_readers_and_those_who_wait() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    let number = bench.server.room(&room("a")).unwrap();
    bench.server.close_room(bench.now, number, Code::Deleted);
    bench.drain();
    assert_eq!(denials(&bench.take(1)), [(1, Code::Deleted)]);
    assert_eq!(bench.closed_rooms, [number]);
    assert!(bench.to_room.is_empty(), "the room knows");

    bench.host = Answer::ByHand;
    bench.say(1, &join(1, "a"));
    bench.authorized(by_token("ada"));
    let (request, second, _) = bench.opening.remove(0);
    assert_ne!(second, number);
    bench.server.close_room(bench.now, second, Code::Unavailable);
    bench.server.handle_room_opened(bench.now, request, Ok(second));
    bench.server.close_room(bench.now, second, Code::Unavailable);
    bench.drain();
    assert_eq!(denials(&bench.take(1)), [(1, Code::Unavailable)]);
    assert_eq!(bench.closed_rooms, [number, second]);
    assert!(bench.wants_input(1) && bench.server.questions.is_empty());
    bench.happen("b");
    assert_eq!(kinds(&bench.take(1)), ["Delta"]);

    bench.disconnect(1);
    let third = bench.server.room(&room("b")).unwrap();
    assert!(bench.server.poll_timeout().is_some());
    bench.server.close_room(bench.now, third, Code::Deleted);
    assert_eq!(bench.server.poll_timeout(), None, "nothing is left to look after");
}

#[test]
fn events_tell_who_came_and_went_and_are_bounded() {
    let mut bench = Bench::new();
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    bench.disconnect(1);
    let (number, principal) = (RoomNo::new(1), Principal::new("ada").unwrap());
    let (conn, channel) = (conn(1), channel(1));
    let came = ServerEvent::Joined { conn, channel, room: number, principal: principal.clone() };
    let went = ServerEvent::Left { conn, channel, room: number, principal, code: None };
    assert_eq!(bench.events, [came, went.clone()]);
    for _ in 0..2_000 {
        bench.server.tell_event(went.clone());
    }
    assert_eq!(bench.server.metrics().events_lost, 2_000 - 1_024);
    bench.drain();
    assert!(bench.server.outputs.push_event(went));
}

#[test]
fn of_a_crowd_that_waits_only_who_is_answered_is_looked_at() {
    let mut bench = by_hand();
    for number in 0..100 {
        bench.greet(number, "ada");
        bench.say(number, &join(1, "a"));
        assert!(!bench.wants_input(number));
    }
    while bench.server.poll_resumed().is_some() {}
    bench.authorized(Err(Code::Forbidden));
    let resumed: Vec<_> = core::iter::from_fn(|| bench.server.poll_resumed()).collect();
    assert_eq!(resumed.len(), 1, "each costs what it does, however many others wait");
}
