//! How blobs are kept in one file so that what was synced survives, and damage is never misread.
//!
//! Appended blobs are gathered and written as one commit by the next sync. So at most the last
//! commit of a file can be torn by a crash: it is dropped at the next open. Anything damaged that has
//! a commit after it was told about, and is refused; so is the first commit, which a file has before
//! it has its name.
//!
//! Nobody was told of what a crash tears. A last commit that was told about, and damaged later, looks
//! the same. Therefore a journal that is closed ends with an empty commit: such damage is found unless
//! the process was killed while it had the journal open. Who cannot rule that out goes by the count of
//! what was dropped.
//!
//! Opening tells what a file holds, so it first makes that durable: whoever wrote it may have been
//! killed before its sync, or told that the sync failed.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error};
use crate::host::clock::draw_entropy;
use crate::host::disk::{Disk, DiskFile};

mod commit;
mod contents;
#[cfg(test)]
mod crash;
mod place;

use commit::{HEAD_BYTES, HEADER_BYTES, Head};
use contents::{Contents, Last, end_of};
pub use place::{Lock, create_directory};
use place::{beside, directory, failed, open_directory, remove, sync_directory};
pub(super) use place::{create_directory_on, delete};

/// Gathered bytes above which an append syncs by itself: memory stays bounded without a caller's
/// care.
const GATHERED_BYTES_MAX: usize = 4 << 20;
/// A file grows to a multiple of this many bytes, which is what it takes of a disk in any case.
const BLOCK_BYTES: u64 = 4_096;
/// A file grows by half of what it holds, and at most by this many bytes.
const SPARE_BYTES_MAX: u64 = 256 << 10;

/// An append-only log of blobs in one file, which `replace` starts anew. There is no file before
/// the first blob is to be durable.
///
/// After any failure to write or sync nobody knows what the disk holds: every later call is refused
/// with `StorageFailed`, and opening again tells what is there. A process that has too many files open
/// is told so as `Unavailable`, before anything is written: the journal goes on.
#[derive(Debug)]
pub struct Journal {
    disk: Disk,
    path: PathBuf,
    /// `None` while the file is closed, or not there: the next sync sees to it.
    file: Option<DiskFile>,
    salt: u64,
    /// Where the next commit goes.
    position: u64,
    /// Where the file ends; 0 if there is none. There are zeros from `position` to here: a commit that
    /// goes there changes nothing but bytes, which takes a file system a third less time than a file
    /// that grows.
    filled: u64,
    /// The next commit: place for its head, and its payload.
    gathered: Vec<u8>,
    /// What is gathered stands for the whole log, and not for its end.
    anew: bool,
    /// Damage to the last commit is told from a torn one: another follows it, or it was durable
    /// before the file had its name.
    marked: bool,
    failed: bool,
    lock: Option<Lock>,
}

/// What opening a journal found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recovered {
    /// The blobs since the last replace, in order.
    pub blobs: Vec<Vec<u8>>,
    /// Bytes of a torn or damaged commit at the end that were dropped.
    pub dropped_bytes: u64,
}

impl Journal {
    /// Opens the journal at this path, made if it is not there, and locks it with [`Lock`].
    ///
    /// # Errors
    /// `StorageInUse` if another holds it, `StorageCorrupt` if anything but the last commit is
    /// damaged (the file is left as it is), `Unsupported` for another format's version,
    /// `StorageFailed` for what the operating system refuses.
    pub fn open(path: &Path) -> Result<(Self, Recovered), Error> {
        Self::open_on(&Disk::System, path)
    }

    pub(super) fn open_on(disk: &Disk, path: &Path) -> Result<(Self, Recovered), Error> {
        create_directory_on(disk, directory(path))?;
        let lock = Lock::take_on(disk, path)?;
        let (mut journal, recovered) = Self::open_locked_on(disk, path)?;
        journal.lock = Some(lock);
        Ok((journal, recovered))
    }

    /// Opens as [`open`](Self::open) does, for a caller that holds a [`Lock`] on the directory.
    pub fn open_locked(path: &Path) -> Result<(Self, Recovered), Error> {
        Self::open_locked_on(&Disk::System, path)
    }

    pub(super) fn open_locked_on(disk: &Disk, path: &Path) -> Result<(Self, Recovered), Error> {
        remove(disk, &beside(path, ".new"))?;
        let mut journal = Self {
            disk: disk.clone(),
            path: path.to_owned(),
            file: None,
            salt: 0,
            position: u64::try_from(HEADER_BYTES).unwrap_or_default(),
            filled: 0,
            gathered: Vec::new(),
            anew: true,
            marked: true,
            failed: false,
            lock: None,
        };
        if !disk.exists(path).map_err(|error| failed(path, "look for", &error))? {
            return Ok((journal, Recovered::default()));
        }
        let folder = open_directory(disk, path)?;
        let mut file = disk.open(path).map_err(|error| failed(path, "open", &error))?;
        let Contents { salt, blobs, end, torn_bytes, last, marked, filled } =
            contents::read(&mut file).map_err(|fault| fault.at(path))?;
        journal.salt = salt;
        journal.position = end;
        journal.filled = if torn_bytes > 0 { end } else { filled };
        (journal.anew, journal.marked) = (false, marked);
        journal.settle(&mut file, last.as_ref(), torn_bytes)?;
        sync_directory(&folder, directory(path))?;
        journal.file = Some(file);
        Ok((journal, Recovered { blobs, dropped_bytes: torn_bytes }))
    }

    /// Makes durable what was read.
    ///
    /// The last commit is written again: after a sync that failed the system may hold its bytes as
    /// clean that never reached the disk, and no sync would write those. The commits before it were
    /// synced before it was written.
    fn settle(
        &self,
        file: &mut DiskFile,
        last: Option<&Last>,
        torn_bytes: u64,
    ) -> Result<(), Error> {
        if torn_bytes > 0 {
            let cut = file.set_len(self.position);
            cut.map_err(|error| failed(&self.path, "truncate", &error))?;
        }
        if let Some(Last { at, bytes }) = last {
            self.write(file, *at, bytes)?;
        }
        if torn_bytes > 0 || last.is_some() {
            file.sync().map_err(|error| failed(&self.path, "sync", &error))?;
        }
        Ok(())
    }

    /// Puts the blob behind those before it; durable with the next [`sync`](Self::sync).
    pub fn append(&mut self, blob: &[u8]) -> Result<(), Error> {
        self.check()?;
        self.gather(blob);
        if self.gathered.len() <= GATHERED_BYTES_MAX {
            return Ok(());
        }
        match self.sync() {
            // It is gathered: the next sync takes it.
            Err(error) if error.code == Code::Unavailable => Ok(()),
            synced => synced,
        }
    }

    fn gather(&mut self, blob: &[u8]) {
        if self.gathered.is_empty() {
            self.gathered.resize(HEAD_BYTES, 0);
        }
        commit::push_blob(&mut self.gathered, blob);
    }

    /// Makes everything appended durable, with one write and one sync.
    ///
    /// # Errors
    /// `Unavailable` if no file can be opened now: what is appended waits for the next sync.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.check()?;
        if self.gathered.is_empty() {
            return Ok(());
        }
        let mut bytes = core::mem::take(&mut self.gathered);
        self.attempt(|journal| {
            let synced = if journal.anew {
                journal.write_anew(&[bytes.get(HEAD_BYTES..).unwrap_or_default()])
            } else {
                journal.write_behind(&mut bytes)
            };
            if synced.is_ok() {
                bytes.clear();
            }
            journal.gathered = bytes;
            synced
        })
    }

    /// Puts one blob in the place of all others, durably and at once: after a crash either the old
    /// ones are there or the new one is.
    ///
    /// # Errors
    /// `Unavailable` if no file can be opened now: the next sync does it.
    pub fn replace(&mut self, blob: &[u8]) -> Result<(), Error> {
        self.check()?;
        // What goes with it is not held meanwhile.
        self.gathered = Vec::new();
        self.attempt(|journal| {
            let replaced = journal.write_anew(&[&commit::blob_head(blob), blob]);
            if replaced.is_err() {
                journal.gather(blob);
                journal.anew = true;
            }
            replaced
        })
    }

    /// Does what may leave the disk in a state that nobody knows, unless it cannot begin.
    fn attempt(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.failed = true;
        let result = act(self);
        self.failed = result.as_ref().is_err_and(|error| error.code != Code::Unavailable);
        result
    }

    /// Writes a commit behind the others, whose payload has place for its head before it.
    fn write_behind(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.reopen()?,
        };
        let Some((place, payload)) = bytes.split_first_chunk_mut::<HEAD_BYTES>() else {
            return Ok(());
        };
        let head = Head::of(&[payload], self.salt, self.position);
        *place = head.to_bytes(self.salt, self.position);
        let end = end_of(self.position, head.len);
        let filled = if end > self.filled { room_for(end) } else { self.filled };
        if filled > self.filled {
            let zeros = usize::try_from(filled.saturating_sub(end)).unwrap_or_default();
            bytes.resize(bytes.len().saturating_add(zeros), 0);
        }
        self.write(&mut file, self.position, bytes)?;
        file.sync().map_err(|error| failed(&self.path, "sync", &error))?;
        self.file = Some(file);
        (self.position, self.filled, self.marked) = (end, filled, false);
        Ok(())
    }

    /// Opens the file again that was put aside. Nobody else writes it: who holds its lock sees to that.
    fn reopen(&self) -> Result<DiskFile, Error> {
        let opened = self.disk.open(&self.path);
        let mut file = opened.map_err(|error| failed(&self.path, "open", &error))?;
        contents::check_same(&mut file, self.salt, self.filled)
            .map_err(|fault| fault.at(&self.path))?;
        Ok(file)
    }

    /// Writes a log with one commit, whose payload has these parts, in the place of the one that is
    /// there. Every file is open before anything is written.
    fn write_anew(&mut self, payload: &[&[u8]]) -> Result<(), Error> {
        if self.filled == 0 {
            create_directory_on(&self.disk, directory(&self.path))?;
        }
        let salt = draw_salt()?;
        let folder = open_directory(&self.disk, &self.path)?;
        let start = u64::try_from(HEADER_BYTES).unwrap_or_default();
        let head = Head::of(payload, salt, start);
        let aside = beside(&self.path, ".new");
        let begin = [&commit::header(salt)[..], &head.to_bytes(salt, start)];
        let parts = begin.into_iter().chain(payload.iter().copied());
        let file = write_aside(&self.disk, &aside, parts)?;
        let renamed = self.disk.rename(&aside, &self.path);
        renamed.map_err(|error| failed(&self.path, "put in place", &error))?;
        sync_directory(&folder, directory(&self.path))?;
        self.file = Some(file);
        self.salt = salt;
        self.position = end_of(start, head.len);
        self.filled = self.position;
        (self.anew, self.marked) = (false, true);
        Ok(())
    }

    pub(super) const fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Closes the file until something is to be written.
    pub(super) fn rest(&mut self) {
        self.file = None;
    }

    /// Syncs what is appended and lets go of the file and its lock.
    pub fn close(mut self) -> Result<(), Error> {
        self.sync()?;
        self.mark();
        Ok(())
    }

    /// Puts an empty commit behind the last one, so that damage to that is told from a torn end.
    ///
    /// It need not be there: without it the last commit is as it was while the journal was in use. So
    /// it is not synced, and a failure is nobody's concern.
    fn mark(&mut self) {
        let file = if self.marked { None } else { self.file.take().or_else(|| self.reopen().ok()) };
        let Some(mut file) = file else { return };
        let head = Head::of(&[], self.salt, self.position);
        let _ = self.write(&mut file, self.position, &head.to_bytes(self.salt, self.position));
    }

    /// Removes the log; what was appended and not synced goes with it.
    pub fn delete(self) -> Result<(), Error> {
        delete(&self.disk, &self.path)
    }

    /// Bytes of the log, without what is appended and not synced.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.position
    }

    fn write(&self, file: &mut DiskFile, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let sought = file.seek(SeekFrom::Start(at));
        let written = sought.and_then(|_| file.write_all(bytes));
        written.map_err(|error| failed(&self.path, "write", &error))
    }

    fn check(&self) -> Result<(), Error> {
        if self.failed {
            let got = format!("a failed one: {}", self.path.display());
            return Err(Error::new(Code::StorageFailed, "a journal without a failure", got));
        }
        Ok(())
    }
}

/// Bytes that a file is to have for what it holds.
fn room_for(end: u64) -> u64 {
    let spare = (end / 2).min(SPARE_BYTES_MAX);
    let bytes = end.saturating_add(spare);
    bytes.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(bytes)
}

fn draw_salt() -> Result<u64, Error> {
    let seed = draw_entropy()?;
    Ok(u64::from_le_bytes(seed.first_chunk().copied().unwrap_or_default()))
}

/// Writes a file whole and durably. What could not be written takes no space.
fn write_aside<'a>(
    disk: &Disk,
    aside: &Path,
    mut parts: impl Iterator<Item = &'a [u8]>,
) -> Result<DiskFile, Error> {
    let mut file = disk.create(aside).map_err(|error| failed(aside, "create", &error))?;
    let written = parts.try_for_each(|part| file.write_all(part));
    let written = written.map_err(|error| failed(aside, "write", &error));
    let synced = |()| file.sync().map_err(|error| failed(aside, "sync", &error));
    match written.and_then(synced) {
        Ok(()) => Ok(file),
        Err(error) => {
            // What is told is the first failure.
            let _ = disk.remove(aside);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
