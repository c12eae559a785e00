//! How channels, connections and rooms end, and what is left tidy behind them.

use crate::error::Code;
use crate::exchange::ToRoom;
use crate::id::{Channel, ConnId, Principal, ReaderId, RoomNo};
use crate::message::{Denied, Message};
use crate::plant::{mark, planted};
use crate::time::Time;

use super::connection::{Connection, Seat};
use super::rooms::RoomState;
use super::{Alarm, Question, Server, ServerEvent, ServerOutput, meter};

impl Server {
    /// Takes no more connections, and reads those that there are no more: what they send from now on is lost with
    /// them, and comes again over another one. Comes before [`shutdown`](Self::shutdown), which ends it.
    pub fn wind_down(&mut self) {
        self.closing = true;
        self.winding_down = true;
    }

    /// A connection that was not sent what there is for it, or has not taken that: the next from this one
    /// on, and then from the first.
    #[must_use]
    pub fn undrained(&self, from: ConnId) -> Option<ConnId> {
        let waits = |&(_, connection): &(&ConnId, &Connection)| !connection.is_drained();
        let later = self.connections.range(from..).find(waits);
        later.or_else(|| self.connections.range(..from).find(waits)).map(|(conn, _)| *conn)
    }

    /// Takes back all that was granted to a principal: its channels are denied as `Forbidden`. Its
    /// connections stay, and may ask again. What the host was asked before is asked again if the answer names this
    /// principal: it may be older than the revocation.
    pub fn revoke(&mut self, now: Time, principal: &Principal) {
        if planted!(RevocationIgnored) {
            return;
        }
        mark!(GrantRevoked);
        for conn in self.principals.connections(principal) {
            let Some(connection) = self.connections.get(&conn) else { continue };
            let granted = |seat: &Seat| match seat {
                Seat::Asked(_) => false,
                Seat::Waiting(waiting) => waiting.grant.principal == *principal,
                Seat::Taken(reader) => {
                    self.readers.get(reader).is_some_and(|known| known.principal == *principal)
                }
            };
            let seats = connection.seats.iter().filter(|(_, seat)| granted(seat));
            let channels: Vec<Channel> = seats.map(|(&channel, _)| channel).collect();
            for channel in channels {
                self.vacate(now, conn, channel, Some(Code::Forbidden));
            }
            self.resume(now, conn);
        }
        self.revoked.insert(principal.clone(), self.latest_request);
        self.forget_revoked();
    }

    /// Forgets revocations than which every question to the host is younger.
    pub(super) fn forget_revoked(&mut self) {
        if self.revoked.is_empty() {
            return;
        }
        let asks = |question: &Question| !matches!(question, Question::Open(_));
        let oldest = self.questions.iter().find(|(_, question)| asks(question)).map(|(id, _)| *id);
        self.revoked.retain(|_, latest| oldest.is_some_and(|oldest| oldest <= *latest));
    }

    /// Closes a room to everyone, for `code`: it was deleted, or cannot be served here any more. A
    /// later join asks for it to be opened again.
    pub fn close_room(&mut self, now: Time, room: RoomNo, code: Code) {
        let Some(known) = self.rooms.remove(room) else { return };
        if let Some(at) = known.idle_at {
            self.alarms.remove(&(at, Alarm::Room(room)));
        }
        match known.state {
            RoomState::Opening { request, waiting } => {
                self.questions.remove(&request);
                for (conn, channel) in waiting {
                    self.vacate(now, conn, channel, Some(code));
                    self.resume(now, conn);
                }
            }
            RoomState::Open { readers } => {
                for reader in readers {
                    self.put_out(now, reader, code);
                }
            }
        }
        self.outputs.push(ServerOutput::CloseRoom { room });
    }

    /// A reader whose room is done with it.
    pub(super) fn put_out(&mut self, now: Time, reader: ReaderId, code: Code) {
        let Some(known) = self.readers.get(&reader) else { return };
        let (conn, channel) = (known.conn, known.channel);
        self.end_channel(now, conn, channel, Some(code), false);
    }

    /// Ends a channel, and tells its room. With a reason the client is told too.
    pub(super) fn vacate(&mut self, now: Time, conn: ConnId, channel: Channel, code: Option<Code>) {
        self.end_channel(now, conn, channel, code, true);
    }

    fn end_channel(
        &mut self,
        now: Time,
        conn: ConnId,
        channel: Channel,
        code: Option<Code>,
        tell_room: bool,
    ) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(seat) = connection.end(channel) else { return };
        self.clear(now, conn, channel, seat, code, tell_room);
        self.note_standing(now, conn);
        if let Some(code) = code {
            self.deny(now, conn, channel, code);
        }
        self.pull_next(conn);
        self.arm(conn);
    }

    /// Tells a client that a channel is not, or no longer, in its room.
    pub(super) fn deny(&mut self, now: Time, conn: ConnId, channel: Channel, code: Code) {
        meter::count(&mut self.metrics.denied, code);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.note_ended(channel);
        }
        self.answer(now, conn, &Message::Denied(Denied { channel, code }));
    }

    /// Forgets a connection and all that hangs on it. Returns whether it was known.
    pub(super) fn forget(&mut self, now: Time, conn: ConnId, code: Option<Code>) -> bool {
        let Some(connection) = self.connections.remove(&conn) else { return false };
        self.resumed.remove(&conn);
        self.strangers.remove(conn);
        if let Some(at) = connection.armed {
            self.alarms.remove(&(at, Alarm::Connection(conn)));
        }
        if let Some(debtor) = connection.debtor {
            self.owed.leave(now, debtor, connection.allowance, &self.config.limits);
        }
        for request in connection.asked {
            // A room that is being opened may be waited for by others too.
            if !matches!(self.questions.get(&request), Some(Question::Open(_))) {
                self.questions.remove(&request);
            }
        }
        for (channel, seat) in connection.seats {
            self.clear(now, conn, channel, seat, code, true);
        }
        true
    }

    /// Undoes what stands behind a seat that is no longer its connection's.
    fn clear(
        &mut self,
        now: Time,
        conn: ConnId,
        channel: Channel,
        seat: Seat,
        code: Option<Code>,
        tell_room: bool,
    ) {
        match seat {
            Seat::Asked(_) => {}
            Seat::Waiting(waiting) => {
                self.principals.leave(&waiting.grant.principal, conn);
                if let Some(room) = self.rooms.get_mut(waiting.room) {
                    room.stop_waiting(conn, channel);
                }
            }
            Seat::Taken(id) => {
                if tell_room {
                    self.tell_reader(id, ToRoom::Leave { reader: id });
                }
                let Some(reader) = self.readers.remove(&id) else { return };
                self.principals.leave(&reader.principal, conn);
                if let Some(room) = self.rooms.get_mut(reader.room) {
                    room.leave(id);
                }
                self.watch_if_deserted(now, reader.room);
                if reader.joined {
                    let (room, principal) = (reader.room, reader.principal);
                    self.tell_event(ServerEvent::Left { conn, channel, room, principal, code });
                }
            }
        }
    }

    /// A room that nobody is in is closed after a while.
    pub(super) fn watch_if_deserted(&mut self, now: Time, room: RoomNo) {
        let Some(known) = self.rooms.get_mut(room) else { return };
        if known.is_deserted() && known.idle_at.is_none() {
            let at = now.after(self.config.timing.room_idle);
            known.idle_at = Some(at);
            self.alarms.insert((at, Alarm::Room(room)));
        }
    }

    /// The while is over; `at` tells its alarm from that of another room of the same number.
    pub(super) fn close_if_deserted(&mut self, at: Time, room: RoomNo) {
        let idle = self.rooms.get(room).is_some_and(|known| known.idle_at == Some(at));
        if idle && self.rooms.remove(room).is_some() {
            mark!(RoomClosedIdle);
            self.outputs.push(ServerOutput::CloseRoom { room });
        }
    }
}
