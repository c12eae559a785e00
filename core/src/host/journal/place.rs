//! Where a journal's file lies: who may use it, and whether its name outlives a loss of power.

use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error};
use crate::host::disk::{Directory, Disk, DiskFile, is_out_of_files};

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

    pub(in crate::host) fn take_on(disk: &Disk, path: &Path) -> Result<Self, Error> {
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

/// Removes the log at this path, if there is one, and what a replace may have left of another.
pub(in crate::host) fn delete(disk: &Disk, path: &Path) -> Result<(), Error> {
    remove(disk, &beside(path, ".new"))?;
    remove(disk, path)?;
    match disk.open_directory(directory(path)) {
        // Nothing was ever written there.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(path, "open the directory of", &error)),
        Ok(folder) => sync_directory(&folder, directory(path)),
    }
}

/// Makes the directory and those above it that are missing, durably.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    create_directory_on(&Disk::System, path)
}

pub(in crate::host) fn create_directory_on(disk: &Disk, path: &Path) -> Result<(), Error> {
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
            Ok(()) | Err(_) => sync_directory(&open_directory(disk, path)?, directory(path))?,
        }
    }
    Ok(())
}

/// Makes the name of a directory that is there durable, unless it is not ours.
fn sync_parent(disk: &Disk, path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    match disk.open_directory(parent).and_then(|folder| folder.sync()) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => {
            Err(failed(parent, "sync the directory", &error))
        }
        // Where a process may not even look it has made nothing.
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn remove(disk: &Disk, path: &Path) -> Result<(), Error> {
    match disk.remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, "remove", &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The directory that what is at this path lies in.
pub(super) fn open_directory(disk: &Disk, path: &Path) -> Result<Directory, Error> {
    let opened = disk.open_directory(directory(path));
    opened.map_err(|error| failed(path, "open the directory of", &error))
}

/// Makes a rename or a removal in this directory durable.
pub(super) fn sync_directory(folder: &Directory, path: &Path) -> Result<(), Error> {
    folder.sync().map_err(|error| failed(path, "sync the directory", &error))
}

pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn failed(path: &Path, what: &'static str, error: &IoError) -> Error {
    let expected = format!("to {what} {}", path.display());
    // Files are opened before anything is written: what cannot be opened now can be later.
    let code = if is_out_of_files(error) { Code::Unavailable } else { Code::StorageFailed };
    Error::new(code, expected, error.to_string())
}
