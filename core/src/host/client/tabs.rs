//! What a client's handle does for those that follow it, and as one that follows: each method is the
//! [`Client`]'s own, behind the lock.

use crate::client::{Client, ClientConfig, Fate, Snapshot};
use crate::error::{Code, Error};
use crate::id::{DraftId, RoomNo, TabId};
use crate::time::Time;

use super::{ClientHandle, Held};

impl ClientHandle {
    /// A client in manual mode that follows another one. See [`Client::standby`].
    ///
    /// # Errors
    /// `StorageCorrupt` if the snapshot is none.
    pub fn standby(
        config: ClientConfig,
        seed: [u8; 32],
        tab: TabId,
        snapshot: &[u8],
        now: Time,
    ) -> Result<Self, Error> {
        Ok(Self::by_hand(Held::standby(config, seed, tab, snapshot)?, now))
    }

    /// Takes one of the leader's orders to persist, or a snapshot. See [`Client::follow`].
    pub fn follow(&self, bytes: &[u8], replace: bool) -> Result<(), Error> {
        self.try_input(|client, now| client.follow(now, bytes, replace))
    }

    /// Hands everything out again that the leader is not known to have decided on. See
    /// [`Client::propose_again`].
    ///
    /// What was handed out before and is not polled yet may come once more.
    pub fn propose_again(&self) -> Result<(), Error> {
        self.try_input(Held::propose_again)
    }

    /// Mutations that the leader is not known to have decided on.
    pub fn proposals(&self) -> Result<usize, Error> {
        self.read(Client::proposals)
    }

    /// Takes a proposal back that the leader cannot take. See [`Client::withdraw`].
    pub fn withdraw(&self, room: RoomNo, proposal: DraftId, code: Code) -> Result<(), Error> {
        self.try_input(|client, now| client.withdraw(now, room, proposal, code))
    }

    /// Everything as one blob, and which order to follow it with. See [`Client::snapshot`].
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.try_input(|client, _| client.snapshot())
    }

    /// Takes the proposal of a tab. See [`Client::adopt`].
    pub fn adopt(&self, tab: TabId, bytes: &[u8]) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.adopt(now, tab, bytes))
    }

    /// What became of a tab's proposal. See [`Client::fate`].
    pub fn fate(
        &self,
        room: RoomNo,
        tab: TabId,
        made: DraftId,
        taken: Option<DraftId>,
    ) -> Result<Fate, Error> {
        self.read(|client| client.fate(room, tab, made, taken))
    }

    /// Forgets a tab that is gone for good. See [`Client::forget_tab`].
    pub fn forget_tab(&self, tab: TabId) -> Result<(), Error> {
        self.input(|client, now| client.forget_tab(now, tab))
    }
}
