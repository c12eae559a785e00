//! The thread-safe handles that every language wraps, and the clock, thread and files behind them.
//!
//! Nothing below this layer reads a clock, opens a file or starts a thread.

mod cell;
pub mod client;
#[cfg(feature = "host")]
pub mod clock;
#[cfg(feature = "host")]
mod disk;
#[cfg(feature = "host")]
pub mod flight;
#[cfg(feature = "host")]
pub mod journal;
mod lock;
pub mod server;
#[cfg(feature = "host")]
pub mod storage;
#[cfg(feature = "views")]
pub mod view;
pub mod wake;

#[cfg(test)]
#[cfg(feature = "host")]
mod durability;
#[cfg(test)]
#[cfg(loom)]
mod interleavings;
#[cfg(test)]
#[cfg(feature = "host")]
mod readers;
#[cfg(test)]
#[cfg(feature = "host")]
mod scratch;
#[cfg(test)]
#[cfg(feature = "host")]
mod storm;
#[cfg(test)]
#[cfg(feature = "host")]
mod tests;

pub use client::ClientHandle;
#[cfg(feature = "host")]
pub use clock::{Clock, draw_entropy};
#[cfg(feature = "host")]
pub use journal::{Journal, Lock, Recovered};
pub use server::{HostEvent, HostOutput, RoomReport, ServerHandle, ServerOptions};
#[cfg(feature = "host")]
pub use storage::{Driver, JournalNo, Orders, Queue, Reaction};
#[cfg(feature = "views")]
pub use view::{ScreenHandle, Shared, ViewHandle};
pub use wake::Wake;
