//! What a client can be asked.

use super::Client;
use super::link::Phase;
use super::room::Standing;
use super::status::{Status, SyncStatus};
use crate::error::Code;
use crate::id::{Epoch, Key, RoomName, RoomNo, Version};
use crate::limit::Limits;
use crate::message::Durability;
use crate::metrics::Metrics;
use crate::op::Content;

impl Client {
    /// What a key shows: what is confirmed with pending edits on top.
    #[must_use]
    pub fn get(&self, room: RoomNo, key: &str) -> Option<&Content> {
        self.rooms.get(&room)?.state.replica.get(key)
    }

    /// What the server has confirmed of a key.
    #[must_use]
    pub fn confirmed_get(&self, room: RoomNo, key: &str) -> Option<&Content> {
        self.rooms.get(&room)?.state.replica.confirmed.get(key).map(|held| &held.content)
    }

    /// The keys with this prefix and what they show, in the order of keys.
    #[must_use]
    pub fn entries(&self, room: RoomNo, prefix: &str) -> Vec<(Key, Content)> {
        self.rooms.get(&room).map(|room| room.state.replica.with_prefix(prefix)).unwrap_or_default()
    }

    /// The keys with this prefix that show a value, in order.
    #[must_use]
    pub fn keys(&self, room: RoomNo, prefix: &str) -> Vec<Key> {
        self.entries(room, prefix).into_iter().map(|(key, _)| key).collect()
    }

    /// The version up to which a room's state is confirmed here.
    #[must_use]
    pub fn version(&self, room: RoomNo) -> Option<Version> {
        self.rooms.get(&room).map(|room| room.state.version())
    }

    /// The epoch of a room's confirmed state.
    #[must_use]
    pub fn epoch(&self, room: RoomNo) -> Option<Epoch> {
        self.rooms.get(&room)?.state.epoch
    }

    /// The number under which a room is known here, open or not.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<RoomNo> {
        self.rooms.values().find(|room| room.state.name == *name).map(|room| room.state.room)
    }

    /// The name of a room.
    #[must_use]
    pub fn room_name(&self, room: RoomNo) -> Option<&RoomName> {
        self.rooms.get(&room).map(|room| &room.state.name)
    }

    /// All that it goes by. Of a token only whether there is one, and of frames how many: one may hold it.
    #[cfg(feature = "host")]
    pub(crate) fn with_state<T>(&self, look: &mut dyn FnMut(&dyn core::fmt::Debug) -> T) -> T {
        let Self { config, limits, entropy, now, link, token, rooms, next_room, journal, .. } =
            self;
        let Self { transmits, events, told, metrics, standby, followed, .. } = self;
        #[cfg(feature = "views")]
        let views = (&self.views, self.next_view);
        #[cfg(not(feature = "views"))]
        let views = ();
        let token = token.is_some();
        let first = (config, limits, entropy, now, link, token, rooms, next_room, journal);
        look(&(first, transmits.len(), events, told, metrics, standby, followed, views))
    }

    /// The numbers of all rooms that are known here, open or not.
    #[cfg(feature = "host")]
    pub(crate) fn room_numbers(&self) -> impl Iterator<Item = RoomNo> {
        self.rooms.keys().copied()
    }

    /// Whether the server's word on a room survives its crash, as it said last.
    #[must_use]
    pub fn durability(&self, room: RoomNo) -> Option<Durability> {
        self.rooms.get(&room).map(|room| room.durability.unwrap_or_default())
    }

    /// Mutations of a room without a verdict.
    #[must_use]
    pub fn pending(&self, room: RoomNo) -> usize {
        self.rooms.get(&room).map_or(0, |room| room.state.outbox.len())
    }

    /// Mutations of all rooms without a verdict, of rooms that are not open too.
    #[must_use]
    pub fn pending_total(&self) -> usize {
        let pending = self.rooms.values().map(|room| room.state.outbox.len());
        pending.fold(0, usize::saturating_add)
    }

    /// Whether a state of the room is known, from the server or from what was recorded.
    #[must_use]
    pub fn ready(&self, room: RoomNo) -> bool {
        self.rooms.get(&room).is_some_and(|room| room.state.known)
    }

    /// How far an open room is from its server.
    #[must_use]
    pub fn status(&self, room: RoomNo) -> Option<Status> {
        let room = self.rooms.get(&room).filter(|room| room.open)?;
        let denied = matches!(room.standing, Standing::Denied(_));
        let failed = self.journal.is_failed() || denied || room.is_failing();
        Some(if failed || self.link.is_degraded() {
            Status::Degraded
        } else if !self.link.is_up() || matches!(room.standing, Standing::Waiting(_)) {
            Status::Offline
        } else if room.is_synced() {
            Status::Synced
        } else {
            Status::Pending
        })
    }

    /// How far an open room is from its server, and when all was last well.
    #[must_use]
    pub fn sync_status(&self, room: RoomNo) -> Option<SyncStatus> {
        let status = self.status(room)?;
        let synced_at = self.rooms.get(&room)?.synced_at;
        Some(SyncStatus { status, synced_at })
    }

    /// Why the client does not come into an open room and does not ask again by itself: the room is
    /// denied, or the connection has ended, for good.
    ///
    /// `None` while it is in, or tries. For `Unauthorized` and `Forbidden` a newer token makes it try
    /// again; where the room itself is denied, so does opening it again.
    #[must_use]
    pub fn denied(&self, room: RoomNo) -> Option<Code> {
        let room = self.rooms.get(&room).filter(|room| room.open)?;
        match (room.standing, self.link.phase) {
            (Standing::Denied(code), _) | (_, Phase::Stopped(code)) => Some(code),
            _ => None,
        }
    }

    /// The status of the worst open room.
    #[must_use]
    pub fn overall_status(&self) -> Status {
        let rooms = self.rooms.keys().filter_map(|room| self.status(*room)).max();
        let link = if self.link.is_degraded() || self.journal.is_failed() {
            Status::Degraded
        } else if self.link.is_up() {
            Status::Synced
        } else {
            Status::Offline
        };
        rooms.unwrap_or(link)
    }

    /// The limits in force: the configured ones, lowered to the server's.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What was counted since the client was made or restored.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Content evaluations and copies of list items that rebasing a room has cost so far.
    #[must_use]
    pub fn rebase_work(&self, room: RoomNo) -> u64 {
        self.rooms.get(&room).map_or(0, |room| room.state.replica.work())
    }
}
