//! What a server wants done, in order.

use std::collections::VecDeque;

use crate::error::Code;
use crate::exchange::ToRoom;
use crate::id::{Channel, ConnId, Principal, RequestId, RoomName, RoomNo};

use super::Token;

/// Events that wait to be polled; later ones are counted and lost.
const EVENTS_MOST: usize = 1_024;

/// What the host is to do, from [`Server::poll_output`](super::Server::poll_output).
#[derive(Debug)]
pub enum ServerOutput {
    /// Send these bytes as one frame.
    Transmit {
        /// To which connection.
        conn: ConnId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// End the connection after what was transmitted; the server has forgotten it.
    Close {
        /// Which connection.
        conn: ConnId,
        /// Why.
        code: Code,
    },
    /// Who is this, and what may they do in this room? Answered by
    /// [`handle_authorized`](super::Server::handle_authorized).
    Authorize {
        /// The question's number.
        request: RequestId,
        /// Who asks to come in, or to stay with a newer token.
        conn: ConnId,
        /// The latest token.
        token: Token,
        /// The application's schema name.
        schema: String,
        /// Which room.
        room: RoomName,
    },
    /// Make this room ready. Answered by
    /// [`handle_room_opened`](super::Server::handle_room_opened).
    OpenRoom {
        /// The question's number.
        request: RequestId,
        /// The number under which the server will speak of it.
        room: RoomNo,
        /// Which room.
        name: RoomName,
    },
    /// The server speaks no more of this room, whether or not it was open yet. A later
    /// [`OpenRoom`](Self::OpenRoom) of the same name has another number: finish with the old one
    /// first.
    CloseRoom {
        /// Which room.
        room: RoomNo,
    },
    /// Hand this to a room.
    ToRoom {
        /// Which room.
        room: RoomNo,
        /// What it is told.
        to: ToRoom,
    },
    /// Something that people may want to know.
    Event(ServerEvent),
}

/// Something that happened; nothing is to be done about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServerEvent {
    /// A channel came into a room.
    Joined {
        /// Over which connection.
        conn: ConnId,
        /// On which channel.
        channel: Channel,
        /// Which room.
        room: RoomNo,
        /// Who.
        principal: Principal,
    },
    /// A channel that was in a room is out.
    Left {
        /// Over which connection.
        conn: ConnId,
        /// On which channel.
        channel: Channel,
        /// Which room.
        room: RoomNo,
        /// Who.
        principal: Principal,
        /// Why, if it did not leave by itself.
        code: Option<Code>,
    },
}

/// Outputs that wait to be polled.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    queue: VecDeque<ServerOutput>,
    /// How many of them are events.
    events: usize,
}

impl Outputs {
    pub(super) fn push(&mut self, output: ServerOutput) {
        self.queue.push_back(output);
    }

    /// Returns whether there was room for the event.
    pub(super) fn push_event(&mut self, event: ServerEvent) -> bool {
        let fits = self.events < EVENTS_MOST;
        if fits {
            self.events = self.events.saturating_add(1);
            self.push(ServerOutput::Event(event));
        }
        fits
    }

    pub(super) fn pop(&mut self) -> Option<ServerOutput> {
        let output = self.queue.pop_front()?;
        if matches!(output, ServerOutput::Event(_)) {
            self.events = self.events.saturating_sub(1);
        }
        Some(output)
    }
}
