//! A file of a simulated machine that a process has open: what each call does, and what goes wrong.

use std::io::{ErrorKind, Result, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Course, Fault, Kind, Machine, State, Trouble, broken};

/// A file or directory that a process has open, or a lock that it holds.
#[derive(Debug)]
pub(crate) struct OpenFile {
    machine: Machine,
    path: PathBuf,
    inode: usize,
    position: usize,
    locks: bool,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.machine.with(|state| {
            state.open -= 1;
            if self.locks {
                state.locks.remove(&self.path);
            }
        });
    }
}

impl OpenFile {
    pub(super) fn new(machine: Machine, path: &Path, inode: usize) -> Self {
        machine.with(|state| {
            state.open += 1;
            state.most_open = state.most_open.max(state.open);
        });
        Self { machine, path: path.to_owned(), inode, position: 0, locks: false }
    }

    /// What is a lock as long as it lives.
    pub(super) const fn into_lock(mut self) -> Self {
        self.locks = true;
        self
    }

    pub(in crate::host::disk) fn len(&self) -> Result<u64> {
        let len = self.machine.with(|state| {
            state.whole(Kind::Look, &self.path, |state| Ok(state.inodes[self.inode].len()))
        })?;
        Ok(len as u64)
    }

    pub(in crate::host::disk) fn set_len(&self, len: u64) -> Result<()> {
        let len = usize::try_from(len).unwrap();
        self.machine.with(|state| {
            state.whole(Kind::SetLen, &self.path, |state| {
                state.inodes[self.inode].set_len(len);
                Ok(())
            })
        })
    }

    pub(in crate::host::disk) fn sync(&self) -> Result<()> {
        self.machine.with(|state| {
            let path = state.name_now(self.inode, &self.path);
            let course = state.begin(Kind::Sync, &path);
            if course == Course::LeftOut {
                return Ok(());
            }
            let failing = state.has_trouble(&path, Trouble::SyncFails);
            let (inode, sector) = (&mut state.inodes[self.inode], state.sector);
            if failing || course == Course::Meets(Fault::Broken) {
                inode.fail_sync(sector, &mut state.chance);
                return Err(broken());
            }
            inode.sync(sector);
            Ok(())
        })
    }

    /// Makes the names in what is a directory durable.
    pub(in crate::host::disk) fn sync_directory(&self) -> Result<()> {
        self.machine.with(|state| {
            state.whole(Kind::SyncDirectory, &self.path, |state| {
                if state.has_trouble(&self.path, Trouble::SyncFails) {
                    return Err(broken());
                }
                state.names.sync(&self.path);
                Ok(())
            })
        })
    }

    pub(in crate::host::disk) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.machine.with(|state| {
            let course = state.begin(Kind::Read, &self.path);
            let content = state.inodes[self.inode].content();
            let rest = &content[self.position.min(content.len())..];
            let mut len = rest.len().min(buffer.len());
            match course {
                Course::Meets(Fault::Interrupted) => return Err(ErrorKind::Interrupted.into()),
                Course::Meets(Fault::Broken) => return Err(broken()),
                Course::Meets(Fault::Short) => len = len.min(len / 2 + 1),
                Course::LeftOut | Course::Done => {}
            }
            buffer[..len].copy_from_slice(&rest[..len]);
            self.position += len;
            Ok(len)
        })
    }

    pub(in crate::host::disk) fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.machine.with(|state| {
            let path = state.name_now(self.inode, &self.path);
            let course = state.begin(Kind::Write, &path);
            let mut len = bytes.len();
            match course {
                Course::LeftOut => return Ok(len),
                Course::Meets(Fault::Interrupted) => return Err(ErrorKind::Interrupted.into()),
                Course::Meets(Fault::Broken | Fault::Short) => len = len / 2 + 1,
                Course::Done => {}
            }
            let place = state.inodes[self.inode].len().saturating_sub(self.position);
            let full = state.has_trouble(&path, Trouble::Full);
            let most = place + if full { 0 } else { state.free() };
            let len = len.min(bytes.len()).min(most);
            if len == 0 && !bytes.is_empty() {
                return Err(ErrorKind::StorageFull.into());
            }
            if state.trail.is_some() {
                // A process may be killed in the middle, where the system has taken a part.
                for cut in cuts(len) {
                    let trail = state.trail.take();
                    let mut part = State { torn: true, ..state.clone() };
                    part.inodes[self.inode].write(self.position, &bytes[..cut]);
                    state.trail = trail;
                    state.trail.as_mut().unwrap().push(part);
                }
            }
            state.inodes[self.inode].write(self.position, &bytes[..len]);
            self.position += len;
            if course == Course::Meets(Fault::Broken) { Err(broken()) } else { Ok(len) }
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "as a file's")]
    pub(in crate::host::disk) fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let SeekFrom::Start(position) = to else { panic!("not done by a journal: {to:?}") };
        self.position = usize::try_from(position).unwrap();
        Ok(position)
    }
}

/// After how many bytes of a write a process is killed: each of a commit's head, then some, then each
/// sector.
fn cuts(len: usize) -> impl Iterator<Item = usize> {
    (1..len).filter(|cut| *cut < 34 || (*cut < 150 && cut % 5 == 0) || cut % 512 < 2)
}
