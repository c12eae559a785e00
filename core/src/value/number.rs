//! Numbers: which spellings are read, and the one spelling that is written (RFC 8785, section
//! 3.2.2.3, which is ECMAScript's).

use core::fmt::Write;

use crate::error::{Code, Error};

/// The largest integer whose neighbours a double tells apart.
const INT_MAX: i64 = (1 << 53) - 1;
/// The same as a double.
const INT_MAX_FLOAT: f64 = 9_007_199_254_740_991.0;
/// Digits and sign of [`INT_MAX`]: a longer spelling needs no look at its value.
const INT_BYTES_MAX: usize = 17;

/// A number that every language can hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// Whole and within [`INT_MAX`] of zero.
    Int(i64),
    /// Finite, and not what `Int` holds.
    Float(f64),
}

/// Where a number ends, and whether it is spelled as an integer: no point, no exponent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    pub(super) end: usize,
    pub(super) integer: bool,
}

impl Number {
    /// The number of a finite float.
    pub(super) fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value.trunc().to_bits() == value.to_bits() && value.abs() <= INT_MAX_FLOAT {
            return Some(Self::Int(truncated(value)));
        }
        Some(Self::Float(value))
    }

    /// The number of an integer, if no digit of it is lost.
    pub(super) fn from_i64(value: i64) -> Option<Self> {
        if (-INT_MAX..=INT_MAX).contains(&value) {
            return Some(Self::Int(value));
        }
        Self::read(&value.to_string(), true)
    }

    /// The number of a spelling that the grammar allows; `None` if it is out of range.
    pub(super) fn read(spelling: &str, integer: bool) -> Option<Self> {
        if integer && spelling.len() <= INT_BYTES_MAX {
            let value = spelling.parse::<i64>().ok()?;
            if (-INT_MAX..=INT_MAX).contains(&value) {
                return Some(Self::Int(value));
            }
        }
        let value = spelling.parse::<f64>().ok().filter(|value| value.is_finite())?;
        if integer && ryu_js::Buffer::new().format_finite(value) != spelling {
            return None;
        }
        Self::from_f64(value)
    }

    /// The number of a spelling that [`write`](Self::write) has made.
    pub(super) fn of_canonical(spelling: &str) -> Option<Self> {
        if spelling.len() <= INT_BYTES_MAX
            && let Ok(value) = spelling.parse::<i64>()
            && (-INT_MAX..=INT_MAX).contains(&value)
        {
            return Some(Self::Int(value));
        }
        Self::from_f64(spelling.parse().ok()?)
    }

    /// Appends the canonical spelling.
    pub(super) fn write(self, out: &mut String) {
        match self {
            // Writing to a string cannot fail.
            Self::Int(value) => write!(out, "{value}").unwrap_or_default(),
            Self::Float(value) => out.push_str(ryu_js::Buffer::new().format_finite(value)),
        }
    }

    /// Whether a spelling is the canonical one.
    pub(super) fn is_spelled(self, spelling: &str, integer: bool) -> bool {
        if integer {
            // An integer spelling has no leading zeros and is not rounded: only its sign can be idle.
            return spelling != "-0";
        }
        match self {
            Self::Int(_) => false,
            Self::Float(value) => ryu_js::Buffer::new().format_finite(value) == spelling,
        }
    }

    /// Bytes of the canonical spelling.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Int(value) => {
                let digits = value.unsigned_abs().checked_ilog10().unwrap_or(0).saturating_add(1);
                let sign = u32::from(value < 0);
                usize::try_from(digits.saturating_add(sign)).unwrap_or(usize::MAX)
            }
            Self::Float(value) => ryu_js::Buffer::new().format_finite(value).len(),
        }
    }

    /// The nearest double, which is exact.
    pub(super) fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => widened(value),
            Self::Float(value) => value,
        }
    }

    /// The sum, if it is within the numbers.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if let (Self::Int(one), Self::Int(two)) = (self, other) {
            let sum = one.checked_add(two)?;
            return (-INT_MAX..=INT_MAX).contains(&sum).then_some(Self::Int(sum));
        }
        Self::from_f64(self.to_f64() + other.to_f64())
    }
}

/// Where the number that starts at `at` ends; the error is where a digit is missing.
pub(super) fn spelling(bytes: &[u8], at: usize) -> Result<Spelling, usize> {
    let mut at = at;
    if bytes.get(at) == Some(&b'-') {
        at = at.saturating_add(1);
    }
    // A zero stands alone: what follows it is not part of the number.
    let mut end = match bytes.get(at) {
        Some(b'0') => at.saturating_add(1),
        _ => digits(bytes, at)?,
    };
    let mut integer = true;
    if bytes.get(end) == Some(&b'.') {
        integer = false;
        end = digits(bytes, end.saturating_add(1))?;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        integer = false;
        end = end.saturating_add(1);
        if matches!(bytes.get(end), Some(b'+' | b'-')) {
            end = end.saturating_add(1);
        }
        end = digits(bytes, end)?;
    }
    Ok(Spelling { end, integer })
}

/// The error for a number that is not finite or would lose digits.
pub(super) fn out_of_range(got: &str) -> Error {
    Error::new(Code::NumberOutOfRange, "a finite number that a double holds", got)
}

fn digits(bytes: &[u8], at: usize) -> Result<usize, usize> {
    let rest = bytes.get(at..).unwrap_or_default();
    let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    if count == 0 { Err(at) } else { Ok(at.saturating_add(count)) }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the caller has made sure that the float is whole and within 2^53"
)]
const fn truncated(value: f64) -> i64 {
    value as i64
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "an integer within 2^53 is exact as a double"
)]
const fn widened(value: i64) -> f64 {
    value as f64
}
