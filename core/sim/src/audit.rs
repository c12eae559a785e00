//! Whether the log of a room is one that its rules allow: each record is judged again by the reference, in the order in
//! which the room wrote it, and only what is durable may be told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syncline_core::op::Op;
use syncline_core::record::room::read;
use syncline_core::record::{Persist, PersistMode};
use syncline_core::room::Room;
use syncline_core::{Code, Limits};

use crate::broken::{Checked, hold};
use crate::disk::{Kept, Stamp};
use crate::reference::{Act, Reference, Step, Writer, content_hash};

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
    pub(crate) staged: Reference,
    pub(crate) waiting: VecDeque<(Stamp, Reference)>,
    /// The contents of each version, by epoch.
    pub(crate) history: BTreeMap<(u64, u64), u64>,
    /// The highest version of each epoch that was ever durable.
    highest: BTreeMap<u64, u64>,
    /// All decisions, in order.
    pub log: Vec<Decision>,
    /// Numbers that were decided in a history that a restored copy does not have.
    pub lost: BTreeSet<u64>,
    /// Where the log refuses the numbers that it does.
    pub(crate) refused: BTreeMap<u64, usize>,
    /// Where the log takes the numbers that it does.
    pub(crate) taken: BTreeMap<u64, usize>,
    /// Numbers that it took once more, of which nobody was told yet.
    pub twice: Vec<u64>,
    /// Clients whose registers were forgotten.
    pub forgotten: BTreeSet<u128>,
    /// What has been sent under each name.
    pub(crate) pushed: BTreeMap<(u128, u64), Vec<Vec<Step>>>,
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

    /// A client is told that this is the room's epoch. While nothing of the room is durable, it need not be: nobody has
    /// anything of it then, not even a session.
    pub fn greet(&self, epoch: u64, session: bool) -> Checked {
        let right = self.durable.epoch;
        if right == 0 && !session {
            return Ok(());
        }
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
