//! A server and clients behind handles, to which a script does anything that a handle can be asked for.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::time::Duration;

use syncline_core::client::{ClientConfig, ClientEvent, ClientOutput};
use syncline_core::frame::encode;
use syncline_core::host::{ClientHandle, HostEvent, HostOutput, ServerHandle, ServerOptions};
use syncline_core::record::PersistMode;
use syncline_core::resolve::{Resolution, Resolver, Resolvers};
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{
    Channel, Code, Codec, ConnId, DraftId, Durability, Edit, Error, Grant, ItemId, Limits, Persist,
    Principal, RequestId, RoomName, RoomNo, TabId, Time, Value, Version,
};

use super::super::roles::speech;
use super::super::script::Script;

const ROOMS: [&str; 3] = ["one", "two", "three"];
const TOKENS: [&str; 3] = ["ada", "bob", "\u{e9}ve \"secret\""];

/// A client, and the connection that it has.
struct Party {
    client: ClientHandle,
    rooms: Vec<RoomNo>,
    conn: Option<ConnId>,
    /// What it is to hear.
    frames: VecDeque<Vec<u8>>,
    persists: VecDeque<Persist>,
    conflicts: Vec<(RoomNo, DraftId)>,
    /// What it proposed, and the orders that its followers did not hear yet.
    proposals: VecDeque<(TabId, Vec<u8>)>,
    orders: VecDeque<Persist>,
    codec: Codec,
}

pub(super) struct World {
    server: ServerHandle,
    parties: Vec<Party>,
    now: Time,
    conns: u64,
    questions: VecDeque<RequestId>,
    persists: VecDeque<(RoomNo, Persist)>,
    opening: VecDeque<(RoomNo, RoomName)>,
    files: BTreeMap<RoomName, Vec<Vec<u8>>>,
    names: BTreeMap<RoomNo, RoomName>,
    held: Vec<RoomNo>,
    /// All that was told.
    told: Vec<String>,
}

fn name(script: &mut Script<'_>) -> RoomName {
    RoomName::new(script.one(&ROOMS)).unwrap()
}

fn config(bits: u8, flight: String) -> ClientConfig {
    let mut resolvers = Resolvers::default();
    resolvers.set("ada/", Resolver::KeepMine);
    resolvers.set("bob/", Resolver::Custom);
    ClientConfig {
        codec: if bits & 1 == 0 { Codec::Binary } else { Codec::Json },
        cache: bits & 2 == 0,
        resolvers,
        flight,
        limits: Limits { outbox_edits: 30, window: 6, ..Limits::default() },
        ..ClientConfig::default()
    }
}

impl World {
    /// Does what the script says, and gives all that was told. `flight` says into which file each is recorded.
    pub(super) fn run(script: &mut Script<'_>, flight: impl Fn(&str) -> String) -> Vec<String> {
        let now = Time::from_millis(1);
        let bits = script.byte();
        let durability = if bits & 4 == 0 { Durability::Durable } else { Durability::Volatile };
        let options = ServerOptions {
            flight: flight("server"),
            watch: bits & 8 == 0,
            views: bits & 16 == 0,
            limits: Limits {
                window: 6,
                connection_rooms: 3,
                chunk_bytes: 200,
                ..Limits::default()
            },
            ..ServerOptions::default()
        };
        let leader = |name: &str, bits: u8, seed: u8| {
            let config = config(bits, flight(name));
            let codec = config.codec;
            (ClientHandle::manual(config, [seed; 32], &[], now).unwrap(), codec)
        };
        let (first, second) = (leader("first", bits & 1, 1), leader("second", bits >> 5, 2));
        // Only who records its state can be followed.
        let snapshot = first.0.snapshot().unwrap();
        let tab = config(0, flight("tab"));
        let tab = ClientHandle::standby(tab, [3; 32], TabId::new(3), &snapshot.bytes, now);
        let party = |(client, codec): (ClientHandle, Codec)| Party {
            client,
            rooms: Vec::new(),
            conn: None,
            frames: VecDeque::new(),
            persists: VecDeque::new(),
            conflicts: Vec::new(),
            proposals: VecDeque::new(),
            orders: VecDeque::new(),
            codec,
        };
        let mut world = Self {
            server: ServerHandle::manual(options, durability, [9; 32], now).unwrap(),
            parties: vec![party(first), party(second), party((tab.unwrap(), Codec::Binary))],
            now,
            conns: 0,
            questions: VecDeque::new(),
            persists: VecDeque::new(),
            opening: VecDeque::new(),
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            held: vec![RoomNo::new(1)],
            told: Vec::new(),
        };
        for nth in 0..world.parties.len() {
            for room in &ROOMS[..2] {
                let opened = world.parties[nth].client.open(&RoomName::new(room).unwrap(), true);
                world.parties[nth].rooms.push(opened.unwrap());
            }
        }
        while let Some(operation) = script.operation() {
            world.step(operation, script);
        }
        for party in &world.parties {
            world.told.push(format!("{:?}", party.client.close()));
        }
        world.told.push(format!("{:?}", world.server.close()));
        world.told
    }

    fn tell(&mut self, told: impl Debug) {
        self.told.push(format!("{told:?}"));
    }

    fn step(&mut self, operation: u8, script: &mut Script<'_>) {
        let nth = script.below(3);
        match operation % 20 {
            0..=3 => self.edit(nth, script),
            4 | 5 => self.drain_client(nth, 1 + script.below(20)),
            6 | 7 => self.drain_server(1 + script.below(20)),
            8 => {
                let frames: Vec<_> = self.parties[nth].frames.drain(..).collect();
                for frame in frames {
                    let told = self.parties[nth].client.receive(&frame);
                    self.tell(told);
                }
            }
            9 => self.pass(script),
            10 | 11 => self.settle(script),
            12 => self.client(nth, script),
            13 => self.tabs(nth, script),
            14 => self.host(script),
            15 => self.host_room(script),
            16 => self.views(nth, script),
            17 => self.strange(nth, script),
            _ => {
                for _ in 0..6 {
                    (0..3).for_each(|nth| self.drain_client(nth, 100));
                    self.drain_server(100);
                    for nth in 0..3 {
                        while let Some(frame) = self.parties[nth].frames.pop_front() {
                            let told = self.parties[nth].client.receive(&frame);
                            self.tell(told);
                        }
                    }
                    self.settle(script);
                    let conns: Vec<_> = self.parties.iter().filter_map(|it| it.conn).collect();
                    for conn in conns {
                        let told = self.server.writable(conn);
                        self.tell(told);
                    }
                }
            }
        }
    }

    fn pass(&mut self, script: &mut Script<'_>) {
        self.now = self.now.after(Duration::from_millis(script.small(255) * 30));
        let told: Vec<_> =
            self.parties.iter().map(|party| party.client.set_now(self.now)).collect();
        self.tell(told);
        let told = self.server.set_now(self.now);
        self.tell(told);
    }

    fn edit(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &self.parties[nth];
        let (client, room) = (&party.client, script.one(&party.rooms));
        let (key, at, to) = (speech::key(script), script.below(3), script.below(3));
        let key = key.as_str();
        let told = match script.below(9) {
            0 => client.insert_at(room, key, at, speech::value(script)),
            1 => client.remove_at(room, key, at),
            2 => client.move_to(room, key, at, to),
            3 => client.replace_at(room, key, at, speech::value(script)),
            4 => {
                let edit = |script: &mut Script<'_>| (speech::key(script), some_edit(script));
                client.batch(room, (0..script.below(4)).map(|_| edit(script)).collect::<Vec<_>>())
            }
            _ => client.edit(room, key, speech::action(script)),
        };
        self.tell(told);
    }

    fn drain_client(&mut self, nth: usize, most: usize) {
        for _ in 0..most {
            let polled = self.parties[nth].client.poll();
            self.tell(&polled);
            let Ok(Some(output)) = polled else { break };
            let party = &mut self.parties[nth];
            match output {
                ClientOutput::Persist(persist) => {
                    party.orders.push_back(persist.clone());
                    party.persists.push_back(persist);
                }
                ClientOutput::Connect => {
                    self.conns += 1;
                    let conn = ConnId::new(self.conns);
                    self.parties[nth].conn = Some(conn);
                    let told = (
                        self.server.connected(conn),
                        self.parties[nth].client.connected(TOKENS[nth]),
                    );
                    self.tell(told);
                }
                ClientOutput::Transmit(frame) => {
                    if let Some(conn) = party.conn {
                        let told = self.server.receive(conn, &frame);
                        self.tell(told);
                    }
                }
                ClientOutput::Disconnect => {
                    if let Some(conn) = party.conn.take() {
                        let told = self.server.disconnected(conn);
                        self.tell(told);
                    }
                }
                ClientOutput::Propose { bytes, .. } => {
                    party.proposals.push_back((TabId::new(3), bytes));
                }
                ClientOutput::Event(ClientEvent::Conflict(refused)) => {
                    party.conflicts.push((refused.room, refused.draft));
                }
                ClientOutput::Event(_) => {}
            }
        }
    }

    fn drain_server(&mut self, most: usize) {
        for _ in 0..most {
            let polled = self.server.poll();
            self.tell(&polled);
            let Ok(Some(output)) = polled else { break };
            match output {
                HostOutput::Transmit { conn, bytes } => {
                    let party = self.parties.iter_mut().find(|party| party.conn == Some(conn));
                    if let Some(party) = party {
                        party.frames.push_back(bytes);
                    }
                }
                HostOutput::Close { conn, .. } => {
                    let found = self.parties.iter_mut().find(|party| party.conn == Some(conn));
                    if let Some(party) = found {
                        party.conn = None;
                        let told = party.client.disconnected();
                        self.tell(told);
                    }
                }
                HostOutput::Authorize { request, .. } => self.questions.push_back(request),
                HostOutput::OpenRoom { room, name } => {
                    self.names.insert(room, name.clone());
                    self.opening.push_back((room, name));
                }
                HostOutput::Persist { room, persist } => self.persists.push_back((room, persist)),
                HostOutput::CloseRoom { room, delete } => {
                    let name = self.names.get(&room).filter(|_| delete);
                    name.map(|name| self.files.remove(name));
                }
                HostOutput::Event(HostEvent::Opened { room, .. }) => self.held.push(room),
                #[cfg(feature = "views")]
                HostOutput::Render { .. } => {}
                HostOutput::Pause { .. } | HostOutput::Resume { .. } | HostOutput::Event(_) => {}
            }
        }
    }

    /// Answers what waits for an answer.
    fn settle(&mut self, script: &mut Script<'_>) {
        for nth in 0..3 {
            while let Some(persist) = self.parties[nth].persists.pop_front() {
                let told = self.parties[nth].client.persisted(persist.id);
                self.tell(told);
            }
        }
        while let Some(request) = self.questions.pop_front() {
            let who = Principal::new("someone").unwrap();
            let answer = match script.below(9) {
                0 => Err(Code::Forbidden),
                1 => Ok(Grant::reader(who)),
                _ => Ok(Grant::writer(who, vec!["ada/".to_owned(), "all/".to_owned()])),
            };
            let told = self.server.authorize(request, answer);
            self.tell(told);
        }
        while let Some((room, name)) = self.opening.pop_front() {
            let blobs = self.files.get(&name).cloned().unwrap_or_default();
            let told = self.server.room_opened(room, blobs);
            self.tell(told);
        }
        while let Some((room, persist)) = self.persists.pop_front() {
            let file = self.files.entry(self.names[&room].clone()).or_default();
            if persist.mode == PersistMode::Replace {
                file.clear();
            }
            file.push(persist.bytes);
            let told = self.server.persisted(room, persist.id);
            self.tell(told);
        }
    }

    fn client(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &mut self.parties[nth];
        let room = script.one(&party.rooms);
        let conflict = party.conflicts.pop();
        let client = &party.client;
        let told = match script.below(12) {
            0 => format!("{:?}", client.new_item()),
            1 => format!("{:?}", client.flush()),
            2 => {
                let state = Some(speech::value(script)).filter(|_| script.flag());
                format!("{:?}", client.set_presence(room, state.as_ref()))
            }
            3 => format!("{:?}", client.close_room(room)),
            4 => format!("{:?}", client.forget_room(room)),
            5 => format!("{:?}", client.set_token(script.one(&TOKENS))),
            6 => format!("{:?}", client.reconnect()),
            7 => {
                let opened = client.open(&name(script), script.flag());
                party.rooms.extend(&opened);
                format!("{opened:?}")
            }
            8 if script.below(4) == 0 => {
                let error = Error::new(Code::StorageFailed, "a disk", "none");
                format!("{:?}", client.persist_failed(error))
            }
            9 => format!("{:?}", client.disconnected()),
            _ => {
                let (room, draft) = conflict.unwrap_or((room, DraftId::new(script.small(9))));
                let resolution = match script.below(3) {
                    0 => Resolution::KeepMine,
                    1 => Resolution::KeepTheirs,
                    _ => Resolution::Value(speech::value(script)),
                };
                format!("{:?}", client.resolve(room, draft, resolution))
            }
        };
        self.told.push(told);
    }

    fn tabs(&mut self, nth: usize, script: &mut Script<'_>) {
        let leads = if script.below(4) == 0 { nth } else { 0 };
        let told = match script.below(6) {
            0 | 1 => match self.parties[2].proposals.pop_front() {
                Some((tab, bytes)) => {
                    format!("{:?}", self.parties[leads].client.adopt(tab, &bytes))
                }
                None => format!("{:?}", self.parties[2].client.proposals()),
            },
            2 | 3 => match self.parties[0].orders.pop_front() {
                Some(Persist { mode, bytes, .. }) => {
                    let replace = mode == PersistMode::Replace;
                    format!("{:?}", self.parties[2].client.follow(&bytes, replace))
                }
                None => format!("{:?}", self.parties[leads].client.snapshot()),
            },
            4 => format!("{:?}", self.parties[2].client.propose_again()),
            _ => {
                let draft = DraftId::new((1 << 52) + script.small(5));
                let room = self.parties[2].rooms[0];
                let withdrawn = self.parties[2].client.withdraw(room, draft, Code::Full);
                let forgotten = self.parties[leads].client.forget_tab(TabId::new(script.small(5)));
                format!("{withdrawn:?} {forgotten:?}")
            }
        };
        self.told.push(told);
    }

    fn host(&mut self, script: &mut Script<'_>) {
        let conn = ConnId::new(1 + script.small(9));
        let server = &self.server;
        let told = match script.below(9) {
            0 => format!("{:?}", server.connected(ConnId::new(1_000 + script.small(9)))),
            1 => format!("{:?}", server.writable(conn)),
            2 => format!("{:?}", server.disconnected(conn)),
            3 => format!("{:?}", server.revoke(&Principal::new("someone").unwrap())),
            4 if script.below(8) == 0 => {
                format!("{:?}", server.shutdown(Duration::from_millis(script.small(99))))
            }
            5 => format!("{:?}", server.new_item()),
            6 => {
                let error = Error::new(Code::StorageFailed, "a disk", "none");
                format!("{:?}", server.room_failed(script.one(&self.held), error))
            }
            7 => format!("{:?}", server.authorize(RequestId::new(1), Err(Code::Forbidden))),
            _ => {
                let opened = server.room_open(&name(script));
                self.held.extend(&opened);
                format!("{opened:?}")
            }
        };
        self.told.push(told);
    }

    fn host_room(&mut self, script: &mut Script<'_>) {
        let (server, room) = (&self.server, script.one(&self.held));
        let told = match script.below(10) {
            0 => format!("{:?}", server.room_release(room)),
            1 if script.flag() => format!("{:?}", server.room_unload(room)),
            2 if script.flag() => format!("{:?}", server.room_delete(room)),
            3 => format!("{:?}", server.room_expire(room, Version::new(script.small(9)))),
            4 => format!("{:?}", server.room_renew(room)),
            _ => {
                let edit = |script: &mut Script<'_>| HostEdit {
                    key: speech::key(script),
                    edit: some_edit(script),
                    if_version: script.one(&[
                        IfVersion::Any,
                        IfVersion::Any,
                        IfVersion::Absent,
                        IfVersion::At(Version::new(1)),
                    ]),
                };
                let edits = (0..=script.below(2)).map(|_| edit(script)).collect();
                format!("{:?}", server.room_write(room, edits))
            }
        };
        self.told.push(told);
    }

    /// Frames that nobody would send.
    fn strange(&mut self, nth: usize, script: &mut Script<'_>) {
        let party = &self.parties[nth];
        let channel = Channel::new(u32::try_from(script.small(4)).unwrap());
        let frame = match script.below(3) {
            // A greeting in JSON that cannot be read may be refused for something else once it is without its token.
            0 => {
                script.bytes().iter().map(|byte| if *byte == b'{' { b'[' } else { *byte }).collect()
            }
            1 => encode(&speech::of_server(script, channel, Version::ZERO), party.codec),
            _ => encode(&speech::of_client(script, &ROOMS, &TOKENS), party.codec),
        };
        let told = if script.flag() {
            party.client.receive(&frame)
        } else {
            self.server.receive(party.conn.unwrap_or_default(), &frame)
        };
        self.tell(told);
    }

    #[cfg(not(feature = "views"))]
    fn views(&mut self, _: usize, _: &mut Script<'_>) {}

    #[cfg(feature = "views")]
    fn views(&mut self, nth: usize, script: &mut Script<'_>) {
        use syncline_core::host::ViewHandle;
        use syncline_core::vnode::View;
        use syncline_core::{Epoch, ViewName, ViewNo};

        let view = ViewName::new("page").unwrap();
        let (server, room) = (&self.server, script.one(&self.held));
        let party = &self.parties[nth];
        let (client, shown) = (&party.client, ViewNo::new(1 + u32::from(script.byte() % 2)));
        let told = match script.below(12) {
            0..=2 => format!("{:?}", client.watch(script.one(&party.rooms), &view)),
            3 => format!("{:?}", client.unwatch(shown)),
            4 => format!("{:?}", client.view_change(shown)),
            5 => format!("{:?}", client.view_html(shown)),
            6 => format!("{:?}", client.view_metrics(shown)),
            7 => format!("{:?}", server.room_open_for_view(room, &view, &name(script))),
            8 => format!("{:?}", server.room_keep_view(room, &view)),
            9 => format!("{:?}", server.room_end_view(room, &view, Code::NotFound)),
            10 => format!("{:?}", server.room_touch_view(room, &view)),
            _ => {
                let rendered = ViewHandle::new(View::new("page", Epoch::new(7)));
                for count in 0..=script.small(3) {
                    let json = format!(r#"["p", "count: {count}"]"#);
                    rendered.with(|view| view.render_json(&json)).unwrap();
                }
                format!("{:?}", server.room_show(room, &view, &rendered))
            }
        };
        self.told.push(told);
    }
}

fn some_edit(script: &mut Script<'_>) -> Edit {
    let (at, to) = (script.below(3), script.below(3));
    match script.below(6) {
        0 => {
            let id = ItemId::new(1 + script.small(5));
            Edit::InsertAt { index: at, id, value: speech::value(script) }
        }
        1 => Edit::RemoveAt { index: at },
        2 => Edit::MoveTo { from: at, to },
        3 => Edit::ReplaceAt { index: at, value: Value::NULL },
        _ => speech::action(script).into(),
    }
}
