//! When a log is written anew: how large it may become beside what it stands for.

/// A log may grow by this many bytes, whatever it stands for.
const BYTES_MIN: usize = 64 * 1024;
/// A log may grow by this many times its snapshot.
const RATIO: usize = 2;

/// How large a log is, in bytes of blobs.
///
/// It is written anew when it has grown by twice its snapshot, and when half of its snapshot stands
/// for what is gone. So it stays below six times what is left, and 64 KiB; and what is written anew is
/// not much more than what came or went since the last time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Growth {
    appended: usize,
    snapshot: usize,
    /// What was alive when the snapshot was made.
    live: usize,
    /// Somebody wants it written anew.
    due: bool,
}

impl Growth {
    /// A log that holds a snapshot of what was alive then.
    pub(crate) const fn of_snapshot(snapshot: usize, live: usize) -> Self {
        Self { appended: 0, snapshot, live, due: false }
    }

    /// A log that holds this much of which nothing is known.
    pub(crate) const fn of_unknown(appended: usize) -> Self {
        Self { appended, snapshot: 0, live: 0, due: false }
    }

    /// Something was appended.
    pub(crate) const fn append(&mut self, bytes: usize) {
        self.appended = self.appended.saturating_add(bytes);
    }

    /// The log is to be written anew in any case.
    pub(crate) const fn demand(&mut self) {
        self.due = true;
    }

    /// Whether a snapshot should stand for the log, where this much is alive now.
    pub(crate) fn is_due(&self, live: usize) -> bool {
        let gone = self.live.saturating_sub(live);
        let shrunk = self.snapshot > BYTES_MIN && gone > self.snapshot / 2;
        self.due || shrunk || self.appended > BYTES_MIN.max(self.snapshot.saturating_mul(RATIO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_due_when_it_has_grown_or_what_it_holds_is_gone() {
        let mut growth = Growth::of_snapshot(1_000_000, 900_000);
        growth.append(2_000_000);
        assert!(!growth.is_due(900_000) && !growth.is_due(400_000));
        assert!(growth.is_due(399_999), "more than half of the snapshot is gone");
        growth.append(1);
        assert!(growth.is_due(900_000), "it has grown by more than twice the snapshot");
        let mut small = Growth::of_snapshot(BYTES_MIN, BYTES_MIN);
        small.append(BYTES_MIN);
        assert!(!small.is_due(0), "small logs may be what they like");
        small.demand();
        assert!(small.is_due(BYTES_MIN));
    }
}
