//! Which edits exist, are durable, are sent, are settled.
//!
//! An outbox holds the mutations of one client in one room in the order in which they were made.
//! The oldest have a number and may be on their way; the others are drafts, certainly unsent, into
//! which later edits of the same key still go.

use crate::id::{DraftId, Key, Seq, Version};
use crate::limit::Limits;
use crate::map::{Map, Set};
use crate::op::{Action, Content, DraftSeen, Op, Seen};
use crate::plant::planted;
use crate::record::client::{Draft, DraftOp};
use crate::time::Time;
use crate::value::json_bytes;

/// Bytes that a mutation takes beside its keys and values.
const DRAFT_BYTES: usize = 64;
/// Bytes that an op takes beside its key and value in the longer of the two codecs: names of
/// members, what was seen, identities as hexadecimal digits.
const OP_TEXT_BYTES: usize = 160;

/// A mutation without a verdict.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The mutation.
    pub draft: Draft,
    /// When its first edit was made; unknown after a restart.
    pub made: Option<Time>,
    /// It does not apply to what is confirmed: the view leaves it out, the server decides.
    pub hidden: bool,
}

/// The mutations of one client in one room.
///
/// Invariant: the drafts with a number come first, and their numbers are `settled + 1` to `named`.
/// Proposals, which only a standby has, come last and get none.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    drafts: Map<DraftId, Pending>,
    by_key: Map<Key, Set<DraftId>>,
    /// The drafts of which an op was made on top of a draft, itself included.
    builders: Map<DraftId, Set<DraftId>>,
    numbers: Map<Seq, DraftId>,
    made: DraftId,
    named: Seq,
    settled: Seq,
    sent: Seq,
    durable: Seq,
    ready: DraftId,
    barrier: DraftId,
    bytes: usize,
    named_bytes: usize,
}

impl Outbox {
    /// An outbox without mutations, with these counters.
    #[must_use]
    pub fn resume(made: DraftId, named: Seq, settled: Seq) -> Self {
        let sent = settled;
        Self { made, named, settled, sent, durable: named, ready: made, ..Self::default() }
    }

    /// Mutations without a verdict.
    #[must_use]
    pub fn len(&self) -> usize {
        self.drafts.len()
    }

    /// Whether every mutation has its verdict.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Bytes that count against the limit of the outbox.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of the latest mutation made.
    #[must_use]
    pub const fn made(&self) -> DraftId {
        self.made
    }

    /// The highest number given.
    #[must_use]
    pub const fn named(&self) -> Seq {
        self.named
    }

    /// The last decided mutation.
    #[must_use]
    pub const fn settled(&self) -> Seq {
        self.settled
    }

    /// The mutation of this name.
    #[must_use]
    pub fn get(&self, id: DraftId) -> Option<&Pending> {
        self.drafts.get(&id)
    }

    /// Every mutation, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Pending> {
        self.drafts.values()
    }

    /// The mutations that no leader has taken yet, in order.
    pub fn proposals(&self) -> impl Iterator<Item = &Pending> {
        self.drafts.range(DraftId::PROPOSALS..).map(|(_, pending)| pending)
    }

    /// The mutations that touch a key, in order.
    pub fn touching(&self, key: &Key) -> impl Iterator<Item = DraftId> {
        self.by_key.get(key).into_iter().flatten().copied()
    }

    /// Notes whether the view leaves a mutation out.
    pub fn set_hidden(&mut self, id: DraftId, hidden: bool) {
        if let Some(pending) = self.drafts.get_mut(&id) {
            pending.hidden = hidden;
        }
    }

    /// Puts a mutation at the end.
    pub fn push(&mut self, draft: Draft, made: Option<Time>) {
        let size = draft_bytes(&draft);
        self.bytes = self.bytes.saturating_add(size);
        if !draft.id.is_proposal() {
            self.made = self.made.max(draft.id);
            if draft.sealed {
                self.barrier = self.barrier.max(draft.id);
            }
        }
        if let Some(seq) = draft.seq {
            self.named_bytes = self.named_bytes.saturating_add(mutation_bytes(&draft.ops));
            self.numbers.insert(seq, draft.id);
        }
        for op in &draft.ops {
            link(&mut self.by_key, op.key.clone(), draft.id);
            if let DraftSeen::Draft(base) = op.seen {
                link(&mut self.builders, base, draft.id);
            }
        }
        self.drafts.insert(draft.id, Pending { draft, made, hidden: false });
    }

    /// The draft into which an edit of this key goes, if there is one that it may.
    ///
    /// Never a batch nor past one, never one that has a number, and never one that the view leaves
    /// out: the writer has not seen that.
    #[must_use]
    pub fn open_draft(&self, key: &Key) -> Option<&Pending> {
        let latest = self.by_key.get(key)?.last()?;
        let pending = self.drafts.get(latest)?;
        let open = pending.draft.seq.is_none() && !pending.draft.sealed && !pending.hidden;
        (open && *latest > self.barrier).then_some(pending)
    }

    /// Gives the only op of a draft another action. Returns `false` if there is no such draft.
    pub fn coalesce(&mut self, id: DraftId, action: Action) -> bool {
        let Some(pending) = self.drafts.get_mut(&id) else { return false };
        let before = draft_bytes(&pending.draft);
        let [op] = pending.draft.ops.as_mut_slice() else { return false };
        op.action = action;
        let after = draft_bytes(&pending.draft);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        true
    }

    /// Every mutation made so far may be sent.
    pub const fn close_batch(&mut self) {
        self.ready = self.made;
    }

    /// The oldest draft that waits for a number and may have one.
    #[must_use]
    pub fn next_ready(&self) -> Option<&Pending> {
        self.ready_drafts().next()
    }

    /// The oldest drafts, as far as they were recorded before the client began.
    pub fn restored_drafts(&self) -> impl Iterator<Item = &Pending> {
        let drafts = self.drafts.range(self.first_draft()..).map(|(_, pending)| pending);
        drafts.take_while(|pending| pending.made.is_none() && !pending.draft.id.is_proposal())
    }

    /// How many of the drafts that may be sent find room in the window.
    #[must_use]
    pub fn nameable(&self, limits: &Limits) -> u32 {
        let (mut count, mut bytes) = (self.numbers.len(), self.named_bytes);
        let mut free = 0_u32;
        for pending in self.ready_drafts() {
            bytes = bytes.saturating_add(mutation_bytes(&pending.draft.ops));
            if count >= limits.window || (bytes > limits.window_bytes && count > 0) {
                break;
            }
            count = count.saturating_add(1);
            free = free.saturating_add(1);
        }
        free
    }

    fn first_draft(&self) -> DraftId {
        self.numbers.last_key_value().map_or(DraftId::ZERO, |(_, id)| id.next())
    }

    fn ready_drafts(&self) -> impl Iterator<Item = &Pending> {
        let drafts = self.drafts.range(self.first_draft()..);
        drafts.take_while(|(id, _)| **id <= self.ready).map(|(_, pending)| pending)
    }

    /// Gives numbers to the oldest drafts. Returns `false` if there are not as many.
    pub fn name(&mut self, count: u32) -> bool {
        for _ in 0..count {
            let mut drafts = self.drafts.range(self.first_draft()..);
            let Some((&id, _)) = drafts.next() else { return false };
            if id.is_proposal() {
                return false;
            }
            self.name_one(id);
        }
        true
    }

    fn name_one(&mut self, id: DraftId) {
        let seq = self.named.next();
        self.named = seq;
        self.numbers.insert(seq, id);
        if let Some(pending) = self.drafts.get_mut(&id) {
            pending.draft.seq = Some(seq);
            self.named_bytes = self.named_bytes.saturating_add(mutation_bytes(&pending.draft.ops));
        }
        for builder in self.builders.remove(&id).unwrap_or_default() {
            self.rewrite_seen(builder, |seen| match seen {
                DraftSeen::Draft(draft) if draft == id => DraftSeen::Fixed(Seen::Mine(seq)),
                DraftSeen::Draft(_) | DraftSeen::Fixed(_) => seen,
            });
        }
    }

    /// What was made on top of this draft was made on top of something else.
    pub fn rebuild(&mut self, draft: DraftId, seen: DraftSeen) {
        let builders = self.builders.remove(&draft).unwrap_or_default();
        for builder in &builders {
            self.rewrite_seen(
                *builder,
                |old| {
                    if old == DraftSeen::Draft(draft) { seen } else { old }
                },
            );
        }
        if let DraftSeen::Draft(base) = seen {
            for builder in builders {
                link(&mut self.builders, base, builder);
            }
        }
    }

    fn rewrite_seen(&mut self, id: DraftId, rewrite: impl Fn(DraftSeen) -> DraftSeen) {
        if let Some(pending) = self.drafts.get_mut(&id) {
            for op in &mut pending.draft.ops {
                op.seen = rewrite(op.seen);
            }
        }
    }

    /// The names up to this one are durable.
    pub fn handle_durable(&mut self, seq: Seq) {
        self.durable = self.durable.max(seq);
    }

    /// The next mutations to send: the first number and the ops of each, about half a frame.
    ///
    /// They count as sent. Returns `None` if there is nothing to send.
    pub fn send(&mut self, limits: &Limits) -> Option<(Seq, Vec<Vec<Op>>)> {
        let first = self.sent.next();
        let window = u64::try_from(limits.window).unwrap_or(u64::MAX);
        let durable = if planted!(SentBeforeDurable) { self.named } else { self.durable };
        let last = durable.min(self.settled.plus(window));
        let most = limits.frame_bytes / 2;
        let sent = |op: &DraftOp| {
            json_bytes(op.key.as_str())
                .saturating_add(op.action.size())
                .saturating_add(OP_TEXT_BYTES)
        };
        let (mut bytes, mut mutations) = (0_usize, Vec::new());
        for (seq, id) in self.numbers.range(first..).take_while(|(seq, _)| **seq <= last) {
            let Some(pending) = self.drafts.get(id) else { break };
            let size = pending.draft.ops.iter().map(sent).fold(0, usize::saturating_add);
            bytes = bytes.saturating_add(size);
            if bytes > most && !mutations.is_empty() {
                break;
            }
            mutations.push(pending.draft.ops.iter().map(wire_op).collect());
            self.sent = *seq;
        }
        (!mutations.is_empty()).then_some((first, mutations))
    }

    /// Whether a mutation after `last` has a number and fits into no frame of `most` bytes: its
    /// number was given under higher limits.
    #[must_use]
    pub fn unsendable(&self, last: Seq, most: usize) -> bool {
        let undecided = self.numbers.range(last.next()..).filter_map(|(_, id)| self.drafts.get(id));
        undecided.map(|pending| mutation_bytes(&pending.draft.ops)).any(|bytes| bytes > most)
    }

    /// Forgets what was sent after the last decided mutation: it is sent again.
    pub const fn rewind(&mut self) {
        self.sent = self.settled;
    }

    /// Takes out, in order, the mutations that are decided.
    pub fn settle(&mut self, last: Seq) -> Vec<Pending> {
        let last = last.min(self.named);
        let later = self.numbers.split_off(&last.next());
        let decided = core::mem::replace(&mut self.numbers, later);
        self.settled = self.settled.max(last);
        self.sent = self.sent.max(self.settled);
        decided.into_values().filter_map(|id| self.remove(id)).collect()
    }

    /// Takes a mutation out.
    pub fn remove(&mut self, id: DraftId) -> Option<Pending> {
        let pending = self.drafts.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(draft_bytes(&pending.draft));
        if let Some(seq) = pending.draft.seq {
            self.named_bytes = self.named_bytes.saturating_sub(mutation_bytes(&pending.draft.ops));
            self.numbers.remove(&seq);
        }
        for op in &pending.draft.ops {
            if let Some(ids) = self.by_key.get_mut(&op.key) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_key.remove(&op.key);
                }
            }
            if let DraftSeen::Draft(base) = op.seen
                && let Some(ids) = self.builders.get_mut(&base)
            {
                ids.remove(&id);
                if ids.is_empty() {
                    self.builders.remove(&base);
                }
            }
        }
        Some(pending)
    }

    /// Takes out what has a number and starts the numbers again; what the others had seen of it
    /// is stale.
    pub fn forget_names(&mut self) -> Vec<Pending> {
        let named = self.settle(self.named);
        (self.named, self.settled) = (Seq::ZERO, Seq::ZERO);
        (self.sent, self.durable) = (Seq::ZERO, Seq::ZERO);
        self.outdate(|seen| matches!(seen, Seen::Mine(_)));
        named
    }

    /// What the mutations had seen at any version is stale.
    pub fn forget_versions(&mut self) {
        self.outdate(|seen| matches!(seen, Seen::At(_)));
    }

    fn outdate(&mut self, outdated: impl Fn(Seen) -> bool) {
        let drafts: Vec<DraftId> = self.drafts.keys().copied().collect();
        for id in drafts {
            self.rewrite_seen(id, |seen| match seen {
                DraftSeen::Fixed(fixed) if outdated(fixed) => {
                    DraftSeen::Fixed(Seen::At(Version::ZERO))
                }
                DraftSeen::Fixed(_) | DraftSeen::Draft(_) => seen,
            });
        }
    }

    /// Whether a mutation without a verdict builds on the mutation of this number at this key.
    #[must_use]
    pub fn builds_on(&self, key: &Key, seq: Seq) -> bool {
        let mine = DraftSeen::Fixed(Seen::Mine(seq));
        let ids = self.touching(key).filter_map(|id| self.drafts.get(&id));
        ids.filter(|pending| pending.draft.seq != Some(seq))
            .any(|pending| pending.draft.ops.iter().any(|op| op.key == *key && op.seen == mine))
    }
}

/// Bytes of a mutation, as the server's limit counts them.
#[must_use]
pub fn mutation_bytes(ops: &[DraftOp]) -> usize {
    ops.iter().map(|op| op_bytes(&op.key, &op.action)).fold(0, usize::saturating_add)
}

/// Bytes of an op, as the server's limit counts them.
#[must_use]
pub fn op_bytes(key: &Key, action: &Action) -> usize {
    key.as_str().len().saturating_add(action.size())
}

/// Bytes of a mutation, as the limit of the outbox counts them: with what resolvers will need.
#[must_use]
pub fn draft_bytes(draft: &Draft) -> usize {
    let bases = draft.ops.iter().map(|op| op.base.as_ref().map_or(0, Content::size));
    let bases = bases.fold(DRAFT_BYTES, usize::saturating_add);
    bases.saturating_add(mutation_bytes(&draft.ops))
}

/// Adds a draft to those under a key.
fn link<K: Ord>(drafts: &mut Map<K, Set<DraftId>>, key: K, draft: DraftId) {
    if let Some(ids) = drafts.get_mut(&key) {
        ids.insert(draft);
    } else {
        drafts.insert(key, Set::from([draft]));
    }
}

fn wire_op(op: &DraftOp) -> Op {
    let seen = match op.seen {
        DraftSeen::Fixed(seen) => seen,
        // A mutation with a number builds on no draft without one; stale is the safe reading.
        DraftSeen::Draft(_) => Seen::At(Version::ZERO),
    };
    Op { key: op.key.clone(), action: op.action.clone(), seen }
}

#[cfg(test)]
mod tests;
