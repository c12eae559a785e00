//! What of a journal's file was committed, and what is a torn end.

use std::io::{BufReader, Error as IoError, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Code, Error};
use crate::host::disk::DiskFile;

use super::commit::{self, HEAD_BYTES, HEADER_BYTES, Head};
use super::place::failed;

/// Bytes that are asked of the system at once: commits are small.
const READ_BYTES: usize = 64 << 10;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) salt: u64,
    pub(super) blobs: Vec<Vec<u8>>,
    /// Where the last commit ends.
    pub(super) end: u64,
    /// Bytes behind it that are not zeros nobody has written to yet.
    pub(super) torn_bytes: u64,
    /// The last commit, unless it was durable before the file had its name.
    pub(super) last: Option<Last>,
    /// Damage to what the blobs were read from would have been found.
    pub(super) marked: bool,
    /// Bytes of the file.
    pub(super) filled: u64,
}

/// The last commit of a file.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    System(IoError),
    Damage(Error),
}

impl Fault {
    /// What is told about the file at this path.
    pub(super) fn at(self, path: &Path) -> Error {
        match self {
            Self::System(error) => failed(path, "read", &error),
            Self::Damage(error) => error,
        }
    }
}

impl From<IoError> for Fault {
    fn from(error: IoError) -> Self {
        Self::System(error)
    }
}

/// Reads the header that a file of this many bytes starts with.
fn read_salt(input: &mut impl Read, filled: u64) -> Result<u64, Fault> {
    let mut header = [0; HEADER_BYTES];
    // A log comes into being whole, by a rename: a short one is damage.
    if filled < start() {
        let expected = format!("a journal of {HEADER_BYTES} bytes or more");
        let got = format!("{filled} bytes");
        return Err(Fault::Damage(Error::new(Code::StorageCorrupt, expected, got)));
    }
    input.read_exact(&mut header)?;
    commit::read_header(&header).map_err(Fault::Damage)
}

/// Where the first commit begins.
fn start() -> u64 {
    u64::try_from(HEADER_BYTES).unwrap_or_default()
}

/// Refuses a file that is not the one of this salt and length.
pub(super) fn check_same(file: &mut DiskFile, salt: u64, filled: u64) -> Result<(), Fault> {
    let len = file.len()?;
    if read_salt(file, len)? == salt && len == filled {
        return Ok(());
    }
    let expected = format!("the journal that was put aside, of {filled} bytes");
    Err(Fault::Damage(Error::new(Code::StorageCorrupt, expected, format!("one of {len} bytes"))))
}

/// Reads a whole file, from its start.
pub(super) fn read(file: &mut DiskFile) -> Result<Contents, Fault> {
    let filled = file.len()?;
    let mut input = BufReader::with_capacity(READ_BYTES, &mut *file);
    let salt = read_salt(&mut input, filled)?;
    let start = start();
    let (mut blobs, mut end, mut last) = (Vec::new(), start, None);
    while let Some(bytes) = read_commit(&mut input, salt, end, filled)? {
        let payload = bytes.get(HEAD_BYTES..).unwrap_or_default();
        if commit::split_blobs(payload, &mut blobs).is_none() {
            return Err(damage("a commit of whole blobs", end));
        }
        let next = end_of(end, u64::try_from(payload.len()).unwrap_or(u64::MAX));
        last = (end > start).then_some(Last { at: end, bytes });
        end = next;
    }
    drop(input);
    if end == start {
        return Err(damage("the commit that a journal begins with", start));
    }
    let torn_bytes = measure_torn(file, salt, end)?;
    let marked = last.as_ref().is_none_or(|last| last.bytes.len() == HEAD_BYTES);
    Ok(Contents { salt, blobs, end, torn_bytes, last, marked, filled })
}

/// The bytes of the commit at `at`, or `None` if there is no whole one.
fn read_commit(
    input: &mut impl Read,
    salt: u64,
    at: u64,
    filled: u64,
) -> Result<Option<Vec<u8>>, IoError> {
    if end_of(at, 0) > filled {
        return Ok(None);
    }
    let mut head = [0; HEAD_BYTES];
    input.read_exact(&mut head)?;
    let found = Head::read(&head, salt, at).filter(|head| end_of(at, head.len) <= filled);
    let Some(found) = found else { return Ok(None) };
    // The file has that many bytes: the claim is checked before anything is allocated for it.
    let Ok(len) = usize::try_from(end_of(0, found.len)) else { return Ok(None) };
    let mut bytes = head.to_vec();
    bytes.resize(len, 0);
    let payload = bytes.get_mut(HEAD_BYTES..).unwrap_or_default();
    input.read_exact(payload)?;
    Ok(found.fits(payload, salt, at).then_some(bytes))
}

/// How many bytes of a torn commit there are at `at`.
///
/// # Errors
/// `StorageCorrupt` if a commit follows: then these bytes were one that was told about.
fn measure_torn(file: &mut DiskFile, salt: u64, at: u64) -> Result<u64, Fault> {
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.read_to_end(&mut rest)?;
    let torn = trim_zeros(&rest).len();
    // Heads of commits do not end later than what is not zero, but for zeros of their own.
    rest.truncate(torn.saturating_add(HEAD_BYTES));
    let (mut position, mut rest) = (at, rest.as_slice());
    while torn > 0
        && let Some((_, after)) = rest.split_first()
    {
        position = position.saturating_add(1);
        if Head::read(after, salt, position).is_some() {
            return Err(damage("a whole commit, because another one follows", at));
        }
        rest = after;
    }
    Ok(u64::try_from(torn).unwrap_or(u64::MAX))
}

/// What of these bytes comes before the zeros at their end.
fn trim_zeros(mut bytes: &[u8]) -> &[u8] {
    while let Some((before, chunk)) = bytes.split_last_chunk::<64>()
        && *chunk == [0; 64]
    {
        bytes = before;
    }
    while let Some((0, before)) = bytes.split_last() {
        bytes = before;
    }
    bytes
}

/// Where a commit ends that begins at `at`.
pub(super) fn end_of(at: u64, payload_bytes: u64) -> u64 {
    let head = u64::try_from(HEAD_BYTES).unwrap_or_default();
    at.saturating_add(head).saturating_add(payload_bytes)
}

fn damage(expected: &'static str, at: u64) -> Fault {
    let got = format!("damage at offset {at}");
    Fault::Damage(Error::new(Code::StorageCorrupt, expected, got))
}
