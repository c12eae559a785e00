//! What a room is restored with, and from.

use crate::error::Error;
use crate::id::{Epoch, RoomName};
use crate::room::{Room, RoomConfig};

/// What a room is restored with.
#[derive(Debug)]
pub(in crate::host) struct Plan {
    pub(super) name: RoomName,
    pub(super) config: RoomConfig,
    pub(super) epoch: Epoch,
}

/// What a room is restored from: its blobs, and how many bytes behind them were dropped.
#[derive(Clone, Debug)]
pub(in crate::host) struct Source {
    pub(in crate::host) epoch: Epoch,
    pub(in crate::host) opened: Result<(Vec<Vec<u8>>, u64), Error>,
}

/// A room that was restored, or is to be.
pub(in crate::host) struct Restored {
    pub(in crate::host) source: Source,
    pub(in crate::host) room: Option<Result<Room, Error>>,
}

impl Plan {
    /// The room from its blobs; takes long for a large one.
    pub(super) fn restore(self, opened: Result<(Vec<Vec<u8>>, u64), Error>) -> Restored {
        let source = Source { epoch: self.epoch, opened };
        let room = Some(source.restore(self.name, self.config));
        Restored { source, room }
    }
}

impl Source {
    pub(super) fn restore(&self, name: RoomName, config: RoomConfig) -> Result<Room, Error> {
        let (blobs, _) = self.opened.as_ref().map_err(Error::clone)?;
        Room::restore(name, config, self.epoch, blobs.iter().map(Vec::as_slice))
    }
}
