//! One client: its process, its storage, its clock, and what its user knows.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use syncline_core::client::{Client, ClientConfig};
use syncline_core::resolve::Resolver;
use syncline_core::{Codec, RoomName, RoomNo, StoreMark, Value, debounce};

use crate::broken::{Broken, Checked, hold};
use crate::chance::Lot;
use crate::clock::Clock;
use crate::disk::{Disk, Kept};
use crate::ledger::Book;
use crate::names::Names;
use crate::net::Way;
use crate::plan::{Fault, Micros, Plan, SECOND};
use crate::random::Random;
use crate::world::{Event, World, conn_id, limits, timing};

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
    pub(crate) timer: u64,
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
    /// When it said which edits are durable: its questions, and what was edited before.
    pub asked: VecDeque<(StoreMark, Vec<u64>)>,
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
    /// Its user does nothing until then.
    pub rests: Micros,
    /// It shares a storage with another one.
    pub twin: bool,
    config: ClientConfig,
    pub(crate) disk_mean: Micros,
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
            asked: VecDeque::new(),
            confirmed: vec![(0, 0); plan.rooms],
            reads: true,
            online: true,
            tokens: 0,
            present: vec![None; plan.rooms],
            failed: false,
            armed: None,
            rests: 0,
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
        party.asked.clear();
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
