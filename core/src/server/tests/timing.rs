use super::*;

#[test]
fn a_silent_peer_is_closed_and_any_frame_keeps_it() {
    let mut bench = Bench::new();
    bench.greet(1, "ada");
    bench.greet(2, "bob");
    bench.wait_until(59_999);
    bench.say(2, &ping());
    bench.wait_until(60_000);
    assert_eq!(bench.closed, [(conn(1), Code::Idle)]);
    bench.wait_until(119_998);
    assert_eq!(bench.closed.len(), 1);
    bench.wait_until(119_999);
    assert_eq!(bench.close_code(2), Some(Code::Idle));
}

#[test]
fn a_peer_that_waits_for_the_host_is_not_idle() {
    let mut bench = Bench::new();
    bench.host = Answer::ByHand;
    bench.greet(1, "ada");
    bench.say(1, &join(1, "a"));
    bench.wait_until(200_000);
    assert!(bench.closed.is_empty());
    bench.authorized(Err(Code::Unavailable));
    bench.wait_until(259_999);
    assert!(bench.closed.is_empty());
    bench.wait_until(260_000);
    assert_eq!(bench.close_code(1), Some(Code::Idle));
}

#[test]
fn a_frame_that_does_not_leave_ends_its_connection() {
    let mut bench = Bench::new();
    bench.enter(1, "slow", &["a"]);
    bench.enter(2, "fast", &["a"]);
    bench.happen("a");
    bench.writable(2);
    for at in [10_000, 20_000, 29_999] {
        bench.wait_until(at);
        bench.say(1, &ping());
        bench.say(2, &ping());
        bench.settle_only(2);
    }
    assert!(bench.closed.is_empty());
    let slow = bench.reader(1, 1);
    let beaten =
        |(_, to): &(RoomNo, ToRoom)| matches!(to, ToRoom::Heartbeat { reader } if *reader == slow);
    assert!(!bench.to_room.iter().any(beaten), "a frame is on its way already");
    bench.wait_until(30_000);
    assert_eq!(bench.closed, [(conn(1), Code::Stalled)]);
    assert!(bench.to_room.iter().any(|(_, to)| matches!(to, ToRoom::Leave { .. })));
}

#[test]
fn when_nothing_was_sent_the_rooms_send_something_or_a_ping_goes_out() {
    let mut bench = Bench::new();
    bench.greet(1, "ada");
    bench.enter(2, "bob", &["a", "b"]);
    bench.wait_until(19_999);
    assert!(bench.take(1).is_empty() && bench.take(2).is_empty());
    bench.wait_until(20_000);
    assert_eq!(kinds(&bench.take(1)), ["Ping"]);
    assert_eq!(kinds(&bench.take(2)), ["Delta"]);
    bench.settle();
    assert_eq!(kinds(&bench.take(2)), ["Delta"], "the other room");
    for who in [1, 2] {
        bench.say(who, &ping());
    }
    // A frame of any kind puts the next heartbeat off.
    bench.wait_until(30_000);
    bench.happen("a");
    bench.settle();
    bench.take(2);
    bench.wait_until(49_999);
    assert!(bench.take(2).is_empty());
    bench.wait_until(50_000);
    assert_eq!(kinds(&bench.take(2)), ["Delta"]);
    assert_eq!(kinds(&bench.take(1)), ["Ping"]);
}

#[test]
fn rooms_that_send_nothing_are_helped_out_by_a_ping() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a"]);
    bench.rooms = Answer::ByHand;
    bench.wait_until(20_000);
    assert!(matches!(bench.to_room.as_slice(), [(_, ToRoom::Heartbeat { .. })]));
    assert!(bench.take(1).is_empty());
    bench.wait_until(40_000);
    assert_eq!(kinds(&bench.take(1)), ["Ping"]);
}

#[test]
fn a_room_without_readers_is_closed_unless_someone_joins() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    let (a, b) = (bench.server.room(&room("a")).unwrap(), bench.server.room(&room("b")).unwrap());
    bench.say(1, &leave(1));
    bench.say(1, &leave(2));
    bench.wait_until(50_000);
    bench.say(1, &join(1, "a"));
    bench.settle();
    bench.wait_until(60_000);
    assert_eq!(bench.closed_rooms, [b]);
    bench.disconnect(1);
    bench.wait_until(119_999);
    assert_eq!(bench.closed_rooms, [b]);
    bench.wait_until(120_000);
    assert_eq!(bench.closed_rooms, [b, a]);
    assert_eq!((bench.server.metrics().rooms, bench.server.poll_timeout()), (0, None));

    bench.greet(2, "ada");
    bench.say(2, &join(1, "a"));
    assert_ne!(bench.server.room(&room("a")), Some(a), "a number of its own");
}

#[test]
fn a_shutdown_says_when_to_come_back_and_takes_nobody_new() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a"]);
    bench.connect(2);
    bench.host = Answer::ByHand;
    bench.greet(3, "bob");
    bench.say(3, &join(1, "b"));
    let retry_after = Duration::from_secs(3);
    bench.server.shutdown(bench.now, retry_after);
    bench.drain();
    for who in [1, 3] {
        let away = GoAway { code: Code::ShuttingDown, retry_after };
        assert_eq!(bench.take(who), [Message::GoAway(away)]);
    }
    assert!(bench.take(2).is_empty(), "a stranger is told nothing");
    assert_eq!(bench.closed.len(), 3);
    assert!(bench.closed.iter().all(|&(_, code)| code == Code::ShuttingDown));
    assert_eq!(bench.closed_rooms.len(), 1);
    bench.authorized(by_token("bob"));
    bench.connect(4);
    assert_eq!(bench.close_code(4), Some(Code::ShuttingDown));
    assert_eq!(bench.server.poll_timeout(), None);
    assert!(bench.server.principals.is_empty() && bench.server.readers.is_empty());
}

#[test]
fn a_hundred_thousand_connections_cost_little_each_and_are_not_looked_at_in_vain() {
    let mut server = Server::new(ServerConfig::default()).unwrap();
    let greeting = frame::encode(&hello("ada", Codec::Binary), Codec::Binary);
    for number in 0..100_000 {
        let now = Time::from_micros(number);
        server.handle_connected(now, conn(number));
        server.handle_frame(now, conn(number), &greeting);
        server.poll_output();
    }
    assert_eq!(server.alarms.len(), 100_000);
    // One of them is due: the others are left alone.
    server.handle_timeout(server.poll_timeout().unwrap());
    assert_eq!(server.alarms.len(), 100_000);
    assert!(size_of::<Connection>() <= 512, "{} bytes", size_of::<Connection>());
    assert!(size_of::<Reader>() <= 64, "{} bytes", size_of::<Reader>());
}

impl Bench {
    /// The frames to one connection leave, until no more come.
    fn settle_only(&mut self, number: u64) {
        while self.busy.contains(&conn(number)) {
            self.writable(number);
        }
    }
}
