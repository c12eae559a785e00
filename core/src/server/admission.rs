//! Who may come in: the host's answers, and the rooms that have to be opened first.

use crate::error::Code;
use crate::exchange::{Grant, JoinRoom, ToRoom};
use crate::id::{Channel, ConnId, Principal, RequestId, RoomNo};
use crate::message::Join;
use crate::plant::planted;
use crate::time::Time;

use super::connection::{Seat, Waiting};
use super::reader::Reader;
use super::rooms::RoomState;
use super::{Question, Server, ServerOutput};

impl Server {
    /// The host's answer to [`ServerOutput::Authorize`]. Late and unknown answers are ignored.
    pub fn handle_authorized(
        &mut self,
        now: Time,
        request: RequestId,
        result: Result<Grant, Code>,
    ) {
        let Some(&question) = self.questions.get(&request) else { return };
        let (Question::Join(conn, _) | Question::Stay(conn, _)) = question else { return };
        self.questions.remove(&request);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.asked.remove(&request);
        }
        let revoked = result.as_ref().ok().and_then(|grant| self.revoked.get(&grant.principal));
        let outdated = revoked.is_some_and(|latest| request <= *latest);
        self.forget_revoked();
        if outdated && !planted!(RevocationIgnored) {
            return self.ask_again(now, conn, question);
        }
        match question {
            Question::Join(conn, channel) => match result {
                Ok(grant) => self.admit(now, conn, channel, grant),
                Err(code) => self.vacate(now, conn, channel, Some(code)),
            },
            Question::Stay(_, reader) => {
                let Some(known) = self.readers.get(&reader) else {
                    return self.resume(now, conn);
                };
                let channel = known.channel;
                match result {
                    Ok(grant) if grant.principal == known.principal => {
                        self.tell_reader(reader, ToRoom::Regrant { reader, grant });
                    }
                    // An outbox belongs to one principal: another one joins anew.
                    Ok(_) => self.vacate(now, conn, channel, Some(Code::Forbidden)),
                    Err(code) => self.vacate(now, conn, channel, Some(code)),
                }
            }
            Question::Open(_) => {}
        }
        self.resume(now, conn);
    }

    /// Asks the host once more, as its answer may be older than what it took back since.
    fn ask_again(&mut self, now: Time, conn: ConnId, question: Question) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let room = match question {
            Question::Join(_, channel) => match connection.seats.get(&channel) {
                Some(Seat::Asked(join)) => Some(join.room.clone()),
                _ => None,
            },
            Question::Stay(_, reader) => self.room_of(reader),
            Question::Open(_) => None,
        };
        match room {
            Some(room) => self.ask(conn, question, room),
            None => self.resume(now, conn),
        }
    }

    /// The host's answer to [`ServerOutput::OpenRoom`], with the same room number. Late and unknown
    /// answers are ignored.
    pub fn handle_room_opened(
        &mut self,
        now: Time,
        request: RequestId,
        result: Result<RoomNo, Code>,
    ) {
        let Some(&Question::Open(room)) = self.questions.get(&request) else { return };
        self.questions.remove(&request);
        let result = match result {
            Ok(other) if other != room => Err(Code::Internal),
            same => same,
        };
        let Some(known) = self.rooms.get_mut(room) else { return };
        let open = RoomState::Open { readers: std::collections::BTreeSet::new() };
        let RoomState::Opening { waiting, .. } = core::mem::replace(&mut known.state, open) else {
            return;
        };
        if result.is_err() {
            self.rooms.remove(room);
        }
        for &(conn, channel) in &waiting {
            match result {
                Ok(_) => self.enter_waiting(conn, channel),
                Err(code) => self.vacate(now, conn, channel, Some(code)),
            }
        }
        self.watch_if_deserted(now, room);
        for (conn, _) in waiting {
            self.resume(now, conn);
        }
    }

    /// A channel may join: finds its room.
    fn admit(&mut self, now: Time, conn: ConnId, channel: Channel, grant: Grant) {
        let limits = &self.config.limits;
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(Seat::Asked(join)) = connection.seats.get(&channel) else { return };
        let join = Join::clone(join);
        let number = self.rooms.number(&join.room);
        let full = number.is_none() && self.rooms.len() >= limits.server_rooms;
        let most = limits.principal_connections;
        if full || !self.principals.enter(&grant.principal, conn, most) {
            return self.vacate(now, conn, channel, Some(Code::TooMany));
        }
        self.strangers.remove(conn);
        self.charge(now, conn, &grant.principal);
        let room = number.unwrap_or_else(|| self.open_room(&join));
        let Some(known) = self.rooms.get_mut(room) else { return };
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        match known.state {
            RoomState::Opening { request, .. } => {
                known.wait(conn, channel);
                connection.asked.insert(request);
                let waiting = Box::new(Waiting { request, room, join, grant });
                connection.seats.insert(channel, Seat::Waiting(waiting));
            }
            RoomState::Open { .. } => self.enter(conn, room, &join, grant),
        }
    }

    /// A connection that speaks for a principal owes what an earlier one left: a new one is no new budget.
    fn charge(&mut self, now: Time, conn: ConnId, principal: &Principal) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.debtor.as_ref() == Some(principal) {
            return;
        }
        if let Some(other) = connection.debtor.replace(principal.clone()) {
            self.owed.leave(now, other, connection.allowance, &self.config.limits);
        }
        if let Some(debt) = self.owed.take(principal) {
            connection.allowance.owe(now, &debt);
        }
    }

    fn open_room(&mut self, join: &Join) -> RoomNo {
        let request = self.latest_request.next();
        let room = self.rooms.open(join.room.clone(), request);
        self.next_request(Question::Open(room));
        let name = join.room.clone();
        self.outputs.push(ServerOutput::OpenRoom { request, room, name });
        room
    }

    /// The room of a channel is open now.
    fn enter_waiting(&mut self, conn: ConnId, channel: Channel) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(Seat::Waiting(waiting)) = connection.seats.remove(&channel) else { return };
        connection.asked.remove(&waiting.request);
        let Waiting { room, join, grant, .. } = *waiting;
        self.enter(conn, room, &join, grant);
    }

    /// Asks a room to take a reader in.
    fn enter(&mut self, conn: ConnId, room: RoomNo, join: &Join, grant: Grant) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(known) = self.rooms.get_mut(room) else { return };
        self.latest_reader = self.latest_reader.next();
        let (reader, channel) = (self.latest_reader, join.channel);
        if let Some(at) = known.idle_at.take() {
            self.alarms.remove(&(at, super::Alarm::Room(room)));
        }
        known.enter(reader);
        connection.seats.insert(channel, Seat::Taken(reader));
        let arrival = connection.arrival;
        let principal = grant.principal.clone();
        self.readers.insert(reader, Reader { conn, channel, room, principal, joined: false });
        let join = JoinRoom {
            reader,
            arrival,
            channel,
            grant,
            client: join.client,
            writes: join.writes,
            session: join.session,
            epoch: join.epoch,
            version: join.version,
            heard: join.heard,
        };
        self.outputs.push(ServerOutput::ToRoom { room, to: ToRoom::Join(join) });
    }
}
