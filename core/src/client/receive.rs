//! What a client does with each frame.

use super::Client;
use super::event::ClientEvent;
use super::link::Phase;
use super::room::Standing;
use crate::error::{Code, Error};
use crate::frame::{self, Decoded};
use crate::id::{Channel, ClientId, RoomNo, Seq};
use crate::message::{Join, Joined, Leave, Message};
use crate::plant::{mark, planted};
use crate::record::client::{ClientRecord, Conflict};
use crate::time::Time;

/// Changes of identity in a row after which a room waits before it is asked for again.
const IDENTITIES_AT_ONCE: u32 = 1;

impl Client {
    /// A frame came over the connection.
    pub fn handle_frame(&mut self, now: Time, bytes: &[u8]) {
        self.tick(now);
        if !self.link.is_connected() {
            return;
        }
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.metrics.bytes_in = self.metrics.bytes_in.saturating_add(len);
        self.metrics.frames_in = self.metrics.frames_in.saturating_add(1);
        self.link.hear(self.now);
        let greeting = self.link.phase == Phase::Greeting;
        let codec = if greeting { frame::codec_of(bytes) } else { self.link.codec };
        match frame::decode_server(bytes, codec, &self.link.peer) {
            Ok(Decoded::Message(message)) => self.handle_message(message, bytes),
            Ok(Decoded::Skip) => {}
            Err(error) => self.fail(&error),
        }
        self.progress();
    }

    fn handle_message(&mut self, message: Message, bytes: &[u8]) {
        let early = matches!(message, Message::Welcome(_) | Message::Fault(_) | Message::GoAway(_));
        if self.link.phase == Phase::Greeting && !early && !matches!(message, Message::Ping(_)) {
            return self.fail(&Error::new(Code::Unexpected, "a welcome", "another message"));
        }
        match message {
            Message::Welcome(welcome) => self.handle_welcome(&welcome),
            Message::Joined(joined) => {
                if let Some(room) = self.room_on(joined.channel) {
                    self.handle_joined(room, &joined);
                }
            }
            Message::Denied(denied) => {
                if let Some(room) = self.room_on(denied.channel) {
                    self.handle_denied(room, denied.code);
                }
            }
            Message::Delta(delta) => {
                if let Some(room) = self.room_on(delta.channel) {
                    self.handle_delta(room, delta, bytes);
                }
            }
            Message::Presence(presence) => {
                if let Some(room) = self.room_on(presence.channel) {
                    self.handle_presence(room, presence);
                }
            }
            #[cfg(feature = "views")]
            Message::Show(show) => {
                if let Some(room) = self.room_on(show.channel) {
                    self.handle_show(room, show);
                }
            }
            #[cfg(feature = "views")]
            Message::Unwatch(unwatch) => {
                if let Some(room) = self.room_on(unwatch.channel) {
                    self.handle_unwatched(room, unwatch);
                }
            }
            #[cfg(feature = "views")]
            Message::Watch(_) => {
                self.fail(&Error::new(Code::Unexpected, "a server's message", "a client's"));
            }
            Message::Ping(_) => {}
            Message::GoAway(go) => self.handle_go_away(&go),
            Message::Fault(fault) => self.handle_fault(fault),
            Message::Hello(_)
            | Message::Join(_)
            | Message::Push(_)
            | Message::Leave(_)
            | Message::Auth(_) => {
                self.fail(&Error::new(Code::Unexpected, "a server's message", "a client's"));
            }
        }
    }

    /// The room that listens on a channel; what comes late on an older channel is for none.
    fn room_on(&self, channel: Channel) -> Option<RoomNo> {
        let mut rooms = self.rooms.iter();
        rooms.find(|(_, room)| room.listens(channel)).map(|(number, _)| *number)
    }

    /// Asks for a room that is open here and not there.
    pub(super) fn join_if_due(&mut self, number: RoomNo) {
        let now = self.now;
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let due = match room.standing {
            Standing::Out => true,
            Standing::Waiting(until) => until <= now,
            Standing::Joining(_) | Standing::In(_) | Standing::Denied(_) => false,
        };
        if !due || !room.open {
            return;
        }
        let channel = self.link.channel();
        room.leave();
        room.standing = Standing::Joining(channel);
        let state = &room.state;
        let join = Join {
            channel,
            room: state.name.clone(),
            client: state.client,
            writes: room.writes,
            session: state.session,
            epoch: state.epoch,
            version: state.version(),
            heard: room.heard,
        };
        self.transmit(&Message::Join(join));
    }

    /// Leaves the channel of a room, so that it is asked for again on another one.
    pub(super) fn rejoin(&mut self, number: RoomNo) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let channel = match room.standing {
            Standing::In(channel) | Standing::Joining(channel) => Some(channel),
            Standing::Out | Standing::Waiting(_) | Standing::Denied(_) => None,
        };
        room.leave();
        if let Some(channel) = channel {
            self.transmit(&Message::Leave(Leave { channel }));
        }
    }

    fn handle_joined(&mut self, number: RoomNo, joined: &Joined) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        if room.channel().is_some() {
            return self.fail(&Error::new(Code::Unexpected, "one answer to a join", "another"));
        }
        let outbox = &room.state.outbox;
        let rolled_back = joined.last > outbox.named() || joined.last < outbox.settled();
        if rolled_back && !planted!(RollbackUnnoticed) {
            let lost = joined.last.beyond(outbox.named());
            self.name_lost(number, lost);
            if lost > 0 {
                self.lose_conflicts(number, Code::RolledBack);
            }
            return self.renew_identity(number, Code::RolledBack);
        }
        let most = self.limits.frame_bytes;
        if outbox.unsendable(joined.last, most) {
            return self.renew_identity(number, Code::MutationTooLarge);
        }
        let other_epoch = room.state.epoch.is_some_and(|held| held != joined.epoch);
        let unsettled = outbox.named() > outbox.settled();
        if unsettled && (other_epoch || joined.session.is_none()) {
            let reason = if other_epoch { Code::EpochChanged } else { Code::Forbidden };
            return self.renew_identity(number, reason);
        }
        if other_epoch {
            room.reset = Some(Code::EpochChanged);
        }
        if (room.state.epoch, room.state.session) != (Some(joined.epoch), joined.session) {
            let (epoch, session) = (joined.epoch, joined.session);
            self.record(ClientRecord::Session { room: number, epoch, session }, false);
        }
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.standing = Standing::In(joined.channel);
        room.durability = Some(joined.durability);
        room.cursor = room.state.version();
        room.catching_up = Some(joined.last);
        room.identities = 0;
        room.presence.join(joined.presence);
        room.read_only = room.writes && joined.session.is_none();
        if room.read_only {
            self.refuse_all(number, Code::Forbidden);
        }
        self.send_presence(number);
        #[cfg(feature = "views")]
        self.watch_again(number, other_epoch);
    }

    /// Storage that was rolled back has lost names, as many as this or fewer, and may still have the
    /// drafts that they were given to: the oldest ones that it held. These were not certainly unsent, so
    /// they share the fate of what has a number.
    fn name_lost(&mut self, number: RoomNo, lost: u64) {
        let Some(room) = self.rooms.get(&number) else { return };
        let first = room.state.outbox.named().next();
        let lost = usize::try_from(lost).unwrap_or(usize::MAX);
        let restored = room.state.outbox.restored_drafts().take(lost).count();
        if let Ok(count @ 1..) = u32::try_from(restored)
            && !planted!(LostDraftsResent)
        {
            self.record(ClientRecord::Name { room: number, first, count }, false);
        }
    }

    /// Storage that was rolled back may hold conflicts that were answered since, and their answers sent.
    fn lose_conflicts(&mut self, number: RoomNo, reason: Code) {
        if planted!(LostAnswersRepeated) {
            return;
        }
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.asked.clear();
        for Conflict { draft, ops: edits, .. } in core::mem::take(&mut room.state.conflicts) {
            self.record(ClientRecord::Resolve { room: number, draft, by: None }, false);
            self.metrics.count_unknown();
            self.events.push_back(ClientEvent::Unknown { room: number, draft, reason, edits });
        }
    }

    fn handle_denied(&mut self, number: RoomNo, code: Code) {
        let retries = !code.is_final();
        let (now, held) = (self.now, self.config.timing.heartbeat);
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.forgive(now, held);
        room.leave();
        room.standing = Standing::Out;
        if code == Code::IdentityReused {
            self.name_lost(number, u64::MAX);
            self.lose_conflicts(number, code);
            return self.renew_identity(number, code);
        }
        if code == Code::Expired {
            return self.renew_identity(number, code);
        }
        room.standing = if retries {
            let pause = room.backoff.fail(&mut self.entropy);
            Standing::Waiting(self.now.after(pause))
        } else {
            Standing::Denied(code)
        };
        self.events.push_back(ClientEvent::Denied { room: number, code, retries });
        // What waited for this room waits for it no more.
        #[cfg(feature = "views")]
        self.show_views();
    }

    /// Gives up what has a number, and goes on under another name.
    pub(super) fn renew_identity(&mut self, number: RoomNo, reason: Code) {
        mark!(IdentityRenewed);
        let client = ClientId::new(self.entropy.next_u128());
        self.rejoin(number);
        let Some(room) = self.rooms.get_mut(&number) else { return };
        room.naming.clear();
        room.hearing.clear();
        (room.heard, room.sent) = (Seq::ZERO, Seq::ZERO);
        room.reset = Some(reason);
        room.identities = room.identities.saturating_add(1);
        if room.identities > IDENTITIES_AT_ONCE {
            let pause = room.backoff.fail(&mut self.entropy);
            room.standing = Standing::Waiting(self.now.after(pause));
        }
        let record = ClientRecord::Identity { room: number, client };
        if let Some((_, outcome)) = self.record(record, true) {
            self.tell_unknown(number, outcome, reason);
        }
    }
}
