//! Walks over the entries of thin maps and sets, in order.

use super::{Keys, Map, Set, get, take};
use crate::map::order::Span;

/// The entries of a map in order.
pub struct Iter<'a, K, V> {
    pub(super) keys: &'a Keys<K>,
    pub(super) values: &'a [Option<V>],
    pub(super) span: Span,
}

/// The entries of a map in order, their values to be changed.
pub struct IterMut<'a, K, V> {
    pub(super) keys: &'a Keys<K>,
    pub(super) values: Vec<Option<&'a mut V>>,
    pub(super) span: Span,
}

/// The entries of a map in order, taken out.
pub struct IntoIter<K, V> {
    pub(super) map: Map<K, V>,
    pub(super) span: Span,
}

/// The keys of a set in order.
pub struct Members<'a, K> {
    pub(super) keys: &'a Keys<K>,
    pub(super) span: Span,
}

/// The keys of a set in order, taken out.
pub struct IntoMembers<K> {
    pub(super) keys: Keys<K>,
    pub(super) span: Span,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let slot = self.span.next(&self.keys.order)?;
        Some((self.keys.get(slot)?, get(self.values, slot)?))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let slot = self.span.next_back(&self.keys.order)?;
        Some((self.keys.get(slot)?, get(self.values, slot)?))
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { keys: self.keys, values: self.values, span: self.span }
    }
}

impl<'a, K, V> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        let slot = self.span.next(&self.keys.order)?;
        Some((self.keys.get(slot)?, take(&mut self.values, slot)?))
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let slot = self.span.next(&self.map.keys.order)?;
        Some((take(&mut self.map.keys.slots, slot)?, take(&mut self.map.values, slot)?))
    }
}

impl<'a, K> Iterator for Members<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.keys.get(self.span.next(&self.keys.order)?)
    }
}

impl<K> DoubleEndedIterator for Members<'_, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.keys.get(self.span.next_back(&self.keys.order)?)
    }
}

impl<K> Clone for Members<'_, K> {
    fn clone(&self) -> Self {
        Self { keys: self.keys, span: self.span }
    }
}

impl<K> Iterator for IntoMembers<K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        let slot = self.span.next(&self.keys.order)?;
        take(&mut self.keys.slots, slot)
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a mut Map<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: Ord, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter { map: self, span: Span::ALL }
    }
}

impl<'a, K: Ord> IntoIterator for &'a Set<K> {
    type Item = &'a K;
    type IntoIter = Members<'a, K>;

    fn into_iter(self) -> Members<'a, K> {
        self.iter()
    }
}

impl<K: Ord> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = IntoMembers<K>;

    fn into_iter(self) -> IntoMembers<K> {
        IntoMembers { keys: self.keys, span: Span::ALL }
    }
}
