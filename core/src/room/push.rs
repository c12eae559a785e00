//! What becomes of a client's mutations: the checks, in their order.
//!
//! Current connection, session, duplicate, gap, grant, shape, what the writer saw, result. A
//! duplicate comes before everything that could refuse it: otherwise a retry whose answer was lost
//! would be told of a conflict with its own success.

use crate::digest::content_hash;
use crate::error::{Code, Error};
use crate::exchange::FromRoom;
use crate::id::{ClientId, ReaderId, Seq, Session};
use crate::message::{Push, Refusal};
use crate::op::Op;
use crate::plant::{mark, planted};
use crate::policy::Author;
use crate::record::room::{AppliedRecord, EditRecord, RoomRecord};
use crate::register::{Register, Turn};
use crate::store::KeyChange;

use super::Room;
use super::log::Effect;
use super::stage::{Accepted, Edit, Refused};

impl Room {
    pub(super) fn handle_push(&mut self, id: ReaderId, push: &Push) {
        let Some(reader) = self.readers.get(&id) else { return };
        if self.current.get(&reader.client) != Some(&id) || self.poisoned {
            return;
        }
        let client = reader.client;
        if self.log.is_full() {
            self.deny(id, Code::Unavailable);
            return;
        }
        if reader.session != Some(push.session) {
            self.deny(id, Code::Expired);
            return;
        }
        let last = self.registers.get(client).map_or(Seq::ZERO, Register::last);
        let end = push.first.plus(u64::try_from(push.mutations.len()).unwrap_or(u64::MAX));
        let window = self.config.limits.window;
        if end.beyond(last.next()) > u64::try_from(window).unwrap_or(u64::MAX) {
            let expected = format!("at most {window} mutations after {last}");
            let got = format!("mutations up to {}", end.beyond(Seq::new(1)));
            let error = Error::new(Code::WindowExceeded, expected, got);
            self.tell(FromRoom::Fault { reader: id, error });
            return;
        }
        self.hear(client, push.heard);
        let mut seq = push.first;
        for mutation in &push.mutations {
            match self.decide(id, client, seq, mutation) {
                Turn::Next | Turn::Duplicate => seq = seq.next(),
                Turn::Reused => {
                    self.deny(id, Code::IdentityReused);
                    return;
                }
                Turn::Gap => {
                    mark!(GapPassedOver);
                    if let Some(reader) = self.readers.get_mut(&id) {
                        reader.rewind = true;
                    }
                    break;
                }
            }
        }
        if planted!(GapUnanswered) && self.readers.get(&id).is_some_and(|reader| reader.rewind) {
            return;
        }
        // Every push is answered, so that a gap heals in one round trip.
        if let Some(Effect::Answer { reader }) = self.log.after(Effect::Answer { reader: id }) {
            self.answer(reader);
        }
    }

    fn deny(&mut self, reader: ReaderId, code: Code) {
        self.handle_leave(reader);
        self.tell(FromRoom::Denied { reader, code });
    }

    fn decide(&mut self, id: ReaderId, client: ClientId, seq: Seq, ops: &[Op]) -> Turn {
        let hash = content_hash(ops);
        let Some(register) = self.registers.get(client) else { return Turn::Gap };
        let bytes = bytes_of(ops);
        let session = register.session;
        let turn = register.turn(seq, hash, bytes, &self.config.limits);
        if planted!(JudgedBeforeDeduplicated) && turn == Turn::Duplicate {
            let verdict = self.judge(id, Author::Client(client, seq), ops, bytes);
            if let Err((op, error)) = verdict {
                let refusal = Refusal { seq, op: u32::try_from(op).unwrap_or(0), code: error.code };
                self.settle(client, session, seq, Some(refusal));
                if let Some(reader) = self.readers.get_mut(&id) {
                    reader.told = Seq::ZERO;
                }
            }
        }
        if turn == Turn::Duplicate {
            mark!(RetryDropped);
            self.metrics.retried = self.metrics.retried.saturating_add(1);
        }
        if turn != Turn::Next {
            return turn;
        }
        self.metrics.total = self.metrics.total.saturating_add(1);
        let verdict = self.judge(id, Author::Client(client, seq), ops, bytes);
        let refused = verdict.is_err();
        let limits = self.config.limits;
        if let Some(register) = self.registers.get_mut(client) {
            register.stage(hash, bytes, refused, &limits);
        }
        let settle = |refusal| Effect::Settle { client, session, seq, refusal };
        match verdict {
            Ok(accepted) => self.accept(id, hash, accepted, settle(None)),
            Err((op, error)) => {
                let op = u32::try_from(op).unwrap_or(u32::MAX);
                let refusal = Refusal { seq, op, code: error.code };
                self.refuse(client, hash, refusal, settle(Some(refusal)));
            }
        }
        turn
    }

    fn judge(
        &self,
        id: ReaderId,
        author: Author,
        ops: &[Op],
        bytes: usize,
    ) -> Result<Accepted, Refused> {
        let limits = &self.config.limits;
        let grant = self.readers.get(&id).map(|reader| &reader.grant);
        let forbidden = |op: &Op| !grant.is_some_and(|grant| grant.may_write(op.key.as_str()));
        // An `Expect` reads, and whoever is in the room may read.
        let writes = |op: &Op| !matches!(op.action, crate::op::Action::Expect);
        if let Some(index) = ops.iter().position(|op| writes(op) && forbidden(op)) {
            return Err((
                index,
                Error::new(Code::Forbidden, "a key that may be written", "another"),
            ));
        }
        if ops.is_empty() || ops.len() > limits.ops {
            let error = Error::limit(Code::MutationTooLarge, limits.ops, "ops, and one", ops.len());
            return Err((0, error));
        }
        if bytes > limits.mutation_bytes {
            let what = "bytes of a mutation";
            return Err((
                0,
                Error::limit(Code::MutationTooLarge, limits.mutation_bytes, what, bytes),
            ));
        }
        if let Some((index, error)) = ops.iter().enumerate().find_map(|(index, op)| {
            limits.check_key(op.key.as_str()).err().map(|error| (index, error))
        }) {
            return Err((index, error));
        }
        let edits =
            ops.iter().map(|op| Edit { key: &op.key, action: &op.action, seen: Some(op.seen) });
        self.stage.judge(&self.store, &self.config.policy, author, edits, limits)
    }

    fn accept(&mut self, id: ReaderId, hash: u64, accepted: Accepted, settle: Effect) {
        self.metrics.applied = self.metrics.applied.saturating_add(1);
        let (version, author) = (accepted.version, accepted.author);
        let changes = self.stage.accept(accepted);
        let principal = self.readers.get(&id).map(|reader| reader.grant.principal.clone());
        let edits = edit_records(&changes);
        let record = RoomRecord::Applied(AppliedRecord { version, author, hash, edits });
        self.log.record(&record, Some(Effect::Commit { version, author, changes, principal }));
        if let Some(settle) = self.log.after(settle) {
            self.apply(vec![settle]);
        }
    }

    fn refuse(&mut self, client: ClientId, hash: u64, refusal: Refusal, settle: Effect) {
        self.metrics.refused = self.metrics.refused.saturating_add(1);
        if refusal.code == Code::Stale {
            self.metrics.conflicts = self.metrics.conflicts.saturating_add(1);
        }
        self.log.record(&RoomRecord::Refused { client, hash, refusal }, Some(settle));
    }

    pub(super) fn settle(
        &mut self,
        client: ClientId,
        session: Session,
        seq: Seq,
        refusal: Option<Refusal>,
    ) {
        let register = self.registers.get_mut(client);
        let Some(register) = register.filter(|register| register.session == session) else {
            return;
        };
        register.settle(seq, refusal);
        if let Some(reader) = self.current.get(&client).copied() {
            self.announce(reader);
        }
    }
}

fn bytes_of(ops: &[Op]) -> usize {
    let size = |op: &Op| op.action.size().saturating_add(op.key.as_str().len());
    ops.iter().map(size).fold(0, usize::saturating_add)
}

/// What a record says of the changes that a mutation made.
pub(super) fn edit_records(changes: &[KeyChange]) -> Vec<EditRecord> {
    let edit = |change: &KeyChange| EditRecord {
        key: change.key.clone(),
        id: change.id,
        action: change.action.clone(),
    };
    changes.iter().map(edit).collect()
}
