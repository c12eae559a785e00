//! What chance decides, from a seed.

use crate::chance::Lot;

/// A generator of pseudo-random numbers.
///
/// `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of one kind of chance, and one of those that draw from it.
    #[must_use]
    pub fn of(seed: u64, lot: Lot, index: u64) -> Self {
        let mut random = Self(seed ^ (lot as u64).wrapping_mul(0xa076_1d64_78bd_642f));
        let mixed = random.draw() ^ index.wrapping_mul(0xe703_7ed1_a0b4_28db);
        Self(mixed)
    }

    /// 64 random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `most`, which is not zero.
    pub fn below(&mut self, most: u64) -> u64 {
        self.draw() % most
    }

    /// An index below `most`, which is not zero.
    pub fn index(&mut self, most: usize) -> usize {
        usize::try_from(self.below(most as u64)).unwrap_or(0)
    }

    /// True so many times in a thousand.
    pub fn permille(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// A number from `least` to `most`, small ones as likely as large ones: each doubling of it has the same share.
    pub fn scale(&mut self, least: u64, most: u64) -> u64 {
        let doublings = u64::from(most.checked_div(least.max(1)).unwrap_or(1).max(1).ilog2()) + 1;
        let low = least.max(1) << self.below(doublings);
        (low + self.below(low)).clamp(least, most)
    }

    /// A time that an event of this mean distance takes to come.
    pub fn wait(&mut self, mean: u64) -> u64 {
        // -ln(u) by the first terms of its series in 1 - u, in thousandths: there is no float in this world.
        let rest = self.below(1_000);
        let (mut power, mut thousandths) = (1_000, 0);
        for k in 1..=12 {
            power = power * rest / 1_000;
            thousandths += power / k;
        }
        (mean * thousandths / 1_000).max(1)
    }

    /// 32 random bytes, for the engine's own generator.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&self.draw().to_le_bytes());
        }
        seed
    }
}
