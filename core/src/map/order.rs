//! Where the entries of a thin map stand: their order, without their types, so that it is built once.

use core::cmp::Ordering;

/// Entries of a chunk, unless there are more chunks than this.
const CHUNK: usize = 64;

/// The numbers of a map's slots, in the order of the keys in them.
///
/// They are in chunks, none of which is empty. A chunk is split when it is longer than there are chunks, so
/// that an insertion moves about as many numbers as the square root of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    chunks: Vec<Vec<usize>>,
    /// Numbers and chunks that were moved.
    #[cfg(test)]
    moved: u64,
}

/// A place between two entries: what comes next stands there. The end of a chunk and the start of the next
/// are the same place.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    chunk: usize,
    at: usize,
}

/// The entries between two places that are still to be walked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    front: Place,
    back: Place,
}

impl Place {
    pub(super) const START: Self = Self { chunk: 0, at: 0 };
    pub(super) const END: Self = Self { chunk: usize::MAX, at: 0 };

    /// The place behind the entry here.
    pub(super) const fn after(self) -> Self {
        Self { chunk: self.chunk, at: self.at.saturating_add(1) }
    }
}

impl Order {
    pub(super) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            #[cfg(test)]
            moved: 0,
        }
    }

    /// The slot that is sought and its place, or the place where it would be.
    ///
    /// `compare` tells how what is in a slot compares to what is sought.
    #[inline(never)]
    pub(super) fn search(
        &self,
        compare: &dyn Fn(usize) -> Ordering,
    ) -> Result<(usize, Place), Place> {
        let starts_before =
            |chunk: &Vec<usize>| chunk.first().is_some_and(|&slot| compare(slot).is_le());
        let Some(chunk) = self.chunks.partition_point(starts_before).checked_sub(1) else {
            return Err(Place::START);
        };
        let slots = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
        let found = slots.binary_search_by(|&slot| compare(slot));
        let place = |at| Place { chunk, at };
        found.map(|at| (slots.get(at).copied().unwrap_or_default(), place(at))).map_err(place)
    }

    /// Puts a slot into a place that [`search`](Self::search) has told.
    #[inline(never)]
    pub(super) fn insert(&mut self, place: Place, slot: usize) {
        #[cfg(test)]
        self.count_moves(place);
        let most = self.chunks.len().max(CHUNK);
        let last = self.chunks.len() <= place.chunk.saturating_add(1);
        let Some(chunk) = self.chunks.get_mut(place.chunk) else {
            self.chunks.push(vec![slot]);
            return;
        };
        let at = place.at.min(chunk.len());
        if chunk.len() < most {
            chunk.insert(at, slot);
            return;
        }
        // Entries that come in order leave full chunks behind.
        let half = if last && at == chunk.len() { at } else { chunk.len() / 2 };
        let mut tail = chunk.split_off(half);
        match at.checked_sub(half) {
            Some(at) => tail.insert(at, slot),
            None => chunk.insert(at, slot),
        }
        self.chunks.insert(place.chunk.saturating_add(1), tail);
    }

    /// Takes the slot at a place out.
    #[inline(never)]
    pub(super) fn remove(&mut self, place: Place) {
        #[cfg(test)]
        self.count_moves(place);
        let Some(chunk) = self.chunks.get_mut(place.chunk) else { return };
        if place.at < chunk.len() {
            chunk.remove(place.at);
        }
        if chunk.is_empty() {
            self.chunks.remove(place.chunk);
        }
    }

    /// At most what the insertion or the removal here moves, by the lengths before it.
    #[cfg(test)]
    fn count_moves(&mut self, place: Place) {
        let len = self.chunks.get(place.chunk).map_or(0, Vec::len);
        let splits = len >= self.chunks.len().max(CHUNK) || len == 1;
        let chunks = if splits { self.chunks.len().saturating_sub(place.chunk) } else { 0 };
        let slots = if splits { len } else { len.saturating_sub(place.at) };
        self.moved += u64::try_from(chunks + slots).unwrap();
    }

    #[cfg(test)]
    pub(super) const fn moved(&self) -> u64 {
        self.moved
    }

    /// Takes out, in order, all slots from a place on.
    #[inline(never)]
    pub(super) fn split_off(&mut self, place: Place) -> Vec<usize> {
        let mut tail = Vec::new();
        let mut span = Span::new(place, Place::END);
        while let Some(slot) = span.next(self) {
            tail.push(slot);
        }
        self.chunks.truncate(place.chunk.saturating_add(1));
        if let Some(chunk) = self.chunks.get_mut(place.chunk) {
            chunk.truncate(place.at);
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
        tail
    }
}

impl Span {
    pub(super) const ALL: Self = Self { front: Place::START, back: Place::END };

    pub(super) const fn new(front: Place, back: Place) -> Self {
        Self { front, back }
    }

    /// The slot of the first entry.
    #[inline(never)]
    pub(super) fn next(&mut self, order: &Order) -> Option<usize> {
        while self.front < self.back {
            let Place { chunk, at } = self.front;
            if let Some(&slot) = order.chunks.get(chunk)?.get(at) {
                self.front = self.front.after();
                return Some(slot);
            }
            self.front = Place { chunk: chunk.saturating_add(1), at: 0 };
        }
        None
    }

    /// The slot of the last entry.
    #[inline(never)]
    pub(super) fn next_back(&mut self, order: &Order) -> Option<usize> {
        while self.front < self.back {
            let Place { chunk, at } = self.back;
            if let Some(at) = at.checked_sub(1) {
                self.back = Place { chunk, at };
                return order.chunks.get(chunk)?.get(at).copied();
            }
            let chunk = chunk.min(order.chunks.len()).checked_sub(1)?;
            self.back = Place { chunk, at: order.chunks.get(chunk)?.len() };
        }
        None
    }
}
