//! How numbers and names become bytes.

use crate::error::Code;

/// So many bytes are copied at once.
#[cfg(feature = "views")]
const SHORT: usize = 16;

/// Appends the compact binary form.
///
/// ```
/// use syncline_core::Limits;
/// use syncline_core::wire::{Reader, Writer};
/// let mut out = Writer::new();
/// out.number(300);
/// out.text("cart");
/// let limits = Limits::default();
/// let mut reader = Reader::new(out.as_bytes(), &limits);
/// assert_eq!(reader.number().unwrap(), 300);
/// assert_eq!(reader.text().unwrap(), "cart");
/// assert!(reader.finish().is_ok());
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Forgets what was written, and keeps its place for more.
    #[cfg(feature = "host")]
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The bytes written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes are written so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// An unsigned number, LEB128, shortest form.
    #[inline]
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.bytes.push(0x80 | low_bits(number));
            number >>= 7;
        }
        self.bytes.push(low_bits(number));
    }

    /// A count or a length, as a number.
    pub fn size(&mut self, size: usize) {
        self.number(u64::try_from(size).unwrap_or(u64::MAX));
    }

    /// A signed number: 0, -1, 1, -2 and so on become 0, 1, 2, 3, so that small ones stay short.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    /// 8 bytes, little endian.
    pub fn fixed_u64(&mut self, bits: u64) {
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }

    /// 16 bytes, little endian.
    pub fn fixed_u128(&mut self, bits: u128) {
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }

    /// A length and that many bytes.
    pub fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }

    /// A length and that many bytes.
    pub fn blob(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.raw(bytes);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes as they are, which a longer range begins with: short ones are copied with what is behind them,
    /// which costs less than a copy of just so many.
    #[cfg(feature = "views")]
    #[inline]
    pub(crate) fn start(&mut self, bytes: &[u8], all: &[u8]) {
        match all.first_chunk::<SHORT>() {
            Some(chunk) if bytes.len() <= SHORT => {
                let end = self.bytes.len().saturating_add(bytes.len());
                self.bytes.extend_from_slice(chunk);
                self.bytes.truncate(end);
            }
            _ => self.raw(bytes),
        }
    }

    /// A code, as the number that it is without its sign.
    pub fn code(&mut self, code: Code) {
        self.number(u64::from(code.number().unsigned_abs()));
    }
}

/// The lowest 7 bits.
fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}
