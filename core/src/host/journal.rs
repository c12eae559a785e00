//! How blobs are kept in one file so that what was synced survives, and damage is never misread.
//!
//! Appended blobs are gathered and written as one commit by the next sync. So at most the last
//! commit of a file can be torn by a crash: it is dropped at the next open, because nobody was told
//! about it. Anything damaged that has a commit after it was told about, and is refused.
//!
//! Opening tells what a file holds, so it first makes that durable: whoever wrote it may have been
//! killed before its sync, or told that the sync failed.

use std::io::{Error as IoError, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error};
use crate::host::clock::draw_entropy;
use crate::host::disk::{Disk, DiskFile};

mod commit;
mod contents;
#[cfg(test)]
mod crash;

use commit::{HEAD_BYTES, HEADER_BYTES, Head};
use contents::{Contents, Last, end_of};

/// Gathered bytes above which an append syncs by itself: memory stays bounded without a caller's
/// care.
const GATHERED_BYTES_MAX: usize = 4 << 20;
/// A file grows to a multiple of this many bytes, which is what it takes of a disk in any case.
const BLOCK_BYTES: u64 = 4_096;
/// A file grows by half of what it holds, and at most by this many bytes.
const SPARE_BYTES_MAX: u64 = 256 << 10;

/// An append-only log of blobs in one file, which `replace` starts anew.
///
/// After any failure to write or sync nobody knows what the disk holds: every later call is refused
/// with `StorageFailed`, and opening again tells what is there.
#[derive(Debug)]
pub struct Journal {
    disk: Disk,
    path: PathBuf,
    file: DiskFile,
    salt: u64,
    /// Where the next commit goes.
    position: u64,
    /// Where the file ends. There are zeros from `position` to here: a commit that goes there changes
    /// nothing but bytes, which takes a file system a third less time than a file that grows.
    filled: u64,
    /// The next commit: place for its head, and its payload.
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
    _file: DiskFile,
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
        Self::take_on(&Disk::System, path)
    }

    pub(super) fn take_on(disk: &Disk, path: &Path) -> Result<Self, Error> {
        let path = beside(path, ".lock");
        match disk.lock(&path) {
            Ok(file) => Ok(Self { _file: file }),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let got = path.display().to_string();
                Err(Error::new(Code::StorageInUse, "storage that no other handle holds", got))
            }
            Err(error) => Err(failed(&path, "lock", &error)),
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
        let aside = beside(path, ".new");
        remove(disk, &aside)?;
        let there = disk.exists(path).map_err(|error| failed(path, "look for", &error))?;
        if !there {
            create_directory_on(disk, directory(path))?;
            let salt = draw_salt()?;
            write_aside(disk, &aside, &[&commit::header(salt, false)])?;
            put_in_place(disk, &aside, path)?;
        }
        let mut file = disk.open(path).map_err(|error| failed(path, "open", &error))?;
        let Contents { salt, blobs, end, torn_bytes, last, filled } =
            contents::read(&mut file).map_err(|fault| fault.at(path))?;
        let filled = if torn_bytes > 0 { end } else { filled };
        let mut journal = Self {
            disk: disk.clone(),
            path: path.to_owned(),
            file,
            salt,
            position: end,
            filled,
            gathered: Vec::new(),
            failed: false,
            lock: None,
        };
        journal.settle(last.as_ref(), torn_bytes)?;
        Ok((journal, Recovered { blobs, dropped_bytes: torn_bytes }))
    }

    /// Makes durable what was read.
    ///
    /// The last commit is written again: after a sync that failed the system may hold its bytes as
    /// clean that never reached the disk, and no sync would write those. The commits before it were
    /// synced before it was written.
    fn settle(&mut self, last: Option<&Last>, torn_bytes: u64) -> Result<(), Error> {
        if torn_bytes > 0 {
            let cut = self.file.set_len(self.position);
            cut.map_err(|error| failed(&self.path, "truncate", &error))?;
        }
        if let Some(Last { at, bytes }) = last {
            self.write(*at, bytes)?;
        }
        if torn_bytes > 0 || last.is_some() {
            self.file.sync().map_err(|error| failed(&self.path, "sync", &error))?;
        }
        sync_directory(&self.disk, directory(&self.path))
    }

    /// Puts the blob behind those before it; durable with the next [`sync`](Self::sync).
    pub fn append(&mut self, blob: &[u8]) -> Result<(), Error> {
        self.check()?;
        if self.gathered.is_empty() {
            self.gathered.resize(HEAD_BYTES, 0);
        }
        commit::push_blob(&mut self.gathered, blob);
        if self.gathered.len() > GATHERED_BYTES_MAX {
            self.sync()?;
        }
        Ok(())
    }

    /// Makes everything appended durable, with one write and one sync.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.check()?;
        let Some((place, payload)) = self.gathered.split_first_chunk_mut::<HEAD_BYTES>() else {
            return Ok(());
        };
        self.failed = true;
        let head = Head::of(&[payload], self.salt, self.position);
        *place = head.to_bytes(self.salt, self.position);
        let end = end_of(self.position, head.len);
        let mut bytes = core::mem::take(&mut self.gathered);
        let filled = if end > self.filled { room_for(end) } else { self.filled };
        if filled > self.filled {
            let zeros = usize::try_from(filled.saturating_sub(end)).unwrap_or_default();
            bytes.resize(bytes.len().saturating_add(zeros), 0);
        }
        self.write(self.position, &bytes)?;
        self.file.sync().map_err(|error| failed(&self.path, "sync", &error))?;
        (self.position, self.filled) = (end, filled);
        bytes.clear();
        self.gathered = bytes;
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
            [&commit::header(salt, true), &head.to_bytes(salt, start), &blob_head, blob];
        let aside = beside(&self.path, ".new");
        let file = write_aside(&self.disk, &aside, &parts)?;
        put_in_place(&self.disk, &aside, &self.path)?;
        self.file = file;
        self.salt = salt;
        self.position = end_of(start, head.len);
        self.filled = self.position;
        self.failed = false;
        Ok(())
    }

    /// Syncs what is appended and lets go of the file and its lock.
    pub fn close(mut self) -> Result<(), Error> {
        self.sync()
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

    fn write(&mut self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let sought = self.file.seek(SeekFrom::Start(at));
        let written = sought.and_then(|_| self.file.write_all(bytes));
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

/// Removes the log at this path, if there is one, and what a replace may have left of another.
pub(super) fn delete(disk: &Disk, path: &Path) -> Result<(), Error> {
    remove(disk, &beside(path, ".new"))?;
    remove(disk, path)?;
    sync_directory(disk, directory(path))
}

/// Makes the directory and those above it that are missing, durably.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    create_directory_on(&Disk::System, path)
}

pub(super) fn create_directory_on(disk: &Disk, path: &Path) -> Result<(), Error> {
    let mut missing = Vec::new();
    for path in path.ancestors().filter(|path| !path.as_os_str().is_empty()) {
        if disk.exists(path).map_err(|error| failed(path, "look for", &error))? {
            // Whoever made it may have been killed before it was durable.
            sync_parent(disk, path)?;
            break;
        }
        missing.push(path);
    }
    for path in missing.into_iter().rev() {
        match disk.create_directory(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(failed(path, "make", &error));
            }
            Ok(()) | Err(_) => sync_directory(disk, directory(path))?,
        }
    }
    Ok(())
}

/// Makes the name of a directory that is there durable, unless it is not ours.
fn sync_parent(disk: &Disk, path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    match disk.sync_directory(parent) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => {
            Err(failed(parent, "sync the directory", &error))
        }
        // Where a process may not even look it has made nothing.
        Ok(()) | Err(_) => Ok(()),
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
fn write_aside(disk: &Disk, aside: &Path, parts: &[&[u8]]) -> Result<DiskFile, Error> {
    let mut file = disk.create(aside).map_err(|error| failed(aside, "create", &error))?;
    let written = parts.iter().try_for_each(|part| file.write_all(part));
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

fn put_in_place(disk: &Disk, aside: &Path, path: &Path) -> Result<(), Error> {
    disk.rename(aside, path).map_err(|error| failed(path, "put in place", &error))?;
    sync_directory(disk, directory(path))
}

fn remove(disk: &Disk, path: &Path) -> Result<(), Error> {
    match disk.remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, "remove", &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a rename or a removal in this directory durable.
fn sync_directory(disk: &Disk, path: &Path) -> Result<(), Error> {
    let synced = disk.sync_directory(path);
    synced.map_err(|error| failed(path, "sync the directory", &error))
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

fn failed(path: &Path, what: &'static str, error: &IoError) -> Error {
    let expected = format!("to {what} {}", path.display());
    Error::new(Code::StorageFailed, expected, error.to_string())
}

#[cfg(test)]
mod tests;
