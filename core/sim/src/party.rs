//! One client: its process, its storage, its clock, and what its user knows.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig, ClientEvent, ClientOutput, Verdict};
use syncline_core::resolve::Resolver;
use syncline_core::{Code, Codec, RoomName, RoomNo, Value, debounce};

use crate::broken::{Broken, Checked, hold};
use crate::chance::Lot;
use crate::clock::Clock;
use crate::disk::{Disk, Kept, UNWRITTEN};
use crate::ledger::{Book, Draft, Told};
use crate::names::Names;
use crate::net::Way;
use crate::plan::{Fault, Micros, Plan, SECOND};
use crate::random::Random;
use crate::world::{Event, Watching, World, conn_id, limits, timing};

/// An older state of a client's storage.
#[derive(Clone, Debug)]
pub struct Older {
    kept: Kept,
    books: Vec<Book>,
    names: Vec<u128>,
}

/// One client.
#[derive(Debug)]
pub struct Party {
    /// Who it belongs to: a twin has the same.
    pub principal: usize,
    /// The process, while it runs.
    pub client: Option<Client>,
    /// Counts processes and what they wait for.
    pub life: u64,
    timer: u64,
    /// The numbers of its rooms.
    pub rooms: Vec<Option<RoomNo>>,
    /// Which of them it has open.
    pub entered: Vec<bool>,
    /// Its storage.
    pub disk: Disk,
    /// Older states of it.
    pub older: Vec<Older>,
    /// Its clock.
    pub clock: Clock,
    /// The first connection that its process may have had.
    pub first_conn: u64,
    /// Its connection.
    pub conn: Option<u64>,
    /// The client ids that it has, by room.
    pub names: Vec<u128>,
    /// What its records say of names.
    pub given: Names,
    /// Its drafts, by room.
    pub books: Vec<Book>,
    /// The last state that it confirmed, by room.
    pub confirmed: Vec<(u64, u64)>,
    /// It reads what arrives.
    pub reads: bool,
    /// It is let connect.
    pub online: bool,
    /// Which token it has.
    pub tokens: u64,
    /// What it said of itself, by room.
    pub present: Vec<Option<String>>,
    /// Its storage failed, and its process lives on.
    pub failed: bool,
    /// Its storage is put back, after this time, to what it is when it sends next.
    pub armed: Option<Micros>,
    /// It shares a storage with another one.
    pub twin: bool,
    config: ClientConfig,
    disk_mean: Micros,
}

impl Party {
    /// A client that has not started yet.
    #[must_use]
    pub fn new(plan: &Plan, index: usize, principal: usize) -> Self {
        let mut random = Random::of(plan.seed, Lot::Client, index as u64);
        let clock = Clock::new(plan, &mut random);
        let config = config(plan, &mut random);
        let disk_mean = plan.mean(Fault::SlowDisk, 1_000, 2 * SECOND).unwrap_or(500);
        Self {
            principal,
            client: None,
            life: 0,
            timer: 0,
            rooms: vec![None; plan.rooms],
            entered: vec![false; plan.rooms],
            disk: Disk::default(),
            older: Vec::new(),
            clock,
            first_conn: 0,
            conn: None,
            names: vec![0; plan.rooms],
            given: Names::default(),
            books: vec![Book::default(); plan.rooms],
            confirmed: vec![(0, 0); plan.rooms],
            reads: true,
            online: true,
            tokens: 0,
            present: vec![None; plan.rooms],
            failed: false,
            armed: None,
            twin: false,
            config,
            disk_mean,
        }
    }

    /// What it says when it greets.
    #[must_use]
    pub fn token(&self) -> String {
        format!("p{}#{}", self.principal, self.tokens)
    }

    /// Keeps a copy of its storage, as it is on disk.
    pub fn keep_older(&mut self) {
        if self.older.len() == 3 {
            self.older.remove(0);
        }
        {
            self.older.push(Older {
                kept: self.disk.kept().clone(),
                books: self.books.clone(),
                names: self.names.clone(),
            });
        }
    }
}

fn config(plan: &Plan, random: &mut Random) -> ClientConfig {
    let mut config = ClientConfig {
        codec: if random.permille(400) { Codec::Json } else { Codec::Binary },
        cache: random.permille(700),
        limits: limits(plan),
        timing: timing(plan),
        ..ClientConfig::default()
    };
    if random.permille(300) {
        config.debounce = debounce::Config {
            quiet: Duration::from_micros(random.scale(1, SECOND)),
            max_wait: Duration::from_micros(random.scale(1, 4 * SECOND)),
            max_edits: NonZeroU32::new(u32::try_from(random.scale(1, 64)).unwrap_or(1))
                .unwrap_or(NonZeroU32::MIN),
        };
    }
    if plan.has(Fault::Resolvers) {
        config.resolvers.set("strict/", Resolver::KeepMine);
        config.resolvers.set("merge/", Resolver::ThreeWay);
    }
    config
}

/// The name of a room.
#[must_use]
pub fn room_name(room: usize) -> RoomName {
    RoomName::new(format!("room-{room}")).expect("a name")
}

impl World {
    /// A client's process starts, with what its storage holds.
    pub fn start_client(&mut self, index: usize) -> Checked {
        let party = &mut self.parties[index];
        if party.client.is_some() {
            return Ok(());
        }
        party.life += 1;
        party.failed = false;
        party.reads = true;
        let blobs = party.disk.kept().blobs.iter().map(|blob| blob.as_slice());
        let given = Names::of(blobs.clone());
        hold!(given.is_ok(), "I14", "the records of client {index} cannot be read: {given:?}");
        party.given = given.unwrap_or_default();
        let seed = self.chance.draw(Lot::Seed, index as u64).seed();
        let restored = Client::restore(party.config.clone(), seed, blobs);
        hold!(restored.is_ok(), "I14", "client {index} cannot read its records: {restored:?}");
        let client = restored.expect("a client");
        for room in 0..self.plan.rooms {
            let found = client.room(&room_name(room)).map_or(0, |number| client.pending(number));
            let want = party.books[room].waiting();
            hold!(
                found == want || self.ledger.beyond || party.twin,
                "I14",
                "client {index} has {found} edits of room {room} after a crash, not {want}"
            );
        }
        self.check_restored(&client, index)?;
        let party = &mut self.parties[index];
        party.client = Some(client);
        party.first_conn = self.conns_made + 1;
        party.rooms.fill(None);
        party.entered.fill(false);
        party.confirmed.fill((0, 0));
        party.present.fill(None);
        self.tell(|| format!("client {index} starts"));
        for room in 0..self.plan.rooms {
            self.enter(index, room)?;
        }
        let think = self.chance.draw(Lot::Think, index as u64).wait(self.plan.think);
        self.at(think, Event::Act(index));
        Ok(())
    }

    /// A process shows, before it hears of anything, what its storage holds: all that was durable.
    fn check_restored(&self, client: &Client, index: usize) -> Checked {
        for room in 0..self.plan.rooms {
            let Some(number) = client.room(&room_name(room)) else { continue };
            self.check_view(client, index, room, number).map_err(|broken| Broken {
                invariant: "I14",
                text: format!("after a crash {}", broken.text),
            })?;
        }
        Ok(())
    }

    /// A client opens a room.
    pub fn enter(&mut self, index: usize, room: usize) -> Checked {
        let (now, party) = (self.now, &mut self.parties[index]);
        let at = party.clock.now(now);
        if let Some(client) = &mut party.client {
            party.rooms[room] = client.open(at, room_name(room), true).ok();
            party.entered[room] = true;
        }
        self.drain_client(index)
    }

    /// A client's process ends.
    pub fn crash_client(&mut self, index: usize) -> Checked {
        let party = &mut self.parties[index];
        if party.client.take().is_none() {
            return Ok(());
        }
        party.life += 1;
        let mut lot = self.chance.draw(Lot::ClientCrash, index as u64);
        let stamp = party.disk.crash(&mut lot);
        let mut gone = Vec::new();
        for book in &mut party.books {
            gone.extend(book.cut(stamp));
        }
        let down = lot.scale(SECOND / 100, 4 * SECOND);
        if let Some(conn) = party.conn.take() {
            self.leave(conn, Way::Down);
        }
        for ghost in gone {
            self.ledger.get_mut(ghost).gone = true;
        }
        self.tell(|| format!("client {index} crashes; order {stamp} is the last that is there"));
        self.at(if self.calm { 1_000 } else { down }, Event::ClientStart(index));
        Ok(())
    }

    /// An older copy, or nothing, is in the place of a client's storage.
    pub fn roll_back(&mut self, index: usize, lost: bool) -> Checked {
        let party = &mut self.parties[index];
        let older = if lost {
            Older {
                kept: Kept::default(),
                books: vec![Book::default(); party.books.len()],
                names: party.names.clone(),
            }
        } else {
            let Some(older) = party.older.pop() else { return Ok(()) };
            older
        };
        self.crash_client(index)?;
        let party = &mut self.parties[index];
        let before = party.books.iter().flat_map(|book| {
            book.drafts.values().flat_map(|draft| draft.edits.iter().map(|edit| edit.ghost))
        });
        let mut doubtful: Vec<u64> = before.collect();
        let stamp = older.kept.stamp;
        party.disk.replace(older.kept);
        party.books = older.books;
        // Under another name since then nobody can tell what was sent from what was not, and neither if the name is
        // forgotten by then.
        for (room, book) in party.books.iter().enumerate() {
            let renamed = older.names[room] != party.names[room];
            for edit in book.drafts.values().flat_map(|draft| &draft.edits) {
                let ghost = self.ledger.get_mut(edit.ghost);
                ghost.lawless |= renamed;
                ghost.hangs_on = Some(older.names[room]);
            }
        }
        for book in &mut party.books {
            // What is cut here was made after the copy and may have been sent.
            doubtful.extend(book.cut(stamp));
            doubtful.extend(book.pending().map(|edit| edit.ghost));
        }
        for ghost in doubtful {
            let ghost = self.ledger.get_mut(ghost);
            (ghost.doubtful, ghost.gone) = (true, true);
        }
        self.tell(|| format!("the storage of client {index} is that of order {stamp} again"));
        Ok(())
    }

    /// Does something to a client's process, and carries out what it wants.
    pub fn with_client(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut Client, syncline_core::Time),
    ) -> Checked {
        let (now, party) = (self.now, &mut self.parties[index]);
        let at = party.clock.now(now);
        let Some(client) = &mut party.client else { return Ok(()) };
        act(client, at);
        self.drain_client(index)
    }

    /// A client's deadline.
    pub fn client_time(&mut self, index: usize, timer: u64) -> Checked {
        if self.parties[index].timer != timer {
            return Ok(());
        }
        self.with_client(index, Client::handle_timeout)
    }

    /// A client's disk is done with what it was given.
    pub fn client_disk(&mut self, index: usize, life: u64, stamp: u64) -> Checked {
        let party = &mut self.parties[index];
        if party.life != life || party.failed {
            return Ok(());
        }
        let Some((stamp, id)) = party.disk.sync(stamp) else { return Ok(()) };
        party.given.sync(stamp);
        if self.chance.draw(Lot::Older, index as u64).permille(100) {
            party.keep_older();
        }
        for book in &mut party.books {
            book.tidy(stamp);
        }
        self.tell(|| format!("order {stamp} of client {index} is durable"));
        self.with_client(index, |client, _| client.handle_persisted(id))
    }

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
                        hold!(
                            !wrong || !sure,
                            "I4",
                            "edit {ghost} is told as applied and was refused"
                        );
                        if told == Told::Applied && sure {
                            self.check_taken(index, seat, ghost)?;
                        }
                        self.ledger.tell(ghost, told)?;
                    } else if self.ledger.get(ghost).told.is_none() {
                        self.ledger.get_mut(ghost).told = Some(told);
                    }
                }
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

    /// Whether a name that an edit hangs on is forgotten: then nobody can know.
    pub fn judge_law(&mut self, ghost: u64) {
        let known = self.ledger.get(ghost);
        let forgotten =
            known.hangs_on.is_some_and(|name| self.audits[known.room].forgotten.contains(&name));
        self.ledger.get_mut(ghost).lawless |= forgotten;
    }

    /// A connection opens for a client that asked for one.
    pub fn open(&mut self, index: usize, life: u64) -> Checked {
        let party = &self.parties[index];
        if party.life != life || party.conn.is_some() || party.client.is_none() {
            return Ok(());
        }
        if !party.online || !self.hosting.is_up() {
            return self.with_client(index, Client::handle_disconnected);
        }
        let conn = self.make_conn(Some(index));
        let party = &mut self.parties[index];
        party.conn = Some(conn);
        let token = party.token();
        self.tell(|| format!("client {index} has connection {conn}"));
        self.with_client(index, |client, now| client.handle_connected(now, &token))?;
        let now = self.server_now();
        self.with_server(|server| server.handle_connected(now, conn_id(conn)))
    }

    /// A client reads again.
    pub fn reads(&mut self, index: usize) -> Checked {
        self.parties[index].reads = true;
        let Some(conn) = self.parties[index].conn else { return Ok(()) };
        let waiting = self.conns.get(&conn).map_or(0, |conn| conn.down.frames.len());
        for _ in 0..waiting {
            self.at(0, Event::Arrive(conn, Way::Down));
        }
        Ok(())
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

    /// A client says who it is.
    pub fn appear(&mut self, index: usize, room: usize, text: Option<String>) -> Checked {
        let Some(number) = self.parties[index].rooms[room] else { return Ok(()) };
        self.parties[index].present[room].clone_from(&text);
        let state = text.map(|text| {
            Value::from_json(format!("{{\"who\":\"{text}\"}}").as_bytes(), &limits(&self.plan))
                .expect("a value")
        });
        self.with_client(index, |client, now| {
            let _ = client.set_presence(now, number, state.as_ref());
        })
    }
}
