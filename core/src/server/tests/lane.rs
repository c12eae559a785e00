use super::*;

#[test]
fn a_slow_reader_costs_one_frame_however_much_happens() {
    let mut bench = Bench::new();
    bench.enter(1, "slow", &["a"]);
    bench.enter(2, "fast", &["a"]);
    for _ in 0..1_000 {
        bench.happen("a");
        bench.writable(2);
    }
    assert_eq!(bench.take(1).len(), 1);
    assert_eq!(bench.take(2).len(), 1_000);
    assert_eq!(bench.server.connections[&conn(1)].ready.len(), 1);
    bench.writable(1);
    assert_eq!(bench.take(1).len(), 1, "what changed meanwhile, in one frame");
    bench.writable(1);
    assert!(bench.take(1).is_empty());
}

#[test]
fn rooms_of_one_connection_take_turns() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b", "c"]);
    let mut turns = BTreeMap::new();
    for _ in 0..30 {
        // One room is far busier than the others.
        for name in ["a", "a", "a", "b", "c"] {
            bench.happen(name);
        }
        bench.writable(1);
    }
    for message in bench.take(1) {
        let Message::Delta(delta) = message else { panic!("{message:?}") };
        *turns.entry(delta.channel.get()).or_insert(0) += 1;
    }
    let turns: Vec<i32> = turns.into_values().collect();
    assert!(turns.len() == 3 && turns.iter().all(|turn| (10..=11).contains(turn)), "{turns:?}");
}

#[test]
fn a_room_with_nothing_to_tell_passes_the_turn_on() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    bench.rooms = Answer::ByHand;
    let (a, b) = (bench.server.room(&room("a")).unwrap(), bench.server.room(&room("b")).unwrap());
    let (first, second) = (bench.reader(1, 1), bench.reader(1, 2));
    bench.room_says(a, FromRoom::News { reader: first });
    bench.room_says(b, FromRoom::News { reader: second });
    assert!(matches!(bench.to_room.as_slice(), [(_, ToRoom::Pull { reader })] if *reader == first));
    bench.room_says(a, FromRoom::Nothing { reader: first });
    assert!(matches!(bench.to_room.pop(), Some((_, ToRoom::Pull { reader })) if reader == second));
    bench.room_says(b, FromRoom::Nothing { reader: second });
    bench.room_says(b, FromRoom::Nothing { reader: second });
    assert!(bench.take(1).is_empty());
    // News that comes while the answer is under way is not lost.
    bench.room_says(a, FromRoom::News { reader: first });
    bench.room_says(a, FromRoom::News { reader: first });
    bench.to_room.clear();
    bench.room_says(a, FromRoom::Nothing { reader: first });
    assert!(matches!(bench.to_room.as_slice(), [(_, ToRoom::Pull { reader })] if *reader == first));
}

#[test]
fn presence_takes_the_lane_too_and_what_controls_does_not() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a", "b"]);
    bench.rooms = Answer::ByHand;
    let (number, reader) = (bench.server.room(&room("a")).unwrap(), bench.reader(1, 1));
    bench.room_says(number, FromRoom::News { reader });
    let entries = vec![Participant { id: PresenceId::new(4), state: None }];
    bench.room_says(number, FromRoom::Presence { reader, full: true, entries: entries.clone() });
    let sent = Presence { channel: channel(1), full: true, entries };
    assert_eq!(bench.take(1), [Message::Presence(sent)]);
    bench.to_room.clear();
    bench.room_says(number, FromRoom::News { reader });
    assert!(bench.to_room.is_empty(), "one frame is on its way");
    bench.say(1, &join(3, "c"));
    let third = bench.reader(1, 3);
    bench.room_says(bench.server.room(&room("c")).unwrap(), joined(third));
    bench.room_says(number, FromRoom::Denied { reader, code: Code::Deleted });
    assert_eq!(kinds(&bench.take(1)), ["Joined", "Denied"]);
}

#[test]
fn a_reader_that_goes_while_it_was_asked_frees_the_lane() {
    type End = fn(&mut Bench, RoomNo, ReaderId);
    let ends: [End; 4] = [
        |bench, _, _| bench.say(1, &leave(1)),
        |bench, room, reader| {
            bench.room_says(room, FromRoom::Denied { reader, code: Code::Expired });
        },
        |bench, room, _| {
            bench.server.close_room(bench.now, room, Code::Deleted);
            bench.drain();
        },
        |bench, _, _| {
            bench.grant = |_| Err(Code::Forbidden);
            let reader = bench.reader(1, 1);
            bench.host = Answer::ByHand;
            bench.say(1, &auth("ada"));
            for _ in 0..2 {
                let keep = bench.authorize[0].3.as_str() == "b";
                let result = if keep { by_token("ada") } else { Err(Code::Forbidden) };
                bench.authorized(result);
            }
            assert!(!bench.server.readers.contains_key(&reader));
        },
    ];
    for end in ends {
        let mut bench = Bench::new();
        bench.enter(1, "ada", &["a", "b"]);
        bench.rooms = Answer::ByHand;
        let number = bench.server.room(&room("a")).unwrap();
        let (first, second) = (bench.reader(1, 1), bench.reader(1, 2));
        bench.room_says(number, FromRoom::News { reader: first });
        bench.room_says(bench.server.room(&room("b")).unwrap(), FromRoom::News { reader: second });
        bench.to_room.clear();
        end(&mut bench, number, first);
        let pulled =
            |(_, to): &(RoomNo, ToRoom)| matches!(to, ToRoom::Pull { reader } if *reader == second);
        assert!(bench.to_room.iter().any(pulled), "{:?}", bench.to_room);
        bench.take(1);
        bench.room_says(number, delta(first));
        assert!(bench.take(1).is_empty());
    }
}

#[test]
fn readers_at_one_cursor_get_the_same_bytes_made_once_per_codec() {
    let mut bench = Bench::new();
    bench.enter(1, "ada", &["a"]);
    bench.codec = Codec::Json;
    bench.enter(2, "bob", &["a"]);
    bench.rooms = Answer::ByHand;
    let number = bench.server.room(&room("a")).unwrap();
    let body = Arc::new(SharedBody::new(Body { to: Version::new(3), ..Body::default() }));
    for who in [1, 2] {
        let reader = bench.reader(who, 1);
        bench.room_says(number, FromRoom::News { reader });
        let body = Arc::clone(&body);
        bench.room_says(number, FromRoom::Delta { reader, personal: None, body });
    }
    let (one, two) = (bench.take(1), bench.take(2));
    assert_eq!(one, two);
    let Message::Delta(delta) = &one[0] else { panic!("{one:?}") };
    assert_eq!(*delta.body, *body.body);
}
