//! How much a connection may still say, and what it leaves behind for the next one of its principal.

use std::collections::BTreeMap;

use crate::id::Principal;
use crate::limit::Limits;
use crate::pace::Budget;
use crate::time::Time;

/// What a connection may still say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    frames: Budget,
    bytes: Budget,
}

impl Allowance {
    /// All that there is.
    pub(super) fn new(limits: &Limits) -> Self {
        let budget = |most: usize| Budget::new(u64::try_from(most).unwrap_or(u64::MAX));
        Self { frames: budget(limits.frames_minute), bytes: budget(limits.bytes_minute) }
    }

    /// Takes what a frame costs.
    ///
    /// # Errors
    ///
    /// If it cannot be taken now: when it can.
    pub(super) fn spend(&mut self, now: Time, bytes: usize) -> Result<(), Time> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let ready = self.frames.ready_at(1).max(self.bytes.ready_at(bytes));
        if ready <= now && self.frames.take(now, 1) && self.bytes.take(now, bytes) {
            Ok(())
        } else {
            Err(ready)
        }
    }

    /// Owes what another one owes, too.
    pub(super) fn owe(&mut self, now: Time, other: &Self) {
        self.frames.owe(now, &other.frames);
        self.bytes.owe(now, &other.bytes);
    }

    /// When nothing is owed any more.
    fn full_at(&self) -> Time {
        self.frames.full_at().max(self.bytes.full_at())
    }
}

/// When nothing is owed any more, and a number that tells equal times apart.
type Due = (Time, u64);

/// What connections that ended owe, until it is refilled: a minute at most.
#[derive(Debug, Default)]
pub(super) struct Owed {
    of: BTreeMap<Principal, BTreeMap<Due, Allowance>>,
    due: BTreeMap<Due, Principal>,
    latest: u64,
}

impl Owed {
    /// A connection of the principal ended. As many of its debts are kept as it may have connections.
    pub(super) fn leave(
        &mut self,
        now: Time,
        principal: Principal,
        allowance: Allowance,
        limits: &Limits,
    ) {
        while let Some(due) = self.due.first_entry().filter(|due| due.key().0 <= now) {
            let due = *due.key();
            self.remove(due);
        }
        let at = allowance.full_at();
        if at <= now {
            return;
        }
        self.latest = self.latest.saturating_add(1);
        let due = (at, self.latest);
        let debts = self.of.entry(principal.clone()).or_default();
        debts.insert(due, allowance);
        self.due.insert(due, principal);
        let least = debts.first_key_value().filter(|_| debts.len() > limits.principal_connections);
        if let Some((&least, _)) = least {
            self.remove(least);
        }
        if self.due.len() > limits.server_connections
            && let Some((&least, _)) = self.due.first_key_value()
        {
            self.remove(least);
        }
    }

    /// The largest debt of the principal, which a connection of it takes over.
    pub(super) fn take(&mut self, principal: &Principal) -> Option<Allowance> {
        let (&due, _) = self.of.get(principal)?.last_key_value()?;
        self.remove(due)
    }

    fn remove(&mut self, due: Due) -> Option<Allowance> {
        let principal = self.due.remove(&due)?;
        let debts = self.of.get_mut(&principal)?;
        let removed = debts.remove(&due);
        if debts.is_empty() {
            self.of.remove(&principal);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(name: &str) -> Principal {
        Principal::new(name).unwrap()
    }

    /// An allowance of which this many of 60 frames are spent at 0 ms.
    fn spent(limits: &Limits, frames: u64) -> Allowance {
        let mut allowance = Allowance::new(limits);
        for _ in 0..frames {
            allowance.spend(Time::default(), 0).unwrap();
        }
        allowance
    }

    #[test]
    fn the_largest_debts_are_kept_and_each_is_taken_once() {
        let limits = Limits { frames_minute: 60, principal_connections: 2, ..Limits::default() };
        let mut owed = Owed::default();
        for frames in [10, 30, 0, 20] {
            owed.leave(Time::default(), principal("ada"), spent(&limits, frames), &limits);
        }
        owed.leave(Time::default(), principal("bob"), spent(&limits, 5), &limits);
        let mut take = |name| owed.take(&principal(name)).map(|debt| debt.full_at().as_micros());
        assert_eq!(
            [take("ada"), take("ada"), take("ada")],
            [Some(30_000_000), Some(20_000_000), None]
        );
        assert_eq!([take("bob"), take("bob")], [Some(5_000_000), None]);
        assert!(owed.of.is_empty() && owed.due.is_empty());
    }

    #[test]
    fn what_is_owed_is_forgotten_once_it_is_refilled_and_never_more_than_the_connections() {
        let limits = Limits { frames_minute: 60, server_connections: 3, ..Limits::default() };
        let mut owed = Owed::default();
        for number in 0..10 {
            let name = principal(&format!("p{number}"));
            owed.leave(Time::default(), name, spent(&limits, 10 + number), &limits);
        }
        assert_eq!((owed.of.len(), owed.due.len()), (3, 3));
        owed.leave(Time::from_millis(18_000), principal("late"), spent(&limits, 1), &limits);
        assert_eq!((owed.of.len(), owed.due.len()), (1, 1));
        assert!(owed.take(&principal("p9")).is_some());
    }
}
