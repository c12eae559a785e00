//! A server and clients behind handles, to which a script does anything that a handle can be asked for.

mod calls;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::time::Duration;

use syncline_core::client::{ClientConfig, ClientEvent, ClientOutput};
use syncline_core::host::{ClientHandle, HostEvent, HostOutput, ServerHandle, ServerOptions};
use syncline_core::record::PersistMode;
use syncline_core::resolve::{Resolver, Resolvers};
use syncline_core::{
    Code, Codec, ConnId, DraftId, Durability, Grant, Limits, Persist, Principal, RequestId,
    RoomName, RoomNo, TabId, Time,
};

use super::super::script::Script;

const ROOMS: [&str; 3] = ["one", "two", "three"];
const TOKENS: [&str; 3] = ["ada", "bob", "\u{e9}ve \"secret\""];

/// A client, and the connection that it has.
struct Party {
    client: ClientHandle,
    rooms: Vec<RoomNo>,
    conn: Option<ConnId>,
    /// What it is to hear.
    frames: VecDeque<Vec<u8>>,
    persists: VecDeque<Persist>,
    conflicts: Vec<(RoomNo, DraftId)>,
    /// What it proposed, and the orders that its followers did not hear yet.
    proposals: VecDeque<(TabId, Vec<u8>)>,
    orders: VecDeque<Persist>,
    codec: Codec,
}

impl Party {
    fn new((client, codec): (ClientHandle, Codec)) -> Self {
        Self {
            client,
            rooms: Vec::new(),
            conn: None,
            frames: VecDeque::new(),
            persists: VecDeque::new(),
            conflicts: Vec::new(),
            proposals: VecDeque::new(),
            orders: VecDeque::new(),
            codec,
        }
    }
}

pub(super) struct World {
    server: ServerHandle,
    parties: Vec<Party>,
    now: Time,
    conns: u64,
    questions: VecDeque<RequestId>,
    persists: VecDeque<(RoomNo, Persist)>,
    opening: VecDeque<(RoomNo, RoomName)>,
    files: BTreeMap<RoomName, Vec<Vec<u8>>>,
    names: BTreeMap<RoomNo, RoomName>,
    held: Vec<RoomNo>,
    /// All that was told.
    told: Vec<String>,
}

fn config(bits: u8, flight: String) -> ClientConfig {
    let mut resolvers = Resolvers::default();
    resolvers.set("ada/", Resolver::KeepMine);
    resolvers.set("bob/", Resolver::Custom);
    ClientConfig {
        codec: if bits & 1 == 0 { Codec::Binary } else { Codec::Json },
        cache: bits & 2 == 0,
        resolvers,
        flight,
        limits: Limits { outbox_edits: 30, window: 6, ..Limits::default() },
        ..ClientConfig::default()
    }
}

impl World {
    /// Does what the script says, and gives all that was told. `flight` says into which file each is recorded.
    pub(super) fn run(script: &mut Script<'_>, flight: impl Fn(&str) -> String) -> Vec<String> {
        let mut world = Self::new(script.byte(), flight);
        while let Some(operation) = script.operation() {
            world.step(operation, script);
        }
        for party in &world.parties {
            world.told.push(format!("{:?}", party.client.close()));
        }
        world.told.push(format!("{:?}", world.server.close()));
        world.told
    }

    /// Three clients, of which the last follows the first, with two rooms each. The bits say how they differ.
    fn new(bits: u8, flight: impl Fn(&str) -> String) -> Self {
        let now = Time::from_millis(1);
        let durability = if bits & 4 == 0 { Durability::Durable } else { Durability::Volatile };
        let options = ServerOptions {
            flight: flight("server"),
            watch: bits & 8 == 0,
            views: bits & 16 == 0,
            limits: Limits {
                window: 6,
                connection_rooms: 3,
                chunk_bytes: 200,
                ..Limits::default()
            },
            ..ServerOptions::default()
        };
        let leader = |name: &str, bits: u8, seed: u8| {
            let config = config(bits, flight(name));
            let codec = config.codec;
            (ClientHandle::manual(config, [seed; 32], &[], now).unwrap(), codec)
        };
        let (first, second) = (leader("first", bits & 1, 1), leader("second", bits >> 5, 2));
        // Only who records its state can be followed.
        let snapshot = first.0.snapshot().unwrap();
        let tab = config(0, flight("tab"));
        let tab = ClientHandle::standby(tab, [3; 32], TabId::new(3), &snapshot.bytes, now);
        let mut world = Self {
            server: ServerHandle::manual(options, durability, [9; 32], now).unwrap(),
            parties: vec![
                Party::new(first),
                Party::new(second),
                Party::new((tab.unwrap(), Codec::Binary)),
            ],
            now,
            conns: 0,
            questions: VecDeque::new(),
            persists: VecDeque::new(),
            opening: VecDeque::new(),
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            held: vec![RoomNo::new(1)],
            told: Vec::new(),
        };
        for nth in 0..world.parties.len() {
            for room in &ROOMS[..2] {
                let opened = world.parties[nth].client.open(&RoomName::new(room).unwrap(), true);
                world.parties[nth].rooms.push(opened.unwrap());
            }
        }
        world
    }

    fn tell(&mut self, told: impl Debug) {
        self.told.push(format!("{told:?}"));
    }

    fn step(&mut self, operation: u8, script: &mut Script<'_>) {
        let nth = script.below(3);
        match operation % 20 {
            0..=3 => self.edit(nth, script),
            4 | 5 => self.drain_client(nth, 1 + script.below(20)),
            6 | 7 => self.drain_server(1 + script.below(20)),
            8 => {
                let frames: Vec<_> = self.parties[nth].frames.drain(..).collect();
                for frame in frames {
                    let told = self.parties[nth].client.receive(&frame);
                    self.tell(told);
                }
            }
            9 => self.pass(script),
            10 | 11 => self.settle(script),
            12 => self.client(nth, script),
            13 => self.tabs(nth, script),
            14 => self.host(script),
            15 => self.host_room(script),
            16 => self.views(nth, script),
            17 => self.strange(nth, script),
            _ => {
                for _ in 0..6 {
                    (0..3).for_each(|nth| self.drain_client(nth, 100));
                    self.drain_server(100);
                    for nth in 0..3 {
                        while let Some(frame) = self.parties[nth].frames.pop_front() {
                            let told = self.parties[nth].client.receive(&frame);
                            self.tell(told);
                        }
                    }
                    self.settle(script);
                    let conns: Vec<_> = self.parties.iter().filter_map(|it| it.conn).collect();
                    for conn in conns {
                        let told = self.server.writable(conn);
                        self.tell(told);
                    }
                }
            }
        }
    }

    fn pass(&mut self, script: &mut Script<'_>) {
        self.now = self.now.after(Duration::from_millis(script.small(255) * 30));
        let told: Vec<_> =
            self.parties.iter().map(|party| party.client.set_now(self.now)).collect();
        self.tell(told);
        let told = self.server.set_now(self.now);
        self.tell(told);
    }

    fn drain_client(&mut self, nth: usize, most: usize) {
        for _ in 0..most {
            let polled = self.parties[nth].client.poll();
            self.tell(&polled);
            let Ok(Some(output)) = polled else { break };
            let party = &mut self.parties[nth];
            match output {
                ClientOutput::Persist(persist) => {
                    party.orders.push_back(persist.clone());
                    party.persists.push_back(persist);
                }
                ClientOutput::Connect => {
                    self.conns += 1;
                    let conn = ConnId::new(self.conns);
                    self.parties[nth].conn = Some(conn);
                    let told = (
                        self.server.connected(conn),
                        self.parties[nth].client.connected(TOKENS[nth]),
                    );
                    self.tell(told);
                }
                ClientOutput::Transmit(frame) => {
                    if let Some(conn) = party.conn {
                        let told = self.server.receive(conn, &frame);
                        self.tell(told);
                    }
                }
                ClientOutput::Disconnect => {
                    if let Some(conn) = party.conn.take() {
                        let told = self.server.disconnected(conn);
                        self.tell(told);
                    }
                }
                ClientOutput::Propose { bytes, .. } => {
                    party.proposals.push_back((TabId::new(3), bytes));
                }
                ClientOutput::Event(ClientEvent::Conflict(refused)) => {
                    party.conflicts.push((refused.room, refused.draft));
                }
                ClientOutput::Event(_) => {}
            }
        }
    }

    fn drain_server(&mut self, most: usize) {
        for _ in 0..most {
            let polled = self.server.poll();
            self.tell(&polled);
            let Ok(Some(output)) = polled else { break };
            match output {
                HostOutput::Transmit { conn, bytes } => {
                    let party = self.parties.iter_mut().find(|party| party.conn == Some(conn));
                    if let Some(party) = party {
                        party.frames.push_back(bytes);
                    }
                }
                HostOutput::Close { conn, .. } => {
                    let found = self.parties.iter_mut().find(|party| party.conn == Some(conn));
                    if let Some(party) = found {
                        party.conn = None;
                        let told = party.client.disconnected();
                        self.tell(told);
                    }
                }
                HostOutput::Authorize { request, .. } => self.questions.push_back(request),
                HostOutput::OpenRoom { room, name } => {
                    self.names.insert(room, name.clone());
                    self.opening.push_back((room, name));
                }
                HostOutput::Persist { room, persist } => self.persists.push_back((room, persist)),
                HostOutput::CloseRoom { room, delete } => {
                    let name = self.names.get(&room).filter(|_| delete);
                    name.map(|name| self.files.remove(name));
                }
                HostOutput::Event(HostEvent::Opened { room, .. }) => self.held.push(room),
                #[cfg(feature = "views")]
                HostOutput::Render { .. } => {}
                HostOutput::Pause { .. } | HostOutput::Resume { .. } | HostOutput::Event(_) => {}
            }
        }
    }

    /// Answers what waits for an answer.
    fn settle(&mut self, script: &mut Script<'_>) {
        for nth in 0..3 {
            while let Some(persist) = self.parties[nth].persists.pop_front() {
                let told = self.parties[nth].client.persisted(persist.id);
                self.tell(told);
            }
        }
        while let Some(request) = self.questions.pop_front() {
            let who = Principal::new("someone").unwrap();
            let answer = match script.below(9) {
                0 => Err(Code::Forbidden),
                1 => Ok(Grant::reader(who)),
                _ => Ok(Grant::writer(who, vec!["ada/".to_owned(), "all/".to_owned()])),
            };
            let told = self.server.authorize(request, answer);
            self.tell(told);
        }
        while let Some((room, name)) = self.opening.pop_front() {
            let blobs = self.files.get(&name).cloned().unwrap_or_default();
            let told = self.server.room_opened(room, blobs);
            self.tell(told);
        }
        while let Some((room, persist)) = self.persists.pop_front() {
            let file = self.files.entry(self.names[&room].clone()).or_default();
            if persist.mode == PersistMode::Replace {
                file.clear();
            }
            file.push(persist.bytes);
            let told = self.server.persisted(room, persist.id);
            self.tell(told);
        }
    }
}
