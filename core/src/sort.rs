//! Sorting: fast, or with little code.

/// Puts things into their order; of equal ones it is not said which comes first.
#[cfg(feature = "fast")]
pub(crate) fn sort<T: Ord>(things: &mut [T]) {
    things.sort_unstable();
}

#[cfg(not(feature = "fast"))]
pub(crate) use heap::sort;

#[cfg(any(test, not(feature = "fast")))]
mod heap {
    /// Puts things into their order: by a heap, whose root is the greatest of those not yet in place.
    pub(crate) fn sort<T: Ord>(things: &mut [T]) {
        for root in (0..things.len() / 2).rev() {
            sink(things, root);
        }
        let mut rest = things;
        while let Some(last) = rest.len().checked_sub(1) {
            rest.swap(0, last);
            rest = rest.get_mut(..last).unwrap_or_default();
            sink(rest, 0);
        }
    }

    /// Moves a thing below all that are greater.
    fn sink<T: Ord>(things: &mut [T], from: usize) {
        let mut parent = from;
        loop {
            let left = parent.saturating_mul(2).saturating_add(1);
            let right = left.saturating_add(1);
            let child = if things.get(right) > things.get(left) { right } else { left };
            if things.get(child) <= things.get(parent) {
                return;
            }
            things.swap(parent, child);
            parent = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use proptest::prelude::*;

    use crate::map::tests::Counted;

    proptest! {
        #[test]
        fn a_heap_sorts_as_the_standard_library_does(things: Vec<u8>) {
            let (mut ours, mut theirs) = (things.clone(), things);
            super::heap::sort(&mut ours);
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_order_makes_it_compare_often() {
        let orders: [fn(u32) -> u32; 4] = [|n| n, |n| 10_000 - n, |_| 7, |n| n * 7_919 % 10_007];
        for order in orders {
            let count = Cell::new(0);
            let mut things: Vec<_> = (0..10_000).map(|n| Counted(order(n), &count)).collect();
            super::heap::sort(&mut things);
            assert!(count.get() < 2 * 14 * 10_000, "{}", count.get());
        }
    }
}
