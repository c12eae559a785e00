//! What a client makes durable: its outbox, its names, what it was told, in one log.
//!
//! Every change of a client's durable state is one record. What is written is what is applied, live
//! and at a restore alike, so a log cut anywhere gives a state that the client has had.

use crate::error::{Code, Error};
use crate::id::{ClientId, DraftId, Epoch, Key, KeyId, RoomName, RoomNo, Seq, Session, Version};
use crate::limit::Limits;
use crate::message::{Codec, Personal};
use crate::op::{Action, Content, DraftSeen};
use crate::wire::{Reader, Writer};

mod bytes;
mod tab;

pub use tab::{Decided, End, Look, Note, Proposal, TabRecord};

/// First byte of each blob: the version of this format.
const FORMAT: u8 = 1;

/// One change of a client's durable state.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientRecord {
    /// A room is known, with these counters; stands for all that was recorded of it before.
    Room(RoomHead),
    /// The room's state as far as it was confirmed.
    State {
        /// Which room.
        room: RoomNo,
        /// The version of the state.
        version: Version,
        /// The keys that hold a value.
        keys: Vec<StoredKey>,
    },
    /// A new outbox identity: what had a number is given up.
    Identity {
        /// Which room.
        room: RoomNo,
        /// The identity.
        client: ClientId,
    },
    /// The room's answer to a join.
    Session {
        /// Which room.
        room: RoomNo,
        /// Its epoch.
        epoch: Epoch,
        /// The session, if the client may write.
        session: Option<Session>,
    },
    /// A mutation was made.
    Draft {
        /// In which room.
        room: RoomNo,
        /// The mutation.
        draft: Draft,
    },
    /// A later edit of the same key became part of a mutation.
    Coalesce {
        /// In which room.
        room: RoomNo,
        /// Which mutation.
        draft: DraftId,
        /// What it does now.
        action: Action,
    },
    /// The oldest mutations without a number got theirs.
    Name {
        /// In which room.
        room: RoomNo,
        /// The number of the first.
        first: Seq,
        /// How many.
        count: u32,
    },
    /// A mutation was given up before it had a number.
    Drop {
        /// In which room.
        room: RoomNo,
        /// Which mutation.
        draft: DraftId,
        /// Why.
        code: Code,
    },
    /// What the server told, as frames; the last is the final chunk.
    Delta {
        /// Of which room.
        room: RoomNo,
        /// How the frames are written.
        codec: Codec,
        /// The client's last decided mutation, if the frames do not tell it.
        last: Option<Seq>,
        /// The frames, each a delta.
        frames: Vec<Vec<u8>>,
    },
    /// What the server told of the client's own mutations, where the state itself is not kept.
    Settle {
        /// Of which room.
        room: RoomNo,
        /// What it told.
        personal: Personal,
    },
    /// The confirmed state is not that of the room: ask for all of it.
    Outdate {
        /// Of which room.
        room: RoomNo,
    },
    /// A refusal that is not resolved yet.
    Conflict {
        /// In which room.
        room: RoomNo,
        /// The refusal.
        conflict: Conflict,
    },
    /// A refusal was resolved.
    Resolve {
        /// In which room.
        room: RoomNo,
        /// The first refused mutation.
        draft: DraftId,
        /// The mutation that takes its place, if any.
        by: Option<Draft>,
    },
    /// The room and its outbox are forgotten.
    Forget {
        /// Which room.
        room: RoomNo,
    },
    /// What concerns the tabs that follow this client.
    Tab {
        /// In which room.
        room: RoomNo,
        /// What.
        record: TabRecord,
    },
}

/// A room's name and counters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoomHead {
    /// Its number in this log.
    pub room: RoomNo,
    /// Its name.
    pub name: RoomName,
    /// The outbox identity.
    pub client: ClientId,
    /// The session held.
    pub session: Option<Session>,
    /// The epoch of what is held.
    pub epoch: Option<Epoch>,
    /// Whether a state of the room was ever confirmed.
    pub known: bool,
    /// The number of the latest mutation made.
    pub made: DraftId,
    /// The highest number given to a mutation.
    pub named: Seq,
    /// The last decided mutation.
    pub settled: Seq,
}

/// A key that holds a value, and its number.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredKey {
    /// The number.
    pub id: KeyId,
    /// The key.
    pub key: Key,
    /// The version of its latest change.
    pub version: Version,
    /// What it holds.
    pub content: Content,
}

/// One mutation of an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its local name.
    pub id: DraftId,
    /// Its number, once it has one.
    pub seq: Option<Seq>,
    /// It stays as it is: later edits do not become part of it, nor pass it.
    pub sealed: bool,
    /// Its ops, in order.
    pub ops: Vec<DraftOp>,
}

/// One op of a mutation in an outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftOp {
    /// Which key.
    pub key: Key,
    /// What to do to it.
    pub action: Action,
    /// What the writer had seen of it.
    pub seen: DraftSeen,
    /// What it held when the edit was made; kept for resolvers.
    pub base: Option<Content>,
}

/// A refusal for staleness that is not resolved yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The first refused mutation.
    pub draft: DraftId,
    /// The mutations refused because they build on it, in order.
    pub followers: Vec<DraftId>,
    /// The key whose change the writer had not seen.
    pub key: Key,
    /// Why the first was refused.
    pub code: Code,
    /// What the key held when the first edit was made.
    pub base: Option<Content>,
    /// What the writer made of it.
    pub mine: Option<Content>,
    /// The last refused mutation of the chain, while more of it may follow.
    pub tail: Option<Seq>,
    /// What the refused mutations did.
    pub ops: Vec<(Key, Action)>,
}

/// Collects records into one blob.
#[derive(Debug, Default)]
pub struct RecordWriter {
    writer: Writer,
    started: bool,
}

impl RecordWriter {
    /// An empty blob.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no record was put.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.started
    }

    /// Appends a record.
    pub fn put(&mut self, record: &ClientRecord) {
        if !self.started {
            self.started = true;
            self.writer.byte(FORMAT);
        }
        record.write(&mut self.writer);
    }

    /// The blob.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_bytes()
    }
}

/// The records of one blob.
///
/// # Errors
///
/// `StorageCorrupt` if the bytes are not what a [`RecordWriter`] writes.
pub fn read_blob(bytes: &[u8]) -> Result<Vec<ClientRecord>, Error> {
    let corrupt = |error: Error| error.under(Code::StorageCorrupt);
    let mut reader = Reader::new(bytes, &Limits::HARD);
    if reader.byte().map_err(corrupt)? != FORMAT {
        return Err(Error::new(Code::StorageCorrupt, "a record format of this version", "another"));
    }
    let mut records = Vec::new();
    while reader.remaining() > 0 {
        records.push(ClientRecord::read(&mut reader).map_err(corrupt)?);
    }
    Ok(records)
}

impl ClientRecord {
    /// Which room the record is about.
    #[must_use]
    pub const fn room(&self) -> RoomNo {
        match self {
            Self::Room(head) => head.room,
            Self::State { room, .. }
            | Self::Identity { room, .. }
            | Self::Session { room, .. }
            | Self::Draft { room, .. }
            | Self::Coalesce { room, .. }
            | Self::Name { room, .. }
            | Self::Drop { room, .. }
            | Self::Delta { room, .. }
            | Self::Settle { room, .. }
            | Self::Outdate { room }
            | Self::Conflict { room, .. }
            | Self::Resolve { room, .. }
            | Self::Forget { room }
            | Self::Tab { room, .. } => *room,
        }
    }
}
