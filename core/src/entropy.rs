//! Random-looking names drawn from entropy that the caller gives.

#[cfg(feature = "fast")]
use rand_chacha::{
    ChaCha8Rng as Stream,
    rand_core::{Rng, SeedableRng},
};

#[cfg(not(feature = "fast"))]
use blocks::Stream;

#[cfg(any(test, not(feature = "fast")))]
mod blocks;

/// A stream of bits that a 32-byte seed determines (`ChaCha8`, RFC 8439 with 8 rounds).
///
/// The engine has no random source: a host passes fresh entropy at creation, and a test passes the
/// same bytes again to get the same names in every language.
///
/// ```
/// use syncline_core::Entropy;
/// let mut one = Entropy::new([7; 32]);
/// let mut two = Entropy::new([7; 32]);
/// assert_eq!(one.next_u64(), two.next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct Entropy(Stream);

impl Entropy {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Stream::from_seed(seed))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The next 128 bits.
    pub fn next_u128(&mut self) -> u128 {
        u128::from(self.next_u64()) << 64 | u128::from(self.next_u64())
    }
}
