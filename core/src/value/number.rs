//! Numbers: which spellings are read, and the one spelling that is written (RFC 8785, section
//! 3.2.2.3, which is ECMAScript's).

use core::fmt::Write;

use super::float;
use crate::error::{Code, Error};

/// The largest integer whose neighbours a double tells apart.
const INT_MAX: i64 = (1 << 53) - 1;
/// The same as a double.
const INT_MAX_FLOAT: f64 = 9_007_199_254_740_991.0;
/// Digits and sign of [`INT_MAX`]: a longer spelling needs no look at its value.
const INT_BYTES_MAX: usize = 17;

/// Bytes of the longest canonical spelling, as of `-1.7976931348623157e+308`.
pub(super) const NUMBER_BYTES_MAX: usize = 25;
/// Digits of a decimal that a double always gives back.
const PLAIN_DIGITS: usize = 15;

/// A number that every language can hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// Whole and within [`INT_MAX`] of zero.
    Int(i64),
    /// Finite, and not what `Int` holds.
    Float(f64),
}

/// How a number is spelled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// Without a point, without an exponent.
    Integer,
    /// With a point only.
    Decimal,
    /// With an exponent.
    Exponent,
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
        Self::read(&value.to_string(), Form::Integer)
    }

    /// The number of a spelling that the grammar allows; `None` if it is out of range.
    pub(super) fn read(spelling: &str, form: Form) -> Option<Self> {
        if form == Form::Integer && spelling.len() <= INT_BYTES_MAX {
            let value = spelling.parse::<i64>().ok()?;
            if (-INT_MAX..=INT_MAX).contains(&value) {
                return Some(Self::Int(value));
            }
        }
        let value = float::parse(spelling).filter(|value| value.is_finite())?;
        if form == Form::Integer && !float::with(value, |text| text == spelling) {
            return None;
        }
        Self::from_f64(value)
    }

    /// The number that a short text is, if it is one and nothing else.
    pub(super) fn alone(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > INT_BYTES_MAX {
            return None;
        }
        let (end, form) = spelling(bytes, 0).ok().filter(|&(end, _)| end == bytes.len())?;
        Self::read(core::str::from_utf8(bytes.get(..end)?).ok()?, form)
    }

    /// The number of a spelling that [`write`](Self::write) has made.
    pub(super) fn of_canonical(spelling: &str) -> Option<Self> {
        if spelling.len() <= INT_BYTES_MAX
            && let Ok(value) = spelling.parse::<i64>()
            && (-INT_MAX..=INT_MAX).contains(&value)
        {
            return Some(Self::Int(value));
        }
        Self::from_f64(float::parse(spelling)?)
    }

    /// Appends the canonical spelling.
    pub(super) fn write(self, out: &mut String) {
        match self {
            // Writing to a string cannot fail.
            Self::Int(value) => write!(out, "{value}").unwrap_or_default(),
            Self::Float(value) => float::with(value, |text| out.push_str(text)),
        }
    }

    /// Whether a spelling is the canonical one.
    pub(super) fn is_spelled(self, spelling: &str, form: Form) -> bool {
        if form == Form::Integer {
            // An integer spelling has no leading zeros and is not rounded: only its sign can be idle.
            return spelling != "-0";
        }
        match self {
            Self::Int(_) => false,
            Self::Float(value) => float::with(value, |text| text == spelling),
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
            Self::Float(value) => float::with(value, str::len),
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

/// Where the number that starts at `at` ends, and its form; the error is where a digit is missing.
pub(super) fn spelling(bytes: &[u8], at: usize) -> Result<(usize, Form), usize> {
    let mut at = at;
    if bytes.get(at) == Some(&b'-') {
        at = at.saturating_add(1);
    }
    // A zero stands alone: what follows it is not part of the number.
    let mut end = match bytes.get(at) {
        Some(b'0') => at.saturating_add(1),
        _ => digits(bytes, at)?,
    };
    let mut form = Form::Integer;
    if bytes.get(end) == Some(&b'.') {
        form = Form::Decimal;
        end = digits(bytes, end.saturating_add(1))?;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        form = Form::Exponent;
        end = end.saturating_add(1);
        if matches!(bytes.get(end), Some(b'+' | b'-')) {
            end = end.saturating_add(1);
        }
        end = digits(bytes, end)?;
    }
    Ok((end, form))
}

/// Whether a spelling is surely the canonical one, which it may be without this.
///
/// That is so up to 15 digits: no two such decimals are nearest to one double, so the shortest
/// decimal for the double is this one. Integers have no leading zero by the grammar; a fraction may
/// not end in one, and does not begin with so many zeros that an exponent is shorter.
pub(super) fn is_plain(spelling: &str, form: Form) -> bool {
    let digits = spelling.strip_prefix('-').unwrap_or(spelling);
    match form {
        Form::Integer => digits.len() <= PLAIN_DIGITS && spelling != "-0",
        Form::Decimal => {
            digits.len() <= PLAIN_DIGITS.saturating_add(1)
                && !digits.ends_with('0')
                && !digits.starts_with("0.000000")
        }
        Form::Exponent => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785, appendix B.
    const SAMPLES: &[(u64, &str)] = &[
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];

    fn read(spelled: &str) -> Option<Number> {
        let (end, form) = spelling(spelled.as_bytes(), 0).unwrap();
        assert_eq!(end, spelled.len(), "{spelled}");
        Number::read(spelled, form)
    }

    fn written(number: Number) -> String {
        let mut out = String::new();
        number.write(&mut out);
        assert!(out.len() == number.len() && out.len() <= NUMBER_BYTES_MAX, "{out}");
        out
    }

    #[test]
    fn a_double_is_written_as_the_rfc_says_and_read_back() {
        for &(bits, text) in SAMPLES {
            let number = Number::from_f64(f64::from_bits(bits)).unwrap();
            assert_eq!(written(number), text);
            let again = read(text).unwrap();
            let same = again.to_f64().partial_cmp(&f64::from_bits(bits));
            assert_eq!(same, Some(core::cmp::Ordering::Equal), "{text}");
            assert_eq!(written(again), text);
        }
        for bits in [0x7fff_ffff_ffff_ffff, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000] {
            assert!(Number::from_f64(f64::from_bits(bits)).is_none());
        }
    }

    #[test]
    fn spellings() {
        #[rustfmt::skip]
        let table = [
            ("333333333.33333329", Some("333333333.3333333")), ("1E30", Some("1e+30")),
            ("4.50", Some("4.5")), ("2e-3", Some("0.002")), ("1e-27", Some("1e-27")),
            ("0.000000000000000000000000001", Some("1e-27")),
            ("-0", Some("0")), ("-0.0", Some("0")), ("0e9", Some("0")), ("1.0", Some("1")),
            ("1e2", Some("100")), ("1e20", Some("100000000000000000000")), ("1e21", Some("1e+21")),
            ("1e-400", Some("0")), ("-1e-400", Some("0")), ("5e-324", Some("5e-324")),
            ("9007199254740991", Some("9007199254740991")),
            ("-9007199254740991", Some("-9007199254740991")),
            ("9007199254740992", Some("9007199254740992")),
            ("9007199254740993", None), ("-9007199254740993", None),
            ("9007199254740993.0", Some("9007199254740992")),
            ("9007199254740994", Some("9007199254740994")),
            ("9223372036854775807", None), ("9223372036854775808", None),
            ("9223372036854776000", Some("9223372036854776000")),
            ("18446744073709551616", None), ("18446744073709552000", Some("18446744073709552000")),
            ("100000000000000000000", Some("100000000000000000000")),
            ("1000000000000000000000", None),
            ("1e999", None), ("-1e999", None), ("1e99999999999999999999", None),
        ];
        for (spelled, expected) in table {
            assert_eq!(read(spelled).map(written).as_deref(), expected, "{spelled}");
        }
        let digits = "9".repeat(400);
        assert!(read(&digits).is_none() && read(&format!("0.{digits}")).is_some());
    }

    #[test]
    fn a_number_ends_where_the_grammar_ends_it() {
        use Form::{Decimal, Exponent, Integer};
        #[rustfmt::skip]
        let table = [
            ("0", Ok((1, Integer))), ("01", Ok((1, Integer))), ("-0x", Ok((2, Integer))),
            ("12,", Ok((2, Integer))), ("1.5", Ok((3, Decimal))), ("1e5]", Ok((3, Exponent))),
            ("1E+05", Ok((5, Exponent))), ("1.2e-3 ", Ok((6, Exponent))), ("1.5.", Ok((3, Decimal))),
            ("-", Err(1)), ("-a", Err(1)), ("1.", Err(2)), ("1.e5", Err(2)), ("1e", Err(2)),
            ("1e+", Err(3)), ("+1", Err(0)), (".5", Err(0)), ("", Err(0)),
        ];
        for (text, expected) in table {
            assert_eq!(spelling(text.as_bytes(), 0), expected, "{text}");
        }
    }

    #[test]
    fn integers_sum_exactly_or_overflow_and_floats_sum_to_the_nearest() {
        #[rustfmt::skip]
        let table = [
            ("1", "2", Some("3")), ("1", "-1", Some("0")), ("0.1", "0.2", Some("0.30000000000000004")),
            ("0.5", "0.5", Some("1")), ("9007199254740991", "1", None),
            ("-9007199254740991", "-1", None), ("9007199254740990", "1", Some("9007199254740991")),
            ("9007199254740992", "1", Some("9007199254740992")), ("1e308", "1e308", None),
            ("0.5", "-0.5", Some("0")),
        ];
        for (one, two, expected) in table {
            let sum = read(one).unwrap().plus(read(two).unwrap());
            assert_eq!(sum.map(written).as_deref(), expected, "{one} + {two}");
        }
    }
    proptest::proptest! {
        #[test]
        fn what_is_plain_is_canonical(whole in 0..1_000_000_u64, fraction in "[0-9]{1,16}", sign: bool) {
            let sign = if sign { "-" } else { "" };
            for text in [format!("{sign}{whole}.{fraction}"), format!("{sign}0.{fraction}")] {
                if is_plain(&text, Form::Decimal) {
                    proptest::prop_assert_eq!(written(read(&text).unwrap()), text);
                }
            }
        }
    }

    #[test]
    fn what_is_not_surely_canonical_is_not_plain() {
        for text in ["-0", "1234567890123456"] {
            assert!(!is_plain(text, Form::Integer), "{text}");
        }
        for text in
            ["0.0", "-0.0", "1.50", "1e5", "1E5", "1.5e-7", "0.0000001", "0.1234567890123456"]
        {
            let (_, form) = spelling(text.as_bytes(), 0).unwrap();
            assert!(!is_plain(text, form), "{text}");
        }
        assert!(is_plain("0", Form::Integer) && is_plain("-123456789012345", Form::Integer));
        for text in ["0.000001", "-0.0000012", "0.1", "-12.5"] {
            assert!(is_plain(text, Form::Decimal), "{text}");
            assert_eq!(written(read(text).unwrap()), text);
        }
    }
}
