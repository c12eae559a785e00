//! Clients, a server and a room in one process under faults, decided by a seed: lost frames, dead
//! connections, crashes that lose what was not durable, evictions and new epochs. Every edit carries
//! a number outside the protocol, by which the end is audited.
//!
//! `WORLD_SEEDS=1000 WORLD_FROM=77 cargo test --test world` runs more; a failure names its seed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "world/audit.rs"]
mod audit;
#[path = "world/server.rs"]
mod server;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use audit::Told;
use server::server;
use syncline_core::client::{Client, ClientConfig, ClientOutput};
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::Room;
use syncline_core::server::Server;
use syncline_core::{
    Action, Codec, ConnId, DraftId, Entropy, ItemId, Key, Limits, Place, RoomName, RoomNo, Time,
    Value,
};

const CLIENTS: usize = 3;
const STEPS: usize = 400;

#[derive(Default)]
struct Disk {
    blobs: Vec<Vec<u8>>,
    waiting: VecDeque<Persist>,
}

impl Disk {
    /// The oldest order becomes durable.
    fn sync_one(&mut self) -> Option<Persist> {
        let persist = self.waiting.pop_front()?;
        if persist.mode == PersistMode::Replace {
            self.blobs.clear();
        }
        self.blobs.push(persist.bytes.clone());
        Some(persist)
    }
}

struct Party {
    client: Client,
    room: RoomNo,
    disk: Disk,
    conn: Option<ConnId>,
    wants: bool,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    ghosts: BTreeMap<DraftId, u64>,
    /// Verdicts that this process told.
    heard: BTreeSet<DraftId>,
}

struct World {
    random: Entropy,
    now: Time,
    server: Server,
    room: Option<(RoomNo, Room)>,
    disk: Disk,
    busy: Vec<ConnId>,
    parties: Vec<Party>,
    conns: u64,
    told: Vec<Told>,
    /// Frames arrive, disks answer, and nothing breaks.
    calm: bool,
    resumes: u64,
}

fn name() -> RoomName {
    RoomName::new("room").unwrap()
}

fn limits() -> Limits {
    Limits { chunk_bytes: 300, window: 8, tombstones: 4, ..Limits::default() }
}

fn client_config(index: usize) -> ClientConfig {
    let codec = if index == 0 { Codec::Json } else { Codec::Binary };
    ClientConfig { codec, cache: index != 1, ..ClientConfig::default() }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut world = Self {
            random: Entropy::new(bytes),
            now: Time::from_millis(1),
            server: server(),
            room: None,
            disk: Disk::default(),
            busy: Vec::new(),
            parties: Vec::new(),
            conns: 0,
            told: Vec::new(),
            calm: false,
            resumes: 0,
        };
        for index in 0..CLIENTS {
            let seed = world.seed();
            let mut client = Client::new(client_config(index), seed);
            let room = client.open(world.now, name(), true).unwrap();
            world.parties.push(Party {
                client,
                room,
                disk: Disk::default(),
                conn: None,
                wants: false,
                up: VecDeque::new(),
                down: VecDeque::new(),
                ghosts: BTreeMap::new(),
                heard: BTreeSet::new(),
            });
        }
        world
    }

    fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&self.random.next_u64().to_le_bytes());
        }
        seed
    }

    fn below(&mut self, most: u64) -> u64 {
        self.random.next_u64() % most
    }

    fn drain(&mut self) {
        for index in 0..CLIENTS {
            self.drain_client(index);
        }
        self.drain_server();
        for index in 0..CLIENTS {
            self.drain_client(index);
        }
    }

    fn drain_client(&mut self, index: usize) {
        while let Some(output) = self.parties[index].client.poll_output() {
            let party = &mut self.parties[index];
            match output {
                ClientOutput::Persist(persist) => party.disk.waiting.push_back(persist),
                ClientOutput::Connect => party.wants = true,
                ClientOutput::Transmit(bytes) => party.up.push_back(bytes),
                ClientOutput::Disconnect => self.cut(index, false),
                ClientOutput::Event(event) => self.hear(index, &event),
                ClientOutput::Propose { .. } => panic!("client {index} is no standby"),
            }
        }
    }

    /// The link of a client ends: what is on it is lost, and who lives is told.
    fn cut(&mut self, index: usize, tell: bool) {
        let party = &mut self.parties[index];
        party.up.clear();
        party.down.clear();
        if let Some(conn) = party.conn.take() {
            self.server.handle_disconnected(self.now, conn);
            if tell {
                party.client.handle_disconnected(self.now);
            }
        }
    }

    fn connect(&mut self, index: usize) {
        let party = &mut self.parties[index];
        if party.wants && party.conn.is_none() {
            party.wants = false;
            self.conns += 1;
            let conn = ConnId::new(self.conns);
            party.conn = Some(conn);
            self.server.handle_connected(self.now, conn);
            party.client.handle_connected(self.now, &format!("user-{index}"));
        }
    }

    fn deliver(&mut self, index: usize, up: bool) {
        let party = &mut self.parties[index];
        let Some(conn) = party.conn else { return };
        if up {
            if self.server.wants_input(conn)
                && let Some(frame) = party.up.pop_front()
            {
                self.server.handle_frame(self.now, conn, &frame);
            }
        } else if let Some(frame) = party.down.pop_front() {
            party.client.handle_frame(self.now, &frame);
            if party.down.is_empty() {
                self.busy.retain(|busy| *busy != conn);
                self.server.handle_writable(self.now, conn);
            }
        }
    }

    fn edit(&mut self, index: usize) {
        let ghost = u64::try_from(self.told.len()).unwrap();
        let kind = self.below(4);
        let key = Key::new(format!("strict/{}", self.below(3))).unwrap();
        let value = Value::from_i64(i64::try_from(ghost).unwrap()).unwrap();
        let mark = Action::Insert {
            id: ItemId::new(ghost),
            value: value.clone(),
            place: Place::default(),
        };
        let mut edits = vec![(Key::new("log").unwrap(), mark)];
        match kind {
            0 => edits.push((key, Action::Set(value))),
            1 => edits.push((key, Action::Delete)),
            2 => edits.push((Key::new("sum").unwrap(), Action::Add(Value::from_i64(1).unwrap()))),
            _ => {}
        }
        let party = &mut self.parties[index];
        if let Ok(draft) = party.client.batch(self.now, party.room, edits) {
            self.told.push(Told::Nothing);
            party.ghosts.insert(draft, ghost);
        }
        // Plain edits between the marked ones: coalescing, overwriting, patches, tombstones.
        let plain = format!("plain/{}", self.below(4));
        let action = match self.below(5) {
            0 => Action::Delete,
            1 => Action::Merge(object(&format!("{{\"m{}\":{ghost}}}", ghost % 3))),
            2 => Action::Set(object(&format!("{{\"pad\":\"{}\"}}", "p".repeat(90)))),
            3 => Action::Add(Value::from_i64(1).unwrap()),
            _ => return,
        };
        let party = &mut self.parties[index];
        if let Ok(draft) = party.client.edit(self.now, party.room, &plain, action) {
            // A crash may have taken a marked edit of this number back.
            party.ghosts.remove(&draft);
        }
    }

    fn crash_client(&mut self, index: usize) {
        self.cut(index, false);
        let seed = self.seed();
        let party = &mut self.parties[index];
        party.heard.clear();
        party.disk.waiting.clear();
        let blobs = party.disk.blobs.iter().map(Vec::as_slice);
        party.client = Client::restore(client_config(index), seed, blobs).unwrap();
        party.room = party.client.open(self.now, name(), true).unwrap();
        party.wants = false;
    }

    fn step(&mut self) {
        let index = usize::try_from(self.below(3)).unwrap();
        match self.below(100) {
            0..=24 => self.edit(index),
            25..=44 => self.deliver(index, true),
            45..=64 => self.deliver(index, false),
            65..=72 => self.connect(index),
            73..=80 => self.disk_room(1),
            81..=88 => self.disk_client(index),
            89..=93 => self.pass(Duration::from_millis(40)),
            94..=95 => self.cut(index, true),
            96 => self.crash_client(index),
            97 => self.crash_server(),
            98 => {
                if let Some((_, room)) = &mut self.room {
                    room.expire(room.version());
                }
            }
            _ => self.pass(Duration::from_secs(7)),
        }
        self.drain();
    }

    fn disk_client(&mut self, index: usize) {
        let party = &mut self.parties[index];
        if let Some(persist) = party.disk.sync_one() {
            party.client.handle_persisted(persist.id);
        }
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        for index in 0..CLIENTS {
            self.parties[index].client.handle_timeout(self.now);
        }
        self.server.handle_timeout(self.now);
        if let Some((_, room)) = &mut self.room {
            room.handle_timeout(self.now);
        }
    }

    /// Faults stop and writing stops: within a bound everything settles.
    fn calm_down(&mut self) {
        for _ in 0..200 {
            for index in 0..CLIENTS {
                self.connect(index);
                self.disk_client(index);
                for _ in 0..8 {
                    self.deliver(index, true);
                    self.deliver(index, false);
                    self.drain();
                }
            }
            self.disk_room(8);
            self.drain();
            self.pass(Duration::from_millis(500));
            self.drain();
        }
    }
}

fn object(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn every_seed_ends_with_equal_replicas_and_honest_verdicts() {
    let from = number("WORLD_FROM", 0);
    let (mut applied, mut refused, mut unknown, mut resumes) = (0, 0, 0, 0);
    for seed in from..from + number("WORLD_SEEDS", 60) {
        let run = std::panic::AssertUnwindSafe(|| {
            let mut world = World::new(seed);
            for _ in 0..STEPS {
                world.step();
            }
            world.calm = true;
            world.calm_down();
            world.audit();
            world
        });
        let world = std::panic::catch_unwind(run).unwrap_or_else(|panic| {
            eprintln!("seed {seed}: WORLD_FROM={seed} WORLD_SEEDS=1 cargo test --test world");
            std::panic::resume_unwind(panic);
        });
        let told = |what| world.told.iter().filter(|told| **told == what).count();
        applied += told(Told::Applied);
        refused += told(Told::Refused);
        unknown += told(Told::Unknown);
        resumes += world.resumes;
    }
    println!("applied {applied}, refused {refused}, unknown {unknown}, resumes {resumes}");
    // A world in which nothing happens would pass every audit.
    assert!(applied > 500 && refused > 20 && unknown > 5 && resumes > 20);
}
