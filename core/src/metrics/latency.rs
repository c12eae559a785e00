//! How long things took: a distribution, not an average.

use core::time::Duration;

/// Longest time that is told apart; longer ones count as this.
const MICROS_MOST: u64 = 3_600_000_000;
/// Buckets of equal width for the times from one power of two to the next: so many tell every quantile to
/// within one per cent, in about 26 kB.
const STEPS: u64 = 128;

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
    /// How many times are in each bucket; empty before the first.
    buckets: Vec<u64>,
}

impl Latency {
    /// Records one time; below 1 µs it counts as 1 µs, above 1 h as 1 h.
    pub fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).clamp(1, MICROS_MOST);
        self.count = self.count.saturating_add(1);
        self.sum_micros = self.sum_micros.saturating_add(micros);
        self.max_micros = self.max_micros.max(micros);
        if self.buckets.is_empty() {
            self.buckets = vec![0; bucket(MICROS_MOST).saturating_add(1)];
        }
        if let Some(count) = self.buckets.get_mut(bucket(micros)) {
            *count = count.saturating_add(1);
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
        self.percentile(50)
    }

    /// The time that nine of ten stayed within; `None` before the first.
    #[must_use]
    pub fn p90(&self) -> Option<Duration> {
        self.percentile(90)
    }

    /// The time that 99 of 100 stayed within; `None` before the first.
    #[must_use]
    pub fn p99(&self) -> Option<Duration> {
        self.percentile(99)
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

    /// The end of the bucket that so many of a hundred are in or before; never beyond the longest time.
    fn percentile(&self, percent: u64) -> Option<Duration> {
        let mut left = self.count.saturating_mul(percent).div_ceil(100);
        for (bucket, count) in (0..).zip(&self.buckets) {
            left = left.saturating_sub(*count);
            if left == 0 {
                return Some(Duration::from_micros(last_of(bucket).min(self.max_micros)));
            }
        }
        None
    }
}

/// By how many bits the times of a bucket are told shorter.
fn shift(micros: u64) -> u32 {
    // Two rows of buckets lie below the first power of two whose times do not have one each.
    micros.checked_ilog2().unwrap_or(0).saturating_sub(STEPS.ilog2())
}

/// The bucket of a time.
fn bucket(micros: u64) -> usize {
    let shift = shift(micros);
    let bucket = STEPS.saturating_mul(shift.into()).saturating_add(micros >> shift);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The longest time of a bucket.
const fn last_of(bucket: u64) -> u64 {
    let shift = (bucket / STEPS).saturating_sub(1);
    let first = bucket.saturating_sub(shift.saturating_mul(STEPS));
    (first.saturating_add(1) << shift).saturating_sub(1)
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
    fn every_time_is_in_the_bucket_that_ends_just_after_it() {
        let mut end = 0;
        for micros in 1..100_000 {
            let last = last_of(u64::try_from(bucket(micros)).unwrap());
            assert!(last >= micros && (last - micros) * 100 <= micros, "{micros} {last}");
            assert!(last == end || micros == end + 1, "{micros} starts a bucket after {end}");
            end = last;
        }
    }

    #[test]
    fn nothing_is_allocated_before_the_first_and_no_more_after_it() {
        let mut latency = Latency::default();
        assert_eq!(latency.buckets.capacity(), 0);
        latency.record(Duration::from_micros(1));
        let buckets = latency.buckets.capacity();
        for micros in 0..10_000_u64 {
            latency.record(Duration::from_micros(micros * 1_000_000));
        }
        assert_eq!(latency.buckets.capacity(), buckets);
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
