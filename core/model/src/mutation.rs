//! What a client asks for: mutations, and what their writer had seen.

use crate::count::{ClientId, EditNo, Key, Seq, Version};

/// Keys of a room.
pub const KEYS: usize = 2;
/// Ops that a mutation may have.
pub const OPS: usize = 2;

/// What the writer of an op had seen of its key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Seen {
    /// No value.
    Absent,
    /// The value of this version. `ZERO` is of no version: always stale.
    At(Version),
    /// What its own mutation of this number did.
    Mine(Seq),
    /// What its own draft did, which has no number yet. Never sent.
    Draft(EditNo),
}

/// What becomes of a stale write.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Policy {
    /// It overwrites.
    Last,
    /// It is refused.
    Strict,
}

/// One op: a write of a key, or a precondition.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Op {
    /// The key.
    pub key: Key,
    /// It changes nothing, and is refused whenever it is stale.
    pub expect: bool,
    /// What its writer says that it saw.
    pub seen: Seen,
    /// What its writer really saw: the edit that the view showed. The protocol does not know it; the
    /// promises are checked against it.
    pub base: Option<EditNo>,
}

/// Ops that are accepted together or refused together.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Mutation {
    /// The edit that it carries out: its content, as everything that writes has another one.
    pub edit: EditNo,
    /// The ops, in order.
    pub ops: [Option<Op>; OPS],
}

impl Mutation {
    /// Its ops, in order.
    pub fn ops(&self) -> impl Iterator<Item = &Op> {
        self.ops.iter().flatten()
    }

    /// Changes what its ops had seen.
    pub fn rewrite_seen(&mut self, rewrite: impl Fn(Seen) -> Seen) {
        for op in self.ops.iter_mut().flatten() {
            op.seen = rewrite(op.seen);
        }
    }
}

/// What a key holds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Cell {
    /// The version of its latest change.
    pub version: Version,
    /// Who made that change.
    pub author: (ClientId, Seq),
    /// The value: the edit that wrote it.
    pub edit: EditNo,
}

impl Cell {
    /// What a patch makes of a value that it is not meant for.
    pub const TORN: EditNo = EditNo(u8::MAX);
}

/// What all keys hold.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Cells([Option<Cell>; KEYS]);

impl Cells {
    /// What a key holds.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Cell> {
        self.0.get(usize::from(key.0)).copied().flatten()
    }

    /// Puts a value under a key.
    pub fn put(&mut self, key: Key, cell: Option<Cell>) {
        if let Some(place) = self.0.get_mut(usize::from(key.0)) {
            *place = cell;
        }
    }

    /// Every key with what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Cell)> {
        let keys = (0_u8..).map(Key);
        keys.zip(&self.0).filter_map(|(key, cell)| cell.map(|cell| (key, cell)))
    }
}

/// Whether what `client` saw of a key is still so.
#[must_use]
pub fn is_fresh(seen: Seen, held: Option<Cell>, client: ClientId) -> bool {
    match seen {
        Seen::Absent => held.is_none(),
        Seen::At(version) => held.is_some_and(|cell| cell.version == version),
        Seen::Mine(seq) => held.is_some_and(|cell| cell.author == (client, seq)),
        Seen::Draft(_) => false,
    }
}
