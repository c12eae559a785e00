//! The host of a server in simulated time, that keeps nothing but the frames which a stalled peer has not taken.

use std::time::Duration;

use syncline_core::frame::encode;
use syncline_core::host::{HostOutput, ServerHandle, ServerOptions};
use syncline_core::message::{Hello, Join, Message, PROTOCOL, Push};
use syncline_core::{
    Action, Channel, ClientId, Codec, ConnId, Durability, Epoch, Grant, Key, Limits, Op, Principal,
    RoomName, Seen, Seq, Session, Time, Value, Version,
};

/// Who writes.
pub(crate) const WRITER: u64 = 1;
/// Who takes all that it is sent.
pub(crate) const HEALTHY: u64 = 2;
/// Who may stop to do so.
pub(crate) const SLOW: u64 = 3;

pub(crate) struct Host {
    pub(crate) server: ServerHandle,
    now: Time,
    /// Whether [`SLOW`] takes nothing.
    pub(crate) stalls: bool,
    /// Whether storage answers nothing.
    pub(crate) hangs: bool,
    /// What was sent to it, and not taken.
    pub(crate) waiting: Vec<Vec<u8>>,
    /// Frames and bytes that [`HEALTHY`] took.
    pub(crate) taken: (u64, u64),
    /// Frames to the connection that is listened to.
    pub(crate) heard: Vec<Vec<u8>>,
    listens: Option<u64>,
}

/// The frame in which the writer sets a key.
pub(crate) fn set(seq: u64, key: &str, value: Value) -> Vec<u8> {
    let op = Op { key: Key::new(key).unwrap(), action: Action::Set(value), seen: Seen::Absent };
    let push = Push {
        channel: Channel::new(1),
        session: Session::new(1),
        first: Seq::new(seq),
        heard: Seq::ZERO,
        mutations: vec![vec![op]],
    };
    encode(&Message::Push(push), Codec::Binary)
}

impl Host {
    pub(crate) fn new() -> Self {
        let Limits { bytes_minute, frames_minute, .. } = Limits::HARD;
        let limits = Limits { bytes_minute, frames_minute, ..Limits::default() };
        let options = ServerOptions { limits, ..ServerOptions::default() };
        let now = Time::default();
        let server = ServerHandle::manual(options, Durability::Durable, [7; 32], now).unwrap();
        Self {
            server,
            now,
            stalls: false,
            hangs: false,
            waiting: Vec::new(),
            taken: (0, 0),
            heard: Vec::new(),
            listens: None,
        }
    }

    /// Keeps the frames to this connection.
    pub(crate) fn listen(&mut self, to: u64) {
        self.listens = Some(to);
    }

    pub(crate) fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.server.set_now(self.now).unwrap();
        self.drain();
    }

    pub(crate) fn connect(&mut self, conn: u64) {
        self.server.connected(ConnId::new(conn)).unwrap();
        self.drain();
    }

    pub(crate) fn disconnect(&mut self, conn: u64) {
        self.server.disconnected(ConnId::new(conn)).unwrap();
        self.drain();
    }

    pub(crate) fn greet(&mut self, conn: u64) {
        let hello = Message::Hello(Hello {
            oldest: PROTOCOL,
            newest: PROTOCOL,
            codecs: vec![Codec::Binary],
            token: format!("principal-{conn}"),
            schema: String::new(),
        });
        self.say(conn, &hello);
    }

    pub(crate) fn join(&mut self, conn: u64, room: &str, writes: bool) {
        self.join_from(conn, room, writes, None, Version::ZERO);
    }

    /// Joins with what a room was in an epoch, at a version.
    pub(crate) fn join_from(
        &mut self,
        conn: u64,
        room: &str,
        writes: bool,
        epoch: Option<Epoch>,
        version: Version,
    ) {
        let join = Join {
            channel: Channel::new(1),
            room: RoomName::new(room).unwrap(),
            client: ClientId::new(conn.into()),
            writes,
            session: None,
            epoch,
            version,
            heard: Seq::ZERO,
        };
        self.say(conn, &Message::Join(join));
    }

    pub(crate) fn enter(&mut self, conn: u64, room: &str, writes: bool) {
        self.connect(conn);
        self.greet(conn);
        self.join(conn, room, writes);
    }

    pub(crate) fn say(&mut self, conn: u64, message: &Message) {
        self.receive(conn, &encode(message, Codec::Binary));
    }

    pub(crate) fn receive(&mut self, conn: u64, frame: &[u8]) {
        self.server.receive(ConnId::new(conn), frame).unwrap();
        self.drain();
    }

    /// The slow one takes what waits, and goes on: returns the bytes of each frame that it takes.
    pub(crate) fn recover(&mut self) -> Vec<usize> {
        self.listen(SLOW);
        self.stalls = false;
        let taken = std::mem::take(&mut self.waiting);
        self.server.writable(ConnId::new(SLOW)).unwrap();
        self.drain();
        taken.iter().chain(&self.heard).map(Vec::len).collect()
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll().unwrap() {
            match output {
                HostOutput::Transmit { conn, bytes } => self.transmit(conn, bytes),
                HostOutput::Authorize { request, token, .. } => {
                    let principal = Principal::new(&*token).unwrap();
                    let grant = Grant::writer(principal, vec![String::new()]);
                    self.server.authorize(request, Ok(grant)).unwrap();
                }
                HostOutput::OpenRoom { room, .. } => {
                    self.server.room_opened(room, Vec::new()).unwrap();
                }
                HostOutput::Persist { room, persist } if !self.hangs => {
                    self.server.persisted(room, persist.id).unwrap();
                }
                HostOutput::Close { conn, code } => panic!("{conn} is closed: {code:?}"),
                _ => {}
            }
        }
    }

    fn transmit(&mut self, conn: ConnId, bytes: Vec<u8>) {
        let number = conn.get();
        if number == SLOW && self.stalls {
            self.waiting.push(bytes);
            return;
        }
        if number == HEALTHY {
            let size = u64::try_from(bytes.len()).unwrap();
            self.taken = (self.taken.0 + 1, self.taken.1 + size);
        }
        if self.listens == Some(number) {
            self.heard.push(bytes);
        }
        self.server.writable(conn).unwrap();
    }
}
