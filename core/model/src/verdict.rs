//! What applications were told of their edits. Nobody forgets it: not even a crash.

use crate::count::EditNo;

/// A set of edits.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Edits(u16);

impl Edits {
    /// None.
    pub const NONE: Self = Self(0);

    fn bit(edit: EditNo) -> u16 {
        1_u16.checked_shl(u32::from(edit.0)).unwrap_or_default()
    }

    /// Puts one in.
    pub fn put(&mut self, edit: EditNo) {
        self.0 |= Self::bit(edit);
    }

    /// Puts all of these in.
    pub const fn extend(&mut self, edits: Self) {
        self.0 |= edits.0;
    }

    /// Whether it is in.
    #[must_use]
    pub fn has(self, edit: EditNo) -> bool {
        self.0 & Self::bit(edit) != 0
    }
}

/// How an edit ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Verdict {
    /// It was applied.
    Applied,
    /// It was not.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// Every verdict that was ever told. An edit may have two: a crash forgets that the first was told.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Verdicts {
    applied: Edits,
    refused: Edits,
    unknown: Edits,
}

impl Verdicts {
    /// Tells one.
    pub fn tell(&mut self, edit: EditNo, verdict: Verdict) {
        match verdict {
            Verdict::Applied => self.applied.put(edit),
            Verdict::Refused => self.refused.put(edit),
            Verdict::Unknown => self.unknown.put(edit),
        }
    }

    /// Whether this was told.
    #[must_use]
    pub fn has(&self, edit: EditNo, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Applied => self.applied.has(edit),
            Verdict::Refused => self.refused.has(edit),
            Verdict::Unknown => self.unknown.has(edit),
        }
    }

    /// Whether anything was told.
    #[must_use]
    pub fn any(&self, edit: EditNo) -> bool {
        self.applied.has(edit) || self.refused.has(edit) || self.unknown.has(edit)
    }
}
