//! The connection of a client: when to ask for one, and when it is dead.

use super::Client;
use super::event::ClientEvent;
use super::output::ClientOutput;
use super::room::Standing;
use super::status::FAILURES_DEGRADED;
use crate::backoff::Backoff;
use crate::error::{Code, Error};
use crate::frame;
use crate::id::Channel;
use crate::limit::{Limits, RETRY_AFTER_MOST};
use crate::message::{
    Auth, Codec, Fault, GoAway, Hello, Message, PROTOCOL, PROTOCOL_OLDEST, Ping, Welcome,
};
use crate::plant::mark;
use crate::time::Time;
use core::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// Not wanted yet.
    Idle,
    /// Wanted again at this time.
    Waiting(Time),
    /// The host was asked for one.
    Asked,
    /// The greeting was sent.
    Greeting,
    /// The server has answered the greeting.
    Up,
    /// Ended for good, until the application does something.
    Stopped(Code),
    /// The client is shut down.
    Closed,
}

/// The connection of a client.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) phase: Phase,
    pub(super) codec: Codec,
    /// The limits within which the server's frames are read.
    pub(super) peer: Limits,
    pub(super) backoff: Backoff,
    next_channel: Channel,
    /// When the host was asked for the connection, or opened it.
    since: Time,
    /// A room has caught up over this connection.
    resumed: bool,
    heard: Time,
    said: Time,
    pings: u32,
}

impl Link {
    pub(super) const fn new(codec: Codec, backoff: Backoff) -> Self {
        Self {
            phase: Phase::Idle,
            codec,
            peer: Limits::HARD,
            backoff,
            next_channel: Channel::new(1),
            since: Time::from_micros(0),
            resumed: false,
            heard: Time::from_micros(0),
            said: Time::from_micros(0),
            pings: 0,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// Whether frames may come and go.
    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Greeting | Phase::Up)
    }

    pub(super) const fn hear(&mut self, now: Time) {
        self.heard = now;
    }

    /// A person should know how the connection is.
    pub(super) const fn is_degraded(&self) -> bool {
        let failing = self.backoff.failures() >= FAILURES_DEGRADED && !self.resumed;
        matches!(self.phase, Phase::Stopped(_)) || failing
    }

    /// A room has caught up.
    pub(super) const fn resume(&mut self) {
        self.resumed = true;
    }

    pub(super) const fn channel(&mut self) -> Channel {
        let channel = self.next_channel;
        self.next_channel = channel.next();
        channel
    }
}

/// Whether a newer token may lead to another answer.
const fn wants_token(code: Code) -> bool {
    matches!(code, Code::Unauthorized | Code::Forbidden)
}

impl Client {
    /// A connection is open; `token` says who the client is.
    ///
    /// One that was not asked for is taken too while the client waits to ask again. It is ignored,
    /// and the host may close it, if the client has one, wants none, or has a
    /// [`Disconnect`](ClientOutput::Disconnect) to be polled yet.
    ///
    /// With another token than the last, what was denied for want of one is asked for again.
    pub fn handle_connected(&mut self, now: Time, token: &str) {
        self.tick(now);
        let waits = matches!(self.link.phase, Phase::Waiting(_)) && self.wants_connection();
        let is_end = |output: &ClientOutput| matches!(output, ClientOutput::Disconnect);
        let ending = self.transmits.iter().any(is_end);
        if ending || !(waits || self.link.phase == Phase::Asked) {
            return;
        }
        // The host need not be asked any more, if it has not been yet.
        self.transmits.clear();
        self.judge_token(token);
        let codecs = match self.config.codec {
            Codec::Binary => Codec::ALL.to_vec(),
            #[cfg(feature = "json")]
            Codec::Json => vec![Codec::Json],
        };
        self.link = Link {
            phase: Phase::Greeting,
            since: self.now,
            heard: self.now,
            // Never the same twice: what an older connection still brings is then for no room.
            next_channel: self.link.next_channel,
            ..Link::new(self.config.codec, self.link.backoff.clone())
        };
        self.transmit(&Message::Hello(Hello {
            oldest: PROTOCOL_OLDEST,
            newest: PROTOCOL,
            codecs,
            token: token.to_owned(),
            schema: self.config.schema.clone(),
        }));
    }

    /// The connection has ended, or could not be opened.
    pub fn handle_disconnected(&mut self, now: Time) {
        self.tick(now);
        if self.link.is_connected() || self.link.phase == Phase::Asked {
            // What the host has not taken yet was for this connection, not for the next one.
            self.transmits.clear();
            self.lose(Duration::ZERO);
        }
    }

    /// A newer token: the server is told, and what was denied for want of one is asked for again.
    pub fn set_token(&mut self, now: Time, token: &str) {
        self.tick(now);
        if matches!(self.link.phase, Phase::Stopped(code) if wants_token(code)) {
            self.link.phase = Phase::Idle;
        }
        // The application says that it is worth asking, also with the same.
        self.token = None;
        self.judge_token(token);
        if self.link.is_up() {
            self.transmit(&Message::Auth(Auth { token: token.to_owned() }));
            for room in self.open_rooms() {
                // Only a join gives a session to one that had none.
                if self.rooms.get(&room).is_some_and(|room| room.read_only) {
                    self.rejoin(room);
                }
            }
        }
        self.progress();
    }

    /// Asks again for what was denied for want of a token, if this is another one than the last.
    fn judge_token(&mut self, token: &str) {
        let token = xxh3_64(token.as_bytes());
        if self.token.replace(token) == Some(token) {
            return;
        }
        for room in self.rooms.values_mut() {
            if matches!(room.standing, Standing::Denied(code) if wants_token(code)) {
                room.standing = Standing::Out;
            }
        }
    }

    /// Tries again now what waits out a pause after a failure: the connection, and the rooms that
    /// were denied for now. For when the application knows that the network is back.
    pub fn reconnect(&mut self, now: Time) {
        self.tick(now);
        if matches!(self.link.phase, Phase::Waiting(_)) {
            self.link.phase = Phase::Idle;
        }
        for room in self.rooms.values_mut() {
            if matches!(room.standing, Standing::Waiting(_)) {
                room.standing = Standing::Out;
            }
        }
        self.progress();
    }

    pub(super) fn handle_welcome(&mut self, welcome: &Welcome) {
        if self.link.phase != Phase::Greeting
            || !(PROTOCOL_OLDEST..=PROTOCOL).contains(&welcome.protocol)
        {
            let got = format!("protocol {}", welcome.protocol);
            return self.fail(&Error::new(Code::Unexpected, "one welcome, as offered", got));
        }
        self.link.phase = Phase::Up;
        self.link.codec = welcome.codec;
        // A room may hold what was within other limits when it was written.
        let Limits { presence_bytes, room_bytes, .. } = welcome.limits.lowest(&Limits::HARD);
        self.link.peer = Limits { presence_bytes, room_bytes, ..Limits::HARD };
        self.limits = self.config.limits.lowest(&welcome.limits);
        self.refuse_oversized();
        for room in self.rooms.values_mut() {
            room.presence.keep_within(&self.limits);
        }
    }

    pub(super) fn handle_go_away(&mut self, go: &GoAway) {
        mark!(GoneAway);
        self.transmits.push_back(ClientOutput::Disconnect);
        let error = Error::new(go.code, "a server that stays", go.code.message());
        self.events.push_back(ClientEvent::Failed { error, retries: true });
        self.lose(go.retry_after.min(RETRY_AFTER_MOST));
    }

    pub(super) fn handle_fault(&mut self, fault: Fault) {
        self.transmits.push_back(ClientOutput::Disconnect);
        let retries = !fault.code.is_final();
        let error = Error::new(fault.code, fault.expected, fault.got);
        self.events.push_back(ClientEvent::Failed { error, retries });
        let code = fault.code;
        self.lose(Duration::ZERO);
        if !retries {
            self.link.phase = Phase::Stopped(code);
        }
    }

    /// Ends the connection because of the server's or the network's fault.
    pub(super) fn fail(&mut self, error: &Error) {
        if !self.link.is_connected() {
            return;
        }
        self.transmit(&Message::Fault(Fault {
            code: error.code,
            expected: error.expected.to_string(),
            got: error.got.clone(),
        }));
        self.transmits.push_back(ClientOutput::Disconnect);
        self.events.push_back(ClientEvent::Failed { error: error.clone(), retries: true });
        self.lose(Duration::ZERO);
    }

    /// The connection is gone: another one is wanted `least` and a pause later. Of those whom a server sends away at
    /// one time, not all come back at one time.
    ///
    /// Failures are forgotten only with a connection that has held for a while: a server that
    /// greets and then faults is asked less and less often.
    fn lose(&mut self, least: Duration) {
        let (now, held) = (self.now, self.config.timing.heartbeat);
        if core::mem::take(&mut self.link.resumed) && self.link.since.after(held) <= now {
            self.link.backoff.succeed();
        }
        let pause = self.link.backoff.fail(&mut self.entropy).saturating_add(least);
        self.link.phase = Phase::Waiting(self.now.after(pause));
        for room in self.rooms.values_mut() {
            room.forgive(now, held);
            room.leave();
        }
    }

    fn wants_connection(&self) -> bool {
        self.rooms.values().any(|room| room.open) && !self.journal.is_failed()
    }

    /// Asks for a connection if one is wanted, and for the rooms that are open here.
    pub(super) fn reach_out(&mut self) {
        let wanted = self.wants_connection();
        let now = self.now;
        match self.link.phase {
            Phase::Waiting(until) if until > now => {}
            Phase::Idle | Phase::Waiting(_) if wanted => {
                self.link.phase = Phase::Asked;
                self.link.since = now;
                self.transmits.push_back(ClientOutput::Connect);
            }
            Phase::Up if !self.journal.is_failed() => {
                for room in self.open_rooms() {
                    self.join_if_due(room);
                }
            }
            Phase::Idle
            | Phase::Waiting(_)
            | Phase::Asked
            | Phase::Greeting
            | Phase::Up
            | Phase::Stopped(_)
            | Phase::Closed => {}
        }
    }

    /// Keeps the connection alive, and notices that it is dead.
    pub(super) fn keep_alive(&mut self) {
        let (now, timing) = (self.now, self.config.timing);
        if self.link.phase == Phase::Asked && self.link.since.after(timing.stall) <= now {
            return self.give_up_asking();
        }
        if self.link.phase == Phase::Greeting && self.link.since.after(timing.hello) <= now {
            let error = Error::new(Code::HelloTimeout, "an answer to the greeting", "none");
            return self.fail(&error);
        }
        if self.link.is_up() && self.link.heard.after(timing.idle) <= now {
            return self.fail(&Error::new(Code::Idle, "a sign of life", "silence"));
        }
        if self.link.is_up() && self.link.said.after(timing.heartbeat) <= now {
            self.link.pings = self.link.pings.saturating_add(1);
            let count = self.link.pings;
            self.transmit(&Message::Ping(Ping { count }));
        }
    }

    /// The host has not answered: the attempt counts as failed.
    fn give_up_asking(&mut self) {
        let is_wish = |output: &ClientOutput| matches!(output, ClientOutput::Connect);
        if self.transmits.iter().any(is_wish) {
            // It was not asked yet.
            self.link.since = self.now;
            return;
        }
        self.transmits.push_back(ClientOutput::Disconnect);
        let error = Error::new(Code::Stalled, "an opened connection", "none");
        self.events.push_back(ClientEvent::Failed { error, retries: true });
        self.lose(Duration::ZERO);
    }

    /// When the connection wants attention.
    pub(super) fn link_timeout(&self) -> Option<Time> {
        let timing = &self.config.timing;
        match self.link.phase {
            Phase::Waiting(until) => self.rooms.values().any(|room| room.open).then_some(until),
            Phase::Asked => Some(self.link.since.after(timing.stall)),
            Phase::Greeting => Some(self.link.since.after(timing.hello)),
            Phase::Up => {
                let dead = self.link.heard.after(timing.idle);
                Some(self.link.said.after(timing.heartbeat).min(dead))
            }
            Phase::Idle | Phase::Stopped(_) | Phase::Closed => None,
        }
    }

    /// Sends a message over the connection.
    pub(super) fn transmit(&mut self, message: &Message) {
        if !self.link.is_connected() || self.journal.is_failed() {
            return;
        }
        let bytes = frame::encode_client(message, self.link.codec);
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.metrics.bytes_out = self.metrics.bytes_out.saturating_add(len);
        self.metrics.frames_out = self.metrics.frames_out.saturating_add(1);
        self.link.said = self.now;
        self.transmits.push_back(ClientOutput::Transmit(bytes));
    }
}
