//! Clients and a server on one machine, whose words are looked up on its disk before they are passed on.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{ROOMS, Told, name, number};
use crate::client::{ClientConfig, ClientEvent, ClientOutput, Status, Verdict};
use crate::edit::Edit;
use crate::frame::{self, Decoded};
use crate::host::disk::Disk;
use crate::host::disk::simulated::{Chance, Machine};
use crate::host::{
    ClientHandle, Clock, HostEvent, HostOutput, Journal, ServerHandle, ServerOptions,
};
use crate::message::Message;
use crate::record::client::{ClientRecord, read_blob};
use crate::room::{Room, RoomConfig};
use crate::{
    Action, Channel, Codec, ConnId, DraftId, Epoch, Grant, Key, Limits, Principal, RoomNo, Seq,
    Timing, Value, Version,
};

const PATIENCE: Duration = Duration::from_mins(1);

fn blobs(machine: &Machine, path: &Path) -> Told<Vec<Vec<u8>>> {
    let opened = Journal::open_locked_on(&Disk::Simulated(machine.clone()), path);
    opened.map(|(_, found)| found.blobs).map_err(|error| error.to_string())
}

pub(super) fn room_path(room: &str) -> PathBuf {
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

pub(super) fn client_path(client: usize) -> PathBuf {
    PathBuf::from(format!("/data/client-{client}"))
}

/// A client, its rooms, and what it was told.
pub(super) struct Peer {
    pub(super) handle: ClientHandle,
    pub(super) rooms: Vec<RoomNo>,
    pub(super) conn: Option<ConnId>,
    /// Which room it joined on which channel, as it said last.
    pub(super) channels: BTreeMap<Channel, RoomNo>,
    pub(super) events: Vec<ClientEvent>,
}

/// A write that there is once: a key of its own, and one more in a sum.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Write {
    pub(super) room: usize,
    pub(super) number: usize,
}

/// Everything that happened, whoever was restarted.
#[derive(Default)]
pub(super) struct Ghost {
    pub(super) made: BTreeSet<Write>,
    pub(super) applied: BTreeSet<Write>,
    /// Which write a client's mutation is. One that a crash took leaves its number to another.
    pub(super) writes: BTreeMap<(usize, RoomNo, DraftId), Write>,
}

pub(super) struct World {
    pub(super) machine: Machine,
    pub(super) server: ServerHandle,
    pub(super) peers: Vec<Peer>,
    pub(super) conns: BTreeMap<ConnId, usize>,
    pub(super) latest: u64,
    pub(super) events: Vec<HostEvent>,
}

impl World {
    pub(super) fn start(machine: &Machine, clients: usize) -> Self {
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

    pub(super) fn start_client(&self, client: usize) -> Peer {
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
    pub(super) fn write(
        &mut self,
        client: usize,
        room: usize,
        ghost: &mut Ghost,
        text: &str,
    ) -> bool {
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
    pub(super) fn pass(&mut self, ghost: &mut Ghost) -> Told<bool> {
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
    pub(super) fn check_names(&mut self, client: usize, frame: &[u8]) -> Told<()> {
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
    pub(super) fn pass_until(
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

    pub(super) fn is_settled(&self) -> bool {
        self.peers.iter().all(|peer| {
            peer.handle.pending_total().unwrap() == 0
                && peer.handle.overall_status().unwrap() == Status::Synced
        })
    }

    /// Everything that was told is there, nothing is there twice, nothing that nobody made.
    pub(super) fn check_all(&self, ghost: &Ghost) -> Told<()> {
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
