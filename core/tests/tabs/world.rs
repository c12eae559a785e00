use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use syncline_core::client::{
    Client, ClientConfig, ClientEvent, ClientOutput, Fate, Snapshot, Verdict,
};
use syncline_core::exchange::Grant;
use syncline_core::policy::{Policies, Policy};
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::{Room, RoomConfig, RoomOutput};
use syncline_core::server::{Server, ServerConfig, ServerOutput};
use syncline_core::{
    Action, Code, ConnId, Content, DraftId, Durability, Epoch, ItemId, Key, Limits, Place,
    Principal, RecordId, RoomName, RoomNo, TabId, Time, Value,
};

const TABS: usize = 3;

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flaw {
    None,
    /// A leader forgets the notes of those before it.
    Forgets,
    /// Records are shipped when they are polled.
    Hasty,
}

#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) applied: usize,
    pub(crate) refused: usize,
    pub(crate) crashes: usize,
    pub(crate) known_again: usize,
    pub(crate) coalesced: usize,
    pub(crate) replaced: usize,
}

impl Count {
    pub(crate) fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.refused += other.refused;
        self.crashes += other.crashes;
        self.known_again += other.known_again;
        self.coalesced += other.coalesced;
        self.replaced += other.replaced;
    }
}

/// What an edit does that the audit counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    /// An item of its own in the log.
    Log,
    /// One more in the sum, alone, so that edits may become one mutation.
    Count,
}

#[derive(Debug)]
struct Edit {
    mark: Mark,
    /// Of a tab that followed when it made it.
    by: Option<(TabId, DraftId)>,
    told: Option<bool>,
}

enum Message {
    Snapshot(Vec<u8>),
    Order(Vec<u8>, bool),
}

struct Tab {
    id: TabId,
    client: Client,
    room: RoomNo,
    /// What the leader sent.
    inbox: VecDeque<Message>,
    /// What the leader is sent.
    outbox: VecDeque<(DraftId, Vec<u8>)>,
    snapshot: Option<Snapshot>,
    after: RecordId,
    ghosts: BTreeMap<DraftId, usize>,
    /// The view as the changes tell it.
    mirror: BTreeMap<Key, Content>,
    /// It has heard of the present leader.
    hears: bool,
}

/// A client with a connection.
struct Party {
    client: Client,
    room: RoomNo,
    conn: Option<ConnId>,
    wants: bool,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
}

pub(crate) struct World {
    now: Time,
    flaw: Flaw,
    server: Server,
    room: Room,
    room_no: Option<RoomNo>,
    busy: BTreeSet<ConnId>,
    /// The leader, and a client elsewhere.
    parties: [Party; 2],
    conns: u64,
    blobs: Vec<Vec<u8>>,
    waiting: VecDeque<Persist>,
    durable: RecordId,
    tabs: Vec<Tab>,
    next_tab: u64,
    seeds: u8,
    /// The edits in each mutation of the leader's.
    ledger: BTreeMap<DraftId, BTreeSet<usize>>,
    edits: Vec<Edit>,
    pub(crate) count: Count,
}

fn name() -> RoomName {
    RoomName::new("room").unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn number(number: usize) -> Value {
    Value::from_i64(i64::try_from(number).unwrap()).unwrap()
}

fn limits() -> Limits {
    Limits { window: 8, ..Limits::default() }
}

fn party(client: Client) -> Party {
    let (up, down) = (VecDeque::new(), VecDeque::new());
    let mut party = Party { client, room: RoomNo::new(0), conn: None, wants: false, up, down };
    party.room = party.client.open(Time::from_millis(1), name(), true).unwrap();
    party
}

impl World {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let policy = Policies::new(Policy::Last).with("strict/", Policy::Strict);
        let durability = Durability::Volatile;
        let room = RoomConfig {
            limits: limits(),
            policy,
            durability,
            digest_always: true,
            ..RoomConfig::default()
        };
        let elsewhere = ClientConfig { durable: false, ..ClientConfig::default() };
        let mut world = Self {
            now: Time::from_millis(1),
            flaw,
            server: Server::new(ServerConfig { limits: limits(), ..ServerConfig::default() })
                .unwrap(),
            room: Room::new(name(), room, Epoch::new(7)).unwrap(),
            room_no: None,
            busy: BTreeSet::new(),
            parties: [
                party(Client::new(ClientConfig::default(), [1; 32])),
                party(Client::new(elsewhere, [2; 32])),
            ],
            conns: 0,
            blobs: Vec::new(),
            waiting: VecDeque::new(),
            durable: RecordId::ZERO,
            tabs: Vec::new(),
            next_tab: 1,
            seeds: 3,
            ledger: BTreeMap::new(),
            edits: Vec::new(),
            count: Count::default(),
        };
        for _ in 0..TABS {
            world.open_tab();
        }
        world.drain();
        world
    }

    fn seed(&mut self) -> [u8; 32] {
        self.seeds = self.seeds.wrapping_add(1);
        let mut seed = [self.seeds; 32];
        seed[..8].copy_from_slice(&self.next_tab.to_le_bytes());
        seed
    }

    /// A new tab, which knows nothing before the leader has answered.
    fn open_tab(&mut self) {
        let (id, seed) = (TabId::new(self.next_tab), self.seed());
        self.next_tab += 1;
        let mut client = Client::standby(ClientConfig::default(), seed, id, &[]).unwrap();
        let room = client.open(self.now, name(), true).unwrap();
        self.tabs.push(Tab {
            id,
            client,
            room,
            inbox: VecDeque::new(),
            outbox: VecDeque::new(),
            snapshot: None,
            after: RecordId::ZERO,
            ghosts: BTreeMap::new(),
            mirror: BTreeMap::new(),
            hears: false,
        });
        self.attach(self.tabs.len() - 1);
    }

    fn attach(&mut self, index: usize) {
        let snapshot = self.parties[0].client.snapshot().unwrap();
        let tab = &mut self.tabs[index];
        tab.after = snapshot.record;
        tab.snapshot = Some(snapshot);
        tab.inbox.clear();
        tab.outbox.clear();
        tab.hears = false;
        self.ship_snapshots();
    }

    fn ship_snapshots(&mut self) {
        for tab in &mut self.tabs {
            let durable = tab.after <= self.durable || self.flaw == Flaw::Hasty;
            if let Some(snapshot) = tab.snapshot.take_if(|_| durable) {
                tab.inbox.push_back(Message::Snapshot(snapshot.bytes));
            }
        }
    }

    fn ship(&mut self, persist: &Persist) {
        self.ship_snapshots();
        let replace = persist.mode == PersistMode::Replace;
        self.count.replaced += usize::from(replace);
        for tab in self.tabs.iter_mut().filter(|tab| persist.id > tab.after) {
            tab.inbox.push_back(Message::Order(persist.bytes.clone(), replace));
        }
    }

    pub(crate) fn step(&mut self, action: u8, pick: u8) {
        let tab = usize::from(pick) % self.tabs.len();
        match action {
            0..=69 => self.edit_tab(tab, pick),
            70..=84 => self.edit_party(0, pick),
            85..=94 => self.edit_party(1, pick),
            95..=129 => self.deliver_to_tab(tab),
            130..=159 => self.deliver_to_leader(tab, pick > 200),
            160..=184 => self.sync_one(),
            185..=214 => self.network(usize::from(pick % 2)),
            215..=229 => self.pass(Duration::from_millis(20)),
            230..=236 => self.cut(usize::from(pick % 2)),
            237..=239 => self.pass(Duration::from_secs(2)),
            240..=249 => self.crash(pick),
            _ => {
                // The tab is not sure that it was heard.
                self.tabs[tab].client.propose_again(self.now).unwrap();
            }
        }
        self.drain();
    }

    /// The edits to choose from.
    fn actions(&self, pick: u8) -> (Mark, Vec<(Key, Action)>) {
        let ghost = self.edits.len();
        let mark = Action::Insert {
            id: ItemId::new(u64::try_from(ghost).unwrap()),
            value: number(ghost),
            place: Place::default(),
        };
        let strict = key(&format!("strict/{}", pick % 2));
        let log = (key("log"), mark);
        match pick % 7 {
            0 | 1 => (Mark::Count, vec![(key("sum"), Action::Add(number(1)))]),
            2 => (Mark::Log, vec![log, (strict, Action::Set(number(ghost)))]),
            3 => (Mark::Log, vec![(strict, Action::Expect), log]),
            4 => (Mark::Log, vec![log, (key("plain"), Action::Delete)]),
            _ => (Mark::Log, vec![log]),
        }
    }

    fn edit_tab(&mut self, index: usize, pick: u8) {
        let (mark, edits) = self.actions(pick);
        let ghost = self.edits.len();
        let now = self.now;
        let tab = &mut self.tabs[index];
        if let Some(made) = edit(&mut tab.client, now, tab.room, edits) {
            assert!(made.is_proposal() && tab.ghosts.insert(made, ghost).is_none());
            self.edits.push(Edit { mark, by: Some((tab.id, made)), told: None });
        }
    }

    fn edit_party(&mut self, index: usize, pick: u8) {
        let (mark, edits) = self.actions(pick);
        let now = self.now;
        let party = &mut self.parties[index];
        if mark == Mark::Count {
            let pad = if pick > 200 { 40_000 } else { 10 };
            let text =
                Value::from_json(format!("\"{}\"", "p".repeat(pad)).as_bytes(), &Limits::default());
            let action =
                if pick.is_multiple_of(2) { Action::Set(text.unwrap()) } else { Action::Delete };
            let _ = party.client.edit(now, party.room, "plain", action);
        } else if let Some(made) = edit(&mut party.client, now, party.room, edits) {
            if index == 0 {
                self.ledger.entry(made).or_default().insert(self.edits.len());
            }
            self.edits.push(Edit { mark, by: None, told: None });
        }
    }

    fn deliver_to_tab(&mut self, index: usize) {
        let now = self.now;
        let tab = &mut self.tabs[index];
        match tab.inbox.pop_front() {
            Some(Message::Order(bytes, replace)) => {
                tab.client.follow(now, &bytes, replace).expect("an order that follows");
            }
            Some(Message::Snapshot(bytes)) => {
                tab.client.follow(now, &bytes, true).expect("a snapshot");
                tab.hears = true;
                tab.client.propose_again(now).unwrap();
            }
            None => {}
        }
    }

    fn deliver_to_leader(&mut self, index: usize, twice: bool) {
        let tab = &mut self.tabs[index];
        let Some((proposal, bytes)) = tab.outbox.pop_front() else { return };
        let id = tab.id;
        for _ in 0..if twice { 2 } else { 1 } {
            self.adopt(id, proposal, &bytes);
        }
    }

    fn adopt(&mut self, id: TabId, proposal: DraftId, bytes: &[u8]) {
        let leader = &mut self.parties[0];
        let fate = leader.client.fate(leader.room, id, proposal, None);
        let coalesced = leader.client.metrics().coalesced;
        let draft = leader.client.adopt(self.now, id, bytes).expect("a proposal that is taken");
        let ghost = self.edits.iter().position(|edit| edit.by == Some((id, proposal))).unwrap();
        if fate == Fate::NeverSeen {
            self.ledger.entry(draft).or_default().insert(ghost);
        } else {
            self.count.known_again += 1;
        }
        let now_coalesced = leader.client.metrics().coalesced;
        self.count.coalesced += usize::try_from(now_coalesced - coalesced).unwrap();
    }

    /// The oldest order becomes durable.
    fn sync_one(&mut self) {
        let Some(persist) = self.waiting.pop_front() else { return };
        self.keep(&persist);
        self.durable = persist.id;
        if self.flaw != Flaw::Hasty {
            self.ship(&persist);
        }
        self.parties[0].client.handle_persisted(persist.id);
    }

    fn keep(&mut self, persist: &Persist) {
        if persist.mode == PersistMode::Replace {
            self.blobs.clear();
        }
        self.blobs.push(persist.bytes.clone());
    }

    /// The leader dies, perhaps with orders of which it did not hear that they are durable.
    fn crash(&mut self, pick: u8) {
        self.count.crashes += 1;
        self.cut(0);
        for _ in 0..pick % 3 {
            if let Some(persist) = self.waiting.pop_front() {
                self.keep(&persist);
            }
        }
        self.waiting.clear();
        self.durable = RecordId::ZERO;
        let (seed, blobs) = (self.seed(), self.blobs.clone());
        let blobs = blobs.iter().map(Vec::as_slice);
        let client = Client::restore(ClientConfig::default(), seed, blobs).unwrap();
        self.parties[0] = party(client);
        self.ledger.clear();
        let successor = usize::from(pick) % self.tabs.len();
        if self.flaw == Flaw::Forgets {
            for tab in &self.tabs {
                self.parties[0].client.forget_tab(self.now, tab.id);
            }
        }
        for (ghost, edit) in self.edits.iter().enumerate() {
            let Some((tab, proposal)) = edit.by else { continue };
            if let Fate::Pending(draft) =
                self.parties[0].client.fate(self.parties[0].room, tab, proposal, None)
            {
                self.ledger.entry(draft).or_default().insert(ghost);
            }
        }
        let mut tab = self.tabs.remove(successor);
        self.hand_over(&mut tab);
        self.open_tab();
        for index in 0..self.tabs.len() {
            self.attach(index);
        }
    }

    /// The tab that leads from now on gives itself what it has proposed.
    fn hand_over(&mut self, tab: &mut Tab) {
        while tab.client.proposals() > 0 {
            tab.client.propose_again(self.now).unwrap();
            tab.outbox.clear();
            self.drain_tab(tab);
            while let Some((proposal, bytes)) = tab.outbox.pop_front() {
                self.adopt(tab.id, proposal, &bytes);
            }
            let snapshot = self.parties[0].client.snapshot().unwrap();
            tab.client.follow(self.now, &snapshot.bytes, true).unwrap();
            self.drain_tab(tab);
        }
    }

    fn drain_tab(&mut self, tab: &mut Tab) {
        while let Some(output) = tab.client.poll_output() {
            match output {
                ClientOutput::Propose { proposal, bytes, .. } => {
                    tab.outbox.push_back((proposal, bytes));
                }
                ClientOutput::Event(ClientEvent::Change { keys, .. }) => {
                    for key in keys {
                        match tab.client.get(tab.room, key.as_str()).cloned() {
                            Some(content) => tab.mirror.insert(key, content),
                            None => tab.mirror.remove(&key),
                        };
                    }
                }
                ClientOutput::Event(ClientEvent::Verdict { draft, verdict, .. }) => {
                    self.tell(tab.ghosts[&draft], verdict);
                }
                ClientOutput::Event(_) => {}
                other => panic!("a standby asks for {other:?}"),
            }
        }
        assert_eq!(tab.client.poll_timeout(), None);
        let shown: BTreeMap<_, _> = tab.client.entries(tab.room, "").into_iter().collect();
        assert_eq!(tab.mirror, shown, "a change was not told");
    }

    fn tell(&mut self, ghost: usize, verdict: Verdict) {
        let applied = match verdict {
            Verdict::Applied { .. } => true,
            Verdict::Refused { .. } => false,
            Verdict::Unknown { reason } => panic!("{ghost} is unknown: {reason}"),
        };
        let told = &mut self.edits[ghost].told;
        assert!(told.is_none_or(|before| before == applied), "{ghost} has two fates");
        *told = Some(applied);
    }

    fn drain(&mut self) {
        for _ in 0..2 {
            for index in 0..2 {
                self.drain_party(index);
            }
            self.drain_server();
        }
        let mut tabs = std::mem::take(&mut self.tabs);
        for tab in &mut tabs {
            self.drain_tab(tab);
        }
        self.tabs = tabs;
    }

    fn drain_party(&mut self, index: usize) {
        while let Some(output) = self.parties[index].client.poll_output() {
            match output {
                ClientOutput::Persist(persist) => {
                    if self.flaw == Flaw::Hasty {
                        self.ship(&persist);
                    }
                    self.waiting.push_back(persist);
                }
                ClientOutput::Connect => self.parties[index].wants = true,
                ClientOutput::Transmit(bytes) => self.parties[index].up.push_back(bytes),
                ClientOutput::Disconnect => self.cut(index),
                ClientOutput::Event(ClientEvent::Verdict { draft, verdict, .. }) if index == 0 => {
                    for ghost in self.ledger.remove(&draft).unwrap_or_default() {
                        self.tell(ghost, verdict);
                    }
                }
                ClientOutput::Event(ClientEvent::Diverged { .. }) => panic!("{index} diverged"),
                ClientOutput::Event(ClientEvent::Failed { error, .. }) => {
                    let late =
                        matches!(error.code, Code::HelloTimeout | Code::Idle | Code::Stalled);
                    assert!(late, "{index} failed: {error}");
                }
                ClientOutput::Event(_) => {}
                ClientOutput::Propose { .. } => panic!("a leader proposes"),
            }
        }
    }

    fn drain_server(&mut self) {
        loop {
            if let Some(output) = self.server.poll_output() {
                self.serve(output);
            } else if let Some(output) = self.room.poll_output() {
                if let RoomOutput::ToServer(from) = output {
                    self.server.handle_room(self.now, self.room_no.unwrap(), from);
                }
            } else {
                return;
            }
        }
    }

    fn serve(&mut self, output: ServerOutput) {
        let now = self.now;
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                if let Some(party) = self.parties.iter_mut().find(|p| p.conn == Some(conn)) {
                    party.down.push_back(bytes);
                    self.busy.insert(conn);
                }
            }
            ServerOutput::Close { conn, .. } => {
                if let Some(index) = self.parties.iter().position(|p| p.conn == Some(conn)) {
                    self.cut(index);
                }
            }
            ServerOutput::Authorize { request, token, .. } => {
                let grant = Grant::writer(Principal::new(token).unwrap(), vec![String::new()]);
                self.server.handle_authorized(now, request, Ok(grant));
            }
            ServerOutput::OpenRoom { request, room, .. } => {
                self.room_no = Some(room);
                self.server.handle_room_opened(now, request, Ok(room));
            }
            ServerOutput::ToRoom { to, .. } => self.room.handle(now, to),
            ServerOutput::CloseRoom { .. } | ServerOutput::Event(_) => {}
        }
    }

    /// Opens the connection of a client, or takes some frames over it.
    fn network(&mut self, index: usize) {
        let party = &mut self.parties[index];
        let Some(conn) = party.conn else {
            if std::mem::take(&mut party.wants) {
                self.conns += 1;
                party.conn = Some(ConnId::new(self.conns));
                self.server.handle_connected(self.now, ConnId::new(self.conns));
                party.client.handle_connected(self.now, &format!("user-{index}"));
            }
            return;
        };
        for _ in 0..3 {
            let party = &mut self.parties[index];
            if let Some(frame) = party.up.pop_front() {
                self.server.handle_frame(self.now, conn, &frame);
            }
            if let Some(frame) = party.down.pop_front() {
                party.client.handle_frame(self.now, &frame);
            }
            if party.down.is_empty() && self.busy.remove(&conn) {
                self.server.handle_writable(self.now, conn);
            }
            self.drain_party(index);
            self.drain_server();
        }
    }

    fn cut(&mut self, index: usize) {
        let party = &mut self.parties[index];
        party.up.clear();
        party.down.clear();
        if let Some(conn) = party.conn.take() {
            self.busy.remove(&conn);
            self.server.handle_disconnected(self.now, conn);
            party.client.handle_disconnected(self.now);
        }
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.after(by);
        for party in &mut self.parties {
            party.client.handle_timeout(self.now);
        }
        for tab in &mut self.tabs {
            tab.client.handle_timeout(self.now);
        }
        self.server.handle_timeout(self.now);
        self.room.handle_timeout(self.now);
    }

    pub(crate) fn calm_down(&mut self) {
        for _ in 0..200 {
            if self.is_calm() {
                break;
            }
            for index in 0..2 {
                self.network(index);
                self.drain();
            }
            for index in 0..self.tabs.len() {
                for _ in 0..8 {
                    self.deliver_to_tab(index);
                    self.drain();
                    self.deliver_to_leader(index, false);
                    self.drain();
                }
            }
            for _ in 0..8 {
                self.sync_one();
                self.drain();
            }
            self.pass(Duration::from_millis(400));
            self.drain();
        }
    }

    fn is_calm(&self) -> bool {
        let version = Some(self.room.version());
        let party = |party: &Party| {
            party.client.pending(party.room) == 0 && party.client.version(party.room) == version
        };
        let tab = |tab: &Tab| {
            let silent = tab.inbox.is_empty() && tab.outbox.is_empty() && tab.hears;
            silent && tab.client.proposals() == 0 && tab.client.version(tab.room) == version
        };
        let settled = self.parties.iter().all(party) && self.tabs.iter().all(tab);
        settled && self.waiting.is_empty()
    }

    pub(crate) fn audit(&mut self) {
        let want: Vec<_> = self.room.entries("").map(|(k, c)| (k.clone(), c.clone())).collect();
        for party in &self.parties {
            assert_eq!(party.client.pending(party.room), 0, "not settled");
            assert_eq!(party.client.entries(party.room, ""), want);
        }
        for tab in &self.tabs {
            assert!(tab.hears && tab.inbox.is_empty() && tab.outbox.is_empty());
            assert_eq!((tab.client.proposals(), tab.client.pending(tab.room)), (0, 0));
            assert_eq!(tab.client.entries(tab.room, ""), want, "a tab differs");
            assert_eq!(tab.client.version(tab.room), Some(self.room.version()));
        }
        let log = self.room.get("log").map(Content::to_json).unwrap_or_default();
        let mut times: BTreeMap<usize, usize> = BTreeMap::new();
        for ghost in log.trim_matches(['[', ']']).split(',').filter(|text| !text.is_empty()) {
            *times.entry(ghost.parse().unwrap()).or_default() += 1;
        }
        let living: BTreeSet<TabId> = self.tabs.iter().map(|tab| tab.id).collect();
        let mut sum = 0;
        for (ghost, edit) in self.edits.iter().enumerate() {
            let times = times.get(&ghost).copied().unwrap_or(0);
            assert!(times <= 1, "{ghost} is there {times} times");
            let Some((tab, proposal)) = edit.by else { continue };
            let fate = self.parties[0].client.fate(self.parties[0].room, tab, proposal, None);
            let applied = match fate {
                Fate::Applied(_) => true,
                Fate::Refused { .. } => false,
                // Its tab died as a leader, before anything was durable.
                Fate::NeverSeen if !living.contains(&tab) => false,
                other => panic!("{ghost} ended as {other:?}"),
            };
            assert!(edit.told.is_none_or(|told| told == applied), "{ghost} was told otherwise");
            assert!(edit.told.is_some() || !living.contains(&tab) || fate != Fate::NeverSeen);
            match edit.mark {
                Mark::Log => assert_eq!(times, usize::from(applied), "{ghost} as {fate:?}"),
                Mark::Count => sum += usize::from(applied),
            }
            self.count.applied += usize::from(applied);
            self.count.refused += usize::from(!applied);
        }
        let held = self.room.get("sum").map_or_else(|| "0".to_owned(), Content::to_json);
        assert_eq!(held, sum.to_string(), "sums were lost or doubled");
    }
}

/// Makes edits, alone as a single one and together as a batch.
fn edit(
    client: &mut Client,
    now: Time,
    room: RoomNo,
    mut edits: Vec<(Key, Action)>,
) -> Option<DraftId> {
    if edits.len() == 1 {
        let (key, action) = edits.pop()?;
        return client.edit(now, room, key.as_str(), action).ok();
    }
    client.batch(now, room, edits).ok()
}
