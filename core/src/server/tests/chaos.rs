//! Whatever comes, in whatever order.

use super::*;
use crate::server::connection::Seat;
use crate::server::rooms::RoomState;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Connect(bool),
    Say(u64, Box<Message>),
    Noise(u64, Vec<u8>),
    Writable(u64),
    Disconnect(u64),
    Wait(u64),
    Authorize(bool, u8),
    Open(bool),
    Room(u8, u8, u8),
    Happen,
    Revoke(u8),
    CloseRoom(u32),
    Shutdown,
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const TOKENS: [&str; 3] = ["ada", "bob", "no"];

fn message() -> impl Strategy<Value = Message> {
    let on = 1..5_u32;
    prop_oneof![
        2 => (0..3_usize).prop_map(|token| hello(TOKENS[token], Codec::Binary)),
        8 => (on.clone(), 0..3_usize).prop_map(|(on, name)| join(on, NAMES[name])),
        2 => on.clone().prop_map(push),
        2 => on.clone().prop_map(presence),
        3 => on.prop_map(leave),
        1 => (0..3_usize).prop_map(|token| auth(TOKENS[token])),
        1 => Just(ping()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..5_u64;
    prop_oneof![
        6 => proptest::bool::weighted(0.8).prop_map(Step::Connect),
        6 => who.clone().prop_map(|who| Step::Say(who, Box::new(hello("ada", Codec::Binary)))),
        24 => (who.clone(), message()).prop_map(|(who, said)| Step::Say(who, Box::new(said))),
        1 => (who.clone(), proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(who, bytes)| Step::Noise(who, bytes)),
        6 => who.clone().prop_map(Step::Writable),
        2 => who.prop_map(Step::Disconnect),
        6 => prop_oneof![0..50_u64, 0..70_000_u64].prop_map(Step::Wait),
        10 => (any::<bool>(), 0..3_u8).prop_map(|(yes, who)| Step::Authorize(yes, who)),
        6 => proptest::bool::weighted(0.8).prop_map(Step::Open),
        10 => (any::<u8>(), any::<u8>(), 0..8_u8).prop_map(|(a, b, c)| Step::Room(a, b, c)),
        6 => Just(Step::Happen),
        1 => (0..3_u8).prop_map(Step::Revoke),
        1 => (0..6_u32).prop_map(Step::CloseRoom),
        1 => proptest::bool::weighted(0.1).prop_map(|end| if end { Step::Shutdown } else { Step::Happen }),
    ]
}

impl Bench {
    fn play(&mut self, step: Step, next: &mut u64) {
        match step {
            // Numbers are never used again; the others speak of the latest few.
            Step::Connect(greet) => {
                *next += 1;
                self.connect(*next);
                if greet {
                    let token = TOKENS[usize::try_from(*next % 2).unwrap()];
                    self.say(*next, &hello(token, Codec::Binary));
                }
            }
            Step::Say(back, message) => self.say(next.saturating_sub(back), &message),
            Step::Noise(back, bytes) => self.bytes(next.saturating_sub(back), &bytes),
            Step::Writable(back) => self.writable(next.saturating_sub(back)),
            Step::Disconnect(back) => self.disconnect_if_open(next.saturating_sub(back)),
            Step::Wait(by) => {
                let until = self.now.as_micros() / 1_000 + by;
                self.wait_until(until);
            }
            Step::Authorize(yes, who) if !self.authorize.is_empty() => {
                let grant = by_token(TOKENS[usize::from(who)]);
                self.authorized(if yes { grant } else { Err(Code::Forbidden) });
            }
            Step::Open(yes) if !self.opening.is_empty() => {
                self.opened(if yes { Ok(()) } else { Err(Code::Unavailable) });
            }
            Step::Authorize(..) | Step::Open(_) => {}
            Step::Room(room, reader, kind) => self.any_from_room(room, reader, kind),
            Step::Happen => {
                for name in NAMES {
                    if self.server.room(&room(name)).is_some() {
                        self.happen(name);
                    }
                }
            }
            Step::Revoke(who) => {
                let principal = Principal::new(TOKENS[usize::from(who)]).unwrap();
                self.server.revoke(self.now, &principal);
            }
            Step::CloseRoom(room) => {
                self.server.close_room(self.now, RoomNo::new(room), Code::Deleted);
            }
            Step::Shutdown => self.server.shutdown(self.now, Duration::from_secs(1)),
        }
        self.drain();
    }

    fn disconnect_if_open(&mut self, number: u64) {
        self.busy.remove(&conn(number));
        self.disconnect(number);
    }

    /// A room says anything, of anyone.
    fn any_from_room(&mut self, room: u8, reader: u8, kind: u8) {
        let latest = self.server.latest_reader.get();
        let reader = ReaderId::new(latest.saturating_sub(u64::from(reader % 4)));
        let own = self.server.readers.get(&reader).map(|known| known.room);
        let room = own.filter(|_| room > 50).unwrap_or(RoomNo::new(u32::from(room % 6)));
        let from = match kind {
            0 => joined(reader),
            1 => FromRoom::Denied { reader, code: Code::Superseded },
            2 => delta(reader),
            3 => FromRoom::Presence { reader, full: false, entries: Vec::new() },
            4 => FromRoom::Fault { reader, error: Error::new(Code::WindowExceeded, "", "") },
            5 => FromRoom::Nothing { reader },
            _ => FromRoom::News { reader },
        };
        self.room_says(room, from);
    }

    /// What holds between any two inputs.
    fn check(&self) {
        let server = &self.server;
        assert!(server.connections.keys().all(|conn| self.open.contains(conn)));
        for (number, connection) in &server.connections {
            assert_eq!(
                connection.deadline(&server.config.timing).is_some(),
                connection.armed.is_some()
            );
            assert!(connection.armed <= connection.deadline(&server.config.timing));
            let armed = connection.armed.unwrap();
            assert!(server.alarms.contains(&(armed, Alarm::Connection(*number))));
            for reader in connection.readers() {
                assert_eq!(server.readers[&reader].conn, *number);
            }
            let distinct: BTreeSet<_> = connection.ready.iter().collect();
            assert_eq!(distinct.len(), connection.ready.len());
            for request in &connection.asked {
                assert!(server.questions.contains_key(request), "{request} is never answered");
            }
        }
        for (id, reader) in &server.readers {
            assert!(server.connections[&reader.conn].readers().any(|own| own == *id));
            assert!(!server.rooms.get(reader.room).unwrap().is_deserted());
        }
        for connection in server.connections.values() {
            assert!(
                connection.ready.iter().all(|next| connection.readers().any(|own| own == *next))
            );
        }
        self.check_rooms();
    }

    fn check_rooms(&self) {
        let server = &self.server;
        let mut alarms = server.connections.len();
        for number in (0..=server.rooms.latest().get()).map(RoomNo::new) {
            let Some(known) = server.rooms.get(number) else { continue };
            assert_eq!(known.is_deserted(), known.idle_at.is_some());
            if let Some(at) = known.idle_at {
                alarms += 1;
                assert!(server.alarms.contains(&(at, Alarm::Room(number))));
            }
            let RoomState::Opening { request, waiting } = &known.state else { continue };
            assert!(matches!(server.questions[request], Question::Open(room) if room == number));
            for (conn, channel) in waiting {
                assert!(matches!(server.connections[conn].seats[channel], Seat::Waiting(_)));
            }
        }
        assert_eq!(server.alarms.len(), alarms);
        for question in server.questions.values() {
            if let Question::Open(room) = question {
                assert!(matches!(
                    server.rooms.get(*room).unwrap().state,
                    RoomState::Opening { .. }
                ));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The bench refuses frames to closed connections, double closes and a second state frame.
    #[test]
    fn nothing_that_comes_breaks_a_server(
        steps in proptest::collection::vec(step(), 1..150), by_hand in any::<bool>(),
    ) {
        let limits = Limits {
            connection_rooms: 3,
            principal_connections: 2,
            server_rooms: 2,
            server_connections: 4,
            frames_minute: 40,
            frame_bytes: 400,
            mutation_bytes: 200,
            ..limits()
        };
        let timing = Timing { room_idle: Duration::from_secs(5), ..Timing::default() };
        let config = ServerConfig { limits, timing, ..ServerConfig::default() };
        let mut bench = Bench::of(config);
        bench.host = if by_hand { Answer::ByHand } else { Answer::AtOnce };
        let mut next = 0;
        for step in steps {
            bench.play(step, &mut next);
            bench.check();
        }
        for number in 0..=next {
            bench.disconnect_if_open(number);
        }
        while !bench.opening.is_empty() {
            bench.opened(Ok(()));
        }
        bench.wait_until(10_000_000_000);
        let server = &bench.server;
        prop_assert!(server.connections.is_empty() && server.readers.is_empty());
        prop_assert!(server.principals.is_empty() && server.questions.is_empty());
        prop_assert!(server.alarms.is_empty() && server.rooms.len() == 0);
    }
}
