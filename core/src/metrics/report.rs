//! The counters as people and monitoring systems read them.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::exposition::Kind;
use super::{Exposition, Latency, Metrics};
use crate::value::float_text;

/// A client's counters at one moment.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// Mutations made.
    pub total: u64,
    /// Mutations applied.
    pub applied: u64,
    /// Mutations refused.
    pub refused: u64,
    /// Mutations whose outcome stays unknown.
    pub unknown: u64,
    /// Mutations refused because what they had seen was no longer current; among `refused`.
    pub conflicts: u64,
    /// Mutations sent again.
    pub retried: u64,
    /// Edits that made no mutation of their own.
    pub coalesced: u64,
    /// Frames that carried mutations.
    pub pushes: u64,
    /// Mutations without an outcome yet.
    pub queue_depth: u64,
    /// Applied mutations among those with an outcome, from 0 to 1; `None` before the first outcome.
    pub success_rate: Option<f64>,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Resumes that were told only what had changed.
    pub resumed_delta: u64,
    /// Resumes that were told the whole state.
    pub resumed_snapshot: u64,
    /// Resumes in another epoch, or under another identity.
    pub resumed_reset: u64,
    /// From the edit to the decision, of applied and refused mutations.
    pub latency: LatencyReport,
}

/// A distribution of times in milliseconds; each but the sum is `None` before the first time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LatencyReport {
    /// How many times.
    pub count: u64,
    /// All of them together.
    pub sum_ms: f64,
    /// Their mean.
    pub mean_ms: Option<f64>,
    /// Half stayed within this.
    pub p50_ms: Option<f64>,
    /// Nine of ten stayed within this.
    pub p90_ms: Option<f64>,
    /// 99 of 100 stayed within this.
    pub p99_ms: Option<f64>,
    /// The longest.
    pub max_ms: Option<f64>,
}

impl Report {
    pub(super) fn new(metrics: &Metrics, queue_depth: u64) -> Self {
        Self {
            total: metrics.total,
            applied: metrics.applied,
            refused: metrics.refused,
            unknown: metrics.unknown,
            conflicts: metrics.conflicts,
            retried: metrics.retried,
            coalesced: metrics.coalesced,
            pushes: metrics.pushes,
            queue_depth,
            success_rate: share(metrics.applied, &[metrics.refused, metrics.unknown]),
            bytes_in: metrics.bytes_in,
            bytes_out: metrics.bytes_out,
            frames_in: metrics.frames_in,
            frames_out: metrics.frames_out,
            resumed_delta: metrics.resumed_delta,
            resumed_snapshot: metrics.resumed_snapshot,
            resumed_reset: metrics.resumed_reset,
            latency: LatencyReport::new(&metrics.latency),
        }
    }

    /// The report as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        for (name, count) in [
            ("total", self.total),
            ("applied", self.applied),
            ("refused", self.refused),
            ("unknown", self.unknown),
            ("conflicts", self.conflicts),
            ("retried", self.retried),
            ("coalesced", self.coalesced),
            ("pushes", self.pushes),
            ("queue_depth", self.queue_depth),
            ("bytes_in", self.bytes_in),
            ("bytes_out", self.bytes_out),
            ("frames_in", self.frames_in),
            ("frames_out", self.frames_out),
            ("resumed_delta", self.resumed_delta),
            ("resumed_snapshot", self.resumed_snapshot),
            ("resumed_reset", self.resumed_reset),
        ] {
            push(&mut out, name, &count.to_string());
        }
        push(&mut out, "success_rate", &number(self.success_rate));
        let LatencyReport { count, sum_ms, mean_ms, p50_ms, p90_ms, p99_ms, max_ms } = self.latency;
        let mut latency = String::from("{");
        push(&mut latency, "count", &count.to_string());
        for (name, millis) in [
            ("sum_ms", Some(sum_ms)),
            ("mean_ms", mean_ms),
            ("p50_ms", p50_ms),
            ("p90_ms", p90_ms),
            ("p99_ms", p99_ms),
            ("max_ms", max_ms),
        ] {
            push(&mut latency, name, &number(millis));
        }
        latency.push('}');
        push(&mut out, "latency", &latency);
        out.push('}');
        out
    }

    /// The report in the Prometheus text format, with these labels on every sample.
    ///
    /// Characters that a label's name may not have become `_`. A label named `outcome`, `kind` or
    /// `quantile` gives way where the engine uses that name itself.
    #[must_use]
    pub fn to_prometheus(&self, labels: &[(&str, &str)]) -> String {
        let mut text = Exposition::new(labels);
        text.counter("syncline_mutations_total", "Mutations made.", self.total);
        text.family("syncline_settled_total", Kind::Counter, "Mutations with an outcome.");
        let outcomes =
            [("applied", self.applied), ("refused", self.refused), ("unknown", self.unknown)];
        for (outcome, count) in outcomes {
            text.sample("syncline_settled_total", Some(("outcome", outcome)), count);
        }
        let counters = [
            ("syncline_conflicts_total", "Mutations refused as stale.", self.conflicts),
            ("syncline_retried_total", "Mutations sent again.", self.retried),
            ("syncline_coalesced_total", "Edits that made no own mutation.", self.coalesced),
            ("syncline_pushes_total", "Frames that carried mutations.", self.pushes),
            ("syncline_received_bytes_total", "Bytes received.", self.bytes_in),
            ("syncline_sent_bytes_total", "Bytes sent.", self.bytes_out),
            ("syncline_received_frames_total", "Frames received.", self.frames_in),
            ("syncline_sent_frames_total", "Frames sent.", self.frames_out),
        ];
        for (name, help, value) in counters {
            text.counter(name, help, value);
        }
        text.family("syncline_resumes_total", Kind::Counter, "Resumes, by what they were told.");
        let kinds = [
            ("delta", self.resumed_delta),
            ("snapshot", self.resumed_snapshot),
            ("reset", self.resumed_reset),
        ];
        for (kind, count) in kinds {
            text.sample("syncline_resumes_total", Some(("kind", kind)), count);
        }
        text.gauge("syncline_queue_depth", "Mutations without an outcome.", self.queue_depth);
        self.latency.expose(&mut text);
        text.into_text()
    }
}

impl LatencyReport {
    fn new(latency: &Latency) -> Self {
        Self {
            count: latency.count(),
            sum_ms: millis(latency.sum()),
            mean_ms: latency.mean().map(millis),
            p50_ms: latency.p50().map(millis),
            p90_ms: latency.p90().map(millis),
            p99_ms: latency.p99().map(millis),
            max_ms: latency.max().map(millis),
        }
    }

    /// In seconds, as the format wants it; a quantile of nothing is `NaN`.
    fn expose(&self, text: &mut Exposition<'_>) {
        let name = "syncline_latency_seconds";
        text.family(name, Kind::Summary, "From the edit to the server's decision of it.");
        for (quantile, value) in [("0.5", self.p50_ms), ("0.9", self.p90_ms), ("0.99", self.p99_ms)]
        {
            text.sample(name, Some(("quantile", quantile)), seconds(value));
        }
        text.sample("syncline_latency_seconds_sum", None, self.sum_ms / 1_000.0);
        text.sample("syncline_latency_seconds_count", None, self.count);
        let help = "The longest time from an edit to the server's decision of it.";
        text.gauge("syncline_latency_max_seconds", help, seconds(self.max_ms));
    }
}

/// Appends a member to an object whose brace is still open.
fn push(out: &mut String, name: &str, json: &str) {
    out.push_str(if out.len() > 1 { ",\"" } else { "\"" });
    out.push_str(name);
    out.push_str("\":");
    out.push_str(json);
}

fn number(number: Option<f64>) -> String {
    number.filter(|number| number.is_finite()).map_or_else(|| "null".to_owned(), float_text)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn seconds(millis: Option<f64>) -> f64 {
    millis.map_or(f64::NAN, |millis| millis / 1_000.0)
}

/// `part` among all, to a millionth.
fn share(part: u64, others: &[u64]) -> Option<f64> {
    let all = others.iter().fold(u128::from(part), |sum, &one| sum.saturating_add(one.into()));
    let millionths = u128::from(part).saturating_mul(1_000_000).checked_div(all)?;
    u32::try_from(millionths).ok().map(|share| f64::from(share) / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let mut metrics =
            Metrics { total: 5, resumed_delta: 2, resumed_reset: 1, ..Metrics::default() };
        for took in [10, 20, 30] {
            metrics.count_applied(Duration::from_millis(took));
        }
        metrics.count_unknown();
        metrics
    }

    #[test]
    fn the_share_of_success_counts_only_outcomes() {
        assert_eq!(Metrics::default().report(9).success_rate, None);
        assert_eq!(metrics().report(1).success_rate, Some(0.75));
        assert_eq!(share(u64::MAX, &[u64::MAX]), Some(0.5));
        assert_eq!(share(0, &[1]), Some(0.0));
    }

    #[test]
    fn json_reads_back_as_the_report() {
        for report in [metrics().report(1), Metrics::default().report(0)] {
            let text = report.to_json();
            assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{text}");
        }
        assert!(Metrics::default().report(0).to_json().contains("\"p99_ms\":null"));
    }

    #[test]
    fn every_sample_follows_the_head_of_its_family() {
        let text = metrics().report(1).to_prometheus(&[("client", "a\"b")]);
        let mut family = "";
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("# TYPE ") {
                family = head.split(' ').next().unwrap();
            } else if !line.starts_with('#') {
                assert!(line.starts_with(family), "{line} in {family}");
                assert!(line.contains("client=\"a\\\"b\""), "{line}");
                assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
            }
        }
        for want in [
            "# TYPE syncline_mutations_total counter",
            "syncline_settled_total{outcome=\"unknown\",client=\"a\\\"b\"} 1",
            "syncline_resumes_total{kind=\"delta\",client=\"a\\\"b\"} 2",
            "# TYPE syncline_latency_seconds summary",
            "syncline_latency_seconds{quantile=\"0.99\",client=\"a\\\"b\"} 0.03",
            "syncline_latency_seconds_sum{client=\"a\\\"b\"} 0.06",
            "syncline_latency_seconds_count{client=\"a\\\"b\"} 3",
        ] {
            assert!(text.lines().any(|line| line == want), "{want} in\n{text}");
        }
        let empty = Metrics::default().report(0).to_prometheus(&[]);
        assert!(empty.contains("syncline_latency_seconds{quantile=\"0.5\"} NaN\n"), "{empty}");
    }
}
