//! One room: orders mutations, mints versions, tells what changed since.
//!
//! A room takes values from a server ([`ToRoom`]) and writes from its host, and gives back values
//! for the server, records to make durable, and events. Nothing is told to anyone before the record
//! that holds it is durable: a crash is then the same as a loss of messages.
//!
//! > **After each input, drain [`Room::poll_output`] until it returns `None`.**

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::exchange::{FromRoom, SharedBody, ToRoom};
use crate::id::{
    ClientId, Digest, Epoch, Key, Principal, ReaderId, RecordId, RoomName, Version, WriteId,
};
use crate::limit::{Limits, Timing};
use crate::message::Durability;
use crate::metrics::Metrics;
use crate::op::Content;
use crate::plant::{mark, planted};
use crate::policy::Policies;
use crate::presence::Presences;
use crate::record::Persist;
use crate::register::Registers;
use crate::store::Store;
use crate::time::Time;

mod join;
mod log;
mod push;
mod reader;
mod restore;
mod serve;
mod stage;
#[cfg(feature = "views")]
mod views;
mod write;

use log::{Effect, Log};
use reader::Reader;
use stage::Stage;
pub use write::{HostEdit, IfVersion};

/// How a room behaves.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomConfig {
    /// The bounds.
    pub limits: Limits,
    /// How long things may take.
    pub timing: Timing,
    /// Which stale edits are refused.
    pub policy: Policies,
    /// Whether what the room tells has reached storage.
    pub durability: Durability,
    /// Whether the host wants [`RoomOutput::Changed`].
    pub watch: bool,
    /// Put a digest into every final delta; costs 8 bytes each.
    pub digest_always: bool,
}

/// What a room wants done.
#[derive(Debug)]
pub enum RoomOutput {
    /// Give this to the server.
    ToServer(FromRoom),
    /// Make this durable, and answer with [`Room::handle_persisted`].
    Persist(Persist),
    /// The host's write is durable.
    Written {
        /// Which write.
        write: WriteId,
        /// The version that it became.
        version: Version,
    },
    /// Keys changed since the host was last told.
    Changed(Changed),
    /// Somebody watches this view, and what it may show changed: render it and answer with
    /// [`Room::show`], [`Room::keep_view`] or [`Room::end_view`]. Said once until then.
    #[cfg(feature = "views")]
    Render {
        /// Which view.
        view: crate::id::ViewName,
    },
    /// Nobody watches this view any more. Its host need not follow what it shows of other rooms, if it says so by
    /// [`Room::lose_elsewhere`], and by [`Room::touch_view`] that it is to be rendered for whoever watches it next.
    #[cfg(feature = "views")]
    Unwatched {
        /// Which view.
        view: crate::id::ViewName,
    },
}

/// Keys that changed since the host was last told; never larger than the room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// Which keys.
    pub keys: BTreeSet<Key>,
    /// The room's version now.
    pub version: Version,
    /// Who changed them; the host itself is not listed.
    pub principals: BTreeSet<Principal>,
}

/// One room.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    config: RoomConfig,
    epoch: Epoch,
    store: Store,
    stage: Stage,
    registers: Registers,
    readers: BTreeMap<ReaderId, Reader>,
    /// The reader that speaks for each outbox now.
    current: BTreeMap<ClientId, ReaderId>,
    presences: Presences,
    log: Log,
    bodies: VecDeque<(serve::Cut, Arc<SharedBody>)>,
    outputs: VecDeque<RoomOutput>,
    changed: Option<Changed>,
    writes: WriteId,
    #[cfg(feature = "views")]
    views: views::Views,
    poisoned: bool,
    metrics: Metrics,
}

impl Room {
    /// The room's name.
    #[must_use]
    pub const fn name(&self) -> &RoomName {
        &self.name
    }

    /// The room's epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The durable version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.store.version()
    }

    /// The version that the newest accepted mutation will be once it is durable.
    #[must_use]
    pub const fn staged_version(&self) -> Version {
        self.stage.version()
    }

    /// The digest of the durable state.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.store.digest()
    }

    /// Durable keys that hold a value.
    #[must_use]
    pub const fn keys(&self) -> usize {
        self.store.live()
    }

    /// Bytes of the durable keys and contents, as limits count them.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// The durable content of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Content> {
        self.store.get(key).and_then(|entry| entry.content.as_ref())
    }

    /// The version of a key's latest durable change, if it holds a value.
    #[must_use]
    pub fn key_version(&self, key: &str) -> Option<Version> {
        let entry = self.store.get(key).filter(|entry| entry.content.is_some());
        entry.map(|entry| entry.version)
    }

    /// The newest content of a key, which may not be durable yet, and its version.
    #[must_use]
    pub fn staged(&self, key: &str) -> Option<(Version, &Content)> {
        self.stage.get(&self.store, key)
    }

    /// The durable keys with this prefix and what they hold, in the order of keys.
    pub fn entries<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a Key, &'a Content)> {
        let entries = self.store.with_prefix(prefix);
        entries.filter_map(|entry| entry.content.as_ref().map(|content| (&entry.key, content)))
    }

    /// Readers that are in or coming in.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.readers.len()
    }

    /// Registers that the room holds.
    #[must_use]
    pub fn registers(&self) -> usize {
        self.registers.len()
    }

    /// Who is here.
    #[must_use]
    pub const fn presences(&self) -> &Presences {
        &self.presences
    }

    /// What the room has counted.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether storage failed: the room takes nothing more until it is restored.
    #[must_use]
    pub const fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Whether everything accepted is durable.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.log.is_quiet() && self.stage.version() == self.store.version()
    }

    /// Takes a value from the server.
    pub fn handle(&mut self, now: Time, input: ToRoom) {
        match input {
            ToRoom::Join(join) => self.handle_join(&join),
            ToRoom::Regrant { reader, grant } => self.handle_regrant(reader, grant),
            ToRoom::Push { reader, push } => self.handle_push(reader, &push),
            ToRoom::Presence { reader, state } => self.handle_presence(now, reader, state.as_ref()),
            #[cfg(feature = "views")]
            ToRoom::Watch { reader, view, name, cursor } => {
                self.handle_watch(reader, view, &name, cursor);
            }
            #[cfg(feature = "views")]
            ToRoom::Unwatch { reader, view } => self.handle_unwatch(reader, view),
            ToRoom::Pull { reader } => self.handle_pull(reader),
            ToRoom::Heartbeat { reader } => self.answer(reader),
            ToRoom::Leave { reader } => self.handle_leave(reader),
        }
    }

    /// The records up to `id` are durable.
    pub fn handle_persisted(&mut self, id: RecordId) {
        while let Some(effects) = self.log.persisted(id) {
            self.apply(effects);
        }
    }

    /// Storage failed: nobody was told of what it held, so either outcome is consistent. The room
    /// takes nothing more; its readers are denied as `Unavailable` and come back to the room that
    /// its host restores.
    pub fn handle_persist_failed(&mut self) {
        mark!(RoomPoisoned);
        self.poisoned = true;
        self.outputs.clear();
        self.deny_all(Code::Unavailable);
    }

    /// Participants that were not heard of for too long are gone.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.presences.handle_timeout(now) {
            self.announce_all();
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is next due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        self.presences.poll_timeout()
    }

    /// What the room wants done next.
    pub fn poll_output(&mut self) -> Option<RoomOutput> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if let Some(persist) = self.flush() {
            return Some(RoomOutput::Persist(persist));
        }
        let output = self.outputs.pop_front();
        output.or_else(|| self.changed.take().map(RoomOutput::Changed))
    }

    fn flush(&mut self) -> Option<Persist> {
        if self.poisoned {
            return None;
        }
        if self.config.durability == Durability::Volatile {
            let effects = self.log.skip();
            self.apply(effects);
            return None;
        }
        let live = self.store.bytes();
        if self.log.wants_compaction(live) {
            // A snapshot stands for the whole log, so it waits until the whole log is durable.
            return self.log.is_quiet().then(|| {
                mark!(RoomCompacted);
                self.log.replace(self.export(), live)
            });
        }
        let persist = self.log.append();
        if planted!(ToldBeforeDurable)
            && let Some(persist) = &persist
        {
            self.handle_persisted(persist.id);
        }
        persist
    }

    fn apply(&mut self, effects: Vec<Effect>) {
        let before = self.store.version();
        for effect in effects {
            match effect {
                Effect::Commit { version, author, changes, principal } => {
                    self.stage.settle(version, &changes);
                    self.note_changed(version, &changes, principal);
                    self.store.commit(version, author, changes);
                }
                Effect::Settle { client, session, seq, refusal } => {
                    self.settle(client, session, seq, refusal);
                }
                Effect::Admit { reader } => self.admit(reader),
                Effect::Deny { reader, code } => self.tell(FromRoom::Denied { reader, code }),
                Effect::Answer { reader } => self.answer(reader),
                Effect::Written { write, version } => {
                    self.outputs.push_back(RoomOutput::Written { write, version });
                }
            }
        }
        if self.store.version() != before {
            self.bodies.clear();
            self.prune();
            #[cfg(feature = "views")]
            self.touch_views();
            self.announce_all();
        }
    }

    fn tell(&mut self, value: FromRoom) {
        self.outputs.push_back(RoomOutput::ToServer(value));
    }

    fn note_changed(
        &mut self,
        version: Version,
        changes: &[crate::store::KeyChange],
        principal: Option<Principal>,
    ) {
        if self.config.watch {
            let told = self.changed.get_or_insert_default();
            told.version = version;
            told.keys.extend(changes.iter().map(|change| change.key.clone()));
            told.principals.extend(principal);
        }
    }

    fn refused_if_poisoned(&self) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::new(Code::Poisoned, "a room whose storage works", "a failed write"));
        }
        Ok(())
    }
}
