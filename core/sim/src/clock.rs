//! What time an actor thinks it is.

use syncline_core::Time;

use crate::plan::{Fault, Micros, Plan, SECOND};
use crate::random::Random;

/// An actor's clock: it starts anywhere, runs fast or slow, and jumps.
#[derive(Clone, Debug)]
pub struct Clock {
    offset: i64,
    /// Microseconds that it gains in a second.
    drift: i64,
    /// How far it was set back, in all.
    behind: i64,
}

impl Clock {
    /// The clock of one actor.
    #[must_use]
    pub fn new(plan: &Plan, random: &mut Random) -> Self {
        let offset = i64::try_from(random.below(1_000_000) * SECOND).unwrap_or(0);
        let drift = i64::try_from(random.below(100_001)).unwrap_or(0) - 50_000;
        Self { offset, drift: if plan.has(Fault::ClockDrift) { drift } else { 0 }, behind: 0 }
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self, now: Micros) -> Time {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let shown = self.offset
            + now
            + now / 1_000_000 * self.drift
            + now % 1_000_000 * self.drift / 1_000_000;
        Time::from_micros(u64::try_from(shown).unwrap_or(0))
    }

    /// When it will show this, if it does not jump; never before `now`.
    #[must_use]
    pub fn when(&self, shown: Time, now: Micros) -> Micros {
        let shown = i64::try_from(shown.as_micros()).unwrap_or(i64::MAX);
        let ahead = shown
            .saturating_sub(i64::try_from(self.now(now).as_micros()).unwrap_or(i64::MAX))
            .max(0);
        let real = i128::from(ahead) * 1_000_000 / i128::from(1_000_000 + self.drift);
        now + u64::try_from(real).unwrap_or(u64::MAX / 4).saturating_add(1)
    }

    /// It jumps by this.
    pub fn jump(&mut self, by: i64) {
        let before = self.offset;
        self.offset = (self.offset + by).max(0);
        self.behind += (before - self.offset).max(0);
    }

    /// It is set right: what was timed by it is due.
    pub const fn set_right(&mut self) {
        self.offset += self.behind;
        self.behind = 0;
    }
}
