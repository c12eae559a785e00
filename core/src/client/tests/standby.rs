//! Tabs of which one leads: what the others show, and what becomes of their edits.

use super::*;
use crate::client::{Fate, Origin};
use crate::id::TabId;
use crate::limit::TAB_PROPOSALS;
use crate::record::client::Proposal;

mod fates;
mod proposals;
mod stale;

const TAB: TabId = TabId::new(7);

/// A standby with what it said.
struct Tab {
    id: TabId,
    client: Client,
    room: RoomNo,
    proposals: Vec<(DraftId, Vec<u8>)>,
    events: Vec<ClientEvent>,
}

impl Tab {
    fn of(leader: &mut Rig, id: TabId) -> Self {
        let snapshot = leader.client.snapshot().unwrap();
        Self::with(id, &snapshot.bytes)
    }

    fn with(id: TabId, snapshot: &[u8]) -> Self {
        let mut client = Client::standby(ClientConfig::default(), [5; 32], id, snapshot).unwrap();
        let room = client.open(Time::from_millis(0), name(), true).unwrap();
        let mut tab = Self { id, client, room, proposals: Vec::new(), events: Vec::new() };
        tab.drain();
        tab.events.clear();
        tab
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::Propose { proposal, bytes, .. } => {
                    self.proposals.push((proposal, bytes));
                }
                ClientOutput::Event(event) => self.events.push(event),
                ClientOutput::Persist(_)
                | ClientOutput::Connect
                | ClientOutput::Transmit(_)
                | ClientOutput::Disconnect => panic!("it asks for something"),
            }
        }
    }

    fn edit(&mut self, key: &str, action: Action) -> DraftId {
        let made = self.client.edit(Time::from_millis(0), self.room, key, action).unwrap();
        self.drain();
        made
    }

    /// Takes the orders that the leader has stored since the last call.
    fn follow(&mut self, leader: &mut Feed) {
        for order in leader.next() {
            let replace = order.mode == PersistMode::Replace;
            self.client.follow(Time::from_millis(0), &order.bytes, replace).unwrap();
        }
        self.drain();
    }

    fn begin_anew(&mut self, leader: &mut Rig) {
        let snapshot = leader.client.snapshot().unwrap();
        self.client.follow(Time::from_millis(0), &snapshot.bytes, true).unwrap();
        self.drain();
    }

    fn hand_over(&mut self, leader: &mut Rig) -> Vec<Result<DraftId, Code>> {
        let handed = core::mem::take(&mut self.proposals);
        let adopt = |(_, bytes): &(DraftId, Vec<u8>)| adopt(leader, self.id, bytes);
        handed.iter().map(adopt).collect()
    }

    fn get(&self, key: &str) -> Option<String> {
        self.client.get(self.room, key).map(Content::to_json)
    }

    /// The keys told since the last call.
    fn changed(&mut self) -> Vec<String> {
        let mut keys = Vec::new();
        for event in core::mem::take(&mut self.events) {
            if let ClientEvent::Change { keys: told, origin: Origin::Remote, .. } = event {
                keys.extend(told.iter().map(|key| key.as_str().to_owned()));
            }
        }
        keys
    }
}

/// A leader whose orders wait to be followed.
struct Feed {
    leader: Rig,
    orders: Vec<Persist>,
}

impl Feed {
    fn new() -> Self {
        let mut leader = Rig::joined();
        leader.drain();
        leader.answers = false;
        Self { leader, orders: Vec::new() }
    }

    fn next(&mut self) -> Vec<Persist> {
        self.sync();
        core::mem::take(&mut self.orders)
    }

    /// Everything becomes durable.
    fn sync(&mut self) {
        loop {
            self.leader.drain();
            let orders = core::mem::take(&mut self.leader.orders);
            if orders.is_empty() {
                break;
            }
            for order in orders {
                self.orders.push(order.clone());
                self.leader.store(order);
            }
        }
    }

    /// Another leader, with what was durable.
    fn take_over(self) -> Rig {
        Rig::restored(ClientConfig::default(), &self.leader.blobs)
    }
}

fn adopt(leader: &mut Rig, tab: TabId, bytes: &[u8]) -> Result<DraftId, Code> {
    let adopted = leader.client.adopt(leader.now, tab, bytes).map_err(|error| error.code);
    leader.drain();
    adopted
}

#[test]
fn an_edit_of_a_tab_is_not_doubled_by_a_take_over() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    let made = tab.edit("sum", Action::Add(value("1")));
    let (_, bytes) = tab.proposals[0].clone();
    let draft = adopt(&mut feed.leader, TAB, &bytes).unwrap();
    assert_eq!(adopt(&mut feed.leader, TAB, &bytes), Ok(draft), "heard twice");
    feed.sync();

    // The tab has not followed: it hands its edit again.
    let mut leader = feed.take_over();
    tab.client.propose_again(Time::from_millis(0)).unwrap();
    tab.drain();
    assert_eq!(tab.hand_over(&mut leader), [Ok(draft), Ok(draft)]);
    assert_eq!((leader.client.pending(leader.room), leader.get("sum")), (1, Some("1".to_owned())));
    assert_eq!(leader.client.fate(leader.room, TAB, made, None), Fate::Pending(draft));

    tab.begin_anew(&mut leader);
    assert_eq!((tab.client.proposals(), tab.client.pending(tab.room)), (0, 1));
    assert_eq!(tab.get("sum").as_deref(), Some("1"));
}

#[test]
fn an_edit_of_a_tab_is_not_lost_with_a_leader_that_dies_before_it_is_durable() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.edit("a", set("1"));
    tab.hand_over(&mut feed.leader)[0].unwrap();
    feed.orders.clear();

    let mut leader = feed.take_over();
    assert_eq!(leader.get("a"), None);
    tab.begin_anew(&mut leader);
    tab.client.propose_again(Time::from_millis(0)).unwrap();
    tab.drain();
    tab.hand_over(&mut leader)[0].unwrap();
    assert_eq!(leader.get("a").as_deref(), Some("1"));
}

#[test]
fn a_compaction_does_not_forget_what_was_adopted() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    let made = [1, 2, 3].map(|number| tab.edit("sum", Action::Add(value(&number.to_string()))));
    let copies = tab.proposals.clone();
    let drafts = tab.hand_over(&mut feed.leader);
    let snapshot = feed.leader.client.snapshot().unwrap();
    let mut leader = Rig::restored(ClientConfig::default(), &[snapshot.bytes]);
    let again: Vec<_> = copies.iter().map(|(_, bytes)| adopt(&mut leader, TAB, bytes)).collect();
    assert_eq!(again, drafts);
    assert_eq!(leader.get("sum").as_deref(), Some("6"));
    let fates = made.map(|made| leader.client.fate(leader.room, TAB, made, None));
    assert_eq!(fates, [Fate::Pending(drafts[0].unwrap()); 3], "one mutation");
}

#[test]
fn what_is_typed_in_a_tab_becomes_one_mutation_and_never_flickers() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    for text in ["\"h\"", "\"he\"", "\"hey\""] {
        tab.edit("name", set(text));
    }
    tab.changed();
    let drafts = tab.hand_over(&mut feed.leader);
    assert_eq!((drafts[0], drafts[1]), (drafts[2], drafts[2]));
    assert_eq!(feed.leader.client.pending(feed.leader.room), 1);
    tab.follow(&mut feed);
    assert_eq!(tab.changed(), [""; 0]);
    assert_eq!(tab.get("name").as_deref(), Some("\"hey\""));
    assert_eq!((tab.client.proposals(), tab.client.pending(tab.room)), (0, 1));
    // The verdict of the one is the verdict of all.
    feed.leader.client.flush(feed.leader.now);
    feed.sync();
    feed.leader.delta(0, 0, &[], Some(personal(1, &[(1, 0, Code::RoomFull)])));
    let refused = Fate::Refused { code: Code::RoomFull, op: 0 };
    let first = DraftId::PROPOSALS.next();
    for proposal in [first, first.next(), first.next().next()] {
        assert_eq!(feed.leader.client.fate(feed.leader.room, TAB, proposal, None), refused);
    }
    tab.follow(&mut feed);
    assert_eq!(tab.changed(), ["name"]);
    assert_eq!(tab.get("name"), None);
}

#[test]
fn a_batch_of_a_tab_shows_whole_or_not_at_all() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    let edits = vec![(key("a"), Action::Expect), (key("a"), set("1")), (key("b"), set("1"))];
    tab.client.batch(Time::from_millis(0), tab.room, edits).unwrap();
    tab.drain();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("9"))], None);
    tab.follow(&mut feed);
    assert_eq!((tab.get("a").as_deref(), tab.get("b")), (Some("9"), None));
    tab.hand_over(&mut feed.leader)[0].unwrap();
    assert_eq!(feed.leader.client.pending(feed.leader.room), 1, "the server decides");
}

#[test]
fn a_leader_does_not_show_an_edit_of_a_tab_that_a_restart_would_not() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    let edits = vec![(key("a"), Action::Expect), (key("b"), set("1"))];
    tab.client.batch(Time::from_millis(0), tab.room, edits).unwrap();
    tab.drain();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("9"))], None);
    tab.hand_over(&mut feed.leader)[0].unwrap();
    tab.follow(&mut feed);
    assert_eq!(feed.leader.get("b"), None, "what the edit expected of `a` is not so");
    assert_eq!(tab.get("b"), None);
    let restarted = feed.take_over();
    assert_eq!(restarted.get("b"), None);
}

#[test]
fn a_room_that_the_leader_does_not_know_yet_is_not_in_the_way() {
    let mut leader = Rig::joined();
    let mut tab = Tab::of(&mut leader, TAB);
    let other = RoomName::new("other").unwrap();
    let now = Time::from_millis(0);
    let room = tab.client.open(now, other.clone(), true).unwrap();
    tab.client.edit(now, room, "a", set("1")).unwrap();
    tab.drain();
    let bytes = tab.proposals.remove(0).1;
    assert_eq!(adopt(&mut leader, TAB, &bytes), Err(Code::NotFound));
    leader.client.open(now, other.clone(), false).unwrap();
    assert_eq!(adopt(&mut leader, TAB, &bytes), Err(Code::NotFound), "it is not to be written");
    let number = leader.client.open(now, other, true).unwrap();
    let draft = adopt(&mut leader, TAB, &bytes).unwrap();
    assert_eq!(leader.client.get(number, "a").map(Content::to_json).as_deref(), Some("1"));
    // Numbers differ on both sides, and stay.
    tab.begin_anew(&mut leader);
    assert_eq!(tab.client.room(&RoomName::new("other").unwrap()), Some(room));
    assert_eq!((tab.client.pending(room), tab.client.proposals()), (1, 0));
    assert_eq!(
        leader.client.fate(number, TAB, DraftId::PROPOSALS.next(), None),
        Fate::Pending(draft)
    );
    // What the leader forgets is empty here, and open.
    leader.client.forget_room(now, number);
    tab.begin_anew(&mut leader);
    assert_eq!((tab.client.get(room, "a"), tab.client.pending(room)), (None, 0));
    assert!(tab.client.edit(now, room, "b", set("1")).is_ok());
}

#[test]
fn only_what_shows_something_else_is_told_when_all_is_sent_anew() {
    let mut feed = Feed::new();
    let told = [(1, "a", 1, Some("1")), (2, "b", 1, Some("1")), (3, "c", 1, Some("1"))];
    feed.leader.delta(0, 1, &told, None);
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.edit("c", set("7"));
    tab.changed();
    feed.leader.delta(
        1,
        2,
        &[(1, "a", 2, Some("2")), (2, "b", 2, None), (3, "c", 2, Some("3"))],
        None,
    );
    tab.begin_anew(&mut feed.leader);
    assert_eq!(tab.changed(), ["a", "b"]);
    assert_eq!(tab.client.version(tab.room), Some(Version::new(2)));
    tab.begin_anew(&mut feed.leader);
    assert_eq!(tab.changed(), [""; 0]);
}

#[test]
fn a_snapshot_says_what_follows_it_and_changes_nothing() {
    let mut feed = Feed::new();
    feed.next();
    feed.leader.client.edit(feed.leader.now, feed.leader.room, "a", set("1")).unwrap();
    let snapshot = feed.leader.client.snapshot().unwrap();
    feed.leader.client.edit(feed.leader.now, feed.leader.room, "a", set("2")).unwrap();
    let orders = feed.next();
    assert_eq!(orders[0].id, snapshot.record, "it is in the snapshot");
    let mut tab = Tab::with(TAB, &snapshot.bytes);
    assert_eq!(tab.get("a").as_deref(), Some("1"));
    for order in &orders[1..] {
        tab.client.follow(Time::from_millis(0), &order.bytes, false).unwrap();
    }
    assert_eq!(tab.get("a").as_deref(), Some("2"));
    assert_eq!(feed.take_over().get("a").as_deref(), Some("2"));
}

#[test]
fn a_standby_asks_for_nothing_and_leaves_to_the_leader_what_is_the_leaders() {
    let now = Time::from_millis(0);
    let mut tab = Tab::with(TAB, &[]);
    assert!(!tab.client.ready(tab.room));
    tab.edit("a", set("1"));
    tab.client.handle_connected(now, "token");
    tab.client.handle_frame(now, b"{}");
    tab.client.set_token(now, "other");
    tab.client.flush(now);
    tab.drain();
    assert_eq!((tab.client.poll_timeout(), tab.proposals.len()), (None, 1));
    let code = |result: Result<(), Error>| result.unwrap_err().code;
    let resolution = crate::resolve::Resolution::KeepMine;
    let resolved = tab.client.resolve(now, tab.room, DraftId::new(1), resolution);
    assert_eq!(code(resolved.map(drop)), Code::WrongMode);
    let bytes = tab.proposals[0].1.clone();
    assert_eq!(code(tab.client.adopt(now, TAB, &bytes).map(drop)), Code::WrongMode);
    let mut leader = Rig::joined();
    assert_eq!(code(leader.client.follow(now, &[], true)), Code::WrongMode);
    assert_eq!(code(leader.client.propose_again(now)), Code::WrongMode);
    let room = leader.room;
    assert_eq!(
        code(leader.client.withdraw(now, room, DraftId::new(1), Code::Full)),
        Code::WrongMode
    );
    // It learns that the room is known.
    tab.begin_anew(&mut leader);
    assert!(tab.client.ready(tab.room));
    assert!(tab.events.contains(&ClientEvent::Ready { room: tab.room }));
}
