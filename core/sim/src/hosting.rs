//! The server: its process, its rooms, their storage, and the host that answers its questions.

use std::collections::BTreeMap;
use std::time::Duration;

use syncline_core::policy::{Policies, Policy};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig};
use syncline_core::server::{Server, ServerConfig};
use syncline_core::{Action, Code, Epoch, Grant, Key, Principal, RequestId, RoomNo, Time, Value};

use crate::adversary;
use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::ledger::{Told, What};
use crate::net::Way;
use crate::party::room_name;
use crate::plan::{Fault, Micros, Plan, SECOND};
use crate::random::Random;
use crate::world::{Event, World, conn_id, limits, timing};

/// One room of the server's process.
#[derive(Debug)]
pub struct Open {
    /// The room.
    pub room: Room,
    /// Which.
    pub index: usize,
    pub(crate) timer: u64,
}

/// The server.
#[derive(Debug)]
pub struct Hosting {
    /// The process, while it runs.
    pub server: Option<Server>,
    /// Its open rooms.
    pub rooms: BTreeMap<RoomNo, Open>,
    /// The storage of each room.
    pub disks: Vec<Disk>,
    /// Copies of it.
    pub copies: Vec<Vec<crate::audit::Copy>>,
    /// Epochs that are to be renewed when their rooms are read: until that is durable.
    pub renew: Vec<Option<u64>>,
    /// Counts processes.
    pub life: u64,
    /// Its clock.
    pub clock: Clock,
    pub(crate) timer: u64,
    /// When clients may come back, if it winds down.
    pub(crate) leaving: Option<Duration>,
    /// Until when its disk is full.
    pub full_until: Micros,
    pub(crate) disk_mean: Micros,
    /// The host's writes that are not durable, by room and number.
    pub(crate) writes: BTreeMap<(RoomNo, u64), u64>,
    config: RoomConfig,
}

impl Hosting {
    /// A server that runs.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut random = Random::of(plan.seed, Lot::Server, 0);
        let clock = Clock::new(plan, &mut random);
        let (digests, watch) = (random.permille(500), random.permille(500));
        let policy = Policies::new(Policy::Last)
            .with("strict/", Policy::Strict)
            .with("merge/", Policy::Merge);
        let config = RoomConfig {
            limits: limits(plan),
            timing: timing(plan),
            policy,
            // A bad value must be noticed by the next delta, so each has a digest then.
            digest_always: plan.has(Fault::Corruption) || plan.has(Fault::Replay) || digests,
            watch,
            ..RoomConfig::default()
        };
        Self {
            server: Some(server(plan)),
            rooms: BTreeMap::new(),
            disks: vec![Disk::default(); plan.all_rooms()],
            copies: vec![Vec::new(); plan.all_rooms()],
            renew: vec![None; plan.all_rooms()],
            life: 1,
            clock,
            timer: 0,
            leaving: None,
            full_until: 0,
            disk_mean: plan.mean(Fault::SlowDisk, 1_000, 4 * SECOND).unwrap_or(700),
            writes: BTreeMap::new(),
            config,
        }
    }

    /// Whether its process runs.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.server.is_some()
    }

    /// The open room of this index.
    #[must_use]
    pub fn open(&self, index: usize) -> Option<(RoomNo, &Open)> {
        self.rooms
            .iter()
            .find(|(_, open)| open.index == index)
            .map(|(number, open)| (*number, open))
    }
}

fn server(plan: &Plan) -> Server {
    Server::new(ServerConfig {
        limits: limits(plan),
        timing: timing(plan),
        ..ServerConfig::default()
    })
    .expect("a server")
}

/// What a principal may do in a room.
pub fn grant(plan: &Plan, principal: usize, room: usize) -> Result<Grant, Code> {
    let name = Principal::new(format!("p{principal}")).expect("a name");
    // One in eight may not come in, and one in eight only reads.
    match Random::of(plan.seed, Lot::Grant, (principal as u64) << 8 | room as u64).below(8) {
        0 if principal > 0 => Err(Code::Forbidden),
        1 if principal > 0 => Ok(Grant::reader(name)),
        _ => Ok(Grant::writer(name, vec![String::new()])),
    }
}

/// Whose token this is.
fn principal_of(token: &str) -> Option<usize> {
    token.strip_prefix('p')?.split('#').next()?.parse().ok()
}

impl World {
    /// What time the server thinks it is.
    #[must_use]
    pub fn server_now(&self) -> Time {
        self.hosting.clock.now(self.now)
    }

    /// Does something to the server, and carries out what it wants.
    pub fn with_server(&mut self, act: impl FnOnce(&mut Server)) -> Checked {
        let Some(server) = &mut self.hosting.server else { return Ok(()) };
        act(server);
        self.drain_server()
    }

    /// The server's process starts.
    pub fn start_server(&mut self) -> Checked {
        if self.hosting.server.is_none() {
            self.tell(|| "the server starts".to_owned());
            self.hosting.server = Some(server(&self.plan));
        }
        Ok(())
    }

    /// The server's process ends.
    pub fn crash_server(&mut self) {
        if self.hosting.server.take().is_none() {
            return;
        }
        self.hosting.life += 1;
        self.hosting.leaving = None;
        self.hosting.rooms.clear();
        for index in 0..self.plan.all_rooms() {
            let mut lot = self.chance.draw(Lot::ServerCrash, index as u64);
            let stamp = self.hosting.disks[index].crash(&mut lot);
            self.audits[index].crash(stamp);
            self.tell(|| {
                format!(
                    "the server crashes; order {stamp} of room {index} is the last that is there"
                )
            });
        }
        for (_, ghost) in std::mem::take(&mut self.hosting.writes) {
            self.ledger.get_mut(ghost).told = Some(Told::Unknown);
        }
        let conns: Vec<u64> = self.conns.keys().copied().collect();
        for conn in conns {
            self.leave(conn, Way::Up);
        }
        let down = self.chance.draw(Lot::Down, 0).scale(SECOND / 100, 4 * SECOND);
        self.at(if self.calm { 1_000 } else { down }, Event::ServerStart);
    }

    /// The server's deadline.
    pub fn server_time(&mut self, timer: u64) -> Checked {
        if self.hosting.timer != timer {
            return Ok(());
        }
        let now = self.server_now();
        self.with_server(|server| server.handle_timeout(now))
    }

    /// A room's deadline.
    pub fn room_time(&mut self, number: RoomNo, timer: u64) -> Checked {
        let now = self.server_now();
        let Some(open) = self.hosting.rooms.get_mut(&number) else { return Ok(()) };
        if open.timer != timer {
            return Ok(());
        }
        open.room.handle_timeout(now);
        self.drain_server()
    }

    /// A room's disk is done with what it was given.
    pub fn room_disk(&mut self, index: usize, life: u64, stamp: u64) -> Checked {
        if self.hosting.life != life {
            return Ok(());
        }
        let may = !self.calm && self.plan.has(Fault::ServerDiskFails);
        let fails = may && self.chance.draw(Lot::ServerFails, index as u64).below(200) == 0;
        let full = !self.calm && self.now < self.hosting.full_until;
        if (fails || full) && self.hosting.disks[index].is_busy() {
            return self.fail_room(index);
        }
        let Some((stamp, id)) = self.hosting.disks[index].sync(stamp) else { return Ok(()) };
        self.tell(|| format!("order {stamp} of room {index} is durable"));
        self.audits[index].sync(stamp);
        let open = self.hosting.rooms.values_mut().find(|open| open.index == index);
        if let Some(open) = open {
            open.room.handle_persisted(id);
        }
        self.drain_server()
    }

    /// A sync failed: nobody knows what of it is there.
    fn fail_room(&mut self, index: usize) -> Checked {
        let mut lot = self.chance.draw(Lot::ServerCrash, index as u64);
        let stamp = self.hosting.disks[index].crash(&mut lot);
        self.audits[index].crash(stamp);
        self.tell(|| {
            format!("a sync of room {index} fails; order {stamp} is the last that is there")
        });
        let now = self.server_now();
        let Some((number, _)) = self.hosting.open(index) else { return Ok(()) };
        if let Some(open) = self.hosting.rooms.get_mut(&number) {
            open.room.handle_persist_failed();
        }
        self.forget_writes(number);
        self.drain_server()?;
        self.hosting.rooms.remove(&number);
        self.with_server(|server| server.close_room(now, number, Code::Unavailable))
    }

    fn forget_writes(&mut self, number: RoomNo) {
        let of_room = |(room, _): &(RoomNo, u64)| *room == number;
        let writes: Vec<_> = self.hosting.writes.keys().copied().filter(of_room).collect();
        for write in writes {
            if let Some(ghost) = self.hosting.writes.remove(&write) {
                self.ledger.get_mut(ghost).told = Some(Told::Unknown);
            }
        }
    }

    /// The host has read what a room's storage holds.
    pub fn room_read(
        &mut self,
        request: RequestId,
        number: RoomNo,
        index: usize,
        life: u64,
    ) -> Checked {
        if self.hosting.life != life || self.hosting.server.is_none() {
            return Ok(());
        }
        // An older one of this name ends first: its records are all on the disk then.
        if let Some((older, _)) = self.hosting.open(index) {
            self.close_hosted(older);
        }
        let mut epochs = self.chance.draw(Lot::Epoch, index as u64);
        let epoch = Epoch::new(epochs.draw());
        let blobs = self.hosting.disks[index].kept().blobs.clone();
        let blobs = blobs.iter().map(|blob| blob.as_slice());
        let restored = Room::restore(room_name(index), self.hosting.config.clone(), epoch, blobs);
        hold!(restored.is_ok(), "I14", "room {index} cannot read its records: {restored:?}");
        let mut room = restored.expect("a room");
        self.audits[index].restored(&room)?;
        let renews = self.hosting.renew[index] == Some(self.audits[index].durable.epoch);
        if renews {
            let renewed = room.renew(Epoch::new(epochs.draw()));
            hold!(
                renewed.is_ok(),
                "I13",
                "a room that was just restored cannot be renewed: {renewed:?}"
            );
            hold!(
                room.epoch().get() != self.audits[index].durable.epoch,
                "I13",
                "a room that was restored from a copy keeps its epoch"
            );
            self.audits[index].renews = true;
        }
        self.tell(|| format!("room {index} is open as {number}, at version {}", room.version()));
        self.hosting.rooms.insert(number, Open { room, index, timer: 0 });
        self.drain_server()?;
        let now = self.server_now();
        self.with_server(|server| server.handle_room_opened(now, request, Ok(number)))
    }

    /// A room of the server's process is over; what it wrote is there.
    pub(crate) fn close_hosted(&mut self, number: RoomNo) {
        let Some(open) = self.hosting.rooms.remove(&number) else { return };
        if let Some((stamp, _)) = self.hosting.disks[open.index].sync(u64::MAX) {
            self.audits[open.index].sync(stamp);
        }
        self.forget_writes(number);
    }

    /// The host knows who somebody is.
    pub fn known(&mut self, request: RequestId, token: &str, room: usize, life: u64) -> Checked {
        if self.hosting.life != life {
            return Ok(());
        }
        let granted = match principal_of(token) {
            None if token == adversary::TOKEN => adversary::grant(&self.plan, room),
            Some(principal) if !self.revoked.contains(&principal) => {
                grant(&self.plan, principal, room)
            }
            _ => Err(Code::Forbidden),
        };
        let now = self.server_now();
        self.with_server(|server| server.handle_authorized(now, request, granted))
    }

    /// The host writes, as the host.
    pub fn host_write(&mut self, lot: &mut Random) -> Checked {
        let numbers: Vec<RoomNo> = self.hosting.rooms.keys().copied().collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let number = numbers[lot.index(numbers.len())];
        let limits = limits(&self.plan);
        let key = ["host/a", "strict/1", "last/1"][lot.index(3)];
        let index = self.hosting.rooms[&number].index;
        let ghost = self.ledger.next();
        let value =
            Value::from_json(format!("\"@{index}:{ghost}\"").as_bytes(), &limits).expect("a value");
        let edit = HostEdit {
            key: Key::new(key).expect("a key"),
            edit: Action::Set(value).into(),
            if_version: IfVersion::Any,
        };
        let Some(open) = self.hosting.rooms.get_mut(&number) else { return Ok(()) };
        if let Ok(write) = open.room.write(&[edit]) {
            let ghost = self.ledger.add(index, What::Once);
            self.hosting.writes.insert((number, write.get()), ghost);
        }
        self.drain_server()
    }

    /// Registers and tombstones are forgotten by age.
    pub fn expire(&mut self) -> Checked {
        for open in self.hosting.rooms.values_mut() {
            let version = open.room.version();
            open.room.expire(version);
        }
        self.drain_server()
    }

    /// The server ends in good order: at once, or when all is told that it has taken.
    pub fn shut_down(&mut self, lot: &mut Random) -> Checked {
        let retry_after = Duration::from_micros(lot.scale(SECOND / 10, 4 * SECOND));
        if lot.permille(500) {
            return self.end_server(retry_after);
        }
        if self.hosting.server.is_none() || self.hosting.leaving.is_some() {
            return Ok(());
        }
        self.tell(|| "the server winds down".to_owned());
        self.hosting.leaving = Some(retry_after);
        self.at(lot.scale(SECOND / 100, 4 * SECOND), Event::WoundDown(self.hosting.life));
        self.with_server(Server::wind_down)
    }

    /// A server that winds down ends, done or not.
    pub fn wound_down(&mut self, life: u64) -> Checked {
        match self.hosting.leaving {
            Some(retry_after) if self.hosting.life == life => self.end_server(retry_after),
            _ => Ok(()),
        }
    }

    /// A server that winds down ends as soon as all is durable that it has taken, and told to and taken by everyone.
    pub(crate) fn leave_if_drained(&mut self) -> Checked {
        let Some(retry_after) = self.hosting.leaving else { return Ok(()) };
        let quiet = self.hosting.rooms.values().all(|open| open.room.is_quiet());
        let undrained =
            self.hosting.server.as_ref().and_then(|server| server.undrained(conn_id(0)));
        if !quiet || undrained.is_some() {
            return Ok(());
        }
        let busy = self.hosting.disks.iter().any(Disk::is_busy);
        hold!(!busy, "I2", "the server has wound down, and something is not durable");
        self.end_server(retry_after)
    }

    fn end_server(&mut self, retry_after: Duration) -> Checked {
        self.tell(|| "the server shuts down".to_owned());
        self.hosting.leaving = None;
        let now = self.server_now();
        self.with_server(|server| server.shutdown(now, retry_after))?;
        // What it accepted is durable before its process ends.
        let numbers: Vec<RoomNo> = self.hosting.rooms.keys().copied().collect();
        for number in numbers {
            self.close_hosted(number);
        }
        self.crash_server();
        Ok(())
    }
}
