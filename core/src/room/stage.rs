//! What a room has accepted and storage has not: the newest state, on top of the durable one.

use std::collections::BTreeMap;

use crate::error::{Code, Error};
use crate::id::{Key, KeyId, Version};
use crate::limit::Limits;
use crate::op::{Action, Content, Seen};
use crate::plant::{mark, planted};
use crate::policy::{Author, Policies, Standing, judge};
use crate::store::{KeyChange, Store, content_bytes};

/// The newest state of one key.
#[derive(Clone, Debug)]
struct Cell {
    id: KeyId,
    standing: Standing,
    content: Option<Content>,
}

/// One edit to be judged.
#[derive(Clone, Debug)]
pub(super) struct Edit<'a> {
    pub(super) key: &'a Key,
    pub(super) action: &'a Action,
    /// What the writer saw; `None` asks nothing, which only the host may.
    pub(super) seen: Option<Seen>,
}

/// A mutation that was accepted and is not committed yet.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) version: Version,
    pub(super) author: Author,
    pub(super) changes: Vec<KeyChange>,
    cells: BTreeMap<Key, Cell>,
    next_key: KeyId,
    live: usize,
    bytes: usize,
}

/// Why a mutation was refused: which of its edits, and for what.
pub(super) type Refused = (usize, Error);

/// The keys that differ from the durable state, and the totals of the newest state.
#[derive(Debug)]
pub(super) struct Stage {
    version: Version,
    next_key: KeyId,
    cells: BTreeMap<Key, Cell>,
    live: usize,
    bytes: usize,
}

impl Stage {
    /// Nothing staged on top of this store.
    pub(super) fn new(store: &Store, next_key: KeyId) -> Self {
        let (live, bytes) = (store.live(), store.bytes());
        Self { version: store.version(), next_key, cells: BTreeMap::new(), live, bytes }
    }

    /// The version of the newest accepted mutation.
    pub(super) const fn version(&self) -> Version {
        self.version
    }

    /// The number that the next new key gets.
    pub(super) const fn next_key(&self) -> KeyId {
        self.next_key
    }

    /// The newest content of a key and the version of its latest change.
    pub(super) fn get<'a>(&'a self, store: &'a Store, key: &str) -> Option<(Version, &'a Content)> {
        if let Some(cell) = self.cells.get(key) {
            return cell.content.as_ref().map(|content| (cell.standing.version, content));
        }
        let entry = store.get(key)?;
        entry.content.as_ref().map(|content| (entry.version, content))
    }

    /// Judges a mutation against the newest state: accepted as a whole, or refused as a whole.
    pub(super) fn judge<'a>(
        &self,
        store: &Store,
        policies: &Policies,
        author: Author,
        edits: impl Iterator<Item = Edit<'a>>,
        limits: &Limits,
    ) -> Result<Accepted, Refused> {
        let mut accepted = Accepted {
            version: self.version.next(),
            author,
            changes: Vec::new(),
            cells: BTreeMap::new(),
            next_key: self.next_key,
            live: self.live,
            bytes: self.bytes,
        };
        let mut last = 0;
        for (index, edit) in edits.enumerate() {
            last = index;
            let judged = self.judge_edit(store, policies, &edit, limits, &mut accepted);
            if judged.is_err() && planted!(HalfApplied) && !accepted.changes.is_empty() {
                return Ok(accepted);
            }
            judged.map_err(|error| (index, error))?;
        }
        let size = |(key, cell): (&Key, &Cell)| cell_bytes(key, cell.content.as_ref());
        let result: usize = accepted.cells.iter().map(size).sum();
        if result > limits.mutation_bytes {
            let what = "bytes of results in one mutation";
            return Err((
                last,
                Error::limit(Code::MutationTooLarge, limits.mutation_bytes, what, result),
            ));
        }
        let grew = accepted.live > self.live || accepted.bytes > self.bytes;
        if grew && (accepted.live > limits.room_keys || accepted.bytes > limits.room_bytes) {
            let expected = format!("{} keys and {} bytes", limits.room_keys, limits.room_bytes);
            let got = format!("{} keys and {} bytes", accepted.live, accepted.bytes);
            return Err((last, Error::new(Code::RoomFull, expected, got)));
        }
        Ok(accepted)
    }

    fn judge_edit(
        &self,
        store: &Store,
        policies: &Policies,
        edit: &Edit<'_>,
        limits: &Limits,
        accepted: &mut Accepted,
    ) -> Result<(), Error> {
        let current = accepted.cells.get(edit.key).or_else(|| self.cells.get(edit.key)).cloned();
        let current = current.or_else(|| {
            let entry = store.get(edit.key.as_str())?;
            let (standing, content) = (entry.standing(), entry.content.clone());
            Some(Cell { id: entry.id, standing, content })
        });
        if let Some(seen) = edit.seen {
            let standing = current.as_ref().map(|cell| cell.standing);
            judge(policies.of(edit.key.as_str()), edit.action, seen, standing, accepted.author)
                .map_err(|code| Error::new(code, format!("{seen:?}"), format!("{standing:?}")))?;
        }
        let before = current.as_ref().and_then(|cell| cell.content.as_ref());
        let content = edit.action.apply(before, limits)?;
        if matches!(edit.action, Action::Expect) {
            return Ok(());
        }
        accepted.live = accepted.live.saturating_add(usize::from(content.is_some()));
        accepted.live = accepted.live.saturating_sub(usize::from(before.is_some()));
        accepted.bytes = accepted.bytes.saturating_add(cell_bytes(edit.key, content.as_ref()));
        accepted.bytes = accepted.bytes.saturating_sub(cell_bytes(edit.key, before));
        if current.is_some() && before.is_none() && content.is_some() {
            mark!(KeyRevived);
        }
        if current.is_none() && accepted.next_key == accepted.next_key.next() {
            let got = "a room that has given them all until it is renewed";
            return Err(Error::new(Code::RoomFull, "a number for a new key", got));
        }
        let id = current.map_or(accepted.next_key, |cell| cell.id);
        if id == accepted.next_key {
            accepted.next_key = id.next();
        }
        let (version, author) = (accepted.version, accepted.author);
        let standing = Standing { live: content.is_some(), version, author };
        accepted.cells.insert(edit.key.clone(), Cell { id, standing, content: content.clone() });
        let (key, action) = (edit.key.clone(), edit.action.clone());
        accepted.changes.push(KeyChange { key, id, action, content });
        Ok(())
    }

    /// Takes an accepted mutation in, and gives back its changes for the record and for the store.
    pub(super) fn accept(&mut self, accepted: Accepted) -> Vec<KeyChange> {
        self.version = accepted.version;
        self.next_key = accepted.next_key;
        self.live = accepted.live;
        self.bytes = accepted.bytes;
        self.cells.extend(accepted.cells);
        accepted.changes
    }

    /// Forgets what the mutation of this version did: the store holds it now.
    pub(super) fn settle(&mut self, version: Version, changes: &[KeyChange]) {
        for change in changes {
            if self.cells.get(&change.key).is_some_and(|cell| cell.standing.version == version) {
                self.cells.remove(&change.key);
            }
        }
    }
}

fn cell_bytes(key: &Key, content: Option<&Content>) -> usize {
    content.map_or(0, |content| content_bytes(key, content))
}
