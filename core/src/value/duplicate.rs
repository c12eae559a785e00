//! Which members of an object share a name, and what the object is without the repetition.

use xxhash_rust::xxh3::xxh3_64;

use crate::sort::sort;

/// For each member, which member's value it keeps: its own, that of the last of its name, or none
/// because an earlier one stands for it. `None` if no name is repeated.
///
/// Takes time in n log n, also for names chosen to share a hash.
pub(super) fn kept(names: &[&[u8]]) -> Option<Vec<Option<usize>>> {
    let mut order: Vec<(u64, &[u8], usize)> =
        names.iter().enumerate().map(|(at, &name)| (xxh3_64(name), name, at)).collect();
    sort(&mut order);
    let same = |one: &(u64, &[u8], usize), two: &(u64, &[u8], usize)| one.1 == two.1;
    if order.windows(2).all(|pair| !matches!(pair, [one, two] if same(one, two))) {
        return None;
    }
    let mut kept = vec![None; names.len()];
    for group in order.chunk_by(same) {
        if let (Some((.., first)), Some((.., last))) = (group.first(), group.last())
            && let Some(place) = kept.get_mut(*first)
        {
            *place = Some(*last);
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_gives_the_place_and_the_last_the_value(
            names in prop::collection::vec(0..40_u8, 0..30),
        ) {
            let names: Vec<Vec<u8>> = names.into_iter().map(|name| vec![name; 3]).collect();
            let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
            let expected: Vec<Option<usize>> = (0..names.len())
                .map(|at| {
                    let first = names.iter().position(|name| *name == names[at]);
                    let last = names.iter().rposition(|name| *name == names[at]);
                    if first == Some(at) { last } else { None }
                })
                .collect();
            let repeated = expected.iter().any(Option::is_none);
            prop_assert_eq!(kept(&names), repeated.then_some(expected));
        }
    }
}
