//! What a client wants and tells its user: how that is carried out, and whether it may be.

use std::collections::BTreeMap;

use syncline_core::client::{Client, ClientEvent, ClientOutput, Verdict};
use syncline_core::{Code, DraftId, RoomNo};

use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::disk::UNWRITTEN;
use crate::ledger::{Draft, Told};
use crate::net::Way;
use crate::plan::Fault;
use crate::world::{Event, Watching, World};

impl World {
    /// Carries out all that a client wants.
    pub fn drain_client(&mut self, index: usize) -> Checked {
        while let Some(output) = self.parties[index].client.as_mut().and_then(Client::poll_output) {
            match output {
                ClientOutput::Persist(persist) => {
                    self.digest(index as u64, &persist.bytes);
                    let party = &mut self.parties[index];
                    let lazy = !persist.sync;
                    let written = party.given.write(&persist, party.disk.latest() + 1);
                    hold!(written.is_ok(), "I18", "client {index} writes no records: {written:?}");
                    let stamp = party.disk.push(persist);
                    for book in &mut party.books {
                        book.written(stamp);
                    }
                    let life = party.life;
                    let mean = party.disk_mean;
                    let wait = self.chance.draw(Lot::ClientDisk, index as u64).wait(mean);
                    let wait = wait + if lazy { 50_000 } else { 0 };
                    let wait = if self.calm { 500 } else { wait };
                    self.at(wait, Event::ClientDisk(index, life, stamp));
                }
                ClientOutput::Connect => {
                    let party = &self.parties[index];
                    let life = party.life;
                    let wait = self.delay(Lot::Way, 2 * (index as u64 + 1), self.latency * 2);
                    self.at(wait, Event::Open(index, life));
                }
                ClientOutput::Transmit(bytes) => {
                    self.digest(100 + index as u64, &bytes);
                    if let Some(conn) = self.parties[index].conn {
                        if let Some(message) = self.check_frame(&bytes)? {
                            self.note_push(index, message)?;
                        }
                        self.carry(conn, Way::Up, bytes);
                    }
                }
                ClientOutput::Disconnect => {
                    if let Some(conn) = self.parties[index].conn.take() {
                        self.leave(conn, Way::Down);
                    }
                }
                ClientOutput::Event(event) => self.hear(index, event)?,
                ClientOutput::Propose { .. } => hold!(false, "I21", "client {index} is no standby"),
            }
            if self.mid_step(index) {
                self.lose_outputs(index);
                return self.crash_client(index);
            }
        }
        self.look_at_client(index)?;
        let now = self.now;
        let party = &mut self.parties[index];
        party.timer += 1;
        let timer = party.timer;
        if let Some(due) = party.client.as_ref().and_then(Client::poll_timeout) {
            let wait = party.clock.when(due, now) - now;
            let wait = self.alarm(Lot::ClientTimer, index as u64, wait);
            self.at(wait, Event::ClientTime(index, timer));
        }
        Ok(())
    }

    /// Whether a process ends here, between two outputs.
    fn mid_step(&mut self, index: usize) -> bool {
        let may = !self.calm && self.plan.has(Fault::MidStep);
        may && self.chance.draw(Lot::ClientStep, index as u64).below(2_000) == 0
    }

    /// A process ends before it has done what it was about to do: what is recorded already may hold verdicts that nobody
    /// hears.
    fn lose_outputs(&mut self, index: usize) {
        let party = &mut self.parties[index];
        let mut stamp = party.disk.latest();
        while let Some(output) = party.client.as_mut().and_then(Client::poll_output) {
            let ClientOutput::Event(event) = output else {
                if matches!(output, ClientOutput::Persist(_)) {
                    stamp = UNWRITTEN;
                }
                continue;
            };
            match event {
                ClientEvent::Verdict { room, draft, .. } => {
                    let seat = party.rooms.iter().position(|number| *number == Some(room));
                    let known =
                        seat.and_then(|seat| party.books[seat].drafts.get_mut(&draft.get()));
                    if let Some(known) =
                        known.filter(|draft| draft.told.is_none() && stamp != UNWRITTEN)
                    {
                        known.told = Some((Told::Unknown, stamp));
                        for edit in &known.edits {
                            let ghost = self.ledger.get_mut(edit.ghost);
                            (ghost.gone, ghost.doubtful) = (true, true);
                        }
                    }
                }
                ClientEvent::Refused { refusal, by: Some(by) } if stamp != UNWRITTEN => {
                    let seat = party.rooms.iter().position(|number| *number == Some(refusal.room));
                    if let Some(book) = seat.map(|seat| &mut party.books[seat]) {
                        book.drafts
                            .insert(by.get(), Draft { made: Some(stamp), ..Draft::default() });
                    }
                }
                _ => {}
            }
        }
    }

    /// What a client tells its user.
    fn hear(&mut self, index: usize, event: ClientEvent) -> Checked {
        match event {
            ClientEvent::Verdict { room, draft, verdict } => {
                let told = match verdict {
                    Verdict::Applied { .. } => Told::Applied,
                    Verdict::Refused { code, .. } => Told::Refused(code),
                    Verdict::Unknown { .. } => Told::Unknown,
                };
                self.hear_verdict(index, room, draft, told)?;
            }
            ClientEvent::Refused { refusal, by } => {
                let party = &mut self.parties[index];
                let Some(seat) =
                    party.rooms.iter().position(|number| *number == Some(refusal.room))
                else {
                    return Ok(());
                };
                if let Some(by) = by {
                    let stamp = party.disk.latest();
                    party.books[seat]
                        .drafts
                        .insert(by.get(), Draft { made: Some(stamp), ..Draft::default() });
                }
            }
            ClientEvent::Stored { mark } => {
                let party = &mut self.parties[index];
                let durable = party.disk.kept().stamp;
                while let Some((_, ghosts)) = party.asked.pop_front_if(|(asked, _)| *asked <= mark)
                {
                    let drafts = party.books.iter().flat_map(|book| book.drafts.values());
                    let mut edits = drafts.flat_map(|draft| &draft.edits);
                    let early =
                        edits.find(|edit| ghosts.contains(&edit.ghost) && edit.stamp > durable);
                    hold!(
                        early.is_none(),
                        "I14",
                        "client {index} says that {early:?} is durable, where {durable} is"
                    );
                }
            }
            ClientEvent::Diverged { .. } => {
                let corrupted = self.plan.has(Fault::Corruption) || self.plan.has(Fault::Replay);
                let back = self.plan.has(Fault::BackupUnnoticed);
                hold!(corrupted || back, "I25", "client {index} diverged");
                self.parties[index].confirmed.fill((0, 0));
            }
            ClientEvent::Failed { ref error, .. } => {
                self.tell(|| format!("client {index} failed: {error}"));
            }
            ClientEvent::Denied { room, code, .. } => {
                self.tell(|| format!("client {index} is denied room {room}: {code}"));
                let alone = self.is_lawful(index) && !self.plan.has(Fault::Replay);
                hold!(
                    code != Code::Superseded || !alone,
                    "I22",
                    "client {index} is superseded, and by nobody"
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn hear_verdict(&mut self, index: usize, room: RoomNo, draft: DraftId, told: Told) -> Checked {
        self.tell(|| format!("client {index} is told {told:?} of {draft}"));
        let party = &mut self.parties[index];
        let Some(seat) = party.rooms.iter().position(|number| *number == Some(room)) else {
            return Ok(());
        };
        let stamp = party.disk.latest();
        let Some(known) = party.books[seat].drafts.get_mut(&draft.get()) else {
            hold!(
                !self.is_lawful(index),
                "I4",
                "client {index} was told {told:?} of {draft}, which nobody made"
            );
            return Ok(());
        };
        let before = known.told.replace((told, stamp));
        let lawful = !self.ledger.beyond && !party.twin;
        hold!(
            before.is_none() || !lawful,
            "I4",
            "client {index} was told {told:?} of {draft}, after {before:?}"
        );
        let ghosts: Vec<u64> = known.edits.iter().map(|edit| edit.ghost).collect();
        for ghost in ghosts {
            if !self.parties[index].twin {
                self.judge_law(ghost);
                let wrong = told == Told::Applied && self.audits[seat].refuses(ghost);
                let sure = !self.ledger.beyond && !self.ledger.get(ghost).lawless;
                hold!(!wrong || !sure, "I4", "edit {ghost} is told as applied and was refused");
                if told == Told::Applied && sure {
                    self.check_taken(index, seat, ghost)?;
                }
                self.ledger.tell(ghost, told)?;
            } else if self.ledger.get(ghost).told.is_none() {
                self.ledger.get_mut(ghost).told = Some(told);
            }
        }
        Ok(())
    }

    /// Whether a name that an edit hangs on is forgotten: then nobody can know.
    pub fn judge_law(&mut self, ghost: u64) {
        let known = self.ledger.get(ghost);
        let forgotten =
            known.hangs_on.is_some_and(|name| self.audits[known.room].forgotten.contains(&name));
        self.ledger.get_mut(ghost).lawless |= forgotten;
    }

    /// What somebody may look at without changing anything.
    fn look_at_client(&mut self, index: usize) -> Checked {
        if self.watching == Watching::Yes
            && let Some(client) = &self.parties[index].client
        {
            let numbers: BTreeMap<_, _> = self.parties[index]
                .rooms
                .iter()
                .flatten()
                .map(|room| (*room, client.status(*room)))
                .collect();
            let _ = (numbers, client.overall_status(), client.metrics(), client.pending_total());
        }
        self.check_client(index)
    }
}
