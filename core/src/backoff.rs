//! When to try to connect again.
//!
//! Each failure doubles the longest pause, and the pause taken is a random part of it (full
//! jitter), so that clients which lost the same server do not come back in step.

use core::time::Duration;

use crate::entropy::Entropy;

/// Doublings after which no pause is shorter than any sensible longest one.
const DOUBLINGS_MAX: u32 = 40;

/// Pauses between attempts, and how many attempts have failed in a row.
///
/// ```
/// use core::time::Duration;
/// use syncline_core::{Entropy, backoff::Backoff};
/// let mut entropy = Entropy::new([1; 32]);
/// let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(30));
/// assert!(backoff.fail(&mut entropy) <= Duration::from_millis(100));
/// assert!(backoff.fail(&mut entropy) <= Duration::from_millis(200));
/// assert_eq!(backoff.failures(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    /// A schedule whose pauses are at most `first`, then twice that, up to `most`.
    #[must_use]
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, failures: 0 }
    }

    /// Counts a failed attempt and draws the pause before the next one.
    #[must_use]
    pub fn fail(&mut self, entropy: &mut Entropy) -> Duration {
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
        let choices = micros.saturating_add(1);
        Duration::from_micros(entropy.next_u64().checked_rem(choices).unwrap_or(0))
    }

    /// The longest that the next pause can be.
    #[must_use]
    pub fn ceiling(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures.min(DOUBLINGS_MAX)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }

    /// Failed attempts in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// An attempt has succeeded: the next failure is the first again.
    pub const fn succeed(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let ms = Duration::from_millis;
        for (failures, want) in [
            (0, ms(100)),
            (1, ms(200)),
            (3, ms(800)),
            (8, ms(25_600)),
            (9, ms(30_000)),
            (31, ms(30_000)),
            (32, ms(30_000)),
            (4_000, ms(30_000)),
        ] {
            let mut backoff = Backoff::new(ms(100), ms(30_000));
            let mut entropy = Entropy::new([3; 32]);
            for _ in 0..failures {
                let ceiling = backoff.ceiling();
                assert!(backoff.fail(&mut entropy) <= ceiling);
            }
            assert_eq!(backoff.ceiling(), want, "after {failures} failures");
        }
    }

    #[test]
    fn pauses_spread_over_the_whole_range_and_success_starts_again() {
        let ms = Duration::from_millis;
        let mut entropy = Entropy::new([5; 32]);
        let pauses: Vec<Duration> =
            (0..200).map(|_| Backoff::new(ms(100), ms(100)).fail(&mut entropy)).collect();
        assert!(pauses.iter().any(|&p| p < ms(20)) && pauses.iter().any(|&p| p > ms(80)));

        let mut backoff = Backoff::new(ms(100), ms(30_000));
        for _ in 0..5 {
            let _ = backoff.fail(&mut entropy);
        }
        backoff.succeed();
        assert_eq!((backoff.failures(), backoff.ceiling()), (0, ms(100)));
    }

    #[test]
    fn no_pause_is_allowed() {
        let mut entropy = Entropy::new([5; 32]);
        assert_eq!(Backoff::new(Duration::ZERO, Duration::ZERO).fail(&mut entropy), Duration::ZERO);
    }
}
