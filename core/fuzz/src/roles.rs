//! Clients, servers and rooms to which anything happens, in any order.

pub mod client;
mod disk;
pub mod pair;
pub mod server;
pub(crate) mod speech;
