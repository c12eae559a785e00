//! The children that a list has then: ranges of those that it had, and new ones.

use super::super::keyed::Fit;
use super::super::patch::{Order, Part, malformed};
use super::super::tree::{Node, Nodes, RAW};
use super::no_child;
use crate::error::{Code, Error};

/// Children from several places, in their order.
pub(super) struct Listed<'a> {
    /// What is left of the range that was begun.
    now: Nodes<'a>,
    ranges: std::vec::IntoIter<Nodes<'a>>,
}

impl<'a> Listed<'a> {
    pub(super) fn next(&mut self) -> Option<Node<'a>> {
        loop {
            if let Some(node) = self.now.next() {
                return Some(node);
            }
            self.now = self.ranges.next()?;
        }
    }

    /// All that is left, range by range.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = Nodes<'a>> {
        core::iter::once(core::mem::replace(&mut self.now, Nodes::NONE)).chain(&mut self.ranges)
    }
}

/// Collects the ranges.
struct Ranges<'a> {
    old: Nodes<'a>,
    /// Where each child begins, and the last one ends.
    starts: Vec<(usize, usize)>,
    /// Which are there already.
    taken: Vec<bool>,
    found: Vec<Nodes<'a>>,
    /// Children beside each other that are to be the next range.
    run: core::ops::Range<usize>,
}

impl<'a> Ranges<'a> {
    fn of(old: Nodes<'a>) -> Self {
        let starts = old.starts();
        let taken = vec![false; starts.len().saturating_sub(1)];
        Self { old, starts, taken, found: Vec::new(), run: 0..0 }
    }

    /// One that there was.
    fn old(&mut self, at: usize) -> Result<(), Error> {
        let taken = self.taken.get_mut(at).ok_or_else(no_child)?;
        if core::mem::replace(taken, true) {
            return Err(malformed("each child once", "one twice"));
        }
        if self.run.end != at || self.run.is_empty() {
            self.flush()?;
            self.run = at..at;
        }
        self.run.end = at.saturating_add(1);
        Ok(())
    }

    fn insert(&mut self, nodes: Nodes<'a>) -> Result<(), Error> {
        self.flush()?;
        self.found.push(nodes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let run = core::mem::take(&mut self.run);
        if !run.is_empty() {
            let ends = self.starts.get(run.start).zip(self.starts.get(run.end));
            let range = ends.and_then(|(from, to)| self.old.between(*from, *to));
            self.found.push(range.ok_or_else(no_child)?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Listed<'a>, Error> {
        self.flush()?;
        let is_raw = |nodes: &Nodes<'_>| nodes.parts().0.first().is_some_and(|it| it & 3 == RAW);
        let words = self.found.iter().map(|nodes| nodes.parts().0.len());
        if is_raw(&self.old)
            && self.found.iter().any(is_raw)
            && words.fold(0, usize::saturating_add) > 1
        {
            let expected = "nothing beside raw HTML";
            return Err(Error::new(Code::InvalidArgument, expected, "another child"));
        }
        Ok(Listed { now: Nodes::NONE, ranges: self.found.into_iter() })
    }
}

/// The children that a list has after its parts.
pub(super) fn listed<'a>(
    old: Nodes<'a>,
    front: usize,
    parts: &'a [Part],
) -> Result<Listed<'a>, Error> {
    let mut ranges = Ranges::of(old);
    let count = ranges.taken.len();
    let mut moved = vec![false; count];
    let nth = |from: usize, nth: usize, back: bool| {
        if back { from.checked_sub(nth) } else { from.checked_add(nth) }
    };
    for part in parts {
        let Part::Move { from, count, back } = *part else { continue };
        for at in 0..count {
            let at = nth(from, at, back).filter(|at| *at >= front).ok_or_else(no_child)?;
            let place = moved.get_mut(at).filter(|moved| !**moved).ok_or_else(no_child)?;
            *place = true;
        }
    }
    (0..front).try_for_each(|at| ranges.old(at))?;
    let mut stays = (front..count).filter(|at| moved.get(*at) == Some(&false));
    for part in parts {
        match part {
            Part::Keep(count) => {
                for _ in 0..*count {
                    ranges.old(stays.next().ok_or_else(no_child)?)?;
                }
            }
            Part::Drop(count) => {
                for _ in 0..*count {
                    stays.next().ok_or_else(no_child)?;
                }
            }
            Part::Insert(tree) => ranges.insert(tree.roots())?,
            Part::Move { from, count, back } => {
                for at in 0..*count {
                    ranges.old(nth(*from, at, *back).ok_or_else(no_child)?)?;
                }
            }
        }
    }
    stays.try_for_each(|at| ranges.old(at))?;
    ranges.finish()
}

/// The children that a list has in another order.
pub(super) fn ordered<'a>(old: Nodes<'a>, order: &'a Order<'_>) -> Result<Listed<'a>, Error> {
    let mut ranges = Ranges::of(old);
    let count = ranges.taken.len();
    let end = order.front.saturating_add(order.before);
    if end.saturating_add(order.back) != count {
        let expected = format!("{count} children in front, between and behind");
        return Err(malformed(expected, &end.saturating_add(order.back).to_string()));
    }
    (0..order.front).try_for_each(|at| ranges.old(at))?;
    let mut new = order.new.roots();
    for fit in &order.fits {
        match fit {
            Fit::Old(at) => ranges.old(order.front.saturating_add(*at))?,
            Fit::New => ranges.insert(new.first(1).ok_or_else(no_child)?)?,
        }
    }
    (end..count).try_for_each(|at| ranges.old(at))?;
    ranges.finish()
}
