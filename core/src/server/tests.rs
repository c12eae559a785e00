//! A host and its rooms, small enough to see through: rooms know nothing but who has news.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::exchange::{FromRoom, Grant, SharedBody};
use crate::frame::Decoded;
use crate::id::{Channel, ClientId, Epoch, PresenceId, Seq, Session, Version};
use crate::limit::{Limits, Timing};
use crate::message::{
    Auth, Body, Codec, Durability, Hello, Join, Leave, PROTOCOL, Participant, Presence, Push,
};

mod admission;
mod chaos;
mod greeting;
mod lane;
mod pace;
mod timing;
mod whole;

/// How a room answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    /// At once, as a healthy room does.
    AtOnce,
    /// Not at all: the test does.
    ByHand,
}

struct Bench {
    server: Server,
    now: Time,
    codec: Codec,
    /// Whether grants and rooms are given without being asked for.
    host: Answer,
    rooms: Answer,
    /// What the host says to a token.
    grant: fn(&str) -> Result<Grant, Code>,
    open: BTreeSet<ConnId>,
    sent: BTreeMap<ConnId, Vec<Message>>,
    closed: Vec<(ConnId, Code)>,
    authorize: Vec<(RequestId, ConnId, String, RoomName)>,
    opening: Vec<(RequestId, RoomNo, RoomName)>,
    closed_rooms: Vec<RoomNo>,
    to_room: Vec<(RoomNo, ToRoom)>,
    events: Vec<ServerEvent>,
    /// Readers that a room has taken in.
    inside: BTreeMap<ReaderId, RoomNo>,
    news: BTreeSet<ReaderId>,
    /// Connections with a state frame on its way.
    busy: BTreeSet<ConnId>,
}

fn limits() -> Limits {
    Limits::default()
}

fn conn(number: u64) -> ConnId {
    ConnId::new(number)
}

fn channel(number: u32) -> Channel {
    Channel::new(number)
}

fn room(name: &str) -> RoomName {
    RoomName::new(name).unwrap()
}

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// The token names the principal; a token that begins with `no` is refused.
fn by_token(token: &str) -> Result<Grant, Code> {
    if token.starts_with("no") {
        return Err(Code::Unauthorized);
    }
    Ok(Grant::writer(Principal::new(token).unwrap(), vec![String::new()]))
}

fn hello(token: &str, codec: Codec) -> Message {
    Message::Hello(Hello {
        oldest: PROTOCOL,
        newest: PROTOCOL,
        codecs: vec![codec],
        token: token.to_owned(),
        schema: "app/1".to_owned(),
    })
}

fn join(number: u32, name: &str) -> Message {
    Message::Join(Join {
        channel: channel(number),
        room: room(name),
        client: ClientId::new(7),
        writes: true,
        session: None,
        epoch: None,
        version: Version::ZERO,
        heard: Seq::ZERO,
    })
}

fn push(number: u32) -> Message {
    Message::Push(Push {
        channel: channel(number),
        session: Session::new(1),
        first: Seq::new(1),
        heard: Seq::ZERO,
        mutations: Vec::new(),
    })
}

fn presence(number: u32) -> Message {
    let entries = vec![Participant { id: PresenceId::default(), state: None }];
    Message::Presence(Presence { channel: channel(number), full: false, entries })
}

fn leave(number: u32) -> Message {
    Message::Leave(Leave { channel: channel(number) })
}

fn auth(token: &str) -> Message {
    Message::Auth(Auth { token: token.to_owned() })
}

fn ping() -> Message {
    Message::Ping(Ping { count: 1 })
}

impl Bench {
    fn new() -> Self {
        Self::with(limits())
    }

    fn with(limits: Limits) -> Self {
        Self::of(ServerConfig { limits, ..ServerConfig::default() })
    }

    fn of(config: ServerConfig) -> Self {
        Self {
            server: Server::new(config).unwrap(),
            now: ms(0),
            codec: Codec::Binary,
            host: Answer::AtOnce,
            rooms: Answer::AtOnce,
            grant: by_token,
            open: BTreeSet::new(),
            sent: BTreeMap::new(),
            closed: Vec::new(),
            authorize: Vec::new(),
            opening: Vec::new(),
            closed_rooms: Vec::new(),
            to_room: Vec::new(),
            events: Vec::new(),
            inside: BTreeMap::new(),
            news: BTreeSet::new(),
            busy: BTreeSet::new(),
        }
    }

    fn connect(&mut self, number: u64) {
        self.open.insert(conn(number));
        self.server.handle_connected(self.now, conn(number));
        self.drain();
    }

    /// A connection that was greeted and welcomed.
    fn greet(&mut self, number: u64, token: &str) {
        self.connect(number);
        self.say(number, &hello(token, self.codec));
        let sent = self.take(number);
        assert!(matches!(sent.as_slice(), [Message::Welcome(_)]), "{sent:?}");
    }

    /// A connection that joined these rooms on channels from 1.
    fn enter(&mut self, number: u64, token: &str, rooms: &[&str]) {
        self.greet(number, token);
        for (at, name) in (1..).zip(rooms) {
            self.say(number, &join(at, name));
        }
        self.settle();
        self.take(number);
        self.to_room.clear();
    }

    fn say(&mut self, number: u64, message: &Message) {
        self.bytes(number, &frame::encode(message, self.codec));
    }

    fn bytes(&mut self, number: u64, bytes: &[u8]) {
        self.server.handle_frame(self.now, conn(number), bytes);
        self.drain();
    }

    fn writable(&mut self, number: u64) {
        self.busy.remove(&conn(number));
        self.server.handle_writable(self.now, conn(number));
        self.drain();
    }

    fn disconnect(&mut self, number: u64) {
        self.open.remove(&conn(number));
        self.server.handle_disconnected(self.now, conn(number));
        self.drain();
    }

    /// All frames leave, until no more come.
    fn settle(&mut self) {
        while let Some(&conn) = self.busy.first() {
            self.writable(conn.get());
        }
    }

    /// Time passes, with every timeout on time.
    fn wait_until(&mut self, millis: u64) {
        while let Some(at) = self.server.poll_timeout().filter(|&at| at <= ms(millis)) {
            self.now = self.now.max(at);
            self.server.handle_timeout(self.now);
            self.drain();
            assert!(self.server.poll_timeout().is_none_or(|next| next > self.now), "a busy loop");
        }
        self.now = ms(millis);
    }

    fn authorized(&mut self, result: Result<Grant, Code>) {
        let (request, ..) = self.authorize.remove(0);
        self.server.handle_authorized(self.now, request, result);
        self.drain();
    }

    fn opened(&mut self, result: Result<(), Code>) {
        let (request, room, _) = self.opening.remove(0);
        self.server.handle_room_opened(self.now, request, result.map(|()| room));
        self.drain();
    }

    fn room_says(&mut self, room: RoomNo, from: FromRoom) {
        self.server.handle_room(self.now, room, from);
        self.drain();
    }

    /// Something happened in a room; it says so to everyone in it, each time.
    fn happen(&mut self, name: &str) {
        let room = self.server.room(&room(name)).unwrap();
        let readers: Vec<ReaderId> =
            self.inside.iter().filter(|&(_, &no)| no == room).map(|(&reader, _)| reader).collect();
        for reader in readers {
            self.news.insert(reader);
            self.room_says(room, FromRoom::News { reader });
        }
    }

    fn reader(&self, number: u64, on: u32) -> ReaderId {
        let found = self
            .server
            .readers
            .iter()
            .find(|(_, reader)| reader.conn == conn(number) && reader.channel == channel(on));
        *found.unwrap().0
    }

    /// What was sent to a connection since the last time.
    fn take(&mut self, number: u64) -> Vec<Message> {
        self.sent.remove(&conn(number)).unwrap_or_default()
    }

    fn fault(&mut self, number: u64) -> Option<Code> {
        let last = self.take(number).pop();
        if let Some(Message::Fault(fault)) = last { Some(fault.code) } else { None }
    }

    /// The code with which a connection was closed.
    fn close_code(&self, number: u64) -> Option<Code> {
        self.closed.iter().find(|(closed, _)| *closed == conn(number)).map(|&(_, code)| code)
    }

    fn wants_input(&self, number: u64) -> bool {
        self.server.wants_input(conn(number))
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll_output() {
            match output {
                ServerOutput::Transmit { conn, bytes } => self.note_sent(conn, &bytes),
                ServerOutput::Close { conn, code } => {
                    assert!(self.open.remove(&conn), "{conn} closed twice");
                    self.busy.remove(&conn);
                    self.closed.push((conn, code));
                }
                ServerOutput::Authorize { request, conn, token, schema, room } => {
                    assert_eq!(schema, "app/1");
                    self.authorize.push((request, conn, token.clone().into_string(), room));
                    if self.host == Answer::AtOnce {
                        self.authorize.pop();
                        self.server.handle_authorized(self.now, request, (self.grant)(&token));
                    }
                }
                ServerOutput::OpenRoom { request, room, name } => {
                    if self.host == Answer::AtOnce {
                        self.server.handle_room_opened(self.now, request, Ok(room));
                    } else {
                        self.opening.push((request, room, name));
                    }
                }
                ServerOutput::CloseRoom { room } => {
                    self.inside.retain(|_, &mut inside| inside != room);
                    self.closed_rooms.push(room);
                }
                ServerOutput::ToRoom { room, to } => {
                    if self.rooms == Answer::AtOnce {
                        self.play_room(room, &to);
                    }
                    self.to_room.push((room, to));
                }
                ServerOutput::Event(event) => self.events.push(event),
            }
        }
    }

    fn note_sent(&mut self, conn: ConnId, bytes: &[u8]) {
        assert!(self.open.contains(&conn), "a frame to {conn}, which is closed");
        let Ok(Decoded::Message(message)) =
            frame::decode(bytes, frame::codec_of(bytes), &Limits::HARD)
        else {
            panic!("{bytes:?}");
        };
        if matches!(message, Message::Delta(_) | Message::Presence(_)) {
            assert!(self.busy.insert(conn), "a second state frame on its way to {conn}");
        }
        self.sent.entry(conn).or_default().push(message);
    }

    fn play_room(&mut self, room: RoomNo, to: &ToRoom) {
        match to {
            ToRoom::Join(join) => {
                self.inside.insert(join.reader, room);
                self.server.handle_room(self.now, room, joined(join.reader));
                self.tell_news(room, join.reader);
            }
            ToRoom::Heartbeat { reader } | ToRoom::Push { reader, .. } => {
                self.tell_news(room, *reader);
            }
            ToRoom::Pull { reader } => {
                let from = if self.news.remove(reader) {
                    delta(*reader)
                } else {
                    FromRoom::Nothing { reader: *reader }
                };
                self.server.handle_room(self.now, room, from);
            }
            ToRoom::Leave { reader } => {
                self.inside.remove(reader);
            }
            ToRoom::Regrant { .. } | ToRoom::Presence { .. } => {}
            #[cfg(feature = "views")]
            ToRoom::Watch { .. } | ToRoom::Unwatch { .. } => {}
        }
    }

    fn tell_news(&mut self, room: RoomNo, reader: ReaderId) {
        if self.inside.contains_key(&reader) && self.news.insert(reader) {
            self.server.handle_room(self.now, room, FromRoom::News { reader });
        }
    }
}

fn joined(reader: ReaderId) -> FromRoom {
    FromRoom::Joined {
        reader,
        epoch: Epoch::new(1),
        session: Some(Session::new(1)),
        last: Seq::ZERO,
        durability: Durability::Durable,
        presence: PresenceId::new(1),
    }
}

fn delta(reader: ReaderId) -> FromRoom {
    let body = Body { to: Version::new(1), ..Body::default() };
    FromRoom::Delta { reader, personal: None, body: Arc::new(SharedBody::new(body)) }
}

/// The kinds of messages, in order.
fn kinds(messages: &[Message]) -> Vec<&'static str> {
    let kind = |message: &Message| match message {
        Message::Hello(_) => "Hello",
        Message::Welcome(_) => "Welcome",
        Message::Join(_) => "Join",
        Message::Joined(_) => "Joined",
        Message::Denied(_) => "Denied",
        Message::Push(_) => "Push",
        Message::Delta(_) => "Delta",
        Message::Presence(_) => "Presence",
        Message::Leave(_) => "Leave",
        Message::Auth(_) => "Auth",
        Message::GoAway(_) => "GoAway",
        Message::Ping(_) => "Ping",
        Message::Fault(_) => "Fault",
        #[cfg(feature = "views")]
        Message::Watch(_) | Message::Unwatch(_) | Message::Show(_) => "of views",
    };
    messages.iter().map(kind).collect()
}

/// The codes of the denials among messages, by channel.
fn denials(messages: &[Message]) -> Vec<(u32, Code)> {
    let mut denials = Vec::new();
    for message in messages {
        if let Message::Denied(denied) = message {
            denials.push((denied.channel.get(), denied.code));
        }
    }
    denials
}
