//! How bytes become numbers and names again, and what is refused on the way.

use crate::error::{Code, Error};
use crate::id::Key;
use crate::limit::{COUNTER_MAX, Limits};
use crate::plant::planted;

/// Reads the compact binary form; every method fails on bytes that are not it.
///
/// Nothing is allocated for what the bytes only claim: lengths and counts are checked against what
/// remains. After an error the reader stands anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What is not read yet.
    rest: &'a [u8],
    /// The bounds of what is read.
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// A reader of these bytes within these limits.
    #[must_use]
    pub const fn new(bytes: &'a [u8], limits: &'a Limits) -> Self {
        Self { rest: bytes, limits }
    }

    /// Bytes not read yet.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Refuses bytes after the end.
    pub fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(malformed("the end", &format!("{} bytes more", self.rest.len())))
    }

    /// The next byte, which stays unread.
    pub fn peek(&self) -> Result<u8, Error> {
        self.rest.first().copied().ok_or_else(ended)
    }

    /// One byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, Error> {
        crate::plant::panic_if(planted!(PanicOnShortFrame) && self.rest.is_empty());
        let Some((byte, rest)) = self.rest.split_first() else { return Err(ended()) };
        self.rest = rest;
        Ok(*byte)
    }

    /// One byte in which only these bits may be set.
    pub fn flags(&mut self, known: u8) -> Result<u8, Error> {
        let flags = self.byte()?;
        if flags & !known != 0 {
            return Err(malformed("known flags", &format!("{flags:#04x}")));
        }
        Ok(flags)
    }

    /// This many bytes as they are.
    #[inline]
    pub fn raw(&mut self, size: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(size) else {
            return Err(short_of(size, self.rest.len()));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned number up to 2^64 - 1 in its shortest form.
    #[inline]
    pub fn number(&mut self) -> Result<u64, Error> {
        // Most are small.
        match self.rest.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.large_number(),
        }
    }

    fn large_number(&mut self) -> Result<u64, Error> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let placed = bits.wrapping_shl(shift);
            let fits = placed.wrapping_shr(shift) == bits;
            let shortest = byte != 0 || shift == 0 || planted!(NumberTooLong);
            if !fits || !shortest {
                break;
            }
            number |= placed;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(malformed("a number of 64 bits in its shortest form", "another form"))
    }

    /// A number of at most 2^53 - 1.
    pub fn counter(&mut self) -> Result<u64, Error> {
        let number = self.number()?;
        if number > COUNTER_MAX {
            return Err(malformed("a counter of at most 2^53 - 1", &number.to_string()));
        }
        Ok(number)
    }

    /// A number of at most 2^32 - 1.
    #[inline]
    pub fn short(&mut self) -> Result<u32, Error> {
        let number = self.number()?;
        u32::try_from(number)
            .map_err(|_| malformed("a number of at most 2^32 - 1", &number.to_string()))
    }

    /// A signed number of 64 bits.
    pub fn signed(&mut self) -> Result<i64, Error> {
        let number = self.number()?;
        let sign = if number & 1 == 0 { 0 } else { u64::MAX };
        Ok((number >> 1 ^ sign).cast_signed())
    }

    /// A number of elements, each of which takes at least `smallest` bytes of what remains.
    #[inline]
    pub fn count(&mut self, smallest: usize) -> Result<usize, Error> {
        let number = self.number()?;
        let most = self.rest.len().checked_div(smallest.max(1)).unwrap_or_default();
        match usize::try_from(number) {
            Ok(count) if count <= most => Ok(count),
            _ => Err(too_many(number, most)),
        }
    }

    /// 8 bytes, little endian.
    pub fn fixed_u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// 16 bytes, little endian.
    pub fn fixed_u128(&mut self) -> Result<u128, Error> {
        Ok(u128::from_le_bytes(self.array()?))
    }

    /// A length and that many bytes of UTF-8.
    #[inline]
    pub fn text(&mut self) -> Result<&'a str, Error> {
        utf8(self.blob()?)
    }

    /// A length and that many bytes.
    #[inline]
    pub fn blob(&mut self) -> Result<&'a [u8], Error> {
        let size = self.count(1)?;
        self.raw(size)
    }

    /// A key, within the limit of its bytes.
    pub fn key(&mut self) -> Result<Key, Error> {
        let text = self.text()?;
        self.limits.check_key(text)?;
        Key::new(text)
    }

    /// A code; refuses a number that is none.
    pub fn code(&mut self) -> Result<Code, Error> {
        let number = self.short()?;
        let code = i32::try_from(number).ok().and_then(i32::checked_neg);
        code.and_then(Code::from_number)
            .ok_or_else(|| malformed("a known code", &format!("-{number}")))
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Error> {
        let mut array = [0; SIZE];
        array.copy_from_slice(self.raw(SIZE)?);
        Ok(array)
    }
}

/// Bytes as text.
#[inline]
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| not_utf8(error.valid_up_to()))
}

#[cold]
fn not_utf8(at: usize) -> Error {
    Error::new(Code::InvalidUtf8, "UTF-8", format!("another byte at {at}"))
}

#[cold]
fn ended() -> Error {
    malformed("a byte", "the end")
}

#[cold]
fn short_of(size: usize, left: usize) -> Error {
    malformed(format!("{size} bytes"), &left.to_string())
}

#[cold]
fn too_many(number: u64, most: usize) -> Error {
    let expected = format!("a count of at most {most}, for the bytes that remain");
    malformed(expected, &number.to_string())
}

/// Bytes that are not the compact form.
pub(super) fn malformed(expected: impl Into<std::borrow::Cow<'static, str>>, got: &str) -> Error {
    Error::new(Code::Malformed, expected, got)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Writer;

    fn read<'a, T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut reader = Reader::new(bytes, &Limits::HARD);
        let read = read(&mut reader)?;
        reader.finish()?;
        Ok(read)
    }

    #[test]
    fn numbers_have_one_form() {
        for (bytes, want) in [
            (&[0x00][..], Some(0)),
            (&[0x7f], Some(127)),
            (&[0x80, 0x01], Some(128)),
            (&[0xe5, 0x8e, 0x26], Some(624_485)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Some(u64::MAX)),
            (&[], None),
            (&[0x80], None),
            (&[0x80, 0x00], None),
            (&[0xff, 0x00], None),
            (&[0x81, 0x80, 0x00], None),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], None),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00], None),
            (&[0x80; 64], None),
        ] {
            assert_eq!(read(bytes, Reader::number).ok(), want, "{bytes:02x?}");
        }
    }

    #[test]
    fn claims_beyond_the_bytes_are_refused_before_anything_is_allocated() {
        let mut huge = Writer::new();
        huge.number(1 << 60);
        huge.raw(b"abc");
        for result in [
            read(huge.as_bytes(), |reader| reader.count(1)).map(|_| ()),
            read(huge.as_bytes(), |reader| reader.blob().map(|_| ())),
            read(huge.as_bytes(), |reader| reader.text().map(|_| ())),
            read(huge.as_bytes(), |reader| reader.counter().map(|_| ())),
            read(huge.as_bytes(), |reader| reader.short().map(|_| ())),
            read(&[2, 0, 0, 0], |reader| reader.count(2).map(|_| ())),
        ] {
            assert_eq!(result.unwrap_err().code, Code::Malformed);
        }
    }

    #[test]
    fn names_and_codes_are_checked() {
        let key = |text: &str| {
            let mut out = Writer::new();
            out.text(text);
            read(out.as_bytes(), Reader::key)
        };
        assert_eq!(key("a").unwrap().as_str(), "a");
        assert_eq!(key("").unwrap_err().code, Code::InvalidName);
        assert_eq!(key(&"a".repeat(1_025)).unwrap_err().code, Code::InvalidName);
        assert_eq!(read(&[2, 0xc3, 0x28], Reader::key).unwrap_err().code, Code::InvalidUtf8);
        assert!(read(&[0], Reader::code).is_err() && read(&[0x7f], Reader::code).is_err());
        assert!(read(&[0x80, 0x80, 0x80, 0x80, 0x08], Reader::code).is_err());
        for &code in Code::ALL {
            let mut out = Writer::new();
            out.code(code);
            assert_eq!(read(out.as_bytes(), Reader::code).unwrap(), code);
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(number: u64, signed: i64, wide: u128) {
            let mut out = Writer::new();
            out.number(number);
            out.signed(signed);
            out.fixed_u64(number);
            out.fixed_u128(wide);
            let back = read(out.as_bytes(), |reader| {
                let first = (reader.number()?, reader.signed()?);
                Ok((first, reader.fixed_u64()?, reader.fixed_u128()?))
            });
            prop_assert_eq!(back.unwrap(), ((number, signed), number, wide));
        }
    }
}
