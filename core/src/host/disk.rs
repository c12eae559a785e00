//! What storage does to files: by the system, or in tests on a disk that fails as real ones do.
//!
//! Each function is one operation of the system. A write may be short, and none is durable before
//! the file is synced; a name is not durable before its directory is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

#[cfg(test)]
pub(super) mod simulated;

/// Where files lie.
#[derive(Clone, Debug, Default)]
pub(super) enum Disk {
    /// On the system's disks.
    #[default]
    System,
    #[cfg(test)]
    Simulated(simulated::Machine),
}

/// An open file.
#[derive(Debug)]
pub(super) enum DiskFile {
    System(File),
    #[cfg(test)]
    Simulated(simulated::OpenFile),
}

/// An open directory, whose changes can be made durable though no more files may be opened.
#[derive(Debug)]
pub(super) enum Directory {
    System(File),
    /// One that cannot be opened as a file: the system journals its changes.
    Journaled,
    #[cfg(test)]
    Simulated(simulated::OpenFile),
}

/// Whether a file could not be opened because the process, or the system, has too many open.
pub(super) fn is_out_of_files(error: &Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[4] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

impl Disk {
    pub(super) fn exists(&self, path: &Path) -> Result<bool> {
        match self {
            Self::System => path.try_exists(),
            #[cfg(test)]
            Self::Simulated(machine) => machine.exists(path),
        }
    }

    /// Opens a file that is there, to read and to write.
    pub(super) fn open(&self, path: &Path) -> Result<DiskFile> {
        match self {
            Self::System => {
                let opened = OpenOptions::new().read(true).write(true).open(path);
                opened.map(DiskFile::System)
            }
            #[cfg(test)]
            Self::Simulated(machine) => machine.open(path).map(DiskFile::Simulated),
        }
    }

    /// Makes an empty file, in the place of one that is there.
    pub(super) fn create(&self, path: &Path) -> Result<DiskFile> {
        match self {
            Self::System => {
                let mut options = OpenOptions::new();
                let options = options.create(true).truncate(true).read(true).write(true);
                options.open(path).map(DiskFile::System)
            }
            #[cfg(test)]
            Self::Simulated(machine) => machine.create(path).map(DiskFile::Simulated),
        }
    }

    pub(super) fn create_directory(&self, path: &Path) -> Result<()> {
        match self {
            Self::System => std::fs::create_dir(path),
            #[cfg(test)]
            Self::Simulated(machine) => machine.create_directory(path),
        }
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        match self {
            Self::System => std::fs::rename(from, to),
            #[cfg(test)]
            Self::Simulated(machine) => machine.rename(from, to),
        }
    }

    pub(super) fn remove(&self, path: &Path) -> Result<()> {
        match self {
            Self::System => std::fs::remove_file(path),
            #[cfg(test)]
            Self::Simulated(machine) => machine.remove(path),
        }
    }

    pub(super) fn open_directory(&self, path: &Path) -> Result<Directory> {
        match self {
            Self::System if cfg!(unix) => File::open(path).map(Directory::System),
            Self::System => Ok(Directory::Journaled),
            #[cfg(test)]
            Self::Simulated(machine) => machine.open_directory(path).map(Directory::Simulated),
        }
    }

    /// Locks the file at this path, made if it is not there, until what is returned is dropped.
    ///
    /// # Errors
    /// `WouldBlock` if another holds it.
    pub(super) fn lock(&self, path: &Path) -> Result<DiskFile> {
        match self {
            Self::System => {
                let mut options = OpenOptions::new();
                let options = options.create(true).truncate(false).read(true).write(true);
                let file = options.open(path)?;
                match file.try_lock() {
                    Ok(()) => Ok(DiskFile::System(file)),
                    Err(TryLockError::WouldBlock) => Err(Error::from(ErrorKind::WouldBlock)),
                    Err(TryLockError::Error(error)) => Err(error),
                }
            }
            #[cfg(test)]
            Self::Simulated(machine) => machine.lock(path).map(DiskFile::Simulated),
        }
    }
}

impl Directory {
    /// Makes what was made, renamed or removed in it durable.
    pub(super) fn sync(&self) -> Result<()> {
        match self {
            Self::System(directory) => directory.sync_all(),
            Self::Journaled => Ok(()),
            #[cfg(test)]
            Self::Simulated(directory) => directory.sync_directory(),
        }
    }
}

impl DiskFile {
    pub(super) fn len(&self) -> Result<u64> {
        match self {
            Self::System(file) => Ok(file.metadata()?.len()),
            #[cfg(test)]
            Self::Simulated(file) => file.len(),
        }
    }

    pub(super) fn set_len(&self, len: u64) -> Result<()> {
        match self {
            Self::System(file) => file.set_len(len),
            #[cfg(test)]
            Self::Simulated(file) => file.set_len(len),
        }
    }

    /// Makes what was written durable, and the length of the file.
    pub(super) fn sync(&self) -> Result<()> {
        match self {
            Self::System(file) => file.sync_data(),
            #[cfg(test)]
            Self::Simulated(file) => file.sync(),
        }
    }
}

impl Read for DiskFile {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::System(file) => file.read(buffer),
            #[cfg(test)]
            Self::Simulated(file) => file.read(buffer),
        }
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::System(file) => file.write(bytes),
            #[cfg(test)]
            Self::Simulated(file) => file.write(bytes),
        }
    }

    /// Nothing is held here: what is written is with the system.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Seek for DiskFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        match self {
            Self::System(file) => file.seek(to),
            #[cfg(test)]
            Self::Simulated(file) => file.seek(to),
        }
    }
}
