//! What each client was told of its edits, and whether that was true in the end.

use std::collections::BTreeMap;

use syncline_core::Code;
use syncline_core::client::{ClientEvent, Verdict};

use super::World;

/// What became of an edit, as its client was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    Nothing,
    Applied,
    Refused,
    Unknown,
}

impl World {
    pub(super) fn hear(&mut self, index: usize, event: &ClientEvent) {
        let ghosts = &self.parties[index].ghosts;
        match event {
            ClientEvent::Verdict { draft, verdict, .. } => {
                let Some(&ghost) = ghosts.get(draft) else { return };
                let told = match verdict {
                    Verdict::Applied { .. } => Told::Applied,
                    Verdict::Refused { .. } => Told::Refused,
                    Verdict::Unknown { .. } => Told::Unknown,
                };
                let slot = &mut self.told[usize::try_from(ghost).unwrap()];
                // A crash may take a verdict back into the unknown, never into its opposite.
                let before = *slot;
                if matches!(before, Told::Nothing | Told::Unknown) {
                    *slot = told;
                } else {
                    assert!(
                        told == before || told == Told::Unknown,
                        "{ghost}: {before:?} {told:?}"
                    );
                }
                assert!(self.parties[index].heard.insert(*draft), "{ghost} was told twice");
            }
            ClientEvent::Resumed { .. } => self.resumes += 1,
            ClientEvent::Diverged { .. } => panic!("client {index} diverged"),
            ClientEvent::Failed { error, .. } => {
                let late = matches!(error.code, Code::HelloTimeout | Code::Idle | Code::Stalled);
                assert!(late && !self.calm, "client {index} failed: {error}");
            }
            _ => {}
        }
    }

    pub(super) fn audit(&self) {
        let (_, room) = self.room.as_ref().expect("a room");
        let want: Vec<_> = room.entries("").map(|(k, c)| (k.clone(), c.to_json())).collect();
        for (index, party) in self.parties.iter().enumerate() {
            assert_eq!(party.client.pending(party.room), 0, "client {index} is not settled");
            let entries = party.client.entries(party.room, "");
            let got: Vec<_> = entries.iter().map(|(k, c)| (k.clone(), c.to_json())).collect();
            assert_eq!(got, want, "client {index} differs");
        }
        let log = room.get("log").map(syncline_core::Content::to_json).unwrap_or_default();
        let mut count: BTreeMap<u64, usize> = BTreeMap::new();
        for ghost in log.trim_matches(['[', ']']).split(',').filter(|text| !text.is_empty()) {
            *count.entry(ghost.parse().unwrap()).or_default() += 1;
        }
        for (ghost, told) in self.told.iter().enumerate() {
            let times = count.get(&u64::try_from(ghost).unwrap()).copied().unwrap_or(0);
            match told {
                Told::Applied => assert_eq!(times, 1, "{ghost} was told as applied"),
                Told::Refused => assert_eq!(times, 0, "{ghost} was told as refused"),
                Told::Unknown | Told::Nothing => assert!(times <= 1, "{ghost} was applied twice"),
            }
        }
    }
}
