//! Connections and grants: greets, authorises, routes, sheds load.
//!
//! A server knows rooms by number and name only. It gives its host values for them ([`ToRoom`]) and
//! takes theirs ([`FromRoom`](crate::exchange::FromRoom)), so a host may keep each room on any thread. Per connection it
//! remembers numbers, never state: a peer that does not read costs one frame, however much happens.
//!
//! > **After each input, drain [`Server::poll_output`] until it returns `None`, then ask
//! > [`Server::poll_timeout`], [`Server::poll_resumed`] and [`Server::wants_input`].**
//!
//! While a connection waits for an answer of the host, or for its budget, it is not to be read; what
//! still arrives is held, up to one frame's worth, and beyond that the connection is closed.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error, Story};
use crate::exchange::ToRoom;
use crate::frame;
use crate::id::{Arrival, Channel, ConnId, Principal, ReaderId, RequestId, RoomName, RoomNo};
use crate::message::{Fault, GoAway, Message, Ping};
use crate::plant::mark;
#[cfg(feature = "plant")]
use crate::plant::planted;
use crate::time::Time;

mod admission;
mod allowance;
mod config;
mod connection;
mod conversation;
mod departure;
mod meter;
mod output;
mod principals;
mod reader;
mod rooms;
mod strangers;
mod token;

pub use config::ServerConfig;
pub use meter::ServerMetrics;
pub use output::{ServerEvent, ServerOutput};
pub use token::Token;

use allowance::Owed;
use connection::Connection;
use output::Outputs;
use principals::Principals;
use reader::Reader;
use rooms::Rooms;
use strangers::Strangers;

/// All connections of one process, and which rooms they read.
///
/// ```
/// use syncline_core::server::{Server, ServerConfig, ServerOutput};
/// use syncline_core::{Code, ConnId, Time};
/// let mut server = Server::new(ServerConfig::default()).unwrap();
/// let stranger = ConnId::new(1);
/// server.handle_connected(Time::from_millis(0), stranger);
///
/// let deadline = server.poll_timeout().unwrap();
/// assert_eq!(deadline, Time::from_millis(5_000));
/// server.handle_timeout(deadline);
/// let Some(ServerOutput::Close { conn, code }) = server.poll_output() else { panic!() };
/// assert_eq!((conn, code), (stranger, Code::HelloTimeout));
/// ```
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    connections: BTreeMap<ConnId, Connection>,
    rooms: Rooms,
    readers: BTreeMap<ReaderId, Reader>,
    /// Connections that were not read and may be again.
    resumed: BTreeSet<ConnId>,
    /// Questions to the host without an answer yet.
    questions: BTreeMap<RequestId, Question>,
    principals: Principals,
    strangers: Strangers,
    /// What connections that ended owe.
    owed: Owed,
    /// Principals that lost their grants, and the latest question to the host at that moment.
    revoked: BTreeMap<Principal, RequestId>,
    /// When to look after whom: one moment per connection, and one per room without readers.
    alarms: BTreeSet<(Time, Alarm)>,
    outputs: Outputs,
    metrics: ServerMetrics,
    sent: meter::Sent,
    latest_arrival: Arrival,
    latest_reader: ReaderId,
    latest_request: RequestId,
    /// The server takes no more connections.
    closing: bool,
    /// And reads those that it has no more.
    winding_down: bool,
}

/// What a question to the host is about.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// May this channel join?
    Join(ConnId, Channel),
    /// May this reader stay, with its connection's newer token?
    Stay(ConnId, ReaderId),
    /// Is this room ready?
    Open(RoomNo),
}

/// Whom to look after.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Alarm {
    Connection(ConnId),
    Room(RoomNo),
}

impl Server {
    /// A server without connections.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for limits outside their range, which every client would refuse, and for no
    /// codec.
    pub fn new(config: ServerConfig) -> Result<Self, Error> {
        config.limits.check()?;
        if config.codecs.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "a codec or two", "none"));
        }
        Ok(Self {
            config,
            connections: BTreeMap::new(),
            rooms: Rooms::default(),
            readers: BTreeMap::new(),
            resumed: BTreeSet::new(),
            questions: BTreeMap::new(),
            principals: Principals::default(),
            strangers: Strangers::default(),
            owed: Owed::default(),
            revoked: BTreeMap::new(),
            alarms: BTreeSet::new(),
            outputs: Outputs::default(),
            metrics: ServerMetrics::default(),
            sent: meter::Sent::default(),
            latest_arrival: Arrival::ZERO,
            latest_reader: ReaderId::ZERO,
            latest_request: RequestId::ZERO,
            closing: false,
            winding_down: false,
        })
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// The counters now.
    #[must_use]
    pub fn metrics(&self) -> ServerMetrics {
        #[cfg(feature = "plant")]
        if planted!(CountersDisturb) {
            crate::plant::count();
        }
        let number = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        ServerMetrics {
            connections: number(self.connections.len()),
            rooms: number(self.rooms.len()),
            readers: number(self.readers.len()),
            bytes_out: self.sent.get(),
            ..self.metrics.clone()
        }
    }

    /// A connection from which the host did not read, and should again; each is told once.
    pub fn poll_resumed(&mut self) -> Option<ConnId> {
        loop {
            let conn = self.resumed.pop_first()?;
            if self.wants_input(conn) {
                return Some(conn);
            }
        }
    }

    /// Whether the host should read from this connection. Ask after every frame of it, and after it was
    /// [resumed](Self::poll_resumed).
    #[must_use]
    pub fn wants_input(&self, conn: ConnId) -> bool {
        !self.winding_down && self.connections.get(&conn).is_some_and(Connection::wants_input)
    }

    /// The number of the room with this name, if it is open or being opened.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<RoomNo> {
        self.rooms.number(name)
    }

    /// The name of the room with this number, if it is open or being opened.
    #[must_use]
    pub fn room_name(&self, room: RoomNo) -> Option<&RoomName> {
        self.rooms.get(room).map(|room| &room.name)
    }

    /// Who speaks on this connection: the principals of its channels, each once.
    #[must_use]
    pub fn principals(&self, conn: ConnId) -> BTreeSet<Principal> {
        let readers = self.connections.get(&conn).into_iter().flat_map(Connection::readers);
        let readers = readers.filter_map(|reader| self.readers.get(&reader));
        readers.map(|reader| reader.principal.clone()).collect()
    }

    /// A connection came, under a number never used before; it is greeted or closed.
    ///
    /// While there are as many as may be, one that has been in no room for as long as a greeting may take makes place
    /// for it.
    pub fn handle_connected(&mut self, now: Time, conn: ConnId) {
        if self.connections.contains_key(&conn) {
            return;
        }
        if self.connections.len() >= self.config.limits.server_connections
            && !self.closing
            && let Some((since, stranger)) = self.strangers.oldest()
            && since.after(self.config.timing.hello) <= now
        {
            self.close(now, stranger, Code::TooMany);
        }
        let full = self.connections.len() >= self.config.limits.server_connections;
        if self.closing || full {
            let code = if self.closing { Code::ShuttingDown } else { Code::TooMany };
            meter::count(&mut self.metrics.closed, code);
            self.outputs.push(ServerOutput::Close { conn, code });
            return;
        }
        self.metrics.accepted = self.metrics.accepted.saturating_add(1);
        self.latest_arrival = self.latest_arrival.next();
        let connection = Connection::new(now, self.latest_arrival, &self.config.limits);
        self.connections.insert(conn, connection);
        self.strangers.add(now, conn);
        self.arm(conn);
    }

    /// A frame came: the whole of one, of any content.
    pub fn handle_frame(&mut self, now: Time, conn: ConnId, bytes: &[u8]) {
        let limits = &self.config.limits;
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if self.winding_down {
            // As if it was lost with the connection, which is about to end.
            return;
        }
        if connection.greeted.is_some() {
            connection.heard = now;
        } else if let Some(error) = Self::unread(limits, bytes) {
            return self.refuse(now, conn, bytes.len(), frame::codec_of(bytes), error);
        } else {
            connection.codec = frame::codec_of(bytes);
        }
        self.metrics.count_in(bytes.len());
        let most = limits.frame_bytes;
        if bytes.len() > most {
            let error = Error::limit(Code::FrameTooLarge, most, "bytes of a frame", bytes.len());
            self.fault(now, conn, error);
        } else if connection.wants_input() && connection.spend(now, bytes.len()) {
            self.take_frame(now, conn, bytes);
        } else if !connection.hold(bytes, limits.frame_bytes) {
            self.close(now, conn, Code::Flood);
        }
        self.arm(conn);
    }

    /// All that was transmitted to the connection has left; it can take another frame.
    ///
    /// To be called whenever that becomes so, after frames of any kind.
    pub fn handle_writable(&mut self, now: Time, conn: ConnId) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.note_writable() {
            self.resume(now, conn);
        }
        self.pull_next(conn);
        self.arm(conn);
    }

    /// The connection is gone.
    pub fn handle_disconnected(&mut self, now: Time, conn: ConnId) {
        self.forget(now, conn, None);
    }

    /// Time has passed; harmless when it is early.
    pub fn handle_timeout(&mut self, now: Time) {
        let mut due = Vec::new();
        while let Some(&(at, alarm)) = self.alarms.first().filter(|&&(at, _)| at <= now) {
            self.alarms.remove(&(at, alarm));
            due.push((at, alarm));
        }
        for (at, alarm) in due {
            match alarm {
                Alarm::Connection(conn) => self.look_after(now, conn),
                Alarm::Room(room) => self.close_if_deserted(at, room),
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is next due; may be early.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.alarms.first().map(|&(at, _)| at)
    }

    /// What the server wants done next.
    pub fn poll_output(&mut self) -> Option<ServerOutput> {
        self.outputs.pop()
    }

    /// Says good-bye to every connection and closes it, and every room. New ones are refused.
    pub fn shutdown(&mut self, now: Time, retry_after: Duration) {
        self.closing = true;
        let conns: Vec<ConnId> = self.connections.keys().copied().collect();
        for conn in conns {
            let greeted = self.connections.get(&conn).is_some_and(|known| known.greeted.is_some());
            if greeted {
                let code = Code::ShuttingDown;
                self.transmit(now, conn, &Message::GoAway(GoAway { code, retry_after }));
            }
            self.close(now, conn, Code::ShuttingDown);
        }
        self.questions.clear();
        self.alarms.clear();
        for room in self.rooms.clear() {
            self.outputs.push(ServerOutput::CloseRoom { room });
        }
    }

    /// Does what is due for a connection.
    fn look_after(&mut self, now: Time, conn: ConnId) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.armed = None;
        if connection.refilled_at.is_some_and(|at| at <= now) {
            connection.refilled_at = None;
            self.resume(now, conn);
        }
        let timing = &self.config.timing;
        let Some(connection) = self.connections.get(&conn) else { return };
        let expired = connection.expiry(timing).filter(|&(at, _)| at <= now);
        let beats = connection.heartbeat_at(timing).is_some_and(|at| at <= now);
        match expired {
            Some((_, code)) => {
                mark!(DeadlineClosed);
                self.close(now, conn, code);
            }
            None if beats => self.beat(now, conn),
            None => {}
        }
        self.arm(conn);
    }

    /// Has something sent to a connection: by its rooms, or if those had nothing the last time, a
    /// ping.
    fn beat(&mut self, now: Time, conn: ConnId) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let readers: Vec<ReaderId> = connection.readers().collect();
        if connection.beat.is_some() || readers.is_empty() {
            connection.pings = connection.pings.wrapping_add(1);
            let count = connection.pings;
            return self.transmit(now, conn, &Message::Ping(Ping { count }));
        }
        connection.beat = Some(now);
        for reader in readers {
            self.tell_reader(reader, ToRoom::Heartbeat { reader });
        }
    }

    /// Sees to it that the server looks after a connection in time. An alarm that is early stays as
    /// it is: most deadlines only move away.
    fn arm(&mut self, conn: ConnId) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(deadline) = connection.deadline(&self.config.timing) else { return };
        if let Some(armed) = connection.armed {
            if armed <= deadline {
                return;
            }
            self.alarms.remove(&(armed, Alarm::Connection(conn)));
        }
        connection.armed = Some(deadline);
        self.alarms.insert((deadline, Alarm::Connection(conn)));
    }

    /// An answer to something that the peer asked for.
    fn answer(&mut self, now: Time, conn: ConnId, message: &Message) {
        self.transmit(now, conn, message);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.note_answer(now);
        }
        self.arm(conn);
    }

    fn transmit(&mut self, now: Time, conn: ConnId, message: &Message) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let bytes = frame::encode(message, connection.codec);
        self.transmit_bytes(now, conn, bytes);
    }

    fn transmit_bytes(&mut self, now: Time, conn: ConnId, bytes: Vec<u8>) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.sent = now;
        #[cfg(feature = "plant")]
        if planted!(CountersDisturb) && crate::plant::counted() % 2 == 1 {
            // Earlier, but not so early that the next one is due at once, and time stands still.
            connection.sent = Time::from_micros(now.as_micros().saturating_sub(500_000));
        }
        connection.beat = None;
        self.metrics.frames_out = self.metrics.frames_out.saturating_add(1);
        self.sent.count(bytes.len());
        self.outputs.push(ServerOutput::Transmit { conn, bytes });
    }

    /// Tells a peer what it did wrong, and closes its connection.
    fn fault(&mut self, now: Time, conn: ConnId, error: Error) {
        let Story { code, expected, got } = error.into_story();
        meter::count(&mut self.metrics.faults, code);
        let fault = Fault { code, expected: expected.into_owned(), got };
        self.transmit(now, conn, &Message::Fault(fault));
        self.close(now, conn, code);
    }

    fn close(&mut self, now: Time, conn: ConnId, code: Code) {
        if self.forget(now, conn, Some(code)) {
            meter::count(&mut self.metrics.closed, code);
            self.outputs.push(ServerOutput::Close { conn, code });
        }
    }

    /// Notes whether a connection holds a grant.
    fn note_standing(&mut self, now: Time, conn: ConnId) {
        let Some(connection) = self.connections.get(&conn) else { return };
        if connection.is_granted() {
            self.strangers.remove(conn);
        } else {
            self.strangers.add(now, conn);
        }
    }

    fn next_request(&mut self, question: Question) -> RequestId {
        self.latest_request = self.latest_request.next();
        self.questions.insert(self.latest_request, question);
        self.latest_request
    }

    /// Hands something to the room of a reader.
    fn tell_reader(&mut self, reader: ReaderId, to: ToRoom) {
        if let Some(Reader { room, .. }) = self.readers.get(&reader) {
            self.outputs.push(ServerOutput::ToRoom { room: *room, to });
        }
    }
}

#[cfg(test)]
mod tests;
