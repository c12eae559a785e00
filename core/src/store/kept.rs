//! Which latest edits of a key are kept, so that a reader gets the edits instead of the value.

use std::collections::VecDeque;

use crate::id::Version;
use crate::op::Action;

/// Bytes that a kept edit takes beside what it carries.
const EDIT_BYTES: usize = 8;

/// The edits of one key since a version, at most half as large as the key's content.
///
/// Invariant: what the key held at `floor`, with `edits` applied in order, is what it holds now.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    floor: Version,
    edits: VecDeque<(Version, Action)>,
    bytes: usize,
}

impl Kept {
    /// Nothing kept: the key is as of `version`.
    pub(super) const fn at(version: Version) -> Self {
        Self { floor: version, edits: VecDeque::new(), bytes: 0 }
    }

    /// Notes an edit at `version` of a key that held a value before (`live`) and now one of `size`
    /// bytes.
    pub(super) fn note(&mut self, version: Version, action: &Action, live: bool, size: usize) {
        let patches = match action {
            Action::Merge(_)
            | Action::Add(_)
            | Action::Insert { .. }
            | Action::Remove { .. }
            | Action::Move { .. }
            | Action::Replace { .. } => live,
            Action::Set(_) | Action::Delete | Action::Expect => false,
        };
        let most = size / 2;
        if !patches || action_bytes(action) > most {
            *self = Self::at(version);
            return;
        }
        self.bytes = self.bytes.saturating_add(action_bytes(action));
        self.edits.push_back((version, action.clone()));
        while self.bytes > most {
            self.forget_oldest();
        }
    }

    /// Forgets the edits of the oldest version, whole: a reader stands between versions.
    fn forget_oldest(&mut self) {
        let Some(&(oldest, _)) = self.edits.front() else { return };
        while let Some((_, action)) = self.edits.pop_front_if(|(version, _)| *version == oldest) {
            self.bytes = self.bytes.saturating_sub(action_bytes(&action));
        }
        self.floor = oldest;
    }

    /// The edits that lead from what the key held at `from` to now, if all of them are kept.
    pub(super) fn since(&self, from: Version) -> Option<Vec<Action>> {
        let later = self.edits.iter().filter(|(version, _)| *version > from);
        (from >= self.floor).then(|| later.map(|(_, action)| action.clone()).collect())
    }
}

pub(super) fn action_bytes(action: &Action) -> usize {
    action.size().saturating_add(EDIT_BYTES)
}
