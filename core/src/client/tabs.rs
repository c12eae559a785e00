//! Which proposals of tabs were decided on, what became of them, and how what a tab had seen reads
//! here.

use crate::map::Map;

use super::state::State;
use crate::error::Code;
use crate::id::{ClientId, DraftId, Epoch, RoomNo, TabId, Version};
use crate::limit::{DECIDED, FAILED, TAB_PROPOSALS, TABS};
use crate::op::{DraftSeen, Seen};
use crate::outbox::Pending;
use crate::record::client::{
    Conflict, Decided, Draft, DraftOp, End, Look, Note, RecordWriter, TabRecord,
};

/// What was seen is not what is there.
pub(super) const STALE: DraftSeen = DraftSeen::Fixed(Seen::At(Version::ZERO));

/// What became of a tab's proposal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It was not handed to this client.
    NeverSeen,
    /// It is this mutation, or part of it, and has no verdict yet; or it is stale, and nobody has decided
    /// about that yet.
    Pending(DraftId),
    /// It is in the room, as this mutation or part of it.
    Applied(DraftId),
    /// It is not in the room.
    Refused {
        /// Why.
        code: Code,
        /// Which of its ops, counted from 0.
        op: u32,
    },
    /// Nobody can know, or it is forgotten.
    Unknown,
}

/// How a client decided on the proposals of the tabs that follow it, in one room.
///
/// Invariant: `linked` has exactly the mutations that notes name.
#[derive(Clone, Debug, Default)]
pub(super) struct Tabs {
    /// The tab that was answered least recently comes first.
    answered: Vec<(TabId, Notes)>,
    linked: Map<DraftId, Linked>,
    /// The latest mutations that left the outbox, whoever made them.
    recent: Map<DraftId, Decided>,
    /// What became of every later mutation is remembered, since somebody follows this client: it waits,
    /// or is among the failed, or is in the room.
    since: Option<DraftId>,
    failed: Map<DraftId, End>,
}

/// How a client decided on the proposals of one tab.
#[derive(Clone, Debug, Default)]
struct Notes {
    /// The latest proposal whose note is gone.
    forgotten: DraftId,
    latest: Map<DraftId, Note>,
}

/// A mutation that notes name.
#[derive(Clone, Copy, Debug, Default)]
struct Linked {
    notes: usize,
    decided: Option<Decided>,
}

/// Takes the oldest out.
fn take_first<V>(map: &mut Map<DraftId, V>) -> Option<(DraftId, V)> {
    let oldest = *map.first_key_value()?.0;
    map.remove(&oldest).map(|value| (oldest, value))
}

impl Tabs {
    fn of(&self, tab: TabId) -> Option<&Notes> {
        self.answered.iter().find(|(own, _)| *own == tab).map(|(_, notes)| notes)
    }

    /// How a proposal was decided on.
    pub(super) fn find(&self, tab: TabId, proposal: DraftId) -> Option<Note> {
        self.of(tab)?.latest.get(&proposal).copied()
    }

    /// Whether a proposal is so old that how it was decided on may be forgotten.
    pub(super) fn is_forgotten(&self, tab: TabId, proposal: DraftId) -> bool {
        self.of(tab).is_some_and(|notes| proposal <= notes.forgotten)
    }

    /// The proposals of which a mutation was made.
    pub(super) fn behind(&self, draft: DraftId) -> Vec<(TabId, DraftId)> {
        if !self.linked.contains_key(&draft) {
            return Vec::new();
        }
        let is_it = |note: &Note| matches!(note, Note::Adopted { draft: of, .. } if *of == draft);
        let all = self.answered.iter().flat_map(|(tab, notes)| {
            notes.latest.iter().map(move |(proposal, note)| (*tab, *proposal, note))
        });
        all.filter(|(_, _, note)| is_it(note)).map(|(tab, proposal, _)| (tab, proposal)).collect()
    }

    /// A proposal is decided on.
    pub(super) fn note(&mut self, tab: TabId, proposal: DraftId, note: Note) {
        let mut notes = self.take(tab);
        self.link(note);
        if let Some(before) = notes.latest.insert(proposal, note) {
            self.unlink(before);
        }
        while notes.latest.len() > TAB_PROPOSALS {
            let Some((oldest, gone)) = take_first(&mut notes.latest) else { break };
            notes.forgotten = notes.forgotten.max(oldest);
            self.unlink(gone);
        }
        self.answered.push((tab, notes));
        while self.answered.len() > TABS {
            // Of a tab whose mutations wait nothing is forgotten: they would count as those of another leader.
            let Some(at) = self.answered.iter().position(|(_, notes)| !self.waits(notes)) else {
                break;
            };
            let (_, gone) = self.answered.remove(at);
            self.unlink_all(gone);
        }
    }

    /// Whether one of these proposals became a mutation that has no end yet.
    fn waits(&self, notes: &Notes) -> bool {
        notes.latest.values().any(|note| match note {
            Note::Adopted { draft, .. } => {
                self.linked.get(draft).is_some_and(|linked| linked.decided.is_none())
            }
            Note::Refused(_) => false,
        })
    }

    /// A tab is gone.
    pub(super) fn forget(&mut self, tab: TabId) {
        let gone = self.take(tab);
        self.unlink_all(gone);
    }

    /// Whether anything is remembered of a tab.
    pub(super) fn knows(&self, tab: TabId) -> bool {
        self.of(tab).is_some()
    }

    /// The proposals of a tab that are remembered, with the mutations that were made of them.
    pub(super) fn adopted(&self, tab: TabId) -> impl Iterator<Item = (DraftId, DraftId)> {
        let notes = self.of(tab).into_iter().flat_map(|notes| &notes.latest);
        notes.filter_map(|(proposal, note)| match note {
            Note::Adopted { draft, .. } => Some((*proposal, *draft)),
            Note::Refused(_) => None,
        })
    }

    /// Whether a proposal was never decided on.
    pub(super) fn is_new(&self, tab: TabId, proposal: DraftId) -> bool {
        self.find(tab, proposal).is_none() && !self.is_forgotten(tab, proposal)
    }

    fn take(&mut self, tab: TabId) -> Notes {
        let at = self.answered.iter().position(|(own, _)| *own == tab);
        at.map(|at| self.answered.remove(at).1).unwrap_or_default()
    }

    fn link(&mut self, note: Note) {
        if let Note::Adopted { draft, .. } = note {
            let mut linked = self.linked.get(&draft).copied().unwrap_or_default();
            linked.notes = linked.notes.saturating_add(1);
            self.linked.insert(draft, linked);
        }
    }

    fn unlink(&mut self, note: Note) {
        let Note::Adopted { draft, .. } = note else { return };
        let Some(linked) = self.linked.get_mut(&draft) else { return };
        linked.notes = linked.notes.saturating_sub(1);
        if linked.notes == 0 {
            self.linked.remove(&draft);
        }
    }

    fn unlink_all(&mut self, gone: Notes) {
        for note in gone.latest.into_values() {
            self.unlink(note);
        }
    }

    /// A mutation leaves the outbox.
    pub(super) fn decide(&mut self, decided: Decided) {
        if decided.end != End::Applied {
            self.fail(decided.draft, decided.end);
        }
        if let Some(linked) = self.linked.get_mut(&decided.draft) {
            linked.decided = Some(decided);
        }
        self.recent.insert(decided.draft, decided);
        if self.recent.len() > DECIDED {
            take_first(&mut self.recent);
        }
    }

    /// A mutation is not in the room, or nobody knows.
    fn fail(&mut self, draft: DraftId, end: End) {
        self.failed.insert(draft, end);
        if self.failed.len() > FAILED
            && let Some((oldest, _)) = take_first(&mut self.failed)
        {
            self.since = self.since.max(Some(oldest));
        }
    }

    /// What became of a mutation that left the outbox, after which none was made before `made`.
    fn end(&self, draft: DraftId, made: DraftId) -> End {
        if let Some(Decided { end, .. }) = self.decided(draft) {
            return end;
        }
        let known = self.since.is_some_and(|since| draft > since) && draft <= made;
        let applied = if known { End::Applied } else { End::Unknown };
        self.failed.get(&draft).copied().unwrap_or(applied)
    }

    /// A mutation that left the outbox, while it is remembered.
    fn decided(&self, draft: DraftId) -> Option<Decided> {
        let linked = self.linked.get(&draft).and_then(|linked| linked.decided);
        linked.or_else(|| self.recent.get(&draft).copied())
    }

    /// The numbers were of an identity that is given up.
    pub(super) fn forget_names(&mut self) {
        let linked = self.linked.values_mut().filter_map(|linked| linked.decided.as_mut());
        for decided in linked.chain(self.recent.values_mut()) {
            decided.seq = None;
        }
    }

    /// Takes in what became of mutations.
    pub(super) fn restore_decided(&mut self, decided: Vec<Decided>) {
        for one in decided {
            self.decide(one);
        }
    }

    /// Takes in what is not in the room, of all mutations since one.
    pub(super) fn restore_ends(&mut self, since: DraftId, failed: Vec<(DraftId, End)>) {
        self.since = Some(since);
        for (draft, end) in failed {
            self.fail(draft, end);
        }
    }

    /// Takes in what was remembered of a tab.
    pub(super) fn restore(&mut self, tab: TabId, forgotten: DraftId, notes: Vec<(DraftId, Note)>) {
        for (proposal, note) in notes {
            self.note(tab, proposal, note);
        }
        let mut kept = self.take(tab);
        kept.forgotten = kept.forgotten.max(forgotten);
        self.answered.push((tab, kept));
    }

    /// Writes everything as records.
    pub(super) fn write(&self, room: RoomNo, writer: &mut RecordWriter) {
        if let Some(since) = self.since {
            let failed = self.failed.iter().map(|(draft, end)| (*draft, *end)).collect();
            writer.put(&TabRecord::Ends { since, failed }.of(room));
        }
        for (tab, Notes { forgotten, latest }) in &self.answered {
            let notes = latest.iter().map(|(proposal, note)| (*proposal, *note)).collect();
            let record = TabRecord::Notes { tab: *tab, forgotten: *forgotten, notes };
            writer.put(&record.of(room));
        }
        let linked = self.linked.values().filter_map(|linked| linked.decided);
        let all = linked.chain(self.recent.values().copied());
        let decided: Map<DraftId, Decided> = all.map(|one| (one.draft, one)).collect();
        if !decided.is_empty() {
            let decided = decided.into_values().collect();
            writer.put(&TabRecord::Decided { decided }.of(room));
        }
    }
}

/// What a writer elsewhere knew of a room.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    pub(super) tab: TabId,
    pub(super) client: ClientId,
    pub(super) epoch: Option<Epoch>,
    /// What the leader's mutations without a number did when they were seen.
    pub(super) looks: &'a [(DraftId, Look)],
}

impl State {
    /// A proposal's ops under this name, with what their writer had seen as it reads here.
    pub(super) fn ops_here(
        &self,
        proposal: &Draft,
        id: DraftId,
        sight: &Sight<'_>,
    ) -> Vec<DraftOp> {
        let ops = proposal.ops.iter().cloned();
        ops.map(|op| {
            let seen = match op.seen {
                DraftSeen::Draft(draft) if draft == proposal.id => DraftSeen::Draft(id),
                DraftSeen::Draft(_) | DraftSeen::Fixed(_) => self.seen_here(op.seen, sight),
            };
            DraftOp { seen, ..op }
        })
        .collect()
    }

    fn seen_here(&self, seen: DraftSeen, sight: &Sight<'_>) -> DraftSeen {
        match seen {
            DraftSeen::Fixed(Seen::Absent) => seen,
            DraftSeen::Fixed(Seen::At(_)) if sight.epoch == self.epoch => seen,
            DraftSeen::Fixed(Seen::Mine(_)) if sight.client == self.client => seen,
            DraftSeen::Fixed(Seen::At(_) | Seen::Mine(_)) => STALE,
            DraftSeen::Draft(draft) if draft.is_proposal() => {
                match self.tabs.find(sight.tab, draft) {
                    Some(Note::Adopted { draft, look }) => self.draft_here(draft, look),
                    None if self.outbox.get(draft).is_some() => seen,
                    Some(Note::Refused(_)) | None => STALE,
                }
            }
            DraftSeen::Draft(draft) => {
                let look = sight.looks.iter().find(|(seen, _)| *seen == draft);
                look.map_or(STALE, |(_, look)| self.draft_here(draft, *look))
            }
        }
    }

    /// What it means to have seen a mutation when it did this.
    fn draft_here(&self, draft: DraftId, look: Look) -> DraftSeen {
        if let Some(pending) = self.outbox.get(draft) {
            let seq = pending.draft.seq;
            let seen = seq.map_or(DraftSeen::Draft(draft), |seq| DraftSeen::Fixed(Seen::Mine(seq)));
            return if Look::of(&pending.draft.ops) == look { seen } else { STALE };
        }
        let decided = self.tabs.decided(draft).filter(|decided| decided.look == look);
        decided.and_then(|d| d.seq).map_or(STALE, |seq| DraftSeen::Fixed(Seen::Mine(seq)))
    }

    /// What the drafts on top of which a proposal was made do now.
    pub(super) fn looks(&self, proposal: &Draft) -> Vec<(DraftId, Look)> {
        let mut looks = Vec::new();
        for op in &proposal.ops {
            let DraftSeen::Draft(draft) = op.seen else { continue };
            let known = looks.iter().any(|(known, _)| *known == draft);
            if let Some(pending) = self.outbox.get(draft).filter(|_| !draft.is_proposal() && !known)
            {
                looks.push((draft, Look::of(&pending.draft.ops)));
            }
        }
        looks
    }

    /// Somebody follows this client, and may ask what became of the mutations that wait, and of all that
    /// come.
    pub(super) fn follow(&mut self) {
        if self.tabs.since.is_some() {
            return;
        }
        let next = self.outbox.made().next();
        let first = self.outbox.iter().next().map_or(next, |waiting| waiting.draft.id.min(next));
        self.tabs.since = Some(DraftId::new(first.get().saturating_sub(1)));
    }

    /// Remembers what became of a mutation, if somebody may ask.
    pub(super) fn note_decided(&mut self, pending: &Pending, end: End) {
        if self.tabs.since.is_none() {
            return;
        }
        let Draft { id: draft, seq, ref ops, .. } = pending.draft;
        if draft.is_proposal() {
            return;
        }
        self.tabs.decide(Decided { draft, seq, look: Look::of(ops), end });
    }

    /// What became of a tab's proposal, which some leader took as this mutation; or of a mutation.
    pub(super) fn fate(&self, tab: TabId, made: DraftId, taken: Option<DraftId>) -> Fate {
        match self.tabs.find(tab, made) {
            _ if !made.is_proposal() => self.fate_of(made),
            Some(Note::Refused(code)) => Fate::Refused { code, op: 0 },
            Some(Note::Adopted { draft, .. }) => self.fate_of(draft),
            None if self.tabs.is_new(tab, made) => taken.map_or(Fate::NeverSeen, |_| Fate::Unknown),
            None => taken.map_or(Fate::Unknown, |draft| self.fate_of(draft)),
        }
    }

    fn fate_of(&self, draft: DraftId) -> Fate {
        let is_about =
            |conflict: &Conflict| conflict.draft == draft || conflict.followers.contains(&draft);
        if self.outbox.get(draft).is_some() || self.conflicts.iter().any(is_about) {
            return Fate::Pending(draft);
        }
        match self.tabs.end(draft, self.outbox.made()) {
            End::Applied => Fate::Applied(draft),
            End::Refused { code, op } => Fate::Refused { code, op },
            End::Unknown => Fate::Unknown,
        }
    }
}
