//! What a server's handle does with its rooms for the host.

use crate::error::Error;
use crate::id::{Digest, Epoch, ItemId, Key, PresenceId, RoomName, RoomNo, Version, WriteId};
use crate::metrics::Metrics;
use crate::op::Content;
use crate::room::{HostEdit, Room};
use crate::value::Value;

use super::{Hosted, ServerHandle};

/// What there is to know about a room at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoomReport {
    /// Its name.
    pub name: RoomName,
    /// Its epoch.
    pub epoch: Epoch,
    /// The durable version.
    pub version: Version,
    /// The version once all that is accepted is durable.
    pub staged_version: Version,
    /// The digest of the durable state.
    pub digest: Digest,
    /// Durable keys that hold a value.
    pub keys: usize,
    /// Bytes of the durable keys and contents, as limits count them.
    pub bytes: usize,
    /// Readers that are in or coming in.
    pub readers: usize,
    /// Clients that the room remembers.
    pub registers: usize,
}

impl ServerHandle {
    /// Opens a room for the host and holds it open, once more if it already does; returns its
    /// number, which stays its number while it is open. [`HostEvent::Opened`](crate::host::HostEvent::Opened) or
    /// [`HostEvent::Failed`](crate::host::HostEvent::Failed) follows, unless it was open.
    ///
    /// # Errors
    /// `InvalidName`, and `TooMany` above the limit of rooms.
    pub fn room_open(&self, name: &RoomName) -> Result<RoomNo, Error> {
        self.0.cell.try_input(|hosted, _| hosted.hold(name))
    }

    /// Takes back one [`room_open`](Self::room_open).
    pub fn room_release(&self, room: RoomNo) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.release(room))
    }

    /// The number of the room with this name, if it is open or being opened.
    pub fn room(&self, name: &RoomName) -> Result<Option<RoomNo>, Error> {
        self.read(|hosted| hosted.number(name))
    }

    /// The rooms that are open or being opened, in the order of their names.
    pub fn rooms(&self) -> Result<Vec<(RoomNo, RoomName)>, Error> {
        self.read(Hosted::open_rooms)
    }

    /// Puts everyone out of a room as `Unavailable`, and closes it once what it accepted is durable,
    /// whoever holds it.
    pub fn room_unload(&self, room: RoomNo) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, now| hosted.unload(now, room))
    }

    /// Puts everyone out of a room as `Deleted`, closes it, and forgets what it held.
    pub fn room_delete(&self, room: RoomNo) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, now| hosted.delete(now, room))
    }

    /// Writes to a room as the host: atomic and above every policy.
    ///
    /// While the room is being opened the write waits. Its outcome is told by
    /// [`HostEvent::Written`](crate::host::HostEvent::Written) or [`HostEvent::WriteFailed`](crate::host::HostEvent::WriteFailed) under the number returned.
    ///
    /// # Errors
    /// `Stale` (only by `if_version`), `WrongType`, limits, `NotFound` for a room that is not open,
    /// `Full` if too many writes wait.
    pub fn room_write(&self, room: RoomNo, edits: Vec<HostEdit>) -> Result<WriteId, Error> {
        self.0.cell.try_input(|hosted, _| hosted.write(room, edits))
    }

    /// The durable content of a key and its version.
    pub fn room_get(&self, room: RoomNo, key: &str) -> Result<Option<(Version, Content)>, Error> {
        self.look(room, |room| {
            let content = room.get(key).cloned();
            room.key_version(key).zip(content)
        })
    }

    /// The newest content of a key, which may not be durable yet, and its version: what an edit by
    /// the host goes by.
    pub fn room_staged(
        &self,
        room: RoomNo,
        key: &str,
    ) -> Result<Option<(Version, Content)>, Error> {
        self.look(room, |room| {
            room.staged(key).map(|(version, content)| (version, content.clone()))
        })
    }

    /// The durable keys with this prefix and what they hold, in the order of keys.
    pub fn room_entries(&self, room: RoomNo, prefix: &str) -> Result<Vec<(Key, Content)>, Error> {
        let copy = |(key, content): (&Key, &Content)| (key.clone(), content.clone());
        self.look(room, |room| room.entries(prefix).map(copy).collect())
    }

    /// What there is to know about a room.
    pub fn room_report(&self, room: RoomNo) -> Result<RoomReport, Error> {
        self.look(room, |room| RoomReport {
            name: room.name().clone(),
            epoch: room.epoch(),
            version: room.version(),
            staged_version: room.staged_version(),
            digest: room.digest(),
            keys: room.keys(),
            bytes: room.bytes(),
            readers: room.readers(),
            registers: room.registers(),
        })
    }

    /// What a room has counted.
    pub fn room_metrics(&self, room: RoomNo) -> Result<Metrics, Error> {
        self.look(room, |room| room.metrics().clone())
    }

    /// Who is present in a room.
    pub fn room_presences(&self, room: RoomNo) -> Result<Vec<(PresenceId, Value)>, Error> {
        let copy = |(id, state): (PresenceId, &Value)| (id, state.clone());
        self.look(room, |room| room.presences().iter().map(copy).collect())
    }

    /// The durable state of a room as one blob, such as [`room_opened`](Self::room_opened) takes.
    pub fn room_export(&self, room: RoomNo) -> Result<Vec<u8>, Error> {
        self.look(room, Room::export)
    }

    /// Forgets what is as old as `version`: tombstones, and clients that are away.
    pub fn room_expire(&self, room: RoomNo, version: Version) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.expire(room, version))
    }

    /// Ends a room's continuity: another epoch, no registers, the same contents.
    ///
    /// For a host that restored a backup, copied a room, or lost part of its records: clients then
    /// learn that the outcome of what they had sent is unknown, instead of being told something
    /// wrong. Best called right after [`room_open`](Self::room_open): a room that is being opened is
    /// renewed before anyone comes in. Readers of an open one are denied as `Unavailable` and join
    /// anew.
    ///
    /// # Errors
    /// `NotFound`, and `Unavailable` while something that the room accepted is not durable yet.
    pub fn room_renew(&self, room: RoomNo) -> Result<(), Error> {
        self.0.cell.try_input(|hosted, _| hosted.renew(room))
    }

    /// A fresh identity for a list item.
    pub fn new_item(&self) -> Result<ItemId, Error> {
        self.0.cell.input(|hosted, _| hosted.new_item())
    }

    fn look<T>(&self, room: RoomNo, look: impl FnOnce(&Room) -> T) -> Result<T, Error> {
        self.read(|hosted| hosted.look(room).map(look))?
    }
}
