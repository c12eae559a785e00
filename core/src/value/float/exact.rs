//! Floats written and read by exact arithmetic: slower than with tables, and with a tenth of their bytes.

use core::cmp::Ordering;

use super::big::Big;

/// Bits of a float's fraction.
const FRACTION: u32 = 52;
/// What is added to exponents.
const BIAS: i32 = 1_023;
/// The exponent of the least fractions.
const LEAST: i32 = -1_022;
/// Digits that can decide between two floats; of those that follow it only counts whether all are zero.
const DIGITS: usize = 800;

/// Gives a float as ECMAScript spells it, also one that no number is.
pub(in super::super) fn with<T>(value: f64, take: impl FnOnce(&str) -> T) -> T {
    take(&text(value))
}

fn text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let mut out = String::new();
    if value < 0.0 {
        out.push('-');
    }
    if value.is_infinite() {
        out.push_str("Infinity");
    } else if value.abs() > 0.0 {
        let (digits, point) = shortest(value.to_bits());
        lay_out(&mut out, &digits, point);
    } else {
        out.push('0');
    }
    out
}

/// Digits with the point after so many of them, as ECMAScript lays them out (`Number::toString`).
fn lay_out(out: &mut String, digits: &str, point: i32) {
    let len = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let (whole, fraction, exponent) = match point {
        1..=21 => (point, String::new(), 0),
        -5..=0 => (0, zeros(point.saturating_neg()), 0),
        _ => (1, String::new(), point.saturating_sub(1)),
    };
    let (before, after) =
        digits.split_at_checked(usize::try_from(whole).unwrap_or_default()).unwrap_or((digits, ""));
    out.push_str(if before.is_empty() { "0" } else { before });
    out.push_str(&zeros(whole.saturating_sub(len)));
    if !after.is_empty() {
        out.push('.');
        out.push_str(&fraction);
        out.push_str(after);
    }
    if exponent != 0 {
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        out.push_str(&exponent.unsigned_abs().to_string());
    }
}

/// The fraction of a float as a whole number, and its exponent of two.
fn parts(bits: u64) -> (u64, i32) {
    let fraction = bits & (1_u64 << FRACTION).wrapping_sub(1);
    let exponent = i32::try_from(bits >> FRACTION & 0x7ff).unwrap_or_default();
    let shift = BIAS.saturating_add(52);
    if exponent == 0 {
        return (fraction, 1_i32.saturating_sub(shift));
    }
    (fraction | 1 << FRACTION, exponent.saturating_sub(shift))
}

/// The fewest digits that no other float is nearer to, of those the nearest, and where the point stands:
/// after so many of them. The way of Steele and White, with the scale of Burger and Dybvig.
fn shortest(bits: u64) -> (String, i32) {
    let (fraction, exponent) = parts(bits);
    let even = fraction & 1 == 0;
    // The float below is half as far away as the float above, where the exponent changes between them.
    let uneven = u32::from(fraction == 1 << FRACTION && exponent > LEAST.saturating_sub(52));
    // All four are scaled alike: the rest of the value, one, and half the way to the floats beside it.
    let mut rest = Big::new(fraction);
    let mut one = Big::new(1);
    let mut below = Big::new(1);
    let up = u32::try_from(exponent).unwrap_or(0);
    let down = u32::try_from(exponent.saturating_neg()).unwrap_or(0);
    rest.shift(up.saturating_add(1).saturating_add(uneven));
    one.shift(down.saturating_add(1).saturating_add(uneven));
    below.shift(up);
    let mut above = below.clone();
    above.shift(uneven);
    let reaches = |rest: &Big, above: &Big, one: &Big| {
        let mut sum = rest.clone();
        sum.add(above);
        let order = sum.cmp(one);
        order == Ordering::Greater || even && order == Ordering::Equal
    };
    let mut point = 0_i32;
    while reaches(&rest, &above, &one) {
        one.scale(10, 0);
        point = point.saturating_add(1);
    }
    let mut digits = String::new();
    loop {
        for part in [&mut rest, &mut below, &mut above] {
            part.scale(10, 0);
        }
        // The first digits of a small number are zeros that nobody writes.
        if digits.is_empty() && !reaches(&rest, &above, &one) {
            point = point.saturating_sub(1);
            continue;
        }
        let mut digit = b'0';
        while rest >= one {
            rest.subtract(&one);
            digit = digit.wrapping_add(1);
        }
        let order = rest.cmp(&below);
        let low = order == Ordering::Less || even && order == Ordering::Equal;
        let high = reaches(&rest, &above, &one);
        if !low && !high {
            digits.push(char::from(digit));
            continue;
        }
        rest.shift(1);
        let nearer_above = match rest.cmp(&one) {
            Ordering::Less => false,
            Ordering::Equal => digit & 1 != 0,
            Ordering::Greater => true,
        };
        if high && (!low || nearer_above) {
            digit = digit.wrapping_add(1);
        }
        digits.push(char::from(digit));
        return (digits, point);
    }
}

/// A finite float with so many digits after the point, the nearest ones, of two the even one.
#[cfg(any(test, feature = "views"))]
pub(super) fn fixed(value: f64, places: usize) -> String {
    let (fraction, exponent) = parts(value.abs().to_bits());
    let mut rest = Big::new(fraction);
    let mut one = Big::new(1);
    rest.shift(u32::try_from(exponent).unwrap_or(0));
    one.shift(u32::try_from(exponent.saturating_neg()).unwrap_or(0));
    let mut whole = 1_usize;
    loop {
        let mut ten = one.clone();
        ten.scale(10, 0);
        if rest < ten {
            break;
        }
        one = ten;
        whole = whole.saturating_add(1);
    }
    let mut digits = Vec::new();
    for nth in 0..whole.saturating_add(places) {
        if nth > 0 {
            rest.scale(10, 0);
        }
        let mut digit = b'0';
        while rest >= one {
            rest.subtract(&one);
            digit = digit.wrapping_add(1);
        }
        digits.push(digit);
    }
    rest.shift(1);
    let odd = digits.last().is_some_and(|digit| digit & 1 != 0);
    let mut up = match rest.cmp(&one) {
        Ordering::Less => false,
        Ordering::Equal => odd,
        Ordering::Greater => true,
    };
    for digit in digits.iter_mut().rev() {
        if !up {
            break;
        }
        up = *digit == b'9';
        *digit = if up { b'0' } else { digit.wrapping_add(1) };
    }
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    if up {
        out.push('1');
    }
    for (nth, digit) in digits.into_iter().enumerate() {
        if nth == whole {
            out.push('.');
        }
        out.push(char::from(digit));
    }
    out
}

/// The float nearest to a decimal, of two the even one; infinite if it is too large. `None` for text that
/// is no decimal.
pub(in super::super) fn parse(spelling: &str) -> Option<f64> {
    let unsigned = spelling.strip_prefix('-').unwrap_or(spelling);
    let (decimal, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let mut digits = Big::new(0);
    let (mut count, mut more, mut ten) = (0_usize, false, power(exponent)?);
    for (nth, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let digit = char::from(digit).to_digit(10)?;
        let behind = i32::from(nth >= whole.len());
        ten = ten.saturating_sub(behind);
        if count == DIGITS {
            more |= digit != 0;
            ten = ten.saturating_add(1);
        } else if count > 0 || digit > 0 {
            count = count.saturating_add(1);
            digits.scale(10, digit);
        }
    }
    let places = ten.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
    if more {
        digits.scale(10, 1);
        ten = ten.saturating_sub(1);
    }
    let bits = match places {
        _ if count == 0 => 0,
        310.. => f64::INFINITY.to_bits(),
        ..-330 => 0,
        _ => nearest(digits, ten),
    };
    let value = f64::from_bits(bits);
    Some(if unsigned.len() == spelling.len() { value } else { -value })
}

/// The number of an exponent; one of any length is the largest that matters.
fn power(exponent: &str) -> Option<i32> {
    let digits = exponent.trim_start_matches(['+', '-']);
    let number = digits.bytes().try_fold(0_i32, |sum, digit| {
        let digit = char::from(digit).to_digit(10).and_then(|digit| i32::try_from(digit).ok())?;
        Some(sum.saturating_mul(10).saturating_add(digit))
    })?;
    Some(if exponent.starts_with('-') { number.saturating_neg() } else { number })
}

/// The bits of the float that is nearest to `value * 10^ten`; `value` is not zero.
fn nearest(value: Big, ten: i32) -> u64 {
    let (mut above, mut below) = (value, Big::new(1));
    above.scale_ten(u32::try_from(ten).unwrap_or(0));
    below.scale_ten(u32::try_from(ten.saturating_neg()).unwrap_or(0));
    // Shifted so that the quotient is at least 1 and less than 2.
    let bits = |big: &Big| i32::try_from(big.bits()).unwrap_or(i32::MAX);
    let mut exponent = bits(&above).saturating_sub(bits(&below));
    below.shift(u32::try_from(exponent).unwrap_or(0));
    above.shift(u32::try_from(exponent.saturating_neg()).unwrap_or(0));
    if above < below {
        above.shift(1);
        exponent = exponent.saturating_sub(1);
    }
    if exponent > BIAS {
        return f64::INFINITY.to_bits();
    }
    let lost = LEAST.saturating_sub(exponent).max(0);
    let Ok(wanted) = u32::try_from(53_i32.saturating_sub(lost)) else { return 0 };
    let mut fraction = 0_u64;
    for _ in 0..wanted {
        fraction <<= 1;
        if above >= below {
            above.subtract(&below);
            fraction |= 1;
        }
        above.shift(1);
    }
    let up = match above.cmp(&below) {
        Ordering::Less => 0,
        Ordering::Equal => fraction & 1,
        Ordering::Greater => 1,
    };
    let rounded = fraction.wrapping_add(up);
    if lost > 0 {
        return rounded;
    }
    // A carry out of the fraction goes into the exponent, where it belongs.
    let exponent = u64::try_from(exponent.saturating_add(BIAS)).unwrap_or_default();
    (exponent << FRACTION).wrapping_add(rounded).wrapping_sub(1 << FRACTION)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agree(value: f64) {
        let expected = ryu_js::Buffer::new().format(value).to_owned();
        assert_eq!(with(value, str::to_owned), expected, "{:x}", value.to_bits());
        if value.is_finite() {
            assert_eq!(parse(&expected), Some(expected.parse().unwrap()), "{expected}");
        }
    }

    fn agree_fixed(value: f64) {
        for places in [0, 1, 2, 3, 20] {
            let expected = format!("{value:.places$}");
            let got = fixed(value, places);
            assert!(got == expected || got == expected.replacen('-', "", 1), "{got} {expected}");
            let signed = value < 0.0;
            assert_eq!(got.starts_with('-'), signed);
        }
    }

    fn agree_read(spelling: &str) {
        let expected: f64 = spelling.parse().unwrap();
        let got = parse(spelling).unwrap();
        assert_eq!(got.to_bits(), expected.to_bits(), "{spelling}: {got} {expected}");
    }

    #[test]
    fn the_edges_of_floats() {
        for exponent in 0..=0x7fe_u64 {
            for fraction in [0, 1, 2, 0x8_0000_0000_0000, 0xf_ffff_ffff_fffe, 0xf_ffff_ffff_ffff] {
                agree(f64::from_bits(exponent << 52 | fraction));
            }
        }
        for value in [0.0, -0.0, 0.1, -1.5, 1e21, 1e20, 1e-6, 1e-7, f64::NAN, f64::INFINITY] {
            agree(value);
            agree(-value);
        }
        for value in
            [0.0, 0.5, 1.5, 2.5, 0.125, 0.375, 9.5, 99.995, 999_999.5, 1e21, 5e-324, f64::MAX]
        {
            agree_fixed(value);
            agree_fixed(-value);
        }
        for power in -330..=310 {
            agree(format!("1e{power}").parse().unwrap());
            agree_read(&format!("9.5e{power}"));
        }
    }

    #[test]
    fn decimals_half_way_and_beyond() {
        for spelling in [
            "9007199254740993",
            "9007199254740992.99999999999999999",
            "9007199254740993.00000000000000001",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
            "1e999999999999",
            "1e-999999999999",
            "0e999999999999",
            "0.000000000000000000000000000000000000000000000000000000000001",
            "100000000000000000000000000000000000000000e-40",
            "-0",
            "-0.0",
        ] {
            agree_read(spelling);
        }
        let half = format!("1{}", "0".repeat(2_000));
        agree_read(&half);
        agree_read(&format!("0.{}1", "0".repeat(2_000)));
        agree_read(&format!("{half}e-2000"));
        // A digit beyond those that are kept decides.
        agree_read(&format!("9007199254740993.{}", "0".repeat(1_000)));
        agree_read(&format!("9007199254740993.{}1", "0".repeat(1_000)));
        for wrong in ["x", "1x", "1ex", "1.x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn any_float_with_fixed_places(bits: u64, whole in -10_000_000_i32..10_000_000) {
            for value in [f64::from_bits(bits), f64::from(whole) / 1_000.0] {
                if value.is_finite() {
                    agree_fixed(value);
                }
            }
        }

        #[test]
        fn any_float(bits: u64) {
            agree(f64::from_bits(bits));
        }

        #[test]
        fn floats_of_people(whole in -1_000_000_i32..1_000_000, places in 0..8_u32) {
            agree(f64::from(whole) / 10_f64.powi(i32::try_from(places).unwrap()));
        }

        #[test]
        fn any_decimal(spelling in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?") {
            agree_read(&spelling);
        }

        /// Exactly between two floats, and a little beside.
        #[test]
        fn half_way(bits in 0..0x7fe0_0000_0000_0000_u64, tail in 0..3_usize) {
            let (one, two) = (f64::from_bits(bits), f64::from_bits(bits + 1));
            // Longer than any of both: what is between them needs one digit more.
            let (one, two) = (format!("{one:.1080}"), format!("{two:.1080}"));
            let sum: Vec<u8> = one.bytes().rev().zip(two.bytes().rev()).map(|(a, b)| a.wrapping_add(b)).collect();
            prop_assume!(one.len() == two.len());
            let mut half = String::new();
            let mut carry = 0;
            let mut digits: Vec<u8> = Vec::new();
            for digit in sum {
                if digit == b'.'.wrapping_add(b'.') {
                    digits.push(b'.');
                    continue;
                }
                let digit = digit - 2 * b'0' + carry;
                digits.push(digit % 10);
                carry = digit / 10;
            }
            let mut rest = carry;
            for digit in digits.into_iter().rev() {
                if digit == b'.' {
                    half.push('.');
                    continue;
                }
                let whole = rest * 10 + digit;
                half.push(char::from(b'0' + whole / 2));
                rest = whole % 2;
            }
            half.push(char::from(b'0' + rest * 5));
            half.push_str(["", "0001", "9"][tail]);
            let half = half.trim_start_matches('0');
            agree_read(&if half.starts_with('.') { format!("0{half}") } else { half.to_owned() });
        }
    }
}
