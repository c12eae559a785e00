//! Whether the log of a room is one that its rules allow: each record is judged again by the reference, in the order in
//! which the room wrote it, and only what is durable may be told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syncline_core::op::Op;
use syncline_core::policy::Author;
use syncline_core::record::room::{RegisterRecord, RoomRecord, read};
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::Room;
use syncline_core::{Code, Limits};

use crate::broken::{Checked, hold};
use crate::disk::{Kept, Stamp};
use crate::reference::{Act, Entry, Reference, Register, Step, Writer, content_hash, held};

/// What a room decided about one mutation.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whose.
    pub writer: Writer,
    /// The numbers outside the protocol that it carries.
    pub ghosts: Vec<u64>,
    /// What it adds to sums.
    pub sums: Vec<(String, i64)>,
    /// Why it was refused, if it was.
    pub refused: Option<Code>,
    /// The epoch and the version that it made, if it was taken.
    pub made: (u64, u64),
}

/// A copy of a room's storage, and what was right at that time.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The storage.
    pub kept: Kept,
    right: Reference,
    log: Vec<Decision>,
}

/// One room's log.
#[derive(Debug, Default)]
pub struct Audit {
    /// What is durable.
    pub durable: Reference,
    /// With what is on its way to the disk.
    staged: Reference,
    waiting: VecDeque<(Stamp, Reference)>,
    /// The contents of each version, by epoch.
    history: BTreeMap<(u64, u64), u64>,
    /// The highest version of each epoch that was ever durable.
    highest: BTreeMap<u64, u64>,
    /// All decisions, in order.
    pub log: Vec<Decision>,
    /// Numbers that were decided in a history that a restored copy does not have.
    pub lost: BTreeSet<u64>,
    /// Where the log refuses the numbers that it does.
    refused: BTreeMap<u64, usize>,
    /// Where the log takes the numbers that it does.
    taken: BTreeMap<u64, usize>,
    /// Numbers that it took once more, of which nobody was told yet.
    pub twice: Vec<u64>,
    /// Clients whose registers were forgotten.
    pub forgotten: BTreeSet<u128>,
    /// What has been sent under each name.
    pushed: BTreeMap<(u128, u64), Vec<Vec<Step>>>,
    /// The room may become one that it was, and nobody is told: its log is taken for right.
    pub beyond: bool,
    /// The next snapshot may begin an epoch.
    pub renews: bool,
}

impl Audit {
    /// The log of a room that is not there yet. `beyond` says that it may become an older one.
    #[must_use]
    pub fn new(beyond: bool) -> Self {
        Self { beyond, ..Self::default() }
    }

    /// Mutations are sent under these names. `honest` says that one name must have one content.
    pub fn push(
        &mut self,
        client: u128,
        first: u64,
        mutations: &[Vec<Op>],
        honest: bool,
    ) -> Checked {
        for (seq, ops) in (first..).zip(mutations) {
            let step =
                |op: &Op| Step { key: op.key.to_string(), act: Act::of(&op.action), seen: op.seen };
            let steps: Vec<Step> = ops.iter().map(step).collect();
            let known = self.pushed.entry((client, seq)).or_default();
            if !known.contains(&steps) {
                hold!(
                    known.is_empty() || !honest,
                    "I12",
                    "{client:032x}/{seq} was {:?} and is {steps:?}",
                    known[0]
                );
                known.push(steps);
            }
        }
        Ok(())
    }

    /// The room has written this; it is durable with the order of this number.
    pub fn write(&mut self, persist: &Persist, stamp: Stamp) -> Checked {
        let records = read(&persist.bytes, &Limits::HARD);
        hold!(records.is_ok(), "I18", "a room cannot read its own records: {records:?}");
        let records = records.unwrap_or_default();
        if self.beyond {
            self.follow(records, stamp);
            return Ok(());
        }
        match persist.mode {
            PersistMode::Append => {
                for record in records {
                    self.fold(record)?;
                }
            }
            PersistMode::Replace => self.snapshot(records)?,
        }
        self.waiting.push_back((stamp, self.staged.clone()));
        Ok(())
    }

    /// Takes what the room says for right.
    fn follow(&mut self, records: Vec<RoomRecord>, stamp: Stamp) {
        for record in records {
            match record {
                RoomRecord::Begin(begin) => {
                    self.staged = Reference {
                        epoch: begin.epoch.get(),
                        version: begin.version.get(),
                        ..Reference::default()
                    }
                }
                RoomRecord::Entry(entry) => {
                    let held = entry.content.as_ref().map(held);
                    self.staged.put(
                        entry.key.as_str(),
                        Entry { held, version: entry.version.get(), writer: writer(entry.author) },
                    );
                }
                RoomRecord::Applied(applied) => {
                    let acts: Vec<(String, Act)> = applied
                        .edits
                        .iter()
                        .map(|edit| (edit.key.to_string(), Act::of(&edit.action)))
                        .collect();
                    let results = self.staged.make(&acts);
                    self.staged.commit(results, writer(applied.author));
                }
                RoomRecord::Register(_) | RoomRecord::Refused { .. } | RoomRecord::Heard { .. } => {
                }
                RoomRecord::Evicted { .. } | RoomRecord::Horizon { .. } => {}
            }
        }
        self.waiting.push_back((stamp, self.staged.clone()));
    }

    fn fold(&mut self, record: RoomRecord) -> Checked {
        let room = &mut self.staged;
        match record {
            RoomRecord::Begin(begin) => {
                hold!(room.version == 0 && room.epoch == 0, "I8", "a room begins twice: {begin:?}");
                room.epoch = begin.epoch.get();
                self.history.insert((room.epoch, 0), 0);
            }
            RoomRecord::Register(register) => {
                let session = register.session.get();
                let same = room
                    .registers
                    .get(&register.client.get())
                    .is_some_and(|known| known.session == session);
                hold!(
                    same || session > room.issued,
                    "I8",
                    "session {session} is issued after {}",
                    room.issued
                );
                room.issued = room.issued.max(session);
                if !same {
                    room.registers.insert(
                        register.client.get(),
                        Register { session, last: register.last.get() },
                    );
                }
            }
            RoomRecord::Applied(applied) => {
                let writer = writer(applied.author);
                let acts: Vec<(String, Act)> = applied
                    .edits
                    .iter()
                    .map(|edit| (edit.key.to_string(), Act::of(&edit.action)))
                    .collect();
                hold!(
                    applied.version.get() == room.version + 1,
                    "I8",
                    "version {} follows {}",
                    applied.version,
                    room.version
                );
                self.decide(writer, None, &acts)?;
            }
            RoomRecord::Refused { client, refusal, .. } => {
                let why = (usize::try_from(refusal.op).unwrap_or(0), refusal.code);
                self.decide(Some((client.get(), refusal.seq.get())), Some(why), &[])?;
            }
            RoomRecord::Heard { client, heard } => {
                let last = room.registers.get(&client.get()).map_or(0, |register| register.last);
                hold!(heard.get() <= last, "I4", "{client} heard {heard} of {last}");
            }
            RoomRecord::Evicted { client } => {
                room.registers.remove(&client.get());
                self.forgotten.insert(client.get());
            }
            RoomRecord::Horizon { version } => {
                hold!(
                    version.get() <= room.version,
                    "I8",
                    "a horizon {version} above {}",
                    room.version
                );
                room.keys.retain(|_, entry| entry.held.is_some() || entry.version > version.get());
            }
            RoomRecord::Entry(entry) => {
                hold!(false, "I14", "an entry outside a snapshot: {entry:?}");
            }
        }
        Ok(())
    }

    /// The room has decided: judges again.
    fn decide(
        &mut self,
        writer: Writer,
        refused: Option<(usize, Code)>,
        acts: &[(String, Act)],
    ) -> Checked {
        let room = &mut self.staged;
        let steps = match writer {
            None => acts
                .iter()
                .map(|(key, act)| Step {
                    key: key.clone(),
                    act: act.clone(),
                    seen: syncline_core::Seen::Absent,
                })
                .collect(),
            Some((client, seq)) => {
                let last = room.registers.get(&client).map(|register| register.last);
                hold!(last.is_some(), "I1", "{client:032x}/{seq} is decided without a register");
                let last = last.unwrap_or(0);
                hold!(seq > last, "I1", "{client:032x}/{seq} is decided again, after {last}");
                hold!(seq == last + 1, "I3", "{client:032x}/{seq} is decided after {last}");
                let sent = self.pushed.get(&(client, seq)).map_or(&[][..], Vec::as_slice);
                // One name may stand for several contents where storage was rolled back: the one that was decided counts.
                let explains = |steps: &&Vec<Step>| match refused {
                    None => {
                        same_acts(steps, acts)
                            && (sent.len() == 1 || room.judge(steps, writer).is_ok())
                    }
                    Some(why) => {
                        sent.len() == 1
                            || judged_here(why.1) && room.judge(steps, writer).err() == Some(why)
                    }
                };
                let found = sent.iter().find(explains).or_else(|| {
                    sent.iter().find(|steps| refused.is_some() || same_acts(steps, acts))
                });
                hold!(
                    found.is_some(),
                    "I10",
                    "{client:032x}/{seq} was {sent:?} and is recorded as {acts:?}"
                );
                found.cloned().unwrap_or_default()
            }
        };
        if let Some((client, seq)) = writer
            && let Some(register) = room.registers.get_mut(&client)
        {
            register.last = seq;
        }
        let mut judged = room.judge(&steps, writer);
        if writer.is_none() {
            // The host asks nothing and is above every policy.
            judged = Ok(room.make(acts));
        }
        match (&refused, judged) {
            (None, Ok(results)) => {
                room.commit(results, writer);
                self.history.insert((room.epoch, room.version), room.hash);
            }
            (None, Err((op, Code::Stale))) => {
                hold!(false, "I9", "{writer:?} is accepted though op {op} is stale: {steps:?}");
            }
            (None, Err((op, code))) => {
                hold!(false, "I10", "{writer:?} is accepted though op {op} is {code:?}: {steps:?}");
            }
            (Some(_), Ok(_)) if refused.is_some_and(|(_, code)| judged_here(code)) => {
                hold!(false, "I4", "{writer:?} is refused as {refused:?} for no reason: {steps:?}");
            }
            (Some((op, code)), Err((at, why))) if judged_here(*code) => {
                hold!(
                    (*op, *code) == (at, why),
                    "I4",
                    "{writer:?} is refused as {refused:?}, not as {why:?} at {at}"
                );
            }
            (Some(_), _) => {}
        }
        let sums = steps.iter().filter_map(|step| match &step.act {
            Act::Add(number) => Some((step.key.clone(), *number)),
            _ => None,
        });
        let refused = refused.map(|(_, code)| code);
        let sums = sums.collect();
        let ghosts: Vec<u64> = steps.iter().flat_map(|step| ghosts(&step.act)).collect();
        let made = (room.epoch, room.version);
        room.decisions = self.log.len() + 1;
        if refused.is_none() {
            let again = |ghost: &&u64| self.taken_at(**ghost).is_some();
            let twice: Vec<u64> = ghosts.iter().filter(again).copied().collect();
            self.twice.extend(twice);
        }
        let places = if refused.is_some() { &mut self.refused } else { &mut self.taken };
        places.extend(ghosts.iter().map(|ghost| (*ghost, self.log.len())));
        self.log.push(Decision { writer, ghosts, sums, refused, made });
        Ok(())
    }

    /// The room has written all that it is anew.
    fn snapshot(&mut self, records: Vec<RoomRecord>) -> Checked {
        let (mut live, mut registers, mut epoch) = (BTreeMap::new(), BTreeMap::new(), 0);
        let right = &self.durable;
        for record in records {
            match record {
                RoomRecord::Begin(begin) => {
                    epoch = begin.epoch.get();
                    hold!(
                        begin.version.get() == right.version,
                        "I2",
                        "a snapshot of {}, not {}",
                        begin.version,
                        right.version
                    );
                    hold!(
                        begin.issued.get() >= right.issued,
                        "I8",
                        "a snapshot forgets session {}",
                        right.issued
                    );
                }
                RoomRecord::Entry(entry) if entry.content.is_some() => {
                    let held = entry.content.as_ref().map(held);
                    let entry = (
                        entry.key.to_string(),
                        Entry { held, version: entry.version.get(), writer: writer(entry.author) },
                    );
                    live.insert(entry.0, entry.1);
                }
                RoomRecord::Register(RegisterRecord { client, session, last, .. }) => {
                    registers.insert(
                        client.get(),
                        Register { session: session.get(), last: last.get() },
                    );
                }
                RoomRecord::Entry(_) | RoomRecord::Applied(_) | RoomRecord::Refused { .. } => {}
                RoomRecord::Heard { .. }
                | RoomRecord::Evicted { .. }
                | RoomRecord::Horizon { .. } => {}
            }
        }
        let held = right.keys.iter().filter(|(_, entry)| entry.held.is_some());
        let want: BTreeMap<String, Entry> =
            held.map(|(key, entry)| (key.to_string(), Entry::clone(entry))).collect();
        hold!(live == want, "I2", "a snapshot holds {live:?}, not {want:?}");
        hold!(
            epoch == right.epoch || self.renews,
            "I8",
            "epoch {epoch:016x} follows {:016x}",
            right.epoch
        );
        if epoch != right.epoch {
            self.forgotten.extend(right.registers.keys());
        }
        if epoch == right.epoch {
            for (client, register) in &right.registers {
                let kept = registers.get(client).is_none_or(|kept| kept == register);
                hold!(kept, "I2", "a snapshot holds {:?}, not {register:?}", registers.get(client));
            }
        } else {
            self.history.insert((epoch, right.version), right.hash);
            self.renews = false;
        }
        self.staged = Reference { epoch, registers, ..right.clone() };
        Ok(())
    }

    /// Whether the log refuses this number.
    #[must_use]
    pub fn refuses(&self, ghost: u64) -> bool {
        let decision = self.refused.get(&ghost).and_then(|at| self.log.get(*at));
        decision
            .is_some_and(|decision| decision.refused.is_some() && decision.ghosts.contains(&ghost))
    }

    /// The epoch and the version by which the log took this number, if it did.
    #[must_use]
    pub fn taken_at(&self, ghost: u64) -> Option<(u64, u64)> {
        let decision = self.taken.get(&ghost).and_then(|at| self.log.get(*at));
        let taken = decision.filter(|decision| decision.refused.is_none());
        taken.filter(|decision| decision.ghosts.contains(&ghost)).map(|decision| decision.made)
    }

    /// All orders up to this one are durable.
    pub fn sync(&mut self, stamp: Stamp) {
        while let Some((_, right)) = self.waiting.pop_front_if(|(at, _)| *at <= stamp) {
            let highest = self.highest.entry(right.epoch).or_default();
            *highest = right.version.max(*highest);
            self.durable = right;
        }
    }

    /// The process ended; this is the last order that is there.
    pub fn crash(&mut self, stamp: Stamp) {
        self.sync(stamp);
        self.waiting.clear();
        self.forget_above();
    }

    /// An older copy is in the place of the storage.
    pub fn go_back(&mut self, copy: &Copy) {
        let held: BTreeSet<u64> =
            copy.log.iter().flat_map(|decision| decision.ghosts.iter().copied()).collect();
        let ghosts = self.log.iter().flat_map(|decision| decision.ghosts.iter().copied());
        self.lost.extend(ghosts.filter(|ghost| !held.contains(ghost)));
        self.log.clone_from(&copy.log);
        self.forgotten.extend(self.durable.registers.keys());
        self.forgotten.extend(self.staged.registers.keys());
        self.durable = copy.right.clone();
        self.waiting.clear();
        self.forget_above();
    }

    /// A copy of the storage.
    #[must_use]
    pub fn copy(&self, kept: &Kept) -> Copy {
        let log = self.log[..self.durable.decisions].to_vec();
        Copy { kept: kept.clone(), right: self.durable.clone(), log }
    }

    fn forget_above(&mut self) {
        self.staged = self.durable.clone();
        self.log.truncate(self.durable.decisions);
        let (epoch, version) = (self.durable.epoch, self.durable.version);
        self.history.retain(|(of, at), _| *of != epoch || *at <= version);
    }

    /// A room was made from what is durable: it is what it was.
    pub fn restored(&self, room: &Room) -> Checked {
        let right = &self.durable;
        if right.epoch == 0 {
            return Ok(());
        }
        let at = (room.epoch().get(), room.version().get());
        hold!(
            at == (right.epoch, right.version),
            "I2",
            "restored {at:x?}, not {:x?}",
            (right.epoch, right.version)
        );
        let contents = room.entries("").map(|(key, content)| content_hash(key.as_str(), content));
        hold!(
            contents.fold(0, u64::wrapping_add) == right.hash,
            "I2",
            "a restored room holds something else"
        );
        Ok(())
    }

    /// A client is told that this is the room's epoch.
    pub fn greet(&self, epoch: u64) -> Checked {
        let right = self.durable.epoch;
        let known = epoch == right || self.highest.contains_key(&epoch);
        hold!(known, "I2", "epoch {epoch:016x} is told, which is not durable");
        hold!(epoch == right, "I13", "epoch {epoch:016x} is told, and {right:016x} follows it");
        Ok(())
    }

    /// A client says that this is the state at this version.
    pub fn confirm(&self, epoch: u64, version: u64, hash: u64) -> Checked {
        if self.beyond {
            return Ok(());
        }
        let highest = self.highest.get(&epoch).copied().unwrap_or(0);
        hold!(
            version <= highest,
            "I2",
            "version {version} was told, and only {highest} is durable"
        );
        match self.history.get(&(epoch, version)) {
            // Of an epoch that is over, or in a history that was lost: nobody knows any more.
            None => Ok(()),
            Some(right) => {
                hold!(
                    *right == hash,
                    "I5",
                    "a client holds another version {version} of epoch {epoch:016x}"
                );
                Ok(())
            }
        }
    }
}

fn writer(author: Author) -> Writer {
    match author {
        Author::Host => None,
        Author::Client(client, seq) => Some((client.get(), seq.get())),
    }
}

fn same_acts(steps: &[Step], acts: &[(String, Act)]) -> bool {
    let changing = steps.iter().filter(|step| step.act != Act::Expect);
    changing.map(|step| (&step.key, &step.act)).eq(acts.iter().map(|(key, act)| (key, act)))
}

/// Codes that the reference judges itself; the others are limits and grants.
const fn judged_here(code: Code) -> bool {
    matches!(
        code,
        Code::Stale | Code::WrongType | Code::NoSuchItem | Code::DuplicateItem | Code::Overflow
    )
}

/// The numbers outside the protocol in what an act writes.
fn ghosts(act: &Act) -> Vec<u64> {
    let text = match act {
        Act::Set(value) | Act::Merge(value) | Act::Insert(_, value, _) | Act::Replace(_, value) => {
            value.to_string()
        }
        Act::Delete | Act::Add(_) | Act::Expect | Act::Remove(_) | Act::Move(..) => {
            return Vec::new();
        }
    };
    let number = |part: &str| {
        part.split_once(':').and_then(|(_, rest)| rest.split(['"', ' ', '.']).next()?.parse().ok())
    };
    text.split('@').skip(1).filter_map(number).collect()
}
