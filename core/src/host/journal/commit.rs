//! What one commit looks like in a journal, and how damage to it is told from a torn end.
//!
//! ```text
//! journal  := header commit commit*
//! header   := magic[8] version[u64] salt[u64] check[u64]
//! commit   := len[u64] body[u64] head[u64] payload[len]
//! file     := journal zero*
//! payload  := (len[u64] blob[len])*
//! ```
//!
//! All numbers are little-endian. The first commit is durable before the file has its name; one without
//! payload says that those before it are durable. `body` is the hash of the payload and `head` that of `len` and
//! `body`, both mixed with the commit's position and the journal's salt: a commit that was moved,
//! doubled, or left over from another journal on the same sectors does not check. `head` alone tells
//! whether a commit starts at a position, so that looking for one costs no trust in a length.

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::error::{Code, Error};

/// Bytes of the header of a journal.
pub(super) const HEADER_BYTES: usize = 32;
/// Bytes of a commit before its payload.
pub(super) const HEAD_BYTES: usize = 24;
/// The format that this code reads and writes.
pub(super) const FORMAT: u64 = 2;

const MAGIC: [u8; 8] = *b"syncjrnl";

/// The header of a new journal.
pub(super) fn header(salt: u64) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let numbers = [FORMAT, salt].into_iter().flat_map(u64::to_le_bytes);
    fill(&mut header, MAGIC.into_iter().chain(numbers));
    let check = header_check(&header);
    fill(header.get_mut(24..).unwrap_or_default(), check.to_le_bytes());
    header
}

/// The salt of a journal with this header.
///
/// Every format has magic, version and check in these places, so that another version is told from
/// damage.
pub(super) fn read_header(header: &[u8; HEADER_BYTES]) -> Result<u64, Error> {
    if !header.starts_with(&MAGIC) {
        let got = "other bytes at offset 0";
        return Err(Error::new(Code::StorageCorrupt, "a journal that starts with its magic", got));
    }
    if number(header, 24) != header_check(header) {
        let got = "another check at offset 24";
        return Err(Error::new(Code::StorageCorrupt, "a journal's header with its check", got));
    }
    let format = number(header, 8);
    if format != FORMAT {
        let expected = format!("a journal of format {FORMAT}");
        return Err(Error::new(Code::Unsupported, expected, format!("format {format}")));
    }
    Ok(number(header, 16))
}

/// What stands before a commit's payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Head {
    /// Bytes of the payload.
    pub(super) len: u64,
    body: u64,
}

impl Head {
    /// The head of the payload with these parts at this position.
    pub(super) fn of(payload: &[&[u8]], salt: u64, position: u64) -> Self {
        let bytes = payload.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let len = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self { len, body: body_check(payload, salt, position) }
    }

    /// The bytes to write.
    pub(super) fn to_bytes(self, salt: u64, position: u64) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let check = self.check(salt, position);
        let fields = [self.len, self.body, check].into_iter().flat_map(u64::to_le_bytes);
        fill(&mut bytes, fields);
        bytes
    }

    /// The head that starts these bytes, if one was written at this position.
    pub(super) fn read(bytes: &[u8], salt: u64, position: u64) -> Option<Self> {
        let bytes = bytes.get(..HEAD_BYTES)?;
        let head = Self { len: number(bytes, 0), body: number(bytes, 8) };
        #[cfg(test)]
        if plant::is_set(plant::Plant::HeadUnchecked) && head.len > 0 {
            return Some(head);
        }
        (head.check(salt, position) == number(bytes, 16)).then_some(head)
    }

    /// Whether this is the payload that was written.
    pub(super) fn fits(self, payload: &[u8], salt: u64, position: u64) -> bool {
        #[cfg(test)]
        if plant::is_set(plant::Plant::PayloadUnchecked) {
            return true;
        }
        self.body == body_check(&[payload], salt, position)
    }

    fn check(self, salt: u64, position: u64) -> u64 {
        let mut bytes = [0; HEAD_BYTES];
        fill(&mut bytes, [position, self.len, self.body].into_iter().flat_map(u64::to_le_bytes));
        xxh3_64_with_seed(&bytes, salt)
    }
}

/// What stands before a blob in a payload.
pub(super) fn blob_head(blob: &[u8]) -> [u8; 8] {
    u64::try_from(blob.len()).unwrap_or(u64::MAX).to_le_bytes()
}

/// Adds a blob to a payload.
pub(super) fn push_blob(payload: &mut Vec<u8>, blob: &[u8]) {
    payload.extend_from_slice(&blob_head(blob));
    payload.extend_from_slice(blob);
}

/// Takes a payload apart; `None` if its lengths do not add up.
pub(super) fn split_blobs(mut payload: &[u8], blobs: &mut Vec<Vec<u8>>) -> Option<()> {
    while !payload.is_empty() {
        let (len, rest) = payload.split_first_chunk::<8>()?;
        let (blob, rest) =
            rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        blobs.push(blob.to_vec());
        payload = rest;
    }
    Some(())
}

fn body_check(payload: &[&[u8]], salt: u64, position: u64) -> u64 {
    let mut hash = Xxh3::with_seed(salt.wrapping_add(position));
    for part in payload {
        hash.update(part);
    }
    hash.digest()
}

fn header_check(header: &[u8; HEADER_BYTES]) -> u64 {
    xxh3_64_with_seed(header.get(..24).unwrap_or_default(), 0)
}

fn fill(to: &mut [u8], from: impl IntoIterator<Item = u8>) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = from);
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>);
    u64::from_le_bytes(field.copied().unwrap_or_default())
}

/// Mistakes that tests make, to see that they are found.
#[cfg(test)]
pub(super) mod plant {
    use core::cell::Cell;

    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(in crate::host::journal) enum Plant {
        HeadUnchecked,
        PayloadUnchecked,
    }

    thread_local! {
        static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
    }

    /// Makes a mistake on this thread until what is returned is dropped.
    pub(in crate::host::journal) fn set(plant: Option<Plant>) -> Planted {
        PLANTED.set(plant);
        Planted
    }

    pub(super) fn is_set(plant: Plant) -> bool {
        PLANTED.get() == Some(plant)
    }

    pub(in crate::host::journal) struct Planted;

    impl Drop for Planted {
        fn drop(&mut self) {
            PLANTED.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_only_where_it_was_written() {
        let bytes = Head::of(&[b"pay", b"load"], 7, 32).to_bytes(7, 32);
        let head = Head::read(&bytes, 7, 32).unwrap();
        assert!(head.len == 7 && head.fits(b"payload", 7, 32));
        assert!(!head.fits(b"payloae", 7, 32) && !head.fits(b"payload", 7, 33));
        assert_eq!(Head::read(&bytes, 7, 33), None);
        assert_eq!(Head::read(&bytes, 8, 32), None);
        assert_eq!(Head::read(&[0; HEAD_BYTES], 7, 32), None);
    }

    #[test]
    fn a_newer_format_is_told_from_damage() {
        let mut newer = header(9);
        assert_eq!(read_header(&newer).unwrap(), 9);
        newer[8] = 3;
        assert_eq!(read_header(&newer).unwrap_err().code, Code::StorageCorrupt);
        let check = header_check(&newer);
        fill(&mut newer[24..], check.to_le_bytes());
        let error = read_header(&newer).unwrap_err();
        assert_eq!(error.code, Code::Unsupported);
        assert!(error.to_string().contains("format 3"), "{error}");
    }

    #[test]
    fn a_payload_whose_lengths_do_not_add_up_is_refused() {
        let mut payload = Vec::new();
        push_blob(&mut payload, b"one");
        push_blob(&mut payload, b"");
        let mut blobs = Vec::new();
        assert_eq!(split_blobs(&payload, &mut blobs), Some(()));
        assert_eq!(blobs, [b"one".to_vec(), vec![]]);
        for end in [1, 7, 10, payload.len() - 1] {
            assert_eq!(split_blobs(&payload[..end], &mut Vec::new()), None, "{end}");
        }
    }
}
