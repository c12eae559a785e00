//! Maps and sets whose code is small: what depends on the types of keys and values is only how two keys
//! compare, and the slots that hold them.
//!
//! A slot that becomes free is used again, and none is given back before the map goes.

mod walk;

use core::borrow::Borrow;
use core::fmt;
use core::ops::{Bound, RangeBounds};

use super::order::{Order, Place, Span};
pub use walk::{IntoIter, IntoMembers, Iter, IterMut, Members};

/// Keys in order, each in a slot.
#[derive(Clone)]
struct Keys<K> {
    order: Order,
    slots: Vec<Option<K>>,
    free: Vec<usize>,
}

/// An ordered map.
#[derive(Clone)]
pub struct Map<K, V> {
    keys: Keys<K>,
    /// Each in the slot of its key.
    values: Vec<Option<V>>,
}

/// An ordered set.
#[derive(Clone)]
pub struct Set<K> {
    keys: Keys<K>,
}

impl<K: Ord> Keys<K> {
    const fn new() -> Self {
        Self { order: Order::new(), slots: Vec::new(), free: Vec::new() }
    }

    const fn len(&self) -> usize {
        self.slots.len().saturating_sub(self.free.len())
    }

    #[inline(never)]
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<(usize, Place), Place>
    where
        K: Borrow<Q>,
    {
        self.order.search(&|slot| match self.slots.get(slot) {
            Some(Some(held)) => held.borrow().cmp(key),
            Some(None) | None => core::cmp::Ordering::Less,
        })
    }

    /// The slot of a key, and whether it is a new one.
    #[inline(never)]
    fn insert(&mut self, key: K) -> (usize, bool) {
        let place = match self.find(&key) {
            Ok((slot, _)) => return (slot, false),
            Err(place) => place,
        };
        let slot = self.free.pop().unwrap_or(self.slots.len());
        self.order.insert(place, slot);
        put(&mut self.slots, slot, key);
        (slot, true)
    }

    #[inline(never)]
    fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<(usize, K)>
    where
        K: Borrow<Q>,
    {
        let (slot, place) = self.find(key).ok()?;
        self.order.remove(place);
        Some((slot, self.take(slot)?))
    }

    fn take(&mut self, slot: usize) -> Option<K> {
        self.free.push(slot);
        take(&mut self.slots, slot)
    }

    fn span<Q: Ord + ?Sized>(&self, range: &impl RangeBounds<Q>) -> Span
    where
        K: Borrow<Q>,
    {
        let front = match range.start_bound() {
            Bound::Included(key) => self.place(key, false),
            Bound::Excluded(key) => self.place(key, true),
            Bound::Unbounded => Place::START,
        };
        let back = match range.end_bound() {
            Bound::Included(key) => self.place(key, true),
            Bound::Excluded(key) => self.place(key, false),
            Bound::Unbounded => Place::END,
        };
        Span::new(front, back)
    }

    /// The place before a key, or behind it.
    #[inline(never)]
    fn place<Q: Ord + ?Sized>(&self, key: &Q, behind: bool) -> Place
    where
        K: Borrow<Q>,
    {
        match self.find(key) {
            Ok((_, place)) if behind => place.after(),
            Ok((_, place)) | Err(place) => place,
        }
    }
}

impl<K> Keys<K> {
    fn get(&self, slot: usize) -> Option<&K> {
        get(&self.slots, slot)
    }
}

/// Puts a value under a key that has none.
pub(crate) fn insert_new<K: Ord, V>(map: &mut Map<K, V>, key: K, value: impl FnOnce() -> V) {
    let (slot, new) = map.keys.insert(key);
    if new {
        put(&mut map.values, slot, value());
    }
}

fn get<T>(slots: &[Option<T>], slot: usize) -> Option<&T> {
    slots.get(slot)?.as_ref()
}

fn take<T>(slots: &mut [Option<T>], slot: usize) -> Option<T> {
    slots.get_mut(slot)?.take()
}

/// Puts a thing into a slot that is there, or into the next one; returns what was there.
fn put<T>(slots: &mut Vec<Option<T>>, slot: usize, what: T) -> Option<T> {
    if let Some(place) = slots.get_mut(slot) {
        return place.replace(what);
    }
    slots.push(Some(what));
    None
}

impl<K: Ord, V> Map<K, V> {
    /// A map without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Keys::new(), values: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (slot, _) = self.keys.find(key).ok()?;
        get(&self.values, slot)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (slot, _) = self.keys.find(key).ok()?;
        self.values.get_mut(slot)?.as_mut()
    }

    /// Whether there is a value of this key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.find(key).is_ok()
    }

    /// Puts a value under a key, and returns the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (slot, _) = self.keys.insert(key);
        put(&mut self.values, slot, value)
    }

    /// Takes an entry out, and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (slot, _) = self.keys.remove(key)?;
        take(&mut self.values, slot)
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Takes the entries from a key on out, into another map.
    #[must_use]
    pub fn split_off<Q: Ord + ?Sized>(&mut self, key: &Q) -> Self
    where
        K: Borrow<Q>,
    {
        let place = self.keys.place(key, false);
        let mut tail = Self::new();
        for slot in self.keys.order.split_off(place) {
            if let (Some(key), Some(value)) = (self.keys.take(slot), take(&mut self.values, slot)) {
                tail.insert(key, value);
            }
        }
        tail
    }

    /// The entries in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { keys: &self.keys, values: &self.values, span: Span::ALL }
    }

    /// The entries in order, their values to be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        let values = self.values.iter_mut().map(Option::as_mut).collect();
        IterMut { keys: &self.keys, values, span: Span::ALL }
    }

    /// The entries whose keys are in a range, in order.
    pub fn range<Q: Ord + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        Iter { keys: &self.keys, values: &self.values, span: self.keys.span(&range) }
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        Members { keys: &self.keys, span: Span::ALL }
    }

    /// The values in the order of their keys.
    #[must_use]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The values in the order of their keys, taken out.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The entry with the least key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the greatest key.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
}

impl<K: Ord> Set<K> {
    /// A set without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Keys::new() }
    }

    /// How many keys there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What insertions and removals have moved.
    #[cfg(test)]
    pub(super) const fn moved(&self) -> u64 {
        self.keys.order.moved()
    }

    /// Whether a key is there.
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.find(key).is_ok()
    }

    /// Puts a key in; `false` if it was there.
    pub fn insert(&mut self, key: K) -> bool {
        self.keys.insert(key).1
    }

    /// Takes a key out; `false` if it was not there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.remove(key).is_some()
    }

    /// Takes all keys out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The keys in order.
    #[must_use]
    pub fn iter(&self) -> Members<'_, K> {
        Members { keys: &self.keys, span: Span::ALL }
    }

    /// The least key.
    #[must_use]
    pub fn first(&self) -> Option<&K> {
        self.iter().next()
    }

    /// The greatest key.
    #[must_use]
    pub fn last(&self) -> Option<&K> {
        self.iter().next_back()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord, const N: usize> From<[K; N]> for Set<K> {
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

impl<K: Ord, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord, V: Eq> Eq for Map<K, V> {}

impl<K: Ord> PartialEq for Set<K> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord> Eq for Set<K> {}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord + fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}
