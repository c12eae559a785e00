//! syncline keeps state in sync between clients and a server: edits show at once, survive being
//! offline and the crashes of both sides, and end with an honest verdict, exactly once.
//!
//! # Roles and the law
//!
//! [`client::Client`], [`server::Server`] and [`room::Room`] are values in, values out. They have no
//! clock, thread, socket, file or random source; whoever embeds them tells the time, carries frames
//! and makes records durable.
//!
//! > **After each input, drain the outputs until there is none, before the next input.**
//!
//! # Handles
//!
//! Most programs use the [`host`] layer: the same roles behind thread-safe handles with a clock, a
//! thread and a journal. Their host owns the sockets:
//!
//! ```
//! # #[cfg(feature = "host")] fn main() -> Result<(), syncline_core::Error> {
//! use syncline_core::client::{ClientConfig, ClientEvent, ClientOutput};
//! use syncline_core::host::{ClientHandle, HostOutput, ServerHandle, ServerOptions};
//! use syncline_core::{Action, ConnId, Grant, Principal, RoomName, Value};
//!
//! let server = ServerHandle::automatic(ServerOptions::default(), None)?;
//! let client = ClientHandle::automatic(ClientConfig::default(), None)?;
//! let room = client.open(&RoomName::new("cart-1")?, true)?;
//! client.edit(room, "visits", Action::Add(Value::from_i64(1)?))?;
//! client.flush()?;
//!
//! let conn = ConnId::new(1);
//! let mut settled = false;
//! while !settled {
//!     while let Some(output) = client.poll()? {
//!         match output {
//!             ClientOutput::Connect => {
//!                 server.connected(conn)?;
//!                 client.connected("a token")?;
//!             }
//!             ClientOutput::Transmit(frame) => server.receive(conn, &frame)?,
//!             ClientOutput::Event(ClientEvent::Verdict { .. }) => settled = true,
//!             _ => {}
//!         }
//!     }
//!     while let Some(output) = server.poll()? {
//!         match output {
//!             HostOutput::Transmit { bytes, .. } => {
//!                 client.receive(&bytes)?;
//!                 server.writable(conn)?;
//!             }
//!             HostOutput::Authorize { request, .. } => {
//!                 let everything = vec![String::new()];
//!                 server.authorize(request, Ok(Grant::writer(Principal::new("ada")?, everything)))?;
//!             }
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(client.get(room, "visits")?.map(|visits| visits.to_json()).as_deref(), Some("1"));
//! # Ok(()) }
//! # #[cfg(not(feature = "host"))] fn main() {}
//! ```
//!
//! The promises, the protocol and why it keeps them are in `PROTOCOL.md`, the structure in
//! `ARCHITECTURE.md`.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod backoff;
pub mod client;
pub mod debounce;
pub mod digest;
pub mod edit;
pub mod entropy;
pub mod error;
pub mod exchange;
pub mod frame;
pub mod host;
pub mod id;
pub mod limit;
pub mod list;
pub mod map;
pub mod message;
pub mod metrics;
pub mod op;
mod options;
pub mod outbox;
pub mod pace;
pub mod patch;
#[cfg(not(feature = "plant"))]
mod plant;
#[cfg(feature = "plant")]
pub mod plant;
pub mod policy;
pub mod presence;
pub mod record;
pub mod register;
pub mod replica;
pub mod resolve;
pub mod room;
pub mod server;
mod sort;
pub mod store;
pub mod time;
pub mod value;
#[cfg(feature = "views")]
pub mod vnode;
pub mod wire;

pub use edit::Edit;
pub use entropy::Entropy;
pub use error::{Code, Error, Story};
pub use exchange::Grant;
pub use id::{
    Arrival, Channel, ClientId, ConnId, Digest, DraftId, Epoch, ItemId, Key, KeyId, PresenceId,
    Principal, ReaderId, RecordId, RequestId, Revision, RoomName, RoomNo, Seq, Session, StoreMark,
    TabId, Version, ViewName, ViewNo, WriteId,
};
pub use limit::{Limits, Timing};
pub use list::{Item, List, Place};
pub use message::{Codec, Durability};
pub use op::{Action, Content, Op, Seen};
pub use record::{Persist, PersistMode};
pub use time::Time;
pub use value::Value;

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
