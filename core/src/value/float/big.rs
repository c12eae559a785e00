//! Whole numbers of any size, as far as floats need them.

use core::cmp::Ordering;

/// A whole number: digits of 32 bits, the lowest first, the last one not zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    pub(super) fn new(value: u64) -> Self {
        let mut big = Self(Vec::new());
        big.push(value);
        big
    }

    /// Appends a number above the digits there are.
    fn push(&mut self, value: u64) {
        let mut rest = value;
        while rest != 0 {
            self.0.push(low(rest));
            rest >>= 32;
        }
    }

    /// Multiplies by a number below 2^32, and adds one.
    pub(super) fn scale(&mut self, by: u32, plus: u32) {
        let mut carry = u64::from(plus);
        for digit in &mut self.0 {
            // At most (2^32 - 1)^2 + 2^32 - 1.
            let sum = u64::from(*digit).wrapping_mul(by.into()).wrapping_add(carry);
            *digit = low(sum);
            carry = sum >> 32;
        }
        self.push(carry);
    }

    /// Multiplies by a power of ten.
    pub(super) fn scale_ten(&mut self, power: u32) {
        for _ in 0..power {
            self.scale(10, 0);
        }
    }

    /// Multiplies by a power of two.
    pub(super) fn shift(&mut self, bits: u32) {
        if self.0.is_empty() {
            return;
        }
        self.scale(1 << (bits & 31), 0);
        let zeros = (0..bits >> 5).map(|_| 0);
        self.0.splice(0..0, zeros);
    }

    /// How many bits it has.
    pub(super) fn bits(&self) -> u32 {
        let Some(last) = self.0.last() else { return 0 };
        let digits = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        digits.saturating_mul(32).saturating_sub(last.leading_zeros())
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut carry = 0_u64;
        let mut others = other.0.iter();
        for digit in &mut self.0 {
            let other = others.next().copied().unwrap_or(0);
            let sum = u64::from(*digit).wrapping_add(other.into()).wrapping_add(carry);
            *digit = low(sum);
            carry = sum >> 32;
        }
        self.push(carry);
    }

    /// Takes away a number that is not larger.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut borrow = 0_u64;
        let mut others = other.0.iter();
        for digit in &mut self.0 {
            let other = u64::from(others.next().copied().unwrap_or(0)).wrapping_add(borrow);
            let rest = u64::from(*digit).wrapping_sub(other);
            *digit = low(rest);
            borrow = rest >> 63;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        let digits = || self.0.iter().rev().cmp(other.0.iter().rev());
        self.0.len().cmp(&other.0.len()).then_with(digits)
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}
