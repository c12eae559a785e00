//! Which members of an object share a name, and what the object is without the repetition.

use xxhash_rust::xxh3::xxh3_64;

/// Up to this many members, comparing each with each is faster than sorting.
const FEW: usize = 8;

/// For each member, which member's value it keeps: its own, that of the last of its name, or none
/// because an earlier one stands for it. `None` if no name is repeated.
///
/// Takes time in n log n, also for names chosen to share a hash.
pub(super) fn kept(names: &[&[u8]]) -> Option<Vec<Option<usize>>> {
    if names.len() <= FEW {
        let repeats =
            |(at, name): (usize, &&[u8])| names.iter().take(at).any(|other| other == name);
        if !names.iter().enumerate().any(repeats) {
            return None;
        }
    }
    let mut order: Vec<(u64, &[u8], usize)> =
        names.iter().enumerate().map(|(at, &name)| (xxh3_64(name), name, at)).collect();
    order.sort_unstable();
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
