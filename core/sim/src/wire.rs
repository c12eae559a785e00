//! What is on the wire, and whether it may be there.

use syncline_core::Limits;
use syncline_core::frame::{Decoded, codec_of, decode};
use syncline_core::message::Message;

use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::forms::{changes_nothing, in_words, spoken};
use crate::net::{Conn, Way};
use crate::party::room_name;
use crate::plan::{Fault, SECOND};
use crate::world::{Event, Joining, World, conn_id};

/// Old frames that are kept to be sent again.
const KEPT: usize = 200;

impl World {
    /// A new connection.
    pub fn make_conn(&mut self, party: Option<usize>) -> u64 {
        self.conns_made += 1;
        let conn = Conn { party, served: true, used: party.is_some(), ..Conn::default() };
        self.owners.extend(party.map(|party| (self.conns_made, party)));
        self.conns.insert(self.conns_made, conn);
        self.conns_made
    }

    /// What this direction of a connection draws by: its client's, of whatever connection.
    pub(crate) fn lane(&self, conn: u64, way: Way) -> u64 {
        let party = self.owners.get(&conn).map_or(0, |party| *party as u64 + 1);
        2 * party + u64::from(way == Way::Down)
    }

    /// Puts a frame on its way.
    pub fn carry(&mut self, conn: u64, way: Way, bytes: Vec<u8>) {
        let lane = self.lane(conn, way);
        if self.plan.has(Fault::Replay) && self.chance.draw(Lot::Keep, lane).permille(300) {
            if self.seen.len() == KEPT {
                self.seen.pop_front();
            }
            self.seen.push_back((conn, way, bytes.clone()));
        }
        let at = self.now + self.delay(Lot::Way, lane, self.latency);
        let mut bytes = bytes;
        let loses = self.plan.has(Fault::Replay) && !self.calm;
        if loses && self.chance.draw(Lot::Loss, lane).permille(20) {
            // The rules hold under more than a connection does: this one leaves, and never arrives.
            self.tell(|| format!("a frame on connection {conn} is lost"));
            bytes.clear();
        }
        let Some(known) = self.conns.get_mut(&conn) else { return };
        let lane = if way == Way::Up { &mut known.up } else { &mut known.down };
        if let Some(at) = lane.push(at, bytes) {
            self.at(at - self.now, Event::Arrive(conn, way));
        }
    }

    /// A frame arrives.
    pub fn arrive(&mut self, conn: u64, way: Way) -> Checked {
        let now = self.now;
        let Some(known) = self.conns.get_mut(&conn) else { return Ok(()) };
        if way == Way::Up {
            let frame = known.up.frames.pop_front_if(|(at, _)| *at <= now);
            if let Some((_, bytes)) = frame.filter(|(_, bytes)| known.served && !bytes.is_empty()) {
                known.inbox.push_back(bytes);
            }
            return self.feed();
        }
        let reads = known.party.is_none_or(|party| self.parties[party].reads);
        if !reads {
            return Ok(());
        }
        let Some((_, bytes)) = known.down.frames.pop_front_if(|(at, _)| *at <= now) else {
            return Ok(());
        };
        let (party, used, empty) = (known.party, known.used, known.down.frames.is_empty());
        if let Some(party) = party
            .filter(|party| used && !bytes.is_empty() && self.parties[*party].conn == Some(conn))
        {
            self.receive(party, &bytes)?;
        }
        let Some(known) = self.conns.get_mut(&conn) else { return Ok(()) };
        if empty && known.served && known.down.frames.is_empty() {
            known.states = 0;
            let now = self.server_now();
            self.with_server(|server| server.handle_writable(now, conn_id(conn)))?;
        }
        Ok(())
    }

    /// A client takes a frame.
    pub fn receive(&mut self, index: usize, bytes: &[u8]) -> Checked {
        let (work, ends) = self.rebase_work(index);
        let empty = changes_nothing(bytes);
        self.note_joined(index, bytes);
        self.tell(|| format!("client {index} takes {}", in_words(bytes)));
        self.with_client(index, |client, now| client.handle_frame(now, bytes))?;
        let (after, later) = self.rebase_work(index);
        let nothing = !empty || ends != later || after <= work;
        hold!(
            nothing,
            "I16",
            "client {index} made {} contents anew for a delta of nothing",
            after - work
        );
        Ok(())
    }

    /// What was made anew so far, and how many mutations were made and ended.
    fn rebase_work(&self, index: usize) -> (u64, u64) {
        let party = &self.parties[index];
        let Some(client) = &party.client else { return (0, 0) };
        let counts = client.metrics();
        let ends = counts.total + counts.applied + counts.refused + counts.unknown;
        (party.rooms.iter().flatten().map(|room| client.rebase_work(*room)).sum(), ends)
    }

    /// The server takes the frames that it wants.
    pub fn feed(&mut self) -> Checked {
        let now = self.server_now();
        let Some(server) = &self.hosting.server else { return Ok(()) };
        let wanted = |(conn, known): (&u64, &Conn)| {
            let ready =
                !known.inbox.is_empty() && known.served && server.wants_input(conn_id(*conn));
            ready.then_some(*conn)
        };
        let Some(conn) = self.conns.iter().find_map(wanted) else { return Ok(()) };
        let Some(bytes) = self.conns.get_mut(&conn).and_then(|known| known.inbox.pop_front())
        else {
            return Ok(());
        };
        if let Some(known) = self.conns.get_mut(&conn) {
            match spoken(&bytes) {
                Some(Message::Push(push)) => {
                    known.asked |= known.joined.contains(&push.channel.get());
                }
                Some(Message::Leave(leave)) => {
                    known.asked = false;
                    known.joined.remove(&leave.channel.get());
                }
                _ => {}
            }
        }
        self.tell(|| format!("connection {conn} brings {}", in_words(&bytes)));
        self.with_server(|server| server.handle_frame(now, conn_id(conn), &bytes))?;
        self.check_answered(conn)
    }

    /// Every push is answered, so that a gap heals in one round trip: at once, where nothing waits for a disk.
    fn check_answered(&self, conn: u64) -> Checked {
        let Some(known) =
            self.conns.get(&conn).filter(|known| known.asked && known.served && known.states == 0)
        else {
            return Ok(());
        };
        let read =
            self.hosting.server.as_ref().is_some_and(|server| server.wants_input(conn_id(conn)));
        let waits =
            self.hosting.disks.iter().any(crate::disk::Disk::is_busy) || !known.inbox.is_empty();
        hold!(waits || !read, "I22", "a push on connection {conn} is not answered");
        Ok(())
    }

    /// One side is done with a connection; the other one learns it after what was sent, if it can.
    pub fn leave(&mut self, conn: u64, side: Way) {
        let wait = self.delay(Lot::Way, self.lane(conn, side), self.latency);
        let Some(known) = self.conns.get_mut(&conn) else { return };
        let lane = match side {
            Way::Down => {
                known.used = false;
                &known.up
            }
            Way::Up => {
                known.served = false;
                known.inbox.clear();
                &known.down
            }
        };
        let latest = lane.frames.back().map_or(0, |(at, _)| *at);
        if !lane.dead {
            let wait = latest.saturating_sub(self.now).max(wait) + 1;
            let other = if side == Way::Down { Way::Up } else { Way::Down };
            self.at(wait, Event::Over(conn, other));
        }
        self.tidy(conn);
    }

    /// One side learns that a connection is over.
    pub fn over(&mut self, conn: u64, side: Way) -> Checked {
        let Some(known) = self.conns.get_mut(&conn) else { return Ok(()) };
        let (served, party) = (known.served, known.party);
        if side == Way::Up {
            known.served = false;
            self.tidy(conn);
            if !served {
                return Ok(());
            }
            let now = self.server_now();
            return self.with_server(|server| server.handle_disconnected(now, conn_id(conn)));
        }
        known.used = false;
        self.tidy(conn);
        let Some(party) = party.filter(|party| self.parties[*party].conn == Some(conn)) else {
            return Ok(());
        };
        self.parties[party].conn = None;
        self.with_client(party, syncline_core::client::Client::handle_disconnected)
    }

    /// Forgets a connection that is over for both sides.
    fn tidy(&mut self, conn: u64) {
        if self.conns.get(&conn).is_some_and(|known| !known.served && !known.used) {
            self.conns.remove(&conn);
        }
    }

    /// A connection ends for both sides, with what is on it.
    pub fn reset(&mut self, conn: u64) {
        let Some(known) = self.conns.get_mut(&conn) else { return };
        for lane in [&mut known.up, &mut known.down] {
            lane.frames.clear();
            lane.dead = true;
        }
        self.tell(|| format!("connection {conn} breaks"));
        for side in [Way::Up, Way::Down] {
            let mut wait = self.delay(Lot::Way, self.lane(conn, side), self.latency);
            let mut late = self.chance.draw(Lot::Late, self.lane(conn, side));
            if side == Way::Up && !self.calm && late.permille(500) {
                // A server often learns late what its client knows at once.
                wait += late.scale(SECOND / 10, 10 * SECOND);
            }
            self.at(wait, Event::Over(conn, side));
        }
    }

    /// A client speaks of names: they mean one thing each.
    pub fn note_push(&mut self, index: usize, message: Message) -> Checked {
        let Some(conn) = self.parties[index].conn else { return Ok(()) };
        match message {
            Message::Join(join) => {
                let room =
                    (0..self.plan.rooms).find(|room| room_name(*room) == join.room).unwrap_or(0);
                self.parties[index].names[room] = join.client.get();
                // A copy of its storage from before its name was durable has it take another one.
                for edit in self.parties[index].books[room].pending() {
                    let ghost = self.ledger.get_mut(edit.ghost);
                    let named = ghost.hangs_on.filter(|name| *name != 0);
                    ghost.lawless |= named.is_some_and(|name| name != join.client.get());
                }
                let joining = Joining { room, client: join.client.get(), lost: false };
                self.joins.insert((conn, join.channel.get()), joining);
            }
            Message::Push(push) => {
                if let Some(wait) = self.parties[index].armed.take() {
                    self.parties[index].keep_older();
                    // Its user waits: what it does meanwhile under newer names tells that it was put back.
                    self.parties[index].rests = self.now + wait;
                    self.at(wait / 2, Event::Breaks(index));
                    self.at(wait, Event::RolledBack(index));
                }
                let joining = self.joins.get(&(conn, push.channel.get())).copied();
                if let Some(Joining { room, client, lost }) = joining {
                    let party = &self.parties[index];
                    let last = push.first.get() + push.mutations.len() as u64 - 1;
                    let durable = party.rooms[room]
                        .is_some_and(|number| party.given.is_durable(number, client, last));
                    hold!(durable, "I12", "client {index} sends {last}, whose name is not durable");
                    hold!(
                        !lost,
                        "I13",
                        "client {index} pushes on, and the server's decisions are not of its names"
                    );
                    let honest = !party.twin && !self.plan.has(Fault::StorageRolledBack);
                    self.audits[room].push(client, push.first.get(), &push.mutations, honest)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A server answers a join: does it know the names that this client gave?
    fn note_joined(&mut self, index: usize, bytes: &[u8]) {
        let party = &self.parties[index];
        let Some(conn) = party.conn else { return };
        let joined = bytes.first() == Some(&7) || bytes.starts_with(br#"{"type":"joined""#);
        if !joined {
            return;
        }
        if let Ok(Decoded::Message(Message::Joined(joined))) =
            decode(bytes, codec_of(bytes), &Limits::HARD)
            && let Some(known) = self.joins.get_mut(&(conn, joined.channel.get()))
            && let Some(number) = party.rooms[known.room]
        {
            known.lost |= party.given.contradicts(number, known.client, joined.last.get());
        }
    }

    /// The server tells a connection something: may it, and is there room for it?
    pub fn check_told(&mut self, conn: u64, message: &Message, bytes: &[u8]) -> Checked {
        let Some(known) = self.conns.get_mut(&conn) else { return Ok(()) };
        match message {
            Message::Delta(_) => known.asked = false,
            Message::Joined(joined) => {
                known.joined.insert(joined.channel.get());
                let room = self.joins.get(&(conn, joined.channel.get())).map(|known| known.room);
                if let Some(room) = room {
                    self.audits[room].greet(joined.epoch.get(), joined.session.is_some())?;
                }
            }
            Message::Denied(denied) => {
                known.asked = false;
                known.joined.remove(&denied.channel.get());
            }
            _ => {}
        }
        if matches!(message, Message::Delta(_) | Message::Presence(_)) {
            known.states += 1;
            hold!(
                known.states == 1,
                "I15",
                "connection {conn} is given frame {} before the last has left",
                known.states
            );
        }
        let party = known.party;
        if party.is_none() {
            self.adversary.hear(conn, message);
        }
        for mark in bytes.windows(3).filter(|mark| mark[0] == b'@' && mark[2] == b':') {
            let room = usize::from(mark[1].wrapping_sub(b'0'));
            if room >= self.plan.rooms {
                continue;
            }
            let principal = party.map(|party| self.parties[party].principal);
            let granted = |principal: usize| {
                !self.revoked.contains(&principal) && self.may_enter(principal, room)
            };
            hold!(
                principal.is_some_and(granted),
                "I19",
                "connection {conn} of {principal:?} is told of room {room}"
            );
        }
        Ok(())
    }
}
