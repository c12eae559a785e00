//! What a leader does for the tabs that follow it: where they begin, and what becomes of their
//! proposals.

use crate::map::Map;

use super::edit::opening;
use super::tabs::{Fate, Sight};
use super::{Client, live, whole};
use crate::error::{Code, Error};
use crate::id::{DraftId, Key, RecordId, RoomNo, TabId};
use crate::op::{Action, Content, DraftSeen};
use crate::outbox::{draft_bytes, mutation_bytes};
use crate::record::client::{Draft, DraftOp, Note, Proposal, TabRecord};
use crate::time::Time;

/// Everything that a client knows, for another one to follow it from there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// The latest order whose records are in it: those after it are to be followed.
    pub record: RecordId,
    /// For [`Client::standby`] or [`Client::follow`].
    pub bytes: Vec<u8>,
}

impl Client {
    /// Everything as one blob, such as a `Replace` is.
    ///
    /// Hand it on once the order [`Snapshot::record`] is durable, and then every later order once that
    /// is durable: what a follower was told must not be lost with the leader. Nothing need be drained
    /// before.
    ///
    /// # Errors
    ///
    /// `WrongMode` if the client does not record its state, and `Poisoned` after storage has failed.
    pub fn snapshot(&mut self) -> Result<Snapshot, Error> {
        if self.standby.is_none() && !(self.journal.is_kept() && self.config.cache) {
            let expected = "a client that records its edits and its state";
            return Err(Error::new(Code::WrongMode, expected, "one that does not"));
        }
        if self.journal.is_failed() {
            return Err(Error::new(Code::Poisoned, "storage that works", "a failure"));
        }
        self.followed = true;
        for room in self.rooms.values_mut() {
            room.state.follow();
        }
        let (rooms, cache) = (&self.rooms, self.config.cache);
        let record = self.journal.part(|| live(rooms), || whole(rooms, cache));
        Ok(Snapshot { record, bytes: whole(rooms, cache).into_bytes() })
    }

    /// Takes the proposal of a tab: what its writer had seen is what the server judges.
    ///
    /// A proposal that was taken before gives its mutation again and does nothing, also after a restart,
    /// while it is one of the latest 256 of its tab and room. The proposals of a tab in a room are to be
    /// given in the order in which they were handed out.
    ///
    /// # Errors
    ///
    /// `NotFound` if the room is not open for writing here: open it, and give the proposal again.
    /// `StorageCorrupt` and `InvalidArgument` for bytes that no standby has just handed out, `Closed`,
    /// `Poisoned` and `WrongMode`. Every other error, those of [`Client::edit`], is the end of the
    /// proposal: it is recorded, given again for the same proposal, and told to the tab by the record.
    pub fn adopt(&mut self, now: Time, tab: TabId, bytes: &[u8]) -> Result<DraftId, Error> {
        self.tick(now);
        self.check_leads()?;
        let proposal = Proposal::read(bytes)?;
        let unknown = || Error::new(Code::NotFound, "an open room", proposal.room.name.as_str());
        let number = self.room(&proposal.room.name).ok_or_else(unknown)?;
        let room = self.rooms.get(&number).ok_or_else(unknown)?;
        let id = proposal.draft.id;
        match room.state.tabs.find(tab, id) {
            Some(Note::Adopted { draft, .. }) => return Ok(draft),
            Some(Note::Refused(code)) => {
                return Err(Error::new(code, "a proposal that may be taken", id.to_string()));
            }
            None if room.state.tabs.is_forgotten(tab, id) => {
                let expected = "one of the latest proposals of the tab";
                return Err(Error::new(Code::InvalidArgument, expected, id.to_string()));
            }
            None => {}
        }
        if !(room.open && room.writes) {
            return Err(unknown());
        }
        if let Err(error) = self.writable(number)
            && error.code != Code::Forbidden
        {
            return Err(error);
        }
        let taken = self.take_in(number, tab, &proposal);
        if let Err(error) = &taken {
            let record = TabRecord::Refuse { tab, proposal: id, code: error.code };
            self.record(record.of(number), true);
        }
        self.progress();
        taken
    }

    /// Makes a mutation of a proposal.
    fn take_in(
        &mut self,
        number: RoomNo,
        tab: TabId,
        proposal: &Proposal,
    ) -> Result<DraftId, Error> {
        let limits = self.limits;
        let state = &self.writable(number)?.state;
        let (client, epoch) = (proposal.room.client, proposal.room.epoch);
        let sight = Sight { tab, client, epoch, looks: &proposal.looks };
        let id = state.outbox.made().next();
        let ops = state.ops_here(&proposal.draft, id, &sight);
        self.check_size(&ops)?;
        let edits = ops.iter().map(|op| (&op.key, &op.action));
        let results = match state.replica.preview(edits, &limits) {
            Err(error) if is_size(error.code) => return Err(error),
            // It applied to what its writer saw; the server decides.
            Err(_) => None,
            Ok(results) => Some(results),
        };
        let proposal_id = proposal.draft.id;
        let sealed = proposal.draft.sealed || is_batch(&ops);
        if let [DraftOp { key, action, seen: DraftSeen::Draft(seen), .. }] = ops.as_slice()
            && let Some(results) = &results
            && let Some((draft, both, grown)) = opening(state, key, action, &limits)
            && !sealed
            && draft == *seen
        {
            let results = results.clone();
            self.check_full(0, grown)?;
            let record = TabRecord::AdoptInto { tab, proposal: proposal_id, draft, action: both };
            self.record(record.of(number), true);
            self.metrics.coalesced = self.metrics.coalesced.saturating_add(1);
            self.show_adopted(number, draft, Some(results));
            return Ok(draft);
        }
        let draft = Draft { id, seq: None, sealed, ops };
        // What its writer expected may not be so here, as every standby and a restart will find.
        let expects = draft.ops.iter().any(|op| matches!(op.action, Action::Expect));
        let results =
            if expects { state.replica.outlook(&draft, &state.outbox, &limits) } else { results };
        self.check_full(1, draft_bytes(&draft))?;
        let record = TabRecord::Adopt { tab, proposal: proposal_id, draft };
        self.record(record.of(number), true);
        self.metrics.total = self.metrics.total.saturating_add(1);
        self.show_adopted(number, id, results);
        Ok(id)
    }

    fn check_size(&self, ops: &[DraftOp]) -> Result<(), Error> {
        let limits = &self.limits;
        for op in ops {
            limits.check_key(op.key.as_str())?;
        }
        if ops.len() > limits.ops {
            let (most, got) = (limits.ops, ops.len());
            return Err(Error::limit(Code::MutationTooLarge, most, "ops of a mutation", got));
        }
        let (most, got) = (limits.mutation_bytes, mutation_bytes(ops));
        if got > most {
            return Err(Error::limit(Code::MutationTooLarge, most, "bytes of a mutation", got));
        }
        Ok(())
    }

    /// Shows what was adopted, and notes it for its batch.
    fn show_adopted(
        &mut self,
        number: RoomNo,
        draft: DraftId,
        results: Option<Map<Key, Option<Content>>>,
    ) {
        let now = self.now;
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.state.outbox.set_hidden(draft, results.is_none());
        room.show_there(draft, results.unwrap_or_default());
        if room.debounce.handle_edit(now) {
            room.state.outbox.close_batch();
        }
    }

    /// The proposals of tabs in a mutation that is refused on this side are refused with it.
    pub(super) fn note_refused(&mut self, number: RoomNo, draft: DraftId, code: Code) {
        let Some(room) = self.rooms.get(&number) else { return };
        for (tab, proposal) in room.state.tabs.behind(draft) {
            self.record(TabRecord::Refuse { tab, proposal, code }.of(number), false);
        }
    }

    /// What became of a tab's proposal. The latest 256 of each tab and room are remembered, of the 64
    /// tabs of a room that were answered last, and of all whose mutations wait.
    ///
    /// A tab that knows which mutation its proposal was taken as tells that in `taken`. Then older ones
    /// are known as well, but for what is older than the latest 4,096 mutations that failed since somebody
    /// followed this client; and one that another leader took, of which nothing is in the state of this
    /// one, is `Unknown` rather than `NeverSeen`. Of a mutation that is no proposal `made` is its name.
    ///
    /// ```
    /// use syncline_core::client::{Client, ClientConfig, Fate};
    /// use syncline_core::{DraftId, RoomNo, TabId};
    /// let client = Client::new(ClientConfig::default(), [7; 32]);
    /// let fate = client.fate(RoomNo::new(1), TabId::new(9), DraftId::PROPOSALS.next(), None);
    /// assert_eq!(fate, Fate::NeverSeen);
    /// ```
    #[must_use]
    pub fn fate(&self, room: RoomNo, tab: TabId, made: DraftId, taken: Option<DraftId>) -> Fate {
        let room = self.rooms.get(&room);
        let unseen = taken.map_or(Fate::NeverSeen, |_| Fate::Unknown);
        room.map_or(unseen, |room| room.state.fate(tab, made, taken))
    }

    /// A tab is gone for good: what is remembered of its proposals is forgotten. The mutations made of
    /// them stay.
    pub fn forget_tab(&mut self, now: Time, tab: TabId) {
        self.tick(now);
        let knows = self.rooms.iter().filter(|(_, room)| room.state.tabs.knows(tab));
        let numbers: Vec<RoomNo> = knows.map(|(number, _)| *number).collect();
        if self.standby.is_none() {
            for number in numbers {
                self.record(TabRecord::Forget { tab }.of(number), false);
            }
        }
    }

    /// Refuses what only a leader does.
    pub(super) fn check_leads(&self) -> Result<(), Error> {
        match self.standby {
            None => Ok(()),
            Some(_) => Err(Error::new(Code::WrongMode, "a client that leads", "a standby")),
        }
    }
}

fn is_batch(ops: &[DraftOp]) -> bool {
    ops.len() != 1 || ops.iter().any(|op| matches!(op.action, Action::Expect))
}

/// Whether something is refused wherever it is decided.
const fn is_size(code: Code) -> bool {
    matches!(
        code,
        Code::ValueTooLarge | Code::TooDeep | Code::TooManyItems | Code::MutationTooLarge
    )
}
