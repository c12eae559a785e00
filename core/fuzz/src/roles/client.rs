//! A client to which a server, storage and an application do anything.

use std::collections::BTreeSet;
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput};
use syncline_core::frame::{Decoded, decode, encode};
use syncline_core::message::Message;
use syncline_core::resolve::{Resolution, Resolver, Resolvers};
use syncline_core::{Channel, Codec, DraftId, Limits, RoomName, RoomNo, TabId, Time, Version};

use super::super::bounds::within;
use super::super::script::Script;
use super::disk::Disk;
use super::speech;

/// Whatever happens is answered by fewer outputs.
const OUTPUTS_MOST: usize = 2_000;

struct Host {
    client: Client,
    config: ClientConfig,
    rooms: Vec<RoomNo>,
    now: Time,
    disk: Disk,
    failed: bool,
    /// What its frames are written in now.
    codec: Codec,
    greeted: bool,
    /// The channel that was joined last.
    channel: Channel,
    told: BTreeSet<(RoomNo, DraftId)>,
    conflicts: Vec<(RoomNo, DraftId)>,
    tabs: Vec<Vec<u8>>,
}

fn config(bits: u8) -> ClientConfig {
    let mut resolvers = Resolvers::default();
    resolvers.set("ada/", Resolver::KeepMine);
    resolvers.set("all/", Resolver::ThreeWay);
    resolvers.set("bob/", Resolver::Custom);
    ClientConfig {
        codec: if bits & 1 == 0 { Codec::Binary } else { Codec::Json },
        cache: bits & 2 == 0,
        resolvers,
        limits: Limits { outbox_edits: 30, window: 6, ..Limits::default() },
        ..ClientConfig::default()
    }
}

fn name(index: usize) -> RoomName {
    RoomName::new(["one", "two"][index]).unwrap()
}

/// The first byte is the configuration.
pub fn run(bytes: &[u8]) {
    within(bytes.len(), 3_000, 512 * 1_024, || {
        let mut script = Script::new(bytes);
        let mut host = Host::new(config(script.byte()));
        while let Some(operation) = script.operation() {
            host.step(operation, &mut script);
            host.drain();
        }
        host.end();
    });
}

impl Host {
    fn new(config: ClientConfig) -> Self {
        let now = Time::from_millis(1);
        let codec = config.codec;
        let mut client = Client::new(config.clone(), [7; 32]);
        let rooms = (0..2).map(|index| client.open(now, name(index), true).unwrap()).collect();
        let mut host = Self {
            client,
            config,
            rooms,
            now,
            disk: Disk::default(),
            failed: false,
            codec,
            greeted: false,
            channel: Channel::new(1),
            told: BTreeSet::new(),
            conflicts: Vec::new(),
            tabs: Vec::new(),
        };
        host.drain();
        host
    }

    fn step(&mut self, operation: u8, script: &mut Script<'_>) {
        let room = self.rooms[script.below(2)];
        let now = self.now;
        match operation % 25 {
            0..=2 => {
                let (key, action) = (speech::key(script), speech::action(script));
                let _ = self.client.edit(now, room, key.as_str(), action);
            }
            3 => {
                let edit = |script: &mut Script<'_>| (speech::key(script), speech::action(script));
                let edits: Vec<_> = (0..script.below(4)).map(|_| edit(script)).collect();
                let _ = self.client.batch(now, room, edits);
            }
            4 => self.edit_by_place(room, script),
            5 => self.client.handle_frame(now, script.bytes()),
            6..=11 => {
                let held = self.client.version(room).unwrap_or(Version::ZERO);
                let message = speech::of_server(script, self.channel, held);
                self.receive(&message);
            }
            12 => {
                self.greeted = false;
                self.codec = self.config.codec;
                self.client.handle_connected(now, "token");
            }
            13 => self.client.handle_disconnected(now),
            14 => {
                self.now = now.after(Duration::from_millis(script.small(255) * 130));
                self.client.handle_timeout(self.now);
            }
            15 | 16 => self.persist(),
            17 => self.crash(),
            18 => self.decide(script),
            19 => {
                let state = Some(speech::value(script)).filter(|_| script.flag());
                let _ = self.client.set_presence(now, room, state.as_ref());
            }
            20 => match script.below(4) {
                0 => self.client.close_room(now, room),
                1 => {
                    let _ = self.client.ask_stored();
                    self.client.flush(now);
                }
                2 => self.client.set_token(now, "other"),
                _ => self.client.reconnect(now),
            },
            21 => {
                for index in 0..2 {
                    let _ = self.client.open(now, name(index), script.flag());
                }
            }
            22 => self.follow(script),
            23 => {
                self.client.handle_persist_failed();
                self.disk.crash();
                self.failed = true;
            }
            _ => self.more(room, script),
        }
    }

    /// A frame in the codec that the client expects; what is no message of a server it must refuse too.
    fn receive(&mut self, message: &Message) {
        self.client.handle_frame(self.now, &encode(message, self.codec));
        if let Message::Welcome(welcome) = message
            && !self.greeted
        {
            (self.greeted, self.codec) = (true, welcome.codec);
        }
    }

    fn edit_by_place(&mut self, room: RoomNo, script: &mut Script<'_>) {
        let (now, key, at, to) = (self.now, speech::key(script), script.below(4), script.below(4));
        let (client, key) = (&mut self.client, key.as_str());
        match script.below(4) {
            0 => drop(client.insert_at(now, room, key, at, speech::value(script))),
            1 => drop(client.remove_at(now, room, key, at)),
            2 => drop(client.move_to(now, room, key, at, to)),
            _ => drop(client.replace_at(now, room, key, at, speech::value(script))),
        }
    }

    fn persist(&mut self) {
        if let Some(persist) = self.disk.sync() {
            self.client.handle_persisted(persist.id);
        }
    }

    fn decide(&mut self, script: &mut Script<'_>) {
        let Some((room, draft)) = self.conflicts.pop() else { return };
        let resolution = match script.below(3) {
            0 => Resolution::KeepMine,
            1 => Resolution::KeepTheirs,
            _ => Resolution::Value(speech::value(script)),
        };
        let _ = self.client.resolve(self.now, room, draft, resolution);
    }

    /// What other tabs of this client say.
    fn follow(&mut self, script: &mut Script<'_>) {
        let tab = TabId::new(1 + script.small(2));
        match script.below(4) {
            0 => drop(self.client.adopt(self.now, tab, script.bytes())),
            1 => self.client.forget_tab(self.now, tab),
            2 => {
                if let Some(bytes) = self.tabs.pop() {
                    let _ = self.client.adopt(self.now, tab, &bytes);
                }
            }
            _ => {
                let Ok(snapshot) = self.client.snapshot() else { return };
                let mut other =
                    Client::standby(self.config.clone(), [9; 32], tab, &snapshot.bytes).unwrap();
                let room = other.open(self.now, name(script.below(2)), true).unwrap();
                let action = speech::action(script);
                let _ = other.edit(self.now, room, speech::key(script).as_str(), action);
                other.flush(self.now);
                while let Some(output) = other.poll_output() {
                    if let ClientOutput::Propose { bytes, .. } = output {
                        self.tabs.push(bytes);
                    }
                }
            }
        }
    }

    #[cfg(feature = "views")]
    fn more(&mut self, room: RoomNo, script: &mut Script<'_>) {
        use syncline_core::message::{Extent, Show};
        use syncline_core::{ViewName, ViewNo};

        let view = ViewNo::new(u32::from(script.byte() % 4));
        match script.below(4) {
            0 => {
                let name = ViewName::new(script.one(&["cart", "page"])).unwrap();
                let _ = self.client.watch(self.now, room, name);
            }
            1 => self.client.unwatch(self.now, view),
            2 => {
                let version = Version::new(script.small(4));
                let frame = script.bytes().to_vec();
                let home = Extent { version, read: version };
                self.receive(&Message::Show(Show {
                    channel: self.channel,
                    view,
                    home,
                    elsewhere: Vec::new(),
                    frame,
                }));
            }
            _ => {
                while self.client.view_change(view).is_ok_and(|change| change.is_some()) {}
                let _ = self.client.view_html(view);
            }
        }
    }

    #[cfg(not(feature = "views"))]
    fn more(&mut self, room: RoomNo, _: &mut Script<'_>) {
        self.client.forget_room(self.now, room);
        self.rooms = (0..2).map(|at| self.client.open(self.now, name(at), true).unwrap()).collect();
    }

    fn drain(&mut self) {
        for _ in 0..OUTPUTS_MOST {
            let Some(output) = self.client.poll_output() else { return };
            match output {
                ClientOutput::Persist(persist) => self.disk.order(persist),
                ClientOutput::Transmit(frame) => self.hear(&frame),
                ClientOutput::Event(event) => self.note(event),
                ClientOutput::Connect | ClientOutput::Disconnect => {}
                ClientOutput::Propose { .. } => panic!("it follows nobody"),
            }
        }
        panic!("there is no end of outputs");
    }

    /// All that a client says is a message in its only form.
    fn hear(&mut self, frame: &[u8]) {
        let codec = syncline_core::frame::codec_of(frame);
        let decoded = decode(frame, codec, &Limits::HARD);
        let Ok(Decoded::Message(message)) = decoded else { panic!("{decoded:?}") };
        assert_eq!(encode(&message, codec), frame);
        if let Message::Join(join) = message {
            self.channel = join.channel;
        }
    }

    fn note(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Verdict { room, draft, .. } => {
                assert!(self.told.insert((room, draft)), "{draft} of {room} is told twice");
            }
            ClientEvent::Conflict(refused) => self.conflicts.push((refused.room, refused.draft)),
            _ => {}
        }
    }

    /// A restart from what is durable.
    fn crash(&mut self) {
        self.disk.crash();
        self.told.clear();
        self.conflicts.clear();
        self.client = Client::restore(self.config.clone(), [8; 32], self.disk.blobs())
            .expect("what a client wrote");
        self.rooms =
            (0..2).map(|index| self.client.open(self.now, name(index), true).unwrap()).collect();
        self.failed = false;
    }

    /// When all is durable, a restart shows what is shown, but for what does not fit a server's lower limits: those are
    /// not stored.
    fn end(&mut self) {
        if self.failed {
            self.crash();
            self.drain();
        }
        for _ in 0..OUTPUTS_MOST {
            let Some(persist) = self.disk.sync() else { break };
            self.client.handle_persisted(persist.id);
            self.drain();
        }
        let again = Client::restore(self.config.clone(), [9; 32], self.disk.blobs())
            .expect("what a client wrote");
        for &room in &self.rooms {
            assert_eq!(again.pending(room), self.client.pending(room));
            if self.config.cache {
                assert_eq!(again.version(room), self.client.version(room));
                if again.limits() == self.client.limits() {
                    assert_eq!(again.entries(room, ""), self.client.entries(room, ""));
                }
            }
        }
    }
}
