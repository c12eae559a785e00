//! Which connections speak for nobody, and which of them makes room for a newcomer.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::ConnId;
use crate::time::Time;

/// The connections without a grant: they came, or lost their last grant, at these times.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    since: BTreeMap<ConnId, Time>,
    oldest: BTreeSet<(Time, ConnId)>,
}

impl Strangers {
    /// The connection holds no grant, since now if it was not one of these before.
    pub(super) fn add(&mut self, now: Time, conn: ConnId) {
        let since = *self.since.entry(conn).or_insert(now);
        self.oldest.insert((since, conn));
    }

    /// The connection holds a grant, or is gone.
    pub(super) fn remove(&mut self, conn: ConnId) {
        if let Some(since) = self.since.remove(&conn) {
            self.oldest.remove(&(since, conn));
        }
    }

    /// The one that has been a stranger for longest, and since when.
    pub(super) fn oldest(&self) -> Option<(Time, ConnId)> {
        self.oldest.first().copied()
    }
}
