//! What passes between a server, its rooms and the host, until all are quiet.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::exchange::Grant;
use crate::host::cell::Role;
use crate::id::{ConnId, Principal, RecordId, RequestId, RoomNo, Version};
#[cfg(feature = "host")]
use crate::message::Codec;
use crate::room::{Room, RoomOutput};
use crate::server::{ServerEvent, ServerOutput};
use crate::time::Time;

use super::entry::Entry;
use super::hosted::Hosted;
use super::{HostEvent, HostOutput};

/// Comings and goings that wait to be polled; later ones are counted and lost.
const VISITS_MOST: usize = 1_024;

/// How a server winds down.
#[derive(Debug)]
pub(super) struct Leaving {
    /// When everyone is told good-bye at the latest.
    latest: Time,
    /// When they may come back.
    retry_after: Duration,
    /// What was waited for last: while that lasts, nothing else is looked at.
    room: RoomNo,
    conn: ConnId,
}

impl Role for Hosted {
    fn settle(&mut self, now: Time) {
        loop {
            if let Some(output) = self.server.poll_output() {
                self.take(now, output);
            } else if let Some(room) = self.touched.pop_first() {
                self.drain(now, room);
            } else if !self.leave_if_drained(now) {
                break;
            }
        }
        self.tell_reading();
    }

    fn handle_timeout(&mut self, now: Time) {
        self.server.handle_timeout(now);
        while let Some(&(at, room)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, room));
            let Ok(entry) = self.entry(room) else { continue };
            entry.alarm = None;
            if let Ok(room) = entry.room_mut() {
                room.handle_timeout(now);
            }
            self.touched.insert(room);
        }
    }

    fn deadline(&self) -> Option<Time> {
        let alarm = self.alarms.first().map(|&(at, _)| at);
        let leaves = self.leaving.as_ref().map(|leaving| leaving.latest);
        alarm.into_iter().chain(leaves).chain(self.server.poll_timeout()).min()
    }

    fn is_ready(&self) -> bool {
        !(self.outputs.is_empty() && self.changed.is_empty())
    }
}

/// Each is recorded by the call of the same name.
#[cfg(feature = "host")]
impl Role for crate::host::flight::Recorded<Hosted> {
    fn settle(&mut self, now: Time) {
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Time) {
        self.handle_timeout(now);
    }

    fn deadline(&self) -> Option<Time> {
        Hosted::deadline(self)
    }

    fn is_ready(&self) -> bool {
        Hosted::is_ready(self)
    }
}

impl Hosted {
    /// What the host is to do next.
    pub(in crate::host) fn poll(&mut self) -> Option<HostOutput> {
        if let Some(output) = self.outputs.pop_front() {
            if is_visit(&output) {
                self.visits = self.visits.saturating_sub(1);
            }
            return Some(output);
        }
        while let Some(room) = self.changed.pop_first() {
            if let Some(changed) = self.entry(room).ok().and_then(|entry| entry.changed.take()) {
                return Some(HostOutput::Event(HostEvent::Changed { room, changed }));
            }
        }
        None
    }

    pub(in crate::host) fn connect(&mut self, now: Time, conn: ConnId) {
        self.connections.insert(conn);
        self.server.handle_connected(now, conn);
    }

    pub(in crate::host) fn receive(&mut self, now: Time, conn: ConnId, frame: &[u8]) {
        self.fed.insert(conn);
        self.server.handle_frame(now, conn, frame);
    }

    /// A frame came, which nobody records.
    #[cfg(not(feature = "host"))]
    pub(in crate::host) fn hear(&mut self, now: Time, conn: ConnId, frame: &[u8]) {
        self.receive(now, conn, frame);
    }

    /// What is wrong with a frame that is not read, of somebody who was not greeted.
    #[cfg(feature = "host")]
    pub(in crate::host) fn stranger(&self, conn: ConnId, frame: &[u8]) -> Option<Error> {
        self.server.stranger(conn, frame)
    }

    /// As [`receive`](Self::receive) of such a frame.
    #[cfg(feature = "host")]
    pub(in crate::host) fn refuse(
        &mut self,
        now: Time,
        conn: ConnId,
        bytes: usize,
        codec: Codec,
        error: Error,
    ) {
        self.fed.insert(conn);
        self.server.refuse(now, conn, bytes, codec, error);
    }

    pub(in crate::host) fn disconnect(&mut self, now: Time, conn: ConnId) {
        self.forget_connection(conn);
        self.server.handle_disconnected(now, conn);
    }

    /// The connection can take another frame.
    pub(in crate::host) fn writable(&mut self, now: Time, conn: ConnId) {
        self.server.handle_writable(now, conn);
    }

    /// The host's answer who somebody is.
    pub(in crate::host) fn authorize(
        &mut self,
        now: Time,
        request: RequestId,
        answer: Result<Grant, Code>,
    ) {
        self.server.handle_authorized(now, request, answer);
    }

    pub(in crate::host) fn revoke(&mut self, now: Time, principal: &Principal) {
        self.server.revoke(now, principal);
    }

    pub(in crate::host) fn shutdown(&mut self, now: Time, retry_after: Duration) {
        self.server.shutdown(now, retry_after);
    }

    /// The records of a room up to this one are durable.
    pub(in crate::host) fn persisted(
        &mut self,
        room: RoomNo,
        record: RecordId,
    ) -> Result<(), Error> {
        self.change(room, |room| room.handle_persisted(record))
    }

    pub(in crate::host) fn expire(&mut self, room: RoomNo, version: Version) -> Result<(), Error> {
        self.change(room, |room| room.expire(version))
    }

    fn forget_connection(&mut self, conn: ConnId) {
        self.connections.remove(&conn);
        self.paused.remove(&conn);
    }

    /// Ends everything after `within`, and before that once all is told that was accepted.
    pub(in crate::host) fn wind_down(
        &mut self,
        now: Time,
        within: Duration,
        retry_after: Duration,
    ) {
        let (room, conn) = (RoomNo::default(), ConnId::default());
        let latest = now.after(within);
        self.leaving.get_or_insert(Leaving { latest, retry_after, room, conn });
        self.server.wind_down();
        // None of them is to be read any more.
        self.fed.extend(&self.connections);
    }

    /// Whether it is over, and was not before.
    fn leave_if_drained(&mut self, now: Time) -> bool {
        let Some(leaving) = &mut self.leaving else { return false };
        if now < leaving.latest {
            let is_busy =
                |&(_, entry): &(&RoomNo, &Entry)| entry.room().is_ok_and(|room| !room.is_quiet());
            let busy = self.rooms.range(leaving.room..).find(is_busy);
            let busy = busy.or_else(|| self.rooms.range(..leaving.room).find(is_busy));
            if let Some((room, _)) = busy {
                leaving.room = *room;
                return false;
            }
            if let Some(conn) = self.server.undrained(leaving.conn) {
                leaving.conn = conn;
                return false;
            }
        }
        let retry_after = leaving.retry_after;
        self.leaving = None;
        self.server.shutdown(now, retry_after);
        true
    }

    /// Tells the host which connections it is to read no more, and which again.
    fn tell_reading(&mut self) {
        while let Some(conn) = self.server.poll_resumed() {
            if self.paused.remove(&conn) {
                self.outputs.push_back(HostOutput::Resume { conn });
            }
        }
        for conn in core::mem::take(&mut self.fed) {
            let open = self.connections.contains(&conn);
            if open && !self.server.wants_input(conn) && self.paused.insert(conn) {
                self.outputs.push_back(HostOutput::Pause { conn });
            }
        }
    }

    /// Does what the server wants, or passes it on.
    fn take(&mut self, now: Time, output: ServerOutput) {
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                self.outputs.push_back(HostOutput::Transmit { conn, bytes });
            }
            ServerOutput::Close { conn, code } => {
                self.forget_connection(conn);
                self.outputs.push_back(HostOutput::Close { conn, code });
            }
            ServerOutput::Authorize { request, conn, token, schema, room } => {
                let question = HostOutput::Authorize { request, conn, token, schema, room };
                self.outputs.push_back(question);
            }
            ServerOutput::OpenRoom { request, room: seat, name } => {
                let found = self.find_or_open(&name).and_then(|room| {
                    self.seats.insert(seat, room);
                    let entry = self.entry(room)?;
                    entry.seat = Some(seat);
                    entry.request = entry.room().is_err().then_some(request);
                    Ok(entry.request.is_none())
                });
                match found {
                    Ok(true) => self.server.handle_room_opened(now, request, Ok(seat)),
                    Ok(false) => {}
                    Err(error) => self.server.handle_room_opened(now, request, Err(error.code)),
                }
            }
            ServerOutput::CloseRoom { room: seat } => self.leave_seat(seat),
            ServerOutput::ToRoom { room: seat, to } => {
                // A room that is gone is told nothing.
                if let Some(&room) = self.seats.get(&seat) {
                    let _ = self.change(room, |room| room.handle(now, to));
                }
            }
            ServerOutput::Event(event) => self.tell_visit(event),
        }
    }

    /// The server speaks of a room no more.
    fn leave_seat(&mut self, seat: RoomNo) {
        let Some(room) = self.seats.remove(&seat) else { return };
        let Some(entry) = self.rooms.get_mut(&room).filter(|entry| entry.seat == Some(seat)) else {
            return;
        };
        (entry.seat, entry.request) = (None, None);
        if let Ok(room) = entry.room_mut() {
            // Readers that the server has put out by itself.
            room.deny_all(Code::Unavailable);
        }
        self.touched.insert(room);
    }

    fn tell_visit(&mut self, event: ServerEvent) {
        if self.visits >= VISITS_MOST {
            self.visits_lost = self.visits_lost.saturating_add(1);
            return;
        }
        self.visits = self.visits.saturating_add(1);
        let number = |seat| self.seats.get(&seat).copied().unwrap_or_default();
        let event = match event {
            ServerEvent::Joined { conn, channel, room, principal } => {
                HostEvent::Joined { conn, channel, room: number(room), principal }
            }
            ServerEvent::Left { conn, channel, room, principal, code } => {
                HostEvent::Left { conn, channel, room: number(room), principal, code }
            }
        };
        self.outputs.push_back(HostOutput::Event(event));
    }

    /// Does what a room wants, and sees whether it is still needed.
    fn drain(&mut self, now: Time, number: RoomNo) {
        while let Some(entry) = self.rooms.get_mut(&number) {
            let seat = entry.seat;
            let Some(output) = entry.room_mut().ok().and_then(Room::poll_output) else { break };
            match output {
                RoomOutput::ToServer(from) => {
                    if let Some(seat) = seat {
                        self.server.handle_room(now, seat, from);
                    }
                }
                RoomOutput::Persist(persist) => self.persist(number, persist),
                RoomOutput::Written { write, version } => {
                    if let Some(write) = entry.written(write) {
                        let event = HostEvent::Written { room: number, write, version };
                        self.outputs.push_back(HostOutput::Event(event));
                    }
                }
                #[cfg(feature = "views")]
                RoomOutput::Render { view } => self.ask_to_render(number, view),
                #[cfg(feature = "views")]
                RoomOutput::Unwatched { view } => self.let_unwatched_go(number, &view),
                RoomOutput::Changed(changed) => {
                    entry.note_changed(changed);
                    self.changed.insert(number);
                }
            }
        }
        #[cfg(feature = "views")]
        self.tell_readers(number);
        self.set_alarm(number);
        self.close_if_done(number);
    }

    fn set_alarm(&mut self, number: RoomNo) {
        let Some(entry) = self.rooms.get_mut(&number) else { return };
        let next = entry.room().ok().and_then(Room::poll_timeout);
        let before = core::mem::replace(&mut entry.alarm, next);
        if before != next {
            before.map(|at| self.alarms.remove(&(at, number)));
            next.map(|at| self.alarms.insert((at, number)));
        }
    }
}

const fn is_visit(output: &HostOutput) -> bool {
    matches!(output, HostOutput::Event(HostEvent::Joined { .. } | HostEvent::Left { .. }))
}
