//! Which child of a list was which of the list before, and how one list becomes the other with the fewest
//! moves.

use core::ops::Range;

use super::patch::{Script, write_node};
use super::tree::{Node, same};
use crate::wire::Writer;
use xxhash_rust::xxh3::xxh3_64;

/// Where a child comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fit {
    /// It was that one.
    Old(usize),
    /// It is new.
    New,
}

/// Says how one list becomes another, unless each child stays where it is; where each of the new ones comes
/// from. `front` children before both lists stay.
pub(super) fn arrange(
    old: &[Node<'_>],
    new: &[Node<'_>],
    front: usize,
    path: &[usize],
    script: &mut Script,
) -> Vec<Fit> {
    let has_keys = old.iter().chain(new).any(|node| node.key().is_some());
    if !has_keys && old.len() == new.len() {
        return (0..new.len()).map(Fit::Old).collect();
    }
    let fits = if has_keys { by_key(old, new) } else { by_place(old.len(), new.len()) };
    let stays = |(nth, fit): (usize, &Fit)| *fit == Fit::Old(nth);
    if old.len() == new.len() && fits.iter().enumerate().all(stays) {
        return fits;
    }
    script.list(path, front);
    parts(old.len(), &fits, front, script, |nodes, out| {
        new.get(nodes).unwrap_or_default().iter().for_each(|node| write_node(*node, out));
    });
    fits
}

fn by_place(old: usize, new: usize) -> Vec<Fit> {
    (0..new).map(|nth| if nth < old { Fit::Old(nth) } else { Fit::New }).collect()
}

/// Those with a key are what had the same key and name; those without are what had none, in order.
fn by_key(old: &[Node<'_>], new: &[Node<'_>]) -> Vec<Fit> {
    let mut table = Table::of(old);
    let mut plain = old.iter().enumerate().filter(|(_, node)| node.key().is_none()).peekable();
    let fits = new.iter().map(|node| {
        if let Some(key) = node.key() {
            return table.take(key, *node, old).map_or(Fit::New, Fit::Old);
        }
        // One of another kind stays where it may still be found, unless what comes now is of none.
        match plain.peek() {
            Some((at, before)) if before.can_become(*node) => {
                let at = *at;
                plain.next();
                Fit::Old(at)
            }
            Some(_) | None => Fit::New,
        }
    });
    fits.collect()
}

/// The children with a key, by that: open addressing, as keys come by the thousand. Of equal keys the first
/// counts.
struct Table {
    /// A child and 1, or 0.
    slots: Vec<u32>,
    taken: Vec<bool>,
}

fn has_key(nodes: &[Node<'_>], at: usize, key: &str) -> bool {
    nodes.get(at).and_then(|node| node.key()).is_some_and(|other| same(other, key))
}

impl Table {
    fn of(nodes: &[Node<'_>]) -> Self {
        let slots = nodes.len().saturating_mul(2).next_power_of_two();
        let mut table = Self { slots: vec![0; slots], taken: vec![false; nodes.len()] };
        for (at, node) in nodes.iter().enumerate() {
            let Some(key) = node.key() else { continue };
            let slot = table.slot(key, |held| has_key(nodes, held, key));
            if let Some(slot) = slot
                && *slot == 0
            {
                *slot = super::tree::word(at.saturating_add(1));
            }
        }
        table
    }

    /// The place of a key: that which holds it, or an empty one.
    fn slot(&mut self, key: &str, is_it: impl Fn(usize) -> bool) -> Option<&mut u32> {
        let mask = self.slots.len().saturating_sub(1);
        let start = usize::try_from(xxh3_64(key.as_bytes()) & 0xffff_ffff).unwrap_or_default();
        let mut at = start & mask;
        loop {
            let held = super::tree::size(*self.slots.get(at)?);
            if held == 0 || is_it(held.saturating_sub(1)) {
                return self.slots.get_mut(at);
            }
            at = at.wrapping_add(1) & mask;
        }
    }

    /// The child with this key that can become this one, once.
    fn take(&mut self, key: &str, node: Node<'_>, nodes: &[Node<'_>]) -> Option<usize> {
        let slot = self.slot(key, |held| has_key(nodes, held, key))?;
        let at = super::tree::size(*slot).checked_sub(1)?;
        nodes.get(at).filter(|before| before.head() == node.head())?;
        let taken = self.taken.get_mut(at).filter(|taken| !**taken)?;
        *taken = true;
        Some(at)
    }
}

/// Writes the parts of a list that was begun; `write` writes the new ones of a range.
pub(super) fn parts(
    old: usize,
    fits: &[Fit],
    front: usize,
    script: &mut Script,
    mut write: impl FnMut(Range<usize>, &mut Writer),
) {
    let mut used = vec![false; old];
    for fit in fits {
        if let Fit::Old(at) = fit
            && let Some(used) = used.get_mut(*at)
        {
            *used = true;
        }
    }
    let mut kept = vec![false; fits.len()];
    for nth in longest_run(fits) {
        if let Some(kept) = kept.get_mut(nth) {
            *kept = true;
        }
    }
    let is_kept = |nth: usize| kept.get(nth) == Some(&true);
    let mut parts = Parts { script, keep: 0, drop: 0 };
    let mut cursor = 0_usize;
    let mut nth = 0_usize;
    while let Some(fit) = fits.get(nth) {
        let mut end = nth.saturating_add(1);
        match fit {
            Fit::Old(at) if is_kept(nth) => {
                parts.skip(used.get(cursor..*at).unwrap_or_default());
                parts.keep();
                cursor = at.saturating_add(1);
            }
            Fit::Old(at) => {
                let back =
                    fits.get(end) == at.checked_sub(1).map(Fit::Old).as_ref() && !is_kept(end);
                let mut last = *at;
                while let Some(next) = if back { last.checked_sub(1) } else { last.checked_add(1) }
                    && fits.get(end) == Some(&Fit::Old(next))
                    && !is_kept(end)
                {
                    last = next;
                    end = end.saturating_add(1);
                }
                parts.flush();
                parts.script.take(front.saturating_add(*at), end.saturating_sub(nth), back);
            }
            Fit::New => {
                while fits.get(end) == Some(&Fit::New) {
                    end = end.saturating_add(1);
                }
                parts.flush();
                parts.script.insert(end.saturating_sub(nth), |out| write(nth..end, out));
            }
        }
        nth = end;
    }
    parts.skip(used.get(cursor..).unwrap_or_default());
    parts.flush();
    parts.script.end();
}

/// Runs of children that stay, or go.
struct Parts<'s> {
    script: &'s mut Script,
    keep: usize,
    drop: usize,
}

impl Parts<'_> {
    fn keep(&mut self) {
        if self.drop > 0 {
            self.flush();
        }
        self.keep = self.keep.saturating_add(1);
    }

    /// Goes past children that are moved, or go.
    fn skip(&mut self, used: &[bool]) {
        let gone = used.iter().filter(|used| !**used).count();
        if gone > 0 && self.keep > 0 {
            self.flush();
        }
        self.drop = self.drop.saturating_add(gone);
    }

    fn flush(&mut self) {
        self.script.keep(core::mem::take(&mut self.keep));
        self.script.drop(core::mem::take(&mut self.drop));
    }
}

/// Which of the new children stay in the order that they had, as many as possible: the longest increasing
/// subsequence, by patience sorting.
fn longest_run(fits: &[Fit]) -> Vec<usize> {
    // For each length the child with which a run of it ends soonest, and before each child the one before.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<usize> = vec![usize::MAX; fits.len()];
    for (nth, fit) in fits.iter().enumerate() {
        let Fit::Old(at) = fit else { continue };
        let length = match ends.last() {
            Some((last, _)) if last < at => ends.len(),
            Some(_) => ends.partition_point(|(last, _)| last < at),
            None => 0,
        };
        let previous = length.checked_sub(1).and_then(|shorter| ends.get(shorter));
        if let (Some(place), Some((_, previous))) = (before.get_mut(nth), previous) {
            *place = *previous;
        }
        match ends.get_mut(length) {
            Some(end) => *end = (*at, nth),
            None => ends.push((*at, nth)),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut next = ends.last().map(|(_, nth)| *nth);
    while let Some(nth) = next {
        run.push(nth);
        next = before.get(nth).copied().filter(|previous| *previous != usize::MAX);
    }
    run.reverse();
    run
}
