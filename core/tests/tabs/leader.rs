//! What the leader adopts and keeps, and how another tab goes on when it has died.

use syncline_core::client::{Client, ClientConfig, Fate};
use syncline_core::record::{Persist, PersistMode};
use syncline_core::{DraftId, RecordId, TabId};

use super::network::party;
use super::{Flaw, Tab, World};

impl World {
    pub(super) fn deliver_to_leader(&mut self, index: usize, twice: bool) {
        let tab = &mut self.tabs[index];
        let Some((proposal, bytes)) = tab.outbox.pop_front() else { return };
        let id = tab.id;
        for _ in 0..if twice { 2 } else { 1 } {
            self.adopt(id, proposal, &bytes);
        }
    }

    fn adopt(&mut self, id: TabId, proposal: DraftId, bytes: &[u8]) {
        let leader = &mut self.parties[0];
        let fate = leader.client.fate(leader.room, id, proposal, None);
        let coalesced = leader.client.metrics().coalesced;
        let draft = leader.client.adopt(self.now, id, bytes).expect("a proposal that is taken");
        let ghost = self.edits.iter().position(|edit| edit.by == Some((id, proposal))).unwrap();
        if fate == Fate::NeverSeen {
            self.ledger.entry(draft).or_default().insert(ghost);
        } else {
            self.count.known_again += 1;
        }
        let now_coalesced = leader.client.metrics().coalesced;
        self.count.coalesced += usize::try_from(now_coalesced - coalesced).unwrap();
    }

    /// The oldest order becomes durable.
    pub(super) fn sync_one(&mut self) {
        let Some(persist) = self.waiting.pop_front() else { return };
        self.keep(&persist);
        self.durable = persist.id;
        if self.flaw != Flaw::Hasty {
            self.ship(&persist);
        }
        self.parties[0].client.handle_persisted(persist.id);
    }

    fn keep(&mut self, persist: &Persist) {
        if persist.mode == PersistMode::Replace {
            self.blobs.clear();
        }
        self.blobs.push(persist.bytes.clone());
    }

    /// The leader dies, perhaps with orders of which it did not hear that they are durable.
    pub(super) fn crash(&mut self, pick: u8) {
        self.count.crashes += 1;
        self.cut(0);
        for _ in 0..pick % 3 {
            if let Some(persist) = self.waiting.pop_front() {
                self.keep(&persist);
            }
        }
        self.waiting.clear();
        self.durable = RecordId::ZERO;
        let (seed, blobs) = (self.seed(), self.blobs.clone());
        let blobs = blobs.iter().map(Vec::as_slice);
        let client = Client::restore(ClientConfig::default(), seed, blobs).unwrap();
        self.parties[0] = party(client);
        self.ledger.clear();
        let successor = usize::from(pick) % self.tabs.len();
        if self.flaw == Flaw::Forgets {
            for tab in &self.tabs {
                self.parties[0].client.forget_tab(self.now, tab.id);
            }
        }
        for (ghost, edit) in self.edits.iter().enumerate() {
            let Some((tab, proposal)) = edit.by else { continue };
            if let Fate::Pending(draft) =
                self.parties[0].client.fate(self.parties[0].room, tab, proposal, None)
            {
                self.ledger.entry(draft).or_default().insert(ghost);
            }
        }
        let mut tab = self.tabs.remove(successor);
        self.hand_over(&mut tab);
        self.open_tab();
        for index in 0..self.tabs.len() {
            self.attach(index);
        }
    }

    /// The tab that leads from now on gives itself what it has proposed.
    fn hand_over(&mut self, tab: &mut Tab) {
        while tab.client.proposals() > 0 {
            tab.client.propose_again(self.now).unwrap();
            tab.outbox.clear();
            self.drain_tab(tab);
            while let Some((proposal, bytes)) = tab.outbox.pop_front() {
                self.adopt(tab.id, proposal, &bytes);
            }
            let snapshot = self.parties[0].client.snapshot().unwrap();
            tab.client.follow(self.now, &snapshot.bytes, true).unwrap();
            self.drain_tab(tab);
        }
    }
}
