//! Which rooms a server speaks of, and who waits for them or is in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Channel, ConnId, ReaderId, RequestId, RoomName, RoomNo};
use crate::time::Time;

/// The rooms by name and by number.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    by_name: BTreeMap<RoomName, RoomNo>,
    by_number: BTreeMap<RoomNo, Room>,
    /// The latest number given.
    latest: RoomNo,
}

/// One room as the server knows it.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) state: RoomState,
    /// When the room is closed unless someone joins; set while it is open and without readers.
    pub(super) idle_at: Option<Time>,
}

/// How far a room is.
#[derive(Debug)]
pub(super) enum RoomState {
    /// The host was asked to open it.
    Opening {
        /// The question.
        request: RequestId,
        /// Who is authorised and waits.
        waiting: BTreeSet<(ConnId, Channel)>,
    },
    /// The host opened it.
    Open {
        /// Who is in, or about to be.
        readers: BTreeSet<ReaderId>,
    },
}

impl Rooms {
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    pub(super) fn number(&self, name: &RoomName) -> Option<RoomNo> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, room: RoomNo) -> Option<&Room> {
        self.by_number.get(&room)
    }

    pub(super) fn get_mut(&mut self, room: RoomNo) -> Option<&mut Room> {
        self.by_number.get_mut(&room)
    }

    /// Numbers a room that is being opened. Numbers come round again after 2^32 rooms, past those
    /// still in use.
    pub(super) fn open(&mut self, name: RoomName, request: RequestId) -> RoomNo {
        loop {
            self.latest = RoomNo::new(self.latest.get().wrapping_add(1));
            if !self.by_number.contains_key(&self.latest) {
                break;
            }
        }
        self.by_name.insert(name.clone(), self.latest);
        let state = RoomState::Opening { request, waiting: BTreeSet::new() };
        self.by_number.insert(self.latest, Room { name, state, idle_at: None });
        self.latest
    }

    pub(super) fn remove(&mut self, room: RoomNo) -> Option<Room> {
        let removed = self.by_number.remove(&room)?;
        self.by_name.remove(&removed.name);
        Some(removed)
    }

    #[cfg(test)]
    pub(super) const fn latest(&self) -> RoomNo {
        self.latest
    }

    /// Forgets all rooms and returns their numbers.
    pub(super) fn clear(&mut self) -> Vec<RoomNo> {
        self.by_name.clear();
        core::mem::take(&mut self.by_number).into_keys().collect()
    }
}

impl Room {
    /// Whether it is open and nobody is in it.
    pub(super) fn is_deserted(&self) -> bool {
        matches!(&self.state, RoomState::Open { readers } if readers.is_empty())
    }

    /// Takes a reader in; a room that is not open has none.
    pub(super) fn enter(&mut self, reader: ReaderId) {
        if let RoomState::Open { readers } = &mut self.state {
            readers.insert(reader);
        }
    }

    pub(super) fn leave(&mut self, reader: ReaderId) {
        if let RoomState::Open { readers } = &mut self.state {
            readers.remove(&reader);
        }
    }

    pub(super) fn wait(&mut self, conn: ConnId, channel: Channel) {
        if let RoomState::Opening { waiting, .. } = &mut self.state {
            waiting.insert((conn, channel));
        }
    }

    pub(super) fn stop_waiting(&mut self, conn: ConnId, channel: Channel) {
        if let RoomState::Opening { waiting, .. } = &mut self.state {
            waiting.remove(&(conn, channel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_round_past_those_in_use() {
        let mut rooms = Rooms { latest: RoomNo::new(u32::MAX - 1), ..Rooms::default() };
        let open = |rooms: &mut Rooms, name: &str| {
            rooms.open(RoomName::new(name).unwrap(), RequestId::new(1)).get()
        };
        assert_eq!([open(&mut rooms, "a"), open(&mut rooms, "b")], [u32::MAX, 0]);
        rooms.latest = RoomNo::new(u32::MAX - 1);
        assert_eq!(open(&mut rooms, "c"), 1);
        assert_eq!(rooms.remove(RoomNo::new(0)).unwrap().name.as_str(), "b");
        assert_eq!((rooms.len(), rooms.number(&RoomName::new("b").unwrap())), (2, None));
    }
}
