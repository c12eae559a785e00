//! A room from its records, and a snapshot of it as records.

use std::collections::{BTreeMap, VecDeque};

use crate::error::{Code, Error};
use crate::id::{ClientId, Epoch, KeyId, RoomName, Seq, WriteId};
use crate::limit::Limits;
use crate::message::Refusal;
use crate::metrics::Metrics;
use crate::plant::{mark, planted};
use crate::policy::Author;
use crate::presence::Presences;
use crate::record::Growth;
use crate::record::room::{
    AppliedRecord, Begin, EntryRecord, RegisterRecord, RoomRecord, read, write,
};
use crate::register::{Register, Registers};
use crate::store::{KeyChange, Store, StoreEntry};
use crate::wire::Writer;

use super::log::Log;
use super::stage::Stage;
use super::{Room, RoomConfig};

impl Room {
    /// A new room. `epoch` is 64 random bits that no room of this name ever had.
    ///
    /// It writes nothing before there is something to keep: a change or a client's register. Until
    /// then whoever was told of the epoch holds nothing of it, and is given the next one's state.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for limits outside their range, `InvalidName` for a name too long.
    pub fn new(name: RoomName, config: RoomConfig, epoch: Epoch) -> Result<Self, Error> {
        let begin = Begin { epoch, ..Begin::default() };
        let mut room = Self::build(name, config, begin)?;
        room.log = Log::blank(begin);
        Ok(room)
    }

    /// A room from the blobs of its log, the latest `Replace` first.
    ///
    /// `epoch` counts only if the log is empty. Whoever cannot prove that these are the last blobs
    /// that were acknowledged calls [`renew`](Self::renew) too.
    ///
    /// # Errors
    ///
    /// `StorageCorrupt` for blobs that are not a room's log.
    pub fn restore<'a>(
        name: RoomName,
        config: RoomConfig,
        epoch: Epoch,
        blobs: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, Error> {
        let mut replay: Option<Replay> = None;
        let mut growth: Option<Growth> = None;
        for blob in blobs {
            for record in read(blob, &Limits::HARD)? {
                match (&mut replay, record) {
                    (None, RoomRecord::Begin(begin)) => replay = Some(Replay::new(begin)?),
                    (Some(replay), record) => replay.take(record)?,
                    (None, record) => return Err(corrupt("a beginning", &record)),
                }
            }
            let live = replay.as_ref().map_or(0, |replay| replay.store.bytes());
            match &mut growth {
                Some(growth) => growth.append(blob.len()),
                None => growth = Some(Growth::of_snapshot(blob.len(), live)),
            }
        }
        let Some(replay) = replay else { return Self::new(name, config, epoch) };
        let mut room = Self::build(name, config, replay.begin)?;
        room.stage = Stage::new(&replay.store, replay.begin.next_key);
        room.store = replay.store;
        room.registers = replay.registers;
        room.log = Log::restored(growth.unwrap_or_default());
        Ok(room)
    }

    fn build(name: RoomName, config: RoomConfig, begin: Begin) -> Result<Self, Error> {
        config.limits.check()?;
        config.limits.check_room(name.as_str())?;
        let presences = Presences::new(config.timing.presence, &config.limits);
        let store = Store::default();
        Ok(Self {
            name,
            epoch: begin.epoch,
            stage: Stage::new(&store, KeyId::new(0)),
            store,
            registers: Registers::default(),
            readers: BTreeMap::new(),
            current: BTreeMap::new(),
            presences,
            log: Log::default(),
            bodies: VecDeque::new(),
            outputs: VecDeque::new(),
            changed: None,
            writes: WriteId::ZERO,
            #[cfg(feature = "views")]
            views: super::views::Views::default(),
            poisoned: false,
            metrics: Metrics::default(),
            config,
        })
    }

    /// The durable state as one blob that [`restore`](Self::restore) reads.
    #[must_use]
    pub fn export(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let begin = Begin {
            epoch: self.epoch,
            version: self.store.version(),
            horizon: self.store.horizon(),
            next_key: self.stage.next_key(),
            issued: self.registers.issued(),
        };
        write(&mut out, &RoomRecord::Begin(begin));
        for entry in self.store.entries() {
            write(&mut out, &RoomRecord::Entry(entry_record(entry)));
        }
        for (client, register) in self.registers.iter() {
            let record = RegisterRecord {
                client,
                principal: register.principal.clone(),
                session: register.session,
                last: register.last(),
                touched: register.touched,
                refusals: register.refusals().copied().collect(),
                hashes: register.hashes().collect(),
            };
            write(&mut out, &RoomRecord::Register(record));
            let heard = register.forgotten();
            if heard != Seq::ZERO {
                write(&mut out, &RoomRecord::Heard { client, heard });
            }
        }
        out.into_bytes()
    }

    /// Ends the room's continuity: another epoch, no registers, keys numbered anew, the same contents.
    ///
    /// For a host that restored a backup, copied a room, or lost part of a log: clients then learn
    /// that the outcome of what they had sent is unknown, instead of being told something wrong. Also for
    /// a room that has given all of its 2^32 numbers to keys, most of which are gone.
    /// Readers are denied as `Unavailable`, so that they join anew.
    ///
    /// # Errors
    ///
    /// `Unavailable` unless the room [is quiet](Self::is_quiet): what is on its way to storage would
    /// be settled in another epoch than the one that accepted it.
    pub fn renew(&mut self, epoch: Epoch) -> Result<(), Error> {
        if self.poisoned || !self.is_quiet() {
            let expected = "a room with nothing on its way to storage";
            return Err(Error::new(Code::Unavailable, expected, self.name.to_string()));
        }
        mark!(RoomRenewed);
        self.deny_all(Code::Unavailable);
        self.epoch = epoch;
        let issued = self.registers.issued();
        self.registers = Registers::default();
        self.registers.set_issued(issued);
        let next_key = self.store.renumber();
        self.stage = Stage::new(&self.store, next_key);
        self.bodies.clear();
        self.log.renew(epoch);
        Ok(())
    }
}

fn entry_record(entry: &StoreEntry) -> EntryRecord {
    EntryRecord {
        key: entry.key.clone(),
        id: entry.id,
        created: entry.created,
        born: entry.born,
        version: entry.version,
        author: entry.author,
        content: entry.content.clone(),
    }
}

fn corrupt(expected: &'static str, record: &RoomRecord) -> Error {
    Error::new(Code::StorageCorrupt, expected, format!("{record:?}"))
}

/// The state that records lead to.
struct Replay {
    begin: Begin,
    store: Store,
    registers: Registers,
}

impl Replay {
    fn new(begin: Begin) -> Result<Self, Error> {
        if begin.horizon > begin.version {
            return Err(corrupt("a horizon that was reached", &RoomRecord::Begin(begin)));
        }
        let (mut store, mut registers) = (Store::default(), Registers::default());
        store.set_position(begin.version, begin.horizon);
        registers.set_issued(begin.issued);
        Ok(Self { begin, store, registers })
    }

    fn take(&mut self, record: RoomRecord) -> Result<(), Error> {
        match record {
            RoomRecord::Begin(_) => return Err(corrupt("one beginning", &record)),
            RoomRecord::Entry(entry) => {
                let versions = [entry.created, entry.born, entry.version, self.store.version()];
                let known = self.store.get(entry.key.as_str()).is_some();
                if known || self.store.is_taken(entry.id) || !versions.is_sorted() {
                    return Err(corrupt("a key of its own", &RoomRecord::Entry(entry)));
                }
                let EntryRecord { key, id, created, born, version, author, content } = entry;
                self.mint(id);
                self.store.put(StoreEntry::new(key, id, created, born, version, author, content));
            }
            RoomRecord::Register(record) => {
                mark!(RegisterRestored);
                let refused = || record.refusals.iter().map(|refusal| refusal.seq);
                if !refused().chain([record.last]).is_sorted() {
                    return Err(corrupt("refusals in order", &RoomRecord::Register(record)));
                }
                let RegisterRecord { client, principal, session, last, touched, refusals, hashes } =
                    record;
                let register =
                    Register::restored(principal, session, last, refusals, hashes, touched);
                self.registers.put(client, register);
            }
            RoomRecord::Applied(applied) => self.apply(applied)?,
            RoomRecord::Refused { client, hash, refusal } => {
                self.decide(client, refusal.seq, hash, Some(refusal))?;
            }
            RoomRecord::Heard { client, heard } => {
                if let Some(register) = self.registers.get_mut(client) {
                    if heard > register.last() {
                        return Err(corrupt("a refusal that there was", &record));
                    }
                    register.forget(heard);
                }
            }
            RoomRecord::Evicted { client } => self.registers.evict(client),
            RoomRecord::Horizon { version } if version > self.store.version() => {
                return Err(corrupt("a horizon that was reached", &record));
            }
            RoomRecord::Horizon { version } => self.store.prune(version),
        }
        Ok(())
    }

    fn mint(&mut self, id: KeyId) {
        self.begin.next_key = self.begin.next_key.max(id.next());
    }

    fn apply(&mut self, applied: AppliedRecord) -> Result<(), Error> {
        if applied.version != self.store.version().next() {
            let expected = "the next version";
            return Err(corrupt(expected, &RoomRecord::Applied(applied)));
        }
        let AppliedRecord { version, author, hash, edits } = applied;
        for edit in edits {
            let entry = self.store.get(edit.key.as_str());
            // Two keys of one number, or two numbers of a key, would be one to readers.
            if entry.map_or_else(|| self.store.is_taken(edit.id), |entry| entry.id != edit.id) {
                let (expected, got) = ("a number of the key's own", format!("{edit:?}"));
                return Err(Error::new(Code::StorageCorrupt, expected, got));
            }
            let before = entry.and_then(|entry| entry.content.as_ref());
            let content = edit.action.apply(before, &Limits::HARD).map_err(|error| {
                Error::new(Code::StorageCorrupt, "an edit that applies", error.to_string())
            })?;
            self.mint(edit.id);
            let change = KeyChange { key: edit.key, id: edit.id, action: edit.action, content };
            self.store.commit(version, author, vec![change]);
        }
        self.store.commit(version, author, Vec::new());
        if let Author::Client(client, seq) = author
            && let Some(register) = self.decide(client, seq, hash, None)?
        {
            register.touched = version;
        }
        Ok(())
    }

    /// A mutation of a client was decided: the next one.
    fn decide(
        &mut self,
        client: ClientId,
        seq: Seq,
        hash: u64,
        refusal: Option<Refusal>,
    ) -> Result<Option<&mut Register>, Error> {
        let Some(register) = self.registers.get_mut(client) else { return Ok(None) };
        let next = register.last().next();
        if seq != next && !planted!(GapAccepted) && !planted!(RetryApplied) {
            let expected = format!("mutation {next} of its client");
            return Err(Error::new(Code::StorageCorrupt, expected, seq.to_string()));
        }
        register.stage(hash, 0, refusal.is_some(), &Limits::HARD);
        register.settle(seq, refusal);
        Ok(Some(register))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Key, Principal, Session, Version};
    use crate::op::Action;
    use crate::record::room::EditRecord;
    use crate::room::{HostEdit, IfVersion, RoomOutput};
    use crate::value::Value;

    fn restored(records: &[RoomRecord]) -> Result<Room, Code> {
        let mut out = Writer::new();
        let begin = RoomRecord::Begin(Begin { version: Version::new(5), ..Begin::default() });
        write(&mut out, &begin);
        for record in records {
            write(&mut out, record);
        }
        let name = RoomName::new("room").unwrap();
        let config = RoomConfig::default();
        let room = Room::restore(name, config, Epoch::new(1), [&*out.into_bytes()]);
        room.map_err(|error| error.code)
    }

    fn edit(version: u64, key: &str, id: u32) -> RoomRecord {
        let (key, id) = (Key::new(key).unwrap(), KeyId::new(id));
        let edits = vec![EditRecord { key, id, action: Action::Set(Value::ZERO) }];
        let version = Version::new(version);
        RoomRecord::Applied(AppliedRecord { version, author: Author::Host, hash: 0, edits })
    }

    fn entry(key: &str, id: u32, versions: [u64; 3]) -> RoomRecord {
        let [created, born, version] = versions.map(Version::new);
        let (key, id) = (Key::new(key).unwrap(), KeyId::new(id));
        let (author, content) = (Author::Host, None);
        RoomRecord::Entry(EntryRecord { key, id, created, born, version, author, content })
    }

    #[test]
    fn a_log_in_which_two_keys_are_one_to_readers_is_refused() {
        let fine = restored(&[entry("a", 1, [2, 3, 4]), edit(6, "b", 2), edit(7, "a", 1)]).unwrap();
        assert!(fine.entries("").map(|(key, _)| key.as_str()).eq(["a", "b"]));
        for records in [
            [edit(6, "a", 1), edit(7, "b", 1)],
            [edit(6, "a", 1), edit(7, "a", 2)],
            [entry("a", 1, [1, 1, 1]), edit(6, "b", 1)],
            [entry("a", 1, [1, 1, 1]), edit(6, "a", 2)],
            [entry("a", 1, [1, 1, 1]), entry("b", 1, [1, 1, 1])],
            [entry("a", 1, [1, 1, 1]), entry("a", 2, [1, 1, 1])],
        ] {
            assert_eq!(restored(&records).unwrap_err(), Code::StorageCorrupt, "{records:?}");
        }
    }

    #[test]
    fn a_log_that_skips_or_repeats_what_a_client_sent_is_refused() {
        let client = ClientId::new(1);
        let code = Code::Forbidden;
        let register = |last: u64, refused: &[u64]| {
            let refusal = |seq: &u64| Refusal { seq: Seq::new(*seq), op: 0, code };
            RoomRecord::Register(RegisterRecord {
                client,
                principal: Principal::new("ada").unwrap(),
                session: Session::new(1),
                last: Seq::new(last),
                touched: Version::ZERO,
                refusals: refused.iter().map(refusal).collect(),
                hashes: vec![7],
            })
        };
        let applied = |version, seq| {
            let (author, version) = (Author::Client(client, Seq::new(seq)), Version::new(version));
            RoomRecord::Applied(AppliedRecord { version, author, hash: 0, edits: Vec::new() })
        };
        let refused = |seq| {
            let refusal = Refusal { seq: Seq::new(seq), op: 0, code };
            RoomRecord::Refused { client, hash: 0, refusal }
        };
        let heard = |seq| RoomRecord::Heard { client, heard: Seq::new(seq) };
        let fine = [register(3, &[1, 3]), applied(6, 4), heard(1), refused(5), heard(5)];
        let room = restored(&fine).unwrap();
        let register_now = room.registers.get(client).unwrap();
        assert_eq!(register_now.last(), Seq::new(5));
        assert_eq!((register_now.refusals().count(), register_now.forgotten()), (0, Seq::new(5)));
        for records in [
            [register(3, &[]), applied(6, 5)],
            [register(3, &[]), applied(6, 3)],
            [register(3, &[]), refused(5)],
            [register(3, &[]), refused(3)],
            [register(3, &[]), heard(4)],
            [register(3, &[2, 1]), applied(6, 4)],
            [register(3, &[4]), applied(6, 4)],
        ] {
            assert_eq!(restored(&records).unwrap_err(), Code::StorageCorrupt, "{records:?}");
        }
    }

    #[test]
    fn a_room_that_has_given_all_numbers_takes_new_keys_once_it_is_renewed() {
        let mut room = restored(&[entry("last", u32::MAX - 1, [1, 2, 3])]).unwrap();
        let write = |name: &str, room: &mut Room| {
            let (key, edit) = (Key::new(name).unwrap(), Action::Set(Value::ZERO).into());
            let edit = HostEdit { key, edit, if_version: IfVersion::Any };
            room.write(&[edit]).map(drop).map_err(|error| error.code)
        };
        assert_eq!(write("last", &mut room), Ok(()));
        assert_eq!(write("new", &mut room), Err(Code::RoomFull));
        while let Some(output) = room.poll_output() {
            if let RoomOutput::Persist(persist) = output {
                room.handle_persisted(persist.id);
            }
        }
        room.renew(Epoch::new(2)).unwrap();
        assert_eq!(write("new", &mut room), Ok(()));
        assert!(room.entries("").map(|(key, _)| key.as_str()).eq(["last"]), "until it is durable");
        assert_eq!(room.stage.next_key(), KeyId::new(2));
    }

    #[test]
    fn a_log_that_tells_of_versions_to_come_is_refused() {
        for versions in [[2, 1, 3], [1, 3, 2], [1, 1, 6]] {
            let records = [entry("a", 1, versions)];
            assert_eq!(restored(&records).unwrap_err(), Code::StorageCorrupt, "{versions:?}");
        }
        let horizon = |version| [RoomRecord::Horizon { version: Version::new(version) }];
        assert!(restored(&horizon(5)).is_ok());
        assert_eq!(restored(&horizon(6)).unwrap_err(), Code::StorageCorrupt);
    }
}
