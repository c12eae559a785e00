//! Where automatic mode takes its time and its entropy from.

use core::time::Duration;
use std::time::Instant;

use crate::error::{Code, Error};
use crate::time::Time;

/// A monotonic clock whose origin is the moment it was made.
///
/// ```
/// let clock = syncline_core::host::Clock::new();
/// let before = clock.now();
/// assert!(clock.now() >= before);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts at zero now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock of automatic mode")]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }

    /// The time since the clock was made.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::default().after(self.origin.elapsed())
    }

    /// How long from now until `time`; zero if it is past.
    #[must_use]
    pub fn until(&self, time: Time) -> Duration {
        time.since(self.now())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// Thirty-two bytes that nobody can guess, from the operating system.
pub fn draw_entropy() -> Result<[u8; 32], Error> {
    let mut seed = [0; 32];
    match getrandom::fill(&mut seed) {
        Ok(()) => Ok(seed),
        Err(error) => {
            Err(Error::new(Code::Unavailable, "entropy of the system", error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(draw_entropy().unwrap(), draw_entropy().unwrap());
    }

    #[test]
    fn the_clock_starts_at_zero_and_does_not_go_back() {
        let clock = Clock::new();
        let first = clock.now();
        assert!(first < Time::from_millis(60_000));
        assert!(clock.until(first.after(Duration::from_mins(1))) > Duration::from_secs(1));
        assert_eq!(clock.until(Time::default()), Duration::ZERO);
        assert!(clock.now() >= first);
    }
}
