//! What goes wrong, and when.

use syncline_core::Principal;

use crate::broken::Checked;
use crate::chance::Lot;
use crate::ledger::Book;
use crate::net::Way;
use crate::party::Party;
use crate::plan::{Fault, Micros, SECOND};
use crate::random::Random;
use crate::world::{Event, World};

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
        Fault::Stalls => (2 * SECOND, 30 * SECOND),
        Fault::ServerDiskFull => (10 * SECOND, 60 * SECOND),
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
        Fault::Resolvers | Fault::Reopening | Fault::Timers | Fault::Crowd => return None,
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
            let mut lot = self.chance.draw(Lot::Strike, fault as u64);
            let wait = lot.wait(mean);
            self.at(wait, Event::Fault(fault, lot));
        }
    }

    /// Copies of all rooms' storage are made.
    pub fn make_copies(&mut self) -> Checked {
        for room in 0..self.plan.all_rooms() {
            let kept = self.hosting.disks[room].kept().clone();
            if self.hosting.copies[room].len() < 4 && self.audits[room].durable.epoch != 0 {
                let copy = self.audits[room].copy(&kept);
                self.hosting.copies[room].push(copy);
            }
        }
        let wait = self.chance.draw(Lot::Copies, 0).wait(10 * SECOND);
        self.at(wait, Event::Copies);
        Ok(())
    }

    /// A fault comes, and the next one of its kind is awaited.
    pub fn strike(&mut self, fault: Fault, mut lot: Random) -> Checked {
        if self.calm {
            return Ok(());
        }
        self.schedule(fault);
        self.report.strikes.push((fault, self.now, lot.clone().draw()));
        let lot = &mut lot;
        let index = lot.index(self.plan.clients);
        match fault {
            Fault::Resets
            | Fault::HalfOpen
            | Fault::Stalls
            | Fault::SlowReader
            | Fault::LongOffline => self.strike_link(fault, index, lot),
            Fault::ClientDiskFails | Fault::StorageLost | Fault::StorageRolledBack => {
                self.strike_storage(fault, index, lot)?;
            }
            Fault::ServerDiskFull => {
                self.tell(|| "the server's disk is full".to_owned());
                self.hosting.full_until = self.now + lot.scale(SECOND / 4, 6 * SECOND);
            }
            Fault::ServerCrash => self.crash_server(),
            Fault::Shutdown => self.shut_down(lot)?,
            Fault::Backup | Fault::BackupUnnoticed => {
                self.restore_copy(fault == Fault::Backup, lot);
            }
            Fault::Expiry => self.expire()?,
            Fault::ClientCrash => self.crash_client(index)?,
            Fault::Twins => self.double(index),
            Fault::ClockJump => {
                let by = if lot.permille(500) { 86_400_000_000 } else { -60_000_000 };
                self.parties[index].clock.jump(by);
                if lot.permille(300) {
                    self.hosting.clock.jump(by);
                }
                self.with_client(index, syncline_core::client::Client::handle_timeout)?;
            }
            Fault::Revoke => self.revoke(index, lot)?,
            Fault::Replay => self.replay(lot)?,
            Fault::Adversary => self.attack(lot)?,
            Fault::HostWrites => self.host_write(lot)?,
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
            Fault::Resolvers | Fault::Reopening | Fault::Timers | Fault::Crowd => {}
        }
        Ok(())
    }

    /// Something goes wrong between a client and the server.
    fn strike_link(&mut self, fault: Fault, index: usize, lot: &mut Random) {
        match fault {
            Fault::Resets => {
                if let Some(conn) = self.some_conn(lot) {
                    self.reset(conn);
                }
            }
            Fault::HalfOpen => {
                if let Some(conn) = self.some_conn(lot) {
                    let up = lot.permille(500);
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
            Fault::Stalls => {
                if let Some(conn) = self.some_conn(lot) {
                    self.stall(conn, lot);
                }
            }
            Fault::SlowReader => {
                self.tell(|| format!("client {index} does not read for a while"));
                self.parties[index].reads = false;
                let wait = lot.scale(SECOND, 50 * SECOND);
                self.at(wait, Event::Reads(index));
            }
            Fault::LongOffline => {
                self.parties[index].online = false;
                if let Some(conn) = self.parties[index].conn {
                    self.reset(conn);
                }
                let wait = lot.scale(SECOND, 40 * SECOND);
                self.at(wait, Event::Granted(index));
            }
            _ => {}
        }
    }

    /// Something goes wrong with what a client has stored.
    fn strike_storage(&mut self, fault: Fault, index: usize, lot: &mut Random) -> Checked {
        match fault {
            Fault::ClientDiskFails => {
                self.tell(|| format!("the disk of client {index} fails"));
                self.parties[index].failed = true;
                self.with_client(index, |client, _| client.handle_persist_failed())?;
                // It may live on for a while.
                let lives = if lot.permille(500) { lot.scale(SECOND / 10, 8 * SECOND) } else { 0 };
                self.at(lives, Event::Dies(index, self.parties[index].life));
            }
            Fault::StorageLost => self.roll_back(index, true)?,
            Fault::StorageRolledBack if lot.permille(600) => {
                // To what it is when it sends next: what becomes of that is what it forgets.
                self.parties[index].armed = Some(lot.scale(SECOND, 6 * SECOND));
            }
            Fault::StorageRolledBack => self.roll_back(index, false)?,
            _ => {}
        }
        Ok(())
    }

    fn some_conn(&self, lot: &mut Random) -> Option<u64> {
        let conns: Vec<u64> = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.party.is_some())
            .map(|(conn, _)| *conn)
            .collect();
        (!conns.is_empty()).then(|| conns[lot.index(conns.len())])
    }

    /// Nothing moves in one direction for a while.
    fn stall(&mut self, conn: u64, lot: &mut Random) {
        let way = if lot.permille(500) { Way::Up } else { Way::Down };
        let wait = lot.scale(SECOND / 10, 12 * SECOND);
        let until = self.now + wait;
        let Some(known) = self.conns.get_mut(&conn) else { return };
        let lane = if way == Way::Up { &mut known.up } else { &mut known.down };
        let held = lane.stall(until);
        self.tell(|| format!("nothing moves {way:?} on connection {conn} for a while"));
        for _ in 0..held {
            self.at(wait, Event::Arrive(conn, way));
        }
    }

    /// A copy is in the place of a room's storage.
    fn restore_copy(&mut self, renews: bool, lot: &mut Random) {
        let room = lot.index(self.plan.all_rooms());
        let copies = &self.hosting.copies[room];
        if copies.is_empty() {
            return;
        }
        let copy = copies[lot.index(copies.len())].clone();
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
                let ghost = self.ledger.get_mut(edit.ghost);
                (ghost.doubtful, ghost.lawless) = (true, true);
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

    fn revoke(&mut self, principal: usize, lot: &mut Random) -> Checked {
        if !self.revoked.insert(principal) {
            return Ok(());
        }
        self.tell(|| format!("grants of p{principal} are taken back"));
        let name = Principal::new(format!("p{principal}")).expect("a name");
        let wait = lot.scale(SECOND, 20 * SECOND);
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
    fn replay(&mut self, lot: &mut Random) -> Checked {
        if self.seen.is_empty() {
            return Ok(());
        }
        let at = lot.index(self.seen.len());
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
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::Plan;
    use crate::world::{Report, Watching};

    /// When each fault strikes, and what it draws.
    fn strikes(plan: &Plan) -> BTreeMap<Fault, Vec<(Micros, u64)>> {
        let run = World::new(plan.clone(), Watching::No, None).run();
        let Report { strikes, .. } = run.map_err(|failed| failed.0).expect("a seed that passes");
        let mut by_fault: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (fault, at, drawn) in strikes {
            by_fault.entry(fault).or_default().push((at, drawn));
        }
        by_fault
    }

    #[test]
    fn leaving_one_fault_out_leaves_what_the_others_draw() {
        for seed in [1, 2] {
            let faults = Fault::ALL.iter().filter(|fault| !fault.is_beyond()).copied().collect();
            let plan = Plan { span: 20 * SECOND, faults, ..Plan::of(seed) };
            let mut all = strikes(&plan);
            assert!(all.len() > 8, "seed {seed} has {:?}", all.keys());
            for fault in &plan.faults {
                let left_out = all.remove(fault);
                assert_eq!(strikes(&plan.without(*fault)), all, "seed {seed} without {fault:?}");
                all.extend(left_out.map(|strikes| (*fault, strikes)));
            }
        }
    }
}
