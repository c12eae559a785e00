use core::cell::Cell;
use core::cmp::Ordering;
use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::thin::{Map, Set};

/// What is done to both maps.
#[derive(Clone, Debug)]
enum Step {
    Insert(u16, u32),
    InsertMany(u16, u16),
    Remove(u16),
    RemoveMany(u16, u16),
    InsertNew(u16, u32),
    Change(u16, u32),
    ChangeAll(u32),
    SplitOff(u16),
    Rebuild,
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..600_u16;
    prop_oneof![
        8 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => (key(), 1..200_u16).prop_map(|(key, count)| Step::InsertMany(key, count)),
        8 => key().prop_map(Step::Remove),
        2 => (key(), 1..200_u16).prop_map(|(key, count)| Step::RemoveMany(key, count)),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| Step::InsertNew(key, value)),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Change(key, value)),
        1 => any::<u32>().prop_map(Step::ChangeAll),
        2 => key().prop_map(Step::SplitOff),
        1 => Just(Step::Rebuild),
        1 => Just(Step::Clear),
    ]
}

type Thin = Map<u16, u32>;
type Reference = BTreeMap<u16, u32>;

fn apply(step: &Step, thin: &mut Thin, reference: &mut Reference) {
    match *step {
        Step::Insert(key, value) => {
            assert_eq!(thin.insert(key, value), reference.insert(key, value));
        }
        Step::InsertMany(key, count) => {
            let entries = || (key..key + count).map(|key| (key, u32::from(key)));
            thin.extend(entries());
            reference.extend(entries());
        }
        Step::Remove(key) => assert_eq!(thin.remove(&key), reference.remove(&key)),
        Step::RemoveMany(key, count) => {
            for key in key..key + count {
                assert_eq!(thin.remove(&key), reference.remove(&key));
            }
        }
        Step::InsertNew(key, value) => {
            super::thin::insert_new(thin, key, || value);
            reference.entry(key).or_insert(value);
        }
        Step::Change(key, value) => {
            let places = [thin.get_mut(&key), reference.get_mut(&key)];
            for place in places.into_iter().flatten() {
                *place = value;
            }
        }
        Step::ChangeAll(by) => {
            for value in thin.values_mut().chain(reference.values_mut()) {
                *value = value.wrapping_add(by);
            }
        }
        Step::SplitOff(key) => {
            let (ours, theirs) = (thin.split_off(&key), reference.split_off(&key));
            assert!(ours.iter().eq(theirs.iter()));
            thin.extend(ours);
            reference.extend(theirs);
        }
        Step::Rebuild => {
            let copy = thin.clone();
            assert_eq!(copy, *thin);
            assert!(core::mem::take(thin).into_iter().eq(reference.clone()));
            *thin = copy.into_iter().collect();
        }
        Step::Clear => {
            thin.clear();
            reference.clear();
        }
    }
}

fn compare(thin: &Thin, reference: &Reference, (from, to): (u16, u16)) {
    assert_eq!((thin.len(), thin.is_empty()), (reference.len(), reference.is_empty()));
    assert!(thin.iter().eq(reference));
    assert!(thin.iter().rev().eq(reference.iter().rev()));
    assert!(thin.keys().eq(reference.keys()) && thin.values().eq(reference.values()));
    assert_eq!(format!("{thin:?}"), format!("{reference:?}"));
    assert_eq!(thin.first_key_value(), reference.first_key_value());
    assert_eq!(thin.last_key_value(), reference.last_key_value());
    for key in [from, to] {
        assert_eq!(thin.get(&key), reference.get(&key));
        assert_eq!(thin.contains_key(&key), reference.contains_key(&key));
    }
    let bounds = |key| [Bound::Included(key), Bound::Excluded(key), Bound::Unbounded];
    for range in bounds(from).into_iter().flat_map(|from| bounds(to).map(|to| (from, to))) {
        // The standard library does not take these.
        if from > to || from == to && !matches!(range, (Bound::Included(_), Bound::Included(_))) {
            continue;
        }
        assert!(thin.range(range).eq(reference.range(range)), "{range:?}");
        assert!(thin.range(range).rev().eq(reference.range(range).rev()), "{range:?}");
        // From both ends, until they meet.
        let (mut ours, mut theirs) = (thin.range(range), reference.range(range));
        loop {
            let (one, two) = (ours.next(), ours.next_back());
            assert_eq!((one, two), (theirs.next(), theirs.next_back()), "{range:?}");
            if one.is_none() && two.is_none() {
                break;
            }
        }
    }
}

proptest! {
    #[test]
    fn a_thin_map_does_what_the_standard_library_s_does(
        steps in prop::collection::vec(step(), 0..60),
        looks in prop::collection::vec((0..820_u16, 0..820_u16), 60),
    ) {
        let (mut thin, mut reference) = (Thin::default(), Reference::default());
        for (step, look) in steps.iter().zip(looks) {
            apply(step, &mut thin, &mut reference);
            compare(&thin, &reference, look);
        }
    }

    #[test]
    fn a_thin_set_does_what_the_standard_library_s_does(
        steps in prop::collection::vec((any::<bool>(), 0..300_u16), 0..600),
    ) {
        let (mut thin, mut reference) = (Set::new(), BTreeSet::new());
        for (puts, key) in steps {
            if puts {
                prop_assert_eq!(thin.insert(key), reference.insert(key));
            } else {
                prop_assert_eq!(thin.remove(&key), reference.remove(&key));
            }
            prop_assert_eq!(thin.contains(&key), puts);
        }
        prop_assert!(thin.iter().eq(&reference));
        prop_assert!(thin.iter().rev().eq(reference.iter().rev()));
        prop_assert_eq!((thin.first(), thin.last()), (reference.first(), reference.last()));
        prop_assert_eq!((thin.len(), thin.is_empty()), (reference.len(), reference.is_empty()));
        prop_assert_eq!(format!("{thin:?}"), format!("{reference:?}"));
        prop_assert_eq!(&thin, &reference.iter().copied().collect::<Set<_>>());
        prop_assert!(thin.into_iter().eq(reference));
    }
}

#[test]
fn a_borrowed_form_of_the_key_finds_it() {
    let mut map: Map<String, u8> = Map::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!((map.get("a"), map.get("c")), (Some(&1), None));
    assert_eq!(map.range::<str, _>((Bound::Excluded("a"), Bound::Unbounded)).count(), 1);
    assert_eq!((map.remove("b"), map.len()), (Some(2), 1));
    assert_eq!(map.into_values().collect::<Vec<_>>(), [1]);
}

#[test]
fn values_are_dropped_when_they_are_taken_out_and_with_the_map() {
    let shared = std::rc::Rc::new(());
    let mut map: Map<u32, std::rc::Rc<()>> = (0..100).map(|key| (key, shared.clone())).collect();
    map.insert(7, shared.clone());
    assert_eq!(std::rc::Rc::strong_count(&shared), 101);
    drop(map.split_off(&50));
    assert_eq!(std::rc::Rc::strong_count(&shared), 51);
    map.remove(&3);
    assert_eq!(std::rc::Rc::strong_count(&shared), 50);
    drop(map.into_iter().take(10));
    assert_eq!(std::rc::Rc::strong_count(&shared), 1);
}

/// A key that counts its comparisons.
#[derive(Clone)]
pub(crate) struct Counted<'a>(pub(crate) u32, pub(crate) &'a Cell<u32>);

impl PartialEq for Counted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Counted<'_> {}

impl PartialOrd for Counted<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.1.set(self.1.get() + 1);
        self.0.cmp(&other.0)
    }
}

#[test]
fn no_order_of_many_keys_compares_or_moves_much() {
    const KEYS: u32 = 100_000;
    type Order = fn(u32) -> u32;
    let orders: [(&str, Order); 4] = [
        ("ascending", |nth| nth),
        ("descending", |nth| KEYS - nth),
        ("scattered", |nth| nth * 7_919 % 100_003),
        ("from both ends", |nth| if nth % 2 == 0 { nth } else { 2 * KEYS - nth }),
    ];
    for (name, order) in orders {
        let compared = Cell::new(0);
        let key = |nth| Counted(order(nth), &compared);
        let mut set = Set::new();
        for nth in 0..KEYS {
            assert!(set.insert(key(nth)), "{name}");
        }
        let moved = set.moved();
        assert!(compared.get() <= 20 * KEYS, "{name}: {} comparisons", compared.get());
        // A tenth of what is moved if all keys are in one piece, of which half is moved each time.
        assert!(moved <= u64::from(KEYS) * 600, "{name}: {moved} moves");
        compared.set(0);
        for nth in 0..KEYS {
            assert!(set.remove(&key(KEYS - 1 - nth)), "{name}");
        }
        assert!(set.is_empty() && compared.get() <= 20 * KEYS, "{name}: {}", compared.get());
        assert!(set.moved() - moved <= u64::from(KEYS) * 600, "{name}: {}", set.moved() - moved);
    }
}
