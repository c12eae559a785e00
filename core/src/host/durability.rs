//! What clients and servers tell, compared with what a simulated disk holds at that moment.
//!
//! Clients and a server run on one machine, each with its thread. The test passes their frames on,
//! and looks at the disk before each of them: had the power failed now, would it be true?

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at what it is about")]

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::disk::simulated::{Chance, Kind, LeftOut, Machine, Trouble};
use super::*;
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Status, Verdict};
use crate::edit::Edit;
use crate::frame::{self, Decoded};
use crate::message::{Message, Push};
use crate::op::{Op, Seen};
use crate::record::client::{ClientRecord, read_blob};
use crate::room::{HostEdit, IfVersion, Room, RoomConfig};
use crate::{
    Action, Channel, Code, Codec, ConnId, DraftId, Epoch, Grant, Key, Limits, Principal, RoomName,
    RoomNo, Seq, Session, Timing, Value, Version,
};

type Told<T> = Result<T, String>;

const PATIENCE: Duration = Duration::from_mins(1);
const ROOMS: [&str; 2] = ["cart", "till"];

fn name(text: &str) -> RoomName {
    RoomName::new(text).unwrap()
}

fn number(value: i64) -> Value {
    Value::from_i64(value).unwrap()
}

fn blobs(machine: &Machine, path: &Path) -> Told<Vec<Vec<u8>>> {
    let opened = Journal::open_locked_on(&Disk::Simulated(machine.clone()), path);
    opened.map(|(_, found)| found.blobs).map_err(|error| error.to_string())
}

fn room_path(room: &str) -> PathBuf {
    PathBuf::from(format!("/data/rooms/room-{room}.log"))
}

/// The machine if the power failed now, and nothing else from then on.
fn after_power_loss(machine: &Machine) -> Machine {
    let machine = machine.now().lose_power(&mut Chance::Nothing);
    machine.end_troubles();
    machine.leave_out(None);
    machine
}

/// The room that would be restored if the power failed now.
fn room_on_disk(machine: &Machine, room: &str) -> Told<Room> {
    let machine = after_power_loss(machine);
    let found = blobs(&machine, &room_path(room))?;
    let found = found.iter().map(Vec::as_slice);
    Room::restore(name(room), RoomConfig::default(), Epoch::new(1), found)
        .map_err(|error| error.to_string())
}

/// The highest number that a client has given in each room, if the power failed now.
fn names_on_disk(machine: &Machine, client: usize) -> Told<BTreeMap<RoomNo, Seq>> {
    let machine = after_power_loss(machine);
    let mut named = BTreeMap::new();
    for blob in blobs(&machine, &client_path(client))? {
        for record in read_blob(&blob).map_err(|error| error.to_string())? {
            match record {
                ClientRecord::Room(head) => _ = named.insert(head.room, head.named),
                ClientRecord::Name { room, first, count } => {
                    named.insert(room, Seq::new(first.get() + u64::from(count) - 1));
                }
                ClientRecord::Identity { room, .. } => _ = named.insert(room, Seq::ZERO),
                _ => {}
            }
        }
    }
    Ok(named)
}

fn client_path(client: usize) -> PathBuf {
    PathBuf::from(format!("/data/client-{client}"))
}

/// A client, its rooms, and what it was told.
struct Peer {
    handle: ClientHandle,
    rooms: Vec<RoomNo>,
    conn: Option<ConnId>,
    /// Which room it joined on which channel, as it said last.
    channels: BTreeMap<Channel, RoomNo>,
    events: Vec<ClientEvent>,
}

/// A write that there is once: a key of its own, and one more in a sum.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Write {
    room: usize,
    number: usize,
}

/// Everything that happened, whoever was restarted.
#[derive(Default)]
struct Ghost {
    made: BTreeSet<Write>,
    applied: BTreeSet<Write>,
    /// Which write a client's mutation is. One that a crash took leaves its number to another.
    writes: BTreeMap<(usize, RoomNo, DraftId), Write>,
}

struct World {
    machine: Machine,
    server: ServerHandle,
    peers: Vec<Peer>,
    conns: BTreeMap<ConnId, usize>,
    latest: u64,
    events: Vec<HostEvent>,
}

impl World {
    fn start(machine: &Machine, clients: usize) -> Self {
        let disk = Disk::Simulated(machine.clone());
        let options = ServerOptions::default();
        let server =
            ServerHandle::automatic_on(&disk, options, Some(Path::new("/data/rooms"))).unwrap();
        let mut world = Self {
            machine: machine.clone(),
            server,
            peers: Vec::new(),
            conns: BTreeMap::new(),
            latest: 0,
            events: Vec::new(),
        };
        for client in 0..clients {
            let peer = world.start_client(client);
            world.peers.push(peer);
        }
        world
    }

    fn start_client(&self, client: usize) -> Peer {
        let soon = Duration::from_millis(1);
        let timing = Timing { backoff_first: soon, backoff_most: soon, ..Timing::default() };
        let debounce = crate::debounce::Config { quiet: soon, ..Default::default() };
        let config = ClientConfig { timing, debounce, ..ClientConfig::default() };
        let disk = Disk::Simulated(self.machine.clone());
        let handle = ClientHandle::automatic_on(&disk, config, Some(&client_path(client))).unwrap();
        let rooms = ROOMS.map(|room| handle.open(&name(room), true).unwrap());
        let channels = BTreeMap::new();
        Peer { handle, rooms: rooms.to_vec(), conn: None, channels, events: Vec::new() }
    }

    /// Makes a write that nobody else makes.
    fn write(&mut self, client: usize, room: usize, ghost: &mut Ghost, text: &str) -> bool {
        let write = Write { room, number: ghost.made.len() };
        let value = Value::from_text(text, &Limits::default()).unwrap();
        let key = Key::new(format!("write/{}", write.number)).unwrap();
        let edits = vec![
            (key, Edit::from(Action::Set(value))),
            (Key::new("sum").unwrap(), Edit::from(Action::Add(number(1)))),
        ];
        let peer = &self.peers[client];
        let Ok(draft) = peer.handle.batch(peer.rooms[room], edits) else { return false };
        ghost.made.insert(write);
        ghost.writes.insert((client, peer.rooms[room], draft), write);
        true
    }

    /// Passes on everything that anybody wants until nobody does, and looks at the disk each time.
    /// Returns whether there was anything.
    fn pass(&mut self, ghost: &mut Ghost) -> Told<bool> {
        let mut any = false;
        while let Some(output) = self.server.poll().unwrap() {
            any = true;
            self.take_host_output(output)?;
        }
        for client in 0..self.peers.len() {
            while let Some(output) = self.peers[client].handle.poll().unwrap() {
                any = true;
                self.take_client_output(client, output, ghost)?;
            }
        }
        Ok(any)
    }

    fn take_host_output(&mut self, output: HostOutput) -> Told<()> {
        match output {
            HostOutput::Transmit { conn, bytes } => {
                if let Some(client) = self.conns.get(&conn) {
                    let peer = &self.peers[*client];
                    peer.handle.receive(&bytes).unwrap();
                    self.server.writable(conn).unwrap();
                }
            }
            HostOutput::Close { conn, .. } => {
                if let Some(client) = self.conns.remove(&conn) {
                    self.peers[client].conn = None;
                    self.peers[client].handle.disconnected().unwrap();
                }
            }
            HostOutput::Authorize { request, token, .. } => {
                let principal = Principal::new(&*token).unwrap();
                let grant = Grant::writer(principal, vec![String::new()]);
                self.server.authorize(request, Ok(grant)).unwrap();
            }
            HostOutput::Event(event) => {
                if let HostEvent::Written { room, version, .. } = &event {
                    let rooms = self.server.rooms().unwrap();
                    let found = rooms.into_iter().find(|(number, _)| number == room);
                    let (_, room) = found.unwrap();
                    self.check_version(room.as_str(), *version)?;
                }
                self.events.push(event);
            }
            _ => {}
        }
        Ok(())
    }

    /// What was told of a room is on the disk.
    fn check_version(&self, room: &str, version: Version) -> Told<()> {
        let held = room_on_disk(&self.machine, room)?.version();
        if held < version {
            return Err(format!("{room} was told to be at {version}, the disk is at {held}"));
        }
        Ok(())
    }

    fn take_client_output(
        &mut self,
        client: usize,
        output: ClientOutput,
        ghost: &mut Ghost,
    ) -> Told<()> {
        match output {
            ClientOutput::Connect => {
                self.latest += 1;
                let conn = ConnId::new(self.latest);
                self.conns.insert(conn, client);
                self.peers[client].conn = Some(conn);
                self.server.connected(conn).unwrap();
                self.peers[client].handle.connected(&format!("client {client}")).unwrap();
            }
            ClientOutput::Transmit(bytes) => {
                self.check_names(client, &bytes)?;
                if let Some(conn) = self.peers[client].conn {
                    self.server.receive(conn, &bytes).unwrap();
                }
            }
            ClientOutput::Disconnect => {
                if let Some(conn) = self.peers[client].conn.take() {
                    self.conns.remove(&conn);
                    self.server.disconnected(conn).unwrap();
                }
            }
            ClientOutput::Event(event) => {
                if let ClientEvent::Verdict { room, draft, verdict } = &event {
                    self.check_verdict((client, *room, *draft), *verdict, ghost)?;
                }
                self.peers[client].events.push(event);
            }
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    /// A mutation that is sent has its number on the disk, in its room.
    fn check_names(&mut self, client: usize, frame: &[u8]) -> Told<()> {
        let peer = &mut self.peers[client];
        match frame::decode(frame, Codec::Binary, &Limits::HARD) {
            Ok(Decoded::Message(Message::Join(join))) => {
                let at = ROOMS.iter().position(|room| *room == join.room.as_str()).unwrap();
                peer.channels.insert(join.channel, peer.rooms[at]);
                Ok(())
            }
            Ok(Decoded::Message(Message::Push(push))) => {
                let room = peer.channels[&push.channel];
                let last = push.first.get() + push.mutations.len() as u64 - 1;
                let held = names_on_disk(&self.machine, client)?;
                let held = held.get(&room).map_or(0, |seq| seq.get());
                if held < last {
                    return Err(format!("{last} of {room} was sent, the disk is at {held}"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A write that is told to be applied is on the server's disk.
    fn check_verdict(
        &self,
        mutation: (usize, RoomNo, DraftId),
        verdict: Verdict,
        ghost: &mut Ghost,
    ) -> Told<()> {
        let write = ghost.writes[&mutation];
        if !matches!(verdict, Verdict::Applied { .. }) {
            return Err(format!("{verdict:?} of {write:?}, which nothing refuses"));
        }
        let held = room_on_disk(&self.machine, ROOMS[write.room])?;
        if held.get(&format!("write/{}", write.number)).is_none() {
            return Err(format!("{write:?} was told as applied, and is not on the disk"));
        }
        ghost.applied.insert(write);
        Ok(())
    }

    /// Passes on until something is so.
    fn pass_until(
        &mut self,
        ghost: &mut Ghost,
        what: &str,
        done: impl Fn(&Self) -> bool,
    ) -> Told<()> {
        let clock = Clock::new();
        let end = clock.now().after(PATIENCE);
        while !done(self) {
            if !self.pass(ghost)? {
                std::thread::sleep(Duration::from_micros(200));
            }
            assert!(clock.now() < end, "waited in vain: {what}");
        }
        self.pass(ghost).map(|_| ())
    }

    fn is_settled(&self) -> bool {
        self.peers.iter().all(|peer| {
            peer.handle.pending_total().unwrap() == 0
                && peer.handle.overall_status().unwrap() == Status::Synced
        })
    }

    /// Everything that was told is there, nothing is there twice, nothing that nobody made.
    fn check_all(&self, ghost: &Ghost) -> Told<()> {
        for (at, room) in ROOMS.iter().enumerate() {
            let held = room_on_disk(&self.machine, room)?;
            let there: BTreeSet<usize> = held
                .entries("write/")
                .map(|(key, _)| key.as_str()["write/".len()..].parse().unwrap())
                .collect();
            let of = |writes: &BTreeSet<Write>| -> BTreeSet<usize> {
                writes.iter().filter(|write| write.room == at).map(|write| write.number).collect()
            };
            let lost: Vec<_> = of(&ghost.applied).difference(&there).copied().collect();
            let invented: Vec<_> = there.difference(&of(&ghost.made)).copied().collect();
            let sum = held.get("sum").and_then(|sum| sum.as_plain()?.as_i64()).unwrap_or(0);
            if !lost.is_empty()
                || !invented.is_empty()
                || sum != i64::try_from(there.len()).unwrap()
            {
                let what = format!("{} writes, sum {sum}", there.len());
                return Err(format!("{room}: lost {lost:?}, invented {invented:?}, {what}"));
            }
        }
        Ok(())
    }
}

/// Writes from two clients into two rooms, until all have their verdict.
fn write_and_settle(left_out: Option<LeftOut>) -> Told<()> {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    machine.leave_out(left_out);
    for round in 0..20 {
        for client in 0..2 {
            assert!(world.write(client, round % 2, &mut ghost, "tea"));
        }
        world.pass(&mut ghost)?;
    }
    world.pass_until(&mut ghost, "all verdicts", World::is_settled)?;
    assert_eq!(ghost.applied, ghost.made);
    let room = world.server.room_open(&name(ROOMS[0])).unwrap();
    for number in 0..10 {
        world.server.room_write(room, host_write("host", number)).unwrap();
    }
    let written = |world: &World| {
        let written = |event: &&HostEvent| matches!(event, HostEvent::Written { .. });
        world.events.iter().filter(written).count() == 10
    };
    world.pass_until(&mut ghost, "the host's writes", written)?;
    world.check_all(&ghost)
}

fn host_write(key: &str, value: i64) -> Vec<HostEdit> {
    let edit = Action::Set(number(value)).into();
    vec![HostEdit { key: Key::new(key).unwrap(), edit, if_version: IfVersion::Any }]
}

#[test]
fn whatever_is_told_or_sent_is_on_the_disk() {
    write_and_settle(None).unwrap();
}

#[test]
fn what_is_told_before_it_is_durable_is_found() {
    let room: LeftOut = |kind, path, _| {
        kind == Kind::Sync && path.extension().is_some_and(|extension| extension == "log")
    };
    let client: LeftOut = |kind, path, _| {
        let log = path.extension().is_none();
        kind == Kind::Sync && log && path.to_string_lossy().starts_with("/data/client-")
    };
    for (what, mistake) in [("told", room), ("sent", client)] {
        let found = write_and_settle(Some(mistake)).unwrap_err();
        assert!(found.contains(what), "{found}");
    }
}

#[test]
fn a_number_of_one_room_is_not_taken_for_that_of_another() {
    let mut ghost = Ghost::default();
    let mut world = World::start(&Machine::default(), 1);
    for (room, writes) in [(0, 3), (1, 1)] {
        for _ in 0..writes {
            assert!(world.write(0, room, &mut ghost, "tea"));
            world.pass_until(&mut ghost, "a verdict", World::is_settled).unwrap();
        }
    }
    let peer = &world.peers[0];
    let op = Op { key: Key::new("k").unwrap(), seen: Seen::Absent, action: Action::Set(number(1)) };
    let pushes = [(0, 3), (1, 1), (1, 2), (0, 4)].map(|(room, number)| {
        let of = |(_, joined): &(&Channel, &RoomNo)| **joined == peer.rooms[room];
        let (channel, _) = peer.channels.iter().rfind(of).unwrap();
        let push = Push {
            channel: *channel,
            session: Session::new(1),
            first: Seq::new(number),
            heard: Seq::ZERO,
            mutations: vec![vec![op.clone()]],
        };
        frame::encode(&Message::Push(push), Codec::Binary)
    });
    let found = pushes.map(|push| world.check_names(0, &push).is_ok());
    assert_eq!(found, [true, true, false, false]);
}

/// How a room goes down and comes again while another goes on, and what its clients are told.
fn a_room_in(trouble: Trouble) {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    for room in 0..2 {
        assert!(world.write(0, room, &mut ghost, "tea"));
    }
    world.pass_until(&mut ghost, "a start", World::is_settled).unwrap();
    machine.trouble("room-cart", trouble);
    let long = "x".repeat(6_000);
    assert!(world.write(0, 0, &mut ghost, &long) && world.write(1, 0, &mut ghost, &long));
    let failed = |world: &World| {
        let failed = |event: &HostEvent| matches!(event, HostEvent::Failed { name, error, .. } if name.as_str() == "cart" && error.code == Code::StorageFailed);
        world.events.iter().any(failed)
    };
    world.pass_until(&mut ghost, "a failure", failed).unwrap();
    for round in 0..10 {
        assert!(world.write(round % 2, 1, &mut ghost, &long), "the other room goes on");
    }
    let told = |world: &World| {
        let till = world.peers[0].rooms[1];
        world.peers.iter().all(|peer| peer.handle.pending(till).unwrap() == 0)
    };
    world.pass_until(&mut ghost, "the other room", told).unwrap();
    assert_eq!(ghost.applied.iter().filter(|write| write.room == 1).count(), 11);
    assert_eq!(ghost.applied.iter().filter(|write| write.room == 0).count(), 1);
    let denied = |event: &ClientEvent| {
        matches!(event, ClientEvent::Denied { code: Code::Unavailable, retries: true, .. })
    };
    assert!(world.peers.iter().all(|peer| peer.events.iter().any(denied)), "it is said");
    world.check_all(&ghost).unwrap();

    machine.end_troubles();
    world.pass_until(&mut ghost, "the room again", World::is_settled).unwrap();
    assert_eq!(ghost.applied, ghost.made);
    world.check_all(&ghost).unwrap();
    let strange = |event: &HostEvent| matches!(event, HostEvent::Failed { name, .. } if name.as_str() != "cart");
    assert!(!world.events.iter().any(strange));
}

#[test]
fn a_full_disk_stops_one_room_and_no_other_and_loses_nothing() {
    a_room_in(Trouble::Full);
}

#[test]
fn a_failed_sync_stops_one_room_and_no_other_and_loses_nothing() {
    a_room_in(Trouble::SyncFails);
}

#[test]
fn a_client_whose_disk_is_full_says_so_and_keeps_what_it_had() {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    assert!(world.write(0, 0, &mut ghost, "tea"));
    world.pass_until(&mut ghost, "a start", World::is_settled).unwrap();
    machine.trouble("client-0", Trouble::Full);
    let long = "x".repeat(3_000);
    while world.write(0, 0, &mut ghost, &long) {
        std::thread::sleep(Duration::from_micros(200));
    }
    let failure = world.peers[0].handle.storage_error().unwrap().unwrap();
    assert_eq!(failure.code, Code::StorageFailed);
    assert!(failure.to_string().contains("storage space"), "{failure}");
    let told = |world: &World| world.peers[0].events.contains(&ClientEvent::StorageFailed);
    world.pass_until(&mut ghost, "the failure", told).unwrap();
    assert!(world.write(1, 0, &mut ghost, &long), "the other client goes on");
    let other = |world: &World| world.peers[1].handle.pending_total().unwrap() == 0;
    world.pass_until(&mut ghost, "the other client", other).unwrap();

    machine.end_troubles();
    world.peers[0].handle.close().unwrap();
    let gone = world.peers[0].conn.take();
    if let Some(conn) = gone {
        world.conns.remove(&conn);
        world.server.disconnected(conn).unwrap();
    }
    world.peers[0] = world.start_client(0);
    assert!(world.write(0, 0, &mut ghost, "more"), "there is space again");
    world.pass_until(&mut ghost, "everything", World::is_settled).unwrap();
    world.check_all(&ghost).unwrap();
}

/// The machine is crashed again and again, with everything that runs on it.
fn crash_by_seed(seed: u64) -> Told<()> {
    let mut dice = Chance::Random(seed.wrapping_mul(104_729));
    let mut machine = Machine::with_sectors([64, 512][dice.pick(2)]);
    let mut ghost = Ghost::default();
    for _ in 0..4 {
        let mut world = World::start(&machine, 2);
        world.check_all(&ghost)?;
        for _ in 0..dice.pick(40) {
            let long = "x".repeat(dice.pick(300));
            let (client, room) = (dice.pick(2), dice.pick(2));
            assert!(world.write(client, room, &mut ghost, &long));
            if dice.pick(3) > 0 {
                world.pass(&mut ghost)?;
            }
            if dice.pick(5) == 0 {
                std::thread::sleep(Duration::from_micros(700));
            }
        }
        let moment = machine.now();
        machine = match dice.pick(3) {
            0 => moment.restart(),
            1 => moment.lose_power(&mut Chance::Nothing),
            _ => moment.lose_power(&mut Chance::Random(seed)),
        };
    }
    let mut world = World::start(&machine, 2);
    world.pass_until(&mut ghost, "an end", World::is_settled)?;
    world.check_all(&ghost)
}

#[test]
fn a_machine_that_crashes_again_and_again_keeps_every_word() {
    for seed in 0..25 {
        crash_by_seed(seed).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    }
}

/// The journals of a room and of a client, as they are after a short life.
fn journals() -> [(PathBuf, Vec<u8>); 2] {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    for text in ["green", "black"] {
        assert!(world.write(0, 0, &mut ghost, text) && world.write(1, 0, &mut ghost, text));
        world.pass_until(&mut ghost, "verdicts", World::is_settled).unwrap();
    }
    assert!(world.write(0, 0, &mut ghost, "white"));
    drop(world);
    [room_path(ROOMS[0]), client_path(0)].map(|path| {
        let content = machine.content(&path).unwrap();
        (path, content)
    })
}

/// What the blobs of a journal are to the role that wrote them.
fn restore(path: &Path, blobs: &[Vec<u8>]) -> Result<(), Code> {
    let blobs = blobs.iter().map(Vec::as_slice);
    let restored = if path.extension().is_some() {
        Room::restore(name(ROOMS[0]), RoomConfig::default(), Epoch::new(1), blobs).map(|_| ())
    } else {
        crate::client::Client::restore(ClientConfig::default(), [7; 32], blobs).map(|_| ())
    };
    restored.map_err(|error| error.code)
}

fn open_with(path: &Path, content: &[u8]) -> Result<Vec<Vec<u8>>, Code> {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    journal::create_directory_on(&disk, path.parent().unwrap()).unwrap();
    machine.put(path, content);
    Journal::open_locked_on(&disk, path).map(|(_, found)| found.blobs).map_err(|error| error.code)
}

#[test]
fn a_damaged_journal_is_a_beginning_of_what_it_was_or_is_refused() {
    for (path, content) in journals() {
        let whole = open_with(&path, &content).unwrap();
        assert!(whole.len() > 3, "{}", path.display());
        for count in 0..=whole.len() {
            assert_eq!(restore(&path, &whole[..count]), Ok(()), "a beginning is a state");
        }
        let end = content.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let check = |damaged: &[u8], what: &str| match open_with(&path, damaged) {
            Ok(found) => assert!(whole.starts_with(&found), "{what}"),
            Err(code) => assert_eq!(code, Code::StorageCorrupt, "{what}"),
        };
        for cut in 0..=end {
            check(&content[..cut], &format!("cut at {cut}"));
        }
        for bit in 0..end * 8 {
            let mut damaged = content.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            check(&damaged, &format!("bit {bit}"));
        }
    }
}

/// Where a host keeps blobs by itself, nothing checks them before the role does.
#[test]
fn damaged_blobs_never_panic() {
    let mut refused = 0;
    for (path, content) in journals() {
        let whole = open_with(&path, &content).unwrap();
        for (at, blob) in whole.iter().enumerate() {
            let damaged = (0..blob.len() * 8).map(|bit| {
                let mut damaged = blob.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                damaged
            });
            for damaged in damaged.chain((0..blob.len()).map(|cut| blob[..cut].to_vec())) {
                let mut blobs = whole.clone();
                blobs[at] = damaged;
                let restored = restore(&path, &blobs);
                assert!(matches!(restored, Ok(()) | Err(Code::StorageCorrupt)), "{restored:?}");
                refused += usize::from(restored.is_err());
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}
