use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::op::Op;

/// A stand-in for a room: decides mutations of `set` in order, remembers under which name it has
/// seen what, and refuses a key called `no`.
#[derive(Debug, Default)]
struct Room {
    /// Every mutation that ever had this name.
    names: BTreeMap<(ClientId, u64), Vec<Op>>,
    last: BTreeMap<ClientId, u64>,
    refused: BTreeMap<ClientId, Vec<u64>>,
    version: u64,
    keys: BTreeMap<Key, (u32, u64, Value)>,
}

impl Room {
    fn push(&mut self, client: ClientId, mutations: Vec<(u64, Vec<Op>)>) {
        for (seq, ops) in mutations {
            let known = self.names.entry((client, seq)).or_insert_with(|| ops.clone());
            assert_eq!(*known, ops, "a name has one content for ever");
            let last = self.last.entry(client).or_default();
            if seq != *last + 1 {
                continue;
            }
            *last = seq;
            if ops.iter().any(|op| op.key.as_str() == "no") {
                self.refused.entry(client).or_default().push(seq);
                continue;
            }
            self.version += 1;
            for op in ops {
                let Action::Set(value) = op.action else { panic!("only sets") };
                let next = u32::try_from(self.keys.len()).unwrap();
                let entry = self.keys.entry(op.key).or_insert((next, 0, value.clone()));
                (entry.1, entry.2) = (self.version, value);
            }
        }
    }

    /// What is told to a reader at a version, keys always named.
    fn body(&self, from: Version) -> Body {
        let changed = self.keys.iter().filter(|(_, (_, version, _))| *version > from.get());
        let mut entries: Vec<Entry> = changed
            .map(|(key, (id, version, value))| Entry {
                id: KeyId::new(*id),
                key: Some(key.clone()),
                version: Version::new(*version),
                change: Change::Value(Content::Plain(value.clone())),
            })
            .collect();
        entries.sort_by_key(|entry| entry.version);
        Body { from, to: Version::new(self.version), more: false, digest: None, entries }
    }

    fn personal(&self, client: ClientId) -> Personal {
        let refused = self.refused.get(&client).map_or(&[][..], Vec::as_slice);
        let refusals: Vec<_> = refused.iter().map(|seq| (*seq, 0, Code::Forbidden)).collect();
        personal(self.last.get(&client).copied().unwrap_or(0), &refusals)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Edit(u8),
    Batch(u8, u8),
    Wait,
    Connect,
    Drop,
    Push,
    Tell,
    Persist(usize),
    Crash(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5_u8).prop_map(Step::Edit),
        1 => (0..5_u8, 0..5_u8).prop_map(|(a, b)| Step::Batch(a, b)),
        4 => Just(Step::Wait),
        3 => Just(Step::Connect),
        1 => Just(Step::Drop),
        4 => Just(Step::Push),
        4 => Just(Step::Tell),
        5 => (0..4_usize).prop_map(Step::Persist),
        1 => (0..4_usize).prop_map(Step::Crash),
    ]
}

/// One client of one room, with a storage that holds what it was told up to some order.
struct World {
    rig: Rig,
    room: Room,
    client: ClientId,
    connected: bool,
    told: Version,
    made: i64,
    cache: bool,
}

impl World {
    fn new(cache: bool) -> Self {
        let mut rig = Rig::new(ClientConfig { cache, ..ClientConfig::default() });
        rig.answers = false;
        let (room, client) = (Room::default(), ClientId::new(0));
        let (connected, told, made) = (false, Version::ZERO, 0);
        Self { rig, room, client, connected, told, made, cache }
    }

    fn key(number: u8) -> &'static str {
        ["a", "b", "c", "d", "no"][usize::from(number)]
    }

    fn value(&mut self) -> Action {
        self.made += 1;
        Action::Set(Value::from_i64(self.made).unwrap())
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Edit(number) => {
                let action = self.value();
                self.rig.edit(Self::key(number), action);
            }
            Step::Batch(a, b) => {
                let edits =
                    vec![(key(Self::key(a)), self.value()), (key(Self::key(b)), self.value())];
                self.rig.client.batch(self.rig.now, self.rig.room, edits).unwrap();
            }
            Step::Wait => self.rig.pass_ms(30),
            Step::Connect => self.connect(),
            Step::Drop => {
                self.rig.disconnect();
                self.connected = false;
            }
            Step::Push => self.push(),
            Step::Tell => self.tell(),
            Step::Persist(count) => self.persist(count),
            Step::Crash(kept) => self.crash(kept),
        }
        self.rig.drain();
    }

    fn connect(&mut self) {
        if self.connected {
            return;
        }
        let join = self.rig.connect();
        self.connected = true;
        (self.client, self.told) = (join.client, join.version);
        self.rig.join(self.room.last.get(&join.client).copied().unwrap_or(0));
    }

    fn push(&mut self) {
        let mutations = self.rig.mutations();
        if self.connected {
            self.room.push(self.client, mutations);
        }
    }

    fn tell(&mut self) {
        if self.connected {
            let body = self.room.body(self.told);
            self.told = body.to;
            let personal = self.room.personal(self.client);
            self.rig.tell(body, Some(personal));
        }
    }

    fn persist(&mut self, count: usize) {
        let count = count.min(self.rig.orders.len());
        let orders: Vec<Persist> = self.rig.orders.drain(..count).collect();
        for order in orders {
            self.rig.store(order);
        }
    }

    /// The process ends; storage may have written more than it has answered for.
    fn crash(&mut self, kept: usize) {
        self.persist(kept);
        let (now, blobs) = (self.rig.now, self.rig.blobs.clone());
        let config = ClientConfig { cache: self.cache, ..ClientConfig::default() };
        self.rig = Rig::restored(config, &blobs);
        (self.rig.now, self.rig.answers, self.connected) = (now, false, false);
    }

    /// Faults stop: everything settles, and the view is the room.
    fn heal(&mut self) {
        for _ in 0..8 {
            self.persist(usize::MAX);
            self.rig.pass_ms(200);
            self.connect();
            self.push();
            self.tell();
        }
        assert_eq!(self.rig.client.pending(self.rig.room), 0);
        let view = self.rig.client.entries(self.rig.room, "");
        let want: Vec<(Key, Content)> = self
            .room
            .keys
            .iter()
            .map(|(key, (_, _, value))| (key.clone(), Content::Plain(value.clone())))
            .collect();
        assert_eq!(view, want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_name_has_one_content_across_crashes_and_everything_settles(
        steps in prop::collection::vec(step(), 1..80),
        cache in any::<bool>(),
    ) {
        let mut world = World::new(cache);
        for step in &steps {
            world.step(step);
        }
        world.heal();
    }
}

#[test]
fn every_prefix_of_the_log_is_a_state_that_never_reuses_a_number_with_other_content() {
    let mut rig = Rig::default();
    rig.answers = false;
    rig.connect();
    rig.join(0);
    rig.delta(0, 0, &[], None);
    // What was sent when this many orders were durable.
    let mut sent: Vec<(usize, u64, Vec<Op>)> = Vec::new();
    let mut orders: Vec<Persist> = Vec::new();
    let mut last = 0;
    for round in 0..12_u64 {
        rig.edit(["a", "b", "c"][usize::try_from(round % 3).unwrap()], set(&round.to_string()));
        rig.pass_ms(20);
        for order in core::mem::take(&mut rig.orders) {
            orders.push(order.clone());
            rig.client.handle_persisted(order.id);
            rig.drain();
            for (seq, ops) in rig.mutations() {
                last = last.max(seq);
                sent.push((orders.len(), seq, ops));
            }
        }
        if round % 4 == 3 {
            let from = rig.client.version(rig.room).unwrap().get();
            let told = [(1, "a", from + 1, Some("1"))];
            rig.delta(from, from + 1, &told, Some(personal(last - 1, &[])));
        }
    }
    assert!(last >= 12 && orders.len() > 20);
    for durable in 1..=orders.len() {
        let blobs: Vec<Vec<u8>> = orders[..durable].iter().map(|o| o.bytes.clone()).collect();
        let mut after = Rig::restored(ClientConfig::default(), &blobs);
        after.edit("other", set("true"));
        after.connect();
        // The server has decided what it was sent before the crash, or nothing of it.
        after.join(0);
        after.pass_ms(20);
        for (seq, ops) in after.mutations() {
            let before = sent.iter().filter(|(had, name, _)| *had <= durable && *name == seq);
            for (_, _, known) in before {
                assert_eq!(*known, ops, "{seq} after {durable} orders");
            }
        }
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let mut rig = Rig::joined();
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    let blobs = rig.blobs.clone();
    let last = blobs.last().unwrap();
    for end in 0..last.len() {
        let mut damaged = blobs.clone();
        damaged.pop();
        damaged.push(last[..end].to_vec());
        let read = damaged.iter().map(Vec::as_slice);
        let restored = Client::restore(ClientConfig::default(), [0; 32], read);
        if let Err(error) = restored {
            assert_eq!(error.code, Code::StorageCorrupt);
        } else {
            // A cut between two records is a shorter log.
            assert!(end > 0);
        }
    }
}

#[test]
fn a_start_without_a_connection_shows_what_was_last_known() {
    let mut rig = Rig::joined();
    rig.delta(0, 3, &[(1, "a", 3, Some("1"))], None);
    rig.edit("b", set("2"));
    let mut after = Rig::restored(ClientConfig::default(), &rig.blobs);
    after.drain();
    assert!(after.client.ready(after.room));
    assert!(after.events.contains(&ClientEvent::Ready { room: after.room }));
    let shown: Vec<String> =
        after.client.keys(after.room, "").iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["a", "b"]);
    let join = after.connect();
    assert_eq!((join.version, join.epoch), (Version::new(3), Some(EPOCH)));

    let config = ClientConfig { cache: false, ..ClientConfig::default() };
    let mut rig = Rig::new(config.clone());
    rig.connect();
    rig.join(0);
    rig.delta(0, 3, &[(1, "a", 3, Some("1"))], None);
    rig.edit("b", set("2"));
    let mut after = Rig::restored(config, &rig.blobs);
    assert!(!after.client.ready(after.room));
    assert_eq!((after.get("a"), after.get("b").as_deref()), (None, Some("2")));
    assert_eq!(after.connect().version, Version::ZERO);
}

#[test]
fn a_client_in_memory_asks_for_no_storage() {
    let config = ClientConfig { durable: false, ..ClientConfig::default() };
    let mut rig = Rig::new(config);
    rig.connect();
    rig.join(0);
    rig.edit("a", set("1"));
    rig.pass_ms(20);
    assert_eq!(rig.mutations().len(), 1);
    assert!(rig.blobs.is_empty());
}

#[test]
fn a_state_of_a_room_that_is_not_known_is_refused_as_the_next_start_would_not_have_it() {
    let restored = |known| {
        let head = State::new(RoomNo::new(1), name(), ClientId::new(7)).head();
        let mut writer = RecordWriter::new();
        writer.put(&ClientRecord::Room(crate::record::client::RoomHead { known, ..head }));
        let (room, version, keys) = (RoomNo::new(1), Version::new(3), Vec::new());
        writer.put(&ClientRecord::State { room, version, keys });
        let blob = writer.into_bytes();
        let client = Client::restore(ClientConfig::default(), [0; 32], [blob.as_slice()]);
        client.map(drop).map_err(|error| error.code)
    };
    assert_eq!(restored(true), Ok(()));
    assert_eq!(restored(false), Err(Code::StorageCorrupt));
}
