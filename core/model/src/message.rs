//! What is sent. A message that was sent once can arrive at any time, again and again, or never.

use crate::count::{Channel, ClientId, Epoch, Seq, Session, Version};
use crate::mutation::{Cell, KEYS, Mutation};

/// Mutations that were refused.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Refusals(u16);

impl Refusals {
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether this one was.
    #[must_use]
    pub fn has(self, seq: Seq) -> bool {
        self.0 & Self::bit(seq) != 0
    }

    /// Notes one.
    pub fn put(&mut self, seq: Seq) {
        self.0 |= Self::bit(seq);
    }

    /// Those after this one.
    #[must_use]
    pub fn after(self, seq: Seq) -> Self {
        Self((0..=seq.0).fold(self.0, |left, seq| left & !Self::bit(Seq(seq))))
    }

    fn bit(seq: Seq) -> u16 {
        1_u16.checked_shl(u32::from(seq.0)).unwrap_or_default()
    }
}

/// What a delta says of one key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Change {
    /// What it holds.
    pub to: Cell,
    /// Said as what is otherwise than in this value, which the reader holds. `None`: said whole.
    pub on: Option<Cell>,
}

/// What changed in a room between two versions.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Body {
    /// After this version; `ZERO`: all that was held before is to be forgotten.
    pub from: Version,
    /// Up to this one.
    pub to: Version,
    /// Another chunk follows.
    pub more: bool,
    /// The keys that changed.
    pub changes: [Option<Change>; KEYS],
}

/// What a reader is told of its own mutations.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Personal {
    /// Its last decided mutation.
    pub last: Seq,
    /// Those of its mutations that were refused, and that it has not made durable.
    pub refusals: Refusals,
}

/// Why a room is closed on a channel.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Code {
    /// The session is not the register's, or the room has another epoch.
    Expired,
    /// The name of a mutation was used for another one.
    IdentityReused,
    /// Another reader of the same client came.
    Superseded,
}

/// One message. The greeting, presence and views have no part in what is promised of writes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Message {
    /// A client asks for the room.
    Join {
        /// On this channel.
        channel: Channel,
        /// Under this name.
        client: ClientId,
        /// The session that it holds.
        session: Option<Session>,
        /// The epoch that it knows.
        epoch: Option<Epoch>,
        /// The version that it holds.
        version: Version,
        /// The last mutation whose refusal is durable at the client.
        heard: Seq,
    },
    /// The room is open on a channel.
    Joined {
        /// On this channel.
        channel: Channel,
        /// The room's epoch.
        epoch: Epoch,
        /// The client's session.
        session: Session,
        /// Its last decided mutation.
        last: Seq,
    },
    /// The room is closed on a channel.
    Denied {
        /// On this channel.
        channel: Channel,
        /// For this reason.
        code: Code,
    },
    /// A mutation. (In the engine several go together, which is the same as one after the other.)
    Push {
        /// On this channel.
        channel: Channel,
        /// Whose it is. Not sent: the room knows it by the channel.
        client: ClientId,
        /// Under this session.
        session: Session,
        /// The mutation's number.
        seq: Seq,
        /// The last mutation whose refusal is durable at the client.
        heard: Seq,
        /// The mutation.
        mutation: Mutation,
    },
    /// What changed, and what was decided.
    Delta {
        /// On this channel.
        channel: Channel,
        /// What changed in the room.
        body: Body,
        /// What was decided of the reader's mutations: only in a final chunk.
        personal: Option<Personal>,
    },
    /// What was decided, apart from what changed. No engine sends it; a planted bug does.
    Ack {
        /// On this channel.
        channel: Channel,
        /// What was decided.
        personal: Personal,
    },
}

/// Every message ever sent, in order, so that equal networks are equal.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Network(Vec<Message>);

impl Network {
    /// Sends a message.
    pub fn send(&mut self, message: Message) {
        if let Err(place) = self.0.binary_search(&message) {
            self.0.insert(place, message);
        }
    }

    /// Whether a join of this channel may still come.
    #[must_use]
    pub fn has_join(&self, wanted: Channel) -> bool {
        let join = |message: &Message| matches!(message, Message::Join { channel, .. } if *channel == wanted);
        self.0.iter().any(join)
    }

    /// Forgets messages that nobody would take any more.
    pub fn keep(&mut self, lives: impl FnMut(&Message) -> bool) {
        self.0.retain(lives);
    }

    /// Every message ever sent that somebody may still take.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.0.iter()
    }
}
