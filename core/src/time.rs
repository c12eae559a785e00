//! Time as the caller tells it.

use core::time::Duration;

/// An instant, in microseconds since an origin the caller picked once.
///
/// The engine only compares, adds and subtracts. It never asks what time it is.
///
/// ```
/// use core::time::Duration;
/// use syncline_core::Time;
/// let start = Time::from_millis(5);
/// assert_eq!(start.after(Duration::from_millis(2)), Time::from_micros(7_000));
/// assert_eq!(Time::from_millis(9).since(start), Duration::from_millis(4));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Time(u64);

impl Time {
    /// The instant `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The instant `millis` milliseconds after the origin; stays representable on overflow.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This instant moved later by `by`; stays at the last representable instant on overflow.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this instant is; zero if it is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A duration as JSON: whole milliseconds, below 2^53.
pub(crate) mod millis {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    const COUNTER_MAX: u64 = (1 << 53) - 1;

    pub(crate) fn serialize<S: Serializer>(from: &Duration, to: S) -> Result<S::Ok, S::Error> {
        let millis = u64::try_from(from.as_millis()).unwrap_or(COUNTER_MAX);
        to.serialize_u64(millis.min(COUNTER_MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let millis = u64::deserialize(from)?;
        if millis > COUNTER_MAX {
            return Err(de::Error::custom("milliseconds are at most 2^53 - 1"));
        }
        Ok(Duration::from_millis(millis))
    }
}
