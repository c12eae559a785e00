//! Over how many connections one principal speaks.

use std::collections::BTreeMap;

use crate::id::{ConnId, Principal};

/// For each principal with a grant: its connections, and how many grants each holds.
#[derive(Debug, Default)]
pub(super) struct Principals(BTreeMap<Principal, BTreeMap<ConnId, u32>>);

impl Principals {
    /// Counts one more grant, unless it would be on one connection too many.
    pub(super) fn enter(&mut self, principal: &Principal, conn: ConnId, most: usize) -> bool {
        let known = self.0.get(principal);
        if known.is_some_and(|conns| conns.len() >= most && !conns.contains_key(&conn)) {
            return false;
        }
        let grants = self.0.entry(principal.clone()).or_default().entry(conn).or_default();
        *grants = grants.saturating_add(1);
        true
    }

    /// Counts one grant less.
    pub(super) fn leave(&mut self, principal: &Principal, conn: ConnId) {
        let Some(conns) = self.0.get_mut(principal) else { return };
        if let Some(grants) = conns.get_mut(&conn) {
            *grants = grants.saturating_sub(1);
            if *grants == 0 {
                conns.remove(&conn);
            }
        }
        if conns.is_empty() {
            self.0.remove(principal);
        }
    }

    /// The connections over which this principal speaks.
    pub(super) fn connections(&self, principal: &Principal) -> Vec<ConnId> {
        self.0.get(principal).map(|conns| conns.keys().copied().collect()).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
