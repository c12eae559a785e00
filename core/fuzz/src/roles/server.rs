//! A server with its rooms to which peers, storage and its host do anything.
//!
//! `ada` may write below `ada/` and `all/`, `bob` below `bob/` and `all/`, `eve` may read; of `secret` only `ada`
//! may know anything, and all that is in it has a mark.

mod audit;
mod leaving;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::policy::{Policies, Policy};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, ConnId, Edit, Epoch, Grant, Key, Limits, Principal,
    RequestId, RoomName, RoomNo, Seq, Session, Time, Value, Version,
};

use super::super::bounds::within;
use super::super::script::Script;
use super::disk::Disk;
use super::speech;
use audit::is_marked;
pub(super) use leaving::was_read;

/// The operation that ends most: more than one in so many would leave little to do.
const WIND_DOWN: u8 = 255;
const OUTPUTS_MOST: usize = 4_000;
const ROOMS: [&str; 3] = ["one", "two", "secret"];
const TOKENS: [&str; 3] = ["ada", "bob", "eve"];
/// What stands in the room that only one may read.
const MARK: &[u8] = b"CONFIDENTIAL";
/// The key that counts mutations.
const COUNT: &str = "all/n";

struct Peer {
    greeted: bool,
    codec: Codec,
    /// It was let into the secret room.
    knows: bool,
    /// The client that it joined each room as, by channel.
    joined: BTreeMap<Channel, (RoomName, ClientId)>,
    /// Tokens that it had.
    tokens: BTreeSet<String>,
    busy: bool,
}

/// A mutation, as it is named: in which room, whose, in which session, which.
type Named = (RoomName, ClientId, Session, Seq);

struct Question {
    request: RequestId,
    conn: ConnId,
    token: String,
    room: RoomName,
}

struct Host {
    server: Server,
    now: Time,
    rooms: BTreeMap<RoomNo, (RoomName, Room)>,
    disks: BTreeMap<RoomName, Disk>,
    peers: BTreeMap<ConnId, Peer>,
    conns: u64,
    questions: VecDeque<Question>,
    /// Whom the latest answer was for, and into which room: it is asked for again if it was taken back meanwhile.
    answered: Option<(ConnId, RoomName)>,
    /// Questions are answered at once.
    prompt: bool,
    /// The server winds down, until this moment at the latest.
    leaving: Option<Time>,
    /// Which key was written by whom, or could be.
    tried: BTreeSet<(String, Key)>,
    /// Mutations that add one to [`COUNT`].
    adds: BTreeMap<Named, u64>,
}

fn limits() -> Limits {
    Limits {
        window: 6,
        tombstones: 3,
        room_keys: 5,
        principal_registers: 2,
        connection_rooms: 3,
        principal_connections: 2,
        server_connections: 4,
        chunk_bytes: 200,
        ..Limits::default()
    }
}

/// The first byte says whether questions are answered at once.
pub fn run(bytes: &[u8]) {
    within(bytes.len(), 6_000, 2 << 20, || {
        let mut script = Script::new(bytes);
        let mut host = Host::new(script.flag());
        while let Some(operation) = script.operation() {
            host.step(operation, &mut script);
            host.drain();
            host.leave_if_drained();
        }
        host.end();
    });
}

impl Host {
    fn new(prompt: bool) -> Self {
        let config = ServerConfig { limits: limits(), ..ServerConfig::default() };
        Self {
            server: Server::new(config).unwrap(),
            now: Time::from_millis(1),
            rooms: BTreeMap::new(),
            disks: BTreeMap::new(),
            peers: BTreeMap::new(),
            conns: 0,
            questions: VecDeque::new(),
            answered: None,
            prompt,
            leaving: None,
            tried: BTreeSet::new(),
            adds: BTreeMap::new(),
        }
    }

    /// One of the latest connections.
    fn conn(&self, script: &mut Script<'_>) -> ConnId {
        ConnId::new(self.conns.saturating_sub(script.small(3)))
    }

    fn step(&mut self, operation: u8, script: &mut Script<'_>) {
        if operation == WIND_DOWN {
            return self.wind_down(Duration::from_millis(script.small(255) * 50));
        }
        match operation % 20 {
            0 | 1 => {
                self.conns += 1;
                let conn = ConnId::new(self.conns);
                self.peers.insert(
                    conn,
                    Peer {
                        greeted: false,
                        codec: Codec::Binary,
                        knows: false,
                        joined: BTreeMap::new(),
                        tokens: BTreeSet::new(),
                        busy: false,
                    },
                );
                self.server.handle_connected(self.now, conn);
            }
            2 => {
                let (conn, bytes) = (self.conn(script), script.bytes());
                self.give(conn, bytes);
            }
            3..=10 => {
                let conn = self.conn(script);
                let message = speech::of_client(script, &ROOMS, &TOKENS);
                let codec = self.peers.get(&conn).map_or(Codec::Binary, |peer| peer.codec);
                self.give(conn, &encode(&message, codec));
            }
            11 | 12 => {
                let conn = self.conn(script);
                if let Some(peer) = self.peers.get_mut(&conn) {
                    peer.busy = false;
                    self.server.handle_writable(self.now, conn);
                }
            }
            13 => {
                let conn = self.conn(script);
                self.peers.remove(&conn);
                self.server.handle_disconnected(self.now, conn);
            }
            14 => self.pass(Duration::from_millis(script.small(255) * 50)),
            15 => self.persist(script.below(3), script.below(8) == 7),
            16 => {
                if let Some(question) = self.questions.pop_front() {
                    self.answer(question);
                }
            }
            17 => {
                let who = script.one(&TOKENS);
                self.server.revoke(self.now, &Principal::new(who).unwrap());
                // Whoever had no other name knows nothing more from now on.
                self.drain();
                for peer in self.peers.values_mut() {
                    peer.knows &= who != "ada";
                }
            }
            18 => self.rooms_change(script),
            _ => self.write(script),
        }
    }

    /// Gives a frame to the server, and notes what it could do.
    fn give(&mut self, conn: ConnId, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(&conn) else { return };
        if !peer.greeted {
            peer.codec = codec_of(bytes);
        }
        let decoded = decode(bytes, peer.codec, &Limits::HARD);
        if let Ok(Decoded::Message(message)) = &decoded
            && (is_marked(&encode(message, Codec::Binary)) || !self.note(conn, message))
        {
            return;
        }
        if !is_marked(bytes) {
            self.server.handle_frame(self.now, conn, bytes);
        }
    }

    fn answer(&mut self, question: Question) {
        let Question { request, conn, token, room } = question;
        self.answered = Some((conn, room.clone()));
        let principal = Principal::new(&token).unwrap_or_else(|_| Principal::new("eve").unwrap());
        let grant = match (token.as_str(), room.as_str()) {
            ("ada", _) => Grant::writer(principal, vec!["ada/".into(), "all/".into()]),
            ("bob", "one" | "two") => Grant::writer(principal, vec!["bob/".into(), "all/".into()]),
            ("eve", "one") => Grant::reader(principal),
            _ => {
                self.server.handle_authorized(self.now, request, Err(Code::Forbidden));
                return;
            }
        };
        if room.as_str() == "secret"
            && let Some(peer) = self.peers.get_mut(&conn)
        {
            peer.knows = true;
        }
        self.server.handle_authorized(self.now, request, Ok(grant));
    }

    fn open(&mut self, room: RoomNo, name: &RoomName) {
        let policy = Policies::new(Policy::Last).with("strict/", Policy::Strict);
        let config = RoomConfig { limits: limits(), policy, watch: true, ..RoomConfig::default() };
        let disk = self.disks.entry(name.clone()).or_default();
        let epoch = Epoch::new(1);
        let mut opened =
            Room::restore(name.clone(), config, epoch, disk.blobs()).expect("what a room wrote");
        if name.as_str() == "secret" && opened.keys() == 0 {
            let text = std::str::from_utf8(MARK).unwrap();
            let value = Value::from_text(text, &Limits::HARD).unwrap();
            let edit = Edit::Action(Action::Set(value));
            let key = Key::new(format!("host/{text}")).unwrap();
            opened.write(&[HostEdit { key, edit, if_version: IfVersion::Any }]).unwrap();
        }
        self.rooms.insert(room, (name.clone(), opened));
    }

    fn write(&mut self, script: &mut Script<'_>) {
        let Some((_, room)) = self.rooms.values_mut().next() else { return };
        let key = Key::new("host/a").unwrap();
        let edit = Edit::Action(speech::action(script));
        let _ = room.write(&[HostEdit { key, edit, if_version: IfVersion::Any }]);
    }

    fn rooms_change(&mut self, script: &mut Script<'_>) {
        let numbers: Vec<RoomNo> = self.rooms.keys().copied().collect();
        let Some(&number) = numbers.get(script.below(3)) else { return };
        let Some((_, room)) = self.rooms.get_mut(&number) else { return };
        match script.below(4) {
            0 => room.expire(room.version()),
            1 => {
                let _ = room.renew(Epoch::new(2));
            }
            2 => self.server.close_room(self.now, number, Code::Unavailable),
            _ => room.expire(Version::new(script.small(4))),
        }
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.server.handle_timeout(self.now);
        for (_, room) in self.rooms.values_mut() {
            room.handle_timeout(self.now);
        }
    }

    fn persist(&mut self, which: usize, fails: bool) {
        let Some((number, name)) =
            self.rooms.iter().nth(which).map(|(number, (name, _))| (*number, name.clone()))
        else {
            return;
        };
        let Some(disk) = self.disks.get_mut(&name) else { return };
        let Some((_, room)) = self.rooms.get_mut(&number) else { return };
        if fails {
            disk.crash();
            room.handle_persist_failed();
            self.server.close_room(self.now, number, Code::StorageFailed);
        } else if let Some(persist) = disk.sync() {
            room.handle_persisted(persist.id);
        }
    }

    fn drain(&mut self) {
        for _ in 0..OUTPUTS_MOST {
            if let Some(output) = self.server.poll_output() {
                self.serve(output);
                continue;
            }
            let mut outputs = self
                .rooms
                .iter_mut()
                .filter_map(|(number, (name, room))| Some((*number, name, room.poll_output()?)));
            let Some((number, name, output)) = outputs.next() else { return };
            match output {
                RoomOutput::ToServer(from) => self.server.handle_room(self.now, number, from),
                RoomOutput::Persist(persist) => {
                    self.disks.entry(name.clone()).or_default().order(persist);
                }
                RoomOutput::Changed(changed) => {
                    for key in changed.keys {
                        self.may_have_changed(&key);
                    }
                }
                RoomOutput::Written { .. } => {}
                #[cfg(feature = "views")]
                RoomOutput::Render { view } => {
                    if let Some((_, room)) = self.rooms.get_mut(&number) {
                        room.end_view(&view, Code::NotFound);
                    }
                }
                #[cfg(feature = "views")]
                RoomOutput::Unwatched { .. } => {}
            }
        }
        panic!("there is no end of outputs");
    }

    fn serve(&mut self, output: ServerOutput) {
        match output {
            ServerOutput::Transmit { conn, bytes } => self.transmitted(conn, &bytes),
            ServerOutput::Close { conn, .. } => drop(self.peers.remove(&conn)),
            ServerOutput::Authorize { request, conn, token, room, .. } => {
                let again =
                    self.answered.take().is_some_and(|latest| latest == (conn, room.clone()));
                assert!(self.leaving.is_none() || again, "{conn} was read while all were to go");
                let question = Question { request, conn, token: token.to_string(), room };
                if self.prompt {
                    self.answer(question);
                } else {
                    self.questions.push_back(question);
                }
            }
            ServerOutput::OpenRoom { request, room, name } => {
                self.open(room, &name);
                self.server.handle_room_opened(self.now, request, Ok(room));
            }
            ServerOutput::CloseRoom { room } => {
                // Whoever opens it next begins with all that is durable.
                while let Some((name, open)) = self.rooms.get_mut(&room) {
                    let persist = self.disks.get_mut(name).and_then(Disk::sync);
                    let Some(persist) = persist else { break };
                    open.handle_persisted(persist.id);
                    while let Some(output) = open.poll_output() {
                        if let RoomOutput::Persist(persist) = output {
                            self.disks.entry(name.clone()).or_default().order(persist);
                        }
                    }
                }
                self.rooms.remove(&room);
            }
            ServerOutput::ToRoom { room, to } => {
                assert!(self.leaving.is_none() || !was_read(&to), "{to:?} while all were to go");
                if let Some((_, room)) = self.rooms.get_mut(&room) {
                    room.handle(self.now, to);
                }
            }
            ServerOutput::Event(_) => {}
        }
    }
}
