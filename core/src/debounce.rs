//! When a burst of edits is ready to send.
//!
//! A batch closes at the first of three moments: `quiet` after its latest edit, `max_wait` after
//! its first, or on reaching `max_edits`. Without `max_wait` a user who never pauses would never
//! sync; without `max_edits` a script could grow a batch past what a server accepts.
//!
//! This module holds deadlines. The outbox holds the edits. Nothing here reads a clock.

use core::num::NonZeroU32;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::options::{self, Options};
use crate::time::{Time, millis};
use crate::value::Part;

/// When a batch closes.
///
/// Every combination is meaningful: a `max_wait` shorter than `quiet` simply always wins.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Silence after the latest edit that closes the batch.
    #[serde(rename = "quiet_ms", with = "millis")]
    pub quiet: Duration,
    /// Longest an edit may wait, however busy the user is.
    #[serde(rename = "max_wait_ms", with = "millis")]
    pub max_wait: Duration,
    /// Edits that close the batch at once.
    pub max_edits: NonZeroU32,
}

impl Default for Config {
    /// One frame of silence, at most a tenth of a second of waiting, at most 256 edits.
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(16),
            max_wait: Duration::from_millis(100),
            max_edits: NonZeroU32::new(256).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl Options for Config {
    fn set(&mut self, name: &str, told: Part<'_>) -> Result<bool, Error> {
        match name {
            "quiet_ms" => self.quiet = options::millis(told)?,
            "max_wait_ms" => self.max_wait = options::millis(told)?,
            "max_edits" => {
                let edits = u32::try_from(options::count(told)?).ok().and_then(NonZeroU32::new);
                self.max_edits =
                    edits.ok_or_else(|| options::wrong("a number from 1 to 4294967295", told))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Groups edits into batches by time and count.
///
/// Call [`handle_edit`](Self::handle_edit) for each edit and
/// [`handle_timeout`](Self::handle_timeout) at or after
/// [`poll_timeout`](Self::poll_timeout). Either returns `true` when the batch is ready, and with
/// that the batch is closed: the next edit opens a new one.
///
/// ```
/// # use core::time::Duration;
/// # use syncline_core::{debounce::{Config, Debounce}, time::Time};
/// let ms = |n: u64| Time::from_micros(n * 1_000);
/// let mut debounce = Debounce::new(Config::default());
///
/// assert!(!debounce.handle_edit(ms(0)));
/// assert!(!debounce.handle_edit(ms(10)));
/// assert_eq!(debounce.poll_timeout(), Some(ms(26)));
/// assert!(debounce.handle_timeout(ms(26)));
/// assert_eq!(debounce.poll_timeout(), None);
/// ```
#[derive(Debug)]
pub struct Debounce {
    config: Config,
    batch: Option<Batch>,
}

/// Invariant: `first <= latest` and `1 <= edits < max_edits`.
#[derive(Debug)]
struct Batch {
    first: Time,
    latest: Time,
    edits: u32,
}

impl Debounce {
    /// A debouncer with no batch open.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config, batch: None }
    }

    /// Adds an edit made at `now`. Returns `true` if the batch is full and therefore ready.
    ///
    /// A `now` earlier than the previous edit's counts as the previous edit's.
    #[must_use]
    pub fn handle_edit(&mut self, now: Time) -> bool {
        let batch = self.batch.get_or_insert(Batch { first: now, latest: now, edits: 0 });
        batch.latest = batch.latest.max(now);
        batch.edits = batch.edits.saturating_add(1);

        let full = batch.edits >= self.config.max_edits.get();
        if full {
            self.batch = None;
        }
        full
    }

    /// Returns `true` if the open batch is due at `now`. Early and spurious calls are harmless.
    #[must_use]
    pub fn handle_timeout(&mut self, now: Time) -> bool {
        let due = self.poll_timeout().is_some_and(|deadline| deadline <= now);
        if due {
            self.batch = None;
        }
        due
    }

    /// Closes the open batch before its time. Returns `false` if none is open.
    pub const fn close(&mut self) -> bool {
        self.batch.take().is_some()
    }

    /// When the open batch becomes due, or `None` if no batch is open.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let batch = self.batch.as_ref()?;
        let quiet = batch.latest.after(self.config.quiet);
        let limit = batch.first.after(self.config.max_wait);
        Some(quiet.min(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Time {
        Time::from_micros(n * 1_000)
    }

    fn debounce(quiet: u64, max_wait: u64, max_edits: u32) -> Debounce {
        Debounce::new(Config {
            quiet: Duration::from_millis(quiet),
            max_wait: Duration::from_millis(max_wait),
            max_edits: NonZeroU32::new(max_edits).expect("tests pass at least one"),
        })
    }

    /// Feeds `edits` (ms) to a fresh debouncer, firing every timeout on time, and returns the
    /// moments (ms) at which a batch closed.
    fn closes(mut debounce: Debounce, edits: &[u64]) -> Vec<u64> {
        let mut closed = Vec::new();
        let mut edits = edits.iter().copied().peekable();
        for now in 0..2_000 {
            if debounce.handle_timeout(ms(now)) {
                closed.push(now);
            }
            while edits.next_if_eq(&now).is_some() {
                if debounce.handle_edit(ms(now)) {
                    closed.push(now);
                }
            }
        }
        closed
    }

    #[test]
    fn table() {
        let every_ms: Vec<u64> = (0..300).collect();
        for (name, (quiet, max_wait, max_edits), edits, want) in [
            ("nothing in, nothing out", (16, 100, 9), &[][..], &[][..]),
            ("one edit waits for quiet", (16, 100, 9), &[5], &[21]),
            ("a later edit extends", (16, 100, 9), &[0, 10], &[26]),
            ("an edit on the deadline opens a new batch", (16, 100, 9), &[0, 16], &[16, 32]),
            ("constant edits close at max_wait", (16, 100, 999), &every_ms, &[100, 200, 300]),
            ("a full batch closes at once", (16, 100, 2), &[0, 1, 2, 3], &[1, 3]),
            ("zero quiet closes on the next timeout", (0, 100, 9), &[7], &[8]),
        ] {
            assert_eq!(closes(debounce(quiet, max_wait, max_edits), edits), want, "{name}");
        }
    }

    #[test]
    fn a_closed_batch_is_not_due_again() {
        let mut d = debounce(16, 100, 9);
        assert!(!d.close());
        assert!(!d.handle_edit(ms(0)));
        assert!(d.close());
        assert!(!d.handle_timeout(ms(200)));
    }

    #[test]
    fn time_going_backwards_moves_no_deadline_earlier() {
        let mut d = debounce(16, 100, 9);
        assert!(!d.handle_edit(ms(50)));
        assert!(!d.handle_edit(ms(40)));
        assert_eq!(d.poll_timeout(), Some(ms(66)));
    }

    #[test]
    fn no_edit_waits_longer_than_max_wait() {
        for seed in 0..if cfg!(miri) { 1 } else { 64u64 } {
            let edits: Vec<u64> =
                (0..1_000).filter(|n| ((n * 2_654_435_761) ^ seed) % 7 < 3).collect();
            let closed = closes(debounce(16, 40, 1_000), &edits);
            for edit in edits {
                let sent =
                    closed.iter().copied().find(|&at| at >= edit).expect("every edit is sent");
                assert!(sent - edit <= 40, "seed {seed}: edit at {edit} sent at {sent}");
            }
        }
    }
}
