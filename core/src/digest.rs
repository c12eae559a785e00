//! A number that equal rooms share, updated in constant time.
//!
//! Each live key has a hash of its own, and the digest is their sum: a change takes one hash out and
//! puts one in, in any order. It tells rooms apart that differ by accident, such as a lost or doubled
//! change; it does not withstand someone who looks for two rooms of one digest.

use xxhash_rust::xxh3::xxh3_64;

use crate::id::{Digest, Key, Version};
use crate::op::{Content, Op};
use crate::wire::Writer;

/// The sum of the hashes of a room's live keys; an empty room has digest zero.
///
/// ```
/// use syncline_core::digest::Sum;
/// let mut sum = Sum::default();
/// sum.add(7);
/// sum.add(9);
/// sum.remove(7);
/// let mut other = Sum::default();
/// other.add(9);
/// assert_eq!(sum.digest(), other.digest());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sum(u64);

impl Sum {
    /// Counts a key in by its [`key_hash`].
    pub const fn add(&mut self, hash: u64) {
        self.0 = self.0.wrapping_add(hash);
    }

    /// Takes a key out that was counted in under this hash.
    pub const fn remove(&mut self, hash: u64) {
        self.0 = self.0.wrapping_sub(hash);
    }

    /// The digest of the keys counted in.
    #[must_use]
    pub const fn digest(self) -> Digest {
        Digest::new(self.0)
    }
}

/// The hash of one live key: XXH3 with 64 bits and no seed over the canonical JSON of the content
/// (a list as an array), the identities of a list's items, the key, and then three numbers of 8
/// bytes: the key's length, the version, and zero for a plain value or one more than the items of
/// a list. Numbers and identities are little endian.
///
/// Read from the end, the numbers say where the parts before them begin: no two keys share bytes.
#[must_use]
pub fn key_hash(key: &Key, version: Version, content: &Content) -> u64 {
    let mut text = String::with_capacity(HASHED_BYTES);
    content.write_json(&mut text);
    let mut bytes = text.into_bytes();
    let mut kind = 0_u64;
    if let Content::List(list) = content {
        kind = 1;
        for item in list.items() {
            bytes.extend_from_slice(&item.id.get().to_le_bytes());
            kind = kind.saturating_add(1);
        }
    }
    let name = key.as_str().as_bytes();
    bytes.extend_from_slice(name);
    let length = u64::try_from(name.len()).unwrap_or(u64::MAX);
    for number in [length, version.get(), kind] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    xxh3_64(&bytes)
}

/// The hash of a mutation's content: XXH3 with 64 bits and no seed over the wire form of its ops.
///
/// A register keeps it to tell a mutation that is sent again from another under the same name.
#[must_use]
pub fn content_hash(ops: &[Op]) -> u64 {
    let mut out = Writer::new();
    out.ops(ops);
    xxh3_64(out.as_bytes())
}

/// Room for a small value, a key and the numbers, to allocate once.
const HASHED_BYTES: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ItemId, Seq};
    use crate::limit::Limits;
    use crate::list::{Item, List};
    use crate::op::{Action, Seen};
    use crate::value::Value;

    fn json(text: &str) -> Value {
        Value::from_json(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn list(items: &[(u64, &str)]) -> Content {
        let item = |(id, text): &(u64, &str)| Item { id: ItemId::new(*id), value: json(text) };
        let items = items.iter().map(item).collect();
        Content::List(List::from_items(items, &Limits::default()).unwrap())
    }

    #[test]
    fn anything_that_a_reader_could_notice_changes_the_hash() {
        let plain = |text| Content::Plain(json(text));
        let cases = [
            ("a", 1, plain("1")),
            ("a", 2, plain("1")),
            ("b", 1, plain("1")),
            ("a", 1, plain("\"1\"")),
            ("1a", 1, plain("null")),
            ("a", 1, plain("[]")),
            ("a", 1, list(&[])),
            ("a", 1, plain("[1,2]")),
            ("a", 1, list(&[(1, "1"), (2, "2")])),
            ("a", 1, list(&[(2, "1"), (1, "2")])),
            ("a", 1, list(&[(1, "2"), (2, "1")])),
            ("a", 1, list(&[(1, "[1,2]")])),
        ];
        let mut hashes: Vec<u64> = cases
            .iter()
            .map(|(key, version, content)| {
                key_hash(&Key::new(key).unwrap(), Version::new(*version), content)
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), cases.len());
    }

    #[test]
    fn hashes_never_change() {
        let key = Key::new("total").unwrap();
        let plain = key_hash(&key, Version::new(5), &Content::Plain(json("15")));
        let mut bytes = b"15total".to_vec();
        for number in [5_u64, 5, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        assert_eq!(plain, xxh3_64(&bytes));
        let op = Op { key, action: Action::Set(json("15")), seen: Seen::Mine(Seq::new(2)) };
        assert_eq!(content_hash(&[op]), xxh3_64(b"\x01\x05total\x8f\x06"));
    }

    #[test]
    fn the_sum_forgets_the_order_and_what_was_taken_out() {
        let (mut one, mut two) = (Sum::default(), Sum::default());
        for hash in [u64::MAX, 5, 1 << 63] {
            one.add(hash);
        }
        for hash in [1 << 63, 5, u64::MAX] {
            two.add(hash);
        }
        assert_eq!(one, two);
        for hash in [5, 1 << 63, u64::MAX] {
            one.remove(hash);
        }
        assert_eq!(one.digest(), Digest::new(0));
    }
}
