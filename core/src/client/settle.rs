//! What a client does with what the server tells of a room and of its own mutations.

use super::Client;
use super::event::{ClientEvent, Refused, Resume, Verdict};
use super::room::Room;
use super::state::{self, Outcome, State};
use crate::error::{Code, Error};
use crate::id::{DraftId, RoomNo, Seq, Version};
use crate::limit::Limits;
use crate::message::{Delta, Personal, Refusal};
use crate::op::Content;
use crate::outbox::Pending;
use crate::plant::{mark, planted};
use crate::record::client::{ClientRecord, Conflict, Draft};
use crate::replica::Before;
use crate::resolve::{self, Decision, Resolution};
use crate::time::Time;

/// Digests in a row that may differ before the connection is given up.
const DIVERGED_MAX: u32 = 2;

impl Client {
    pub(super) fn handle_delta(&mut self, number: RoomNo, delta: Delta, bytes: &[u8]) {
        // What a room counts may be several times as long as text, and a frame may hold nothing that counts.
        let Limits { room_bytes, frame_bytes, .. } = self.link.peer;
        let most = room_bytes.saturating_mul(8).saturating_add(frame_bytes);
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let (from, to) = (delta.body.from, delta.body.to);
        if room.channel().is_none() || to < from {
            let expected = "a delta that moves forward, after the answer to a join";
            return self.fail(&Error::new(Code::Unexpected, expected, format!("{from} to {to}")));
        }
        if from == Version::ZERO {
            room.staged.clear();
        } else if from != room.cursor {
            mark!(DeltaMissing);
            return self.rejoin(number);
        }
        room.cursor = to;
        let more = delta.body.more;
        room.staged.push((delta, bytes.to_vec()));
        let staged = room.staged.iter().map(|(_, bytes)| bytes.len());
        if staged.fold(0, usize::saturating_add) > most {
            return self.fail(&Error::new(Code::FrameTooLarge, "chunks of one room", "more"));
        }
        if more {
            mark!(StagedChunk);
        }
        if !more || planted!(ChunkShown) {
            self.take_staged(number);
        }
    }

    /// Takes all chunks in, in one step.
    fn take_staged(&mut self, number: RoomNo) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let (deltas, frames): (Vec<Delta>, Vec<Vec<u8>>) =
            core::mem::take(&mut room.staged).into_iter().unzip();
        let (Some(first), Some(last)) = (deltas.first(), deltas.last()) else { return };
        let (known, version) = (room.state.known, room.state.version());
        if room.catching_up.is_none() && last.body.to < version && !planted!(OlderDeltaTaken) {
            // One of before: the room does not go back while it is open here.
            return self.rejoin(number);
        }
        let mut outcome = Outcome::default();
        let taken = room.state.advance(&deltas, &mut outcome.before);
        let digest = room.state.replica.confirmed.digest();
        let differs = last.body.digest.is_some_and(|told| told != digest);
        if taken.is_err() || differs && !planted!(DigestIgnored) {
            return self.diverge(number, outcome.before);
        }
        if last.body.digest.is_some() {
            room.diverged = 0;
        }
        let joined = room.catching_up.take();
        let implied = joined.filter(|_| last.personal.is_none() && room.state.session.is_some());
        let told = last.personal.clone().or_else(|| implied.map(state::personal));
        room.state.settle(told.as_ref(), &mut outcome);
        let silent = known && room.state.version() == version && outcome.before.is_empty();
        if !silent || !outcome.left.is_empty() {
            let refused = outcome.left.iter().any(|(_, refusal)| refusal.is_some());
            self.record_delta(number, implied, frames, told.as_ref(), refused);
        }
        if told.as_ref().is_some_and(|told| told.rewind)
            && let Some(room) = self.rooms.get_mut(&number)
        {
            room.state.outbox.rewind();
        }
        #[cfg(feature = "views")]
        self.observe_views(number, &outcome.before);
        self.show_there(number, &mut outcome);
        self.tell_decided(number, outcome);
        #[cfg(feature = "views")]
        self.show_views();
        if joined.is_some() {
            self.tell_resumed(number, known, first.body.from == Version::ZERO);
        }
        self.resolve_ready(number);
        let now = self.now;
        if let Some(room) = self.rooms.get_mut(&number).filter(|room| room.is_synced()) {
            room.synced_at = Some(now);
        }
    }

    /// Records what was told; what hangs on refusals waits for it.
    fn record_delta(
        &mut self,
        room: RoomNo,
        last: Option<Seq>,
        frames: Vec<Vec<u8>>,
        told: Option<&Personal>,
        sync: bool,
    ) {
        let record = match (self.config.cache, told) {
            (true, _) => ClientRecord::Delta { room, codec: self.link.codec, last, frames },
            (false, Some(personal)) => ClientRecord::Settle { room, personal: personal.clone() },
            (false, None) => return,
        };
        let id = self.journal.put(&record, sync);
        if let (Some(found), Some(told)) = (self.rooms.get_mut(&room), told) {
            found.hearing.push_back((id, told.last));
        }
        self.note_durable(room);
    }

    /// What is held with what was told is not the room's state. The one that was shown stays, as of
    /// no version, and everything is asked for again.
    fn diverge(&mut self, number: RoomNo, before: Before) {
        if let Some(room) = self.rooms.get_mut(&number) {
            room.state.replica.confirmed.revert(before);
        }
        self.record(ClientRecord::Outdate { room: number }, false);
        let Some(room) = self.rooms.get_mut(&number) else { return };
        mark!(Diverged);
        room.reset = Some(Code::Diverged);
        room.diverged = room.diverged.saturating_add(1);
        let again = room.diverged < DIVERGED_MAX;
        self.events.push_back(ClientEvent::Diverged { room: number });
        if again {
            self.rejoin(number);
        } else {
            let expected = "a state with the digest that the server tells";
            self.fail(&Error::new(Code::Diverged, expected, "another"));
        }
    }

    /// Makes the view of what changed again, for a reason that came from the server.
    pub(super) fn show_there(&mut self, number: RoomNo, outcome: &mut Outcome) {
        let limits = self.limits;
        if let Some(room) = self.rooms.get_mut(&number) {
            let changed = room.state.rebase(outcome, &limits);
            room.changed_there.extend(changed);
        }
    }

    fn tell_resumed(&mut self, number: RoomNo, known: bool, whole: bool) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        self.link.resume();
        room.resumed_at = Some(self.now);
        let kind = match room.reset.take() {
            Some(reason) => Resume::Reset(reason),
            None if whole => Resume::Snapshot,
            None => Resume::Delta,
        };
        if !known {
            return self.events.push_back(ClientEvent::Ready { room: number });
        }
        let counter = match kind {
            Resume::Delta => &mut self.metrics.resumed_delta,
            Resume::Snapshot => &mut self.metrics.resumed_snapshot,
            Resume::Reset(_) => &mut self.metrics.resumed_reset,
        };
        *counter = counter.saturating_add(1);
        self.events.push_back(ClientEvent::Resumed { room: number, kind });
    }

    /// Tells the verdicts of mutations that the server decided.
    fn tell_decided(&mut self, number: RoomNo, outcome: Outcome) {
        let version = self.rooms.get(&number).map(|room| room.state.version()).unwrap_or_default();
        for (pending, refusal) in outcome.left {
            self.count(&pending, refusal);
            let verdict = refusal.map_or(Verdict::Applied { version }, |refusal| {
                Verdict::Refused { code: refusal.code, op: refusal.op }
            });
            let draft = pending.draft.id;
            #[cfg(feature = "views")]
            self.settle_views(number, draft, refusal.is_none().then_some(version));
            self.events.push_back(ClientEvent::Verdict { room: number, draft, verdict });
            if let Some(refusal) = refusal.filter(|refusal| refusal.code != Code::Stale) {
                self.tell_refused(number, &pending.draft, refusal);
            }
        }
    }

    fn count(&mut self, pending: &Pending, refusal: Option<Refusal>) {
        let took = pending.made.map(|made| self.now.since(made));
        let metrics = &mut self.metrics;
        match (refusal, took) {
            (None, Some(took)) => metrics.count_applied(took),
            (None, None) => metrics.applied = metrics.applied.saturating_add(1),
            (Some(refusal), Some(took)) => metrics.count_refused(refusal.code, took),
            (Some(refusal), None) => {
                metrics.refused = metrics.refused.saturating_add(1);
                let stale = u64::from(refusal.code == Code::Stale);
                metrics.conflicts = metrics.conflicts.saturating_add(stale);
            }
        }
    }

    /// Tells of a refusal that no resolver is for.
    fn tell_refused(&mut self, number: RoomNo, draft: &Draft, refusal: Refusal) {
        let Some(op) = state::refused_op(draft, refusal) else { return };
        // What is refused for being too large is handed back all the same.
        let mine = op.action.apply(op.base.as_ref(), &Limits::HARD).ok().flatten();
        let refusal = Refused {
            room: number,
            draft: draft.id,
            drafts: vec![draft.id],
            key: op.key.clone(),
            code: refusal.code,
            mine,
            base: op.base.clone(),
            theirs: self.confirmed_get(number, op.key.as_str()).cloned(),
        };
        self.events.push_back(ClientEvent::Refused { refusal, by: None });
    }

    /// Refuses drafts on this side, before they have a number.
    pub(super) fn refuse_here(&mut self, number: RoomNo, drafts: Vec<DraftId>, code: Code) {
        for draft in drafts {
            self.note_refused(number, draft, code);
            let record = ClientRecord::Drop { room: number, draft, code };
            let Some((_, mut outcome)) = self.record(record, false) else { continue };
            let ops = outcome.left.iter().flat_map(|(pending, _)| &pending.draft.ops);
            outcome.touched = ops.map(|op| op.key.clone()).collect();
            self.show_there(number, &mut outcome);
            for (pending, refusal) in &mut outcome.left {
                let seq = pending.draft.seq.unwrap_or_default();
                *refusal = Some(Refusal { seq, op: 0, code });
            }
            self.tell_decided(number, outcome);
        }
    }

    /// Tells of mutations whose outcome nobody can know.
    pub(super) fn tell_unknown(&mut self, number: RoomNo, mut outcome: Outcome, reason: Code) {
        self.show_there(number, &mut outcome);
        for (pending, _) in outcome.left {
            self.tell_one_unknown(number, pending.draft, reason);
        }
        self.resolve_ready(number);
    }

    pub(super) fn tell_one_unknown(&mut self, room: RoomNo, draft: Draft, reason: Code) {
        self.metrics.count_unknown();
        #[cfg(feature = "views")]
        self.settle_views(room, draft.id, None);
        let verdict = Verdict::Unknown { reason };
        self.events.push_back(ClientEvent::Verdict { room, draft: draft.id, verdict });
        let edits = draft.ops.into_iter().map(|op| (op.key, op.action)).collect();
        self.events.push_back(ClientEvent::Unknown { room, draft: draft.id, reason, edits });
    }

    /// Tells of what goes with a room that is forgotten.
    pub(super) fn hand_back(&mut self, forgotten: Room) {
        let State { room, outbox, replica, conflicts, .. } = forgotten.state;
        for conflict in &conflicts {
            let theirs = replica.confirmed.get(conflict.key.as_str());
            let refusal = sides(room, conflict, theirs.map(|held| &held.content));
            self.events.push_back(ClientEvent::Refused { refusal, by: None });
        }
        for pending in outbox.iter() {
            self.tell_one_unknown(room, pending.draft.clone(), Code::Closed);
        }
    }

    /// Answers a conflict; the answer is a mutation of its own, if it changes anything.
    ///
    /// # Errors
    ///
    /// `NotFound` if no conflict of this name waits, `WrongMode` on a standby, and those of
    /// [`Client::batch`]: the conflict waits on then.
    pub fn resolve(
        &mut self,
        now: Time,
        room: RoomNo,
        draft: DraftId,
        resolution: Resolution,
    ) -> Result<Option<DraftId>, Error> {
        self.tick(now);
        self.check_leads()?;
        let found = self.open_room(room)?;
        let waits = |conflict: &&Conflict| conflict.draft == draft && found.asked.contains(&draft);
        let Some(conflict) = found.state.conflicts.iter().find(waits).cloned() else {
            return Err(Error::new(Code::NotFound, "a conflict that waits", draft.to_string()));
        };
        let by = self.carry_out(room, &conflict, resolve::answer(resolution, &conflict))?;
        self.progress();
        Ok(by)
    }

    /// Resolves the conflicts of which no verdict is outstanding: those that storage held once the server has shown
    /// that they were not resolved before, in what that storage lost.
    pub(super) fn resolve_ready(&mut self, number: RoomNo) {
        let Some(room) = self.rooms.get(&number) else { return };
        let is_met = room.durability.is_some() || planted!(LostAnswersRepeated);
        if self.standby.is_some() || !is_met {
            return;
        }
        let outbox = &room.state.outbox;
        let done = |conflict: &&Conflict| {
            conflict.tail.is_none_or(|tail| !outbox.builds_on(&conflict.key, tail))
        };
        let unasked = |conflict: &&Conflict| !room.asked.contains(&conflict.draft);
        let ready: Vec<Conflict> =
            room.state.conflicts.iter().filter(unasked).filter(done).cloned().collect();
        for conflict in ready {
            let resolver = self.config.resolvers.of(conflict.key.as_str());
            let theirs = self.confirmed_get(number, conflict.key.as_str());
            let decision = resolve::decide(resolver, &conflict, theirs, &self.limits);
            let carried = decision.map(|decision| self.carry_out(number, &conflict, decision));
            // What cannot be made again now must not be lost either: the application is asked.
            if !matches!(carried, Some(Ok(_))) {
                self.ask(number, &conflict);
            }
        }
    }

    fn ask(&mut self, number: RoomNo, conflict: &Conflict) {
        let refusal = self.sides(number, conflict);
        if let Some(room) = self.rooms.get_mut(&number)
            && room.open
        {
            room.asked.insert(conflict.draft);
            self.events.push_back(ClientEvent::Conflict(refusal));
        }
    }

    fn sides(&self, room: RoomNo, conflict: &Conflict) -> Refused {
        sides(room, conflict, self.confirmed_get(room, conflict.key.as_str()))
    }

    fn carry_out(
        &mut self,
        number: RoomNo,
        conflict: &Conflict,
        decision: Decision,
    ) -> Result<Option<DraftId>, Error> {
        let refusal = self.sides(number, conflict);
        let draft = conflict.draft;
        let by = match decision {
            Decision::GiveUp => {
                self.record(ClientRecord::Resolve { room: number, draft, by: None }, false);
                None
            }
            Decision::Ops(edits) => {
                mark!(ConflictResolved);
                Some(self.make(number, edits, Some(draft))?)
            }
        };
        if let Some(room) = self.rooms.get_mut(&number) {
            room.asked.remove(&draft);
        }
        self.events.push_back(ClientEvent::Refused { refusal, by });
        Ok(by)
    }
}

/// The sides of a conflict; `theirs` is what the server says that the key holds.
fn sides(room: RoomNo, conflict: &Conflict, theirs: Option<&Content>) -> Refused {
    Refused {
        room,
        draft: conflict.draft,
        drafts: [conflict.draft].iter().chain(&conflict.followers).copied().collect(),
        key: conflict.key.clone(),
        code: conflict.code,
        mine: conflict.mine.clone(),
        base: conflict.base.clone(),
        theirs: theirs.cloned(),
    }
}
