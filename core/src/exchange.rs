//! What a server and its rooms say to each other: values, so that a host may put each on any thread.

use std::sync::Arc;

use crate::error::Code;
use crate::id::{
    Arrival, Channel, ClientId, Epoch, PresenceId, Principal, ReaderId, Seq, Session, Version,
};
use crate::message::{Body, Durability, Personal, Push};
use crate::value::Value;
#[cfg(feature = "views")]
use crate::{
    id::{RoomName, ViewName, ViewNo},
    message::Extent,
    vnode::Cursor,
};

/// What a principal may do in one room, as the host answers `Authorize`.
///
/// ```
/// use syncline_core::{Grant, Principal};
/// let grant = Grant::writer(Principal::new("ada").unwrap(), vec!["cart/".into()]);
/// assert!(grant.may_write("cart/total") && !grant.may_write("stock/7"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// Who it is.
    pub principal: Principal,
    /// Key prefixes that may be written; the empty prefix is every key, no prefix is none.
    pub write: Vec<String>,
}

impl Grant {
    /// A grant to read the room.
    #[must_use]
    pub const fn reader(principal: Principal) -> Self {
        Self { principal, write: Vec::new() }
    }

    /// A grant to read the room and to write the keys with these prefixes.
    #[must_use]
    pub const fn writer(principal: Principal, write: Vec<String>) -> Self {
        Self { principal, write }
    }

    /// Whether anything may be written.
    #[must_use]
    pub fn writes(&self) -> bool {
        !self.write.is_empty()
    }

    /// Whether this key may be written.
    #[must_use]
    pub fn may_write(&self, key: &str) -> bool {
        self.write.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }
}

/// From a server to one room.
#[derive(Clone, Debug)]
pub enum ToRoom {
    /// A new reader, already authorised; answered by `Joined` or `Denied`.
    Join(JoinRoom),
    /// The reader's grant is now this one.
    Regrant {
        /// Which reader.
        reader: ReaderId,
        /// The grant.
        grant: Grant,
    },
    /// Mutations.
    Push {
        /// From which reader.
        reader: ReaderId,
        /// The message.
        push: Push,
    },
    /// The reader's own presence: a merge patch, or `None` to be absent.
    Presence {
        /// From which reader.
        reader: ReaderId,
        /// The change.
        state: Option<Value>,
    },
    /// The reader wants to be told what a view shows, from what its screen shows.
    #[cfg(feature = "views")]
    Watch {
        /// Which reader.
        reader: ReaderId,
        /// The number of the view.
        view: ViewNo,
        /// Which view.
        name: ViewName,
        /// What the screen shows.
        cursor: Cursor,
    },
    /// The reader wants that no more.
    #[cfg(feature = "views")]
    Unwatch {
        /// Which reader.
        reader: ReaderId,
        /// The number of the view.
        view: ViewNo,
    },
    /// The reader's connection can take one frame: answered by `Delta`, `Presence` or `Nothing`.
    Pull {
        /// Which reader.
        reader: ReaderId,
    },
    /// Nothing was sent to the reader for long: the next pull gives a delta with a digest.
    Heartbeat {
        /// Which reader.
        reader: ReaderId,
    },
    /// The reader is gone.
    Leave {
        /// Which reader.
        reader: ReaderId,
    },
}

/// A new reader of a room.
#[derive(Clone, Debug)]
pub struct JoinRoom {
    /// Its number, never used before.
    pub reader: ReaderId,
    /// Which its connection was of those that came.
    pub arrival: Arrival,
    /// Its channel, echoed in what is sent to it.
    pub channel: Channel,
    /// What the host granted.
    pub grant: Grant,
    /// The outbox.
    pub client: ClientId,
    /// Whether it wants to write.
    pub writes: bool,
    /// The session that it holds.
    pub session: Option<Session>,
    /// The epoch of what it holds.
    pub epoch: Option<Epoch>,
    /// The version up to which it holds the state.
    pub version: Version,
    /// The last mutation whose refusal it has made durable.
    pub heard: Seq,
}

/// From one room to its server.
#[derive(Clone, Debug)]
pub enum FromRoom {
    /// The reader is in.
    Joined {
        /// Which reader.
        reader: ReaderId,
        /// The room's epoch.
        epoch: Epoch,
        /// Its session, if it may write.
        session: Option<Session>,
        /// Its last decided mutation that is durable.
        last: Seq,
        /// What the room's word is worth.
        durability: Durability,
        /// The participant that it is.
        presence: PresenceId,
    },
    /// The reader is out: never came in, was superseded, or the room is closed to it.
    Denied {
        /// Which reader.
        reader: ReaderId,
        /// Why.
        code: Code,
    },
    /// There is something to pull. Said once, until it is pulled.
    News {
        /// For which reader.
        reader: ReaderId,
    },
    /// The answer to a pull: state.
    Delta {
        /// For which reader.
        reader: ReaderId,
        /// What only this reader is told.
        personal: Option<Personal>,
        /// What every reader at the same cursor is told.
        body: Arc<SharedBody>,
    },
    /// The answer to a pull: presence.
    Presence {
        /// For which reader.
        reader: ReaderId,
        /// The entries are everyone here.
        full: bool,
        /// Changed participants.
        entries: Vec<crate::message::Participant>,
    },
    /// The answer to a pull: what a view shows.
    #[cfg(feature = "views")]
    Show {
        /// For which reader.
        reader: ReaderId,
        /// The number of the view.
        view: ViewNo,
        /// What it shows of the room.
        home: Extent,
        /// What it shows of others.
        elsewhere: Vec<(RoomName, Extent)>,
        /// For the screen.
        frame: Arc<Vec<u8>>,
    },
    /// A reader is told of a view no more.
    #[cfg(feature = "views")]
    Unwatched {
        /// Which reader.
        reader: ReaderId,
        /// The number of the view.
        view: ViewNo,
        /// Why.
        code: Code,
    },
    /// The answer to a pull: nothing any more.
    Nothing {
        /// For which reader.
        reader: ReaderId,
    },
    /// A peer broke the protocol in this room: close its connection.
    Fault {
        /// Which reader.
        reader: ReaderId,
        /// Why.
        error: crate::error::Error,
    },
}

/// A delta's body with its bytes, encoded once for all readers at the same cursor.
#[derive(Debug)]
pub struct SharedBody {
    /// The body.
    pub body: Arc<Body>,
    binary: std::sync::OnceLock<Vec<u8>>,
    #[cfg(feature = "json")]
    json: std::sync::OnceLock<Vec<u8>>,
}

impl SharedBody {
    /// Shares this body.
    #[must_use]
    pub fn new(body: Body) -> Self {
        Self {
            body: Arc::new(body),
            binary: std::sync::OnceLock::new(),
            #[cfg(feature = "json")]
            json: std::sync::OnceLock::new(),
        }
    }

    /// The body's bytes, made at the first call.
    #[must_use]
    pub fn bytes(&self, codec: crate::message::Codec) -> &[u8] {
        let cell = match codec {
            crate::message::Codec::Binary => &self.binary,
            #[cfg(feature = "json")]
            crate::message::Codec::Json => &self.json,
        };
        cell.get_or_init(|| crate::frame::encode_body(&self.body, codec))
    }
}
