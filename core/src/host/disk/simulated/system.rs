//! What each call of the system does with files, names and locks of a simulated machine.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use super::inode::Inode;
use super::names::Node;
use super::{Kind, Machine, OpenFile};

fn missing() -> Error {
    Error::from(ErrorKind::NotFound)
}

impl Machine {
    pub(in crate::host::disk) fn exists(&self, path: &Path) -> Result<bool> {
        self.with(|state| state.whole(Kind::Look, path, |state| Ok(state.names.has(path))))
    }

    pub(in crate::host::disk) fn open(&self, path: &Path) -> Result<OpenFile> {
        let inode = self.with(|state| {
            state.whole(Kind::Open, path, |state| {
                state.check_descriptors(path)?;
                state.names.file(path).ok_or_else(missing)
            })
        })?;
        Ok(self.opened(path, inode))
    }

    fn opened(&self, path: &Path, inode: usize) -> OpenFile {
        OpenFile::new(self.clone(), path, inode)
    }

    pub(in crate::host::disk) fn create(&self, path: &Path) -> Result<OpenFile> {
        let inode = self.with(|state| {
            state.whole(Kind::Create, path, |state| {
                state.check_descriptors(path)?;
                state.names.check_directory(path)?;
                if let Some(inode) = state.names.file(path) {
                    state.inodes[inode].set_len(0);
                    return Ok(inode);
                }
                state.inodes.push(Inode::new(core::mem::take(&mut state.freed)));
                state.names.link(path, Node::File(state.inodes.len() - 1));
                Ok(state.inodes.len() - 1)
            })
        })?;
        Ok(self.opened(path, inode))
    }

    pub(in crate::host::disk) fn create_directory(&self, path: &Path) -> Result<()> {
        self.with(|state| {
            state.whole(Kind::CreateDirectory, path, |state| {
                state.names.check_directory(path)?;
                if state.names.has(path) {
                    return Err(Error::from(ErrorKind::AlreadyExists));
                }
                state.names.link(path, Node::Directory);
                Ok(())
            })
        })
    }

    pub(in crate::host::disk) fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.with(|state| {
            state.whole(Kind::Rename, from, |state| {
                let inode = state.names.file(from).ok_or_else(missing)?;
                if let Some(old) = state.names.file(to) {
                    state.freed = state.inodes[old].content().to_vec();
                }
                state.names.rename(from, to, Node::File(inode));
                Ok(())
            })
        })
    }

    pub(in crate::host::disk) fn remove(&self, path: &Path) -> Result<()> {
        self.with(|state| {
            if state.names.file(path).is_none() {
                return Err(missing());
            }
            state.whole(Kind::Remove, path, |state| {
                state.names.unlink(path);
                Ok(())
            })
        })
    }

    pub(in crate::host::disk) fn open_directory(&self, path: &Path) -> Result<OpenFile> {
        self.with(|state| {
            state.whole(Kind::Open, path, |state| {
                state.check_descriptors(path)?;
                if state.names.has(path) { Ok(()) } else { Err(missing()) }
            })
        })?;
        Ok(self.opened(path, usize::MAX))
    }

    pub(in crate::host::disk) fn lock(&self, path: &Path) -> Result<OpenFile> {
        self.with(|state| {
            state.check_descriptors(path)?;
            state.names.check_directory(path)?;
            let free = state.locks.insert(path.to_owned());
            if free { Ok(()) } else { Err(Error::from(ErrorKind::WouldBlock)) }
        })?;
        Ok(self.opened(path, usize::MAX).into_lock())
    }
}
