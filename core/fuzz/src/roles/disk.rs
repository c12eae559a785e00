//! What is durable of a role, and what it waits for.

use std::collections::VecDeque;

use syncline_core::record::{Persist, PersistMode};

#[derive(Default)]
pub(super) struct Disk {
    pub(super) blobs: Vec<Vec<u8>>,
    waiting: VecDeque<Persist>,
}

impl Disk {
    pub(super) fn order(&mut self, persist: Persist) {
        self.waiting.push_back(persist);
    }

    /// The oldest order becomes durable.
    pub(super) fn sync(&mut self) -> Option<Persist> {
        let persist = self.waiting.pop_front()?;
        if persist.mode == PersistMode::Replace {
            self.blobs.clear();
        }
        self.blobs.push(persist.bytes.clone());
        Some(persist)
    }

    /// Whether nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What was not durable is lost.
    pub(super) fn crash(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn blobs(&self) -> impl Iterator<Item = &[u8]> {
        self.blobs.iter().map(Vec::as_slice)
    }
}
