//! How much a peer may still ask of us.
//!
//! A bucket holds one minute's worth and refills evenly. It counts what is spent and not yet
//! refilled, in parts of a 60-millionth, so that every microsecond refills a whole number and
//! nothing is rounded.

use crate::time::Time;

/// Microseconds in a minute: one token is as many parts, and a microsecond refills `per_minute` of
/// them.
const PARTS: u64 = 60_000_000;

/// A budget of so much a minute, all of which may be spent at once.
///
/// In any stretch of time a budget lets through at most `per_minute` and what refills meanwhile.
///
/// ```
/// use syncline_core::{Time, pace::Budget};
/// let mut budget = Budget::new(60);
/// assert!(budget.take(Time::from_millis(0), 60));
/// assert!(!budget.take(Time::from_millis(999), 1));
/// assert_eq!(budget.ready_at(1), Time::from_millis(1_000));
/// assert!(budget.take(Time::from_millis(1_000), 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    per_minute: u64,
    /// Invariant: at most `per_minute * PARTS`.
    spent: u64,
    /// When `spent` was true.
    at: Time,
}

impl Budget {
    /// A full budget of so much a minute, at most 2^38; zero counts as one.
    #[must_use]
    pub const fn new(per_minute: u64) -> Self {
        let most = u64::MAX / PARTS;
        let per_minute = match per_minute {
            0 => 1,
            more if more > most => most,
            fits => fits,
        };
        Self { per_minute, spent: 0, at: Time::from_micros(0) }
    }

    /// Spends `n` if so much is there, else nothing.
    ///
    /// More than a minute's worth counts as a minute's worth, so that it gets through at all. A
    /// `now` earlier than the latest counts as the latest.
    #[must_use]
    pub fn take(&mut self, now: Time, n: u64) -> bool {
        let refilled = self.refill(now.since(self.at).as_micros());
        self.spent = self.spent.saturating_sub(refilled);
        self.at = self.at.max(now);
        let Some(spent) =
            self.spent.checked_add(self.parts(n)).filter(|&spent| spent <= self.capacity())
        else {
            return false;
        };
        self.spent = spent;
        true
    }

    /// The first moment at which [`take`](Self::take) of `n` succeeds; may lie in the past.
    #[must_use]
    pub fn ready_at(&self, n: u64) -> Time {
        let free = self.capacity().saturating_sub(self.spent);
        let missing = self.parts(n).saturating_sub(free);
        Time::from_micros(self.at.as_micros().saturating_add(missing.div_ceil(self.per_minute)))
    }

    /// When all of it is there again; may lie in the past.
    #[must_use]
    pub fn full_at(&self) -> Time {
        self.ready_at(self.per_minute)
    }

    /// Spends what was spent of another one and is not refilled, or as much of it as is there.
    pub fn owe(&mut self, now: Time, other: &Self) {
        let spent = |budget: &Self| {
            budget.spent.saturating_sub(budget.refill(now.since(budget.at).as_micros()))
        };
        self.spent = spent(self).saturating_add(spent(other)).min(self.capacity());
        self.at = self.at.max(now);
    }

    const fn capacity(&self) -> u64 {
        self.per_minute.saturating_mul(PARTS)
    }

    fn parts(&self, n: u64) -> u64 {
        n.min(self.per_minute).saturating_mul(PARTS)
    }

    fn refill(&self, micros: u128) -> u64 {
        u64::try_from(micros).unwrap_or(u64::MAX).saturating_mul(self.per_minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// At how many ms, how much, whether it is taken.
    type Takes = &'static [(u64, u64, bool)];

    #[test]
    fn table() {
        let table: [(u64, Takes); 6] = [
            (60, &[(0, 60, true), (0, 1, false), (1_000, 1, true), (1_000, 1, false)]),
            (60, &[(0, 61, true), (59_999, 60, false), (60_000, 60, true)]),
            (1, &[(0, 1, true), (59_999, 1, false), (60_000, 1, true)]),
            (0, &[(0, 0, true), (0, 7, true), (1, 1, false)]),
            (60, &[(9_000, 60, true), (1_000, 1, false), (10_000, 1, true)]),
            (u64::MAX, &[(0, u64::MAX, true), (0, 0, true), (60_000, u64::MAX, true)]),
        ];
        for (row, (per_minute, takes)) in table.into_iter().enumerate() {
            let mut budget = Budget::new(per_minute);
            for &(at, n, taken) in takes {
                assert_eq!(budget.take(Time::from_millis(at), n), taken, "row {row} at {at} ms");
            }
        }
    }

    #[test]
    fn what_another_one_owes_is_taken_over_as_far_as_it_is_not_refilled() {
        // Spent of each at 0 ms, at how many ms it is taken over, when one can be spent then, when all.
        for (one, other, at, ready, full) in [
            (0, 0, 0, 0, 0),
            (0, 60, 0, 1_000, 60_000),
            (30, 30, 0, 1_000, 60_000),
            (60, 60, 0, 1_000, 60_000),
            (20, 30, 10_000, 10_000, 40_000),
            (60, 5, 10_000, 10_000, 60_000),
            (60, 60, 60_000, 60_000, 60_000),
        ] {
            let (mut budget, mut owed) = (Budget::new(60), Budget::new(60));
            assert!(budget.take(Time::default(), one) && owed.take(Time::default(), other));
            budget.owe(Time::from_millis(at), &owed);
            let told = [budget.ready_at(1), budget.full_at()].map(|told| told.as_micros() / 1_000);
            assert_eq!(
                told.map(|told| told.max(at)),
                [ready, full],
                "{one} and {other} at {at} ms"
            );
        }
    }

    proptest! {
        #[test]
        fn a_minute_lets_through_a_full_budget_and_what_refills(
            per_minute in 1_u64..5_000_000_000,
            steps in proptest::collection::vec((0_u64..90_000_000, 0_u64..6_000_000_000), 1..60),
        ) {
            let mut budget = Budget::new(per_minute);
            let (mut now, mut taken) = (0_u64, 0_u128);
            for (wait, n) in steps {
                now += wait;
                let ready = budget.ready_at(n);
                let got = budget.take(Time::from_micros(now), n);
                prop_assert_eq!(got, ready <= Time::from_micros(now), "what ready_at said");
                if got {
                    taken += u128::from(n.min(per_minute));
                }
                let refilled = u128::from(now) * u128::from(per_minute) / u128::from(PARTS);
                prop_assert!(taken <= u128::from(per_minute) + refilled);
            }
        }

        #[test]
        fn a_refused_take_succeeds_at_the_moment_told_and_not_before(
            per_minute in 1_u64..5_000_000_000, first in 0_u64..5_000_000_000, n in 1_u64..5_000_000_000,
        ) {
            let mut budget = Budget::new(per_minute);
            prop_assert!(budget.take(Time::from_micros(1), first));
            let ready = budget.ready_at(n).as_micros();
            if ready > 1 {
                prop_assert!(!budget.clone().take(Time::from_micros(ready - 1), n));
            }
            prop_assert!(budget.take(Time::from_micros(ready.max(1)), n));
        }
    }
}
