//! What rooms say to their readers, and whose turn it is: state goes to a connection one frame at a
//! time, its rooms in turn.

use std::sync::Arc;

use crate::exchange::{FromRoom, ToRoom};
use crate::frame;
use crate::id::{Channel, ConnId, Principal, ReaderId, RoomNo};
use crate::message::{Codec, Delta, Joined, Message, Presence};
use crate::plant::{mark, planted};
use crate::time::Time;

use super::connection::Lane;
use super::{Server, ServerEvent};

/// A channel as a room knows it.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) conn: ConnId,
    pub(super) channel: Channel,
    pub(super) room: RoomNo,
    pub(super) principal: Principal,
    /// The room took it in.
    pub(super) joined: bool,
}

impl Server {
    /// A value from a room. What is for a reader that is gone, or of another room, is dropped.
    pub fn handle_room(&mut self, now: Time, room: RoomNo, from: FromRoom) {
        let id = addressee(&from);
        let Some(reader) = self.readers.get(&id).filter(|reader| reader.room == room) else {
            return;
        };
        let (conn, channel) = (reader.conn, reader.channel);
        match from {
            FromRoom::Joined { epoch, session, last, durability, presence, .. } => {
                let joined = Joined { channel, epoch, session, last, durability, presence };
                self.take_in(now, id, joined);
            }
            FromRoom::Denied { code, .. } => self.put_out(now, id, code),
            FromRoom::News { .. } => {
                let Some(connection) = self.connections.get_mut(&conn) else { return };
                if !connection.ready.contains(&id) {
                    connection.ready.push_back(id);
                }
                self.pull_next(conn);
            }
            FromRoom::Delta { personal, body, .. } => {
                if let Some(codec) = self.take_lane(now, id, conn) {
                    let delta = Delta { channel, personal, body: Arc::clone(&body.body) };
                    let bytes = frame::encode_delta(&delta, body.bytes(codec), codec);
                    self.transmit_bytes(now, conn, bytes);
                }
            }
            FromRoom::Presence { full, entries, .. } => {
                if self.take_lane(now, id, conn).is_some() {
                    let presence = Presence { channel, full, entries };
                    self.transmit(now, conn, &Message::Presence(presence));
                }
            }
            #[cfg(feature = "views")]
            FromRoom::Show { view, home, elsewhere, frame, .. } => {
                if self.take_lane(now, id, conn).is_some() {
                    let frame = Arc::unwrap_or_clone(frame);
                    let show = crate::message::Show { channel, view, home, elsewhere, frame };
                    self.transmit(now, conn, &Message::Show(show));
                }
            }
            #[cfg(feature = "views")]
            FromRoom::Unwatched { view, code, .. } => {
                let unwatch = crate::message::Unwatch { channel, view, code: Some(code) };
                self.answer(now, conn, &Message::Unwatch(unwatch));
            }
            FromRoom::Nothing { .. } => {
                let Some(connection) = self.connections.get_mut(&conn) else { return };
                if connection.lane == Lane::Pulling(id) {
                    connection.lane = Lane::Free;
                    self.pull_next(conn);
                }
            }
            FromRoom::Fault { error, .. } => self.fault(now, conn, error),
        }
        self.arm(conn);
    }

    fn take_in(&mut self, now: Time, id: ReaderId, joined: Joined) {
        let Some(reader) = self.readers.get_mut(&id).filter(|reader| !reader.joined) else {
            return;
        };
        reader.joined = true;
        let conn = reader.conn;
        let event = ServerEvent::Joined {
            conn,
            channel: reader.channel,
            room: reader.room,
            principal: reader.principal.clone(),
        };
        self.answer(now, conn, &Message::Joined(joined));
        self.tell_event(event);
    }

    /// Asks the next room for a frame, if one may go out.
    pub(super) fn pull_next(&mut self, conn: ConnId) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.lane != Lane::Free {
            mark!(LaneBusy);
            return;
        }
        if let Some(reader) = connection.ready.pop_front() {
            connection.lane = Lane::Pulling(reader);
            self.tell_reader(reader, ToRoom::Pull { reader });
        }
    }

    /// A frame that was asked for goes out: returns how it is written. Any other is dropped.
    fn take_lane(&mut self, now: Time, reader: ReaderId, conn: ConnId) -> Option<Codec> {
        let connection = self.connections.get_mut(&conn)?;
        if connection.lane != Lane::Pulling(reader) {
            return None;
        }
        connection.lane = if planted!(LaneNeverBusy) { Lane::Free } else { Lane::Busy(now) };
        Some(connection.codec)
    }

    pub(super) fn tell_event(&mut self, event: ServerEvent) {
        if !self.outputs.push_event(event) {
            self.metrics.events_lost = self.metrics.events_lost.saturating_add(1);
        }
    }
}

const fn addressee(from: &FromRoom) -> ReaderId {
    match from {
        #[cfg(feature = "views")]
        FromRoom::Show { reader, .. } | FromRoom::Unwatched { reader, .. } => *reader,
        FromRoom::Joined { reader, .. }
        | FromRoom::Denied { reader, .. }
        | FromRoom::News { reader }
        | FromRoom::Delta { reader, .. }
        | FromRoom::Presence { reader, .. }
        | FromRoom::Nothing { reader }
        | FromRoom::Fault { reader, .. } => *reader,
    }
}
