//! A machine for tests, whose process can be killed and whose power can fail at each operation.
//!
//! Files and names are held twice: as the system shows them, and as they are on the disk. What is on
//! the disk of a change that was not synced is any part of it, sector by sector, in any order. A
//! sync that fails leaves any part as well, and the system takes it for written from then on. Bytes
//! of a file that were never written are zeros there, or what lay there before.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

mod chance;
mod file;
mod inode;
mod names;
mod system;

pub(crate) use chance::Chance;
pub(crate) use file::OpenFile;
use inode::Inode;
use names::{Names, Node};

/// What is done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Look,
    Open,
    Create,
    CreateDirectory,
    Rename,
    Remove,
    SyncDirectory,
    Read,
    Write,
    SetLen,
    Sync,
}

/// What goes wrong at one operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// A signal comes first.
    Interrupted,
    /// Half is read or written.
    Short,
    /// The disk fails: half is written, or any part synced.
    Broken,
}

/// What comes of an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Course {
    /// A mistaken user leaves it out.
    LeftOut,
    Meets(Fault),
    Done,
}

/// What the user of the disk is about, as its test says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Phase {
    #[default]
    Running,
    Opening,
}

/// Which operations a mistaken user leaves out.
pub(crate) type LeftOut = fn(Kind, &Path, Phase) -> bool;

/// What files under some paths meet from now on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    /// They may not grow.
    Full,
    /// They cannot be synced.
    SyncFails,
    /// They cannot be opened: the process has too many files open.
    TooManyOpen,
}

/// How far the story of a test was: states that were begun, and states that were told as durable.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mark {
    pub(crate) begun: usize,
    pub(crate) told: usize,
}

/// A machine; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine(Arc<Mutex<State>>);

/// A machine at one moment.
#[derive(Clone, Debug)]
pub(crate) struct State {
    sector: usize,
    inodes: Vec<Inode>,
    names: Names,
    locks: BTreeSet<PathBuf>,
    /// Bytes that files may have together.
    capacity: usize,
    /// Files that may be open at once, how many are, and how many were at most.
    descriptors: usize,
    open: usize,
    most_open: usize,
    counts: BTreeMap<Kind, usize>,
    operations: usize,
    faults: BTreeMap<usize, Fault>,
    troubles: Vec<(&'static str, Trouble)>,
    phase: Phase,
    left_out: Option<LeftOut>,
    /// What a sync that fails leaves.
    chance: Chance,
    mark: Mark,
    /// What lay on sectors that are free now.
    freed: Vec<u8>,
    /// This is a moment in the middle of a write.
    torn: bool,
    /// What is done next.
    next: Option<Kind>,
    trail: Option<Vec<Self>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            sector: 512,
            inodes: Vec::new(),
            names: Names::default(),
            locks: BTreeSet::new(),
            capacity: usize::MAX,
            descriptors: usize::MAX,
            open: 0,
            most_open: 0,
            counts: BTreeMap::new(),
            operations: 0,
            faults: BTreeMap::new(),
            troubles: Vec::new(),
            phase: Phase::default(),
            left_out: None,
            chance: Chance::Nothing,
            mark: Mark::default(),
            freed: Vec::new(),
            torn: false,
            next: None,
            trail: None,
        }
    }
}

impl State {
    pub(crate) const fn mark(&self) -> Mark {
        self.mark
    }

    /// Whether this is a moment in the middle of a write.
    pub(crate) const fn is_torn(&self) -> bool {
        self.torn
    }

    /// Whether this is the moment before something is done.
    pub(crate) fn is_about_to(&self, kind: Kind) -> bool {
        !self.torn && self.next == Some(kind)
    }

    /// The machine goes on with another process: what the system had taken is there.
    pub(crate) fn restart(&self) -> Machine {
        let restarted = Self {
            locks: BTreeSet::new(),
            open: 0,
            faults: BTreeMap::new(),
            operations: 0,
            torn: false,
            trail: None,
            ..self.clone()
        };
        Machine(Arc::new(Mutex::new(restarted)))
    }

    /// The machine lost its power and has it again: what the disk had is there.
    pub(crate) fn lose_power(&self, chance: &mut Chance) -> Machine {
        let mut state = self.clone();
        for inode in &mut state.inodes {
            inode.lose_power(state.sector, chance);
        }
        state.names.lose_power(chance);
        state.restart()
    }

    /// Notes this moment, if somebody wants it.
    fn note(&mut self, next: Kind) {
        if let Some(mut trail) = self.trail.take() {
            trail.push(Self { next: Some(next), ..self.clone() });
            self.trail = Some(trail);
        }
    }

    /// Counts an operation, and tells what comes of it.
    fn begin(&mut self, kind: Kind, path: &Path) -> Course {
        if self.left_out.is_some_and(|left_out| left_out(kind, path, self.phase)) {
            return Course::LeftOut;
        }
        if !matches!(kind, Kind::Look | Kind::Open | Kind::Read) {
            self.note(kind);
        }
        *self.counts.entry(kind).or_default() += 1;
        self.operations += 1;
        let fault = self.faults.remove(&(self.operations - 1));
        fault.map_or(Course::Done, Course::Meets)
    }

    /// An operation that is done or fails as a whole.
    fn whole<T: Default>(
        &mut self,
        kind: Kind,
        path: &Path,
        act: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        match self.begin(kind, path) {
            Course::LeftOut => Ok(T::default()),
            Course::Meets(Fault::Broken) => Err(broken()),
            Course::Meets(Fault::Interrupted | Fault::Short) | Course::Done => act(self),
        }
    }

    fn has_trouble(&self, path: &Path, trouble: Trouble) -> bool {
        let path = path.to_string_lossy();
        self.troubles.iter().any(|(part, met)| *met == trouble && path.contains(part))
    }

    /// Refuses to open one more file where the process has too many, or trouble of that kind.
    fn check_descriptors(&self, path: &Path) -> Result<()> {
        if self.open < self.descriptors && !self.has_trouble(path, Trouble::TooManyOpen) {
            return Ok(());
        }
        Err(Error::from_raw_os_error(if cfg!(windows) { 4 } else { 24 }))
    }

    /// What a file is called now that was opened under this name.
    fn name_now(&self, inode: usize, opened: &Path) -> PathBuf {
        self.names.name(inode).unwrap_or_else(|| opened.to_owned())
    }

    fn free(&self) -> usize {
        let used: usize = self.names.files().map(|file| self.inodes[file].len()).sum();
        self.capacity.saturating_sub(used)
    }
}

fn broken() -> Error {
    Error::other("a planted failure of the disk")
}

impl Machine {
    /// A machine whose disk writes so many bytes whole or not at all.
    pub(crate) fn with_sectors(sector: usize) -> Self {
        Self(Arc::new(Mutex::new(State { sector, ..State::default() })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock())
    }

    pub(crate) fn now(&self) -> State {
        self.with(|state| State { trail: None, ..state.clone() })
    }

    /// Notes every moment from now on.
    pub(crate) fn note_moments(&self) {
        self.with(|state| state.trail = Some(Vec::new()));
    }

    /// The moments that were noted, and this one.
    pub(crate) fn moments(&self) -> Vec<State> {
        let mut moments = self.with(|state| state.trail.take().unwrap_or_default());
        moments.push(self.now());
        moments
    }

    pub(crate) fn set_mark(&self, mark: Mark) {
        self.with(|state| state.mark = mark);
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.with(|state| state.phase = phase);
    }

    pub(crate) fn leave_out(&self, left_out: Option<LeftOut>) {
        self.with(|state| state.left_out = left_out);
    }

    /// The operation of this number, counted from 0 at the start, meets a fault.
    pub(crate) fn plan(&self, operation: usize, fault: Fault, chance: Chance) {
        self.with(|state| {
            state.faults.insert(operation, fault);
            state.chance = chance;
        });
    }

    pub(crate) fn set_capacity(&self, bytes: usize) {
        self.with(|state| state.capacity = bytes);
    }

    /// So many files may be open at once from now on.
    pub(crate) fn set_descriptors(&self, descriptors: usize) {
        self.with(|state| state.descriptors = descriptors);
    }

    /// How many files were open at once, at most.
    pub(crate) fn most_open(&self) -> usize {
        self.with(|state| state.most_open)
    }

    /// How many files there are.
    pub(crate) fn files(&self) -> usize {
        self.with(|state| state.names.files().count())
    }

    /// Files whose path has `part` in it meet trouble from now on.
    pub(crate) fn trouble(&self, part: &'static str, trouble: Trouble) {
        self.with(|state| state.troubles.push((part, trouble)));
    }

    pub(crate) fn end_troubles(&self) {
        self.with(|state| state.troubles.clear());
    }

    pub(crate) fn operations(&self) -> usize {
        self.with(|state| state.operations)
    }

    /// How often something was done.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.with(|state| state.counts.get(&kind).copied().unwrap_or_default())
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> usize {
        self.with(|state| state.names.files().map(|file| state.inodes[file].len()).sum())
    }

    /// What a file holds, as the system shows it.
    pub(crate) fn content(&self, path: &Path) -> Option<Vec<u8>> {
        self.with(|state| Some(state.inodes[state.names.file(path)?].content().to_vec()))
    }

    /// Puts a file there, durably.
    pub(crate) fn put(&self, path: &Path, content: &[u8]) {
        self.with(|state| {
            state.inodes.push(Inode::durable(content));
            state.names.put(path, Node::File(state.inodes.len() - 1));
        });
    }
}
