//! How blobs are kept in one file so that what was synced survives, and damage is never misread.
//!
//! Appended blobs are gathered and written as one commit by the next sync. So at most the last
//! commit of a file can be torn by a crash: it is dropped at the next open, because nobody was told
//! about it. Anything damaged that has a commit after it was told about, and is refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error};
use crate::host::clock::draw_entropy;

mod commit;

use commit::{HEAD_BYTES, HEADER_BYTES, Head};

/// Gathered bytes above which an append syncs by itself: memory stays bounded without a caller's
/// care.
const GATHERED_BYTES_MAX: usize = 4 << 20;

/// An append-only log of blobs in one file, which `replace` starts anew.
///
/// After any failure to write or sync nobody knows what the disk holds: every later call is refused
/// with `StorageFailed`, and opening again tells what is there.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    salt: u64,
    /// Where the next commit goes: the end of the file.
    position: u64,
    /// The payload of the next commit.
    gathered: Vec<u8>,
    failed: bool,
    lock: Option<Lock>,
}

/// What opening a journal found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recovered {
    /// The blobs since the last replace, in order.
    pub blobs: Vec<Vec<u8>>,
    /// Bytes of a torn commit at the end that were dropped.
    pub dropped_bytes: u64,
}

/// Exclusive use of a file or directory, for as long as this lives, against every process and this
/// one.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock that the file `<path>.lock` stands for.
    ///
    /// It is a file of its own because a log is renamed over. It stays behind empty: removing it
    /// would let two holders lock two files of one name.
    ///
    /// # Errors
    /// `StorageInUse` if another holds it.
    pub fn take(path: &Path) -> Result<Self, Error> {
        let path = beside(path, ".lock");
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).read(true).write(true);
        let file = options.open(&path).map_err(|error| failed(&path, "open the lock", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let got = path.display().to_string();
                Err(Error::new(Code::StorageInUse, "storage that no other handle holds", got))
            }
            Err(TryLockError::Error(error)) => Err(failed(&path, "lock", &error)),
        }
    }
}

impl Journal {
    /// Opens the journal at this path, made if it is not there, and locks it with [`Lock`].
    ///
    /// # Errors
    /// `StorageInUse` if another holds it, `StorageCorrupt` if anything but the last commit is
    /// damaged (the file is left as it is), `Unsupported` for another format's version,
    /// `StorageFailed` for what the operating system refuses.
    pub fn open(path: &Path) -> Result<(Self, Recovered), Error> {
        create_directory(directory(path))?;
        let lock = Lock::take(path)?;
        let (mut journal, recovered) = Self::open_locked(path)?;
        journal.lock = Some(lock);
        Ok((journal, recovered))
    }

    /// Opens as [`open`](Self::open) does, for a caller that holds a [`Lock`] on the directory.
    pub fn open_locked(path: &Path) -> Result<(Self, Recovered), Error> {
        let aside = beside(path, ".new");
        remove(&aside)?;
        let there = path.try_exists().map_err(|error| failed(path, "look for", &error))?;
        if !there {
            create_directory(directory(path))?;
            let salt = draw_salt()?;
            write_aside(&aside, &[&commit::header(salt)])?;
            put_in_place(&aside, path)?;
        }
        let mut file = open_file(path)?;
        let read = read_log(path, &file)?;
        if read.dropped_bytes > 0 {
            file.set_len(read.end).map_err(|error| failed(path, "truncate", &error))?;
            file.sync_all().map_err(|error| failed(path, "sync", &error))?;
        }
        file.seek(SeekFrom::Start(read.end)).map_err(|error| failed(path, "seek in", &error))?;
        let journal = Self {
            path: path.to_owned(),
            file,
            salt: read.salt,
            position: read.end,
            gathered: Vec::new(),
            failed: false,
            lock: None,
        };
        Ok((journal, Recovered { blobs: read.blobs, dropped_bytes: read.dropped_bytes }))
    }

    /// Puts the blob behind those before it; durable with the next [`sync`](Self::sync).
    pub fn append(&mut self, blob: &[u8]) -> Result<(), Error> {
        self.check()?;
        commit::push_blob(&mut self.gathered, blob);
        if self.gathered.len() > GATHERED_BYTES_MAX {
            self.sync()?;
        }
        Ok(())
    }

    /// Makes everything appended durable, with one write and one sync.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.check()?;
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.failed = true;
        let head = Head::of(&[&self.gathered], self.salt, self.position);
        let bytes = head.to_bytes(self.salt, self.position);
        let written =
            self.file.write_all(&bytes).and_then(|()| self.file.write_all(&self.gathered));
        written.map_err(|error| failed(&self.path, "write", &error))?;
        self.file.sync_data().map_err(|error| failed(&self.path, "sync", &error))?;
        self.position = end_of(self.position, head.len);
        self.gathered.clear();
        self.failed = false;
        Ok(())
    }

    /// Puts one blob in the place of all others, durably and at once: after a crash either the old
    /// ones are there or the new one is.
    pub fn replace(&mut self, blob: &[u8]) -> Result<(), Error> {
        self.check()?;
        self.failed = true;
        let salt = draw_salt()?;
        self.gathered.clear();
        let start = u64::try_from(HEADER_BYTES).unwrap_or_default();
        let blob_head = commit::blob_head(blob);
        let head = Head::of(&[&blob_head, blob], salt, start);
        let parts: [&[u8]; 4] =
            [&commit::header(salt), &head.to_bytes(salt, start), &blob_head, blob];
        let aside = beside(&self.path, ".new");
        let file = write_aside(&aside, &parts)?;
        put_in_place(&aside, &self.path)?;
        self.file = file;
        self.salt = salt;
        self.position = end_of(start, head.len);
        self.failed = false;
        Ok(())
    }

    /// Syncs what is appended and lets go of the file and its lock.
    pub fn close(mut self) -> Result<(), Error> {
        self.sync()
    }

    /// Removes the log; what was appended and not synced goes with it.
    pub fn delete(self) -> Result<(), Error> {
        remove(&self.path)?;
        sync_directory(directory(&self.path))
    }

    /// Bytes of the log, without what is appended and not synced.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.position
    }

    fn check(&self) -> Result<(), Error> {
        if self.failed {
            let got = format!("a failed one: {}", self.path.display());
            return Err(Error::new(Code::StorageFailed, "a journal without a failure", got));
        }
        Ok(())
    }
}

/// Makes the directory and those above it that are missing, durably.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = path.ancestors().take_while(|path| !path.exists()).collect();
    for path in missing.into_iter().rev().filter(|path| !path.as_os_str().is_empty()) {
        match std::fs::create_dir(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(failed(path, "make", &error));
            }
            Ok(()) | Err(_) => sync_directory(directory(path))?,
        }
    }
    Ok(())
}

struct Log {
    salt: u64,
    blobs: Vec<Vec<u8>>,
    end: u64,
    dropped_bytes: u64,
}

fn read_log(path: &Path, file: &File) -> Result<Log, Error> {
    let read_failed = |error: std::io::Error| failed(path, "read", &error);
    let len = file.metadata().map_err(read_failed)?.len();
    let mut input = BufReader::new(file);
    let mut header = [0; HEADER_BYTES];
    // A log comes into being whole, by a rename: a short one is damage.
    let mut end = u64::try_from(HEADER_BYTES).unwrap_or_default();
    if len < end {
        let expected = format!("a journal of {end} bytes or more");
        return Err(Error::new(Code::StorageCorrupt, expected, format!("{len} bytes")));
    }
    input.read_exact(&mut header).map_err(read_failed)?;
    let salt = commit::read_header(&header)?;
    let mut blobs = Vec::new();
    while end < len {
        let Some(payload) = read_commit(&mut input, salt, end, len).map_err(read_failed)? else {
            refuse_if_commit_follows(path, file, salt, end)?;
            break;
        };
        if commit::split_blobs(&payload, &mut blobs).is_none() {
            return Err(corrupt("a commit of whole blobs", end));
        }
        end = end_of(end, u64::try_from(payload.len()).unwrap_or(u64::MAX));
    }
    Ok(Log { salt, blobs, end, dropped_bytes: len.saturating_sub(end) })
}

/// The payload of the commit at `at`, or `None` if there is no whole one.
fn read_commit(
    input: &mut impl Read,
    salt: u64,
    at: u64,
    len: u64,
) -> Result<Option<Vec<u8>>, std::io::Error> {
    if end_of(at, 0) > len {
        return Ok(None);
    }
    let mut head = [0; HEAD_BYTES];
    input.read_exact(&mut head)?;
    let Some(head) = Head::read(&head, salt, at).filter(|head| end_of(at, head.len) <= len) else {
        return Ok(None);
    };
    // The file has that many bytes: the claim is checked before anything is allocated for it.
    let mut payload = vec![0; usize::try_from(head.len).unwrap_or_default()];
    input.read_exact(&mut payload)?;
    Ok(head.fits(&payload, salt, at).then_some(payload))
}

/// Tells a torn end from a damaged middle: only the latter has a commit after it.
fn refuse_if_commit_follows(path: &Path, file: &File, salt: u64, at: u64) -> Result<(), Error> {
    let mut file = file;
    let mut rest = Vec::new();
    let seek = file.seek(SeekFrom::Start(at));
    let read = seek.and_then(|_| file.read_to_end(&mut rest));
    read.map_err(|error| failed(path, "read", &error))?;
    let mut position = at;
    let mut rest = rest.as_slice();
    while let Some((_, after)) = rest.split_first() {
        position = position.saturating_add(1);
        if Head::read(after, salt, position).is_some() {
            return Err(corrupt("a whole commit, because another one follows", at));
        }
        rest = after;
    }
    Ok(())
}

fn end_of(at: u64, payload_bytes: u64) -> u64 {
    let head = u64::try_from(HEAD_BYTES).unwrap_or_default();
    at.saturating_add(head).saturating_add(payload_bytes)
}

fn draw_salt() -> Result<u64, Error> {
    let seed = draw_entropy()?;
    Ok(u64::from_le_bytes(seed.first_chunk().copied().unwrap_or_default()))
}

fn open_file(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.map_err(|error| failed(path, "open", &error))
}

fn write_aside(aside: &Path, parts: &[&[u8]]) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(true).read(true).write(true);
    let mut file = options.open(aside).map_err(|error| failed(aside, "create", &error))?;
    for part in parts {
        file.write_all(part).map_err(|error| failed(aside, "write", &error))?;
    }
    file.sync_all().map_err(|error| failed(aside, "sync", &error))?;
    Ok(file)
}

fn put_in_place(aside: &Path, path: &Path) -> Result<(), Error> {
    std::fs::rename(aside, path).map_err(|error| failed(path, "put in place", &error))?;
    sync_directory(directory(path))
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, "remove", &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a rename or a removal in this directory durable.
fn sync_directory(path: &Path) -> Result<(), Error> {
    // Elsewhere a directory cannot be opened as a file, and its changes are journaled by the system.
    if cfg!(unix) {
        let synced = File::open(path).and_then(|directory| directory.sync_all());
        synced.map_err(|error| failed(path, "sync the directory", &error))?;
    }
    Ok(())
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn failed(path: &Path, what: &'static str, error: &std::io::Error) -> Error {
    let expected = format!("to {what} {}", path.display());
    Error::new(Code::StorageFailed, expected, error.to_string())
}

fn corrupt(expected: &'static str, at: u64) -> Error {
    Error::new(Code::StorageCorrupt, expected, format!("damage at offset {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::Scratch;

    const BLOBS: [&[u8]; 4] = [b"first", b"", b"the third blob", b"last"];

    /// A journal with one commit per blob, and where each commit ends.
    fn written(path: &Path) -> Vec<u64> {
        let (mut journal, found) = Journal::open(path).unwrap();
        assert_eq!(found, Recovered::default());
        let mut ends = vec![journal.bytes()];
        for blob in BLOBS {
            journal.append(blob).unwrap();
            journal.sync().unwrap();
            ends.push(journal.bytes());
        }
        journal.close().unwrap();
        ends
    }

    fn blobs(count: usize) -> Vec<Vec<u8>> {
        BLOBS[..count].iter().map(|blob| blob.to_vec()).collect()
    }

    fn open_error(path: &Path) -> Code {
        Journal::open(path).map(|_| ()).unwrap_err().code
    }

    #[test]
    fn every_truncation_keeps_exactly_the_whole_commits() {
        let scratch = Scratch::new();
        let ends = written(&scratch.path("log"));
        let bytes = std::fs::read(scratch.path("log")).unwrap();
        for end in 0..=bytes.len() {
            let path = scratch.path("cut");
            std::fs::write(&path, &bytes[..end]).unwrap();
            if end < HEADER_BYTES {
                assert_eq!(open_error(&path), Code::StorageCorrupt, "{end}");
                continue;
            }
            let whole = ends.iter().filter(|&&at| at <= end as u64).count() - 1;
            let (mut journal, found) = Journal::open(&path).unwrap();
            assert_eq!(found.blobs, blobs(whole), "{end}");
            assert_eq!(found.dropped_bytes, end as u64 - ends[whole], "{end}");
            journal.append(b"more").unwrap();
            journal.close().unwrap();
            let (_, found) = Journal::open(&path).unwrap();
            assert_eq!((found.blobs.len(), found.dropped_bytes), (whole + 1, 0), "{end}");
            assert_eq!(found.blobs[whole], b"more");
        }
    }

    #[test]
    fn every_flipped_bit_is_refused_or_drops_the_last_commit() {
        let scratch = Scratch::new();
        let ends = written(&scratch.path("log"));
        let bytes = std::fs::read(scratch.path("log")).unwrap();
        let last = usize::try_from(ends[BLOBS.len() - 1]).unwrap();
        for bit in 0..bytes.len() * 8 {
            let path = scratch.path("flipped");
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &flipped).unwrap();
            if bit / 8 < last {
                assert_eq!(open_error(&path), Code::StorageCorrupt, "{bit}");
                assert_eq!(std::fs::read(&path).unwrap(), flipped, "a refused file is not touched");
            } else {
                let (_, found) = Journal::open(&path).unwrap();
                assert_eq!(found.blobs, blobs(BLOBS.len() - 1), "{bit}");
            }
        }
    }

    #[test]
    fn a_moved_doubled_or_foreign_commit_is_not_taken() {
        let scratch = Scratch::new();
        let ends = written(&scratch.path("log"));
        written(&scratch.path("other"));
        let bytes = std::fs::read(scratch.path("log")).unwrap();
        let other = std::fs::read(scratch.path("other")).unwrap();
        let at = |index: usize| usize::try_from(ends[index]).unwrap();
        let doubled = [&bytes[..at(1)], &bytes[at(0)..]].concat();
        let foreign = [&bytes[..at(3)], &other[at(3)..]].concat();
        let missing = [&bytes[..at(1)], &bytes[at(2)..]].concat();
        for (name, bytes, kept) in
            [("doubled", doubled, 1), ("foreign", foreign, 3), ("missing", missing, 1)]
        {
            std::fs::write(scratch.path(name), bytes).unwrap();
            let (_, found) = Journal::open(&scratch.path(name)).unwrap();
            assert_eq!(found.blobs, blobs(kept), "{name}");
            assert!(found.dropped_bytes > 0);
        }
    }

    #[test]
    fn many_appends_are_one_commit_that_is_torn_whole() {
        let scratch = Scratch::new();
        let path = scratch.path("log");
        let (mut journal, _) = Journal::open(&path).unwrap();
        for blob in BLOBS {
            journal.append(blob).unwrap();
        }
        drop(journal);
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert!(found.blobs.is_empty(), "what is not synced was never promised");
        for blob in BLOBS {
            journal.append(blob).unwrap();
        }
        journal.close().unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(Journal::open(&path).unwrap().1.blobs.is_empty());
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
    }

    #[test]
    fn gathering_is_bounded() {
        let scratch = Scratch::new();
        let (mut journal, _) = Journal::open(&scratch.path("log")).unwrap();
        journal.append(&vec![1; GATHERED_BYTES_MAX]).unwrap();
        assert!(journal.gathered.is_empty() && journal.bytes() > GATHERED_BYTES_MAX as u64);
    }

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let scratch = Scratch::new();
        let path = scratch.path("log");
        let (journal, _) = Journal::open(&path).unwrap();
        assert_eq!(open_error(&path), Code::StorageInUse);
        drop(journal);
        assert!(Journal::open(&path).is_ok());
    }

    #[test]
    fn an_interrupted_replace_leaves_the_old_or_the_new() {
        let scratch = Scratch::new();
        let (path, aside) = (scratch.path("log"), scratch.path("log.new"));
        written(&path);
        let (mut journal, _) = Journal::open(&scratch.path("replaced")).unwrap();
        journal.append(b"gone").unwrap();
        journal.replace(b"new").unwrap();
        journal.append(b"after").unwrap();
        journal.close().unwrap();
        let new = std::fs::read(scratch.path("replaced")).unwrap();
        for end in 0..=new.len() {
            std::fs::write(&aside, &new[..end]).unwrap();
            let (_, found) = Journal::open(&path).unwrap();
            assert_eq!(found.blobs, blobs(BLOBS.len()), "before the rename: {end}");
            assert!(!aside.exists());
        }
        std::fs::write(&aside, &new).unwrap();
        std::fs::rename(&aside, &path).unwrap();
        let (_, found) = Journal::open(&path).unwrap();
        assert_eq!(found.blobs, [b"new".to_vec(), b"after".to_vec()]);
    }

    #[test]
    fn after_a_failed_write_every_call_is_refused() {
        let scratch = Scratch::new();
        let path = scratch.path("log");
        written(&path);
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.file = File::open(&path).unwrap();
        journal.append(b"lost").unwrap();
        for result in [
            journal.sync(),
            journal.append(b"refused"),
            journal.replace(b"refused"),
            journal.sync(),
            journal.close(),
        ] {
            assert_eq!(result.unwrap_err().code, Code::StorageFailed);
        }
        assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
    }

    #[test]
    fn a_failed_replace_leaves_the_old_and_refuses_more() {
        let scratch = Scratch::new();
        let path = scratch.path("log");
        written(&path);
        let (mut journal, _) = Journal::open(&path).unwrap();
        std::fs::create_dir(scratch.path("log.new")).unwrap();
        assert_eq!(journal.replace(b"new").unwrap_err().code, Code::StorageFailed);
        assert_eq!(journal.append(b"x").unwrap_err().code, Code::StorageFailed);
        drop(journal);
        std::fs::remove_dir(scratch.path("log.new")).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
    }

    #[test]
    fn missing_directories_are_made_and_a_deleted_journal_is_gone() {
        let scratch = Scratch::new();
        let path = scratch.path("a/b/log");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(b"x").unwrap();
        journal.sync().unwrap();
        journal.delete().unwrap();
        assert_eq!(Journal::open(&path).unwrap().1, Recovered::default());
    }
}
