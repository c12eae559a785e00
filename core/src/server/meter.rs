//! What a server counts.

use core::fmt;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::error::Code;
use crate::metrics::{Exposition, Kind};

/// A server's counters at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ServerMetrics {
    /// Connections now.
    pub connections: u64,
    /// Rooms now, open or being opened.
    pub rooms: u64,
    /// Channels in a room, or about to be.
    pub readers: u64,
    /// Connections ever accepted.
    pub accepted: u64,
    /// Frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Bytes of the frames received.
    pub bytes_in: u64,
    /// Bytes of the frames sent.
    pub bytes_out: u64,
    /// Connections that the server closed, by reason; faults are among them.
    #[serde(serialize_with = "by_name")]
    pub closed: BTreeMap<Code, u64>,
    /// Faults sent, by reason.
    #[serde(serialize_with = "by_name")]
    pub faults: BTreeMap<Code, u64>,
    /// Channels that were denied a room or put out of it, by reason.
    #[serde(serialize_with = "by_name")]
    pub denied: BTreeMap<Code, u64>,
    /// Events that were lost because nobody polled.
    pub events_lost: u64,
}

impl ServerMetrics {
    /// The counters as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The counters in the Prometheus text format, with these labels on every sample.
    ///
    /// A label named `code` gives way where the engine uses that name itself.
    #[must_use]
    pub fn to_prometheus(&self, labels: &[(&str, &str)]) -> String {
        let mut text = Exposition::new(labels);
        text.gauge("syncline_server_connections", "Connections now.", self.connections);
        text.gauge("syncline_server_rooms", "Rooms now.", self.rooms);
        text.gauge("syncline_server_readers", "Channels in a room.", self.readers);
        let counters = [
            ("syncline_server_accepted_total", "Connections accepted.", self.accepted),
            ("syncline_server_received_frames_total", "Frames received.", self.frames_in),
            ("syncline_server_sent_frames_total", "Frames sent.", self.frames_out),
            ("syncline_server_received_bytes_total", "Bytes received.", self.bytes_in),
            ("syncline_server_sent_bytes_total", "Bytes sent.", self.bytes_out),
            ("syncline_server_events_lost_total", "Events nobody polled.", self.events_lost),
        ];
        for (name, help, value) in counters {
            text.counter(name, help, value);
        }
        let families = [
            ("syncline_server_closed_total", "Connections closed by the server.", &self.closed),
            ("syncline_server_faults_total", "Faults sent.", &self.faults),
            ("syncline_server_denied_total", "Channels denied a room.", &self.denied),
        ];
        for (name, help, counts) in families {
            text.family(name, Kind::Counter, help);
            for (code, &count) in counts {
                text.sample(name, Some(("code", code.name())), count);
            }
        }
        text.into_text()
    }

    pub(super) fn count_in(&mut self, bytes: usize) {
        self.frames_in = self.frames_in.saturating_add(1);
        self.bytes_in = self.bytes_in.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

/// How many bytes were sent. It is not among the words of a server: how a view is told, in so many bytes, depends on
/// what a recording does not have.
#[derive(Default)]
pub(super) struct Sent(u64);

impl Sent {
    pub(super) fn count(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(super) const fn get(&self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent")
    }
}

/// One more under a reason.
pub(super) fn count(counts: &mut BTreeMap<Code, u64>, code: Code) {
    let count = counts.entry(code).or_default();
    *count = count.saturating_add(1);
}

fn by_name<S: Serializer>(counts: &BTreeMap<Code, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(code, count)| (code.name(), count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_by_name() {
        let mut metrics = ServerMetrics { connections: 2, ..ServerMetrics::default() };
        metrics.count_in(7);
        count(&mut metrics.faults, Code::Malformed);
        count(&mut metrics.faults, Code::Malformed);
        let text = metrics.to_prometheus(&[("shard", "3")]);
        for want in [
            "syncline_server_connections{shard=\"3\"} 2",
            "syncline_server_received_bytes_total{shard=\"3\"} 7",
            "syncline_server_faults_total{code=\"Malformed\",shard=\"3\"} 2",
        ] {
            assert!(text.lines().any(|line| line == want), "{want} in\n{text}");
        }
        assert!(metrics.to_json().contains(r#""faults":{"Malformed":2}"#));
    }
}
