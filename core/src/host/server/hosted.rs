//! Which rooms a handle has open, for whom, and where their records are.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::entropy::Entropy;
use crate::error::{Code, Error};
#[cfg(feature = "host")]
use crate::host::{Orders, server::shelf::Shelf};
use crate::id::{ConnId, Epoch, ItemId, RoomName, RoomNo, WriteId};
use crate::message::Durability;
use crate::record::Persist;
use crate::room::{HostEdit, Room, RoomConfig};
use crate::server::{Server, ServerConfig, ServerMetrics};
use crate::time::Time;

use super::entry::{Entry, State};
use super::plan::{Plan, Restored};
use super::routes::Leaving;
use super::{HostEvent, HostOutput, ServerOptions};

/// Where the records of rooms are kept.
#[derive(Debug)]
pub(in crate::host) enum Storage {
    /// Nowhere: rooms live in memory.
    Memory,
    /// With the host, who is asked by outputs.
    Host,
    /// In a directory, by the handle's thread.
    #[cfg(feature = "host")]
    Journals(Shelf, Orders),
    /// In a directory that is not here: what was read of it is in a recording.
    #[cfg(feature = "host")]
    Replayed,
}

/// A server and its rooms.
///
/// The handle has its own room numbers, because the host may hold a room open that the server does
/// not speak of; a *seat* is the server's number of a room.
pub(in crate::host) struct Hosted {
    pub(super) server: Server,
    pub(super) rooms: BTreeMap<RoomNo, Entry>,
    /// The rooms by the server's numbers. A seat may outlive its room until the server's last word
    /// about it is taken.
    pub(super) seats: BTreeMap<RoomNo, RoomNo>,
    /// Rooms with an input since they were drained.
    pub(super) touched: BTreeSet<RoomNo>,
    /// Rooms with changes that the host has not polled.
    pub(super) changed: BTreeSet<RoomNo>,
    pub(super) alarms: BTreeSet<(Time, RoomNo)>,
    pub(super) outputs: VecDeque<HostOutput>,
    /// How many of them are comings and goings.
    pub(super) visits: usize,
    /// Comings and goings that were lost because nobody polled.
    pub(super) visits_lost: u64,
    pub(super) connections: BTreeSet<ConnId>,
    /// Connections with a frame since the last settling.
    pub(super) fed: BTreeSet<ConnId>,
    /// Connections that are not to be read.
    pub(super) paused: BTreeSet<ConnId>,
    /// How it winds down, if it does.
    pub(super) leaving: Option<Leaving>,
    /// The host renders views.
    #[cfg(feature = "views")]
    pub(in crate::host) renders: bool,
    #[cfg(feature = "views")]
    pub(super) reads: super::reads::Reads,
    config: RoomConfig,
    storage: Storage,
    pub(super) entropy: Entropy,
    pub(super) names: BTreeMap<RoomName, RoomNo>,
    /// Rooms in memory that nobody needs: closing them would lose what they hold, so they stay until
    /// their place is needed.
    pub(super) idle: BTreeSet<RoomNo>,
    pub(super) latest: RoomNo,
    pub(super) writes: WriteId,
}

impl Hosted {
    pub(in crate::host) fn new(
        options: ServerOptions,
        storage: Storage,
        seed: [u8; 32],
    ) -> Result<Self, Error> {
        let ServerOptions { limits, timing, codecs, policy, watch, digest_always, .. } = options;
        let durability = match storage {
            Storage::Memory => Durability::Volatile,
            Storage::Host => Durability::Durable,
            #[cfg(feature = "host")]
            Storage::Journals(..) | Storage::Replayed => Durability::Durable,
        };
        Ok(Self {
            server: Server::new(ServerConfig { limits, timing, codecs })?,
            rooms: BTreeMap::new(),
            seats: BTreeMap::new(),
            touched: BTreeSet::new(),
            changed: BTreeSet::new(),
            alarms: BTreeSet::new(),
            outputs: VecDeque::new(),
            visits: 0,
            visits_lost: 0,
            connections: BTreeSet::new(),
            fed: BTreeSet::new(),
            paused: BTreeSet::new(),
            leaving: None,
            #[cfg(feature = "views")]
            renders: options.views,
            #[cfg(feature = "views")]
            reads: super::reads::Reads::default(),
            config: RoomConfig { limits, timing, policy, durability, watch, digest_always },
            storage,
            entropy: Entropy::new(seed),
            names: BTreeMap::new(),
            idle: BTreeSet::new(),
            latest: RoomNo::default(),
            writes: WriteId::ZERO,
        })
    }

    pub(super) fn metrics(&self) -> ServerMetrics {
        let mut metrics = self.server.metrics();
        metrics.events_lost = metrics.events_lost.saturating_add(self.visits_lost);
        metrics
    }

    pub(super) fn number(&self, name: &RoomName) -> Option<RoomNo> {
        self.names.get(name).copied()
    }

    pub(super) fn open_rooms(&self) -> Vec<(RoomNo, RoomName)> {
        self.names.iter().map(|(name, room)| (*room, name.clone())).collect()
    }

    pub(in crate::host) fn new_item(&mut self) -> ItemId {
        ItemId::new(self.entropy.next_u64())
    }

    pub(super) fn look(&self, room: RoomNo) -> Result<&Room, Error> {
        self.rooms.get(&room).ok_or_else(|| not_found(room))?.room()
    }

    pub(super) fn change<T>(
        &mut self,
        room: RoomNo,
        change: impl FnOnce(&mut Room) -> T,
    ) -> Result<T, Error> {
        let result = self.entry(room)?.room_mut().map(change);
        self.touched.insert(room);
        result
    }

    /// Opens a room for the host.
    pub(in crate::host) fn hold(&mut self, name: &RoomName) -> Result<RoomNo, Error> {
        let room = self.find_or_open(name)?;
        let entry = self.entry(room)?;
        entry.holds = entry.holds.saturating_add(1);
        Ok(room)
    }

    /// The host needs the room once less.
    pub(in crate::host) fn release(&mut self, room: RoomNo) -> Result<(), Error> {
        let entry = self.entry(room)?;
        let Some(holds) = entry.holds.checked_sub(1) else {
            let expected = "a room that the host holds open";
            return Err(Error::new(Code::InvalidArgument, expected, "one that it does not"));
        };
        entry.holds = holds;
        self.touched.insert(room);
        Ok(())
    }

    /// The room for someone who needs it from now on.
    pub(super) fn find_or_open(&mut self, name: &RoomName) -> Result<RoomNo, Error> {
        if let Some(room) = self.number(name) {
            self.idle.remove(&room);
            return Ok(room);
        }
        self.config.limits.check_room(name.as_str())?;
        self.make_place()?;
        let room = self.next_number();
        let state = match &self.storage {
            Storage::Memory => State::Opening(Vec::new()),
            Storage::Host => {
                self.outputs.push_back(HostOutput::OpenRoom { room, name: name.clone() });
                State::Opening(Vec::new())
            }
            #[cfg(feature = "host")]
            Storage::Journals(files, orders) => {
                orders.open(u64::from(room.get()), files.path(name));
                State::Opening(Vec::new())
            }
            #[cfg(feature = "host")]
            Storage::Replayed => State::Opening(Vec::new()),
        };
        self.rooms.insert(room, Entry::new(name.clone(), state));
        self.names.insert(name.clone(), room);
        if matches!(self.storage, Storage::Memory) {
            let plan = self.plan(room)?;
            let opened = Room::new(plan.name, plan.config, plan.epoch)?;
            self.take_in(room, opened, 0);
        }
        Ok(room)
    }

    /// Sees to it that one more room is within the limit.
    fn make_place(&mut self) -> Result<(), Error> {
        let most = self.config.limits.server_rooms;
        if self.rooms.len() < most {
            return Ok(());
        }
        let Some(room) = self.idle.pop_first() else {
            return Err(Error::limit(Code::TooMany, most, "rooms", self.rooms.len()));
        };
        self.close(room);
        Ok(())
    }

    /// Numbers come round again after 2^32 rooms, past those in use.
    fn next_number(&mut self) -> RoomNo {
        loop {
            self.latest = RoomNo::new(self.latest.get().wrapping_add(1));
            if !self.rooms.contains_key(&self.latest) {
                return self.latest;
            }
        }
    }

    /// How to restore a room that is being opened.
    pub(in crate::host) fn plan(&mut self, room: RoomNo) -> Result<Plan, Error> {
        let entry = self.rooms.get(&room).ok_or_else(|| not_found(room))?;
        if matches!(entry.state, State::Open(_)) {
            let expected = "a room that is being opened";
            return Err(Error::new(Code::InvalidArgument, expected, "an open one"));
        }
        let epoch = Epoch::new(self.entropy.next_u64());
        Ok(Plan { name: entry.name.clone(), config: self.config.clone(), epoch })
    }

    /// A room's records were read, or could not be.
    pub(in crate::host) fn opened(
        &mut self,
        now: Time,
        room: RoomNo,
        restored: Restored,
    ) -> Result<(), Error> {
        let Restored { source, room: restored } = restored;
        let name = self.entry(room)?.name.clone();
        let restored = restored.unwrap_or_else(|| source.restore(name, self.config.clone()));
        let dropped_bytes = source.opened.map_or(0, |(_, dropped)| dropped);
        match restored {
            Ok(restored) => self.take_in(room, restored, dropped_bytes),
            Err(error) => return self.failed(now, room, error),
        }
        let entry = self.entry(room)?;
        if let (Some(request), Some(seat)) = (entry.request.take(), entry.seat) {
            self.server.handle_room_opened(now, request, Ok(seat));
        }
        Ok(())
    }

    fn take_in(&mut self, room: RoomNo, restored: Room, dropped_bytes: u64) {
        let limits = self.config.limits;
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        let waiting = entry.open(restored);
        let name = entry.name.clone();
        let event = HostEvent::Opened { room, name, dropped_bytes };
        self.outputs.push_back(HostOutput::Event(event));
        #[cfg(feature = "views")]
        self.tell_opened(room);
        let Some(entry) = self.rooms.get_mut(&room) else { return };
        for (write, edits) in waiting {
            if let Err(error) = entry.write(write, edits, &limits) {
                let event = HostEvent::WriteFailed { room, write, error };
                self.outputs.push_back(HostOutput::Event(event));
            }
        }
        self.touched.insert(room);
    }

    /// A room's storage failed.
    pub(in crate::host) fn failed(
        &mut self,
        now: Time,
        room: RoomNo,
        error: Error,
    ) -> Result<(), Error> {
        let entry = self.forget(room, &error)?;
        if let Some(request) = entry.request {
            self.server.handle_room_opened(now, request, Err(Code::Unavailable));
            entry.seat.map(|seat| self.seats.remove(&seat));
        } else if let Some(seat) = entry.seat {
            self.server.close_room(now, seat, Code::Unavailable);
        }
        self.let_go(room, None);
        let event = HostEvent::Failed { room, name: entry.name, error };
        self.outputs.push_back(HostOutput::Event(event));
        Ok(())
    }

    /// The host wants the room closed, whoever needs it.
    pub(in crate::host) fn unload(&mut self, now: Time, room: RoomNo) -> Result<(), Error> {
        let entry = self.entry(room)?;
        (entry.holds, entry.unwanted) = (0, true);
        if let Some(seat) = entry.seat {
            self.server.close_room(now, seat, Code::Unavailable);
        }
        self.touched.insert(room);
        Ok(())
    }

    /// The host wants the room gone, and what it held.
    pub(in crate::host) fn delete(&mut self, now: Time, room: RoomNo) -> Result<(), Error> {
        let why = Error::new(Code::Deleted, "a room that is not deleted", "its deletion");
        let entry = self.forget(room, &why)?;
        if let Some(seat) = entry.seat {
            self.server.close_room(now, seat, Code::Deleted);
        }
        self.let_go(room, Some(&entry.name));
        let event = HostEvent::Closed { room, name: entry.name };
        self.outputs.push_back(HostOutput::Event(event));
        Ok(())
    }

    /// Closes a room that nobody needs, unless that would lose what it holds.
    pub(super) fn close_if_done(&mut self, room: RoomNo) {
        let may_close =
            |entry: &&Entry| entry.may_close() && (entry.unwanted || !self.is_read(entry));
        let Some(entry) = self.rooms.get(&room).filter(may_close) else { return };
        let lost = matches!(self.storage, Storage::Memory) && !entry.is_blank();
        if lost && !entry.unwanted {
            self.idle.insert(room);
        } else {
            self.close(room);
        }
    }

    /// Whether a view of another room reads it.
    #[cfg(feature = "views")]
    fn is_read(&self, entry: &Entry) -> bool {
        self.reads.is_read(&entry.name)
    }

    #[cfg(not(feature = "views"))]
    #[expect(clippy::unused_self, reason = "as with views")]
    const fn is_read(&self, _: &Entry) -> bool {
        false
    }

    fn close(&mut self, room: RoomNo) {
        let why = Error::new(Code::Closed, "an open room", "a closed one");
        let Ok(entry) = self.forget(room, &why) else { return };
        self.let_go(room, None);
        let event = HostEvent::Closed { room, name: entry.name };
        self.outputs.push_back(HostOutput::Event(event));
    }

    /// Takes a room out of all lists but `seats`.
    fn forget(&mut self, room: RoomNo, why: &Error) -> Result<Entry, Error> {
        let entry = self.rooms.remove(&room).ok_or_else(|| not_found(room))?;
        self.names.remove(&entry.name);
        entry.alarm.map(|at| self.alarms.remove(&(at, room)));
        self.idle.remove(&room);
        self.changed.remove(&room);
        self.touched.remove(&room);
        #[cfg(feature = "views")]
        self.forget_reads(room, &entry);
        for write in entry.unknown_writes() {
            let event = HostEvent::WriteFailed { room, write, error: why.clone() };
            self.outputs.push_back(HostOutput::Event(event));
        }
        Ok(entry)
    }

    /// Tells storage that nothing more comes for a room, and to delete what it has of one with a name.
    fn let_go(&mut self, room: RoomNo, delete: Option<&RoomName>) {
        match (&self.storage, delete) {
            (Storage::Memory, _) => {}
            #[cfg(feature = "host")]
            (Storage::Replayed, _) => {}
            (Storage::Host, _) => {
                let delete = delete.is_some();
                self.outputs.push_back(HostOutput::CloseRoom { room, delete });
            }
            #[cfg(feature = "host")]
            (Storage::Journals(files, orders), Some(name)) => {
                orders.delete(u64::from(room.get()), files.path(name));
            }
            #[cfg(feature = "host")]
            (Storage::Journals(_, orders), None) => orders.close(u64::from(room.get())),
        }
    }

    /// Has a record made durable.
    pub(super) fn persist(&mut self, room: RoomNo, persist: Persist) {
        match &self.storage {
            Storage::Memory => {}
            #[cfg(feature = "host")]
            Storage::Replayed => {}
            Storage::Host => self.outputs.push_back(HostOutput::Persist { room, persist }),
            #[cfg(feature = "host")]
            Storage::Journals(_, orders) => orders.persist(u64::from(room.get()), persist),
        }
    }

    /// Writes as the host.
    pub(in crate::host) fn write(
        &mut self,
        room: RoomNo,
        edits: Vec<HostEdit>,
    ) -> Result<WriteId, Error> {
        let limits = self.config.limits;
        let write = self.writes.next();
        self.entry(room)?.write(write, edits, &limits)?;
        self.writes = write;
        self.touched.insert(room);
        Ok(write)
    }

    /// Ends a room's continuity.
    pub(in crate::host) fn renew(&mut self, room: RoomNo) -> Result<(), Error> {
        let epoch = Epoch::new(self.entropy.next_u64());
        self.entry(room)?.renew(epoch)?;
        self.touched.insert(room);
        Ok(())
    }

    /// The last thing that the host does: everyone is put out, and every room is closed once what it
    /// accepted is durable.
    pub(in crate::host) fn end(&mut self, now: Time) {
        self.server.shutdown(now, Duration::ZERO);
        for (room, entry) in &mut self.rooms {
            (entry.holds, entry.unwanted) = (0, true);
            self.touched.insert(*room);
        }
    }

    pub(super) fn entry(&mut self, room: RoomNo) -> Result<&mut Entry, Error> {
        self.rooms.get_mut(&room).ok_or_else(|| not_found(room))
    }
}

fn not_found(room: RoomNo) -> Error {
    Error::new(Code::NotFound, "the number of an open room", room.to_string())
}
