//! What each message of a client leads to. Its shape and size were checked when it was decoded.

use crate::error::{Code, Error};
use crate::exchange::ToRoom;
use crate::frame::{self, Decoded};
use crate::id::{Channel, ConnId, PresenceId, ReaderId, RoomName};
use crate::limit::Limits;
use crate::message::{
    Auth, Codec, Hello, Join, Message, PROTOCOL, PROTOCOL_OLDEST, Presence, Welcome,
};
use crate::time::Time;

use super::connection::{Greeted, Seat};
use super::{Question, Server, ServerOutput};

fn no_greeting() -> Error {
    Error::new(Code::Unexpected, "a greeting first", "another message")
}

impl Server {
    pub(super) fn take_frame(&mut self, now: Time, conn: ConnId, bytes: &[u8]) {
        let Some(connection) = self.connections.get(&conn) else { return };
        match frame::decode(bytes, connection.codec, &self.config.limits.of_frames()) {
            Err(error) => self.fault(now, conn, error),
            Ok(Decoded::Message(Message::Hello(hello))) => self.greet(now, conn, hello),
            Ok(_) if connection.greeted.is_none() => {
                self.fault(now, conn, no_greeting());
            }
            Ok(Decoded::Skip) => {}
            Ok(Decoded::Message(message)) => self.handle_message(now, conn, message),
        }
    }

    /// Goes on with what was held, as far as nothing else stands in the way.
    pub(super) fn resume(&mut self, now: Time, conn: ConnId) {
        if self.winding_down {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&conn).filter(|known| known.is_read()) {
            connection.heard = now;
        }
        while let Some(frame) =
            self.connections.get_mut(&conn).and_then(|connection| connection.next_held(now))
        {
            self.take_frame(now, conn, &frame);
        }
        if self.wants_input(conn) {
            self.resumed.insert(conn);
        }
        self.arm(conn);
    }

    /// Why the first frame of a connection is not read; nothing if it is. A frame that is not read can hold anything.
    pub(super) fn unread(limits: &Limits, bytes: &[u8]) -> Option<Error> {
        let most = limits.hello_bytes;
        if bytes.len() > most {
            return Some(Error::limit(Code::FrameTooLarge, most, "bytes of a frame", bytes.len()));
        }
        match frame::decode(bytes, frame::codec_of(bytes), &limits.of_frames()) {
            Ok(Decoded::Message(_)) => None,
            Ok(Decoded::Skip) => Some(no_greeting()),
            Err(error) => Some(error),
        }
    }

    /// What is wrong with a frame of somebody who was not greeted yet, or is not there any more, if it is not read.
    #[cfg(feature = "host")]
    pub(crate) fn stranger(&self, conn: ConnId, bytes: &[u8]) -> Option<Error> {
        let connection = self.connections.get(&conn);
        let known = connection.is_some_and(|connection| connection.greeted.is_some());
        if known { None } else { Self::unread(&self.config.limits, bytes) }
    }

    /// As for a frame that is not read: of so many bytes, in this codec, and what is wrong with it.
    pub(crate) fn refuse(
        &mut self,
        now: Time,
        conn: ConnId,
        bytes: usize,
        codec: Codec,
        error: Error,
    ) {
        if self.winding_down {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&conn) {
            // A fault must be readable to a stranger too.
            connection.codec = codec;
            self.metrics.count_in(bytes);
            self.fault(now, conn, error);
        }
    }

    /// The first message; the token is judged at each join.
    pub(super) fn greet(&mut self, now: Time, conn: ConnId, hello: Hello) {
        match self.agree(conn, hello) {
            Ok(welcome) => self.transmit(now, conn, &Message::Welcome(welcome)),
            Err(error) => self.fault(now, conn, error),
        }
    }

    fn agree(&mut self, conn: ConnId, hello: Hello) -> Result<Welcome, Error> {
        let codec = hello.codecs.iter().copied().find(|codec| self.config.codecs.contains(codec));
        let connection = self.connections.get_mut(&conn).ok_or_else(|| {
            Error::new(Code::Internal, "a greeting over a connection", "one over none")
        })?;
        if connection.greeted.is_some() {
            return Err(Error::new(Code::Unexpected, "one greeting", "a second one"));
        }
        let (oldest, newest) = (hello.oldest, hello.newest);
        if oldest > newest || newest < PROTOCOL_OLDEST || oldest > PROTOCOL {
            let expected = format!("a protocol version from {PROTOCOL_OLDEST} to {PROTOCOL}");
            return Err(Error::new(Code::Unsupported, expected, format!("{oldest} to {newest}")));
        }
        let codec = codec.ok_or_else(|| {
            let expected = format!("one of the codecs {:?}", self.config.codecs);
            Error::new(Code::Unsupported, expected, format!("{:?}", hello.codecs))
        })?;
        connection.codec = codec;
        connection.greeted = Some(Greeted { token: hello.token, schema: hello.schema });
        Ok(Welcome { protocol: newest.min(PROTOCOL), codec, limits: self.config.limits })
    }

    /// A message after the greeting.
    pub(super) fn handle_message(&mut self, now: Time, conn: ConnId, message: Message) {
        match message {
            Message::Join(join) => self.ask_to_join(now, conn, join),
            Message::Push(push) => {
                if let Some(reader) = self.reader_on(now, conn, push.channel) {
                    self.tell_reader(reader, ToRoom::Push { reader, push });
                }
            }
            Message::Presence(presence) => self.handle_presence(now, conn, presence),
            Message::Leave(leave) => {
                if self.known_on(now, conn, leave.channel) {
                    self.vacate(now, conn, leave.channel, None);
                }
            }
            #[cfg(feature = "views")]
            Message::Watch(watch) => {
                if let Some(reader) = self.reader_on(now, conn, watch.channel) {
                    let (view, name, cursor) = (watch.view, watch.name, watch.cursor);
                    self.tell_reader(reader, ToRoom::Watch { reader, view, name, cursor });
                }
            }
            #[cfg(feature = "views")]
            Message::Unwatch(unwatch) => {
                if let Some(reader) = self.reader_on(now, conn, unwatch.channel) {
                    self.tell_reader(reader, ToRoom::Unwatch { reader, view: unwatch.view });
                }
            }
            #[cfg(feature = "views")]
            Message::Show(_) => self.fault_unexpected(now, conn, "Show"),
            Message::Auth(auth) => self.ask_to_stay(conn, auth),
            Message::Ping(_) => {}
            Message::Fault(fault) => self.close(now, conn, fault.code),
            Message::Hello(_) => self.fault_unexpected(now, conn, "a second Hello"),
            Message::Welcome(_) => self.fault_unexpected(now, conn, "Welcome"),
            Message::Joined(_) => self.fault_unexpected(now, conn, "Joined"),
            Message::Denied(_) => self.fault_unexpected(now, conn, "Denied"),
            Message::Delta(_) => self.fault_unexpected(now, conn, "Delta"),
            Message::GoAway(_) => self.fault_unexpected(now, conn, "GoAway"),
        }
    }

    fn ask_to_join(&mut self, now: Time, conn: ConnId, join: Join) {
        let channel = join.channel;
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.seats.contains_key(&channel) {
            let got = format!("channel {channel} twice");
            let error = Error::new(Code::Unexpected, "a channel that is not in use", got);
            return self.fault(now, conn, error);
        }
        if self.config.limits.check_room(join.room.as_str()).is_err() {
            return self.deny(now, conn, channel, Code::InvalidName);
        }
        if connection.seats.len() >= self.config.limits.connection_rooms {
            return self.deny(now, conn, channel, Code::TooMany);
        }
        let room = join.room.clone();
        connection.seats.insert(channel, Seat::Asked(Box::new(join)));
        self.ask(conn, Question::Join(conn, channel), room);
    }

    /// Every reader of the connection must stand the newer token.
    fn ask_to_stay(&mut self, conn: ConnId, auth: Auth) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if let Some(greeted) = &mut connection.greeted {
            greeted.token = auth.token;
        }
        let readers: Vec<ReaderId> = connection.readers().collect();
        for reader in readers {
            if let Some(room) = self.room_of(reader) {
                self.ask(conn, Question::Stay(conn, reader), room);
            }
        }
    }

    /// The name of the room that a reader is in.
    pub(super) fn room_of(&self, reader: ReaderId) -> Option<RoomName> {
        let room = self.readers.get(&reader).and_then(|known| self.rooms.get(known.room))?;
        Some(room.name.clone())
    }

    /// Asks the host about the connection's token; the connection is not read before the answer.
    pub(super) fn ask(&mut self, conn: ConnId, question: Question, room: RoomName) {
        let request = self.next_request(question);
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.asked.insert(request);
        let greeted = connection.greeted.as_ref();
        let token = greeted.map(|greeted| greeted.token.clone()).unwrap_or_default().into();
        let schema = greeted.map(|greeted| greeted.schema.clone()).unwrap_or_default();
        self.outputs.push(ServerOutput::Authorize { request, conn, token, schema, room });
    }

    fn handle_presence(&mut self, now: Time, conn: ConnId, presence: Presence) {
        let Presence { channel, full, mut entries } = presence;
        let state = match entries.pop() {
            Some(own) if entries.is_empty() && !full && own.id == PresenceId::default() => {
                own.state
            }
            _ => {
                let expected = "one presence entry, of the sender itself";
                let error = Error::new(Code::Malformed, expected, "other entries");
                return self.fault(now, conn, error);
            }
        };
        if let Some(reader) = self.reader_on(now, conn, channel) {
            self.tell_reader(reader, ToRoom::Presence { reader, state });
        }
    }

    /// The reader on a channel. There is none, and no mistake, while what the client sent before it
    /// knew of a channel's end is still arriving; any other channel is a fault.
    fn reader_on(&mut self, now: Time, conn: ConnId, channel: Channel) -> Option<ReaderId> {
        if !self.known_on(now, conn, channel) {
            return None;
        }
        let seat = self.connections.get(&conn).and_then(|known| known.seats.get(&channel));
        let reader = match seat? {
            Seat::Taken(reader) => {
                self.readers.get(reader).filter(|known| known.joined).map(|_| *reader)
            }
            Seat::Asked(_) | Seat::Waiting(_) => None,
        };
        if reader.is_none() {
            self.fault_unexpected(now, conn, "a message on a channel that has not joined");
        }
        reader
    }

    /// Whether a channel is in use. One that is not and never was is a fault.
    fn known_on(&mut self, now: Time, conn: ConnId, channel: Channel) -> bool {
        let Some(connection) = self.connections.get(&conn) else { return false };
        let known = connection.seats.contains_key(&channel);
        if !known && !connection.has_ended(channel) {
            self.fault_unexpected(now, conn, "a message on a channel that has not joined");
        }
        known
    }

    fn fault_unexpected(&mut self, now: Time, conn: ConnId, got: &str) {
        self.fault(now, conn, Error::new(Code::Unexpected, "what a client may say now", got));
    }
}
