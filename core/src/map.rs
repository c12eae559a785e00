//! Ordered maps and sets: which ones this build has.
//!
//! Those of the standard library are fast, and take thousands of bytes of code for each kind of entry. Where
//! a program is downloaded before it runs, the thin ones take their place; they have the part of the same
//! interface that a client uses. Both are built in tests, and compared.

#[cfg(feature = "fast")]
pub use std::collections::{BTreeMap as Map, BTreeSet as Set};

#[cfg(not(feature = "fast"))]
pub use thin::{IntoIter, IntoMembers, Iter, IterMut, Map, Members, Set};

#[cfg(any(test, not(feature = "fast")))]
mod order;
#[cfg(any(test, not(feature = "fast")))]
#[cfg_attr(
    feature = "fast",
    allow(unreachable_pub, unused_imports, reason = "then only tests use it")
)]
mod thin;

/// Puts a value under a key that has none.
#[cfg(feature = "fast")]
pub(crate) fn insert_new<K: Ord, V>(map: &mut Map<K, V>, key: K, value: impl FnOnce() -> V) {
    map.entry(key).or_insert_with(value);
}

#[cfg(not(feature = "fast"))]
pub(crate) use thin::insert_new;

#[cfg(test)]
pub(crate) mod tests;
