//! One room of a handle: being opened or open, who keeps it so, and which of the host's writes are
//! not told yet.

use std::collections::VecDeque;

use crate::error::{Code, Error};
use crate::id::{Epoch, RequestId, RoomName, RoomNo, Version, WriteId};
use crate::limit::Limits;
use crate::room::{Changed, HostEdit, Room};
use crate::time::Time;

/// One room.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: RoomName,
    pub(super) state: State,
    /// How often the host holds it open.
    pub(super) holds: u32,
    /// The host wants it closed.
    pub(super) unwanted: bool,
    /// The epoch to begin with once it is open, if the host wants another one.
    renewal: Option<Epoch>,
    /// The number under which the server speaks of it.
    pub(super) seat: Option<RoomNo>,
    /// The server's question whether it is ready.
    pub(super) request: Option<RequestId>,
    /// The host's writes whose outcome is not told, oldest first: the room's number and ours.
    writes: VecDeque<(WriteId, WriteId)>,
    /// What changed since the host polled it.
    pub(super) changed: Option<Changed>,
    /// When the room wants to hear of the time.
    pub(super) alarm: Option<Time>,
    /// The version of which views that read it were told.
    #[cfg(feature = "views")]
    pub(super) told: Version,
}

/// How far a room is.
#[derive(Debug)]
pub(super) enum State {
    /// Its records are being read; these writes wait for it.
    Opening(Vec<(WriteId, Vec<HostEdit>)>),
    /// It is here.
    Open(Box<Room>),
}

impl Entry {
    pub(super) const fn new(name: RoomName, state: State) -> Self {
        Self {
            name,
            state,
            holds: 0,
            unwanted: false,
            renewal: None,
            seat: None,
            request: None,
            writes: VecDeque::new(),
            changed: None,
            alarm: None,
            #[cfg(feature = "views")]
            told: Version::ZERO,
        }
    }

    /// The room, once it is open.
    pub(super) fn room(&self) -> Result<&Room, Error> {
        match &self.state {
            State::Open(room) => Ok(room),
            State::Opening(_) => Err(opening(&self.name)),
        }
    }

    pub(super) fn room_mut(&mut self) -> Result<&mut Room, Error> {
        match &mut self.state {
            State::Open(room) => Ok(room),
            State::Opening(_) => Err(opening(&self.name)),
        }
    }

    /// Writes as the host, or has the write wait for the room.
    pub(super) fn write(
        &mut self,
        write: WriteId,
        edits: Vec<HostEdit>,
        limits: &Limits,
    ) -> Result<(), Error> {
        match &mut self.state {
            State::Opening(waiting) => {
                let most = limits.outbox_edits;
                if waiting.len() >= most {
                    let what = "writes that wait for a room";
                    return Err(Error::limit(Code::Full, most, what, waiting.len()));
                }
                waiting.push((write, edits));
            }
            State::Open(room) => {
                let inner = room.write(&edits)?;
                self.writes.push_back((inner, write));
            }
        }
        Ok(())
    }

    /// Ends the room's continuity, before anything else if it is being opened.
    pub(super) fn renew(&mut self, epoch: Epoch) -> Result<(), Error> {
        match &mut self.state {
            State::Opening(_) => {
                self.renewal = Some(epoch);
                Ok(())
            }
            State::Open(room) => room.renew(epoch),
        }
    }

    /// The room is here. Returns the writes that waited, for the room to take.
    pub(super) fn open(&mut self, mut room: Room) -> Vec<(WriteId, Vec<HostEdit>)> {
        if let Some(epoch) = self.renewal.take() {
            // Nothing is on its way to storage in a room that was just restored.
            let _ = room.renew(epoch);
        }
        match core::mem::replace(&mut self.state, State::Open(Box::new(room))) {
            State::Opening(waiting) => waiting,
            State::Open(_) => Vec::new(),
        }
    }

    /// The handle's number of a write that is durable.
    pub(super) fn written(&mut self, inner: WriteId) -> Option<WriteId> {
        let (_, write) = self.writes.pop_front_if(|(oldest, _)| *oldest == inner)?;
        Some(write)
    }

    /// All writes whose outcome will not be known.
    pub(super) fn unknown_writes(&self) -> Vec<WriteId> {
        let waiting = match &self.state {
            State::Opening(waiting) => waiting.as_slice(),
            State::Open(_) => &[],
        };
        let written = self.writes.iter().map(|(_, write)| *write);
        written.chain(waiting.iter().map(|(write, _)| *write)).collect()
    }

    /// Takes in what changed, until the host polls it.
    pub(super) fn note_changed(&mut self, latest: Changed) {
        let Some(changed) = &mut self.changed else {
            self.changed = Some(latest);
            return;
        };
        let Changed { keys, version, principals } = latest;
        changed.keys.extend(keys);
        changed.principals.extend(principals);
        changed.version = version;
    }

    /// Whether nobody needs the room open and nothing of it is on its way to storage.
    pub(super) fn may_close(&self) -> bool {
        let quiet = matches!(&self.state, State::Open(room) if room.is_quiet());
        quiet && self.holds == 0 && self.seat.is_none() && self.writes.is_empty()
    }

    /// Whether the room never held anything.
    pub(super) fn is_blank(&self) -> bool {
        matches!(&self.state, State::Open(room) if room.staged_version() == Version::ZERO)
    }
}

fn opening(name: &RoomName) -> Error {
    Error::new(Code::Unavailable, "a room that is open", format!("{name} is being opened"))
}
