//! One run: what happens next, and that everything that happens is checked.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use syncline_core::{ConnId, Limits, RequestId, RoomNo, Timing};

use crate::adversary::Adversary;
use crate::audit::Audit;
use crate::broken::{Broken, Checked};
use crate::chance::{Chance, Lot};
use crate::hosting::Hosting;
use crate::ledger::Ledger;
use crate::net::{Conn, Way};
use crate::party::Party;
use crate::plan::{Fault, Micros, Plan, SECOND};
use crate::random::Random;

/// Something that happens at a time.
#[derive(Clone, Debug)]
pub enum Event {
    /// A user does something.
    Act(usize),
    /// A client's deadline, if it is still that one.
    ClientTime(usize, u64),
    /// A client's disk has carried out what it was given up to here.
    ClientDisk(usize, u64, u64),
    /// A client's process starts.
    ClientStart(usize),
    /// A connection that a client asked for opens, if that process still waits for it.
    Open(usize, u64),
    /// A frame arrives.
    Arrive(u64, Way),
    /// One side learns that a connection is over.
    Over(u64, Way),
    /// The server's deadline.
    ServerTime(u64),
    /// A room's deadline.
    RoomTime(RoomNo, u64),
    /// A room's disk has carried out what it was given up to here.
    RoomDisk(usize, u64, u64),
    /// The host has read a room's records.
    Opened(RequestId, RoomNo, usize, u64),
    /// The host knows who somebody is.
    Known(RequestId, String, usize, u64),
    /// The server's process starts.
    ServerStart,
    /// A server that winds down has no more time.
    WoundDown(u64),
    /// A client's process ends that lived on with a storage that failed.
    Dies(usize, u64),
    /// A fault comes, with what it draws.
    Fault(Fault, Random),
    /// A client reads again.
    Reads(usize),
    /// A principal is granted everything again.
    Granted(usize),
    /// A client's connection ends.
    Breaks(usize),
    /// A client's storage is an older one again.
    RolledBack(usize),
    /// A copy of storage is made.
    Copies,
}

/// What an observer may look at without changing anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Watching {
    /// Counters and states are read all the time.
    Yes,
    /// Nobody looks.
    No,
}

/// What a channel was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Joining {
    /// Which room.
    pub room: usize,
    /// The client id.
    pub client: u128,
    /// The answer does not fit the names that the client gave.
    pub lost: bool,
}

/// What a run was.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Inputs to roles.
    pub events: u64,
    /// Simulated time.
    pub span: Micros,
    /// Decisions of rooms.
    pub decisions: u64,
    /// Edits of users.
    pub edits: u64,
    /// A hash of all outputs.
    pub hash: u64,
    /// When each fault struck, and what it drew first.
    pub strikes: Vec<(Fault, Micros, u64)>,
}

/// All there is.
#[derive(Debug)]
pub struct World {
    /// What happens.
    pub plan: Plan,
    /// Every key that is ever written.
    pub keys: Vec<String>,
    /// The time.
    pub now: Micros,
    queue: BinaryHeap<Reverse<(Micros, u64)>>,
    events: BTreeMap<u64, Event>,
    next: u64,
    /// The clients.
    pub parties: Vec<Party>,
    /// The server and its rooms.
    pub hosting: Hosting,
    /// The rooms' logs.
    pub audits: Vec<Audit>,
    /// The connections that are not over for both sides.
    pub conns: BTreeMap<u64, Conn>,
    /// Whose the channels are, by connection and channel.
    pub joins: BTreeMap<(u64, u32), Joining>,
    /// Whose the connections were.
    pub owners: BTreeMap<u64, usize>,
    /// How many connections there were.
    pub conns_made: u64,
    /// What users did.
    pub ledger: Ledger,
    /// Who may not come in at present.
    pub revoked: BTreeSet<usize>,
    /// Faults are over.
    pub calm: bool,
    /// What an adversary knows.
    pub adversary: Adversary,
    /// What is drawn.
    pub chance: Chance,
    /// Frames that were on the wire, to be sent again.
    pub seen: VecDeque<(u64, Way, Vec<u8>)>,
    /// The mean time that a frame takes.
    pub latency: Micros,
    /// Whether somebody looks.
    pub watching: Watching,
    /// The latest events in words, if they are wanted.
    pub story: Option<Story>,
    /// All outputs in words, if they are wanted.
    pub tape: Option<Vec<String>>,
    /// What the run was so far.
    pub report: Report,
    /// A room was restored from a copy.
    pub went_back: bool,
}

/// The latest events in words. Whoever asked for them has them also when the world ends in a panic.
pub type Story = Rc<RefCell<VecDeque<String>>>;

/// Events that are kept of a story.
const TOLD: usize = 100;

impl World {
    /// The world of a plan, at its beginning.
    #[must_use]
    pub fn new(plan: Plan, watching: Watching, story: Option<Story>) -> Self {
        let latency = plan.mean(Fault::Latency, 5_000, 2 * SECOND).unwrap_or(1_000);
        let mut world = Self {
            keys: crate::check::keys().collect(),
            now: 0,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            next: 0,
            parties: Vec::new(),
            hosting: Hosting::new(&plan),
            audits: (0..plan.all_rooms()).map(|_| Audit::new(!plan.is_honest())).collect(),
            conns: BTreeMap::new(),
            joins: BTreeMap::new(),
            owners: BTreeMap::new(),
            conns_made: 0,
            ledger: Ledger {
                beyond: !plan.is_honest(),
                resolves: plan.has(Fault::Resolvers),
                ..Ledger::default()
            },
            revoked: BTreeSet::new(),
            calm: false,
            adversary: Adversary::default(),
            chance: Chance::new(plan.seed),
            seen: VecDeque::new(),
            latency,
            watching,
            story,
            tape: None,
            report: Report { hash: 0xcbf2_9ce4_8422_2325, ..Report::default() },
            went_back: false,
            plan,
        };
        for index in 0..world.plan.clients {
            let party = Party::new(&world.plan, index, index);
            world.parties.push(party);
            world.at(0, Event::ClientStart(index));
        }
        world.schedule_faults();
        world
    }

    /// Runs to the end: faults, quiet, audit.
    pub fn run(mut self) -> Result<Report, Box<(Broken, Self)>> {
        match self.live() {
            Ok(()) => {
                self.report.span = self.now;
                self.report.decisions =
                    self.audits.iter().map(|audit| audit.log.len() as u64).sum();
                self.report.edits = self.ledger.next();
                Ok(self.report)
            }
            Err(broken) => Err(Box::new((broken, self))),
        }
    }

    /// Runs to the end, and tells all outputs.
    #[must_use]
    pub fn outputs(mut self) -> Vec<String> {
        self.tape = Some(Vec::new());
        let _ = self.live();
        self.tape.unwrap_or_default()
    }

    fn live(&mut self) -> Checked {
        self.until(self.plan.span)?;
        self.calm_down()?;
        self.settle()?;
        self.check_end()
    }

    /// Lets happen what happens up to a time.
    pub fn until(&mut self, end: Micros) -> Checked {
        while let Some(Reverse((at, number))) = self.queue.peek().copied() {
            if at > end {
                break;
            }
            self.queue.pop();
            self.now = self.now.max(at);
            if let Some(event) = self.events.remove(&number) {
                self.happen(event)?;
            }
        }
        self.now = end;
        Ok(())
    }

    /// Something will happen, after a while.
    pub fn at(&mut self, after: Micros, event: Event) {
        let at = self.now.saturating_add(after);
        self.queue.push(Reverse((at, self.next)));
        self.events.insert(self.next, event);
        self.next += 1;
    }

    fn happen(&mut self, event: Event) -> Checked {
        self.report.events += 1;
        match event {
            Event::Act(party) => self.act(party),
            Event::ClientTime(party, number) => self.client_time(party, number),
            Event::ClientDisk(party, life, stamp) => self.client_disk(party, life, stamp),
            Event::ClientStart(party) => self.start_client(party),
            Event::Open(party, attempt) => self.open(party, attempt),
            Event::Arrive(conn, way) => self.arrive(conn, way),
            Event::Over(conn, way) => self.over(conn, way),
            Event::ServerTime(number) => self.server_time(number),
            Event::RoomTime(room, number) => self.room_time(room, number),
            Event::RoomDisk(room, life, stamp) => self.room_disk(room, life, stamp),
            Event::Opened(request, number, room, life) => {
                self.room_read(request, number, room, life)
            }
            Event::Known(request, token, room, life) => self.known(request, &token, room, life),
            Event::ServerStart => self.start_server(),
            Event::WoundDown(life) => self.wound_down(life),
            Event::Dies(party, life) if self.parties[party].life == life => {
                self.crash_client(party)
            }
            Event::Dies(..) => Ok(()),
            Event::Fault(fault, lot) => self.strike(fault, lot),
            Event::Reads(party) => self.reads(party),
            Event::Granted(principal) => self.grant(principal),
            Event::Breaks(party) => {
                if let Some(conn) = self.parties[party].conn.filter(|_| !self.calm) {
                    self.reset(conn);
                }
                Ok(())
            }
            Event::RolledBack(_) if self.calm => Ok(()),
            Event::RolledBack(party) => self.roll_back(party, false),
            Event::Copies => self.make_copies(),
        }
    }

    /// How long an alarm takes: it may come early, which is harmless, or late.
    pub fn alarm(&mut self, lot: Lot, index: u64, wait: Micros) -> Micros {
        if self.calm || !self.plan.has(Fault::Timers) {
            return wait;
        }
        let mut lot = self.chance.draw(lot, index);
        match lot.below(4) {
            0 => wait / (2 + lot.below(3)),
            1 => wait + lot.scale(SECOND / 1_000, 2 * SECOND),
            _ => wait,
        }
    }

    /// Notes what happens, for people.
    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &self.story {
            let line = format!("{:>10.6} s  {}", seconds(self.now), what());
            let mut story = story.borrow_mut();
            if story.len() == TOLD {
                story.pop_front();
            }
            story.push_back(line);
        }
    }

    /// Takes an output into the hash of all.
    pub fn digest(&mut self, actor: u64, bytes: &[u8]) {
        if let Some(tape) = &mut self.tape {
            let words = crate::forms::in_words(bytes);
            tape.push(format!("{:.6} s, {}: {words}", seconds(self.now), actor_name(actor)));
        }
        let mut hash = self.report.hash ^ actor ^ (bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash ^ u64::from_le_bytes(word))
                .wrapping_mul(0x0000_0100_0000_01b3)
                .rotate_left(17);
        }
        self.report.hash = hash;
    }

    /// A time that something of this mean takes; almost none once all is calm.
    pub fn delay(&mut self, lot: Lot, index: u64, mean: Micros) -> Micros {
        let drawn = self.chance.draw(lot, index).wait(mean);
        if self.calm { 1_000 + drawn % 1_000 } else { drawn }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn seconds(micros: Micros) -> f64 {
    micros as f64 / SECOND as f64
}

/// Whose output it is, as outputs are counted.
fn actor_name(actor: u64) -> String {
    match actor {
        0..100 => format!("records of client {actor}"),
        100..500 => format!("client {}", actor - 100),
        500..1_000 => format!("records of room {}", actor - 500),
        _ => format!("the server to connection {}", actor - 1_000),
    }
}

/// A connection's number as the server knows it.
#[must_use]
pub const fn conn_id(conn: u64) -> ConnId {
    ConnId::new(conn)
}

/// How long things may take in a run: short enough that what is dead, stuck or deserted is ended by the engine while there
/// are faults. Participants who are silent are gone within it, or stay for all of it.
#[must_use]
pub fn timing(plan: &Plan) -> Timing {
    let presence = Duration::from_secs(if plan.seed.is_multiple_of(2) { 8 } else { 120 });
    let mut random = Random::of(plan.seed, Lot::Timing, 0);
    let mut draw = |least, most| Duration::from_micros(random.scale(least, most));
    let (idle, room_idle) = (draw(6 * SECOND, 20 * SECOND), draw(2 * SECOND, 60 * SECOND));
    let (heartbeat, stall) = (idle / 3, idle / 2);
    Timing { idle, heartbeat, stall, presence, room_idle, ..Timing::default() }
}

/// The limits of a run's server and rooms.
#[must_use]
pub fn limits(plan: &Plan) -> Limits {
    let mut limits = Limits { value_bytes: 8_000, mutation_bytes: 20_000, ..Limits::default() };
    if plan.has(Fault::SmallLimits) {
        let mut random = Random::of(plan.seed, Lot::Limits, 0);
        let mut draw =
            |least: u64, most: u64| usize::try_from(random.scale(least, most)).unwrap_or(1);
        limits.chunk_bytes = draw(1, 2_000);
        limits.window = draw(1, 16);
        limits.window_bytes = draw(100, 10_000);
        limits.tombstones = draw(1, 8);
        limits.frames_minute = draw(300, 6_000);
        limits.outbox_edits = draw(20, 10_000);
        limits.principal_registers = draw(2, 16);
    }
    limits
}
