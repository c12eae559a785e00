//! How often what was shown before the server's answer was right.

use crate::value::Value;

/// How good predictions are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PredictionMetrics {
    /// Edits of which something was shown at once.
    pub shown: u64,
    /// Those of which the server then rendered just that.
    pub right: u64,
    /// Those of which it rendered something else.
    pub wrong: u64,
    /// Those that were taken back, as the edit was refused.
    pub undone: u64,
    /// Hints that were found right by what was rendered, whether or not they were shown.
    pub hints_right: u64,
    /// Hints that were found wrong, and are no more.
    pub hints_wrong: u64,
    /// Hints that are known.
    pub hints: u64,
    /// Bytes of these, about.
    pub hint_bytes: u64,
}

impl PredictionMetrics {
    /// The part of the predictions that ended which were right; 0 before the first.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        self.rate(self.right)
    }

    /// The part that was wrong.
    #[must_use]
    pub fn miss_rate(&self) -> f64 {
        self.rate(self.wrong)
    }

    /// The part that was taken back.
    #[must_use]
    pub fn rollback_rate(&self) -> f64 {
        self.rate(self.undone)
    }

    /// All of it, as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rate = |rate: f64| Value::from_f64(rate).unwrap_or(Value::NULL).to_json();
        let counts = [
            ("shown", self.shown),
            ("right", self.right),
            ("wrong", self.wrong),
            ("undone", self.undone),
            ("hints_right", self.hints_right),
            ("hints_wrong", self.hints_wrong),
            ("hints", self.hints),
            ("hint_bytes", self.hint_bytes),
        ];
        let mut out = String::from("{");
        for (name, count) in counts {
            out.extend(["\"", name, "\":", &count.to_string(), ","]);
        }
        let (hits, misses) = (rate(self.hit_rate()), rate(self.miss_rate()));
        out.extend(["\"hit_rate\":", &hits, ",\"miss_rate\":", &misses]);
        out.extend([",\"rollback_rate\":", &rate(self.rollback_rate()), "}"]);
        out
    }

    fn rate(&self, some: u64) -> f64 {
        let all = self.right.saturating_add(self.wrong).saturating_add(self.undone);
        let float = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if all == 0 { 0.0 } else { float(some) / float(all) }
    }
}
