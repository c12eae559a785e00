//! How a recording becomes a file: in blocks with checks, by a thread of its own, up to a bound.
//!
//! A file is [`HEAD`], then blocks: the length of what is in it (4 bytes), a check of that (4), a check of what is
//! in it (8), and whole records. Each check covers the place of its block too. Whoever records only appends to
//! memory; the thread writes what is there a tenth of a second later, or at once when that is much. So a process that
//! dies loses as much of its recording, and what is torn at the end is found by the checks.

use core::time::Duration;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};

use parking_lot::{Condvar, Mutex};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::{Code, Error};
use crate::host::disk::Disk;
use crate::host::journal::Lock;
use crate::value::quoted;

use super::recorder::End;

/// What a file begins with; the last byte is the version of all that follows.
pub(super) const HEAD: &[u8; 16] = b"syncline flight\x01";
/// What a block has before its records.
pub(super) const BLOCK_HEAD: usize = 16;
/// Bytes that are written at once.
const MUCH: usize = 64 * 1_024;
/// How long bytes wait for company.
const PAUSE: Duration = Duration::from_millis(100);
/// What stays free for the last records.
const END_BYTES: u64 = 8;

/// How far a recording is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlightStatus {
    /// Where it lies.
    pub path: PathBuf,
    /// How many bytes of calls it has, not all of which are written yet.
    pub bytes: u64,
    /// Whether it had no more place. It has all before that.
    pub full: bool,
    /// Whether it could not be written any more.
    pub failed: bool,
}

impl FlightStatus {
    /// The same as one line of JSON; in a path that is no UTF-8, what is none is shown as U+FFFD.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { path, bytes, full, failed } = self;
        let path = quoted(&path.to_string_lossy());
        format!(r#"{{"path":{path},"bytes":{bytes},"full":{full},"failed":{failed}}}"#)
    }
}

/// What is known of a recording from outside.
#[derive(Debug)]
pub(super) struct Gauge {
    path: PathBuf,
    bytes: AtomicU64,
    full: AtomicBool,
    failed: AtomicBool,
}

impl Gauge {
    pub(super) fn status(&self) -> FlightStatus {
        FlightStatus {
            path: self.path.clone(),
            bytes: self.bytes.load(Ordering::Relaxed),
            full: self.full.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}

/// What records are appended to.
pub(super) enum Tape {
    /// Nothing: only what is told is compared.
    Blank,
    /// A file.
    File(FileTape),
}

impl Tape {
    /// Appends whole records; `false` if they do not fit.
    pub(super) fn write(&mut self, records: &[u8]) -> bool {
        match self {
            Self::Blank => true,
            Self::File(file) => file.write(records),
        }
    }

    /// Appends the last ones.
    pub(super) fn end(self, records: &[u8], why: End) {
        match self {
            Self::Blank => {}
            Self::File(mut file) => {
                file.shared.give(records);
                file.shared.gauge.full.store(why == End::Full, Ordering::Relaxed);
                file.finish();
            }
        }
    }
}

/// Records on their way to a file. When it is dropped, all of them are written.
pub(super) struct FileTape {
    shared: Arc<Shared>,
    left: u64,
    thread: Option<JoinHandle<()>>,
    /// Nobody else records there meanwhile. Dropped last, after everything is written.
    lock: Option<Lock>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    more: Condvar,
    gauge: Arc<Gauge>,
}

#[derive(Default)]
struct Waiting {
    records: Vec<u8>,
    ended: bool,
}

impl FileTape {
    /// A new file. One that is there is kept beside it, under its name and `.1`, in the place of one that was so kept
    /// before: what a process recorded that then died is there after it was started again. One that is being written
    /// is not taken from whoever writes it: a file with `.lock` behind its name says so, and stays.
    pub(super) fn create(path: &Path, most: u64) -> Result<(Self, Arc<Gauge>), Error> {
        let failed = |error: io::Error| {
            let got = format!("{}: {error}", path.display());
            Error::new(Code::Unavailable, "a file for the recording", got)
        };
        let lock = Lock::take(path).map_err(|error| {
            if error.code == Code::StorageInUse {
                let expected = "a file for the recording that no other handle writes";
                Error::new(error.code, expected, path.display().to_string())
            } else {
                let got = format!("{}: {}", path.display(), error.got);
                Error::new(Code::Unavailable, "a file for the recording", got)
            }
        })?;
        let disk = Disk::System;
        if disk.exists(path).map_err(failed)? {
            let mut before = path.as_os_str().to_owned();
            before.push(".1");
            disk.rename(path, Path::new(&before)).map_err(failed)?;
        }
        let mut file = disk.create(path).map_err(failed)?;
        file.write_all(HEAD).map_err(failed)?;
        let (mut tape, gauge) = Self::onto(file, path, most)?;
        tape.lock = Some(lock);
        Ok((tape, gauge))
    }

    /// What is written onto something that has its head.
    pub(super) fn onto(
        mut file: impl Write + Send + 'static,
        path: &Path,
        most: u64,
    ) -> Result<(Self, Arc<Gauge>), Error> {
        let gauge = Arc::new(Gauge {
            path: path.to_owned(),
            bytes: AtomicU64::new(0),
            full: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        });
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            more: Condvar::new(),
            gauge: Arc::clone(&gauge),
        });
        let theirs = Arc::clone(&shared);
        let write = move || {
            if theirs.write_all(&mut file).is_err() {
                theirs.gauge.failed.store(true, Ordering::Relaxed);
            }
        };
        let thread = Builder::new().name("syncline-flight".to_owned()).spawn(write);
        let thread = thread.map_err(|error| {
            Error::new(Code::Unavailable, "a thread for the recording", error.to_string())
        })?;
        // What waits is within the bound too, and a block has a length of 32 bits.
        let left = most.min(u32::MAX.into()).saturating_sub(END_BYTES);
        Ok((Self { shared, left, thread: Some(thread), lock: None }, gauge))
    }

    fn write(&mut self, records: &[u8]) -> bool {
        let size = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(size) else { return false };
        self.left = left;
        self.shared.give(records);
        true
    }

    fn finish(&mut self) {
        self.shared.waiting.lock().ended = true;
        self.shared.more.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does not panic.
            let _ = thread.join();
        }
    }
}

impl Drop for FileTape {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Shared {
    /// Has records written later. Once writing failed, they are dropped.
    fn give(&self, records: &[u8]) {
        if self.gauge.failed.load(Ordering::Relaxed) {
            return;
        }
        let size = u64::try_from(records.len()).unwrap_or(u64::MAX);
        self.gauge.bytes.fetch_add(size, Ordering::Relaxed);
        let mut waiting = self.waiting.lock();
        let before = waiting.records.len();
        waiting.records.extend_from_slice(records);
        let now = waiting.records.len();
        drop(waiting);
        if before == 0 || (before < MUCH && now >= MUCH) {
            self.more.notify_one();
        }
    }

    fn write_all(&self, file: &mut impl Write) -> io::Result<()> {
        let mut records = Vec::new();
        for place in 0_u64.. {
            let ended = self.next(&mut records);
            if !records.is_empty() {
                file.write_all(&block_head(place, &records))?;
                file.write_all(&records)?;
            }
            if ended {
                break;
            }
        }
        file.flush()
    }

    /// Waits for records, and then for company; whether they are the last.
    fn next(&self, records: &mut Vec<u8>) -> bool {
        records.clear();
        let mut waiting = self.waiting.lock();
        while waiting.records.is_empty() && !waiting.ended {
            self.more.wait(&mut waiting);
        }
        if waiting.records.len() < MUCH && !waiting.ended {
            let _ = self.more.wait_for(&mut waiting, PAUSE);
        }
        core::mem::swap(records, &mut waiting.records);
        waiting.ended
    }
}

/// What stands before the records of a block.
pub(super) fn block_head(place: u64, records: &[u8]) -> [u8; BLOCK_HEAD] {
    let length = u32::try_from(records.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut head = [0; BLOCK_HEAD];
    let parts = length.into_iter().chain(head_check(place, length));
    let parts = parts.chain(records_check(place, records));
    for (byte, part) in head.iter_mut().zip(parts) {
        *byte = part;
    }
    head
}

pub(super) fn head_check(place: u64, length: [u8; 4]) -> [u8; 4] {
    let [a, b, c, d, ..] = xxh3_64_with_seed(&length, place).to_le_bytes();
    [a, b, c, d]
}

pub(super) fn records_check(place: u64, records: &[u8]) -> [u8; 8] {
    xxh3_64_with_seed(records, place).to_le_bytes()
}
