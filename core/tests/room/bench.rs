//! A room with a disk, and readers that make of its deltas what they tell.

use std::collections::BTreeMap;

use syncline_core::exchange::{FromRoom, Grant, JoinRoom, ToRoom};
use syncline_core::message::{Body, Change, Personal, Push};
use syncline_core::policy::{Policies, Policy};
use syncline_core::record::Persist;
use syncline_core::room::{Room, RoomConfig, RoomOutput};
use syncline_core::{
    Action, Arrival, Channel, ClientId, Code, Content, Epoch, Key, KeyId, Limits, Op, PersistMode,
    Principal, ReaderId, RoomName, Seen, Seq, Session, Time, Value, Version,
};

pub(crate) const NOW: Time = Time::from_millis(0);

pub(crate) fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

pub(crate) fn op(name: &str, action: Action, seen: Seen) -> Op {
    Op { key: key(name), action, seen }
}

pub(crate) fn set(name: &str, json: &str, seen: Seen) -> Op {
    op(name, Action::Set(value(json)), seen)
}

/// What a reader made of its deltas, by code that is not the engine's store.
#[derive(Debug, Default)]
pub(crate) struct Replica {
    pub(crate) names: BTreeMap<KeyId, Key>,
    pub(crate) values: BTreeMap<Key, (Version, Content)>,
    pub(crate) cursor: Version,
    pub(crate) staged: Vec<Body>,
    pub(crate) personal: Vec<Personal>,
    pub(crate) deltas: usize,
    pub(crate) patches: usize,
    pub(crate) values_told: usize,
}

impl Replica {
    pub(crate) fn take(&mut self, body: &Body) {
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
    pub(crate) fn apply(&mut self) {
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

    pub(crate) fn json(&self, name: &str) -> Option<String> {
        self.values.get(&key(name)).map(|(_, content)| content.to_json())
    }
}

/// A room with a disk that a crash empties of what was not synced.
pub(crate) struct Bench {
    pub(crate) room: Room,
    pub(crate) config: RoomConfig,
    pub(crate) disk: Vec<Vec<u8>>,
    pub(crate) waiting: Vec<Persist>,
    pub(crate) written: usize,
    pub(crate) readers: BTreeMap<ReaderId, Replica>,
    pub(crate) joined: BTreeMap<ReaderId, (Option<Session>, Seq, Epoch)>,
    pub(crate) denied: BTreeMap<ReaderId, Code>,
    pub(crate) next_reader: u64,
}

impl Bench {
    pub(crate) fn new(config: RoomConfig) -> Self {
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

    pub(crate) fn policy(policy: Policy) -> Self {
        Self::new(RoomConfig { policy: Policies::new(policy), ..RoomConfig::default() })
    }

    pub(crate) fn limits(limits: Limits) -> Self {
        Self::new(RoomConfig { limits, digest_always: true, ..RoomConfig::default() })
    }

    pub(crate) fn drain(&mut self, pull: bool) {
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

    pub(crate) fn told(&mut self, value: FromRoom) {
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

    pub(crate) fn sync(&mut self) {
        for persist in std::mem::take(&mut self.waiting) {
            if persist.mode == PersistMode::Replace {
                self.disk.clear();
            }
            self.disk.push(persist.bytes);
            self.room.handle_persisted(persist.id);
        }
    }

    /// Makes everything durable, and lets the readers pull.
    pub(crate) fn settle(&mut self) {
        self.drain(true);
        while !self.waiting.is_empty() {
            self.sync();
            self.drain(true);
        }
    }

    /// The process dies; what was not durable is gone.
    pub(crate) fn crash(&mut self) {
        self.waiting.clear();
        self.joined.clear();
        let blobs = self.disk.iter().map(Vec::as_slice);
        let name = RoomName::new("r").unwrap();
        self.room = Room::restore(name, self.config.clone(), Epoch::new(8), blobs).unwrap();
    }

    pub(crate) fn join(&mut self, client: u128, change: impl FnOnce(&mut JoinRoom)) -> ReaderId {
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

    pub(crate) fn enter(&mut self, client: u128) -> ReaderId {
        let reader = self.join(client, |_| {});
        self.settle();
        reader
    }

    pub(crate) fn push(&mut self, reader: ReaderId, first: u64, mutations: Vec<Vec<Op>>) {
        let session = self.joined[&reader].0.unwrap();
        let (first, heard) = (Seq::new(first), Seq::ZERO);
        let push = Push { channel: Channel::new(1), session, first, heard, mutations };
        self.room.handle(NOW, ToRoom::Push { reader, push });
    }

    pub(crate) fn json(&self, name: &str) -> Option<String> {
        self.room.get(name).map(Content::to_json)
    }

    pub(crate) fn refusals(&self, reader: ReaderId) -> Vec<(u64, Code)> {
        let told = self.readers[&reader].personal.iter().flat_map(|personal| &personal.refusals);
        told.map(|refusal| (refusal.seq.get(), refusal.code)).collect()
    }

    pub(crate) fn last(&self, reader: ReaderId) -> u64 {
        self.readers[&reader].personal.last().map_or(0, |personal| personal.last.get())
    }
}
