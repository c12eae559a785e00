//! syncline keeps state in sync between clients and a server.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod backoff;
pub mod client;
pub mod debounce;
pub mod digest;
pub mod entropy;
pub mod error;
pub mod exchange;
pub mod frame;
pub mod host;
pub mod id;
pub mod limit;
pub mod list;
pub mod message;
pub mod metrics;
pub mod op;
pub mod outbox;
pub mod pace;
pub mod patch;
pub mod policy;
pub mod presence;
pub mod record;
pub mod register;
pub mod replica;
pub mod resolve;
pub mod room;
pub mod server;
pub mod store;
pub mod time;
pub mod value;
pub mod wire;

pub use entropy::Entropy;
pub use error::{Code, Error};
pub use exchange::Grant;
pub use id::{
    Channel, ClientId, ConnId, Digest, DraftId, Epoch, ItemId, Key, KeyId, PresenceId, Principal,
    ReaderId, RecordId, RequestId, RoomName, RoomNo, Seq, Session, Version, WriteId,
};
pub use limit::{Limits, Timing};
pub use list::{Item, List, Place};
pub use message::{Codec, Durability};
pub use op::{Action, Content, Op, Seen};
pub use record::{Persist, PersistMode};
pub use time::Time;
pub use value::Value;
