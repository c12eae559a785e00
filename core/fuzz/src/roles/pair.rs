//! Two clients and a server, with a network that loses, doubles, exchanges, cuts and damages frames, and an audit.
//!
//! Each marked edit puts an item of its own number into a list. Without damage verdicts are honest; whatever came,
//! no edit counts twice, and in the end all show the same.

mod audit;
mod faults;
mod leaving;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientOutput};
use syncline_core::policy::{Policies, Policy};
use syncline_core::room::{Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{
    Action, Codec, ConnId, DraftId, Epoch, Grant, ItemId, Key, Limits, Place, Principal, RoomName,
    RoomNo, Time, Value,
};

use super::super::bounds::within;
use super::super::script::Script;
use super::disk::Disk;
use super::server::was_read;
use audit::Told;

/// An operation that should be rare.
const WIND_DOWN: u8 = 254;
const OUTPUTS_MOST: usize = 4_000;
/// Rounds in which nothing happens any more until everything has to be settled.
const ROUNDS: usize = 300;

struct Party {
    client: Client,
    room: RoomNo,
    disk: Disk,
    conn: Option<ConnId>,
    wants: bool,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    marked: BTreeMap<DraftId, usize>,
    /// No frame of its connection was disturbed.
    whole: bool,
}

struct Pair {
    now: Time,
    server: Server,
    room: Option<(RoomNo, Room)>,
    disk: Disk,
    parties: Vec<Party>,
    conns: u64,
    epochs: u64,
    restarts: u64,
    told: Vec<Told>,
    /// Marked edits that can be refused; each adds one to a key behind what is refused.
    refusable: BTreeSet<usize>,
    /// The server winds down, until this moment at the latest.
    leaving: Option<Time>,
    /// Bits of a frame were changed: what is told may be wrong.
    damaged: bool,
}

fn name() -> RoomName {
    RoomName::new("room").unwrap()
}

fn limits() -> Limits {
    Limits { chunk_bytes: 200, window: 4, tombstones: 2, ..Limits::default() }
}

fn server() -> Server {
    Server::new(ServerConfig { limits: limits(), ..ServerConfig::default() }).unwrap()
}

fn client_config(index: usize) -> ClientConfig {
    let codec = if index == 0 { Codec::Binary } else { Codec::Json };
    ClientConfig { codec, cache: index == 0, ..ClientConfig::default() }
}

fn number(value: usize) -> Value {
    Value::from_i64(i64::try_from(value).unwrap()).unwrap()
}

pub fn run(bytes: &[u8]) {
    within(bytes.len(), 4_000, 1 << 20, || {
        let mut script = Script::new(bytes);
        let mut pair = Pair::new();
        while let Some(operation) = script.operation() {
            pair.step(operation, &mut script);
            pair.drain();
            pair.assert_shown();
        }
        pair.settle();
        pair.audit();
    });
}

impl Pair {
    fn new() -> Self {
        let now = Time::from_millis(1);
        let party = |index: usize| {
            let seed = [u8::try_from(index).unwrap() + 1; 32];
            let mut client = Client::new(client_config(index), seed);
            let room = client.open(now, name(), true).unwrap();
            Party {
                client,
                room,
                disk: Disk::default(),
                conn: None,
                wants: false,
                up: VecDeque::new(),
                down: VecDeque::new(),
                marked: BTreeMap::new(),
                whole: true,
            }
        };
        let mut pair = Self {
            now,
            server: server(),
            room: None,
            disk: Disk::default(),
            parties: (0..2).map(party).collect(),
            conns: 0,
            epochs: 0,
            restarts: 0,
            told: Vec::new(),
            refusable: BTreeSet::new(),
            leaving: None,
            damaged: false,
        };
        pair.drain();
        pair
    }

    fn step(&mut self, operation: u8, script: &mut Script<'_>) {
        let index = script.below(2);
        if operation == WIND_DOWN {
            return self.wind_down(Duration::from_millis(script.small(255) * 20));
        }
        match operation % 16 {
            0..=2 => self.edit(index, script),
            3 => self.connect(index),
            4 | 5 => self.deliver(index, true),
            6 | 7 => self.deliver(index, false),
            8 => self.disturb(index, script),
            9 => self.sync_client(index),
            10 => self.sync_room(),
            11 => self.pass(Duration::from_millis(script.small(200))),
            12 => self.cut(index, true),
            13 => self.restart_client(index),
            14 => match script.below(3) {
                0 => self.restart_server(),
                1 => self.pass(Duration::from_secs(script.small(70))),
                _ => {
                    if let Some((_, room)) = &mut self.room {
                        room.expire(room.version());
                    }
                }
            },
            // Much of what happens, at once: otherwise it takes many bytes to get anywhere.
            _ => self.round(),
        }
    }

    fn edit(&mut self, index: usize, script: &mut Script<'_>) {
        let mark = self.told.len();
        let id = ItemId::new(u64::try_from(mark).unwrap() + 1);
        let insert = Action::Insert { id, value: number(mark), place: Place::default() };
        let mut edits = vec![(Key::new("log").unwrap(), insert)];
        let strict = Key::new("strict/a").unwrap();
        match script.below(4) {
            0 => edits.push((strict, Action::Set(number(mark)))),
            1 => edits.push((strict, Action::Delete)),
            2 => edits.push((Key::new("sum").unwrap(), Action::Add(number(1)))),
            _ => {}
        }
        // Behind what may be refused.
        let is_refusable = edits.iter().any(|(key, _)| key.as_str() == "strict/a");
        if is_refusable {
            edits.push((Key::new("pairs").unwrap(), Action::Add(number(1))));
        }
        let party = &mut self.parties[index];
        if let Ok(draft) = party.client.batch(self.now, party.room, edits) {
            self.told.push(Told::Nothing);
            self.refusable.extend(is_refusable.then_some(mark));
            party.marked.insert(draft, mark);
        }
        let plain = script.one(&["plain/a", "plain/b"]);
        let action = match script.below(4) {
            0 => Action::Delete,
            1 => Action::Merge(object(mark)),
            2 => Action::Set(object(mark)),
            _ => return,
        };
        if let Ok(draft) = party.client.edit(self.now, party.room, plain, action) {
            // A crash may have taken a marked edit of this number back.
            party.marked.remove(&draft);
        }
    }

    fn connect(&mut self, index: usize) {
        let party = &mut self.parties[index];
        if !party.wants || party.conn.is_some() {
            return;
        }
        party.wants = false;
        self.conns += 1;
        let conn = ConnId::new(self.conns);
        party.conn = Some(conn);
        party.whole = true;
        self.server.handle_connected(self.now, conn);
        party.client.handle_connected(self.now, &format!("user-{index}"));
    }

    fn deliver(&mut self, index: usize, up: bool) {
        let party = &mut self.parties[index];
        let Some(conn) = party.conn else { return };
        if up {
            // What was read already comes in all the same.
            if (self.server.wants_input(conn) || self.leaving.is_some())
                && let Some(frame) = party.up.pop_front()
            {
                self.server.handle_frame(self.now, conn, &frame);
            }
        } else if let Some(frame) = party.down.pop_front() {
            party.client.handle_frame(self.now, &frame);
            if party.down.is_empty() {
                self.server.handle_writable(self.now, conn);
            }
        }
    }

    fn sync_client(&mut self, index: usize) {
        let party = &mut self.parties[index];
        if let Some(persist) = party.disk.sync() {
            party.client.handle_persisted(persist.id);
        }
    }

    fn sync_room(&mut self) {
        if let Some(persist) = self.disk.sync()
            && let Some((_, room)) = &mut self.room
        {
            room.handle_persisted(persist.id);
        }
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        for party in &mut self.parties {
            party.client.handle_timeout(self.now);
        }
        self.server.handle_timeout(self.now);
        if let Some((_, room)) = &mut self.room {
            room.handle_timeout(self.now);
        }
    }

    /// Everybody gets on by one.
    fn round(&mut self) {
        for index in 0..2 {
            self.connect(index);
            self.sync_client(index);
            for _ in 0..3 {
                self.deliver(index, true);
                self.deliver(index, false);
                self.drain();
            }
        }
        self.sync_room();
        self.drain();
        self.pass(Duration::from_millis(120));
        self.drain();
    }

    /// Nothing is disturbed any more: within a bound everything is settled.
    fn settle(&mut self) {
        if self.damaged {
            // Who was told nonsense may have given up, until the next start.
            self.restart_server();
            for index in 0..2 {
                while !self.parties[index].disk.is_idle() {
                    self.sync_client(index);
                    self.drain();
                }
                self.restart_client(index);
            }
        }
        // A connection on which something was lost has to end some time.
        for index in 0..2 {
            self.cut(index, true);
        }
        for _ in 0..ROUNDS {
            self.round();
            if self.is_settled() {
                break;
            }
        }
    }

    fn is_settled(&self) -> bool {
        let Some((_, room)) = &self.room else { return false };
        let settled = |party: &Party| {
            party.client.pending(party.room) == 0
                && party.client.version(party.room) == Some(room.version())
                && party.up.is_empty()
                && party.down.is_empty()
        };
        room.is_quiet() && self.parties.iter().all(settled)
    }

    fn drain(&mut self) {
        for _ in 0..OUTPUTS_MOST {
            if !self.drain_one() && !self.leave_if_drained() {
                return;
            }
        }
        panic!("there is no end of outputs");
    }

    /// Whether there was something to do.
    fn drain_one(&mut self) -> bool {
        for index in 0..2 {
            let party = &mut self.parties[index];
            let Some(output) = party.client.poll_output() else { continue };
            match output {
                ClientOutput::Persist(persist) => party.disk.order(persist),
                ClientOutput::Connect => party.wants = true,
                ClientOutput::Transmit(bytes) => party.up.push_back(bytes),
                ClientOutput::Disconnect => self.cut(index, false),
                ClientOutput::Event(event) => self.hear(index, &event),
                ClientOutput::Propose { .. } => panic!("it follows nobody"),
            }
            return true;
        }
        if let Some(output) = self.server.poll_output() {
            self.serve(output);
            return true;
        }
        let Some((number, room)) = &mut self.room else { return false };
        let Some(output) = room.poll_output() else { return false };
        match output {
            RoomOutput::ToServer(from) => self.server.handle_room(self.now, *number, from),
            RoomOutput::Persist(persist) => self.disk.order(persist),
            RoomOutput::Written { .. } | RoomOutput::Changed(_) => {}
            #[cfg(feature = "views")]
            RoomOutput::Render { .. } | RoomOutput::Unwatched { .. } => {}
        }
        true
    }

    fn serve(&mut self, output: ServerOutput) {
        let now = self.now;
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                let party = self.parties.iter_mut().find(|party| party.conn == Some(conn));
                if let Some(party) = party {
                    party.down.push_back(bytes);
                }
            }
            ServerOutput::Close { conn, .. } => {
                if let Some(at) = self.parties.iter().position(|party| party.conn == Some(conn)) {
                    if self.leaving.is_some() {
                        self.take_all(at);
                    }
                    self.cut(at, true);
                }
            }
            ServerOutput::Authorize { request, conn, .. } => {
                // Known by the connection: a damaged token would be somebody else, who takes the client's name.
                let index = self.parties.iter().position(|party| party.conn == Some(conn));
                let who = Principal::new(format!("user-{index:?}")).unwrap();
                let grant = Grant::writer(who, vec![String::new()]);
                self.server.handle_authorized(now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, name: asked } => {
                if asked != name() {
                    let code = syncline_core::Code::NotFound;
                    return self.server.handle_room_opened(now, request, Err(code));
                }
                self.epochs += 1;
                let policy = Policies::new(Policy::Last).with("strict/", Policy::Strict);
                let config = RoomConfig {
                    limits: limits(),
                    policy,
                    digest_always: true,
                    ..RoomConfig::default()
                };
                let epoch = Epoch::new(self.epochs);
                let restored = Room::restore(name(), config, epoch, self.disk.blobs()).unwrap();
                self.room = Some((room, restored));
                self.server.handle_room_opened(now, request, Ok(room));
            }
            ServerOutput::CloseRoom { .. } => {
                while !self.disk.is_idle() {
                    self.sync_room();
                }
                self.room = None;
            }
            ServerOutput::ToRoom { to, .. } => {
                assert!(self.leaving.is_none() || !was_read(&to), "{to:?} while all were to go");
                if let Some((_, room)) = &mut self.room {
                    room.handle(now, to);
                }
            }
            ServerOutput::Event(_) => {}
        }
    }
}

fn object(mark: usize) -> Value {
    let json = format!("{{\"m{}\":{mark},\"pad\":\"{}\"}}", mark % 3, "p".repeat(60));
    Value::from_json(json.as_bytes(), &Limits::HARD).unwrap()
}
