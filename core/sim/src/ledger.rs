//! What users did and what they were told, outside the protocol: every edit has a number that the engine knows nothing
//! of, which is in what it writes.

use std::collections::BTreeMap;

use syncline_core::Code;

use crate::audit::Audit;
use crate::broken::{Checked, hold};
use crate::disk::{Stamp, UNWRITTEN};

/// The end of an edit, as its user was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// It is in the room.
    Applied,
    /// It is not.
    Refused(Code),
    /// Nobody knows.
    Unknown,
}

/// What an edit is to the checks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// Adds this to a sum.
    Sum(String, i64),
    /// An item in this list.
    Log(String),
    /// The value of a key that the latest write wins.
    Last(String, String),
    /// Nothing is left of a key that the latest write wins.
    Gone(String),
    /// A value that must be in the room once or not at all.
    Once,
    /// A value that a later edit of the same draft may write over.
    Over,
    /// Nothing that can be counted.
    Other,
}

/// One edit of one user.
#[derive(Clone, Debug)]
pub struct Ghost {
    /// Which room.
    pub room: usize,
    /// What it does.
    pub what: What,
    /// The last thing that its user was told.
    pub told: Option<Told>,
    /// It was not durable when its process ended, or its storage was lost.
    pub gone: bool,
    /// Its storage was rolled back, doubled or lost: the client cannot know what another life of it did.
    pub doubtful: bool,
    /// Nobody can know what became of it: its storage was rolled back to before its client took another name, or two
    /// processes lived on that.
    pub lawless: bool,
    /// The client id that it had when its storage was rolled back: all is known as long as that is.
    pub hangs_on: Option<u128>,
}

/// An edit in a draft.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// Its number.
    pub ghost: u64,
    /// The order that carries it.
    pub stamp: Stamp,
}

/// A mutation as its client names it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The user's edits in it.
    pub edits: Vec<Edit>,
    /// The order that carries it, if the engine made it.
    pub made: Option<Stamp>,
    /// What was told, and the order that carries that.
    pub told: Option<(Told, Stamp)>,
}

/// The drafts of one client in one room.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By their names.
    pub drafts: BTreeMap<u64, Draft>,
}

impl Book {
    /// The edits that wait for their verdict.
    pub fn pending(&self) -> impl Iterator<Item = &Edit> {
        self.drafts.values().filter(|draft| draft.told.is_none()).flat_map(|draft| &draft.edits)
    }

    /// How many drafts wait for their verdict.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.drafts.values().filter(|draft| draft.told.is_none()).count()
    }

    /// An order carries all that none carried yet.
    pub fn written(&mut self, stamp: Stamp) {
        // Only the latest drafts can be new.
        for draft in self.drafts.values_mut() {
            for edit in draft.edits.iter_mut().filter(|edit| edit.stamp == UNWRITTEN) {
                edit.stamp = stamp;
            }
            if let Some((_, at)) = draft.told.as_mut().filter(|(_, at)| *at == UNWRITTEN) {
                *at = stamp;
            }
            if draft.made == Some(UNWRITTEN) {
                draft.made = Some(stamp);
            }
        }
    }

    /// Only the orders up to this one are there. Returns the numbers of the edits that are not.
    pub fn cut(&mut self, stamp: Stamp) -> Vec<u64> {
        let mut gone = Vec::new();
        self.drafts.retain(|_, draft| {
            draft.told = draft.told.filter(|(_, at)| *at <= stamp);
            gone.extend(
                draft.edits.extract_if(.., |edit| edit.stamp > stamp).map(|edit| edit.ghost),
            );
            !draft.edits.is_empty() || draft.made.is_some_and(|at| at <= stamp)
        });
        gone
    }

    /// Forgets what is over for good.
    pub fn tidy(&mut self, durable: Stamp) {
        self.drafts.retain(|_, draft| draft.told.is_none_or(|(_, at)| at > durable));
    }
}

/// All edits.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By their numbers.
    pub ghosts: Vec<Ghost>,
    /// Something that PROTOCOL.md assumes is not so: verdicts may be wrong.
    pub beyond: bool,
    /// What is refused as stale may be made again.
    pub resolves: bool,
}

impl Ledger {
    /// A new edit.
    pub fn add(&mut self, room: usize, what: What) -> u64 {
        self.ghosts.push(Ghost {
            room,
            what,
            told: None,
            gone: false,
            doubtful: false,
            lawless: false,
            hangs_on: None,
        });
        self.ghosts.len() as u64 - 1
    }

    /// The number that the next edit will have.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.ghosts.len() as u64
    }

    /// The edit of this number.
    #[must_use]
    pub fn get(&self, ghost: u64) -> &Ghost {
        &self.ghosts[usize::try_from(ghost).unwrap_or(usize::MAX)]
    }

    /// The edit of this number.
    pub fn get_mut(&mut self, ghost: u64) -> &mut Ghost {
        &mut self.ghosts[usize::try_from(ghost).unwrap_or(usize::MAX)]
    }

    /// A user is told.
    pub fn tell(&mut self, ghost: u64, told: Told) -> Checked {
        let beyond = self.beyond;
        let known = self.get_mut(ghost);
        let honest =
            match (known.told, told) {
                (None | Some(Told::Unknown), _) | (_, Told::Unknown) => true,
                (Some(Told::Applied), Told::Applied)
                | (Some(Told::Refused(_)), Told::Refused(_)) => true,
                (Some(Told::Applied), Told::Refused(_))
                | (Some(Told::Refused(_)), Told::Applied) => known.lawless,
            };
        hold!(
            honest || beyond,
            "I4",
            "edit {ghost} was told as {:?} and is told as {told:?}",
            known.told
        );
        // What was certain once is not less so because a later process does not know.
        if !matches!((known.told, told), (Some(Told::Applied | Told::Refused(_)), Told::Unknown)) {
            known.told = Some(told);
        }
        Ok(())
    }

    /// The end: every edit is accounted for, and the rooms hold what users were told.
    pub fn settle(&self, rooms: &[Audit], restored: bool) -> Checked {
        let mut applied: BTreeMap<u64, usize> = BTreeMap::new();
        for decision in
            rooms.iter().flat_map(|room| &room.log).filter(|decision| decision.refused.is_none())
        {
            for ghost in &decision.ghosts {
                *applied.entry(*ghost).or_default() += 1;
            }
        }
        for (number, ghost) in (0_u64..).zip(&self.ghosts) {
            hold!(
                ghost.told.is_some() || ghost.gone,
                "I22",
                "edit {number} ended in nothing: {ghost:?}"
            );
            if self.beyond || ghost.lawless {
                continue;
            }
            let times = applied.get(&number).copied().unwrap_or(0);
            hold!(times <= 1, "I1", "edit {number} is applied {times} times: {ghost:?}");
            let counts = matches!(ghost.what, What::Log(_) | What::Once);
            match ghost.told {
                Some(Told::Applied) => {
                    let lost = rooms[ghost.room].lost.contains(&number);
                    hold!(
                        times == 1 || lost || !counts,
                        "I2",
                        "edit {number} was told as applied and is lost: {ghost:?}"
                    );
                }
                Some(Told::Refused(code)) => {
                    let again = self.resolves && code == Code::Stale;
                    hold!(
                        times == 0 || again,
                        "I4",
                        "edit {number} was told as refused and is applied"
                    );
                }
                Some(Told::Unknown) => {}
                None => hold!(
                    times == 0 || ghost.doubtful,
                    "I14",
                    "edit {number} was never durable and is applied"
                ),
            }
        }
        if restored || self.beyond { Ok(()) } else { self.settle_sums(rooms) }
    }

    /// Sums hold all that was told as applied, and nothing but what might be.
    fn settle_sums(&self, rooms: &[Audit]) -> Checked {
        for (index, room) in rooms.iter().enumerate() {
            let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
            for decision in room.log.iter().filter(|decision| decision.refused.is_none()) {
                for (key, number) in &decision.sums {
                    *sums.entry(key).or_default() += number;
                }
            }
            let mut bounds: BTreeMap<&str, Bounds> = BTreeMap::new();
            for ghost in self.ghosts.iter().filter(|ghost| ghost.room == index) {
                if let What::Sum(key, number) = &ghost.what {
                    bounds.entry(key).or_default().count(ghost, *number);
                }
            }
            for (key, bounds) in bounds {
                bounds.check(key, sums.get(key).copied().unwrap_or(0))?;
            }
        }
        Ok(())
    }
}

/// What a sum may be, as far as users were told.
#[derive(Debug, Default)]
struct Bounds {
    least: i64,
    most: i64,
    /// Amounts that are in it for certain.
    sure: Vec<i64>,
    /// Something is in it of which nobody can know.
    open: bool,
}

impl Bounds {
    fn count(&mut self, ghost: &Ghost, number: i64) {
        if ghost.lawless {
            self.open = true;
        } else if ghost.told == Some(Told::Applied) {
            self.least += number;
            self.most += number;
            self.sure.push(number);
        } else if ghost.told == Some(Told::Unknown) || ghost.told.is_none() && ghost.doubtful {
            self.least += number.min(0);
            self.most += number.max(0);
        }
    }

    /// An amount may be negative, so too little may be one that is there twice: where nothing is in doubt, the amounts
    /// tell, since they are so large that no other sum is the same.
    fn check(&self, key: &str, sum: i64) -> Checked {
        let Self { least, most, sure, open } = self;
        let right = (*least..=*most).contains(&sum) || *open;
        let lost = least == most && sure.contains(&(least - sum));
        hold!(right || !lost, "I2", "{key} is {sum}, not {least}: an edit was told as applied");
        hold!(right, "I1", "{key} is {sum}, and from {least} to {most} can be");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(amounts: &[(i64, Option<Told>)]) -> Bounds {
        let mut ledger = Ledger::default();
        let mut bounds = Bounds::default();
        for (amount, told) in amounts {
            let ghost = ledger.add(0, What::Sum("sum".to_owned(), *amount));
            ledger.get_mut(ghost).told = *told;
            bounds.count(ledger.get(ghost), *amount);
        }
        bounds
    }

    #[test]
    fn a_sum_with_negative_amounts_tells_lost_from_counted_twice() {
        let sure = Some(Told::Applied);
        let exact = bounds(&[(100, sure), (-40, sure), (7, Some(Told::Refused(Code::Stale)))]);
        let broken = |sum| exact.check("sum", sum).err().map(|broken| broken.invariant);
        assert_eq!(
            [60, 100, -40, 160, 20, 67].map(broken),
            [None, Some("I2"), Some("I2"), Some("I1"), Some("I1"), Some("I1")]
        );
    }

    #[test]
    fn what_is_unknown_may_be_in_a_sum_or_not() {
        let exact = bounds(&[
            (100, Some(Told::Applied)),
            (-40, Some(Told::Unknown)),
            (7, Some(Told::Unknown)),
        ]);
        assert!([60, 67, 100, 107].iter().all(|sum| exact.check("sum", *sum).is_ok()));
        assert!([59, 108].iter().all(|sum| exact.check("sum", *sum).is_err()));
    }
}
