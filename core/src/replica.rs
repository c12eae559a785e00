//! Confirmed state with pending edits on top: rebase and rollback.
//!
//! The view of a key is its confirmed content with the pending mutations that touch it applied in
//! order. Only keys that pending mutations change are held twice. When something changes, the keys
//! that it touches are made again, and with them the keys that share a batch with them: a batch
//! shows whole or not at all.

use crate::error::{Code, Error};
use crate::id::{DraftId, Key, Version};
use crate::limit::Limits;
use crate::map::{Map, Set};
use crate::op::{Action, Content, DraftSeen, Seen};
use crate::outbox::{Outbox, Pending};
use crate::plant::mark;
use crate::record::client::{Draft, DraftOp};
use crate::store::content_bytes;

mod confirmed;

pub use confirmed::{Before, Confirmed, Held};

/// A key as pending mutations leave it.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    content: Option<Content>,
    writer: DraftId,
}

/// What a mutation makes of the keys that it changes.
pub type Results = Map<Key, Option<Content>>;

/// One room as a client sees it.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// What the server has confirmed.
    pub confirmed: Confirmed,
    shown: Map<Key, Shown>,
    work: u64,
}

impl Replica {
    /// A replica of a confirmed state, without pending edits.
    #[must_use]
    pub fn new(confirmed: Confirmed) -> Self {
        Self { confirmed, ..Self::default() }
    }

    /// What a key holds, pending edits included.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Content> {
        match self.shown.get(key) {
            Some(shown) => shown.content.as_ref(),
            None => self.confirmed.get(key).map(|held| &held.content),
        }
    }

    /// The keys with this prefix that hold a value, pending edits included, in order.
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> Vec<(Key, Content)> {
        use core::ops::Bound::{Included, Unbounded};
        let confirmed = self.confirmed.with_prefix(prefix);
        let mut entries: Map<Key, Content> =
            confirmed.map(|(key, held)| (key.clone(), held.content.clone())).collect();
        let shown = self.shown.range::<str, _>((Included(prefix), Unbounded));
        for (key, shown) in shown.take_while(|(key, _)| key.as_str().starts_with(prefix)) {
            match &shown.content {
                Some(content) => entries.insert(key.clone(), content.clone()),
                None => entries.remove(key),
            };
        }
        entries.into_iter().collect()
    }

    /// What someone who looks at the view has seen of a key.
    #[must_use]
    pub fn seen(&self, key: &str, outbox: &Outbox) -> DraftSeen {
        if let Some(shown) = self.shown.get(key) {
            let seq = outbox.get(shown.writer).and_then(|pending| pending.draft.seq);
            return seq
                .map_or(DraftSeen::Draft(shown.writer), |seq| DraftSeen::Fixed(Seen::Mine(seq)));
        }
        let held = self.confirmed.get(key);
        DraftSeen::Fixed(held.map_or(Seen::Absent, |held| Seen::At(held.version)))
    }

    /// Content evaluations and copies of list items so far: what rebasing costs.
    #[must_use]
    pub const fn work(&self) -> u64 {
        self.work
    }

    /// What these edits make of the view.
    ///
    /// # Errors
    ///
    /// Those of [`Action::apply`], and `MutationTooLarge` if the results are too large together.
    pub fn preview<'a>(
        &self,
        edits: impl Iterator<Item = (&'a Key, &'a Action)>,
        limits: &Limits,
    ) -> Result<Map<Key, Option<Content>>, Error> {
        let mut results = Results::new();
        for (key, action) in edits {
            let current = match results.get(key) {
                Some(result) => result.as_ref(),
                None => self.get(key.as_str()),
            };
            let result = action.apply(current, limits)?;
            if !matches!(action, Action::Expect) {
                results.insert(key.clone(), result);
            }
        }
        // Counted as the room counts them.
        let size = |(key, content): (&Key, &Option<Content>)| {
            content.as_ref().map_or(0, |content| content_bytes(key, content))
        };
        let bytes = results.iter().map(size).fold(0, usize::saturating_add);
        if bytes > limits.mutation_bytes {
            let (most, what) = (limits.mutation_bytes, "bytes of results");
            return Err(Error::limit(Code::MutationTooLarge, most, what, bytes));
        }
        Ok(results)
    }

    /// Shows what a mutation, the latest in the outbox on these keys, makes of them.
    pub fn show(&mut self, writer: DraftId, results: Map<Key, Option<Content>>) {
        for (key, content) in results {
            self.shown.insert(key, Shown { content, writer });
        }
    }

    /// A mutation goes on under another name: what it makes of these keys stays.
    pub fn rename<'a>(
        &mut self,
        keys: impl Iterator<Item = &'a Key>,
        before: DraftId,
        after: DraftId,
    ) {
        for key in keys {
            if let Some(shown) = self.shown.get_mut(key).filter(|shown| shown.writer == before) {
                shown.writer = after;
            }
        }
    }

    /// Makes the view of the touched keys again, and returns those whose content is another than
    /// before. `before` holds what confirmed keys held before they changed.
    pub fn rebase(
        &mut self,
        touched: Set<Key>,
        before: &Before,
        outbox: &mut Outbox,
        limits: &Limits,
    ) -> Set<Key> {
        let (keys, drafts) = closure(touched, outbox);
        let mut old = Map::new();
        for key in keys {
            let content = match (self.shown.remove(&key), before.get(&key)) {
                (Some(shown), _) => shown.content,
                (None, Some(held)) => held.as_ref().map(|held| held.content.clone()),
                (None, None) => self.confirmed.get(key.as_str()).map(|held| held.content.clone()),
            };
            old.insert(key, content);
        }
        for id in drafts {
            let Some(pending) = outbox.get(id) else { continue };
            let results = self.evaluate(pending, outbox, limits);
            if results.is_none() {
                mark!(DraftHidden);
            }
            outbox.set_hidden(id, results.is_none());
            self.show(id, results.unwrap_or_default());
        }
        let changed = |(key, old): (Key, Option<Content>)| {
            (self.get(key.as_str()) != old.as_ref()).then_some(key)
        };
        old.into_iter().filter_map(changed).collect()
    }

    /// What a mutation makes of the view so far, where that is not shown already; `None` if it does
    /// not apply to it.
    fn evaluate(&mut self, pending: &Pending, outbox: &Outbox, limits: &Limits) -> Option<Results> {
        if let [op] = pending.draft.ops.as_slice()
            && let Some(Shown { content: Some(content), writer }) = self.shown.get_mut(&op.key)
            && let Some(edited) = op.action.edit_list(content, limits)
        {
            // A list in which many edits are pending is not copied for each of them.
            self.work = self.work.saturating_add(1);
            edited.ok()?;
            *writer = pending.draft.id;
            return Some(Results::new());
        }
        let mut work = 0;
        let results = self.results(&pending.draft, outbox, limits, &mut work);
        self.work = self.work.saturating_add(work);
        results
    }

    /// What a mutation that is not in the outbox yet makes of the view; `None` if it does not apply to it, or a
    /// precondition of it does not hold.
    #[must_use]
    pub fn outlook(&self, draft: &Draft, outbox: &Outbox, limits: &Limits) -> Option<Results> {
        self.results(draft, outbox, limits, &mut 0)
    }

    fn results(
        &self,
        draft: &Draft,
        outbox: &Outbox,
        limits: &Limits,
        work: &mut u64,
    ) -> Option<Results> {
        let mut results = Results::new();
        for op in &draft.ops {
            *work = work.saturating_add(1);
            let current = match results.get(&op.key) {
                Some(result) => result.as_ref(),
                None => self.get(op.key.as_str()),
            };
            if matches!(op.action, Action::Expect) {
                let own = results.contains_key(&op.key).then_some(draft.id);
                if !self.holds(op, own, current.is_some(), outbox) {
                    return None;
                }
            } else {
                let result = op.action.apply(current, limits).ok()?;
                if let Some(Content::List(copy)) = &result {
                    let items = u64::try_from(copy.items().len()).unwrap_or(u64::MAX);
                    *work = work.saturating_add(items);
                }
                results.insert(op.key.clone(), result);
            }
        }
        Some(results)
    }

    /// Whether a precondition holds as far as this side can tell.
    fn holds(&self, op: &DraftOp, own: Option<DraftId>, live: bool, outbox: &Outbox) -> bool {
        let writer = own.or_else(|| self.shown.get(&op.key).map(|shown| shown.writer));
        let number = |id: DraftId| outbox.get(id).and_then(|pending| pending.draft.seq);
        match op.seen {
            DraftSeen::Fixed(Seen::Absent) => !live,
            DraftSeen::Fixed(Seen::At(version)) => {
                let held = self.confirmed.get(op.key.as_str()).map(|held| held.version);
                writer.is_none() && version != Version::ZERO && held == Some(version)
            }
            // Once the other mutation has its verdict only the server knows the last writer.
            DraftSeen::Fixed(Seen::Mine(seq)) => writer.is_none_or(|id| number(id) == Some(seq)),
            DraftSeen::Draft(draft) => writer.is_none_or(|id| id == draft),
        }
    }
}

/// The touched keys with those that share a batch with them, and the mutations on all of these in
/// order.
fn closure(touched: Set<Key>, outbox: &Outbox) -> (Set<Key>, Set<DraftId>) {
    let mut open: Vec<Key> = touched.iter().cloned().collect();
    let (mut keys, mut drafts) = (touched, Set::new());
    while let Some(key) = open.pop() {
        for id in outbox.touching(&key) {
            if !drafts.insert(id) {
                continue;
            }
            let ops = outbox.get(id).map_or(&[][..], |pending| &pending.draft.ops);
            for op in ops {
                if keys.insert(op.key.clone()) {
                    open.push(op.key.clone());
                }
            }
        }
    }
    (keys, drafts)
}

#[cfg(test)]
mod tests;
