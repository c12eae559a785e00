//! What a client tells its application.

use super::status::Status;
use crate::error::{Code, Error};
use crate::id::{DraftId, Key, RoomNo, StoreMark, Version};
use crate::map::Set;
use crate::op::{Action, Content};

/// What a client tells its application.
///
/// Bounded: changes are told as the set of keys since the last time they were asked for, and each
/// mutation gets one verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// The view of some keys is another than before: read them.
    Change {
        /// In which room.
        room: RoomNo,
        /// Which keys.
        keys: Set<Key>,
        /// By whom.
        origin: Origin,
    },
    /// What became of a mutation.
    Verdict {
        /// In which room.
        room: RoomNo,
        /// Which mutation.
        draft: DraftId,
        /// What became of it.
        verdict: Verdict,
    },
    /// A mutation was refused, or a chain of them, and what was done about it.
    Refused {
        /// The refusal.
        refusal: Refused,
        /// The mutation that a resolver made in its place.
        by: Option<DraftId>,
    },
    /// A mutation was refused because it was stale, and the application decides: answer with
    /// [`resolve`](super::Client::resolve).
    Conflict(Refused),
    /// Nobody can know what became of a mutation: here is what it did.
    Unknown {
        /// In which room.
        room: RoomNo,
        /// Which mutation.
        draft: DraftId,
        /// Why.
        reason: Code,
        /// Its edits.
        edits: Vec<(Key, Action)>,
    },
    /// A state of the room is known: from the server, or from what was recorded.
    Ready {
        /// Which room.
        room: RoomNo,
    },
    /// The room is joined again, and this is how it caught up.
    Resumed {
        /// Which room.
        room: RoomNo,
        /// How.
        kind: Resume,
    },
    /// What was held differs from the server's state; everything is asked for again.
    Diverged {
        /// Which room.
        room: RoomNo,
    },
    /// The server does not let the client into the room.
    Denied {
        /// Which room.
        room: RoomNo,
        /// Why.
        code: Code,
        /// Whether the client tries again by itself.
        retries: bool,
    },
    /// The connection ended with this error.
    Failed {
        /// The error.
        error: Error,
        /// Whether the client connects again by itself.
        retries: bool,
    },
    /// The status is another than before.
    Status {
        /// Of which room; `None` is the client's, which is that of its worst room.
        room: Option<RoomNo>,
        /// The status.
        status: Status,
    },
    /// Other participants came, went or changed.
    Presence {
        /// In which room.
        room: RoomNo,
    },
    /// A view that is watched has something for its page: see [`Client::view_change`](super::Client::view_change).
    #[cfg(feature = "views")]
    View {
        /// Of which room.
        room: RoomNo,
        /// Which view.
        view: crate::id::ViewNo,
    },
    /// A view is not watched any more, as the server tells nothing of it.
    #[cfg(feature = "views")]
    Unwatched {
        /// Of which room.
        room: RoomNo,
        /// Which view.
        view: crate::id::ViewNo,
        /// Why.
        code: Code,
    },
    /// Every edit made before [`ask_stored`](super::Client::ask_stored) gave this mark, or an earlier one, is durable.
    Stored {
        /// The latest mark of which that is so.
        mark: StoreMark,
    },
    /// Storage failed: edits are not taken any more, and nothing is sent.
    StorageFailed,
}

/// Who caused a change.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// An edit made on this client.
    Local,
    /// What the server told.
    Remote,
}

/// What became of a mutation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It is in the room.
    Applied {
        /// The version with which the client learned it.
        version: Version,
    },
    /// It is not in the room.
    Refused {
        /// Why.
        code: Code,
        /// Which of its ops, counted from 0.
        op: u32,
    },
    /// Nobody can know any more.
    Unknown {
        /// Why.
        reason: Code,
    },
}

/// A refused edit, or a chain of edits that build on each other, and the three sides of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// In which room.
    pub room: RoomNo,
    /// Which mutation; the first of a chain.
    pub draft: DraftId,
    /// Every mutation that it is about, in order: `draft`, and those refused because they build on it.
    pub drafts: Vec<DraftId>,
    /// Which key.
    pub key: Key,
    /// Why.
    pub code: Code,
    /// What the writer made of the key; of a sum or a list edit, what it makes of nothing.
    pub mine: Option<Content>,
    /// What the key held when the edit was made; sums and list edits do not keep it.
    pub base: Option<Content>,
    /// What the server says that the key holds.
    pub theirs: Option<Content>,
}

/// How a room caught up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resume {
    /// By what had changed.
    Delta,
    /// By the whole state, of the same epoch.
    Snapshot,
    /// By the whole state, because continuity ended.
    Reset(Code),
}
