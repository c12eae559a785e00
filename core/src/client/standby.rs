//! A client that follows another one: its edits are proposals, and the other one decides on them.

use crate::map::Map;

use super::output::ClientOutput;
use super::tabs::STALE;
use super::{Client, ClientConfig, ClientEvent};
use crate::error::{Code, Error};
use crate::id::{DraftId, RoomNo, TabId};
use crate::limit::TAB_PROPOSALS;
use crate::record::client::Proposal;
use crate::time::Time;

/// What a client has that follows another one.
#[derive(Debug)]
pub(super) struct Standby {
    /// What the leader knows this client by.
    pub(super) tab: TabId,
    /// The rooms by their numbers in the leader's records.
    pub(super) numbers: Map<RoomNo, RoomNo>,
    /// The latest proposal.
    made: DraftId,
}

impl Standby {
    const fn new(tab: TabId) -> Self {
        Self { tab, numbers: Map::new(), made: DraftId::PROPOSALS }
    }

    pub(super) const fn made(&self) -> DraftId {
        self.made
    }

    pub(super) fn make(&mut self, proposal: DraftId) {
        self.made = self.made.max(proposal);
    }
}

impl Client {
    /// A client that holds what another one, its leader, holds, and hands its own edits to it.
    ///
    /// It begins with a [`snapshot`](Self::snapshot) of the leader's, or with nothing where none is
    /// known, and goes on with the leader's records by [`follow`](Self::follow). It has no connection
    /// and no log. `tab` must be a number that no standby of this leader has had, nor of the leaders
    /// before it.
    ///
    /// ```
    /// use syncline_core::client::{Client, ClientConfig, ClientOutput};
    /// use syncline_core::{Action, RoomName, TabId, Time, Value};
    /// let (now, config) = (Time::from_millis(0), ClientConfig::default);
    /// let mut leader = Client::new(config(), [7; 32]);
    /// let cart = leader.open(now, RoomName::new("cart")?, true)?;
    /// let tab = TabId::new(9);
    /// let mut standby = Client::standby(config(), [8; 32], tab, &leader.snapshot()?.bytes)?;
    /// let here = standby.open(now, RoomName::new("cart")?, true)?;
    /// standby.edit(now, here, "total", Action::Set(Value::from_i64(15)?))?;
    ///
    /// let Some(ClientOutput::Propose { bytes, .. }) = standby.poll_output() else { panic!() };
    /// leader.adopt(now, tab, &bytes)?;
    /// assert_eq!(leader.get(cart, "total").unwrap().to_json(), "15");
    /// # Ok::<(), syncline_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `StorageCorrupt` if the snapshot is none.
    pub fn standby(
        config: ClientConfig,
        seed: [u8; 32],
        tab: TabId,
        snapshot: &[u8],
    ) -> Result<Self, Error> {
        let mut client = Self::new(ClientConfig { durable: false, ..config }, seed);
        client.standby = Some(Standby::new(tab));
        client.follow(Time::default(), snapshot, true)?;
        Ok(client)
    }

    /// Asks again to hand out what the leader is not known to have decided on: for another leader.
    ///
    /// # Errors
    ///
    /// `WrongMode` on a leader.
    pub fn propose_again(&mut self, now: Time) -> Result<(), Error> {
        self.tick(now);
        self.check_follows()?;
        self.transmits.clear();
        for room in self.rooms.values_mut() {
            room.handed = DraftId::PROPOSALS;
        }
        self.progress();
        Ok(())
    }

    /// Mutations of all rooms that the leader is not known to have decided on; none on a leader.
    #[must_use]
    pub fn proposals(&self) -> usize {
        let each = self.rooms.values().map(|room| room.state.outbox.proposals().count());
        each.fold(0, usize::saturating_add)
    }

    /// The leader cannot take a proposal, and has not recorded that: it is taken back, and told as
    /// refused. One that is not outstanding is left alone.
    ///
    /// # Errors
    ///
    /// `WrongMode` on a leader.
    pub fn withdraw(
        &mut self,
        now: Time,
        room: RoomNo,
        proposal: DraftId,
        code: Code,
    ) -> Result<(), Error> {
        self.tick(now);
        self.check_follows()?;
        self.take_back(room, proposal, code);
        self.progress();
        Ok(())
    }

    pub(super) fn take_back(&mut self, number: RoomNo, proposal: DraftId, code: Code) {
        let Some(room) = self.rooms.get_mut(&number).filter(|_| proposal.is_proposal()) else {
            return;
        };
        // What was made on top of it is not judged as if the leader's own draft were meant.
        room.state.outbox.rebuild(proposal, STALE);
        self.refuse_here(number, vec![proposal], code);
    }

    /// Hands out proposals, in order and no more than the leader remembers.
    pub(super) fn propose_ready(&mut self) {
        for (&number, room) in &mut self.rooms {
            let state = &room.state;
            for pending in state.outbox.proposals().take(TAB_PROPOSALS) {
                let draft = &pending.draft;
                if draft.id <= room.handed {
                    continue;
                }
                room.handed = draft.id;
                let looks = state.looks(draft);
                let proposal = Proposal { room: state.head(), draft: draft.clone(), looks };
                self.transmits.push_back(ClientOutput::Propose {
                    room: number,
                    proposal: draft.id,
                    bytes: proposal.into_bytes(),
                });
            }
        }
    }

    /// Tells that a room's state is known now.
    pub(super) fn tell_ready(&mut self, number: RoomNo, knew: bool) {
        let room = self.rooms.get(&number);
        if room.is_some_and(|room| room.open && room.state.known && !knew) {
            self.events.push_back(ClientEvent::Ready { room: number });
        }
    }

    /// Refuses what only a standby does.
    pub(super) fn check_follows(&self) -> Result<(), Error> {
        match self.standby {
            Some(_) => Ok(()),
            None => Err(Error::new(Code::WrongMode, "a standby", "a client that leads")),
        }
    }
}
