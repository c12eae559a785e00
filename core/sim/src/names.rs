//! Which names a client's records give to its mutations, and which of them are durable: names that are not must not leave,
//! and a server that has decided other ones has seen another life of this client.

use std::collections::{BTreeMap, VecDeque};

use syncline_core::RoomNo;
use syncline_core::frame::{Decoded, decode};
use syncline_core::message::{Codec, Message};
use syncline_core::record::Persist;
use syncline_core::record::client::{ClientRecord, read_blob};
use syncline_core::{Error, Limits};

use crate::disk::Stamp;

/// The names of one room.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Named {
    /// Under this client id.
    pub client: u128,
    /// The highest number that was given.
    pub named: u64,
    /// The last one of which the client was told.
    pub settled: u64,
}

/// A change of one room's names.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Head(Named),
    Identity(u128),
    Name(u64),
    Settle(u64),
}

/// The names of one client.
#[derive(Clone, Debug, Default)]
pub struct Names {
    durable: BTreeMap<RoomNo, Named>,
    staged: BTreeMap<RoomNo, Named>,
    waiting: VecDeque<(Stamp, RoomNo, Turn)>,
}

impl Names {
    /// What a storage tells.
    pub fn of<'a>(blobs: impl Iterator<Item = &'a [u8]>) -> Result<Self, Error> {
        let mut names = Self::default();
        for blob in blobs {
            for (room, turn) in turns(blob)? {
                turn.fold(names.durable.entry(room).or_default());
            }
        }
        names.staged.clone_from(&names.durable);
        Ok(names)
    }

    /// The client has written this; it is durable with the order of this number.
    pub fn write(&mut self, persist: &Persist, stamp: Stamp) -> Result<(), Error> {
        for (room, turn) in turns(&persist.bytes)? {
            turn.fold(self.staged.entry(room).or_default());
            self.waiting.push_back((stamp, room, turn));
        }
        Ok(())
    }

    /// All orders up to this one are durable.
    pub fn sync(&mut self, stamp: Stamp) {
        while let Some((_, room, turn)) = self.waiting.pop_front_if(|(at, ..)| *at <= stamp) {
            turn.fold(self.durable.entry(room).or_default());
        }
    }

    /// Whether the name of this mutation is durable.
    #[must_use]
    pub fn is_durable(&self, room: RoomNo, client: u128, seq: u64) -> bool {
        self.durable.get(&room).is_some_and(|known| known.client == client && seq <= known.named)
    }

    /// Whether this is no last decision of the names that this client gave: its own storage was rolled back, or the
    /// server's.
    #[must_use]
    pub fn contradicts(&self, room: RoomNo, client: u128, last: u64) -> bool {
        self.staged.get(&room).is_some_and(|known| {
            known.client == client && (last > known.named || last < known.settled)
        })
    }
}

impl Turn {
    fn fold(self, known: &mut Named) {
        match self {
            Self::Head(named) => *known = named,
            Self::Identity(client) => *known = Named { client, ..Named::default() },
            Self::Name(last) => known.named = last,
            Self::Settle(last) => known.settled = known.settled.max(last.min(known.named)),
        }
    }
}

/// What a blob says of names.
fn turns(blob: &[u8]) -> Result<Vec<(RoomNo, Turn)>, Error> {
    let turn = |record: ClientRecord| match record {
        ClientRecord::Room(head) => {
            let (client, named) = (head.client.get(), head.named.get());
            Some((head.room, Turn::Head(Named { client, named, settled: head.settled.get() })))
        }
        ClientRecord::Identity { room, client } => Some((room, Turn::Identity(client.get()))),
        ClientRecord::Name { room, first, count } => {
            Some((room, Turn::Name(first.get() + u64::from(count) - 1)))
        }
        ClientRecord::Delta { room, codec, last, frames } => {
            let last = last.map(syncline_core::Seq::get).or_else(|| told_by(&frames, codec));
            last.map(|last| (room, Turn::Settle(last)))
        }
        ClientRecord::Settle { room, personal } => Some((room, Turn::Settle(personal.last.get()))),
        ClientRecord::State { .. }
        | ClientRecord::Session { .. }
        | ClientRecord::Draft { .. }
        | ClientRecord::Coalesce { .. }
        | ClientRecord::Drop { .. } => None,
        ClientRecord::Outdate { .. }
        | ClientRecord::Conflict { .. }
        | ClientRecord::Resolve { .. }
        | ClientRecord::Forget { .. }
        | ClientRecord::Tab { .. } => None,
    };
    Ok(read_blob(blob)?.into_iter().filter_map(turn).collect())
}

/// The last decision that a delta tells of.
fn told_by(frames: &[Vec<u8>], codec: Codec) -> Option<u64> {
    match decode(frames.last()?, codec, &Limits::HARD) {
        Ok(Decoded::Message(Message::Delta(delta))) => {
            delta.personal.map(|personal| personal.last.get())
        }
        _ => None,
    }
}
