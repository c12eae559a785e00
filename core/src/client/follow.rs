//! What a leader's records change on a standby, and which keys show something else then.

use crate::map::{Map, Set};

use super::state::{Outcome, State};
use super::tabs::{STALE, Sight};
use super::{Client, restore_record};
use crate::error::{Code, Error};
use crate::id::{ClientId, DraftId, Key, RoomName, RoomNo, TabId};
use crate::op::DraftSeen;
use crate::record::client::{ClientRecord, Draft, Note, TabRecord, read_blob};
use crate::replica::Replica;
use crate::time::Time;

/// What is to be made again of the views of rooms when all records are taken.
type Outcomes = Map<RoomNo, Outcome>;

impl Client {
    /// Takes one of the leader's orders to persist, or a snapshot; `replace` says that it stands for all
    /// before.
    ///
    /// What changes the view of an open room is told as a [`Change`](super::ClientEvent::Change), and a
    /// state that was not known before as [`Ready`](super::ClientEvent::Ready). A proposal of this standby
    /// that the leader took goes over into what the leader made of it; one that it refused is told as
    /// refused. One that was taken, and is in no state of the leader of this snapshot, as that leader did
    /// not hear of it, or forgot the room, is told as [`Unknown`](super::ClientEvent::Unknown) under the
    /// name that it had here. What else the leader tells its application is not told here.
    ///
    /// # Errors
    ///
    /// `WrongMode` on a leader. `StorageCorrupt` if the bytes are not a leader's, and nothing is changed;
    /// or if its records do not follow from what is held, and those before are taken: ask for a snapshot.
    pub fn follow(&mut self, now: Time, bytes: &[u8], replace: bool) -> Result<(), Error> {
        self.tick(now);
        self.check_follows()?;
        let records = if bytes.is_empty() { Vec::new() } else { read_blob(bytes)? };
        let followed = if replace { self.follow_anew(records) } else { self.follow_on(records) };
        self.progress();
        followed
    }

    fn follow_anew(&mut self, records: Vec<ClientRecord>) -> Result<(), Error> {
        let mut states: Map<RoomNo, State> = Map::new();
        for record in records {
            restore_record(&mut states, record)
                .map_err(|error| error.under(Code::StorageCorrupt))?;
        }
        if let Some(standby) = &mut self.standby {
            standby.numbers.clear();
        }
        let mut gone: Set<RoomNo> = self.rooms.keys().copied().collect();
        for (number, state) in states {
            let own = self.number_here(number, &state.name, state.client);
            gone.remove(&own);
            let lost = self.lost(own, Some(&state));
            self.take_over(own, state);
            self.tell_lost(own, lost);
        }
        for own in gone {
            let lost = self.lost(own, None);
            self.lose_room(own);
            self.tell_lost(own, lost);
        }
        Ok(())
    }

    /// The proposals of this standby that wait as mutations of a leader's, and that another state does not
    /// know: no number of the one means the same in the other. What a mutation does comes with the first of
    /// those that it was made of.
    fn lost(&self, own: RoomNo, state: Option<&State>) -> Vec<Draft> {
        let (Some(standby), Some(room)) = (&self.standby, self.rooms.get(&own)) else {
            return Vec::new();
        };
        let tab = standby.tab;
        let adopted = room.state.tabs.adopted(tab);
        let lost = adopted.filter(|(made, _)| state.is_none_or(|s| s.tabs.is_new(tab, *made)));
        let mut told: Set<DraftId> = Set::new();
        let waits = lost.filter_map(|(made, taken)| {
            let mut draft = room.state.outbox.get(taken)?.draft.clone();
            if !told.insert(taken) {
                draft.ops.clear();
            }
            Some(Draft { id: made, ..draft })
        });
        waits.collect()
    }

    fn tell_lost(&mut self, own: RoomNo, lost: Vec<Draft>) {
        for draft in lost {
            self.tell_one_unknown(own, draft, Code::Superseded);
        }
    }

    fn follow_on(&mut self, records: Vec<ClientRecord>) -> Result<(), Error> {
        let mut outcomes = Outcomes::new();
        let mut followed = Ok(());
        for record in records {
            followed = self.follow_one(record, &mut outcomes);
            if followed.is_err() {
                break;
            }
        }
        for (own, mut outcome) in outcomes {
            self.show_there(own, &mut outcome);
        }
        followed.map_err(|error| error.under(Code::StorageCorrupt))
    }

    fn follow_one(&mut self, record: ClientRecord, outcomes: &mut Outcomes) -> Result<(), Error> {
        let number = record.room();
        let known = self.standby.as_ref().and_then(|standby| standby.numbers.get(&number)).copied();
        let unknown = || Error::new(Code::StorageCorrupt, "a known room", number.to_string());
        match record {
            ClientRecord::Room(head) => {
                let own = self.number_here(number, &head.name, head.client);
                outcomes.remove(&own);
                self.take_over(own, State::from_head(head));
                Ok(())
            }
            ClientRecord::Forget { .. } => {
                let own = known.ok_or_else(unknown)?;
                if let Some(standby) = &mut self.standby {
                    standby.numbers.remove(&number);
                }
                outcomes.remove(&own);
                self.lose_room(own);
                Ok(())
            }
            ClientRecord::State { .. } => {
                Err(Error::new(Code::StorageCorrupt, "a change of a state", "all of it"))
            }
            record @ (ClientRecord::Identity { .. }
            | ClientRecord::Session { .. }
            | ClientRecord::Draft { .. }
            | ClientRecord::Coalesce { .. }
            | ClientRecord::Name { .. }
            | ClientRecord::Drop { .. }
            | ClientRecord::Delta { .. }
            | ClientRecord::Settle { .. }
            | ClientRecord::Outdate { .. }
            | ClientRecord::Conflict { .. }
            | ClientRecord::Resolve { .. }
            | ClientRecord::Tab { .. }) => {
                let own = known.ok_or_else(unknown)?;
                let mut outcome = outcomes.remove(&own).unwrap_or_default();
                let folded = self.fold_followed(own, record, &mut outcome);
                outcomes.insert(own, outcome);
                folded
            }
        }
    }

    /// Changes a room as a record says.
    fn fold_followed(
        &mut self,
        own: RoomNo,
        record: ClientRecord,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let limits = self.limits;
        let tab = self.standby.as_ref().map(|standby| standby.tab);
        let Some(room) = self.rooms.get_mut(&own) else { return Ok(()) };
        let known = room.state.known;
        let step = Step::of(&record, tab);
        let mut later = room.state.fold(record, None)?;
        let left = later.left.iter().flat_map(|(pending, _)| &pending.draft.ops);
        later.touched.extend(left.map(|op| op.key.clone()));
        outcome.absorb(later);
        if let Some(changed) = step.changed {
            // Whoever had seen the mutation had not seen this of it.
            room.state.outbox.rebuild(changed, STALE);
            outcome.touched.extend(keys_of(&room.state, changed));
        }
        if let Some((proposal, draft)) = step.adopted {
            adopted(&mut room.state, proposal, draft, outcome);
        } else if let Some(draft) = step.made {
            let keys = keys_of(&room.state, draft);
            let latest = |key: &Key| room.state.outbox.touching(key).last() == Some(draft);
            let ops = room.state.outbox.get(draft).map_or(&[][..], |pending| &pending.draft.ops);
            let edits = ops.iter().map(|op| (&op.key, &op.action));
            let plain = keys.iter().all(|key| latest(key) && !outcome.is_about(key));
            match room.state.replica.preview(edits, &limits) {
                Ok(results) if plain => room.show_there(draft, results),
                Ok(_) | Err(_) => outcome.touched.extend(keys),
            }
        }
        if let Some((proposal, code)) = step.refused {
            self.take_back(own, proposal, code);
        }
        self.tell_ready(own, known);
        Ok(())
    }

    /// The number here of the leader's room of this number and name.
    fn number_here(&mut self, number: RoomNo, name: &RoomName, client: ClientId) -> RoomNo {
        let own = self.room(name).unwrap_or_else(|| {
            let own = self.next_room;
            self.next_room = own.next();
            let room = self.new_room(State::new(own, name.clone(), client));
            self.rooms.insert(own, room);
            own
        });
        if let Some(standby) = &mut self.standby {
            standby.numbers.insert(number, own);
        }
        own
    }

    /// The leader does not know a room any more.
    fn lose_room(&mut self, own: RoomNo) {
        let Some(room) = self.rooms.get(&own) else { return };
        if room.open || room.state.outbox.proposals().next().is_some() {
            let (name, client) = (room.state.name.clone(), ClientId::new(self.entropy.next_u128()));
            self.take_over(own, State::new(own, name, client));
        } else {
            self.rooms.remove(&own);
        }
    }

    /// Puts a room's state in place of the one that is held. Proposals stay on top, unless the leader has
    /// decided on them.
    fn take_over(&mut self, own: RoomNo, state: State) {
        let limits = self.limits;
        let Some(tab) = self.standby.as_ref().map(|standby| standby.tab) else { return };
        let Some(room) = self.rooms.get_mut(&own) else { return };
        let old = core::mem::replace(&mut room.state, State { room: own, ..state });
        let state = &mut room.state;
        let mut refused = Vec::new();
        for pending in old.outbox.proposals() {
            let (proposal, made) = (&pending.draft, pending.made);
            match state.tabs.find(tab, proposal.id) {
                Some(Note::Adopted { .. }) => continue,
                Some(Note::Refused(code)) => refused.push((proposal.id, code)),
                None => {}
            }
            let (client, epoch, looks) = (old.client, old.epoch, old.looks(proposal));
            let sight = Sight { tab, client, epoch, looks: &looks };
            let ops = state.ops_here(proposal, proposal.id, &sight);
            state.outbox.push(Draft { ops, ..proposal.clone() }, made);
        }
        state.rebase_all(&limits);
        if room.open {
            let changed = difference(&old.replica, &room.state.replica);
            room.changed_there.extend(changed);
        }
        for (proposal, code) in refused {
            self.take_back(own, proposal, code);
        }
        self.tell_ready(own, old.known);
    }
}

/// What a record does to mutations, for the view.
#[derive(Default)]
struct Step {
    /// It makes this one.
    made: Option<DraftId>,
    /// It gives this one another action.
    changed: Option<DraftId>,
    /// It takes this proposal of the standby's as this one.
    adopted: Option<(DraftId, DraftId)>,
    /// It refuses this proposal of the standby's.
    refused: Option<(DraftId, Code)>,
}

impl Step {
    fn of(record: &ClientRecord, own: Option<TabId>) -> Self {
        match record {
            ClientRecord::Draft { draft, .. } | ClientRecord::Resolve { by: Some(draft), .. } => {
                Self { made: Some(draft.id), ..Self::default() }
            }
            ClientRecord::Coalesce { draft, .. } => {
                Self { changed: Some(*draft), ..Self::default() }
            }
            ClientRecord::Tab { record, .. } => Self::of_tab(record, own),
            ClientRecord::Room(_)
            | ClientRecord::State { .. }
            | ClientRecord::Identity { .. }
            | ClientRecord::Session { .. }
            | ClientRecord::Name { .. }
            | ClientRecord::Drop { .. }
            | ClientRecord::Delta { .. }
            | ClientRecord::Settle { .. }
            | ClientRecord::Outdate { .. }
            | ClientRecord::Conflict { .. }
            | ClientRecord::Resolve { by: None, .. }
            | ClientRecord::Forget { .. } => Self::default(),
        }
    }

    fn of_tab(record: &TabRecord, own: Option<TabId>) -> Self {
        match record {
            TabRecord::Adopt { tab, proposal, draft } => Self {
                made: Some(draft.id),
                adopted: Some((*proposal, draft.id)).filter(|_| own == Some(*tab)),
                ..Self::default()
            },
            TabRecord::AdoptInto { tab, proposal, draft, .. } => Self {
                changed: Some(*draft),
                adopted: Some((*proposal, *draft)).filter(|_| own == Some(*tab)),
                ..Self::default()
            },
            TabRecord::Refuse { tab, proposal, code } => Self {
                refused: Some((*proposal, *code)).filter(|_| own == Some(*tab)),
                ..Self::default()
            },
            TabRecord::Forget { .. }
            | TabRecord::Notes { .. }
            | TabRecord::Decided { .. }
            | TabRecord::Ends { .. }
            | TabRecord::Propose { .. } => Self::default(),
        }
    }
}

/// A proposal of this standby goes over into a mutation of the leader's.
fn adopted(state: &mut State, proposal: DraftId, draft: DraftId, outcome: &mut Outcome) {
    let keys = keys_of(state, draft);
    let outbox = &mut state.outbox;
    // Then the view stays as it is.
    let first = |key: &Key| {
        let mut later = outbox.touching(key).filter(|id| *id > draft);
        later.next() == Some(proposal)
    };
    let in_place = keys.iter().all(|key| first(key) && !outcome.is_about(key));
    let Some(gone) = outbox.remove(proposal) else {
        // It was made before this standby began anew, or was taken back.
        return outcome.touched.extend(keys);
    };
    outbox.rebuild(proposal, DraftSeen::Draft(draft));
    if in_place {
        outbox.set_hidden(draft, gone.hidden);
        state.replica.rename(keys.iter(), proposal, draft);
    } else {
        outcome.touched.extend(keys);
        outcome.touched.extend(gone.draft.ops.into_iter().map(|op| op.key));
    }
}

fn keys_of(state: &State, draft: DraftId) -> Set<Key> {
    let ops = state.outbox.get(draft).map_or(&[][..], |pending| &pending.draft.ops);
    ops.iter().map(|op| op.key.clone()).collect()
}

/// The keys that two views show differently.
fn difference(before: &Replica, after: &Replica) -> Set<Key> {
    let mut before: Map<_, _> = before.with_prefix("").into_iter().collect();
    let mut changed = Set::new();
    for (key, content) in after.with_prefix("") {
        if before.remove(&key) != Some(content) {
            changed.insert(key);
        }
    }
    changed.extend(before.keys().cloned());
    changed
}
