//! The protocol's sentences, as values; how they look as bytes is `frame`'s.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::id::{
    Channel, ClientId, Digest, Epoch, Key, KeyId, PresenceId, RoomName, Seq, Session, Version,
};
use crate::limit::Limits;
use crate::op::{Action, Content, Op};
use crate::value::Value;
#[cfg(feature = "views")]
use crate::{
    id::{ViewName, ViewNo},
    vnode::Cursor,
};

/// The newest protocol version that this engine speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol version that this engine speaks.
pub const PROTOCOL_OLDEST: u32 = 1;

/// How messages look as bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// The compact binary form.
    #[default]
    Binary,
    /// JSON text.
    #[cfg(feature = "json")]
    Json,
}

impl Codec {
    /// What this build speaks, the preferred one first.
    pub const ALL: &[Self] = &[
        Self::Binary,
        #[cfg(feature = "json")]
        Self::Json,
    ];

    /// The byte of a codec, in greetings and in records.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Binary => 0,
            #[cfg(feature = "json")]
            Self::Json => 1,
        }
    }

    /// The codec of this byte; `None` for one that this build does not speak.
    pub(crate) const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Binary),
            #[cfg(feature = "json")]
            1 => Some(Self::Json),
            _ => None,
        }
    }
}

/// Whether what a room tells has reached storage.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// It has: nothing that was told is lost by a crash.
    #[default]
    Durable,
    /// It has not: the room lives in memory, and its epoch ends with the process.
    Volatile,
}

/// One message, either way.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Client to server, first: what the client speaks and who it is.
    Hello(Hello),
    /// Server to client, first: what they will speak, and the limits.
    Welcome(Welcome),
    /// Client to server: this channel wants a room.
    Join(Join),
    /// Server to client: the room is open on this channel.
    Joined(Joined),
    /// Server to client: the room is closed on this channel; the connection stays.
    Denied(Denied),
    /// Client to server: mutations in order.
    Push(Push),
    /// Server to client: what changed, and what became of the reader's mutations.
    Delta(Delta),
    /// Either way: who is here.
    Presence(Presence),
    /// Client to server: this channel wants to be told what a view of its room shows.
    #[cfg(feature = "views")]
    Watch(Watch),
    /// Either way: no more of that.
    #[cfg(feature = "views")]
    Unwatch(Unwatch),
    /// Server to client: what a view shows.
    #[cfg(feature = "views")]
    Show(Show),
    /// Client to server: this channel is done.
    Leave(Leave),
    /// Client to server: a newer token.
    Auth(Auth),
    /// Server to client: connect elsewhere or later.
    GoAway(GoAway),
    /// Either way: still here.
    Ping(Ping),
    /// Either way, last: why the connection closes.
    Fault(Fault),
}

/// What a client speaks and who it is.
#[derive(Clone, Eq, PartialEq)]
pub struct Hello {
    /// Oldest protocol version spoken.
    pub oldest: u32,
    /// Newest protocol version spoken.
    pub newest: u32,
    /// Codecs spoken, best first.
    pub codecs: Vec<Codec>,
    /// A bearer token; the host judges it at each join.
    pub token: String,
    /// The application's own schema name, for the host to judge.
    pub schema: String,
}

/// Without the token: it is a secret.
impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello")
            .field("oldest", &self.oldest)
            .field("newest", &self.newest)
            .field("codecs", &self.codecs)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// What will be spoken, and the server's limits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Welcome {
    /// The protocol version.
    pub protocol: u32,
    /// The codec of every later frame.
    pub codec: Codec,
    /// The limits that the server enforces.
    pub limits: Limits,
}

/// A channel wants a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Join {
    /// The number under which the connection will speak of the room.
    pub channel: Channel,
    /// Which room.
    pub room: RoomName,
    /// The outbox.
    pub client: ClientId,
    /// Whether the client wants to write.
    pub writes: bool,
    /// The session that the client holds.
    pub session: Option<Session>,
    /// The epoch of what the client holds.
    pub epoch: Option<Epoch>,
    /// The version up to which the client holds the room's state.
    pub version: Version,
    /// The last mutation whose refusal the client has made durable.
    pub heard: Seq,
}

/// The room is open on this channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Joined {
    /// Which channel.
    pub channel: Channel,
    /// The room's epoch.
    pub epoch: Epoch,
    /// The client's session; `None` if it may not write.
    pub session: Option<Session>,
    /// The client's last decided mutation.
    pub last: Seq,
    /// What the room's word is worth.
    pub durability: Durability,
    /// The participant that this channel is.
    pub presence: PresenceId,
}

/// The room is closed on this channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Denied {
    /// Which channel.
    pub channel: Channel,
    /// Why.
    pub code: Code,
}

/// Mutations in the order of their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// Which channel.
    pub channel: Channel,
    /// The session that the mutations belong to.
    pub session: Session,
    /// The number of the first mutation; the others follow without a gap.
    pub first: Seq,
    /// The last mutation whose refusal the client has made durable.
    pub heard: Seq,
    /// The mutations, each atomic.
    pub mutations: Vec<Vec<Op>>,
}

/// What changed, and what became of the reader's mutations.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// Which channel.
    pub channel: Channel,
    /// What only this reader is told; stands in final chunks only.
    pub personal: Option<Personal>,
    /// What every reader at the same cursor is told.
    pub body: Arc<Body>,
}

/// What one reader is told of its own mutations.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Personal {
    /// The reader's last decided mutation.
    pub last: Seq,
    /// Refusals that the reader has not made durable, in order.
    pub refusals: Vec<Refusal>,
    /// Mutations were passed over because one before them is missing: send again after `last`.
    pub rewind: bool,
}

/// A mutation that was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Which mutation.
    pub seq: Seq,
    /// Which of its ops, counted from 0.
    pub op: u32,
    /// Why.
    pub code: Code,
}

/// What changed between two versions: a pure function of the room and the two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The reader's cursor. Zero means that the body is the whole state: forget what came before.
    pub from: Version,
    /// The cursor after this body.
    pub to: Version,
    /// More follows before the state is one that the room had: keep it aside.
    pub more: bool,
    /// The digest of the whole state at `to`.
    pub digest: Option<Digest>,
    /// The changed keys, in the order of their latest change.
    pub entries: Vec<Entry>,
}

/// The latest of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's number.
    pub id: KeyId,
    /// The key, if it was created after the body's `from`.
    pub key: Option<Key>,
    /// The version of its latest change; after `from`, at most `to`.
    pub version: Version,
    /// What became of it.
    pub change: Change,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It holds this.
    Value(Content),
    /// It holds nothing.
    Delete,
    /// These actions, in order, lead from what it held at the reader's cursor to what it holds.
    Patch(Vec<Action>),
}

/// Who is here.
///
/// From a client, `entries` holds the sender's own change, under [`PresenceId`] zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Presence {
    /// Which channel.
    pub channel: Channel,
    /// The entries are everyone here, not only what changed.
    pub full: bool,
    /// Changed participants.
    pub entries: Vec<Participant>,
}

/// One participant's change.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    /// Who.
    pub id: PresenceId,
    /// The state as a whole (to readers) or a merge patch (from a client); `None` is gone.
    pub state: Option<Value>,
}

/// A channel wants to be told what a view of its room shows. Said again, it says what the screen shows now.
#[cfg(feature = "views")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Watch {
    /// Which channel.
    pub channel: Channel,
    /// The number under which they will speak of the view.
    pub view: ViewNo,
    /// Which view.
    pub name: ViewName,
    /// What the screen shows.
    pub cursor: Cursor,
}

/// A view is told of no more.
#[cfg(feature = "views")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unwatch {
    /// Which channel.
    pub channel: Channel,
    /// Which view.
    pub view: ViewNo,
    /// Why, from a server.
    pub code: Option<Code>,
}

/// How much of a room a view shows. What lies between the two versions may be in it or not, as a room may change
/// while its host renders.
#[cfg(feature = "views")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    /// Nothing that is later: it may be shown once this is held.
    pub version: Version,
    /// Everything up to this; not above `version`.
    pub read: Version,
}

/// What a view shows.
#[cfg(feature = "views")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Show {
    /// Which channel.
    pub channel: Channel,
    /// Which view.
    pub view: ViewNo,
    /// What it shows of its room.
    pub home: Extent,
    /// What it shows of others, by their names.
    pub elsewhere: Vec<(RoomName, Extent)>,
    /// From what the screen shows to that, as [`Screen::take`](crate::vnode::Screen::take) takes it; nothing if it
    /// shows that already.
    pub frame: Vec<u8>,
}

/// A channel is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Leave {
    /// Which channel.
    pub channel: Channel,
}

/// A newer token.
#[derive(Clone, Eq, PartialEq)]
pub struct Auth {
    /// The token.
    pub token: String,
}

/// Without the token: it is a secret.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// Connect elsewhere or later.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GoAway {
    /// Why.
    pub code: Code,
    /// How long to wait before connecting again.
    pub retry_after: Duration,
}

/// Still here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ping {
    /// Counts the sender's pings.
    pub count: u32,
}

/// Why the connection closes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Why.
    pub code: Code,
    /// What would have been right.
    pub expected: String,
    /// What came instead.
    pub got: String,
}
