//! How long things took: a distribution, not an average.

use core::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart; longer ones count as this.
const MICROS_MOST: u64 = 3_600_000_000;
/// Two digits tell every quantile to within one per cent, in about 26 kB.
const DIGITS: u8 = 2;

/// A distribution of times from 1 µs to 1 h, to within one per cent.
///
/// Nothing is allocated before the first time is recorded, and nothing more after it.
///
/// ```
/// use core::time::Duration;
/// use syncline_core::metrics::Latency;
/// let mut latency = Latency::default();
/// assert_eq!(latency.p99(), None);
/// latency.record(Duration::from_millis(8));
/// assert_eq!(latency.p99(), Some(Duration::from_millis(8)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Latency {
    count: u64,
    sum_micros: u64,
    max_micros: u64,
    histogram: Option<Box<Histogram<u64>>>,
}

impl Latency {
    /// Records one time; below 1 µs it counts as 1 µs, above 1 h as 1 h.
    pub fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).clamp(1, MICROS_MOST);
        self.count = self.count.saturating_add(1);
        self.sum_micros = self.sum_micros.saturating_add(micros);
        self.max_micros = self.max_micros.max(micros);
        if self.histogram.is_none() {
            self.histogram = Histogram::new_with_bounds(1, MICROS_MOST, DIGITS).ok().map(Box::new);
        }
        if let Some(histogram) = &mut self.histogram {
            histogram.saturating_record(micros);
        }
    }

    /// How many times were recorded.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// All recorded times together.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros)
    }

    /// The time that half of all stayed within; `None` before the first.
    #[must_use]
    pub fn p50(&self) -> Option<Duration> {
        self.quantile(0.5)
    }

    /// The time that nine of ten stayed within; `None` before the first.
    #[must_use]
    pub fn p90(&self) -> Option<Duration> {
        self.quantile(0.9)
    }

    /// The time that 99 of 100 stayed within; `None` before the first.
    #[must_use]
    pub fn p99(&self) -> Option<Duration> {
        self.quantile(0.99)
    }

    /// The longest, exactly; `None` before the first.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_micros(self.max_micros))
    }

    /// The mean, exactly; `None` before the first.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        self.sum_micros.checked_div(self.count).map(Duration::from_micros)
    }

    /// The histogram rounds up to the end of a bucket, which may lie beyond the longest time.
    fn quantile(&self, quantile: f64) -> Option<Duration> {
        let histogram = self.histogram.as_ref()?;
        let micros = histogram.value_at_quantile(quantile).min(self.max_micros);
        Some(Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_out_of_range_count_as_its_ends() {
        let table = [
            (Duration::ZERO, Duration::from_micros(1)),
            (Duration::from_nanos(10), Duration::from_micros(1)),
            (Duration::from_hours(1), Duration::from_hours(1)),
            (Duration::from_mins(61), Duration::from_hours(1)),
            (Duration::MAX, Duration::from_hours(1)),
        ];
        for (took, want) in table {
            let mut latency = Latency::default();
            latency.record(took);
            let all = [latency.p50(), latency.p90(), latency.p99(), latency.max(), latency.mean()];
            assert_eq!(all, [Some(want); 5], "{took:?}");
        }
    }

    #[test]
    fn nothing_is_allocated_before_the_first_and_no_more_after_it() {
        let mut latency = Latency::default();
        assert!(latency.histogram.is_none());
        latency.record(Duration::from_micros(1));
        let buckets = latency.histogram.as_ref().unwrap().distinct_values();
        for micros in 0..10_000_u64 {
            latency.record(Duration::from_micros(micros * 1_000_000));
        }
        assert_eq!(latency.histogram.as_ref().unwrap().distinct_values(), buckets);
        assert!(buckets * 8 < 32_768, "{buckets} buckets");
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_one_per_cent_of_the_sorted_list(
            mut micros in proptest::collection::vec(1_u64..5_000_000_000, 1..200)
        ) {
            let mut latency = Latency::default();
            for &one in &micros {
                latency.record(Duration::from_micros(one));
            }
            for one in &mut micros {
                *one = (*one).min(MICROS_MOST);
            }
            micros.sort_unstable();
            for (percent, got) in [(50, latency.p50()), (90, latency.p90()), (99, latency.p99())] {
                let rank = (micros.len() * percent).div_ceil(100);
                let want = micros[rank - 1];
                let got = u64::try_from(got.unwrap().as_micros()).unwrap();
                prop_assert!(got.abs_diff(want) * 100 <= want, "p{} {} {}", percent, got, want);
            }
        }
    }
}
