//! What a server's handle leaves to its host.

use crate::error::{Code, Error};
use crate::id::{Channel, ConnId, Principal, RequestId, RoomName, RoomNo, Version, WriteId};
use crate::record::Persist;
use crate::room::Changed;
use crate::server::Token;

/// What the host is to do, in order, from [`ServerHandle::poll`](super::ServerHandle::poll).
#[derive(Debug)]
pub enum HostOutput {
    /// Send these bytes as one frame; say [`writable`](super::ServerHandle::writable) when all that
    /// was transmitted to the connection has left.
    Transmit {
        /// To which connection.
        conn: ConnId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// Read no more from this connection for now. What is received all the same is held, up to one
    /// frame's worth; beyond that the connection is closed.
    Pause {
        /// Which connection.
        conn: ConnId,
    },
    /// Read from this connection again.
    Resume {
        /// Which connection.
        conn: ConnId,
    },
    /// End the connection after what was transmitted; the server has forgotten it.
    Close {
        /// Which connection.
        conn: ConnId,
        /// Why.
        code: Code,
    },
    /// Who is this, and what may they do in this room? Answered by
    /// [`authorize`](super::ServerHandle::authorize).
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
    /// Manual mode: read the room's blobs. Answered by
    /// [`room_opened`](super::ServerHandle::room_opened) or
    /// [`room_failed`](super::ServerHandle::room_failed).
    OpenRoom {
        /// The room's number, while it is open.
        room: RoomNo,
        /// Which room.
        name: RoomName,
    },
    /// Manual mode: make this durable. Answered by
    /// [`persisted`](super::ServerHandle::persisted) or
    /// [`room_failed`](super::ServerHandle::room_failed).
    Persist {
        /// Whose record.
        room: RoomNo,
        /// The order.
        persist: Persist,
    },
    /// Manual mode: nothing more comes for this room. Its number is not used again.
    CloseRoom {
        /// Which room.
        room: RoomNo,
        /// Remove its blobs.
        delete: bool,
    },
    /// Render this view: somebody watches it, and something that it may show changed. Answered by
    /// [`room_show`](super::ServerHandle::room_show), [`room_keep_view`](super::ServerHandle::room_keep_view) or
    /// [`room_end_view`](super::ServerHandle::room_end_view); asked only with the option `views`.
    #[cfg(feature = "views")]
    Render {
        /// The number of its room.
        room: RoomNo,
        /// Which view.
        view: crate::id::ViewName,
    },
    /// Something that the host may want to know.
    Event(HostEvent),
}

/// Something that happened; nothing is to be done about it.
#[derive(Clone, Debug, PartialEq)]
pub enum HostEvent {
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
    /// A room is open.
    Opened {
        /// Its number.
        room: RoomNo,
        /// Its name.
        name: RoomName,
        /// Bytes at the end of its journal that were dropped: a crash came before their sync, or they
        /// are damaged since. A host that cannot rule that out calls
        /// [`room_renew`](crate::host::ServerHandle::room_renew).
        dropped_bytes: u64,
    },
    /// A room could not be opened, or its storage failed. Its number means nothing any more.
    Failed {
        /// Its number until now.
        room: RoomNo,
        /// Its name.
        name: RoomName,
        /// Why.
        error: Error,
    },
    /// A room is closed, and what it had accepted is durable. Its number means nothing any more.
    Closed {
        /// Its number until now.
        room: RoomNo,
        /// Its name.
        name: RoomName,
    },
    /// The host's write is durable.
    Written {
        /// Which room.
        room: RoomNo,
        /// Which write.
        write: WriteId,
        /// The version that it became.
        version: Version,
    },
    /// The host's write was refused once its room was open; or storage failed or the room was
    /// deleted before the write was known to be durable: then a `StorageFailed`, `Deleted` or
    /// `Closed` error says that its outcome is unknown.
    WriteFailed {
        /// Which room.
        room: RoomNo,
        /// Which write.
        write: WriteId,
        /// Why.
        error: Error,
    },
    /// Keys of a room changed since this was last polled.
    Changed {
        /// Which room.
        room: RoomNo,
        /// Which keys, by whom.
        changed: Changed,
    },
}
