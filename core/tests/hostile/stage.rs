//! A server with its rooms in memory, and what each connection was told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::message::{Hello, Join, Message, PROTOCOL, Personal, Push, Refusal};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{
    Action, Channel, ClientId, Code, Codec, ConnId, Content, Edit, Epoch, Grant, Key, Limits, Op,
    Principal, RoomName, RoomNo, Seen, Seq, Session, Time, Value, Version,
};

/// What stands in the room `secret`, of which only `ada` may know.
pub(crate) const SECRET: &str = "CONFIDENTIAL";

pub(crate) fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::HARD).unwrap()
}

pub(crate) fn op(key: &str, action: Action, seen: Seen) -> Op {
    Op { key: Key::new(key).unwrap(), action, seen }
}

pub(crate) fn conn(number: u64) -> ConnId {
    ConnId::new(number)
}

pub(crate) fn hello(token: &str) -> Message {
    Message::Hello(Hello {
        oldest: PROTOCOL,
        newest: PROTOCOL,
        codecs: vec![Codec::Binary, Codec::Json],
        token: token.into(),
        schema: String::new(),
    })
}

pub(crate) fn join(
    channel: u32,
    room: &str,
    client: u128,
    session: Option<u64>,
    epoch: Option<u64>,
) -> Message {
    Message::Join(Join {
        channel: Channel::new(channel),
        room: RoomName::new(room).unwrap(),
        client: ClientId::new(client),
        writes: true,
        session: session.map(Session::new),
        epoch: epoch.map(Epoch::new),
        version: Version::ZERO,
        heard: Seq::ZERO,
    })
}

pub(crate) fn push(channel: u32, session: u64, first: u64, mutations: Vec<Vec<Op>>) -> Message {
    Message::Push(Push {
        channel: Channel::new(channel),
        session: Session::new(session),
        first: Seq::new(first),
        heard: Seq::ZERO,
        mutations,
    })
}

#[derive(Default)]
struct Peer {
    codec: Codec,
    greeted: bool,
    stalls: bool,
    frames: Vec<Vec<u8>>,
    count: usize,
    denied: Option<Code>,
    fault: Option<Code>,
    story: String,
    closed: Option<Code>,
    told: Vec<Personal>,
}

pub(crate) struct Stage {
    pub(crate) server: Server,
    now: Time,
    limits: Limits,
    rooms: BTreeMap<RoomNo, (RoomName, Room)>,
    peers: BTreeMap<ConnId, Peer>,
    /// The next mutation of the one who has to be served.
    pub(crate) next_seq: Seq,
    /// What was refused to anybody, each once.
    pub(crate) refused: Vec<Refusal>,
    revoked: BTreeSet<String>,
    /// Frames are kept, and not only counted.
    pub(crate) keeps: bool,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        let config = ServerConfig { limits, ..ServerConfig::default() };
        Self {
            server: Server::new(config).unwrap(),
            now: Time::from_millis(1),
            limits,
            rooms: BTreeMap::new(),
            peers: BTreeMap::new(),
            next_seq: Seq::new(1),
            refused: Vec::new(),
            revoked: BTreeSet::new(),
            keeps: true,
        }
    }

    pub(crate) fn connect(&mut self, number: u64) {
        self.peers.insert(conn(number), Peer::default());
        self.server.handle_connected(self.now, conn(number));
        self.drain();
    }

    /// Connects, greets and joins as a new client.
    pub(crate) fn enter(&mut self, number: u64, token: &str, room: &str, client: u128) {
        self.connect(number);
        self.say(number, &hello(token));
        self.say(number, &join(1, room, client, None, None));
    }

    pub(crate) fn bytes(&mut self, number: u64, bytes: &[u8]) {
        let peer = self.peers.get_mut(&conn(number)).unwrap();
        if !peer.greeted {
            peer.greeted = true;
            peer.codec = Codec::Binary;
        }
        self.server.handle_frame(self.now, conn(number), bytes);
        self.drain();
    }

    pub(crate) fn say(&mut self, number: u64, message: &Message) {
        let codec = self.peers[&conn(number)].codec;
        self.bytes(number, &encode(message, codec));
    }

    /// Whether a connection takes what it is sent.
    pub(crate) fn reads(&mut self, number: u64, reads: bool) {
        self.peers.get_mut(&conn(number)).unwrap().stalls = !reads;
        if reads {
            self.server.handle_writable(self.now, conn(number));
            self.drain();
        }
    }

    pub(crate) fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.server.handle_timeout(self.now);
        for (_, room) in self.rooms.values_mut() {
            room.handle_timeout(self.now);
        }
        self.drain();
    }

    pub(crate) fn revoke(&mut self, who: &str) {
        self.revoked.insert(who.into());
        self.server.revoke(self.now, &Principal::new(who).unwrap());
        self.drain();
    }

    fn named(&mut self, name: &str) -> &mut Room {
        let found = self.rooms.values_mut().find(|(known, _)| known.as_str() == name);
        &mut found.unwrap().1
    }

    pub(crate) fn room(&mut self) -> &mut Room {
        self.named("open")
    }

    pub(crate) fn number(&mut self, key: &str) -> i64 {
        self.room().get(key).map_or(0, |content| match content {
            Content::Plain(value) => value.as_i64().unwrap(),
            Content::List(_) => panic!("a list"),
        })
    }

    /// The host writes a key of the open room.
    pub(crate) fn write(&mut self, key: &str, json: &str) {
        write(self.named("open"), key, value(json));
        self.drain();
    }

    /// Whether the room `secret` holds this key.
    pub(crate) fn holds_secret(&mut self, key: &str) -> bool {
        self.named("secret").get(key).is_some()
    }

    pub(crate) fn write_secret(&mut self, text: &str) {
        write(self.named("secret"), "text", value(&format!("\"{text}\"")));
        self.drain();
    }

    pub(crate) fn fault(&self, number: u64) -> Option<Code> {
        self.peers[&conn(number)].fault
    }

    /// What the last fault told.
    pub(crate) fn story(&self, number: u64) -> String {
        self.peers[&conn(number)].story.clone()
    }

    pub(crate) fn closed(&self, number: u64) -> Option<Code> {
        self.peers[&conn(number)].closed
    }

    /// How a channel was denied last.
    pub(crate) fn denied(&mut self, number: u64) -> Option<Code> {
        self.peers.get_mut(&conn(number)).unwrap().denied.take()
    }

    pub(crate) fn frames(&self, number: u64) -> usize {
        self.peers[&conn(number)].count
    }

    pub(crate) fn told(&self, number: u64) -> Vec<Personal> {
        self.peers[&conn(number)].told.clone()
    }

    /// Whether a text stands in anything that a connection was sent.
    pub(crate) fn heard(&self, number: u64, text: &str) -> bool {
        let frames = &self.peers[&conn(number)].frames;
        let has = |frame: &Vec<u8>| frame.windows(text.len()).any(|part| part == text.as_bytes());
        frames.iter().any(has)
    }

    fn drain(&mut self) {
        loop {
            if let Some(output) = self.server.poll_output() {
                self.serve(output);
                continue;
            }
            let mut rooms = self.rooms.iter_mut();
            let output = rooms.find_map(|(number, (_, room))| Some((*number, room.poll_output()?)));
            match output {
                None => return,
                Some((number, RoomOutput::ToServer(from))) => {
                    self.server.handle_room(self.now, number, from);
                }
                // Storage that is at once durable.
                Some((number, RoomOutput::Persist(persist))) => {
                    if let Some((_, room)) = self.rooms.get_mut(&number) {
                        room.handle_persisted(persist.id);
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn serve(&mut self, output: ServerOutput) {
        match output {
            ServerOutput::Transmit { conn, bytes } => self.hear(conn, bytes),
            ServerOutput::Close { conn, code } => {
                self.peers.get_mut(&conn).unwrap().closed = Some(code);
            }
            ServerOutput::Authorize { request, token, room, .. } => {
                let known = matches!((&*token, room.as_str()), ("ada", _) | ("eve", "open"));
                let grant = if known && !self.revoked.contains(&*token) {
                    let principal = Principal::new(&*token).unwrap();
                    Ok(Grant::writer(principal, vec![String::new()]))
                } else {
                    Err(Code::Forbidden)
                };
                self.server.handle_authorized(self.now, request, grant);
            }
            ServerOutput::OpenRoom { request, room, name } => {
                let config = RoomConfig { limits: self.limits, ..RoomConfig::default() };
                let mut opened = Room::new(name.clone(), config, Epoch::new(1)).unwrap();
                if name.as_str() == "secret" {
                    write(&mut opened, "text", value(&format!("\"{SECRET}\"")));
                }
                self.rooms.insert(room, (name, opened));
                self.server.handle_room_opened(self.now, request, Ok(room));
            }
            ServerOutput::CloseRoom { room } => drop(self.rooms.remove(&room)),
            ServerOutput::ToRoom { room, to } => {
                if let Some((_, room)) = self.rooms.get_mut(&room) {
                    room.handle(self.now, to);
                }
            }
            ServerOutput::Event(_) => {}
        }
    }

    fn hear(&mut self, conn: ConnId, bytes: Vec<u8>) {
        let peer = self.peers.get_mut(&conn).unwrap();
        let Ok(Decoded::Message(message)) = decode(&bytes, codec_of(&bytes), &Limits::HARD) else {
            panic!("{bytes:?}");
        };
        match message {
            Message::Welcome(welcome) => peer.codec = welcome.codec,
            Message::Denied(denied) => peer.denied = Some(denied.code),
            Message::Fault(fault) => {
                peer.fault = Some(fault.code);
                peer.story = format!("{}, {}", fault.expected, fault.got);
            }
            Message::Delta(delta) => {
                if let Some(personal) = delta.personal {
                    for refusal in &personal.refusals {
                        if !self.refused.iter().any(|known| known.seq == refusal.seq) {
                            self.refused.push(*refusal);
                        }
                    }
                    if self.keeps {
                        peer.told.push(personal);
                    }
                }
            }
            _ => {}
        }
        peer.count += 1;
        if self.keeps {
            peer.frames.push(bytes);
        }
        if !peer.stalls {
            self.server.handle_writable(self.now, conn);
        }
    }
}

fn write(room: &mut Room, key: &str, value: Value) {
    let edit = Edit::Action(Action::Set(value));
    let key = Key::new(key).unwrap();
    room.write(&[HostEdit { key, edit, if_version: IfVersion::Any }]).unwrap();
}
