//! Tabs, the client that they share, its server and a client elsewhere, and what may happen to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput, Snapshot};
use syncline_core::policy::{Policies, Policy};
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::{Room, RoomConfig};
use syncline_core::server::{Server, ServerConfig};
use syncline_core::{
    Action, ConnId, Content, DraftId, Durability, Epoch, ItemId, Key, Limits, Place, RecordId,
    RoomName, RoomNo, TabId, Time, Value,
};

mod audit;
mod leader;
mod network;

pub(crate) use audit::Count;
use network::party;

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
