//! When mutations get their numbers and leave.

use super::Client;
use super::link::Phase;
use crate::error::Code;
use crate::id::{DraftId, RecordId, RoomNo, Seq};
use crate::message::{Message, Push};
use crate::outbox::mutation_bytes;
use crate::plant::mark;
use crate::record::client::ClientRecord;
use crate::time::Time;

impl Client {
    /// Sends what waits for its batch to close, without waiting.
    pub fn flush(&mut self, now: Time) {
        self.tick(now);
        for room in self.rooms.values_mut() {
            room.debounce.close();
            room.state.outbox.close_batch();
        }
        self.progress();
    }

    /// The order of this number, and every one before it, is durable.
    pub fn handle_persisted(&mut self, id: RecordId) {
        self.journal.handle_persisted(id);
        // Also in rooms that were left meanwhile: nothing says it again when they are opened.
        let rooms: Vec<RoomNo> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.note_durable(room);
        }
        self.progress();
    }

    /// Storage failed: nothing is sent any more, since nothing would be durable.
    pub fn handle_persist_failed(&mut self) {
        if self.journal.is_failed() {
            return;
        }
        self.journal.fail();
        self.questions.clear();
        if self.link.is_connected() || self.link.phase == Phase::Asked {
            self.transmits.push_back(super::ClientOutput::Disconnect);
        }
        self.link.phase = Phase::Stopped(Code::StorageFailed);
        for room in self.rooms.values_mut() {
            room.leave();
        }
        self.events.push_back(super::ClientEvent::StorageFailed);
    }

    /// Lets go what waited for records that are durable now.
    pub(super) fn note_durable(&mut self, number: RoomNo) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let journal = &self.journal;
        let durable = |entry: &mut (RecordId, Seq)| journal.is_durable(entry.0);
        while let Some((_, seq)) = room.naming.pop_front_if(durable) {
            room.state.outbox.handle_durable(seq);
        }
        while let Some((_, seq)) = room.hearing.pop_front_if(durable) {
            room.heard = room.heard.max(seq);
        }
    }

    /// Does what has become possible: connects, joins, names, sends.
    pub(super) fn progress(&mut self) {
        self.tell_stored();
        if self.standby.is_some() {
            return self.propose_ready();
        }
        self.reach_out();
        for room in self.open_rooms() {
            self.name_ready(room);
            self.push_ready(room);
        }
    }

    /// Gives numbers to what is about to be sent.
    fn name_ready(&mut self, number: RoomNo) {
        let limits = self.limits;
        let Some(room) = self.rooms.get(&number) else { return };
        if room.channel().is_none() || room.state.session.is_none() || self.journal.is_failed() {
            return;
        }
        let count = room.state.outbox.nameable(&limits);
        if count == 0 {
            return;
        }
        mark!(DraftNamed);
        let first = room.state.outbox.named().next();
        let record = ClientRecord::Name { room: number, first, count };
        let Some((id, _)) = self.record(record, true) else { return };
        if let Some(room) = self.rooms.get_mut(&number) {
            room.naming.push_back((id, room.state.outbox.named()));
        }
        self.note_durable(number);
    }

    fn push_ready(&mut self, number: RoomNo) {
        let limits = self.limits;
        loop {
            let Some(room) = self.rooms.get_mut(&number) else { return };
            let (Some(channel), Some(session)) = (room.channel(), room.state.session) else {
                return;
            };
            let Some((first, mutations)) = room.state.outbox.send(&limits) else { return };
            let count = u64::try_from(mutations.len()).unwrap_or(u64::MAX);
            let before_first = first.get().saturating_sub(1);
            let last = Seq::new(before_first).plus(count);
            let again = room.sent.min(last).beyond(Seq::new(before_first));
            self.metrics.retried = self.metrics.retried.saturating_add(again);
            room.sent = room.sent.max(last);
            self.metrics.pushes = self.metrics.pushes.saturating_add(1);
            let heard = room.heard;
            self.transmit(&Message::Push(Push { channel, session, first, heard, mutations }));
        }
    }

    /// Refuses every draft that has no number.
    pub(super) fn refuse_all(&mut self, number: RoomNo, code: Code) {
        let Some(room) = self.rooms.get(&number) else { return };
        let unnamed = room.state.outbox.iter().filter(|pending| pending.draft.seq.is_none());
        let drafts: Vec<DraftId> = unnamed.map(|pending| pending.draft.id).collect();
        self.refuse_here(number, drafts, code);
    }

    /// Refuses the drafts that the server's limits, lower than those at the time of the edit, make
    /// impossible to send.
    pub(super) fn refuse_oversized(&mut self) {
        let limits = self.limits;
        for number in self.open_rooms() {
            let Some(room) = self.rooms.get(&number) else { continue };
            let oversized = room.state.outbox.iter().filter(|pending| {
                let ops = &pending.draft.ops;
                let large = mutation_bytes(ops) > limits.mutation_bytes || ops.len() > limits.ops;
                large && pending.draft.seq.is_none()
            });
            let drafts: Vec<DraftId> = oversized.map(|pending| pending.draft.id).collect();
            self.refuse_here(number, drafts, Code::MutationTooLarge);
        }
    }
}
