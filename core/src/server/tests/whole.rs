//! The server with rooms as they are, rather than as this bench plays them.

use super::*;
use crate::id::Key;
use crate::message::Change;
use crate::op::{Action, Op, Seen};
use crate::room::{Room, RoomConfig, RoomOutput};
use crate::value::Value;

/// Hands everything on until nothing is left to say.
fn run(bench: &mut Bench, rooms: &mut BTreeMap<RoomNo, Room>) {
    while !bench.opening.is_empty() || !bench.to_room.is_empty() {
        for (request, number, name) in core::mem::take(&mut bench.opening) {
            let config = RoomConfig { durability: Durability::Volatile, ..RoomConfig::default() };
            rooms.insert(number, Room::new(name, config, Epoch::new(5)).unwrap());
            bench.server.handle_room_opened(bench.now, request, Ok(number));
            bench.drain();
        }
        for (number, to) in core::mem::take(&mut bench.to_room) {
            let now = bench.now;
            let Some(known) = rooms.get_mut(&number) else { continue };
            known.handle(now, to);
            while let Some(output) = known.poll_output() {
                if let RoomOutput::ToServer(from) = output {
                    bench.room_says(number, from);
                }
            }
        }
        bench.settle();
    }
}

#[test]
fn what_one_client_pushes_every_reader_of_the_room_is_told() {
    let (mut bench, mut rooms) = (Bench::new(), BTreeMap::new());
    bench.rooms = Answer::ByHand;
    for (number, token) in [(1, "ada"), (2, "bob")] {
        bench.greet(number, token);
        bench.host = Answer::ByHand;
        let Message::Join(join) = join(4, "a") else { panic!() };
        bench.say(number, &Message::Join(Join { client: ClientId::new(number.into()), ..join }));
        bench.authorized(by_token(token));
        run(&mut bench, &mut rooms);
        assert_eq!(kinds(&bench.take(number)), ["Joined", "Delta"]);
    }
    let value = Value::from_json(b"15", &limits()).unwrap();
    let key = Key::new("total").unwrap();
    let op = Op { key, action: Action::Set(value), seen: Seen::Absent };
    let Message::Push(push) = push(4) else { panic!() };
    bench.say(1, &Message::Push(Push { mutations: vec![vec![op]], ..push }));
    run(&mut bench, &mut rooms);
    for number in [1, 2] {
        let sent = bench.take(number);
        let [Message::Delta(delta)] = sent.as_slice() else { panic!("{sent:?}") };
        assert_eq!(delta.personal.as_ref().map(|own| own.last), (number == 1).then(|| Seq::new(1)));
        let Change::Value(content) = &delta.body.entries[0].change else { panic!("{delta:?}") };
        assert_eq!(content.to_json(), "15");
    }

    let state = Value::from_json(br#"{"cursor":3}"#, &limits()).unwrap();
    let entries = vec![Participant { id: PresenceId::default(), state: Some(state) }];
    let here = Presence { channel: channel(4), full: false, entries };
    bench.say(2, &Message::Presence(here));
    run(&mut bench, &mut rooms);
    assert_eq!(kinds(&bench.take(1)), ["Presence"]);
    bench.disconnect(2);
    run(&mut bench, &mut rooms);
    let sent = bench.take(1);
    let [Message::Presence(gone)] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(gone.entries[0].state.is_none());
}
