//! What a client asks of its host.

use super::event::ClientEvent;
use crate::record::Persist;

/// What a client asks of its host.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientOutput {
    /// Make this durable, in turn.
    Persist(Persist),
    /// Open a connection and call [`handle_connected`](super::Client::handle_connected), or
    /// [`handle_disconnected`](super::Client::handle_disconnected) if that fails.
    Connect,
    /// Send this frame over the connection.
    Transmit(Vec<u8>),
    /// Send what was transmitted, then close the connection. Do not report its end.
    Disconnect,
    /// Tell the application.
    Event(ClientEvent),
}
