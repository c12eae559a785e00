//! What is counted, and what the counts say.
//!
//! Latency is the time from an edit to the server's decision of it, and only decided mutations have
//! one: an outcome that stays unknown and a connection that fails are counted, never averaged in.

use core::time::Duration;

use crate::error::Code;

mod exposition;
mod latency;
mod report;

pub(crate) use exposition::{Exposition, Kind};
pub use latency::Latency;
pub use report::{LatencyReport, Report};

/// The counters of one client.
///
/// ```
/// use core::time::Duration;
/// use syncline_core::{Code, metrics::Metrics};
/// let mut metrics = Metrics { total: 3, ..Metrics::default() };
/// metrics.count_applied(Duration::from_millis(20));
/// metrics.count_refused(Code::Stale, Duration::from_millis(30));
/// metrics.count_unknown();
/// let report = metrics.report(0);
/// assert_eq!((report.conflicts, report.latency.count), (1, 2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Mutations made.
    pub total: u64,
    /// Mutations that the server applied.
    pub applied: u64,
    /// Mutations that the server refused, for whatever reason.
    pub refused: u64,
    /// Mutations whose outcome nobody can know any more.
    pub unknown: u64,
    /// Mutations sent again because no decision of them had come.
    pub retried: u64,
    /// Edits that went into a waiting mutation and made none of their own.
    pub coalesced: u64,
    /// Frames that carried mutations to the server.
    pub pushes: u64,
    /// Bytes of the frames received.
    pub bytes_in: u64,
    /// Bytes of the frames sent.
    pub bytes_out: u64,
    /// Frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Mutations refused because what they had seen was no longer current; among `refused`.
    pub conflicts: u64,
    /// Resumes that were told only what had changed.
    pub resumed_delta: u64,
    /// Resumes that were told the whole state, of the same epoch.
    pub resumed_snapshot: u64,
    /// Resumes in another epoch, or under another identity.
    pub resumed_reset: u64,
    /// From the edit to the decision, of applied and refused mutations.
    pub latency: Latency,
}

impl Metrics {
    /// Counts a mutation that the server applied, `took` after its edit.
    pub fn count_applied(&mut self, took: Duration) {
        self.applied = self.applied.saturating_add(1);
        self.latency.record(took);
    }

    /// Counts a mutation that the server refused, `took` after its edit.
    pub fn count_refused(&mut self, code: Code, took: Duration) {
        self.refused = self.refused.saturating_add(1);
        self.conflicts = self.conflicts.saturating_add(u64::from(code == Code::Stale));
        self.latency.record(took);
    }

    /// Counts a mutation whose outcome stays unknown. It was never decided, so it has no latency.
    pub const fn count_unknown(&mut self) {
        self.unknown = self.unknown.saturating_add(1);
    }

    /// What the counters say now; `queue_depth` is the number of mutations without an outcome.
    #[must_use]
    pub fn report(&self, queue_depth: u64) -> Report {
        Report::new(self, queue_depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_averaged_into_latency_conflicts_not_counted_and_only_a_mean() {
        let mut metrics = Metrics::default();
        for took in 1..=98 {
            metrics.count_applied(Duration::from_millis(took));
        }
        metrics.count_refused(Code::Stale, Duration::from_millis(99));
        metrics.count_refused(Code::Forbidden, Duration::from_millis(100));
        let before = metrics.report(0).latency;
        for _ in 0..1_000 {
            metrics.count_unknown();
        }
        let report = metrics.report(7);

        assert_eq!(report.latency, before, "a failure has no latency");
        assert_eq!((report.refused, report.conflicts, report.unknown), (2, 1, 1_000));
        assert_eq!(report.queue_depth, 7);
        let close =
            |got: Option<f64>, want: f64| (got.unwrap() - want).abs() <= want * 0.01 + 0.001;
        assert!(close(report.latency.p50_ms, 50.0), "{report:?}");
        assert!(close(report.latency.p90_ms, 90.0), "{report:?}");
        assert!(close(report.latency.p99_ms, 99.0), "{report:?}");
        assert_eq!(report.latency.max_ms, Some(100.0));
        assert_eq!(report.latency.mean_ms, Some(50.5));
    }

    #[test]
    fn counters_stay_at_the_largest_number() {
        let mut metrics = Metrics { applied: u64::MAX, unknown: u64::MAX, ..Metrics::default() };
        metrics.count_applied(Duration::MAX);
        metrics.count_unknown();
        assert_eq!((metrics.applied, metrics.unknown), (u64::MAX, u64::MAX));
        assert_eq!(metrics.report(0).success_rate, Some(0.5));
    }
}
