//! Which records are written together, and when the log is written anew.

use std::collections::VecDeque;

use crate::id::RecordId;
use crate::plant::mark;
use crate::record::client::{ClientRecord, RecordWriter};
use crate::record::{Growth, Persist, PersistMode};

/// The records of one client on their way to storage.
///
/// Records put between two polls become one blob, so that a burst of edits is one write.
#[derive(Debug)]
pub(super) struct Journal {
    /// Whether anything is recorded.
    durable: bool,
    waiting: RecordWriter,
    /// Orders that are made and not polled yet.
    made: VecDeque<Persist>,
    sync: bool,
    /// The number that the waiting records get.
    next: RecordId,
    persisted: RecordId,
    growth: Growth,
    failed: bool,
}

impl Journal {
    /// A journal whose log already holds this many bytes.
    pub(super) fn new(durable: bool, appended: usize) -> Self {
        Self {
            durable,
            waiting: RecordWriter::new(),
            made: VecDeque::new(),
            sync: false,
            next: RecordId::new(1),
            persisted: RecordId::ZERO,
            growth: Growth::of_unknown(appended),
            failed: false,
        }
    }

    /// Puts a record in, and returns the number of the order that will carry it. `sync` says that
    /// something waits for it.
    pub(super) fn put(&mut self, record: &ClientRecord, sync: bool) -> RecordId {
        if !self.durable {
            return RecordId::ZERO;
        }
        self.waiting.put(record);
        self.sync |= sync;
        self.next
    }

    /// Whether the order of this number is durable.
    pub(super) fn is_durable(&self, id: RecordId) -> bool {
        !self.failed && id <= self.persisted
    }

    /// The order that carries the latest record.
    pub(super) fn recorded(&self) -> RecordId {
        let unmade = u64::from(self.waiting.is_empty());
        RecordId::new(self.next.get().saturating_sub(unmade))
    }

    /// The latest order that is durable.
    pub(super) const fn persisted(&self) -> RecordId {
        self.persisted
    }

    pub(super) fn handle_persisted(&mut self, id: RecordId) {
        self.persisted = self.persisted.max(id);
    }

    /// Nothing is written any more.
    pub(super) const fn fail(&mut self) {
        self.failed = true;
    }

    pub(super) const fn is_failed(&self) -> bool {
        self.failed
    }

    /// The next order; `live` says how many bytes are alive, and `whole` writes everything anew.
    pub(super) fn poll(
        &mut self,
        live: impl FnOnce() -> usize,
        whole: impl FnOnce() -> RecordWriter,
    ) -> Option<Persist> {
        if self.failed {
            return None;
        }
        self.made.pop_front().or_else(|| self.make(live, whole))
    }

    /// Parts what was put in so far from what comes later. Returns the latest order that carries any of
    /// it.
    pub(super) fn part(
        &mut self,
        live: impl FnOnce() -> usize,
        whole: impl FnOnce() -> RecordWriter,
    ) -> RecordId {
        if let Some(order) = self.make(live, whole) {
            self.made.push_back(order);
        }
        RecordId::new(self.next.get().saturating_sub(1))
    }

    /// Whether anything is recorded.
    pub(super) const fn is_kept(&self) -> bool {
        self.durable
    }

    fn make(
        &mut self,
        live: impl FnOnce() -> usize,
        whole: impl FnOnce() -> RecordWriter,
    ) -> Option<Persist> {
        if self.waiting.is_empty() {
            return None;
        }
        let (live, bytes) = (live(), core::mem::take(&mut self.waiting).into_bytes());
        self.growth.append(bytes.len());
        let (mode, bytes) = if self.growth.is_due(live) {
            mark!(ClientCompacted);
            let bytes = whole().into_bytes();
            self.growth = Growth::of_snapshot(bytes.len(), live);
            (PersistMode::Replace, bytes)
        } else {
            (PersistMode::Append, bytes)
        };
        let id = self.next;
        self.next = id.next();
        Some(Persist { id, mode, sync: core::mem::take(&mut self.sync), bytes })
    }
}

#[cfg(test)]
mod tests {
    use PersistMode::{Append, Replace};

    use super::*;
    use crate::id::RoomNo;

    #[test]
    fn a_log_is_written_anew_when_it_has_grown_by_twice_the_state() {
        let mut journal = Journal::new(true, 0);
        let frames = vec![vec![0; 30_000]];
        let room = RoomNo::new(1);
        let record = ClientRecord::Delta { room, codec: crate::Codec::Binary, last: None, frames };
        let whole = || {
            let mut writer = RecordWriter::new();
            writer.put(&record);
            writer.put(&record);
            writer
        };
        let mut modes = Vec::new();
        for _ in 0..8 {
            journal.put(&record, false);
            modes.push(journal.poll(|| 60_000, whole).unwrap().mode);
        }
        assert_eq!(modes, [Append, Append, Replace, Append, Append, Append, Replace, Append]);
        assert_eq!(journal.poll(|| 60_000, whole), None);
    }

    #[test]
    fn without_durability_everything_is_durable_at_once() {
        let mut journal = Journal::new(false, 0);
        let id = journal.put(&ClientRecord::Forget { room: RoomNo::new(1) }, true);
        assert!(journal.is_durable(id));
        assert_eq!(journal.poll(|| 0, RecordWriter::new), None);
    }
}
