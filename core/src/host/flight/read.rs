//! What of a file is a recording: blocks whose checks are right, and where it was torn off.

use crate::error::{Code, Error};

use super::file::{BLOCK_HEAD, HEAD, head_check, records_check};

/// The blocks of a recording.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    rest: &'a [u8],
    place: u64,
    /// Bytes at the end that are no whole block: writing was cut off.
    pub(super) torn_bytes: usize,
}

impl<'a> Blocks<'a> {
    /// # Errors
    /// `StorageCorrupt` for what does not begin as a recording, or is one of another version, which the error names.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let wrong = || {
            let got = format!("{:?}", bytes.get(..bytes.len().min(HEAD.len())).unwrap_or_default());
            Error::new(Code::StorageCorrupt, "the first bytes of a recording", got)
        };
        let Some((head, rest)) = bytes.split_at_checked(HEAD.len()) else {
            let torn = HEAD.starts_with(bytes);
            return if torn {
                Ok(Self { rest: &[], place: 0, torn_bytes: bytes.len() })
            } else {
                Err(wrong())
            };
        };
        match (head == HEAD, head.split_last(), HEAD.split_last()) {
            (true, ..) => Ok(Self { rest, place: 0, torn_bytes: 0 }),
            (false, Some((version, head)), Some((known, same))) if head == same => {
                let expected = format!("a recording of version {known}");
                Err(Error::new(Code::StorageCorrupt, expected, version.to_string()))
            }
            _ => Err(wrong()),
        }
    }

    /// The records of the next block; nothing at the end, or where it was torn off.
    ///
    /// # Errors
    /// `StorageCorrupt` if a check is wrong.
    pub(super) fn next(&mut self) -> Result<Option<&'a [u8]>, Error> {
        let torn = |at: &mut Self| {
            at.torn_bytes = core::mem::take(&mut at.rest).len();
            Ok(None)
        };
        let Some((head, rest)) = self.rest.split_first_chunk::<BLOCK_HEAD>() else {
            return torn(self);
        };
        // A file that grew, and was not filled any more.
        if self.rest.iter().all(|byte| *byte == 0) {
            return torn(self);
        }
        let (&length, checks) = head.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let (length_check, records_told) = checks.split_at_checked(4).unwrap_or_default();
        if head_check(self.place, length) != length_check {
            return Err(self.corrupt("the length"));
        }
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        let Some((records, rest)) = rest.split_at_checked(length) else { return torn(self) };
        if records_check(self.place, records) != records_told {
            return Err(self.corrupt("the records"));
        }
        (self.rest, self.place) = (rest, self.place.saturating_add(1));
        Ok(Some(records))
    }

    fn corrupt(&self, what: &str) -> Error {
        let got =
            format!("{what} of block {}, {} bytes before the end", self.place, self.rest.len());
        Error::new(Code::StorageCorrupt, "a recording as it was written", got)
    }
}
