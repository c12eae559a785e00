//! What the measurements of views share.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock, and how long it may take"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What something makes, and how long that took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = black_box(work());
    (made, start.elapsed())
}

/// A duration in microseconds.
#[must_use]
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The median; not a number if there is none.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How many rounds: what the environment says, or so many.
#[must_use]
pub fn rounds(usual: usize) -> usize {
    std::env::var("ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}
