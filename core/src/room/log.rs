//! Which records a room writes, and what waits for each.

use std::collections::VecDeque;

use crate::error::Code;
use crate::id::{ClientId, Epoch, Principal, ReaderId, RecordId, Seq, Session, Version, WriteId};
use crate::limit::WAITING;
use crate::message::Refusal;
use crate::policy::Author;
use crate::record::room::{Begin, RoomRecord, write};
use crate::record::{Growth, Persist, PersistMode};
use crate::store::KeyChange;
use crate::wire::Writer;

/// What happens once a record is durable.
#[derive(Debug)]
pub(super) enum Effect {
    /// The store takes a mutation in.
    Commit {
        version: Version,
        author: Author,
        changes: Vec<KeyChange>,
        principal: Option<Principal>,
    },
    /// A register takes a decision in: the one of this session, which may be evicted meanwhile.
    Settle { client: ClientId, session: Session, seq: Seq, refusal: Option<Refusal> },
    /// A reader comes in.
    Admit { reader: ReaderId },
    /// A reader does not come in.
    Deny { reader: ReaderId, code: Code },
    /// A reader gets a delta even if nothing changed.
    Answer { reader: ReaderId },
    /// The host's write is done.
    Written { write: WriteId, version: Version },
}

/// Records to write and records being written.
///
/// Invariant: the effects of `in_flight`, then of `effects`, are in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// What stands before the first record. A room with nothing to keep has no record at all: else
    /// whoever may only read could make storage grow, and busy, by the names of rooms.
    begin: Option<Begin>,
    out: Writer,
    effects: Vec<Effect>,
    sync: bool,
    issued: RecordId,
    in_flight: VecDeque<(RecordId, Vec<Effect>)>,
    growth: Growth,
    /// How many effects those are.
    waiting: usize,
}

impl Log {
    /// A log with nothing in it, to begin so.
    pub(super) fn blank(begin: Begin) -> Self {
        Self { begin: Some(begin), ..Self::default() }
    }

    /// A log that holds this much.
    pub(super) fn restored(growth: Growth) -> Self {
        Self { growth, ..Self::default() }
    }

    /// Adds a record that something waits for.
    pub(super) fn record(&mut self, record: &RoomRecord, effect: Option<Effect>) {
        if let Some(begin) = self.begin.take() {
            write(&mut self.out, &RoomRecord::Begin(begin));
        }
        write(&mut self.out, record);
        self.sync |= effect.is_some();
        self.waiting = self.waiting.saturating_add(usize::from(effect.is_some()));
        self.effects.extend(effect);
    }

    /// Adds an effect that follows what is recorded so far; gives it back if nothing is under way.
    pub(super) fn after(&mut self, effect: Effect) -> Option<Effect> {
        if !self.out.is_empty() {
            self.sync = true;
            self.effects.push(effect);
        } else if let Some((_, effects)) = self.in_flight.back_mut() {
            effects.push(effect);
        } else {
            return Some(effect);
        }
        self.waiting = self.waiting.saturating_add(1);
        None
    }

    /// Whether so much waits for storage that nobody may make more wait.
    pub(super) const fn is_full(&self) -> bool {
        self.waiting >= WAITING
    }

    /// Whether a snapshot should stand for the log before more is appended, where this many bytes are
    /// alive.
    pub(super) fn wants_compaction(&self, live: usize) -> bool {
        self.growth.is_due(live)
    }

    /// Makes the next order a snapshot, of another epoch. What was recorded and nothing waits for is
    /// in it.
    pub(super) fn renew(&mut self, epoch: Epoch) {
        if let Some(begin) = &mut self.begin {
            begin.epoch = epoch;
            return;
        }
        self.growth.demand();
        if self.effects.is_empty() {
            self.out = Writer::default();
        }
    }

    /// Whether nothing is being written.
    pub(super) fn is_quiet(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// The order to replace the log by a snapshot of what is alive; nothing may be in flight.
    pub(super) fn replace(&mut self, bytes: Vec<u8>, live: usize) -> Persist {
        self.growth = Growth::of_snapshot(bytes.len(), live);
        self.issued = self.issued.next();
        self.in_flight.push_back((self.issued, Vec::new()));
        Persist { id: self.issued, mode: PersistMode::Replace, sync: true, bytes }
    }

    /// The order to append what was recorded, if anything was.
    pub(super) fn append(&mut self) -> Option<Persist> {
        if self.out.is_empty() {
            return None;
        }
        let bytes = core::mem::take(&mut self.out).into_bytes();
        self.growth.append(bytes.len());
        self.issued = self.issued.next();
        self.in_flight.push_back((self.issued, core::mem::take(&mut self.effects)));
        let sync = core::mem::take(&mut self.sync);
        Some(Persist { id: self.issued, mode: PersistMode::Append, sync, bytes })
    }

    /// The effects of what was recorded, where nothing is written at all.
    pub(super) fn skip(&mut self) -> Vec<Effect> {
        self.out = Writer::default();
        self.sync = false;
        self.waiting = 0;
        core::mem::take(&mut self.effects)
    }

    /// The effects of the oldest record up to `id` that is durable now.
    pub(super) fn persisted(&mut self, id: RecordId) -> Option<Vec<Effect>> {
        let (_, effects) = self.in_flight.pop_front_if(|(oldest, _)| *oldest <= id)?;
        self.waiting = self.waiting.saturating_sub(effects.len());
        Some(effects)
    }
}
