//! What of the protocol one search looks at: who edits what, and how much may go wrong.

use crate::bug::Bug;
use crate::count::{EditNo, Key, ProcessNo};
use crate::mutation::Policy;

/// Edits that one process may have in a plan.
pub const EDITS_EACH: u8 = 4;

/// An op of a plan.
#[derive(Clone, Copy, Debug)]
pub enum Planned {
    /// Writes a key.
    Set(Key),
    /// Asks that a key has not changed.
    Expect(Key),
}

/// How a search begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// Nobody has met the room.
    Fresh,
    /// Everybody has joined, and nobody has written.
    Joined,
    /// As `Joined`, after a stranger's write of the first key that nobody has been told of.
    Behind,
    /// Two processes have the same outbox, which had a session and had written nothing.
    Shared,
    /// The room was restored from a backup and has another content under each version; the first
    /// process holds the lost state, and had written nothing.
    Restored,
}

/// One search.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What it is called.
    pub name: &'static str,
    /// What the application of each process does: its edits in order, each a list of ops.
    pub plan: &'static [&'static [&'static [Planned]]],
    /// What becomes of stale writes.
    pub policy: Policy,
    /// How it begins.
    pub start: Start,
    /// How often a process may join, the join before the start included.
    pub joins: u8,
    /// How often a connection may end by itself.
    pub drops: u8,
    /// How often the server may crash.
    pub server_crashes: u8,
    /// How often a client may crash.
    pub client_crashes: u8,
    /// How often a register may be evicted.
    pub evictions: u8,
    /// How often the room may be restored from a backup that was made at any time.
    pub restores: u8,
    /// How often a client's storage may be put back to a copy that was made at any time.
    pub rollbacks: u8,
    /// A delta carries the changes of one version at a time.
    pub chunked: bool,
    /// A write can be stale, and refused for it.
    pub refuses: bool,
    /// Verdicts are looked at also where two processes share a client, which the protocol rules out.
    pub trusts_shared: bool,
    /// Which rule is broken.
    pub bug: Bug,
}

impl Config {
    /// A search in which two clients who have joined write one key under `Strict`, and nothing but
    /// messages goes wrong.
    pub const BASE: Self = Self {
        name: "two writers",
        plan: &[&[&[Planned::Set(Key(0))]], &[&[Planned::Set(Key(0))]]],
        policy: Policy::Strict,
        start: Start::Joined,
        joins: 1,
        drops: 0,
        server_crashes: 0,
        client_crashes: 0,
        evictions: 0,
        restores: 0,
        rollbacks: 0,
        chunked: false,
        refuses: true,
        trusts_shared: false,
        bug: Bug::None,
    };

    /// The same with a broken rule.
    #[must_use]
    pub const fn with(self, bug: Bug) -> Self {
        Self { bug, ..self }
    }

    /// Whether this rule is broken.
    #[must_use]
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    /// The processes.
    pub fn processes(&self) -> impl Iterator<Item = ProcessNo> + use<> {
        (0_u8..).zip(self.plan).map(|(process, _)| ProcessNo(process))
    }

    /// The edit that a process makes after this many, and its ops.
    #[must_use]
    pub fn edit(&self, process: ProcessNo, made: u8) -> Option<(EditNo, &'static [Planned])> {
        let ops = self.plan.get(usize::from(process.0))?.get(usize::from(made))?;
        Some((EditNo(process.0.saturating_mul(EDITS_EACH).saturating_add(made)), ops))
    }

    /// Every edit of the plan.
    pub fn edits(&self) -> impl Iterator<Item = EditNo> {
        let each = move |process| (0..EDITS_EACH).map_while(move |made| self.edit(process, made));
        self.processes().flat_map(each).map(|(edit, _)| edit)
    }
}

/// Edits of somebody who is not in the plan: in the room as it is, and in one that was lost.
pub const STRANGE: [EditNo; 2] = [EditNo(14), EditNo(15)];

/// The process whose application made an edit.
#[must_use]
pub const fn maker(edit: EditNo) -> ProcessNo {
    ProcessNo(edit.0 / EDITS_EACH)
}
