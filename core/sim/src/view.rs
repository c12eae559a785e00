//! What must hold of a client after each input: what it holds is a state that the room had, and what it shows is that with
//! its own pending edits on top, each of them once.

use std::collections::BTreeMap;

use syncline_core::client::Client;
use syncline_core::{Content, RoomNo};

use crate::broken::{Broken, Checked, hold};
use crate::ledger::What;
use crate::plan::Fault;
use crate::reference::content_hash;
use crate::world::World;

fn number(content: Option<&Content>) -> i64 {
    content.and_then(Content::as_plain).and_then(syncline_core::Value::as_i64).unwrap_or(0)
}

fn items(content: Option<&Content>) -> Vec<String> {
    match content {
        Some(Content::List(list)) => list.items().iter().map(|item| item.value.to_json()).collect(),
        _ => Vec::new(),
    }
}

fn length(content: Option<&Content>) -> usize {
    match content {
        Some(Content::List(list)) => list.items().len(),
        _ => 0,
    }
}

/// The pending edits of one client in one room, as far as it is plain to see what they do.
#[derive(Default)]
struct Pending<'a> {
    sums: BTreeMap<&'a str, Vec<i64>>,
    last: BTreeMap<&'a str, Option<&'a str>>,
    logs: BTreeMap<&'a str, Vec<u64>>,
}

impl World {
    /// What one client holds and shows is right.
    pub fn check_client(&mut self, index: usize) -> Checked {
        for room in 0..self.plan.rooms {
            let party = &self.parties[index];
            let Some(number) = party.rooms[room].filter(|_| party.entered[room]) else { continue };
            self.check_confirmed(index, room, number)?;
            if let Some(client) = &self.parties[index].client {
                self.check_view(client, index, room, number)?;
            }
        }
        Ok(())
    }

    fn check_confirmed(&mut self, index: usize, room: usize, number: RoomNo) -> Checked {
        let party = &self.parties[index];
        let Some(client) = &party.client else { return Ok(()) };
        let epoch = client.epoch(number).map_or(0, syncline_core::Epoch::get);
        let version = client.version(number).map_or(0, syncline_core::Version::get);
        let before = party.confirmed[room];
        if (epoch, version) == before || epoch == 0 || version == 0 {
            return Ok(());
        }
        let forward = before.0 != epoch || version >= before.1 || self.ledger.beyond;
        hold!(forward, "I8", "client {index} goes from version {} back to {version}", before.1);
        let held = self.keys.iter().filter_map(|key| {
            client.confirmed_get(number, key).map(|content| content_hash(key, content))
        });
        let hash = held.fold(0, u64::wrapping_add);
        let confirmed = self.audits[room].confirm(epoch, version, hash);
        if let Err(mut broken) = confirmed {
            if broken.invariant == "I5" && self.plan.has(Fault::Corruption) {
                broken.invariant = "I25";
            }
            return Err(broken);
        }
        self.check_left(index, room, (epoch, version))?;
        self.parties[index].confirmed[room] = (epoch, version);
        Ok(())
    }

    /// No edit is pending any more that is in what is confirmed: it would count twice.
    fn check_left(&self, index: usize, room: usize, (epoch, version): (u64, u64)) -> Checked {
        if !self.is_lawful(index) {
            return Ok(());
        }
        for edit in self.parties[index].books[room].pending() {
            let taken = self.audits[room].taken_at(edit.ghost);
            let twice = taken.is_some_and(|(of, at)| of == epoch && at <= version);
            hold!(
                !twice || self.is_rolled(room, edit.ghost),
                "I6",
                "edit {} of client {index} is pending, and in its version {version}: it counts twice",
                edit.ghost
            );
        }
        Ok(())
    }

    /// An edit that is told as applied is in what is confirmed: it is nowhere else any more.
    pub fn check_taken(&self, index: usize, room: usize, ghost: u64) -> Checked {
        let party = &self.parties[index];
        let (Some(client), Some(number)) = (&party.client, party.rooms[room]) else {
            return Ok(());
        };
        let epoch = client.epoch(number).map_or(0, syncline_core::Epoch::get);
        let version = client.version(number).map_or(0, syncline_core::Version::get);
        let taken = self.audits[room].taken_at(ghost);
        let missing = taken.is_some_and(|(of, at)| of == epoch && at > version);
        hold!(
            !missing || !party.entered[room],
            "I7",
            "edit {ghost} of client {index} is told as applied, and is not in its version {version}"
        );
        Ok(())
    }

    /// Whether a client is one of which all that PROTOCOL.md assumes is so.
    #[must_use]
    pub fn is_lawful(&self, index: usize) -> bool {
        !self.ledger.beyond && !self.parties[index].twin
    }

    /// Whether nobody can know what became of an edit, since its storage was rolled back.
    fn is_rolled(&self, room: usize, ghost: u64) -> bool {
        let ghost = self.ledger.get(ghost);
        let forgotten = |name| self.audits[room].forgotten.contains(&name);
        ghost.lawless || ghost.hangs_on.is_some_and(forgotten)
    }

    /// The view is the confirmed state with the pending edits on top: where that is plain to see.
    pub fn check_view(&self, client: &Client, index: usize, room: usize, at: RoomNo) -> Checked {
        let book = &self.parties[index].books[room];
        if !self.is_lawful(index) || book.pending().any(|edit| self.is_rolled(room, edit.ghost)) {
            return Ok(());
        }
        let mut pending = Pending::default();
        for edit in book.pending() {
            match &self.ledger.get(edit.ghost).what {
                What::Sum(key, amount) => pending.sums.entry(key).or_default().push(*amount),
                What::Last(key, text) => _ = pending.last.insert(key, Some(text)),
                What::Gone(key) => _ = pending.last.insert(key, None),
                What::Log(key) => pending.logs.entry(key).or_default().push(edit.ghost),
                What::Once | What::Over | What::Other => {}
            }
        }
        for key in ["sum/0", "sum/1", "sum/2"] {
            let own = pending.sums.get(key).map_or(&[][..], Vec::as_slice);
            let (shown, confirmed) =
                (number(client.get(at, key)), number(client.confirmed_get(at, key)));
            check_sum(shown, confirmed, own).map_err(|broken| broken.of(index, key))?;
        }
        for (key, own) in pending.logs {
            let (shown, confirmed) = (client.get(at, key), client.confirmed_get(at, key));
            if length(shown) != length(confirmed) + own.len() {
                let own: Vec<String> =
                    own.iter().map(|ghost| format!("\"@{room}:{ghost}\"")).collect();
                return Err(wrong_list(&items(shown), &items(confirmed), &own).of(index, key));
            }
        }
        for key in ["last/0", "last/1", "last/2", "last/3"] {
            let shown = client.get(at, key).map(Content::to_json);
            let confirmed = client.confirmed_get(at, key).map(Content::to_json);
            let own = pending.last.get(key);
            let want = own.copied().unwrap_or(confirmed.as_deref());
            check_last(shown.as_deref(), confirmed.as_deref(), want, own.is_some())
                .map_err(|broken| broken.of(index, key))?;
        }
        Ok(())
    }
}

/// A view that is not what is confirmed with these on top. Whether one of them is missing or counts twice shows in the
/// amounts, which are so large that no other sum is the same; else it is what is confirmed that is not shown.
fn check_sum(shown: i64, confirmed: i64, own: &[i64]) -> Checked {
    let want = confirmed + own.iter().sum::<i64>();
    let off = shown - want;
    let is_own = |off: i64| own.contains(&off) || off == own.iter().sum::<i64>() && !own.is_empty();
    hold!(off == 0 || !is_own(off), "I6", "{shown}, not {want}: an edit counts twice");
    hold!(off == 0 || !is_own(-off), "I7", "{shown}, not {want}: an edit is missing");
    hold!(off == 0, "I11", "{shown}, not {want}: what is confirmed is not shown");
    Ok(())
}

/// Why a list does not hold as many items as are confirmed and pending.
fn wrong_list(shown: &[String], confirmed: &[String], own: &[String]) -> Broken {
    let text = format!("{} items, not {} and {}", shown.len(), confirmed.len(), own.len());
    let invariant = if own.iter().any(|item| confirmed.contains(item)) {
        "I6"
    } else if own.iter().any(|item| !shown.contains(item)) {
        "I7"
    } else {
        "I11"
    };
    Broken { invariant, text }
}

/// What is wanted is shown: the latest own write, or what is confirmed.
fn check_last(
    shown: Option<&str>,
    confirmed: Option<&str>,
    want: Option<&str>,
    is_own: bool,
) -> Checked {
    let missing = shown != want && is_own && shown == confirmed;
    hold!(!missing, "I7", "{shown:?}, not {want:?}: an edit is missing");
    hold!(shown == want, "I11", "{shown:?}, not {want:?}, and {confirmed:?} is confirmed");
    Ok(())
}

impl Broken {
    /// The same of what one client shows of a key.
    fn of(self, index: usize, key: &str) -> Self {
        let text = format!("client {index} shows of {key}: {}", self.text);
        Self { text, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invariant(checked: Checked) -> Option<&'static str> {
        checked.err().map(|broken| broken.invariant)
    }

    #[test]
    fn a_sum_tells_missing_from_counted_twice_also_where_amounts_are_negative() {
        for amount in [700, -700] {
            let own = [amount, 31];
            assert_eq!(invariant(check_sum(5 + amount + 31, 5, &own)), None);
            assert_eq!(invariant(check_sum(5 + 2 * amount + 31, 5, &own)), Some("I6"));
            assert_eq!(invariant(check_sum(5 + 31, 5, &own)), Some("I7"));
            assert_eq!(invariant(check_sum(5, 5, &own)), Some("I7"));
            assert_eq!(invariant(check_sum(4 + amount + 31, 5, &own)), Some("I11"));
        }
        assert_eq!(invariant(check_sum(4, 5, &[])), Some("I11"));
    }

    #[test]
    fn a_list_and_a_last_write_tell_what_is_missing() {
        let list = |items: &str| -> Vec<String> { items.chars().map(String::from).collect() };
        let broken = |shown: &str| wrong_list(&list(shown), &list("ab"), &list("c")).invariant;
        assert_eq!([broken("ab"), broken("bc")], ["I7", "I11"]);
        assert_eq!(wrong_list(&list("abc"), &list("abc"), &list("c")).invariant, "I6");
        let last = |shown, is_own| invariant(check_last(Some(shown), Some("a"), Some("c"), is_own));
        assert_eq!(
            [last("c", true), last("a", true), last("b", true)],
            [None, Some("I7"), Some("I11")]
        );
        assert_eq!(last("a", false), Some("I11"));
    }
}
