//! What the records of a room hold, which mutation it accepts, and what changed since a version.

use std::collections::BTreeMap;

use crate::bug::Bug;
use crate::config::Config;
use crate::count::{ClientId, Epoch, Seq, Session, Version};
use crate::message::{Body, Change, Refusals};
use crate::mutation::{Cell, Cells, KEYS, Mutation, Policy, is_fresh};

/// A mutation that the room accepted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Entry {
    /// Whose it is.
    pub client: ClientId,
    /// Its number.
    pub seq: Seq,
    /// The mutation.
    pub mutation: Mutation,
    /// All of its ops took effect.
    pub whole: bool,
}

/// What the room holds after these mutations.
#[must_use]
pub fn fold<'a>(log: impl IntoIterator<Item = &'a Entry>) -> Cells {
    let mut cells = Cells::default();
    let mut version = Version::ZERO;
    for entry in log {
        version = version.next();
        let ops = entry.mutation.ops().take(if entry.whole { usize::MAX } else { 1 });
        for op in ops.filter(|op| !op.expect) {
            let author = (entry.client, entry.seq);
            cells.put(op.key, Some(Cell { version, author, edit: entry.mutation.edit }));
        }
    }
    cells
}

/// What the room keeps of a client.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Register {
    /// The fence.
    pub session: Session,
    /// The last decided mutation.
    pub last: Seq,
    /// Refusals that the client has not heard.
    pub refusals: Refusals,
    /// The latest refusal that it has heard, and that is forgotten.
    pub forgotten: Seq,
    /// The decided mutations: in the engine, hashes of the latest ones.
    pub contents: Vec<Mutation>,
}

impl Register {
    /// The register of a client that has written nothing.
    #[must_use]
    pub const fn new(session: Session) -> Self {
        Self {
            session,
            last: Seq::ZERO,
            refusals: Refusals::NONE,
            forgotten: Seq::ZERO,
            contents: Vec::new(),
        }
    }

    /// The client has made the refusals up to this one durable.
    pub fn hear(&mut self, heard: Seq) {
        let forgotten = (0..=heard.0).rev().map(Seq).find(|seq| self.refusals.has(*seq));
        self.forgotten = self.forgotten.max(forgotten.unwrap_or_default());
        self.refusals = self.refusals.after(heard);
    }
}

/// What one log holds.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct State {
    /// The continuity.
    pub epoch: Epoch,
    /// The accepted mutations, of which the room's contents are the fold.
    pub log: Vec<Entry>,
    /// What it keeps of its clients.
    pub registers: BTreeMap<ClientId, Register>,
    issued: Session,
}

impl State {
    /// How many mutations were accepted.
    #[must_use]
    pub fn version(&self) -> Version {
        Version(u8::try_from(self.log.len()).unwrap_or(u8::MAX))
    }

    fn at(&self, version: Version) -> Cells {
        fold(self.log.iter().take(usize::from(version.0)))
    }

    /// Gives a client a register under a session that was never issued.
    pub fn issue(&mut self, client: ClientId) -> Session {
        self.issued = self.issued.next();
        self.registers.insert(client, Register::new(self.issued));
        self.issued
    }

    /// Whether a mutation is accepted.
    ///
    /// # Errors
    ///
    /// Which op is refused.
    pub fn judge(
        &self,
        config: &Config,
        client: ClientId,
        seq: Seq,
        mutation: &Mutation,
    ) -> Result<(), usize> {
        let mut overlay = fold(&self.log);
        let version = self.version().next();
        for (index, op) in mutation.ops().enumerate() {
            let asks = op.expect || config.policy == Policy::Strict;
            if asks && !is_fresh(op.seen, overlay.get(op.key), client) {
                return Err(index);
            }
            if !op.expect {
                let cell = Cell { version, author: (client, seq), edit: mutation.edit };
                overlay.put(op.key, Some(cell));
            }
        }
        Ok(())
    }

    /// What changed after `from`, for a reader that holds the state of version `base`.
    #[must_use]
    pub fn body(&self, config: &Config, base: Version, from: Version) -> Body {
        let now = fold(&self.log);
        let mut later: Vec<_> = now.iter().filter(|(_, cell)| cell.version > from).collect();
        later.sort_by_key(|(_, cell)| cell.version);
        let mut taken = later.len();
        if config.chunked
            && let Some((_, first)) = later.first()
        {
            let same = |(_, cell): &&(_, Cell)| cell.version == first.version;
            taken = if config.has(Bug::CutInsideVersion) {
                1
            } else {
                later.iter().take_while(same).count()
            };
        }
        let more = taken < later.len();
        later.truncate(taken);
        let cut = later.last().map_or(from, |(_, cell)| cell.version);
        let held = self.at(if config.has(Bug::ChunkOnChunk) { from } else { base });
        let mut changes = [None; KEYS];
        for (key, to) in later {
            if let Some(change) = changes.get_mut(usize::from(key.0)) {
                *change = Some(Change { to, on: held.get(key) });
            }
        }
        Body { from, to: if more { cut } else { self.version() }, more, changes }
    }
}
