//! One room, driven by hand: what readers are told, and when.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::collections::BTreeMap;

use syncline_core::exchange::{FromRoom, Grant, JoinRoom, ToRoom};
use syncline_core::message::{Body, Change, Personal, Push};
use syncline_core::policy::{Policies, Policy};
use syncline_core::record::Persist;
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::{
    Action, Arrival, Channel, ClientId, Code, Content, Epoch, Key, KeyId, Limits, Op, PersistMode,
    Principal, ReaderId, RoomName, Seen, Seq, Session, Time, Value, Version,
};

const NOW: Time = Time::from_millis(0);

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn op(name: &str, action: Action, seen: Seen) -> Op {
    Op { key: key(name), action, seen }
}

fn set(name: &str, json: &str, seen: Seen) -> Op {
    op(name, Action::Set(value(json)), seen)
}

/// What a reader made of its deltas, by code that is not the engine's store.
#[derive(Debug, Default)]
struct Replica {
    names: BTreeMap<KeyId, Key>,
    values: BTreeMap<Key, (Version, Content)>,
    cursor: Version,
    staged: Vec<Body>,
    personal: Vec<Personal>,
    deltas: usize,
    patches: usize,
    values_told: usize,
}

impl Replica {
    fn take(&mut self, body: &Body) {
        let expected = self.staged.last().map_or(self.cursor, |body| body.to);
        if body.from == Version::ZERO {
            self.staged.clear();
        } else {
            assert_eq!(body.from, expected, "a delta begins where the last ended");
        }
        self.staged.push(body.clone());
        if !body.more {
            self.apply();
            self.deltas += 1;
        }
    }

    /// Takes all chunks in; a key's latest entry stands for the earlier ones.
    fn apply(&mut self) {
        let chunks = std::mem::take(&mut self.staged);
        if chunks[0].from == Version::ZERO {
            self.names.clear();
            self.values.clear();
        }
        let mut latest = BTreeMap::new();
        for body in &chunks {
            for entry in &body.entries {
                assert!(entry.version > body.from && entry.version <= body.to);
                latest.insert(entry.id, entry);
            }
            self.cursor = body.to;
        }
        for entry in latest.values() {
            if let Some(key) = &entry.key {
                self.names.insert(entry.id, key.clone());
            }
            match &entry.change {
                Change::Delete => {
                    if let Some(key) = self.names.remove(&entry.id) {
                        self.values.remove(&key);
                    }
                }
                Change::Value(content) => {
                    let key = self.names[&entry.id].clone();
                    self.values.insert(key, (entry.version, content.clone()));
                    self.values_told += 1;
                }
                Change::Patch(actions) => {
                    let key = self.names[&entry.id].clone();
                    let mut content = Some(self.values[&key].1.clone());
                    for action in actions {
                        content = action.apply(content.as_ref(), &Limits::HARD).unwrap();
                    }
                    self.values.insert(key, (entry.version, content.unwrap()));
                    self.patches += 1;
                }
            }
        }
    }

    fn json(&self, name: &str) -> Option<String> {
        self.values.get(&key(name)).map(|(_, content)| content.to_json())
    }
}

/// A room with a disk that a crash empties of what was not synced.
struct Bench {
    room: Room,
    config: RoomConfig,
    disk: Vec<Vec<u8>>,
    waiting: Vec<Persist>,
    written: usize,
    readers: BTreeMap<ReaderId, Replica>,
    joined: BTreeMap<ReaderId, (Option<Session>, Seq, Epoch)>,
    denied: BTreeMap<ReaderId, Code>,
    next_reader: u64,
}

impl Bench {
    fn new(config: RoomConfig) -> Self {
        let room = Room::new(RoomName::new("r").unwrap(), config.clone(), Epoch::new(7)).unwrap();
        Self {
            room,
            config,
            disk: Vec::new(),
            waiting: Vec::new(),
            written: 0,
            readers: BTreeMap::new(),
            joined: BTreeMap::new(),
            denied: BTreeMap::new(),
            next_reader: 0,
        }
    }

    fn policy(policy: Policy) -> Self {
        Self::new(RoomConfig { policy: Policies::new(policy), ..RoomConfig::default() })
    }

    fn limits(limits: Limits) -> Self {
        Self::new(RoomConfig { limits, digest_always: true, ..RoomConfig::default() })
    }

    fn drain(&mut self, pull: bool) {
        while let Some(output) = self.room.poll_output() {
            match output {
                RoomOutput::Persist(persist) => self.waiting.push(persist),
                RoomOutput::Written { .. } => self.written += 1,
                RoomOutput::Changed(_) => {}
                #[cfg(feature = "views")]
                RoomOutput::Render { .. } | RoomOutput::Unwatched { .. } => {}
                RoomOutput::ToServer(FromRoom::News { reader }) if pull => {
                    self.room.handle(NOW, ToRoom::Pull { reader });
                }
                RoomOutput::ToServer(value) => self.told(value),
            }
        }
    }

    fn told(&mut self, value: FromRoom) {
        match value {
            FromRoom::Joined { reader, session, last, epoch, .. } => {
                self.joined.insert(reader, (session, last, epoch));
            }
            FromRoom::Denied { reader, code } => {
                self.denied.insert(reader, code);
            }
            FromRoom::Delta { reader, personal, body } => {
                let replica = self.readers.entry(reader).or_default();
                assert!(!(body.body.more && personal.is_some()), "personal news ends a delta");
                replica.take(&body.body);
                replica.personal.extend(personal);
                if let Some(digest) = body.body.digest {
                    assert_eq!(digest, self.room.digest());
                }
            }
            FromRoom::Fault { error, .. } => panic!("{error}"),
            FromRoom::News { .. } | FromRoom::Presence { .. } | FromRoom::Nothing { .. } => {}
            #[cfg(feature = "views")]
            FromRoom::Show { .. } | FromRoom::Unwatched { .. } => {}
        }
    }

    fn sync(&mut self) {
        for persist in std::mem::take(&mut self.waiting) {
            if persist.mode == PersistMode::Replace {
                self.disk.clear();
            }
            self.disk.push(persist.bytes);
            self.room.handle_persisted(persist.id);
        }
    }

    /// Makes everything durable, and lets the readers pull.
    fn settle(&mut self) {
        self.drain(true);
        while !self.waiting.is_empty() {
            self.sync();
            self.drain(true);
        }
    }

    /// The process dies; what was not durable is gone.
    fn crash(&mut self) {
        self.waiting.clear();
        self.joined.clear();
        let blobs = self.disk.iter().map(Vec::as_slice);
        let name = RoomName::new("r").unwrap();
        self.room = Room::restore(name, self.config.clone(), Epoch::new(8), blobs).unwrap();
    }

    fn join(&mut self, client: u128, change: impl FnOnce(&mut JoinRoom)) -> ReaderId {
        self.next_reader += 1;
        let reader = ReaderId::new(self.next_reader);
        let principal = Principal::new(format!("user-{client}")).unwrap();
        let mut join = JoinRoom {
            reader,
            arrival: Arrival::new(self.next_reader),
            channel: Channel::new(1),
            grant: Grant::writer(principal, vec![String::new()]),
            client: ClientId::new(client),
            writes: true,
            session: None,
            epoch: None,
            version: Version::ZERO,
            heard: Seq::ZERO,
        };
        change(&mut join);
        self.room.handle(NOW, ToRoom::Join(join));
        reader
    }

    fn enter(&mut self, client: u128) -> ReaderId {
        let reader = self.join(client, |_| {});
        self.settle();
        reader
    }

    fn push(&mut self, reader: ReaderId, first: u64, mutations: Vec<Vec<Op>>) {
        let session = self.joined[&reader].0.unwrap();
        let (first, heard) = (Seq::new(first), Seq::ZERO);
        let push = Push { channel: Channel::new(1), session, first, heard, mutations };
        self.room.handle(NOW, ToRoom::Push { reader, push });
    }

    fn json(&self, name: &str) -> Option<String> {
        self.room.get(name).map(Content::to_json)
    }

    fn refusals(&self, reader: ReaderId) -> Vec<(u64, Code)> {
        let told = self.readers[&reader].personal.iter().flat_map(|personal| &personal.refusals);
        told.map(|refusal| (refusal.seq.get(), refusal.code)).collect()
    }

    fn last(&self, reader: ReaderId) -> u64 {
        self.readers[&reader].personal.last().map_or(0, |personal| personal.last.get())
    }
}

#[test]
fn an_acknowledged_write_is_never_lost_because_nothing_is_told_before_it_is_durable() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.drain(true);
    assert_eq!((bench.json("x"), bench.last(a)), (None, 0), "staged only");
    assert_eq!(bench.room.staged("x").map(|(_, c)| c.to_json()).as_deref(), Some("1"));
    bench.crash();
    assert_eq!(bench.room.version(), Version::ZERO);

    let a = bench.enter(1);
    assert_eq!(bench.joined[&a].2, Epoch::new(7), "the epoch is the log's");
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!((bench.readers[&a].json("x").as_deref(), bench.last(a)), (Some("1"), 1));
    bench.crash();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

/// Writes as the host, and looks how large the log is then beside what is alive. Returns the largest
/// excess over 64 KiB and the last blob, in percent of the latter.
fn write_and_weigh(bench: &mut Bench, keys: impl Iterator<Item = u32>, edit: &Action) -> usize {
    let mut worst = 0;
    for (at, number) in keys.enumerate() {
        let edit = HostEdit {
            key: key(&format!("key/{number}")),
            edit: edit.clone().into(),
            if_version: IfVersion::Any,
        };
        bench.room.write(&[edit]).unwrap();
        bench.settle();
        if at % 25 == 0 {
            let bytes: usize = bench.disk.iter().map(Vec::len).sum();
            let last = bench.disk.last().map_or(0, Vec::len);
            let excess = bytes.saturating_sub(65_536 + last);
            let whole = bench.room.export().len();
            worst = worst.max(excess * 100 / whole);
        }
    }
    worst
}

#[test]
fn a_log_stays_within_a_factor_of_what_the_room_holds() {
    let mut bench = Bench::policy(Policy::Last);
    let set = Action::Set(value(&format!("{:?}", "x".repeat(900))));
    let grown = write_and_weigh(&mut bench, 0..1_000, &set);
    assert!(grown < 300, "{grown}");
    let again = write_and_weigh(&mut bench, (0..4_000).map(|number| number % 7), &set);
    assert!(again > 100 && again < 300, "{again}");
    let shrunk = write_and_weigh(&mut bench, 0..1_000, &Action::Delete);
    assert!(shrunk < 600, "{shrunk}");
    let bytes: usize = bench.disk.iter().map(Vec::len).sum();
    assert!(bytes < 2 * 65_536 + bench.room.export().len(), "{bytes} of what was a million");
    bench.crash();
    assert_eq!(bench.room.keys(), 0);
}

#[test]
fn a_room_that_shrinks_is_not_written_anew_for_every_write() {
    let mut bench = Bench::policy(Policy::Last);
    let set = Action::Set(value(&format!("{:?}", "x".repeat(900))));
    let mut written = 0_usize;
    let (mut replaced, mut appended) = (0, 0);
    for number in (0..1_000).chain(0..1_000).rev() {
        let edit = if bench.room.get(&format!("key/{number}")).is_some() {
            Action::Delete
        } else {
            set.clone()
        };
        let key = key(&format!("key/{number}"));
        bench
            .room
            .write(&[HostEdit { key, edit: edit.into(), if_version: IfVersion::Any }])
            .unwrap();
        bench.drain(true);
        while !bench.waiting.is_empty() {
            for persist in &bench.waiting {
                written += persist.bytes.len();
                match persist.mode {
                    PersistMode::Replace => replaced += 1,
                    PersistMode::Append => appended += persist.bytes.len(),
                }
            }
            bench.sync();
            bench.drain(true);
        }
    }
    assert!(replaced > 3 && replaced < 20, "{replaced}");
    assert!(written < 4 * appended, "{written} for {appended}");
}

#[test]
fn a_retry_after_a_lost_answer_is_a_success_and_applies_once() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("n", Action::Add(value("5")), Seen::Absent)]]);
    bench.push(a, 2, vec![vec![set("s", "1", Seen::Absent)]]);
    bench.settle();
    bench.crash();
    let a = bench.join(1, |join| (join.session, join.epoch) = (session, Some(Epoch::new(7))));
    bench.settle();
    assert_eq!(bench.joined[&a].1, Seq::new(2));
    let add = op("n", Action::Add(value("5")), Seen::Absent);
    bench.push(a, 1, vec![vec![add], vec![set("s", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("n").as_deref(), Some("5"));
    assert_eq!((bench.last(a), bench.refusals(a)), (2, vec![]));
}

#[test]
fn a_number_used_for_two_contents_is_refused_by_name() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    bench.push(a, 1, vec![vec![set("x", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.denied[&a], Code::IdentityReused);
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

#[test]
fn a_gap_changes_nothing_and_asks_to_send_again() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 2, vec![vec![set("x", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x"), None);
    let told = bench.readers[&a].personal.last().unwrap();
    assert!(told.rewind && told.last == Seq::ZERO);
}

#[test]
fn equal_versions_do_not_overwrite_and_the_batch_is_checked_like_the_single_edit() {
    let mut bench = Bench::policy(Policy::Strict);
    let (a, b) = (bench.enter(1), bench.enter(2));
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    let seen = Seen::At(Version::new(1));
    bench.push(a, 2, vec![vec![set("x", "\"a\"", seen)]]);
    bench.push(b, 1, vec![vec![set("x", "\"b\"", seen)]]);
    bench.push(b, 2, vec![vec![set("y", "1", Seen::Absent), set("x", "\"b\"", seen)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("\"a\""));
    assert_eq!(bench.json("y"), None, "a mutation is all or nothing");
    assert_eq!(bench.refusals(b), [(1, Code::Stale), (2, Code::Stale)]);
    assert_eq!(bench.last(b), 2, "a refusal is a decision");
    assert_eq!(bench.room.version(), Version::new(2));
}

#[test]
fn a_chain_of_own_edits_stands_or_falls_with_its_head() {
    let mut bench = Bench::policy(Policy::Strict);
    let (a, b) = (bench.enter(1), bench.enter(2));
    bench.push(b, 1, vec![vec![set("x", "\"b\"", Seen::Absent)]]);
    let mutations = vec![
        vec![set("x", "1", Seen::Absent)],
        vec![set("x", "2", Seen::Mine(Seq::new(1)))],
        vec![set("y", "1", Seen::Absent)],
        vec![set("y", "2", Seen::Mine(Seq::new(3)))],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Stale), (2, Code::Stale)]);
    assert_eq!(bench.json("x").as_deref(), Some("\"b\""));
    assert_eq!(bench.json("y").as_deref(), Some("2"));
}

#[test]
fn refusals_are_told_again_until_they_are_heard() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.settle();
    bench.crash();
    let again = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, again);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Stale)]);
    for _ in 0..2 {
        let a = bench.join(1, |join| {
            again(join);
            join.heard = Seq::new(1);
        });
        bench.settle();
        assert_eq!(bench.refusals(a), []);
        bench.crash();
    }
}

#[test]
fn a_client_that_lost_a_refusal_is_not_told_that_the_edit_was_applied() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.push(a, 2, vec![vec![set("y", "1", Seen::Absent)]]);
    bench.settle();
    let again = |join: &mut JoinRoom, heard: u64| {
        (join.session, join.epoch) = (session, Some(Epoch::new(7)));
        join.heard = Seq::new(heard);
    };
    bench.join(1, |join| again(join, 2));
    bench.settle();
    bench.crash();
    for compact in [false, true] {
        if compact {
            bench.disk = vec![bench.room.export()];
            bench.crash();
        }
        let restored = bench.join(1, |join| again(join, 0));
        bench.settle();
        assert_eq!(bench.denied.get(&restored), Some(&Code::IdentityReused), "{compact}");
    }
    let intact = bench.join(1, |join| again(join, 1));
    bench.settle();
    assert_eq!(bench.joined[&intact].1, Seq::new(2), "what was applied need not be heard");
}

#[test]
fn a_refusal_is_told_with_every_verdict_until_it_is_heard() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![op("x", Action::Expect, Seen::At(Version::new(9)))]]);
    bench.settle();
    // The delta that told it need not have arrived before this one.
    bench.push(a, 2, vec![vec![set("y", "1", Seen::Absent)]]);
    bench.settle();
    let told = bench.readers[&a].personal.last().unwrap();
    assert_eq!(told.last, Seq::new(2));
    assert_eq!(told.refusals.iter().map(|refusal| refusal.seq).collect::<Vec<_>>(), [Seq::new(1)]);
}

#[test]
fn a_forgotten_register_cannot_be_made_again_under_its_old_session() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let session = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![op("n", Action::Add(value("1")), Seen::Absent)]]);
    bench.settle();
    bench.room.handle(NOW, ToRoom::Leave { reader: a });
    bench.room.expire(bench.room.version());
    bench.settle();
    bench.crash();
    let back = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, back);
    bench.settle();
    assert_eq!(bench.denied[&a], Code::Expired);
    let a = bench.enter(9);
    assert!(bench.joined[&a].0 > session, "sessions never repeat");
}

#[test]
fn what_was_decided_for_a_register_that_is_evicted_meanwhile_is_not_its_successors() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let old = bench.joined[&a].0;
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)], Vec::new()]);
    bench.drain(false);
    assert!(!bench.waiting.is_empty(), "storage is slow");
    bench.room.handle(NOW, ToRoom::Leave { reader: a });
    bench.room.expire(Version::new(9));
    let a = bench.enter(1);
    assert!(bench.joined[&a].0 > old && bench.joined[&a].1 == Seq::ZERO);
    assert_eq!((bench.last(a), bench.refusals(a)), (0, Vec::new()));

    bench.push(a, 1, vec![vec![set("y", "2", Seen::Absent)]]);
    bench.settle();
    assert_eq!((bench.json("y").as_deref(), bench.last(a)), (Some("2"), 1));
    let session = bench.joined[&a].0;
    bench.crash();
    let back = |join: &mut JoinRoom| (join.session, join.epoch) = (session, Some(Epoch::new(7)));
    let a = bench.join(1, back);
    bench.settle();
    assert_eq!((bench.joined[&a].1, bench.refusals(a)), (Seq::new(1), Vec::new()));
}

#[test]
fn another_epoch_ends_sessions_and_gives_readers_the_whole_state() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    let session = bench.joined[&a].0;
    bench.room.renew(Epoch::new(99)).unwrap();
    bench.settle();
    assert_eq!(bench.denied[&a], Code::Unavailable);
    bench.crash();
    assert_eq!(bench.room.epoch(), Epoch::new(99));
    let old = Some(Epoch::new(7));
    let writer = bench.join(1, |join| (join.session, join.epoch) = (session, old));
    let reader = bench.join(2, |join| (join.epoch, join.version) = (old, Version::new(1)));
    bench.settle();
    assert_eq!(bench.denied[&writer], Code::Expired);
    assert_eq!(bench.readers[&reader].json("x").as_deref(), Some("1"));
}

#[test]
fn a_renewed_room_numbers_its_keys_from_the_first_again() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let ops = |ops| vec![vec![ops]];
    bench.push(a, 1, ops(set("gone", "1", Seen::Absent)));
    bench.push(a, 2, ops(set("x", "1", Seen::Absent)));
    bench.push(a, 3, ops(op("gone", Action::Delete, Seen::Absent)));
    bench.settle();
    bench.room.expire(bench.room.version());
    let before = bench.enter(2);
    bench.settle();
    assert!(bench.readers[&before].names.keys().eq([&KeyId::new(1)]));

    bench.room.renew(Epoch::new(99)).unwrap();
    for _ in 0..2 {
        let b = bench.enter(3);
        bench.push(
            b,
            1,
            vec![vec![set("x", "2", Seen::Absent)], vec![set("y", "1", Seen::Absent)]],
        );
        bench.settle();
        let reader = &bench.readers[&b];
        let named = |name: &str| reader.names.iter().find(|(_, key)| key.as_str() == name);
        let ids = ["x", "y"].map(|name| named(name).map(|(id, _)| id.get()));
        assert_eq!(ids, [Some(0), Some(1)]);
        assert_eq!(["x", "y"].map(|name| reader.json(name).unwrap()), ["2", "1"]);
        bench.crash();
    }
}

#[test]
fn an_outbox_belongs_to_one_principal_and_one_connection() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let thief = bench.join(1, |join| {
        join.grant = Grant::writer(Principal::new("eve").unwrap(), vec![String::new()]);
    });
    bench.settle();
    assert_eq!(bench.denied[&thief], Code::Forbidden);
    let newer = bench.enter(1);
    assert_eq!(bench.denied[&a], Code::Superseded);
    assert!(!bench.denied.contains_key(&newer));
    bench.push(newer, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
}

#[test]
fn a_join_that_comes_late_does_not_stop_the_client_that_came_back() {
    let mut bench = Bench::policy(Policy::Last);
    let newer = bench.enter(1);
    let late = bench.join(1, |join| join.arrival = Arrival::ZERO);
    bench.settle();
    assert_eq!(bench.denied[&late], Code::Superseded);
    assert!(!bench.denied.contains_key(&newer));
    bench.push(newer, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.settle();
    assert_eq!(bench.json("x").as_deref(), Some("1"));
    bench.room.handle(NOW, ToRoom::Leave { reader: newer });
    let alone = bench.join(1, |join| join.arrival = Arrival::ZERO);
    bench.settle();
    assert!(bench.joined.contains_key(&alone), "there is no newer one any more");
}

#[test]
fn a_grant_is_checked_for_each_key() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.join(1, |join| join.grant.write = vec!["mine/".into()]);
    bench.settle();
    let mutations = vec![
        vec![set("mine/1", "1", Seen::Absent), set("yours", "1", Seen::Absent)],
        vec![set("mine/1", "2", Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(1, Code::Forbidden)]);
    assert_eq!(bench.json("mine/1").as_deref(), Some("2"));
    let reader = bench.join(2, |join| join.grant.write.clear());
    bench.settle();
    assert_eq!(bench.joined[&reader].0, None, "no grant to write, no register");
    assert_eq!(bench.readers[&reader].json("mine/1").as_deref(), Some("2"));
}

#[test]
fn a_slow_reader_costs_a_cursor_and_skips_what_was_overwritten() {
    let mut bench = Bench::policy(Policy::Last);
    let (a, slow) = (bench.enter(1), bench.enter(2));
    for n in 1..=100 {
        bench.push(a, n, vec![vec![set("hot", &n.to_string(), Seen::Absent)]]);
        bench.drain(false);
        bench.sync();
        bench.drain(false);
        if n % 10 == 0 {
            bench.room.handle(NOW, ToRoom::Pull { reader: a });
        }
    }
    let before = bench.readers[&slow].deltas;
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.drain(false);
    assert_eq!(bench.readers[&slow].deltas, before + 1);
    assert_eq!(bench.readers[&slow].json("hot").as_deref(), Some("100"));
}

#[test]
fn a_small_edit_of_a_large_value_travels_as_the_edit() {
    let mut bench = Bench::policy(Policy::Last);
    let (a, b) = (bench.enter(1), bench.enter(2));
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(5_000));
    bench.push(a, 1, vec![vec![set("doc", &large, Seen::Absent)]]);
    bench.settle();
    for (seq, patch) in [(2, "{\"n\":1}"), (3, "{\"n\":2}")] {
        bench.push(a, seq, vec![vec![op("doc", Action::Merge(value(patch)), Seen::Absent)]]);
        bench.settle();
    }
    let late = bench.enter(3);
    assert_eq!((bench.readers[&b].patches, bench.readers[&b].values_told), (2, 1));
    assert_eq!((bench.readers[&late].patches, bench.readers[&late].values_told), (0, 1));
    assert_eq!(bench.readers[&b].json("doc"), bench.json("doc"));
}

#[test]
fn a_reader_from_before_the_horizon_starts_over_and_sees_no_deleted_key() {
    let mut bench = Bench::limits(Limits { tombstones: 8, ..Limits::default() });
    let a = bench.enter(1);
    let mut seq = 0;
    for n in 0..20 {
        let name = format!("k{n}");
        seq += 1;
        bench.push(a, seq, vec![vec![set(&name, "1", Seen::Absent)]]);
        bench.settle();
        if n >= 1 {
            seq += 1;
            bench.push(a, seq, vec![vec![op(&name, Action::Delete, Seen::Absent)]]);
            bench.settle();
        }
    }
    let cursor = Version::new(2);
    let old = bench.join(2, |join| (join.epoch, join.version) = (Some(Epoch::new(7)), cursor));
    bench.readers.insert(old, Replica { cursor, ..Replica::default() });
    bench.settle();
    assert_eq!(bench.readers[&old].values.len(), 1);
    assert_eq!(bench.readers[&a].values.len(), 1);
    bench.crash();
    assert_eq!(bench.room.keys(), 1);
    let again = bench.enter(3);
    assert_eq!(bench.readers[&again].values.len(), 1);
}

#[test]
fn a_snapshot_is_chunked_while_others_write() {
    let mut bench = Bench::limits(Limits { chunk_bytes: 256, ..Limits::default() });
    let a = bench.enter(1);
    for n in 0..100_u64 {
        let json = format!("\"{}\"", "v".repeat(50));
        bench.push(a, n + 1, vec![vec![set(&format!("k{n}"), &json, Seen::Absent)]]);
    }
    bench.settle();
    let slow = bench.join(2, |join| join.writes = false);
    bench.drain(false);
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.drain(false);
    assert!(!bench.readers[&slow].staged.is_empty() && bench.readers[&slow].values.is_empty());
    bench.push(a, 101, vec![vec![set("k0", "\"new\"", Seen::Absent)]]);
    bench.push(a, 102, vec![vec![op("k1", Action::Delete, Seen::Absent)]]);
    bench.settle();
    bench.room.handle(NOW, ToRoom::Pull { reader: slow });
    bench.settle();
    assert_eq!(bench.readers[&slow].values.len(), 99);
    assert_eq!(bench.readers[&slow].json("k0").as_deref(), Some("\"new\""));
}

#[test]
fn the_host_writes_above_policy_and_can_ask_for_a_version() {
    let mut bench = Bench::policy(Policy::Strict);
    let a = bench.enter(1);
    let edit = |json: &str, if_version| HostEdit {
        key: key("x"),
        edit: Action::Set(value(json)).into(),
        if_version,
    };
    bench.room.write(&[edit("1", IfVersion::Absent)]).unwrap();
    bench.settle();
    bench.room.write(&[edit("2", IfVersion::Any)]).unwrap();
    let stale = bench.room.write(&[edit("3", IfVersion::At(Version::new(1)))]).unwrap_err();
    assert_eq!(stale.code, Code::Stale);
    assert_eq!(bench.written, 1, "the verdict waits for storage");
    bench.settle();
    assert_eq!(bench.written, 2);
    assert_eq!(bench.readers[&a].json("x").as_deref(), Some("2"));
}

#[test]
fn failed_storage_poisons_the_room_and_nobody_is_told_what_it_held() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    bench.push(a, 1, vec![vec![set("x", "1", Seen::Absent)]]);
    bench.drain(true);
    bench.room.handle_persist_failed();
    bench.drain(true);
    assert_eq!(bench.denied[&a], Code::Unavailable);
    assert_eq!(bench.last(a), 0);
    let edit = HostEdit { key: key("x"), edit: Action::Delete.into(), if_version: IfVersion::Any };
    assert_eq!(bench.room.write(&[edit]).unwrap_err().code, Code::Poisoned);
}

#[test]
fn one_version_always_fits_in_a_frame() {
    let mut bench = Bench::policy(Policy::Last);
    let a = bench.enter(1);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(60_000));
    for n in 0..4_u64 {
        bench.push(a, n + 1, vec![vec![set(&format!("k{n}"), &large, Seen::Absent)]]);
    }
    let touch = |n| op(&format!("k{n}"), Action::Merge(value("{\"y\":1}")), Seen::Absent);
    bench.push(a, 5, vec![(0..4).map(touch).collect()]);
    bench.settle();
    assert_eq!(bench.refusals(a), [(5, Code::MutationTooLarge)]);
}

#[test]
fn a_room_at_its_limit_takes_no_new_key_and_still_takes_deletes() {
    let mut bench = Bench::limits(Limits { room_keys: 2, ..Limits::default() });
    let a = bench.enter(1);
    let mutations = vec![
        vec![set("a", "1", Seen::Absent)],
        vec![set("b", "1", Seen::Absent)],
        vec![set("c", "1", Seen::Absent)],
        vec![op("a", Action::Delete, Seen::Absent)],
        vec![set("c", "1", Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(3, Code::RoomFull)]);
    assert_eq!(bench.room.keys(), 2);
}

#[test]
fn a_room_at_its_limit_of_bytes_takes_only_what_makes_it_smaller() {
    let mut bench = Bench::limits(Limits { room_bytes: 120, ..Limits::default() });
    let a = bench.enter(1);
    let text = |bytes| format!("\"{}\"", "x".repeat(bytes));
    let mutations = vec![
        vec![set("a", &text(80), Seen::Absent)],
        vec![set("b", &text(40), Seen::Absent)],
        vec![set("a", &text(40), Seen::Absent)],
        vec![set("b", &text(40), Seen::Absent)],
    ];
    bench.push(a, 1, mutations);
    bench.settle();
    assert_eq!(bench.refusals(a), [(2, Code::RoomFull)]);
    assert!(bench.room.bytes() <= 120);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Edit(u8, Action),
        Pair(u8, u8),
        Pull(u8),
        Rejoin(u8),
        Crash,
        Expire,
    }

    fn step() -> impl Strategy<Value = Step> {
        let action = prop_oneof![
            (0..100_i64).prop_map(|n| Action::Set(Value::from_i64(n).unwrap())),
            Just(Action::Set(value(&format!("{{\"pad\":\"{}\"}}", "p".repeat(80))))),
            Just(Action::Delete),
            (0..9_i64).prop_map(|n| Action::Merge(value(&format!("{{\"m{n}\":{n}}}")))),
            Just(Action::Add(value("1"))),
        ];
        prop_oneof![
            6 => (0..6_u8, action).prop_map(|(key, action)| Step::Edit(key, action)),
            2 => (0..6_u8, 0..6_u8).prop_map(|(a, b)| Step::Pair(a, b)),
            3 => (0..3_u8).prop_map(Step::Pull),
            1 => (0..3_u8).prop_map(Step::Rejoin),
            1 => Just(Step::Crash),
            1 => Just(Step::Expire),
        ]
    }

    fn edit(n: u8, action: Action) -> HostEdit {
        HostEdit { key: key(&format!("k{n}")), edit: action.into(), if_version: IfVersion::Any }
    }

    /// Lets a replica come back as a new reader at its cursor.
    fn rejoin(bench: &mut Bench, replicas: &mut BTreeMap<u8, ReaderId>, n: u8) {
        let old = replicas.remove(&n).and_then(|reader| {
            bench.room.handle(NOW, ToRoom::Leave { reader });
            bench.readers.remove(&reader)
        });
        let mut replica = old.unwrap_or_default();
        replica.staged.clear();
        let (version, epoch) = (replica.cursor, Some(Epoch::new(7)));
        let reader = bench.join(u128::from(n), |join| {
            (join.writes, join.version, join.epoch) = (false, version, epoch);
        });
        bench.readers.insert(reader, replica);
        replicas.insert(n, reader);
    }

    fn run(bench: &mut Bench, replicas: &mut BTreeMap<u8, ReaderId>, step: Step) {
        match step {
            Step::Edit(n, action) => drop(bench.room.write(&[edit(n, action)])),
            Step::Pair(a, b) => {
                let set = |n, json| edit(n, Action::Set(value(json)));
                bench.room.write(&[set(a, "1"), set(b, "2")]).unwrap();
            }
            Step::Pull(n) => {
                if let Some(reader) = replicas.get(&n) {
                    bench.room.handle(NOW, ToRoom::Pull { reader: *reader });
                }
            }
            Step::Rejoin(n) => rejoin(bench, replicas, n),
            Step::Crash => {
                bench.crash();
                for n in replicas.keys().copied().collect::<Vec<_>>() {
                    rejoin(bench, replicas, n);
                }
            }
            Step::Expire => bench.room.expire(bench.room.version()),
        }
        bench.drain(false);
        bench.sync();
        bench.drain(false);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]
        /// Readers that lag, resume and start over end at the room's state, and the room's records
        /// give back the room.
        #[test]
        fn every_reader_ends_at_the_state_of_the_room(
            steps in proptest::collection::vec(step(), 1..80),
        ) {
            let limits = Limits { chunk_bytes: 200, tombstones: 3, ..Limits::default() };
            let (mut bench, mut replicas) = (Bench::limits(limits), BTreeMap::new());
            bench.settle();
            for step in steps {
                run(&mut bench, &mut replicas, step);
            }
            for reader in replicas.values() {
                bench.room.handle(NOW, ToRoom::Pull { reader: *reader });
            }
            bench.settle();
            let entries = bench.room.entries("");
            let want: Vec<_> = entries.map(|(key, content)| (key.clone(), content.to_json())).collect();
            for reader in replicas.values() {
                let values = bench.readers[reader].values.iter();
                let got: Vec<_> = values.map(|(key, (_, it))| (key.clone(), it.to_json())).collect();
                prop_assert_eq!(&got, &want);
            }
            let digest = bench.room.digest();
            bench.crash();
            prop_assert_eq!(bench.room.digest(), digest, "records give back the room");
        }
    }
}

#[test]
fn what_a_client_does_not_check_is_refused_by_the_room() {
    let limits = Limits {
        key_bytes: 8,
        value_bytes: 60,
        depth: 2,
        items: 3,
        ops: 2,
        mutation_bytes: 100,
        room_keys: 2,
        room_bytes: 200,
        ..Limits::default()
    };
    let long = |len: usize| format!("\"{}\"", "x".repeat(len));
    let one = |name: &str, json: &str| vec![set(name, json, Seen::Absent)];
    let most = vec![set("a", &long(40), Seen::Absent), set("b", &long(10), Seen::Absent)];
    let beyond = [
        (one("123456789", "1"), Code::InvalidName),
        (one("a", &long(60)), Code::ValueTooLarge),
        (one("a", "[[[1]]]"), Code::TooDeep),
        (one("a", "[1,2,3,4]"), Code::TooManyItems),
        (["a", "b", "c"].map(|name| set(name, "1", Seen::Absent)).to_vec(), Code::MutationTooLarge),
        (
            ["a", "b"].map(|name| set(name, &long(50), Seen::Absent)).to_vec(),
            Code::MutationTooLarge,
        ),
        (Vec::new(), Code::MutationTooLarge),
    ];
    for (ops, code) in beyond {
        let mut bench = Bench::limits(limits);
        let a = bench.enter(1);
        bench.push(a, 1, vec![ops.clone()]);
        bench.push(a, 2, vec![most.clone()]);
        bench.settle();
        assert_eq!(bench.refusals(a), [(1, code)], "{ops:?}");
        assert_eq!(bench.last(a), 2, "what is within them is taken");
        bench.push(a, 3, vec![one("c", "1")]);
        bench.settle();
        assert_eq!(bench.refusals(a).last(), Some(&(3, Code::RoomFull)));
    }
}
