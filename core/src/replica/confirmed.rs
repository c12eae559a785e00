//! What the server has confirmed of a room: the keys that hold a value, and their numbers.

use crate::digest::{self, Sum};
use crate::error::{Code, Error};
use crate::id::{Digest, Key, KeyId, Version};
use crate::limit::Limits;
use crate::map::{Map, insert_new};
use crate::message::{Body, Change, Entry};
use crate::op::Content;
use crate::record::client::StoredKey;
use crate::store::content_bytes;

/// A key that holds a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its number.
    pub id: KeyId,
    /// The version of its latest change.
    pub version: Version,
    /// What it holds.
    pub content: Content,
}

/// The confirmed state of a room.
///
/// Invariant: `ids` names exactly the keys of `keys`, and `sum` is over exactly these.
#[derive(Clone, Debug, Default)]
pub struct Confirmed {
    version: Version,
    keys: Map<Key, Held>,
    ids: Map<KeyId, Key>,
    sum: Sum,
    bytes: usize,
}

/// What keys held before a change.
pub type Before = Map<Key, Option<Held>>;

impl Confirmed {
    /// The version of the state.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// A number that equal states share.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.sum.digest()
    }

    /// Bytes of keys and contents, as a room's limits count them.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a key holds.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Held> {
        self.keys.get(key)
    }

    /// The keys with this prefix that hold a value, in order.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a Key, &'a Held)> {
        use core::ops::Bound::{Included, Unbounded};
        let from_prefix = self.keys.range::<str, _>((Included(prefix), Unbounded));
        from_prefix.take_while(move |(key, _)| key.as_str().starts_with(prefix))
    }

    /// Takes one delta in, all its chunks in order, and notes in `before` what the changed keys held.
    ///
    /// The entries of every chunk are relative to what is held now, and a later entry of a key
    /// stands for an earlier one: a key that changes while chunks are sent is sent again.
    ///
    /// # Errors
    ///
    /// `Diverged` if the chunks do not follow from what is held; the state is then part old and
    /// part new, and to be [reverted](Self::revert).
    pub fn apply(
        &mut self,
        chunks: &[&Body],
        limits: &Limits,
        before: &mut Before,
    ) -> Result<(), Error> {
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Ok(()) };
        if first.from == Version::ZERO {
            self.clear(before);
        }
        if chunks.len() == 1 {
            for entry in &first.entries {
                self.apply_entry(entry, limits, before)?;
            }
        } else {
            let entries = chunks.iter().flat_map(|body| &body.entries);
            let latest: Map<KeyId, &Entry> = entries.map(|entry| (entry.id, entry)).collect();
            for entry in latest.values() {
                self.apply_entry(entry, limits, before)?;
            }
        }
        self.version = last.to;
        Ok(())
    }

    /// Puts back what the keys held before. Not the version: nothing can be told on top of this.
    pub fn revert(&mut self, before: Before) {
        for key in before.keys() {
            self.take(key);
        }
        for (key, held) in before {
            if let Some(held) = held {
                self.put(key, held);
            }
        }
    }

    fn clear(&mut self, before: &mut Before) {
        for (key, held) in core::mem::take(self).keys {
            insert_new(before, key, || Some(held));
        }
    }

    fn apply_entry(
        &mut self,
        entry: &Entry,
        limits: &Limits,
        before: &mut Before,
    ) -> Result<(), Error> {
        let Entry { id, key, version, change } = entry;
        let Some(key) = key.clone().or_else(|| self.ids.get(id).cloned()) else {
            // A key that was dead at the cursor, was revived and died again.
            let unknown =
                || Error::new(Code::Diverged, "the number of a known key", id.to_string());
            return if *change == Change::Delete { Ok(()) } else { Err(unknown()) };
        };
        let current = self.take(&key);
        insert_new(before, key.clone(), || current.clone());
        let content = match change {
            Change::Value(content) => Some(content.clone()),
            Change::Delete => None,
            Change::Patch(actions) => {
                let mut content = current.map(|held| held.content);
                for action in actions {
                    content = action.apply(content.as_ref(), limits).map_err(|error| {
                        Error::new(Code::Diverged, "a patch that applies", error.to_string())
                    })?;
                }
                content
            }
        };
        if let Some(content) = content {
            self.put(key, Held { id: *id, version: *version, content });
        }
        Ok(())
    }

    fn take(&mut self, key: &Key) -> Option<Held> {
        let held = self.keys.remove(key)?;
        self.ids.remove(&held.id);
        self.sum.remove(digest::key_hash(key, held.version, &held.content));
        self.bytes = self.bytes.saturating_sub(content_bytes(key, &held.content));
        Some(held)
    }

    fn put(&mut self, key: Key, held: Held) {
        self.sum.add(digest::key_hash(&key, held.version, &held.content));
        self.bytes = self.bytes.saturating_add(content_bytes(&key, &held.content));
        self.ids.insert(held.id, key.clone());
        self.keys.insert(key, held);
    }

    /// What is held is not known to be the room's any more: it is shown, but as of no version.
    pub fn outdate(&mut self) {
        let keys = core::mem::take(self).keys;
        for (key, held) in keys {
            self.put(key, Held { version: Version::ZERO, ..held });
        }
    }

    /// The state as a record holds it.
    #[must_use]
    pub fn to_stored(&self) -> Vec<StoredKey> {
        let stored = |(key, held): (&Key, &Held)| StoredKey {
            id: held.id,
            key: key.clone(),
            version: held.version,
            content: held.content.clone(),
        };
        self.keys.iter().map(stored).collect()
    }

    /// The state that a record holds.
    #[must_use]
    pub fn from_stored(version: Version, stored: Vec<StoredKey>) -> Self {
        let mut confirmed = Self { version, ..Self::default() };
        for StoredKey { id, key, version, content } in stored {
            confirmed.put(key, Held { id, version, content });
        }
        confirmed
    }
}
