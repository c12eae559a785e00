//! What of the records of one role survives a crash: all that was answered, and of the rest any beginning.
//!
//! What a file does with torn and reordered writes is the journal's to withstand, and tested there: to a role a record
//! is there or is not.

use std::collections::VecDeque;
use std::rc::Rc;

use syncline_core::RecordId;
use syncline_core::record::{Persist, PersistMode};

use crate::random::Random;

/// Counts the orders of a disk, over all processes that wrote to it.
pub type Stamp = u64;

/// Of an edit that no order carries yet.
pub const UNWRITTEN: Stamp = u64::MAX;

/// The durable part.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The records since the last one that stood for all.
    pub blobs: Vec<Rc<Vec<u8>>>,
    /// The order that the last of them was.
    pub stamp: Stamp,
}

/// One role's storage.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    kept: Kept,
    waiting: VecDeque<(Stamp, Persist)>,
    latest: Stamp,
}

impl Disk {
    /// A disk that holds this.
    #[must_use]
    pub fn of(kept: Kept) -> Self {
        let latest = kept.stamp;
        Self { kept, waiting: VecDeque::new(), latest }
    }

    /// Takes an order.
    pub fn push(&mut self, persist: Persist) -> Stamp {
        self.latest += 1;
        self.waiting.push_back((self.latest, persist));
        self.latest
    }

    /// The latest order.
    #[must_use]
    pub const fn latest(&self) -> Stamp {
        self.latest
    }

    /// Whether an order is not carried out.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Carries out all orders up to this one. Returns the number of the last.
    pub fn sync(&mut self, up_to: Stamp) -> Option<(Stamp, RecordId)> {
        let mut last = None;
        while let Some((stamp, persist)) = self.waiting.pop_front_if(|(stamp, _)| *stamp <= up_to) {
            last = Some((stamp, persist.id));
            self.keep(stamp, persist);
        }
        last
    }

    /// The process ends: of what was not carried out any beginning is there all the same.
    pub fn crash(&mut self, random: &mut Random) -> Stamp {
        let survive =
            if self.waiting.is_empty() { 0 } else { random.index(self.waiting.len() + 1) };
        for _ in 0..survive {
            if let Some((stamp, persist)) = self.waiting.pop_front() {
                self.keep(stamp, persist);
            }
        }
        self.waiting.clear();
        self.kept.stamp
    }

    /// The durable part.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Puts another durable part in the place of this one; later orders have later numbers than any before.
    pub fn replace(&mut self, kept: Kept) {
        self.kept = kept;
        self.waiting.clear();
    }

    fn keep(&mut self, stamp: Stamp, persist: Persist) {
        if persist.mode == PersistMode::Replace {
            self.kept.blobs.clear();
        }
        self.kept.blobs.push(Rc::new(persist.bytes));
        self.kept.stamp = stamp;
    }
}
