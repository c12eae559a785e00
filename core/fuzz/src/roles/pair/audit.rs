//! What clients are told of their edits, and what the room and all views have to hold in the end.

use syncline_core::Content;
use syncline_core::client::{ClientEvent, Verdict};

use super::Pair;

/// What became of an edit, as its client was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    Nothing,
    Applied,
    Refused,
    Unknown,
}

impl Pair {
    pub(super) fn hear(&mut self, index: usize, event: &ClientEvent) {
        let (draft, told) = match event {
            ClientEvent::Verdict { draft, verdict, .. } => {
                let told = match verdict {
                    Verdict::Applied { .. } => Told::Applied,
                    Verdict::Refused { .. } => Told::Refused,
                    Verdict::Unknown { .. } => Told::Unknown,
                };
                (draft, told)
            }
            ClientEvent::Diverged { .. } => {
                assert!(self.damaged, "client {index} diverged");
                return;
            }
            _ => return,
        };
        let Some(&mark) = self.parties[index].marked.get(draft) else { return };
        let before = self.told[mark];
        let honest = matches!(before, Told::Nothing | Told::Unknown)
            || before == told
            || told == Told::Unknown;
        assert!(honest || self.damaged, "{mark}: {before:?}, then {told:?}");
        if matches!(before, Told::Nothing | Told::Unknown) {
            self.told[mark] = told;
        }
    }

    /// The numbers of the marked edits that the room holds.
    pub(super) fn applied(&self) -> Vec<usize> {
        items(self.room.as_ref().and_then(|(_, room)| room.get("log")))
    }

    /// Whoever shows the list of marks shows all that is confirmed of it, whatever of its own comes on top.
    pub(super) fn assert_shown(&self) {
        for party in self.parties.iter().filter(|_| !self.damaged) {
            let shown = items(party.client.get(party.room, "log"));
            for mark in items(party.client.confirmed_get(party.room, "log")) {
                assert!(shown.contains(&mark), "{mark} is confirmed and not shown");
            }
        }
    }

    pub(super) fn audit(&self) {
        let (_, room) = self.room.as_ref().expect("a room");
        let want: Vec<_> =
            room.entries("").map(|(key, held)| (key.clone(), held.to_json())).collect();
        for (index, party) in self.parties.iter().enumerate() {
            assert_eq!(party.client.pending(party.room), 0, "client {index} is not settled");
            let entries = party.client.entries(party.room, "");
            let got: Vec<_> =
                entries.iter().map(|(key, held)| (key.clone(), held.to_json())).collect();
            assert_eq!(got, want, "client {index} differs");
        }
        if self.damaged {
            return;
        }
        let items = self.applied();
        let pairs = room.get("pairs").map_or(0, |held| held.to_json().parse().unwrap());
        let whole = items.iter().filter(|mark| self.refusable.contains(mark)).count();
        assert_eq!(pairs, whole, "edits of which only a part is applied");
        for (mark, told) in self.told.iter().enumerate() {
            let times = items.iter().filter(|item| **item == mark).count();
            match told {
                Told::Applied => assert_eq!(times, 1, "{mark} was told as applied"),
                Told::Refused => assert_eq!(times, 0, "{mark} was told as refused"),
                Told::Unknown | Told::Nothing => assert!(times <= 1, "{mark} was applied twice"),
            }
        }
    }
}

/// The numbers in a list.
fn items(list: Option<&Content>) -> Vec<usize> {
    let list = list.map(Content::to_json).unwrap_or_default();
    let items = list.trim_matches(['[', ']']).split(',').filter(|text| !text.is_empty());
    items.map(|text| text.parse().unwrap()).collect()
}
