//! What became of each edit, as its tab was told and as it is in the end.

use std::collections::{BTreeMap, BTreeSet};

use syncline_core::client::{Fate, Verdict};
use syncline_core::{Content, TabId};

use super::{Mark, World};

#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) applied: usize,
    pub(crate) refused: usize,
    pub(crate) crashes: usize,
    pub(crate) known_again: usize,
    pub(crate) coalesced: usize,
    pub(crate) replaced: usize,
}

impl Count {
    pub(crate) fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.refused += other.refused;
        self.crashes += other.crashes;
        self.known_again += other.known_again;
        self.coalesced += other.coalesced;
        self.replaced += other.replaced;
    }
}

impl World {
    pub(super) fn tell(&mut self, ghost: usize, verdict: Verdict) {
        let applied = match verdict {
            Verdict::Applied { .. } => true,
            Verdict::Refused { .. } => false,
            Verdict::Unknown { reason } => panic!("{ghost} is unknown: {reason}"),
        };
        let told = &mut self.edits[ghost].told;
        assert!(told.is_none_or(|before| before == applied), "{ghost} has two fates");
        *told = Some(applied);
    }

    pub(crate) fn audit(&mut self) {
        let want: Vec<_> = self.room.entries("").map(|(k, c)| (k.clone(), c.clone())).collect();
        for party in &self.parties {
            assert_eq!(party.client.pending(party.room), 0, "not settled");
            assert_eq!(party.client.entries(party.room, ""), want);
        }
        for tab in &self.tabs {
            assert!(tab.hears && tab.inbox.is_empty() && tab.outbox.is_empty());
            assert_eq!((tab.client.proposals(), tab.client.pending(tab.room)), (0, 0));
            assert_eq!(tab.client.entries(tab.room, ""), want, "a tab differs");
            assert_eq!(tab.client.version(tab.room), Some(self.room.version()));
        }
        let log = self.room.get("log").map(Content::to_json).unwrap_or_default();
        let mut times: BTreeMap<usize, usize> = BTreeMap::new();
        for ghost in log.trim_matches(['[', ']']).split(',').filter(|text| !text.is_empty()) {
            *times.entry(ghost.parse().unwrap()).or_default() += 1;
        }
        let living: BTreeSet<TabId> = self.tabs.iter().map(|tab| tab.id).collect();
        let mut sum = 0;
        for (ghost, edit) in self.edits.iter().enumerate() {
            let times = times.get(&ghost).copied().unwrap_or(0);
            assert!(times <= 1, "{ghost} is there {times} times");
            let Some((tab, proposal)) = edit.by else { continue };
            let fate = self.parties[0].client.fate(self.parties[0].room, tab, proposal, None);
            let applied = match fate {
                Fate::Applied(_) => true,
                Fate::Refused { .. } => false,
                // Its tab died as a leader, before anything was durable.
                Fate::NeverSeen if !living.contains(&tab) => false,
                other => panic!("{ghost} ended as {other:?}"),
            };
            assert!(edit.told.is_none_or(|told| told == applied), "{ghost} was told otherwise");
            assert!(edit.told.is_some() || !living.contains(&tab) || fate != Fate::NeverSeen);
            match edit.mark {
                Mark::Log => assert_eq!(times, usize::from(applied), "{ghost} as {fate:?}"),
                Mark::Count => sum += usize::from(applied),
            }
            self.count.applied += usize::from(applied);
            self.count.refused += usize::from(!applied);
        }
        let held = self.room.get("sum").map_or_else(|| "0".to_owned(), Content::to_json);
        assert_eq!(held, sum.to_string(), "sums were lost or doubled");
    }
}
