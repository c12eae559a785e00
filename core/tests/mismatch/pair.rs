//! One client and one server whose frames and records arrive at once, and what they were built to.

use std::collections::VecDeque;
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput};
use syncline_core::exchange::Grant;
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::{Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{Codec, ConnId, Epoch, Limits, Principal, RoomName, RoomNo, Time, Value};

pub(crate) type Disk = Vec<Vec<u8>>;

pub(crate) fn keep(disk: &mut Disk, persist: Persist) {
    if persist.mode == PersistMode::Replace {
        disk.clear();
    }
    disk.push(persist.bytes);
}

pub(crate) fn name() -> RoomName {
    RoomName::new("r").unwrap()
}

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), &Limits::HARD).unwrap()
}

/// One client and one server whose frames and records arrive at once.
pub(crate) struct Pair {
    pub(crate) now: Time,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) room: Option<(RoomNo, Room)>,
    pub(crate) limits: Limits,
    pub(crate) disk: Disk,
    pub(crate) conns: u64,
    pub(crate) conn: Option<ConnId>,
    pub(crate) up: VecDeque<Vec<u8>>,
    pub(crate) down: VecDeque<Vec<u8>>,
    pub(crate) failures: Vec<String>,
    pub(crate) frames_up: usize,
    pub(crate) connects: usize,
    /// The client may write.
    pub(crate) writer: bool,
    /// No connection can be made.
    pub(crate) offline: bool,
}

impl Pair {
    pub(crate) fn new(config: ClientConfig, limits: Limits) -> Self {
        Self {
            now: Time::from_millis(1),
            client: Client::new(config, [3; 32]),
            server: Server::new(ServerConfig { limits, ..ServerConfig::default() }).unwrap(),
            room: None,
            limits,
            disk: Disk::new(),
            conns: 0,
            conn: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            failures: Vec::new(),
            frames_up: 0,
            connects: 0,
            writer: true,
            offline: false,
        }
    }

    pub(crate) fn standard() -> Self {
        Self::new(ClientConfig::default(), Limits::default())
    }

    pub(crate) fn json() -> Self {
        let config = ClientConfig { codec: Codec::Json, ..ClientConfig::default() };
        Self::new(config, Limits::default())
    }

    pub(crate) fn open(&mut self) -> RoomNo {
        self.client.open(self.now, name(), true).unwrap()
    }

    pub(crate) fn restart_server(&mut self, limits: Limits) {
        self.limits = limits;
        self.server = Server::new(ServerConfig { limits, ..ServerConfig::default() }).unwrap();
        self.room = None;
        self.up.clear();
        self.down.clear();
        if self.conn.take().is_some() {
            self.client.handle_disconnected(self.now);
        }
    }

    pub(crate) fn connect(&mut self) {
        self.connects += 1;
        if self.offline {
            return self.client.handle_disconnected(self.now);
        }
        self.conns += 1;
        let conn = ConnId::new(self.conns);
        self.conn = Some(conn);
        self.up.clear();
        self.down.clear();
        self.server.handle_connected(self.now, conn);
        self.client.handle_connected(self.now, "ada");
    }

    pub(crate) fn drain(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.client.poll_output() {
            any = true;
            match output {
                ClientOutput::Persist(persist) => self.client.handle_persisted(persist.id),
                ClientOutput::Connect => self.connect(),
                ClientOutput::Transmit(bytes) => self.up.push_back(bytes),
                ClientOutput::Disconnect => {
                    if let Some(conn) = self.conn.take() {
                        self.server.handle_disconnected(self.now, conn);
                    }
                }
                ClientOutput::Event(ClientEvent::Failed { error, .. }) => {
                    self.failures.push(error.to_string());
                }
                ClientOutput::Event(_) | ClientOutput::Propose { .. } => {}
            }
        }
        while let Some(output) = self.server.poll_output() {
            any = true;
            self.serve(output);
        }
        while let Some((number, output)) =
            self.room.as_mut().and_then(|(number, room)| Some((*number, room.poll_output()?)))
        {
            any = true;
            match output {
                RoomOutput::ToServer(value) => self.server.handle_room(self.now, number, value),
                RoomOutput::Persist(persist) => {
                    let id = persist.id;
                    keep(&mut self.disk, persist);
                    self.room.as_mut().unwrap().1.handle_persisted(id);
                }
                RoomOutput::Written { .. } | RoomOutput::Changed(_) => {}
                #[cfg(feature = "views")]
                RoomOutput::Render { .. } | RoomOutput::Unwatched { .. } => {}
            }
        }
        any
    }

    pub(crate) fn serve(&mut self, output: ServerOutput) {
        match output {
            ServerOutput::Transmit { conn, bytes } if Some(conn) == self.conn => {
                self.down.push_back(bytes);
            }
            ServerOutput::Close { conn, .. } if Some(conn) == self.conn => {
                while let Some(bytes) = self.down.pop_front() {
                    self.client.handle_frame(self.now, &bytes);
                }
                self.conn = None;
                self.client.handle_disconnected(self.now);
            }
            ServerOutput::Authorize { request, .. } => {
                let ada = Principal::new("ada").unwrap();
                let write = if self.writer { vec![String::new()] } else { Vec::new() };
                let grant = Grant::writer(ada, write);
                self.server.handle_authorized(self.now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, .. } => {
                let config = RoomConfig { limits: self.limits, ..RoomConfig::default() };
                let blobs = self.disk.iter().map(Vec::as_slice);
                let restored = Room::restore(name(), config, Epoch::new(7), blobs).unwrap();
                self.room = Some((room, restored));
                self.server.handle_room_opened(self.now, request, Ok(room));
            }
            ServerOutput::ToRoom { to, .. } => {
                if let Some((_, room)) = &mut self.room {
                    room.handle(self.now, to);
                }
            }
            ServerOutput::CloseRoom { .. } => self.room = None,
            _ => {}
        }
    }

    /// Lets everything arrive; `false` if it does not end.
    pub(crate) fn settle(&mut self) -> bool {
        for _ in 0..3_000 {
            let mut any = self.drain();
            if let (Some(conn), Some(bytes)) = (self.conn, self.up.pop_front()) {
                any = true;
                self.frames_up += 1;
                self.server.handle_frame(self.now, conn, &bytes);
                self.drain();
            }
            let arrived = !self.down.is_empty();
            while let Some(bytes) = self.down.pop_front() {
                self.client.handle_frame(self.now, &bytes);
                self.drain();
            }
            if let (true, Some(conn)) = (arrived, self.conn) {
                self.server.handle_writable(self.now, conn);
            }
            if !any && !arrived {
                return true;
            }
        }
        false
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.now = self.now.after(Duration::from_millis(100));
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
            assert!(self.settle(), "it does not come to rest: {:?}", self.failures.last());
        }
    }

    /// Every edit has a verdict, and it did not take a storm of connections.
    pub(crate) fn assert_settled(&self, room: RoomNo) {
        let pending = self.client.pending(room);
        assert!(
            pending == 0 && self.connects < 10,
            "pending {pending}, connects {}, {:?}",
            self.connects,
            self.failures.last()
        );
    }

    pub(crate) fn shown(&self) -> Vec<String> {
        let (_, room) = self.room.as_ref().unwrap();
        room.presences().iter().map(|(_, state)| state.to_json()).collect()
    }
}
