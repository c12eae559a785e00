//! What a client records: its mutations without a verdict, its names, and the state that it holds.

use crate::count::{ClientId, EditNo, Epoch, Key, Seq, Session, Version};
use crate::mutation::{Cells, Mutation, Seen};
use crate::verdict::Edits;

/// A mutation without a verdict.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Pending {
    /// Its number. Without one it is a draft, and certainly unsent.
    pub seq: Option<Seq>,
    /// The mutation.
    pub mutation: Mutation,
}

/// What is recorded: the state of one outbox and one room.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Store {
    /// The outbox's name.
    pub client: ClientId,
    /// The session that it was issued.
    pub session: Option<Session>,
    /// The epoch that it knows.
    pub epoch: Option<Epoch>,
    /// The highest number given.
    pub named: Seq,
    /// The last decided mutation.
    pub settled: Seq,
    /// Mutations without a verdict, in order; those with a number first.
    pub outbox: Vec<Pending>,
    /// The version of the confirmed state; `ZERO` also when it is of no version any more.
    pub version: Version,
    /// The confirmed state.
    pub cells: Cells,
}

impl Store {
    /// An outbox that was never used.
    #[must_use]
    pub fn new(client: ClientId) -> Self {
        Self {
            client,
            session: None,
            epoch: None,
            named: Seq::ZERO,
            settled: Seq::ZERO,
            outbox: Vec::new(),
            version: Version::ZERO,
            cells: Cells::default(),
        }
    }

    /// The edits without a verdict.
    #[must_use]
    pub fn edits(&self) -> Edits {
        let mut edits = Edits::NONE;
        for pending in &self.outbox {
            edits.put(pending.mutation.edit);
        }
        edits
    }

    /// What the view shows of a key, and what an edit on top of that says it saw.
    #[must_use]
    pub fn seen(&self, key: Key) -> (Seen, Option<EditNo>) {
        let writes =
            |pending: &&Pending| pending.mutation.ops().any(|op| op.key == key && !op.expect);
        if let Some(Pending { seq, mutation }) = self.outbox.iter().rev().find(writes) {
            return (seq.map_or(Seen::Draft(mutation.edit), Seen::Mine), Some(mutation.edit));
        }
        let held = self.cells.get(key);
        let seen = held.map_or(Seen::Absent, |cell| Seen::At(cell.version));
        (seen, held.map(|cell| cell.edit))
    }

    /// Changes what the drafts had seen.
    pub fn rewrite_seen(&mut self, rewrite: impl Fn(Seen) -> Seen) {
        for pending in self.outbox.iter_mut().filter(|pending| pending.seq.is_none()) {
            pending.mutation.rewrite_seen(&rewrite);
        }
    }

    /// Gives the oldest draft its number.
    pub fn name(&mut self) {
        let seq = self.named.next();
        let Some(draft) = self.outbox.iter_mut().find(|pending| pending.seq.is_none()) else {
            return;
        };
        draft.seq = Some(seq);
        let edit = draft.mutation.edit;
        self.named = seq;
        for pending in &mut self.outbox {
            pending.mutation.rewrite_seen(|seen| match seen {
                Seen::Draft(draft) if draft == edit => Seen::Mine(seq),
                Seen::Draft(_) | Seen::Absent | Seen::At(_) | Seen::Mine(_) => seen,
            });
        }
    }

    /// Takes out the mutations up to a number.
    pub fn settle(&mut self, last: Seq) -> Vec<Pending> {
        let last = last.min(self.named);
        self.settled = self.settled.max(last);
        let decided = |pending: &Pending| pending.seq.is_some_and(|seq| seq <= last);
        let (decided, left) = self.outbox.drain(..).partition(decided);
        self.outbox = left;
        decided
    }
}
