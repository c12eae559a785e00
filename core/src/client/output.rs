//! What a client asks of its host.

use super::event::ClientEvent;
use crate::id::{DraftId, RoomNo};
use crate::record::Persist;

/// What a client asks of its host.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientOutput {
    /// Make this durable, in turn.
    Persist(Persist),
    /// Open a connection and call [`handle_connected`](super::Client::handle_connected), or
    /// [`handle_disconnected`](super::Client::handle_disconnected) if that fails.
    ///
    /// Without an answer for [`Timing::stall`](crate::Timing::stall) the attempt counts as failed:
    /// `Disconnect` says to drop it, and `Connect` comes again after a pause.
    Connect,
    /// Send this frame over the connection.
    Transmit(Vec<u8>),
    /// Send what was transmitted, then close the connection, or drop the attempt to open one. Do
    /// not report its end: if the client wants another connection, `Connect` comes by itself.
    Disconnect,
    /// Hand this to the leader, in turn: only a [standby](super::Client::standby) asks for it.
    Propose {
        /// In which room, by the standby's own number.
        room: RoomNo,
        /// The mutation's name here.
        proposal: DraftId,
        /// For [`adopt`](super::Client::adopt).
        bytes: Vec<u8>,
    },
    /// Tell the application.
    Event(ClientEvent),
}
