//! What one room is to a client across restarts, and how each record changes it.

use super::tabs::Tabs;
use crate::error::{Code, Error};
use crate::frame::{self, Decoded};
use crate::id::{ClientId, DraftId, Epoch, Key, RoomName, RoomNo, Seq, Session, Version};
use crate::limit::Limits;
use crate::map::{Set, insert_new};
use crate::message::{Body, Codec, Delta, Message, Personal, Refusal};
use crate::op::{Action, Content, DraftSeen, Seen};
use crate::outbox::{Outbox, Pending};
use crate::plant::{mark, planted};
use crate::record::client::{
    ClientRecord, Conflict, Draft, DraftOp, End, Look, Note, RecordWriter, RoomHead, TabRecord,
};
use crate::replica::{Before, Confirmed, Replica};
use crate::time::Time;

/// The durable state of one room.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) room: RoomNo,
    pub(super) name: RoomName,
    pub(super) client: ClientId,
    pub(super) session: Option<Session>,
    pub(super) epoch: Option<Epoch>,
    /// A state of the room was confirmed at some time.
    pub(super) known: bool,
    pub(super) outbox: Outbox,
    pub(super) replica: Replica,
    /// Refusals that are not resolved yet, oldest first.
    pub(super) conflicts: Vec<Conflict>,
    /// How proposals of other tabs were decided on.
    pub(super) tabs: Tabs,
}

/// What a delta or a loss did to a room.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The mutations that left the outbox, with their refusals.
    pub(super) left: Vec<(Pending, Option<Refusal>)>,
    /// The keys whose view is to be made again.
    pub(super) touched: Set<Key>,
    /// What confirmed keys held before.
    pub(super) before: Before,
}

impl Outcome {
    /// What came after is part of it. The mutations that left are not kept.
    pub(super) fn absorb(&mut self, later: Self) {
        self.touched.extend(later.touched);
        for (key, held) in later.before {
            // What was held before the first change counts.
            insert_new(&mut self.before, key, || held);
        }
    }

    /// Whether the view of a key is to be made again.
    pub(super) fn is_about(&self, key: &Key) -> bool {
        self.touched.contains(key) || self.before.contains_key(key)
    }
}

impl State {
    /// A room that was not opened before.
    pub(super) fn new(room: RoomNo, name: RoomName, client: ClientId) -> Self {
        Self {
            room,
            name,
            client,
            session: None,
            epoch: None,
            known: false,
            outbox: Outbox::default(),
            replica: Replica::default(),
            conflicts: Vec::new(),
            tabs: Tabs::default(),
        }
    }

    /// The room as its head tells it, otherwise empty.
    pub(super) fn from_head(head: RoomHead) -> Self {
        Self {
            session: head.session,
            epoch: head.epoch,
            known: head.known,
            outbox: Outbox::resume(head.made, head.named, head.settled),
            ..Self::new(head.room, head.name, head.client)
        }
    }

    pub(super) fn head(&self) -> RoomHead {
        RoomHead {
            room: self.room,
            name: self.name.clone(),
            client: self.client,
            session: self.session,
            epoch: self.epoch,
            known: self.known,
            made: self.outbox.made(),
            named: self.outbox.named(),
            settled: self.outbox.settled(),
        }
    }

    /// Writes everything as records.
    pub(super) fn write(&self, cache: bool, writer: &mut RecordWriter) {
        let room = self.room;
        let known = self.known && cache;
        writer.put(&ClientRecord::Room(RoomHead { known, ..self.head() }));
        if known {
            let confirmed = &self.replica.confirmed;
            let (version, keys) = (confirmed.version(), confirmed.to_stored());
            writer.put(&ClientRecord::State { room, version, keys });
        }
        let drafts = self.outbox.iter().filter(|pending| !pending.draft.id.is_proposal());
        let kept =
            |pending: &&Pending| pending.draft.seq.is_some() || !planted!(DraftsNotInSnapshot);
        for pending in drafts.filter(kept) {
            writer.put(&ClientRecord::Draft { room, draft: pending.draft.clone() });
        }
        for conflict in &self.conflicts {
            writer.put(&ClientRecord::Conflict { room, conflict: conflict.clone() });
        }
        self.tabs.write(room, writer);
    }

    /// Changes the state as the record says. The view is left for [`Self::rebase`].
    pub(super) fn fold(
        &mut self,
        record: ClientRecord,
        made: Option<Time>,
    ) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        let broken = |expected, got: String| Err(Error::new(Code::StorageCorrupt, expected, got));
        match record {
            ClientRecord::Room(head) => *self = Self::from_head(head),
            ClientRecord::State { .. } if !self.known => {
                return broken("a state that is known", "one of a room that is not".to_owned());
            }
            ClientRecord::State { version, keys, .. } => {
                self.replica = Replica::new(Confirmed::from_stored(version, keys));
            }
            ClientRecord::Identity { client, .. } => outcome = self.forget_names(client),
            ClientRecord::Session { epoch, session, .. } => self.enter(epoch, session),
            ClientRecord::Draft { draft, .. } => self.outbox.push(draft, made),
            ClientRecord::Coalesce { draft, action, .. } => {
                if !self.outbox.coalesce(draft, action) {
                    return broken("an open draft", draft.to_string());
                }
            }
            ClientRecord::Name { first, count, .. } => {
                if first != self.outbox.named().next() || !self.outbox.name(count) {
                    return broken("drafts to number", format!("{count} from {first}"));
                }
            }
            ClientRecord::Drop { draft, code, .. } => {
                let dropped = self.outbox.remove(draft);
                if let Some(pending) = &dropped {
                    self.note_decided(pending, End::Refused { code, op: 0 });
                }
                outcome.left.extend(dropped.map(|pending| (pending, None)));
            }
            ClientRecord::Delta { codec, last, frames, .. } => {
                let deltas = decode(&frames, codec)?;
                self.advance(&deltas, &mut outcome.before)?;
                let told = deltas.last().and_then(|delta| delta.personal.clone());
                let told = told.or_else(|| last.map(personal));
                self.settle(told.as_ref(), &mut outcome);
            }
            ClientRecord::Settle { personal, .. } => self.settle(Some(&personal), &mut outcome),
            ClientRecord::Outdate { .. } => self.replica.confirmed.outdate(),
            ClientRecord::Conflict { conflict, .. } => self.conflicts.push(conflict),
            ClientRecord::Resolve { draft, by, .. } => {
                self.conflicts.retain(|conflict| conflict.draft != draft);
                if let Some(by) = by {
                    self.outbox.push(by, made);
                }
            }
            ClientRecord::Forget { .. } => return broken("a room", "the end of one".to_owned()),
            ClientRecord::Tab { record, .. } => self.fold_tab(record, made)?,
        }
        Ok(outcome)
    }

    fn fold_tab(&mut self, record: TabRecord, made: Option<Time>) -> Result<(), Error> {
        if !matches!(record, TabRecord::Ends { .. }) {
            self.follow();
        }
        match record {
            TabRecord::Adopt { tab, proposal, draft } => {
                let look = Look::of(&draft.ops);
                self.tabs.note(tab, proposal, Note::Adopted { draft: draft.id, look });
                self.outbox.push(draft, made);
            }
            TabRecord::AdoptInto { tab, proposal, draft, action } => {
                if !self.outbox.coalesce(draft, action) {
                    let got = draft.to_string();
                    return Err(Error::new(Code::StorageCorrupt, "an open draft", got));
                }
                let ops = self.outbox.get(draft).map_or(&[][..], |pending| &pending.draft.ops);
                let look = Look::of(ops);
                self.tabs.note(tab, proposal, Note::Adopted { draft, look });
            }
            TabRecord::Refuse { tab, proposal, code } => {
                self.tabs.note(tab, proposal, Note::Refused(code));
            }
            TabRecord::Forget { tab } => self.tabs.forget(tab),
            TabRecord::Notes { tab, forgotten, notes } => self.tabs.restore(tab, forgotten, notes),
            TabRecord::Decided { decided } => self.tabs.restore_decided(decided),
            TabRecord::Ends { since, failed } => self.tabs.restore_ends(since, failed),
            TabRecord::Propose { .. } => {
                return Err(Error::new(Code::StorageCorrupt, "a record of a log", "a proposal"));
            }
        }
        Ok(())
    }

    /// Takes the chunks of one delta in.
    pub(super) fn advance(&mut self, deltas: &[Delta], before: &mut Before) -> Result<(), Error> {
        let bodies: Vec<&Body> = deltas.iter().map(|delta| &*delta.body).collect();
        self.replica.confirmed.apply(&bodies, &Limits::HARD, before)?;
        self.known = true;
        Ok(())
    }

    /// Takes out what is decided, and notes which refusals are to be resolved.
    pub(super) fn settle(&mut self, personal: Option<&Personal>, outcome: &mut Outcome) {
        let decided = personal.map(|told| self.outbox.settle(told.last)).unwrap_or_default();
        for pending in decided {
            let refusals = personal.map_or(&[][..], |told| &told.refusals);
            let own = |refusal: &&Refusal| Some(refusal.seq) == pending.draft.seq;
            let refusal = refusals.iter().find(own).copied();
            if let Some(refusal) = refusal.filter(|refusal| refusal.code == Code::Stale) {
                self.note_conflict(&pending.draft, refusal);
            }
            let end =
                refusal.map_or(End::Applied, |Refusal { code, op, .. }| End::Refused { code, op });
            self.note_decided(&pending, end);
            outcome.left.push((pending, refusal));
        }
        outcome.touched = touched(outcome);
    }

    /// Opens a conflict for a stale mutation, or makes it part of the one that it builds on.
    fn note_conflict(&mut self, draft: &Draft, refusal: Refusal) {
        let Some(op) = refused_op(draft, refusal) else { return };
        let builds_on = |conflict: &Conflict| {
            let link = conflict.tail.map(|tail| DraftSeen::Fixed(Seen::Mine(tail)));
            conflict.key == op.key && link == Some(op.seen)
        };
        let existing = self.conflicts.iter().position(builds_on);
        let mut conflict = match existing.map(|at| self.conflicts.remove(at)) {
            Some(mut conflict) => {
                mark!(ConflictChained);
                conflict.followers.push(draft.id);
                conflict
            }
            None => Conflict {
                draft: draft.id,
                followers: Vec::new(),
                key: op.key.clone(),
                code: refusal.code,
                base: op.base.clone(),
                mine: op.base.clone(),
                tail: None,
                ops: Vec::new(),
            },
        };
        conflict.tail = draft.seq;
        for op in &draft.ops {
            if op.key == conflict.key
                && let Ok(mine) = op.action.apply(conflict.mine.as_ref(), &Limits::HARD)
            {
                conflict.mine = mine;
            }
            append(&mut conflict.ops, &op.key, &op.action);
        }
        let older = self.conflicts.iter().take_while(|it| it.draft <= conflict.draft).count();
        self.conflicts.insert(older, conflict);
    }

    fn forget_names(&mut self, client: ClientId) -> Outcome {
        self.client = client;
        self.session = None;
        let left = self.outbox.forget_names().into_iter().map(|pending| (pending, None));
        let mut outcome = Outcome { left: left.collect(), ..Outcome::default() };
        for (pending, _) in &outcome.left {
            self.note_decided(pending, End::Unknown);
        }
        self.tabs.forget_names();
        outcome.touched = touched(&outcome);
        for conflict in &mut self.conflicts {
            conflict.tail = None;
        }
        outcome
    }

    fn enter(&mut self, epoch: Epoch, session: Option<Session>) {
        if self.epoch.is_some_and(|held| held != epoch) {
            self.outbox.forget_versions();
            self.replica.confirmed.outdate();
        }
        self.epoch = Some(epoch);
        self.session = session;
    }

    /// Makes the view again and returns the keys whose content is another.
    pub(super) fn rebase(&mut self, outcome: &mut Outcome, limits: &Limits) -> Set<Key> {
        let mut touched = core::mem::take(&mut outcome.touched);
        if planted!(ViewNotRebased) && outcome.left.is_empty() {
            return touched;
        }
        if planted!(EverythingRebased) {
            let ops = self.outbox.iter().flat_map(|pending| &pending.draft.ops);
            touched.extend(ops.map(|op| op.key.clone()));
        }
        self.replica.rebase(touched, &outcome.before, &mut self.outbox, limits)
    }

    /// Makes the whole view, after a restore.
    pub(super) fn rebase_all(&mut self, limits: &Limits) {
        let keys = self.outbox.iter().flat_map(|pending| &pending.draft.ops);
        let touched: Set<Key> = keys.map(|op| op.key.clone()).collect();
        self.replica.rebase(touched, &Before::new(), &mut self.outbox, limits);
        self.outbox.close_batch();
        self.outbox.handle_durable(self.outbox.named());
    }

    /// Bytes that count against the limit of the outbox.
    pub(super) fn bytes(&self) -> usize {
        let conflicts = self.conflicts.iter().map(conflict_bytes);
        conflicts.fold(self.outbox.bytes(), usize::saturating_add)
    }

    /// Bytes of all that is held, about.
    pub(super) fn live(&self) -> usize {
        self.bytes().saturating_add(self.replica.confirmed.bytes())
    }

    /// The version up to which the state is held.
    pub(super) const fn version(&self) -> Version {
        self.replica.confirmed.version()
    }

    /// A new mutation of these edits, with what their writer sees now.
    pub(super) fn draft(&self, id: DraftId, sealed: bool, edits: Vec<(Key, Action)>) -> Draft {
        let mut written = Set::new();
        let mut ops = Vec::with_capacity(edits.len());
        for (key, action) in edits {
            let seen = if written.contains(&key) {
                DraftSeen::Draft(id)
            } else {
                self.replica.seen(key.as_str(), &self.outbox)
            };
            // Sums and list edits are not refused for staleness: nobody will ask for their base.
            let base = self.replica.get(key.as_str()).filter(|_| !rebases(&action)).cloned();
            if !matches!(action, Action::Expect) {
                written.insert(key.clone());
            }
            ops.push(DraftOp { key, action, seen, base });
        }
        Draft { id, seq: None, sealed, ops }
    }
}

/// The op for which a mutation was refused; the first, if the server names one that there is not.
pub(super) fn refused_op(draft: &Draft, refusal: Refusal) -> Option<&DraftOp> {
    let index = usize::try_from(refusal.op).unwrap_or(usize::MAX);
    draft.ops.get(index).or_else(|| draft.ops.first())
}

/// What is told when only the last decided mutation is known.
pub(super) const fn personal(last: Seq) -> Personal {
    Personal { last, refusals: Vec::new(), rewind: false }
}

fn touched(outcome: &Outcome) -> Set<Key> {
    let left = outcome.left.iter().flat_map(|(pending, _)| &pending.draft.ops);
    left.map(|op| op.key.clone()).chain(outcome.before.keys().cloned()).collect()
}

/// Appends an edit, or makes it part of the last one if that is of the same key.
fn append(edits: &mut Vec<(Key, Action)>, key: &Key, action: &Action) {
    if let Some((last_key, last)) = edits.last_mut()
        && last_key == key
        && let Some(both) = last.then(action, &Limits::HARD)
    {
        *last = both;
    } else {
        edits.push((key.clone(), action.clone()));
    }
}

/// Whether an action applies to whatever its key holds meanwhile: it is never refused as stale.
pub(super) const fn rebases(action: &Action) -> bool {
    !matches!(action, Action::Set(_) | Action::Delete | Action::Merge(_) | Action::Expect)
}

fn conflict_bytes(conflict: &Conflict) -> usize {
    let sides = [&conflict.base, &conflict.mine].into_iter().flatten().map(Content::size);
    let ops = conflict.ops.iter().map(|(key, action)| crate::outbox::op_bytes(key, action));
    let followers = conflict.followers.len().saturating_mul(size_of::<DraftId>());
    sides.chain(ops).fold(followers, usize::saturating_add)
}

fn decode(frames: &[Vec<u8>], codec: Codec) -> Result<Vec<Delta>, Error> {
    let mut deltas = Vec::with_capacity(frames.len());
    for bytes in frames {
        match frame::decode_server(bytes, codec, &Limits::HARD)? {
            Decoded::Message(Message::Delta(delta)) => deltas.push(delta),
            Decoded::Message(_) | Decoded::Skip => {
                return Err(Error::new(Code::StorageCorrupt, "a delta", "another message"));
            }
        }
    }
    Ok(deltas)
}
