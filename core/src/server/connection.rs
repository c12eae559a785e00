//! One connection: whether it is read, whether it can take a frame, and when it is over.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::error::Code;
use crate::exchange::Grant;
use crate::id::{Arrival, Channel, Principal, ReaderId, RequestId, RoomNo};
use crate::limit::{Limits, Timing};
use crate::message::{Codec, Join};
use crate::plant::mark;
use crate::time::Time;

use super::allowance::Allowance;

/// What a held frame counts at least: empty frames cost memory too.
const HELD_BYTES_LEAST: usize = 64;
/// Channels that ended and are remembered: what was under way to them is no mistake of the client.
const ENDED_MOST: usize = 64;
/// Answers that may be on their way out. A peer that asks and does not read is not read either.
const ANSWERS_MOST: u32 = 256;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// Which it was of those that came.
    pub(super) arrival: Arrival,
    /// The codec of frames to it.
    pub(super) codec: Codec,
    /// What it said of itself; `None` before its greeting.
    pub(super) greeted: Option<Greeted>,
    /// Its channels.
    pub(super) seats: BTreeMap<Channel, Seat>,
    /// Channels that ended, oldest first; at most [`ENDED_MOST`].
    ended: VecDeque<Channel>,
    /// Questions to the host that it waits for.
    pub(super) asked: BTreeSet<RequestId>,
    /// What one state frame at a time may go to it.
    pub(super) lane: Lane,
    /// Readers with news, next first; none twice.
    pub(super) ready: VecDeque<ReaderId>,
    /// Frames that arrived while it was not read.
    held: VecDeque<Vec<u8>>,
    /// What they count.
    held_bytes: usize,
    /// What it may still say.
    pub(super) allowance: Allowance,
    /// For whom it speaks, or spoke last: whose debt it is if it ends.
    pub(super) debtor: Option<Principal>,
    /// When its budget allows the first held frame, if that is what it waits for.
    pub(super) refilled_at: Option<Time>,
    /// Answers transmitted since all had left.
    answers: u32,
    /// Since when there are too many of them.
    choked_since: Option<Time>,
    /// When a frame came, or the connection did, or began to be read again.
    pub(super) heard: Time,
    /// When the latest frame to it was transmitted.
    pub(super) sent: Time,
    /// When its rooms were asked for a heartbeat, if nothing was transmitted since.
    pub(super) beat: Option<Time>,
    /// Pings transmitted.
    pub(super) pings: u32,
    /// When the server looks after it next; never later than [`deadline`](Self::deadline).
    pub(super) armed: Option<Time>,
}

/// What a client said of itself.
pub(super) struct Greeted {
    pub(super) token: String,
    pub(super) schema: String,
}

/// Without the token: it is a secret.
impl fmt::Debug for Greeted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeted").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// One channel of a connection.
#[derive(Debug)]
pub(super) enum Seat {
    /// The host was asked whether it may join.
    Asked(Box<Join>),
    /// It may, and the room is being opened.
    Waiting(Box<Waiting>),
    /// The room knows it under this number.
    Taken(ReaderId),
}

/// A channel that may join a room that is being opened.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: RequestId,
    pub(super) room: RoomNo,
    pub(super) join: Join,
    pub(super) grant: Grant,
}

/// Whether a state frame may go out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lane {
    /// One may.
    Free,
    /// A room was asked for one, for this reader.
    Pulling(ReaderId),
    /// One is on its way out since then.
    Busy(Time),
}

impl Connection {
    pub(super) fn new(now: Time, arrival: Arrival, limits: &Limits) -> Self {
        Self {
            arrival,
            codec: Codec::default(),
            greeted: None,
            seats: BTreeMap::new(),
            ended: VecDeque::new(),
            asked: BTreeSet::new(),
            lane: Lane::Free,
            ready: VecDeque::new(),
            held: VecDeque::new(),
            held_bytes: 0,
            allowance: Allowance::new(limits),
            debtor: None,
            refilled_at: None,
            answers: 0,
            choked_since: None,
            heard: now,
            sent: now,
            beat: None,
            pings: 0,
            armed: None,
        }
    }

    /// Its readers, in the order of their channels.
    pub(super) fn readers(&self) -> impl Iterator<Item = ReaderId> {
        self.seats.values().filter_map(|seat| match seat {
            Seat::Taken(reader) => Some(*reader),
            Seat::Asked(_) | Seat::Waiting(_) => None,
        })
    }

    /// Whether somebody may be in a room by it.
    pub(super) fn is_granted(&self) -> bool {
        self.seats.values().any(|seat| !matches!(seat, Seat::Asked(_)))
    }

    /// Whether nothing stands in the way of its next frame.
    pub(super) fn is_read(&self) -> bool {
        self.asked.is_empty() && self.refilled_at.is_none() && self.choked_since.is_none()
    }

    /// Whether a frame that arrives now is taken at once.
    pub(super) fn wants_input(&self) -> bool {
        self.is_read() && self.held.is_empty()
    }

    /// Whether nothing is on its way to it, or waits for that.
    pub(super) fn is_drained(&self) -> bool {
        self.lane == Lane::Free && self.ready.is_empty()
    }

    /// Takes what a frame costs from the budgets, or notes when they will have it.
    pub(super) fn spend(&mut self, now: Time, bytes: usize) -> bool {
        let spent = self.allowance.spend(now, bytes);
        self.refilled_at = spent.err();
        spent.is_ok()
    }

    /// Keeps a frame for later, unless more than `most` bytes would be held.
    pub(super) fn hold(&mut self, bytes: &[u8], most: usize) -> bool {
        let held = self.held_bytes.saturating_add(bytes.len().max(HELD_BYTES_LEAST));
        let fits = held <= most.max(HELD_BYTES_LEAST);
        if fits {
            mark!(FrameHeld);
            self.held_bytes = held;
            self.held.push_back(bytes.to_vec());
        }
        fits
    }

    /// The next held frame that it can afford.
    pub(super) fn next_held(&mut self, now: Time) -> Option<Vec<u8>> {
        if !self.is_read() {
            return None;
        }
        let cost = self.held.front()?.len();
        if !self.spend(now, cost) {
            return None;
        }
        self.held_bytes = self.held_bytes.saturating_sub(cost.max(HELD_BYTES_LEAST));
        self.held.pop_front()
    }

    /// Notes an answer on its way out.
    pub(super) fn note_answer(&mut self, now: Time) {
        self.answers = self.answers.saturating_add(1);
        if self.answers > ANSWERS_MOST {
            self.choked_since.get_or_insert(now);
        }
    }

    /// Notes that all frames have left. Returns whether it was not read for want of that.
    pub(super) fn note_writable(&mut self) -> bool {
        self.answers = 0;
        if matches!(self.lane, Lane::Busy(_)) {
            self.lane = Lane::Free;
        }
        self.choked_since.take().is_some()
    }

    /// Ends a channel.
    pub(super) fn end(&mut self, channel: Channel) -> Option<Seat> {
        let seat = self.seats.remove(&channel)?;
        match &seat {
            Seat::Asked(_) => {}
            Seat::Waiting(waiting) => {
                self.asked.remove(&waiting.request);
            }
            Seat::Taken(reader) => {
                self.ready.retain(|ready| ready != reader);
                if self.lane == Lane::Pulling(*reader) {
                    self.lane = Lane::Free;
                }
            }
        }
        self.note_ended(channel);
        Some(seat)
    }

    /// Remembers that a channel was in use.
    pub(super) fn note_ended(&mut self, channel: Channel) {
        self.ended.retain(|&ended| ended != channel);
        if self.ended.len() >= ENDED_MOST {
            self.ended.pop_front();
        }
        self.ended.push_back(channel);
    }

    /// Whether what comes for this channel may have been under way when the channel ended.
    pub(super) fn has_ended(&self, channel: Channel) -> bool {
        self.ended.contains(&channel)
    }

    /// When the connection is over unless something happens before, and why.
    pub(super) fn expiry(&self, timing: &Timing) -> Option<(Time, Code)> {
        if self.greeted.is_none() {
            return Some((self.heard.after(timing.hello), Code::HelloTimeout));
        }
        let busy = if let Lane::Busy(since) = self.lane { Some(since) } else { None };
        let stuck = busy.into_iter().chain(self.choked_since).min();
        let stall = stuck.map(|since| (since.after(timing.stall), Code::Stalled));
        // A peer that is not read cannot be heard.
        let idle = self.is_read().then(|| (self.heard.after(timing.idle), Code::Idle));
        stall.into_iter().chain(idle).min()
    }

    /// When a frame is due because none went out; while one is on its way, none is.
    pub(super) fn heartbeat_at(&self, timing: &Timing) -> Option<Time> {
        let due = self.greeted.is_some() && !matches!(self.lane, Lane::Busy(_));
        due.then(|| self.beat.unwrap_or(self.sent).after(timing.heartbeat))
    }

    /// When the server must look after it.
    pub(super) fn deadline(&self, timing: &Timing) -> Option<Time> {
        let expiry = self.expiry(timing).map(|(at, _)| at);
        expiry.into_iter().chain(self.heartbeat_at(timing)).chain(self.refilled_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_frames_count_at_least_their_own_weight() {
        let mut connection = Connection::new(Time::default(), Arrival::ZERO, &Limits::default());
        let mut held = 0;
        while connection.hold(&[], 6_400) {
            held += 1;
        }
        assert_eq!(held, 100);
        assert_eq!(connection.next_held(Time::default()), Some(Vec::new()));
        assert!(connection.hold(&[0; 64], 6_400) && !connection.hold(&[0; 1], 6_400));
    }

    #[test]
    fn few_ended_channels_are_remembered() {
        let mut connection = Connection::new(Time::default(), Arrival::ZERO, &Limits::default());
        for channel in 0..1_000 {
            connection.note_ended(Channel::new(channel));
            connection.note_ended(Channel::new(channel));
        }
        assert_eq!(connection.ended.len(), ENDED_MOST);
        assert!(connection.has_ended(Channel::new(999)) && !connection.has_ended(Channel::new(1)));
    }
}
