//! What goes wrong, and when.

use syncline_core::Principal;
use syncline_core::frame::encode;
use syncline_core::message::{Auth, Hello, Join, Message, Ping, Push};
use syncline_core::{
    Action, Channel, ClientId, Codec, Epoch, Key, Op, Seen, Seq, Session, Value, Version,
};

use crate::broken::Checked;
use crate::ledger::Book;
use crate::net::Way;
use crate::party::{Party, room_name};
use crate::plan::{Fault, Micros, SECOND};
use crate::world::{Event, World, conn_id};

/// Between two of these, at the least and at the most.
const fn pace(fault: Fault) -> Option<(Micros, Micros)> {
    Some(match fault {
        Fault::Resets => (SECOND / 2, 30 * SECOND),
        Fault::HalfOpen | Fault::SlowReader | Fault::ClockJump => (4 * SECOND, 60 * SECOND),
        Fault::ServerCrash | Fault::ClientCrash => (2 * SECOND, 60 * SECOND),
        Fault::Shutdown | Fault::Backup | Fault::BackupUnnoticed => (10 * SECOND, 60 * SECOND),
        Fault::Expiry | Fault::Revoke => (4 * SECOND, 40 * SECOND),
        Fault::StorageLost | Fault::StorageRolledBack | Fault::Twins | Fault::ClientDiskFails => {
            (10 * SECOND, 60 * SECOND)
        }
        Fault::Replay | Fault::Adversary => (SECOND / 20, 2 * SECOND),
        Fault::LongOffline => (5 * SECOND, 60 * SECOND),
        Fault::HostWrites => (SECOND / 5, 5 * SECOND),
        Fault::Latency
        | Fault::MidStep
        | Fault::SlowDisk
        | Fault::ServerDiskFails
        | Fault::ClockDrift => return None,
        Fault::Corruption
        | Fault::SmallLimits
        | Fault::HugeValues
        | Fault::Presence
        | Fault::HotKey => return None,
        Fault::Resolvers | Fault::Reopening => return None,
    })
}

impl World {
    /// The first of each.
    pub fn schedule_faults(&mut self) {
        for fault in Fault::ALL {
            self.schedule(*fault);
        }
        if self.plan.has(Fault::Backup) || self.plan.has(Fault::BackupUnnoticed) {
            self.at(3 * SECOND, Event::Copies);
        }
    }

    fn schedule(&mut self, fault: Fault) {
        let Some((least, most)) = pace(fault) else { return };
        if let Some(mean) = self.plan.mean(fault, least, most) {
            let wait = self.random.wait(mean);
            self.at(wait, Event::Fault(fault));
        }
    }

    /// Copies of all rooms' storage are made.
    pub fn make_copies(&mut self) -> Checked {
        for room in 0..self.plan.rooms {
            let kept = self.hosting.disks[room].kept().clone();
            if self.hosting.copies[room].len() < 4 && self.audits[room].durable.epoch != 0 {
                let copy = self.audits[room].copy(&kept);
                self.hosting.copies[room].push(copy);
            }
        }
        let wait = self.random.wait(10 * SECOND);
        self.at(wait, Event::Copies);
        Ok(())
    }

    /// A fault comes, and the next one of its kind is awaited.
    pub fn strike(&mut self, fault: Fault) -> Checked {
        if self.calm {
            return Ok(());
        }
        self.schedule(fault);
        let index = self.random.index(self.plan.clients);
        match fault {
            Fault::Resets => {
                if let Some(conn) = self.some_conn() {
                    self.reset(conn);
                }
            }
            Fault::HalfOpen => {
                if let Some(conn) = self.some_conn() {
                    let up = self.random.permille(500);
                    self.tell(|| {
                        format!(
                            "connection {conn} is dead {}",
                            if up { "upwards" } else { "downwards" }
                        )
                    });
                    if let Some(known) = self.conns.get_mut(&conn) {
                        let lane = if up { &mut known.up } else { &mut known.down };
                        lane.dead = true;
                        lane.frames.clear();
                    }
                }
            }
            Fault::SlowReader => {
                self.tell(|| format!("client {index} does not read for a while"));
                self.parties[index].reads = false;
                let wait = self.random.scale(SECOND, 50 * SECOND);
                self.at(wait, Event::Reads(index));
            }
            Fault::ServerCrash => self.crash_server(),
            Fault::Shutdown => self.shut_down()?,
            Fault::Backup | Fault::BackupUnnoticed => self.restore_copy(fault == Fault::Backup),
            Fault::Expiry => self.expire()?,
            Fault::ClientCrash => self.crash_client(index)?,
            Fault::ClientDiskFails => {
                self.tell(|| format!("the disk of client {index} fails"));
                self.with_client(index, |client, _| client.handle_persist_failed())?;
                self.crash_client(index)?;
            }
            Fault::StorageLost => self.roll_back(index, true)?,
            Fault::StorageRolledBack => self.roll_back(index, false)?,
            Fault::Twins => self.double(index),
            Fault::ClockJump => {
                let by = if self.random.permille(500) { 86_400_000_000 } else { -60_000_000 };
                self.parties[index].clock.jump(by);
                if self.random.permille(300) {
                    self.hosting.clock.jump(by);
                }
                self.with_client(index, syncline_core::client::Client::handle_timeout)?;
            }
            Fault::Revoke => self.revoke(index)?,
            Fault::Replay => self.replay()?,
            Fault::Adversary => self.attack()?,
            Fault::LongOffline => {
                self.parties[index].online = false;
                if let Some(conn) = self.parties[index].conn {
                    self.reset(conn);
                }
                let wait = self.random.scale(SECOND, 40 * SECOND);
                self.at(wait, Event::Granted(index));
            }
            Fault::HostWrites => self.host_write()?,
            Fault::Latency
            | Fault::MidStep
            | Fault::SlowDisk
            | Fault::ServerDiskFails
            | Fault::ClockDrift => {}
            Fault::Corruption
            | Fault::SmallLimits
            | Fault::HugeValues
            | Fault::Presence
            | Fault::HotKey => {}
            Fault::Resolvers | Fault::Reopening => {}
        }
        Ok(())
    }

    fn some_conn(&mut self) -> Option<u64> {
        let conns: Vec<u64> = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.party.is_some())
            .map(|(conn, _)| *conn)
            .collect();
        (!conns.is_empty()).then(|| conns[self.random.index(conns.len())])
    }

    /// A copy is in the place of a room's storage.
    fn restore_copy(&mut self, renews: bool) {
        let room = self.random.index(self.plan.rooms);
        let copies = &self.hosting.copies[room];
        if copies.is_empty() {
            return;
        }
        let copy = copies[self.random.index(copies.len())].clone();
        self.crash_server();
        self.tell(|| {
            format!(
                "room {room} is that of order {} again; its epoch is renewed: {renews}",
                copy.kept.stamp
            )
        });
        self.audits[room].go_back(&copy);
        self.hosting.disks[room].replace(copy.kept);
        self.hosting.renew[room] = renews.then_some(self.audits[room].durable.epoch);
        self.went_back = true;
    }

    /// A second process starts on what a client's storage holds.
    fn double(&mut self, index: usize) {
        if self.parties.len() > self.plan.clients || self.parties[index].client.is_none() {
            return;
        }
        let number = self.parties.len();
        let mut twin = Party::new(&self.plan, number, self.parties[index].principal);
        let first = &mut self.parties[index];
        let kept = first.disk.kept().clone();
        twin.books.clone_from(&first.books);
        for book in &mut twin.books {
            let _ = book.cut(kept.stamp);
        }
        twin.disk = crate::disk::Disk::of(kept);
        (twin.twin, first.twin) = (true, true);
        for book in &first.books {
            for edit in book.drafts.values().flat_map(|draft| &draft.edits) {
                self.ledger.get_mut(edit.ghost).doubtful = true;
            }
        }
        self.parties.push(twin);
        self.tell(|| format!("client {number} starts on the storage of client {index}"));
        self.at(0, Event::ClientStart(number));
    }

    /// The second process ends for good.
    pub fn stop_twin(&mut self, index: usize) -> Checked {
        let party = &mut self.parties[index];
        party.client = None;
        party.life += 1;
        let books: Vec<Book> = party.books.drain(..).collect();
        for edit in
            books.iter().flat_map(|book| book.drafts.values().flat_map(|draft| &draft.edits))
        {
            let ghost = self.ledger.get_mut(edit.ghost);
            (ghost.gone, ghost.doubtful) = (true, true);
        }
        self.parties[index].books = vec![Book::default(); self.plan.rooms];
        match self.parties[index].conn.take() {
            Some(conn) => self.over(conn, Way::Up),
            None => Ok(()),
        }
    }

    fn revoke(&mut self, principal: usize) -> Checked {
        if !self.revoked.insert(principal) {
            return Ok(());
        }
        self.tell(|| format!("grants of p{principal} are taken back"));
        let name = Principal::new(format!("p{principal}")).expect("a name");
        let wait = self.random.scale(SECOND, 20 * SECOND);
        self.at(wait, Event::Granted(principal));
        let now = self.server_now();
        self.with_server(|server| server.revoke(now, &name))
    }

    /// A principal is granted everything again, and may connect.
    pub fn grant(&mut self, principal: usize) -> Checked {
        self.revoked.remove(&principal);
        for index in 0..self.parties.len() {
            if self.parties[index].principal == principal {
                self.parties[index].online = true;
                self.renew_token(index)?;
            }
        }
        Ok(())
    }

    /// An old frame arrives again, at its receiver or at another connection of the server's.
    fn replay(&mut self) -> Checked {
        if self.seen.is_empty() {
            return Ok(());
        }
        let at = self.random.index(self.seen.len());
        let (from, way, bytes) = self.seen[at].clone();
        // On any connection of the same process: others are told of by the adversary.
        let Some(party) = self
            .conns
            .get(&from)
            .and_then(|conn| conn.party)
            .or_else(|| self.owners.get(&from).copied())
        else {
            return Ok(());
        };
        let Some(to) = self.parties[party].conn.filter(|_| self.parties[party].first_conn <= from)
        else {
            return Ok(());
        };
        let Some(known) = self.conns.get_mut(&to) else { return Ok(()) };
        if way == Way::Up && known.served {
            known.inbox.push_back(bytes);
            self.tell(|| format!("a frame of connection {from} arrives again on {to}"));
            return self.feed();
        }
        if way == Way::Down {
            self.tell(|| format!("a frame of connection {from} arrives again at client {party}"));
            return self.receive(party, &bytes);
        }
        Ok(())
    }

    /// Somebody without any right says anything.
    fn attack(&mut self) -> Checked {
        let mine = self.conns.iter().find(|(_, conn)| conn.party.is_none()).map(|(conn, _)| *conn);
        let conn = match mine {
            Some(conn) if self.evil.permille(950) => conn,
            _ => {
                let conn = self.make_conn(None);
                let now = self.server_now();
                self.with_server(|server| server.handle_connected(now, conn_id(conn)))?;
                conn
            }
        };
        let mut bytes = self.draw_frame();
        match self.evil.below(6) {
            0 => bytes.truncate(self.evil.index(bytes.len() + 1)),
            1 if !bytes.is_empty() => {
                let at = self.evil.index(bytes.len());
                bytes[at] ^= 1 << self.evil.below(8);
            }
            2 => bytes.extend_from_within(..),
            _ => {}
        }
        let times = if self.evil.permille(20) { 60 } else { 1 };
        for _ in 0..times {
            let now = self.server_now();
            // It does not wait until it is read.
            self.with_server(|server| server.handle_frame(now, conn_id(conn), &bytes))?;
        }
        Ok(())
    }

    fn draw_frame(&mut self) -> Vec<u8> {
        let codec = if self.evil.permille(300) { Codec::Json } else { Codec::Binary };
        let channel = Channel::new(u32::try_from(1 + self.evil.below(3)).unwrap_or(1));
        // It may have overheard a name.
        let names: Vec<u128> = self.joins.values().map(|known| known.client).collect();
        let client = if names.is_empty() { 7 } else { names[self.evil.index(names.len())] };
        let room = room_name(self.evil.index(self.plan.rooms));
        let token = "evil".to_owned();
        let message = match self.evil.below(8) {
            0 | 1 => Message::Hello(Hello {
                oldest: 1,
                newest: 1,
                codecs: vec![codec],
                token,
                schema: String::new(),
            }),
            2 | 3 => Message::Join(Join {
                channel,
                room,
                client: ClientId::new(client),
                writes: true,
                session: self.evil.permille(500).then(|| Session::new(self.evil.below(4))),
                epoch: self.evil.permille(500).then(|| Epoch::new(self.audits[0].durable.epoch)),
                version: Version::new(self.evil.below(9)),
                heard: Seq::new(self.evil.below(4)),
            }),
            4 | 5 => {
                let value =
                    Value::from_json(b"\"evil\"", &syncline_core::Limits::HARD).expect("a value");
                let op = Op {
                    key: Key::new("last/0").expect("a key"),
                    action: Action::Set(value),
                    seen: Seen::Absent,
                };
                let first = Seq::new(self.evil.below(9));
                Message::Push(Push {
                    channel,
                    session: Session::new(self.evil.below(9)),
                    first,
                    heard: Seq::ZERO,
                    mutations: vec![vec![op]],
                })
            }
            6 => Message::Auth(Auth { token }),
            _ => Message::Ping(Ping { count: 1 }),
        };
        encode(&message, codec)
    }
}
