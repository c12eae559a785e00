//! What one room is to a client while it runs.

use core::time::Duration;
use std::collections::VecDeque;

use super::presence::PresenceView;
use super::state::State;
use super::status::{FAILURES_DEGRADED, Status};
use crate::backoff::Backoff;
use crate::debounce::Debounce;
use crate::error::Code;
use crate::id::{Channel, DraftId, Key, RecordId, Seq, Version};
use crate::map::{Map, Set};
use crate::message::{Delta, Durability};
use crate::op::Content;
use crate::time::Time;

/// Where a room stands with the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// No connection, or not asked for yet.
    Out,
    /// Asked for on this channel.
    Joining(Channel),
    /// Open on this channel.
    In(Channel),
    /// Denied for now: asked for again at this time.
    Waiting(Time),
    /// Denied until the application opens it again.
    Denied(Code),
}

/// One room of a client.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) state: State,
    /// The application has it open.
    pub(super) open: bool,
    /// The application wants to write.
    pub(super) writes: bool,
    /// The server does not let the client write.
    pub(super) read_only: bool,
    pub(super) standing: Standing,
    /// What the server's word is worth, once it has let the client in since this process began: storage is no older
    /// copy of what the server has heard of.
    pub(super) durability: Option<Durability>,
    /// Chunks that wait for the final one, with their bytes.
    pub(super) staged: Vec<(Delta, Vec<u8>)>,
    /// The version after the last chunk.
    pub(super) cursor: Version,
    /// The last decided mutation as the join told it, until the first delta.
    pub(super) catching_up: Option<Seq>,
    /// Why everything is asked for again.
    pub(super) reset: Option<Code>,
    /// Digests in a row that differed.
    pub(super) diverged: u32,
    /// Changes of identity since the room was last open.
    pub(super) identities: u32,
    pub(super) debounce: Debounce,
    pub(super) backoff: Backoff,
    /// When the room caught up, while it is open there.
    pub(super) resumed_at: Option<Time>,
    /// The last mutation whose refusal is durable here.
    pub(super) heard: Seq,
    /// Orders to make refusals durable.
    pub(super) hearing: VecDeque<(RecordId, Seq)>,
    /// Orders to make names durable.
    pub(super) naming: VecDeque<(RecordId, Seq)>,
    /// The highest number ever sent by this process.
    pub(super) sent: Seq,
    /// On a standby, the latest proposal that was handed out.
    pub(super) handed: DraftId,
    /// Keys whose view changed since the application was told.
    pub(super) changed_here: Set<Key>,
    pub(super) changed_there: Set<Key>,
    /// Conflicts that the application was asked about.
    pub(super) asked: Set<DraftId>,
    pub(super) presence: PresenceView,
    pub(super) told: Option<Status>,
    pub(super) synced_at: Option<Time>,
}

impl Room {
    pub(super) fn new(state: State, debounce: Debounce, backoff: Backoff) -> Self {
        let heard = state.outbox.settled();
        let cursor = state.version();
        Self {
            state,
            open: false,
            writes: false,
            read_only: false,
            standing: Standing::Out,
            durability: None,
            staged: Vec::new(),
            cursor,
            catching_up: None,
            reset: None,
            diverged: 0,
            identities: 0,
            debounce,
            backoff,
            resumed_at: None,
            heard,
            hearing: VecDeque::new(),
            naming: VecDeque::new(),
            sent: Seq::ZERO,
            handed: DraftId::PROPOSALS,
            changed_here: Set::new(),
            changed_there: Set::new(),
            asked: Set::new(),
            presence: PresenceView::default(),
            told: None,
            synced_at: None,
        }
    }

    /// Whether it was kept out several times in a row, and has not caught up since.
    pub(super) const fn is_failing(&self) -> bool {
        self.backoff.failures() >= FAILURES_DEGRADED && self.resumed_at.is_none()
    }

    /// The channel on which the room is open.
    pub(super) const fn channel(&self) -> Option<Channel> {
        match self.standing {
            Standing::In(channel) => Some(channel),
            Standing::Out | Standing::Joining(_) | Standing::Waiting(_) | Standing::Denied(_) => {
                None
            }
        }
    }

    /// Whether what arrives on this channel is for the room.
    pub(super) fn listens(&self, channel: Channel) -> bool {
        matches!(self.standing, Standing::In(own) | Standing::Joining(own) if own == channel)
    }

    /// Forgets failures if the room was open for this long.
    pub(super) fn forgive(&mut self, now: Time, held: Duration) {
        if self.resumed_at.is_some_and(|resumed| resumed.after(held) <= now) {
            self.backoff.succeed();
        }
    }

    /// The connection is gone.
    pub(super) fn leave(&mut self) {
        if !matches!(self.standing, Standing::Denied(_)) {
            self.standing = Standing::Out;
        }
        self.staged.clear();
        self.resumed_at = None;
        self.catching_up = None;
        self.cursor = self.state.version();
        self.state.outbox.rewind();
        self.presence.leave();
    }

    /// Shows what a mutation, the latest on these keys, makes of them; somebody else made it.
    pub(super) fn show_there(&mut self, draft: DraftId, results: Map<Key, Option<Content>>) {
        for (key, content) in &results {
            if self.state.replica.get(key.as_str()) != content.as_ref() {
                self.changed_there.insert(key.clone());
            }
        }
        self.state.replica.show(draft, results);
    }

    /// Nothing is missing on this side.
    pub(super) fn is_synced(&self) -> bool {
        let told = self.channel().is_some() && self.catching_up.is_none();
        told && self.staged.is_empty() && self.state.outbox.is_empty()
    }

    /// The moment at which the room wants to be asked for again.
    pub(super) const fn rejoin_at(&self) -> Option<Time> {
        match self.standing {
            Standing::Waiting(until) => Some(until),
            Standing::Out | Standing::Joining(_) | Standing::In(_) | Standing::Denied(_) => None,
        }
    }
}
