//! One reader of a room: a cursor, and what it has been told of its own mutations.

use crate::exchange::{Grant, JoinRoom};
use crate::id::{Arrival, ClientId, PresenceId, Seq, Session, Version};
use crate::presence::PresenceCursor;

/// A reader costs this much, however far it lags.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) grant: Grant,
    pub(super) client: ClientId,
    /// Which its connection was of those that came.
    pub(super) arrival: Arrival,
    /// The fence, if it may write.
    pub(super) session: Option<Session>,
    /// It was told that it is in.
    pub(super) joined: bool,
    /// The version of the state that it holds.
    pub(super) base: Version,
    /// Up to where it was sent what follows; beyond `base` while a delta takes several chunks.
    pub(super) cursor: Version,
    /// Bytes of its next chunk.
    pub(super) chunk: usize,
    /// Up to where it was told of its mutations and refusals on this channel.
    pub(super) told: Seq,
    /// It gets a delta even if nothing changed.
    pub(super) answer: bool,
    /// Mutations of it were passed over.
    pub(super) rewind: bool,
    /// It was told that there is something to pull.
    pub(super) news: bool,
    pub(super) presence: PresenceId,
    pub(super) presence_cursor: PresenceCursor,
    /// The views that it watches.
    #[cfg(feature = "views")]
    pub(super) watches: std::collections::BTreeMap<crate::id::ViewNo, super::views::Watched>,
}

impl Reader {
    pub(super) fn new(join: &JoinRoom, presence: PresenceId, chunk: usize) -> Self {
        Self {
            grant: join.grant.clone(),
            client: join.client,
            arrival: join.arrival,
            session: None,
            joined: false,
            base: join.version,
            cursor: join.version,
            chunk,
            told: Seq::ZERO,
            answer: true,
            rewind: false,
            news: false,
            presence,
            presence_cursor: PresenceCursor::default(),
            #[cfg(feature = "views")]
            watches: std::collections::BTreeMap::new(),
        }
    }
}
