//! What an edit must be, and which draft it becomes part of.

use super::Client;
use super::room::Room;
use super::standby::Standby;
use super::state::{State, rebases};
use crate::edit::{self, Edit};
use crate::error::{Code, Error};
use crate::id::{DraftId, ItemId, Key, RoomNo};
use crate::limit::Limits;
use crate::op::{Action, Content};
use crate::outbox::{draft_bytes, mutation_bytes, op_bytes};
use crate::plant::mark;
use crate::record::client::ClientRecord;
use crate::time::Time;
use crate::value::Value;

impl Client {
    /// Edits one key: visible at once, sent when the burst is over, decided by the server.
    ///
    /// An edit of a key that waits unsent goes into what waits, and shares its verdict.
    ///
    /// # Errors
    ///
    /// Nothing is queued on an error: `NotFound` if the room is not open, `Forbidden` if it may not
    /// be written, `InvalidName`, those of [`Action::apply`] on what is shown, `MutationTooLarge`,
    /// `Full` if the outbox is at its limit, and `Poisoned` after storage has failed.
    pub fn edit(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        action: Action,
    ) -> Result<DraftId, Error> {
        self.tick(now);
        self.writable(room)?;
        self.limits.check_key(key)?;
        let key = Key::new(key)?;
        let draft = match self.coalesce(room, &key, &action)? {
            Some(draft) => draft,
            None => self.make(room, vec![(key, action)], None)?,
        };
        self.progress();
        Ok(draft)
    }

    /// Makes several edits one mutation: the server takes all of them or none.
    ///
    /// [`Action::Expect`] before an edit asks the server to refuse all if its key has changed. A place
    /// in a list is one in what the edits before it make of the list.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`] and [`Edit::on`], and `InvalidArgument` for no edits.
    pub fn batch(
        &mut self,
        now: Time,
        room: RoomNo,
        edits: Vec<(Key, impl Into<Edit>)>,
    ) -> Result<DraftId, Error> {
        self.tick(now);
        let state = &self.writable(room)?.state;
        if edits.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "at least one edit", "none"));
        }
        for (key, _) in &edits {
            self.limits.check_key(key.as_str())?;
        }
        let edits: Vec<_> = edits.into_iter().map(|(key, edit)| (key, edit.into())).collect();
        let each = edits.iter().map(|(key, edit)| (key, edit));
        let actions = edit::actions(each, |key| state.replica.get(key.as_str()), &self.limits)?;
        let edits = edits.into_iter().map(|(key, _)| key).zip(actions).collect();
        let draft = self.make_sealed(room, edits, None, true)?;
        self.progress();
        Ok(draft)
    }

    /// Puts a value into a list, at a place counted in what is shown.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`], and `InvalidArgument` for a place beyond the end.
    pub fn insert_at(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        let edit = Edit::InsertAt { index, id: self.new_item(), value };
        self.edit_at(now, room, key, &edit)
    }

    /// Takes the value at this place of what is shown out of a list.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`], and `NoSuchItem`.
    pub fn remove_at(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        index: usize,
    ) -> Result<DraftId, Error> {
        self.edit_at(now, room, key, &Edit::RemoveAt { index })
    }

    /// Moves a value within a list; `to` counts without it.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`], `NoSuchItem`, and `InvalidArgument` for a place beyond the end.
    pub fn move_to(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        from: usize,
        to: usize,
    ) -> Result<DraftId, Error> {
        self.edit_at(now, room, key, &Edit::MoveTo { from, to })
    }

    /// Gives the list item at this place of what is shown another value.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`], and `NoSuchItem`.
    pub fn replace_at(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        self.edit_at(now, room, key, &Edit::ReplaceAt { index, value })
    }

    /// A fresh identity for a list item.
    pub fn new_item(&mut self) -> ItemId {
        ItemId::new(self.entropy.next_u64())
    }

    fn edit_at(
        &mut self,
        now: Time,
        room: RoomNo,
        key: &str,
        edit: &Edit,
    ) -> Result<DraftId, Error> {
        let action = edit.on(self.get(room, key))?;
        self.edit(now, room, key, action)
    }

    pub(super) fn writable(&self, number: RoomNo) -> Result<&Room, Error> {
        if self.journal.is_failed() {
            return Err(Error::new(Code::Poisoned, "storage that works", "a failure"));
        }
        if self.link.phase == super::link::Phase::Closed {
            return Err(Error::new(Code::Closed, "an open client", "a closed one"));
        }
        let open = self.rooms.get(&number).filter(|room| room.open);
        let room =
            open.ok_or_else(|| Error::new(Code::NotFound, "an open room", number.to_string()))?;
        if !room.writes || room.read_only {
            return Err(Error::new(Code::Forbidden, "a room that may be written", "to read"));
        }
        Ok(room)
    }

    /// Makes an edit part of a draft, if there is one that it may go into.
    fn coalesce(
        &mut self,
        number: RoomNo,
        key: &Key,
        action: &Action,
    ) -> Result<Option<DraftId>, Error> {
        let limits = self.limits;
        let state = &self.writable(number)?.state;
        if self.standby.is_some() {
            // Only the leader knows which mutations are still open.
            return Ok(None);
        }
        let Some((id, both, grown)) = opening(state, key, action, &limits) else {
            return Ok(None);
        };
        let results = state.replica.preview([(key, action)].into_iter(), &limits)?;
        self.check_full(0, grown)?;
        mark!(DraftCoalesced);
        self.record(ClientRecord::Coalesce { room: number, draft: id, action: both }, true);
        self.metrics.coalesced = self.metrics.coalesced.saturating_add(1);
        self.show_here(number, id, results);
        Ok(Some(id))
    }

    /// Makes a mutation of edits; `instead_of` is the refusal that it resolves.
    pub(super) fn make(
        &mut self,
        number: RoomNo,
        edits: Vec<(Key, Action)>,
        instead_of: Option<DraftId>,
    ) -> Result<DraftId, Error> {
        let sealed = edits.len() != 1 || edits.iter().any(|(_, a)| matches!(a, Action::Expect));
        self.make_sealed(number, edits, instead_of, sealed)
    }

    fn make_sealed(
        &mut self,
        number: RoomNo,
        edits: Vec<(Key, Action)>,
        instead_of: Option<DraftId>,
        sealed: bool,
    ) -> Result<DraftId, Error> {
        let limits = self.limits;
        let state = &self.writable(number)?.state;
        if edits.len() > limits.ops {
            let (most, got) = (limits.ops, edits.len());
            return Err(Error::limit(Code::MutationTooLarge, most, "ops of a mutation", got));
        }
        let each = edits.iter().map(|(key, action)| (key, action));
        let results = state.replica.preview(each, &limits)?;
        let proposals = self.standby.as_ref().map(Standby::made);
        let id = proposals.unwrap_or_else(|| state.outbox.made()).next();
        let draft = state.draft(id, sealed, edits);
        let (most, got) = (limits.mutation_bytes, mutation_bytes(&draft.ops));
        if got > most {
            return Err(Error::limit(Code::MutationTooLarge, most, "bytes of a mutation", got));
        }
        self.check_full(1, draft_bytes(&draft))?;
        let room = number;
        let record = match instead_of {
            Some(refused) => ClientRecord::Resolve { room, draft: refused, by: Some(draft) },
            None => ClientRecord::Draft { room, draft },
        };
        self.record(record, true);
        if let Some(standby) = &mut self.standby {
            standby.make(id);
        }
        self.metrics.total = self.metrics.total.saturating_add(1);
        self.show_here(number, id, results);
        Ok(id)
    }

    /// Refuses what would take the outboxes of all rooms together beyond their limit.
    pub(super) fn check_full(&self, edits: usize, bytes: usize) -> Result<(), Error> {
        let states = || self.rooms.values().map(|room| &room.state);
        let edits = states().map(|state| state.outbox.len()).fold(edits, usize::saturating_add);
        if edits > self.limits.outbox_edits {
            mark!(OutboxFull);
            let most = self.limits.outbox_edits;
            return Err(Error::limit(Code::Full, most, "edits without a verdict", edits));
        }
        let bytes = states().map(State::bytes).fold(bytes, usize::saturating_add);
        if bytes > self.limits.outbox_bytes {
            let most = self.limits.outbox_bytes;
            return Err(Error::limit(Code::Full, most, "bytes of edits", bytes));
        }
        Ok(())
    }

    /// Shows what an edit makes of its keys, and notes it for its batch.
    fn show_here(
        &mut self,
        number: RoomNo,
        draft: DraftId,
        results: crate::map::Map<Key, Option<Content>>,
    ) {
        let now = self.now;
        #[cfg(feature = "views")]
        let keys: Vec<Key> = results.keys().cloned().collect();
        let Some(room) = self.rooms.get_mut(&number) else { return };
        for (key, content) in &results {
            if room.state.replica.get(key.as_str()) != content.as_ref() {
                room.changed_here.insert(key.clone());
            }
        }
        room.state.replica.show(draft, results);
        if self.standby.is_none() && room.debounce.handle_edit(now) {
            room.state.outbox.close_batch();
        }
        #[cfg(feature = "views")]
        self.predict_views(number, draft, &keys);
    }
}

/// The draft that an edit may go into, what that does then, and by how many bytes it grows.
pub(super) fn opening(
    state: &State,
    key: &Key,
    action: &Action,
    limits: &Limits,
) -> Option<(DraftId, Action, usize)> {
    if matches!(action, Action::Expect) {
        return None;
    }
    let open = state.outbox.open_draft(key)?;
    let op = open.draft.ops.first()?;
    if rebases(&op.action) && !rebases(action) {
        // The draft holds no base for what could be refused now.
        return None;
    }
    let both = op.action.then(action, limits)?;
    let grown = both.size().saturating_sub(op.action.size());
    (op_bytes(key, &both) <= limits.mutation_bytes).then_some((open.draft.id, both, grown))
}
