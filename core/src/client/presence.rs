//! Who else is in a room, and what this client shows of itself.

use super::Client;
use super::event::ClientEvent;
use crate::error::{Code, Error};
use crate::id::{Channel, PresenceId, RoomNo};
use crate::limit::{Limits, Timing};
use crate::map::Map;
use crate::message::{Message, Participant, Presence};
use crate::patch;
use crate::time::Time;
use crate::value::Value;

/// The participants of one room.
#[derive(Clone, Debug, Default)]
pub struct PresenceView {
    me: Option<PresenceId>,
    others: Map<PresenceId, Value>,
    own: Option<Value>,
    unsent: Unsent,
    /// When the next change may be sent.
    next: Time,
    sent_at: Time,
}

/// What the server has not been sent.
#[derive(Clone, Debug, Default, PartialEq)]
enum Unsent {
    #[default]
    Nothing,
    Patch(Value),
    Absence,
    /// What was shown is no longer so, and the state stands for itself.
    Anew,
}

impl PresenceView {
    /// The participant that this client is, while the room is joined.
    #[must_use]
    pub const fn me(&self) -> Option<PresenceId> {
        self.me
    }

    /// What this client shows of itself.
    #[must_use]
    pub const fn own(&self) -> Option<&Value> {
        self.own.as_ref()
    }

    /// The other participants.
    pub fn others(&self) -> impl Iterator<Item = (PresenceId, &Value)> {
        let me = self.me;
        self.others.iter().map(|(id, state)| (*id, state)).filter(move |(id, _)| Some(*id) != me)
    }

    pub(super) fn join(&mut self, me: PresenceId) {
        self.me = Some(me);
        self.unsent = self.own.clone().map_or(Unsent::Nothing, Unsent::Patch);
    }

    pub(super) fn leave(&mut self) {
        self.me = None;
        self.others.clear();
    }

    fn update(&mut self, presence: Presence) {
        if presence.full {
            self.others.clear();
        }
        for Participant { id, state } in presence.entries {
            match state {
                Some(state) => self.others.insert(id, state),
                None => self.others.remove(&id),
            };
        }
    }

    fn edit(&mut self, patch: Option<&Value>, limits: &Limits) -> Result<(), Error> {
        let Some(patch) = patch else {
            self.own = None;
            self.unsent = Unsent::Absence;
            return Ok(());
        };
        let own = patch::merge(self.own.as_ref(), patch, limits)?;
        let (most, got) = (limits.presence_bytes, own.json_len());
        if got > most {
            return Err(Error::limit(Code::ValueTooLarge, most, "bytes of presence", got));
        }
        self.unsent = match core::mem::take(&mut self.unsent) {
            Unsent::Patch(first) => {
                patch::compose(&first, patch, limits).map_or(Unsent::Anew, Unsent::Patch)
            }
            Unsent::Absence | Unsent::Anew => Unsent::Anew,
            Unsent::Nothing => Unsent::Patch(patch.clone()),
        };
        self.own = Some(own);
        Ok(())
    }

    /// Shows nothing, rather than what the server does not take.
    pub(super) fn keep_within(&mut self, limits: &Limits) {
        if self.own.as_ref().is_some_and(|own| own.json_len() > limits.presence_bytes) {
            (self.own, self.unsent) = (None, Unsent::Nothing);
        }
    }

    /// When something is to be sent: a change, or a sign of life before the server forgets.
    pub(super) fn due(&self, timing: &Timing) -> Option<Time> {
        self.me?;
        if self.unsent != Unsent::Nothing {
            return Some(self.next);
        }
        let alive = timing.presence.checked_div(2).unwrap_or_default();
        self.own.as_ref().map(|_| self.sent_at.after(alive))
    }

    fn take(&mut self, now: Time, timing: &Timing, channel: Channel) -> Vec<Presence> {
        self.next = now.after(timing.presence_pause);
        self.sent_at = now;
        let states = match core::mem::take(&mut self.unsent) {
            Unsent::Patch(patch) => vec![Some(patch)],
            Unsent::Absence => vec![None],
            Unsent::Anew => vec![None, self.own.clone()],
            Unsent::Nothing => vec![self.own.clone()],
        };
        let entries = |state| vec![Participant { id: PresenceId::new(0), state }];
        let tell = |state| Presence { channel, full: false, entries: entries(state) };
        states.into_iter().map(tell).collect()
    }
}

impl Client {
    /// Changes what this client shows of itself in a room, by a merge patch; `None` shows nothing.
    ///
    /// # Errors
    ///
    /// `NotFound` if the room is not open, those of a merge, and `ValueTooLarge`.
    pub fn set_presence(
        &mut self,
        now: Time,
        room: RoomNo,
        patch: Option<&Value>,
    ) -> Result<(), Error> {
        self.tick(now);
        let limits = self.limits;
        self.open_room(room)?.presence.edit(patch, &limits)?;
        self.send_presence(room);
        Ok(())
    }

    /// Who is in a room.
    #[must_use]
    pub fn presence(&self, room: RoomNo) -> Option<&PresenceView> {
        self.rooms.get(&room).map(|room| &room.presence)
    }

    pub(super) fn handle_presence(&mut self, room: RoomNo, presence: Presence) {
        if let Some(found) = self.rooms.get_mut(&room) {
            found.presence.update(presence);
            let told = |event: &ClientEvent| matches!(event, ClientEvent::Presence { room: of } if *of == room);
            if !self.events.iter().any(told) {
                self.events.push_back(ClientEvent::Presence { room });
            }
        }
    }

    /// Sends what is due of a room's presence.
    pub(super) fn send_presence(&mut self, room: RoomNo) {
        let (now, timing) = (self.now, self.config.timing);
        let Some(found) = self.rooms.get_mut(&room) else { return };
        let Some(channel) = found.channel() else { return };
        if found.presence.due(&timing).is_some_and(|due| due <= now) {
            for presence in found.presence.take(now, &timing, channel) {
                self.transmit(&Message::Presence(presence));
            }
        }
    }
}
