//! What the server and its rooms want, and how their host carries it out.

use syncline_core::room::RoomOutput;
use syncline_core::server::{Server, ServerOutput};
use syncline_core::{Code, RoomNo};

use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::ledger::Told;
use crate::net::Way;
use crate::party::room_name;
use crate::plan::{Fault, SECOND};
use crate::world::{Event, Watching, World};

impl World {
    /// Carries out all that the server and its rooms want.
    pub fn drain_server(&mut self) -> Checked {
        loop {
            let mut quiet = true;
            while let Some(output) = self.hosting.server.as_mut().and_then(Server::poll_output) {
                quiet = false;
                self.serve(output)?;
                if self.server_ends_here() {
                    self.crash_server();
                    return Ok(());
                }
            }
            let numbers: Vec<RoomNo> = self.hosting.rooms.keys().copied().collect();
            for number in numbers {
                while let Some(output) =
                    self.hosting.rooms.get_mut(&number).and_then(|open| open.room.poll_output())
                {
                    quiet = false;
                    self.serve_room(number, output)?;
                    if self.server_ends_here() {
                        self.crash_server();
                        return Ok(());
                    }
                }
            }
            if quiet {
                break;
            }
        }
        self.watch_server();
        self.schedule_server();
        self.feed()?;
        self.leave_if_drained()
    }

    fn server_ends_here(&mut self) -> bool {
        let may = !self.calm && self.plan.has(Fault::MidStep) && self.plan.has(Fault::ServerCrash);
        may && self.chance.draw(Lot::ServerStep, 0).below(4_000) == 0
    }

    fn watch_server(&mut self) {
        if self.watching == Watching::Yes
            && let Some(server) = &self.hosting.server
        {
            let rooms: Vec<_> = self
                .hosting
                .rooms
                .values()
                .map(|open| (open.room.metrics(), open.room.digest()))
                .collect();
            let _ = (server.metrics(), rooms);
        }
    }

    fn schedule_server(&mut self) {
        self.hosting.timer += 1;
        let timer = self.hosting.timer;
        if let Some(due) = self.hosting.server.as_ref().and_then(Server::poll_timeout) {
            let wait = self.hosting.clock.when(due, self.now) - self.now;
            let wait = self.alarm(Lot::ServerTimer, 0, wait);
            self.at(wait, Event::ServerTime(timer));
        }
        let mut alarms = Vec::new();
        for (number, open) in &mut self.hosting.rooms {
            if let Some(due) = open.room.poll_timeout() {
                open.timer += 1;
                alarms.push((*number, open.timer, due));
            }
        }
        for (number, timer, due) in alarms {
            let wait = self.hosting.clock.when(due, self.now) - self.now;
            let wait = self.alarm(Lot::ServerTimer, 1, wait);
            self.at(wait, Event::RoomTime(number, timer));
        }
    }

    fn serve(&mut self, output: ServerOutput) -> Checked {
        let now = self.server_now();
        match output {
            ServerOutput::Transmit { conn, bytes } => {
                self.digest(1_000 + conn.get(), &bytes);
                if let Some(message) = self.check_frame(&bytes)? {
                    self.check_told(conn.get(), &message, &bytes)?;
                }
                let bytes = self.corrupt(conn.get(), bytes);
                self.carry(conn.get(), Way::Down, bytes);
            }
            ServerOutput::Close { conn, code } => {
                self.tell(|| format!("the server closes connection {conn}: {code}"));
                self.leave(conn.get(), Way::Up);
            }
            ServerOutput::Authorize { request, token, room, .. } => {
                let room = (0..self.plan.all_rooms()).find(|index| room_name(*index) == room);
                let (life, token) = (self.hosting.life, token.into_string());
                let Some(room) = room else {
                    let Some(server) = &mut self.hosting.server else { return Ok(()) };
                    server.handle_authorized(now, request, Err(Code::Forbidden));
                    return Ok(());
                };
                let mut wait = self.delay(Lot::Answer, 0, 2_000.max(self.latency));
                let mut late = self.chance.draw(Lot::LateAnswer, 0);
                if !self.calm && self.plan.has(Fault::Resets) && late.permille(400) {
                    wait += late.scale(SECOND / 10, 5 * SECOND);
                }
                self.at(wait, Event::Known(request, token, room, life));
            }
            ServerOutput::OpenRoom { request, room, name } => {
                let index = (0..self.plan.all_rooms()).find(|index| room_name(*index) == name);
                hold!(index.is_some(), "I19", "a room is opened that nobody may enter: {name}");
                let life = self.hosting.life;
                let wait = self.delay(Lot::Answer, 1, 2_000);
                self.at(wait, Event::Opened(request, room, index.unwrap_or(0), life));
            }
            ServerOutput::CloseRoom { room } => self.close_hosted(room),
            ServerOutput::ToRoom { room, to } => {
                if let Some(open) = self.hosting.rooms.get_mut(&room) {
                    open.room.handle(now, to);
                }
            }
            ServerOutput::Event(_) => {}
        }
        Ok(())
    }

    fn serve_room(&mut self, number: RoomNo, output: RoomOutput) -> Checked {
        let now = self.server_now();
        match output {
            RoomOutput::ToServer(from) => {
                if let Some(server) = &mut self.hosting.server {
                    server.handle_room(now, number, from);
                }
            }
            RoomOutput::Persist(persist) => {
                let index = self.hosting.rooms.get(&number).map_or(0, |open| open.index);
                self.digest(500 + index as u64, &persist.bytes);
                let lazy = !persist.sync;
                let stamp = self.hosting.disks[index].latest() + 1;
                self.audits[index].write(&persist, stamp)?;
                self.check_once(index)?;
                self.hosting.disks[index].push(persist);
                let (life, mean) = (self.hosting.life, self.hosting.disk_mean);
                let wait = self.chance.draw(Lot::ServerDisk, index as u64).wait(mean);
                let wait = wait + if lazy { 50_000 } else { 0 };
                self.at(if self.calm { 500 } else { wait }, Event::RoomDisk(index, life, stamp));
            }
            RoomOutput::Written { write, .. } => {
                if let Some(ghost) = self.hosting.writes.remove(&(number, write.get())) {
                    self.ledger.get_mut(ghost).told = Some(Told::Applied);
                }
            }
            RoomOutput::Changed(_) => {}
        }
        Ok(())
    }

    /// What a room took once more than it may.
    fn check_once(&mut self, index: usize) -> Checked {
        for ghost in std::mem::take(&mut self.audits[index].twice) {
            self.judge_law(ghost);
            let sure = !self.ledger.beyond && !self.ledger.get(ghost).lawless;
            hold!(!sure, "I1", "edit {ghost} is applied once more");
        }
        Ok(())
    }
}
