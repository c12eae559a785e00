//! Keys to contents with versions, tombstones, and what changed since a version.
//!
//! One index answers live fan-out, slow readers, resume and snapshot alike: the latest change of
//! each key, in the order of versions. Its size follows the number of keys, never the number of
//! edits or how far a reader lags.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest;
use crate::id::{Digest, Key, KeyId, Version};
use crate::message::{Body, Change, Entry};
use crate::op::{Action, Content};
use crate::plant::mark;
use crate::policy::{Author, Standing};
use crate::value::json_bytes;

mod kept;

use kept::Kept;

/// Bytes that a key takes beside its name and content, as limits count them.
const ENTRY_BYTES: usize = 16;
/// Bytes that an entry, or one action of a patch, takes beside what it carries in the longer of the
/// two codecs: names of members, numbers, identities as hexadecimal digits.
const TEXT_BYTES: usize = 96;
/// Bytes by which the text of a list item's identity is longer than the identity.
const ITEM_TEXT_BYTES: usize = 16;

/// One key of a room, with a value or as a tombstone.
#[derive(Clone, Debug)]
pub struct StoreEntry {
    /// The key.
    pub key: Key,
    /// Its number.
    pub id: KeyId,
    /// The version at which the number was minted.
    pub created: Version,
    /// The version at which the key last came to hold a value.
    pub born: Version,
    /// The version of the latest change.
    pub version: Version,
    /// Who made it.
    pub author: Author,
    /// What the key holds; `None` is a tombstone.
    pub content: Option<Content>,
    /// Latest edits, for readers that hold what was before them.
    kept: Kept,
}

impl StoreEntry {
    /// An entry as a snapshot tells it, without kept edits.
    #[must_use]
    pub fn new(
        key: Key,
        id: KeyId,
        created: Version,
        born: Version,
        version: Version,
        author: Author,
        content: Option<Content>,
    ) -> Self {
        Self { key, id, created, born, version, author, content, kept: Kept::at(version) }
    }

    /// The standing of the key.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing { live: self.content.is_some(), version: self.version, author: self.author }
    }

    fn bytes(&self) -> usize {
        self.content.as_ref().map_or(0, |content| content_bytes(&self.key, content))
    }

    fn hash(&self) -> u64 {
        let hash = |content| digest::key_hash(&self.key, self.version, content);
        self.content.as_ref().map_or(0, hash)
    }

    /// What a reader that holds the state of `base`, and was sent everything up to `from` of what
    /// follows, is told; `None` if it never knew the key and need not.
    fn tell(&self, base: Version, from: Version) -> Option<Entry> {
        let change = match &self.content {
            None if self.created > from => return None,
            None => Change::Delete,
            Some(content) => match self.kept.since(base) {
                Some(actions) if self.born <= base => {
                    mark!(PatchSent);
                    Change::Patch(actions)
                }
                _ => Change::Value(content.clone()),
            },
        };
        let key = (self.content.is_some() && self.born > base).then(|| self.key.clone());
        Some(Entry { id: self.id, key, version: self.version, change })
    }
}

/// Bytes that a key with this content counts for.
#[must_use]
pub fn content_bytes(key: &Key, content: &Content) -> usize {
    content.size().saturating_add(key.as_str().len()).saturating_add(ENTRY_BYTES)
}

/// One accepted change of one key, its result computed.
#[derive(Clone, Debug)]
pub struct KeyChange {
    /// The key.
    pub key: Key,
    /// Its number; a number that the store does not know is minted by this change.
    pub id: KeyId,
    /// What was done.
    pub action: Action,
    /// What the key holds after it.
    pub content: Option<Content>,
}

/// The state of a room.
///
/// Invariant: `changes` holds `(entry.version, id)` of exactly the entries; `totals`
/// are sums over the entries that hold a value.
#[derive(Clone, Debug, Default)]
pub struct Store {
    version: Version,
    horizon: Version,
    keys: BTreeMap<Key, KeyId>,
    entries: BTreeMap<KeyId, StoreEntry>,
    changes: BTreeSet<(Version, KeyId)>,
    totals: Totals,
}

/// Sums over the entries that hold a value.
#[derive(Clone, Debug, Default)]
struct Totals {
    sum: digest::Sum,
    live: usize,
    bytes: usize,
}

impl Totals {
    fn add(&mut self, entry: &StoreEntry) {
        self.sum.add(entry.hash());
        self.bytes = self.bytes.saturating_add(entry.bytes());
        self.live = self.live.saturating_add(usize::from(entry.content.is_some()));
    }

    fn remove(&mut self, entry: &StoreEntry) {
        self.sum.remove(entry.hash());
        self.bytes = self.bytes.saturating_sub(entry.bytes());
        self.live = self.live.saturating_sub(usize::from(entry.content.is_some()));
    }
}

impl Store {
    /// The version up to which the store is.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The version below which tombstones are gone: a reader from before it needs everything.
    #[must_use]
    pub const fn horizon(&self) -> Version {
        self.horizon
    }

    /// A number that equal states share.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.totals.sum.digest()
    }

    /// Keys that hold a value.
    #[must_use]
    pub const fn live(&self) -> usize {
        self.totals.live
    }

    /// Keys that hold none any more and are still told of.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.entries.len().saturating_sub(self.totals.live)
    }

    /// Bytes of keys and contents, as limits count them.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.totals.bytes
    }

    /// The entry of a key, tombstones included.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&StoreEntry> {
        self.keys.get(key).and_then(|id| self.entries.get(id))
    }

    /// Whether a key has this number.
    #[must_use]
    pub fn is_taken(&self, id: KeyId) -> bool {
        self.entries.contains_key(&id)
    }

    /// Every entry, in the order of its number.
    pub fn entries(&self) -> impl Iterator<Item = &StoreEntry> {
        self.entries.values()
    }

    /// The entries that hold a value and whose key has this prefix, in the order of keys.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a StoreEntry> {
        use core::ops::Bound::{Included, Unbounded};
        let from_prefix = self.keys.range::<str, _>((Included(prefix), Unbounded));
        let matching = from_prefix.take_while(move |(key, _)| key.as_str().starts_with(prefix));
        matching.filter_map(|(_, id)| self.entries.get(id)).filter(|entry| entry.content.is_some())
    }

    /// Takes an accepted mutation's changes in; `version` is the mutation's.
    pub fn commit(&mut self, version: Version, author: Author, changes: Vec<KeyChange>) {
        self.version = self.version.max(version);
        for change in changes {
            self.commit_key(version, author, change);
        }
    }

    fn commit_key(&mut self, version: Version, author: Author, change: KeyChange) {
        let KeyChange { key, id, action, content } = change;
        let Some(entry) = self.entries.get_mut(&id) else {
            self.put(StoreEntry::new(key, id, version, version, version, author, content));
            return;
        };
        self.totals.remove(entry);
        self.changes.remove(&(entry.version, id));
        let was_live = entry.content.is_some();
        if !was_live {
            entry.born = version;
        }
        let size = content.as_ref().map_or(0, Content::size);
        entry.kept.note(version, &action, was_live, size);
        entry.version = version;
        entry.author = author;
        entry.content = content;
        self.totals.add(entry);
        self.changes.insert((version, id));
    }

    /// Puts an entry in, as a snapshot tells it.
    pub fn put(&mut self, entry: StoreEntry) {
        self.take(entry.id);
        self.totals.add(&entry);
        self.keys.insert(entry.key.clone(), entry.id);
        self.changes.insert((entry.version, entry.id));
        self.entries.insert(entry.id, entry);
    }

    fn take(&mut self, id: KeyId) {
        if let Some(entry) = self.entries.remove(&id) {
            self.keys.remove(&entry.key);
            self.changes.remove(&(entry.version, id));
            self.totals.remove(&entry);
        }
    }

    /// Sets the version and the horizon, as a snapshot tells them.
    pub fn set_position(&mut self, version: Version, horizon: Version) {
        self.version = version;
        self.horizon = horizon;
    }

    /// Numbers the keys anew from 0, as nobody knows their numbers any more; returns the first that is free.
    pub fn renumber(&mut self) -> KeyId {
        let mut next = KeyId::new(0);
        let entries = core::mem::take(&mut self.entries);
        self.changes.clear();
        for mut entry in entries.into_values() {
            entry.id = next;
            self.keys.insert(entry.key.clone(), next);
            self.changes.insert((entry.version, next));
            self.entries.insert(next, entry);
            next = next.next();
        }
        next
    }

    /// The lowest horizon that leaves at most `most` tombstones; the present one if they are fewer.
    #[must_use]
    pub fn horizon_for(&self, most: usize) -> Version {
        let excess = self.tombstones().saturating_sub(most);
        let dead = |(_, id): &&(Version, KeyId)| {
            self.entries.get(id).is_some_and(|entry| entry.content.is_none())
        };
        let oldest = self.changes.iter().filter(dead).take(excess);
        oldest.last().map_or(self.horizon, |(version, _)| *version)
    }

    /// Forgets the tombstones of versions up to `horizon`.
    pub fn prune(&mut self, horizon: Version) {
        self.horizon = self.horizon.max(horizon);
        let old = self.changes.range(..=(horizon, KeyId::new(u32::MAX)));
        let dead = |id: &KeyId| self.entries.get(id).is_some_and(|entry| entry.content.is_none());
        let ids: Vec<KeyId> = old.map(|(_, id)| *id).filter(dead).collect();
        for id in ids {
            self.take(id);
        }
    }

    /// What changed after `from`, about `chunk` bytes of it and never above `most`, cut between
    /// versions. The digest is left for the caller to put in.
    ///
    /// `base` is the version of the state that the reader holds; the first chunk has `from == base`.
    /// Entries of every chunk are relative to `base`, because a key that changes while chunks are
    /// sent moves behind the cut: its entry then stands for any that was sent before.
    ///
    /// The caller makes sure that `base` is zero or not below the horizon.
    #[must_use]
    pub fn body(&self, base: Version, from: Version, chunk: usize, most: usize) -> Body {
        let mut body = Body { from, to: from, more: false, digest: None, entries: Vec::new() };
        let (mut bytes, mut text) = (0_usize, 0_usize);
        let mut rest = self.changes.range((from.next(), KeyId::new(0))..).peekable();
        while let Some(&&(version, _)) = rest.peek() {
            let start = body.entries.len();
            let (mut grown, mut grown_text) = (bytes, text);
            while let Some((_, id)) = rest.next_if(|(at, _)| *at == version) {
                let told = self.entries.get(id).and_then(|entry| entry.tell(base, from));
                grown = grown.saturating_add(told.as_ref().map_or(0, entry_bytes));
                grown_text = grown_text.saturating_add(told.as_ref().map_or(0, text_bytes));
                body.entries.extend(told);
            }
            if start > 0 && grown_text > most {
                body.entries.truncate(start);
                body.more = true;
                return body;
            }
            (bytes, text) = (grown, grown_text);
            body.to = version;
            if bytes >= chunk && rest.peek().is_some() {
                body.more = true;
                return body;
            }
        }
        body.to = self.version;
        body
    }
}

fn entry_bytes(entry: &Entry) -> usize {
    let key = entry.key.as_ref().map_or(0, |key| key.as_str().len());
    let change = match &entry.change {
        Change::Value(content) => content.size(),
        Change::Delete => 0,
        Change::Patch(actions) => actions.iter().map(kept::action_bytes).sum(),
    };
    key.saturating_add(change).saturating_add(ENTRY_BYTES)
}

/// Bytes of an entry in the longer of the two codecs, rather too many: a frame must hold them.
fn text_bytes(entry: &Entry) -> usize {
    let key = entry.key.as_ref().map_or(0, |key| json_bytes(key.as_str()));
    let action_bytes = |action: &Action| action.size().saturating_add(TEXT_BYTES);
    let change = match &entry.change {
        Change::Value(Content::Plain(value)) => value.json_len(),
        Change::Value(Content::List(list)) => {
            list.size().saturating_add(list.items().len().saturating_mul(ITEM_TEXT_BYTES))
        }
        Change::Delete => 0,
        Change::Patch(actions) => actions.iter().map(action_bytes).fold(0, usize::saturating_add),
    };
    key.saturating_add(change).saturating_add(TEXT_BYTES)
}
