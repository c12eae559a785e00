//! The server's handle: connections, rooms and their storage, behind one lock.
//!
//! A handle owns a [`Server`](crate::server::Server) and the rooms that it speaks of, passes values
//! between them, and leaves to its host only what it cannot do itself: [`HostOutput`].

use core::time::Duration;
#[cfg(feature = "host")]
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::exchange::Grant;
use crate::host::cell::{Cell, Pace};
#[cfg(feature = "host")]
use crate::host::disk::Disk;
use crate::host::wake::Callback;
#[cfg(feature = "host")]
use crate::host::{Clock, Driver, JournalNo, Reaction, Recovered, draw_entropy, storage};
use crate::id::{ConnId, Principal, RecordId, RequestId, RoomNo};
use crate::limit::{Limits, Timing};
use crate::message::{Codec, Durability};
use crate::policy::Policies;
use crate::server::ServerMetrics;
use crate::time::Time;

mod entry;
pub(in crate::host) mod hosted;
mod output;
pub(in crate::host) mod plan;
#[cfg(feature = "views")]
mod reads;
mod rooms;
mod routes;
#[cfg(feature = "host")]
pub(in crate::host) mod shelf;
#[cfg(feature = "host")]
mod state;
#[cfg(feature = "views")]
mod views;

#[cfg(feature = "host")]
use crate::host::flight::{FlightStatus, Recorded};
use hosted::{Hosted, Storage};
pub use output::{HostEvent, HostOutput};
pub use rooms::RoomReport;

/// How a server behaves.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerOptions {
    /// The bounds that it keeps, and tells its clients.
    pub limits: Limits,
    /// How long things may take.
    pub timing: Timing,
    /// The codecs that it speaks; a client's order of preference decides among them.
    pub codecs: Vec<Codec>,
    /// Which stale edits are refused.
    pub policy: Policies,
    /// Whether the host wants [`HostEvent::Changed`].
    pub watch: bool,
    /// Put a digest into every final delta; costs 8 bytes each.
    pub digest_always: bool,
    /// Whether the host renders views: otherwise whoever watches one is told that there is none.
    pub views: bool,
    /// The file into which all is recorded that the server is given, or nothing. See
    /// [`flight`](crate::host::flight).
    #[cfg(feature = "host")]
    pub flight: String,
    /// The most bytes of such a recording, at most 2^32.
    #[cfg(feature = "host")]
    pub flight_bytes: u64,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timing: Timing::default(),
            codecs: Codec::ALL.to_vec(),
            policy: Policies::default(),
            watch: false,
            digest_always: false,
            views: false,
            #[cfg(feature = "host")]
            flight: String::new(),
            #[cfg(feature = "host")]
            flight_bytes: crate::limit::FLIGHT_BYTES,
        }
    }
}

/// A thread-safe server with its rooms. Clones are the same server.
///
/// In automatic mode it has a clock, a thread and, if it has a directory, one journal per room. In
/// manual mode its host says what time it is and makes records durable.
///
/// Every method may be called from any thread. After a call there may be something to
/// [`poll`](Self::poll); the callback set by [`set_wake`](Self::set_wake) says when.
///
/// ```
/// use syncline_core::host::{HostOutput, ServerHandle, ServerOptions};
/// use syncline_core::{Code, ConnId, Durability, Time};
/// let options = ServerOptions::default();
/// let server = ServerHandle::manual(options, Durability::Volatile, [7; 32], Time::default())?;
/// server.connected(ConnId::new(1))?;
/// server.set_now(Time::from_millis(5_000))?;
/// let Some(HostOutput::Close { code, .. }) = server.poll()? else { panic!() };
/// assert_eq!(code, Code::HelloTimeout);
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ServerHandle(Arc<Owner>);

/// A server with its rooms that can be recorded, where there are files.
#[cfg(feature = "host")]
type Held = Recorded<Hosted>;
#[cfg(not(feature = "host"))]
type Held = Hosted;

/// What ends with the last clone.
struct Owner {
    cell: Arc<Cell<Held>>,
    /// Dropped with its thread joined; the thread does not hold the owner.
    #[cfg(feature = "host")]
    driver: Option<Driver>,
}

impl ServerHandle {
    /// A server in automatic mode. Its rooms lie in this directory, made if it is not there, or
    /// live in memory only.
    ///
    /// Each open room with a journal takes one file descriptor of the process.
    ///
    /// # Errors
    /// `StorageInUse` if another holds the directory, `InvalidArgument` for limits outside their
    /// range.
    #[cfg(feature = "host")]
    pub fn automatic(options: ServerOptions, directory: Option<&Path>) -> Result<Self, Error> {
        Self::automatic_on(&Disk::System, options, directory)
    }

    #[cfg(feature = "host")]
    pub(super) fn automatic_on(
        disk: &Disk,
        options: ServerOptions,
        directory: Option<&Path>,
    ) -> Result<Self, Error> {
        let clock = Clock::new();
        let (orders, queue) = storage::queue_on(disk.clone());
        let (storage, lock) = match directory {
            Some(root) => {
                let (files, lock) = shelf::Shelf::open(disk, root)?;
                (Storage::Journals(files, orders.clone()), Some(lock))
            }
            None => (Storage::Memory, None),
        };
        let hosted = Held::new(options, storage, draw_entropy()?)?;
        let cell = Arc::new(Cell::new(hosted, Pace::Automatic(clock, orders.clone())));
        let reaction: Arc<dyn Reaction> = Arc::<Cell<Held>>::clone(&cell);
        let driver = Some(Driver::start(clock, (orders, queue), reaction, lock)?);
        Ok(Self(Arc::new(Owner { cell, driver })))
    }

    /// A server in manual mode: `seed` is fresh entropy, or a test's own.
    ///
    /// If it is durable, its host keeps the rooms' records: [`HostOutput::OpenRoom`],
    /// [`HostOutput::Persist`] and [`HostOutput::CloseRoom`] are its to carry out, in order.
    pub fn manual(
        options: ServerOptions,
        durability: Durability,
        seed: [u8; 32],
        now: Time,
    ) -> Result<Self, Error> {
        let storage = match durability {
            Durability::Durable => Storage::Host,
            Durability::Volatile => Storage::Memory,
        };
        let hosted = Held::new(options, storage, seed)?;
        let cell = Arc::new(Cell::new(hosted, Pace::Manual(now)));
        Ok(Self(Arc::new(Owner {
            cell,
            #[cfg(feature = "host")]
            driver: None,
        })))
    }

    /// Sets what is called when there is something to poll. See [`Wake`](crate::host::Wake) for the
    /// contract; the order is: clear, drain until `None`, wait.
    pub fn set_wake(&self, callback: Option<Callback>) {
        self.0.cell.set_wake(callback);
    }

    /// What the host is to do next.
    pub fn poll(&self) -> Result<Option<HostOutput>, Error> {
        self.0.cell.poll(|hosted, _| hosted.poll())
    }

    /// Says what time it is, in manual mode.
    pub fn set_now(&self, now: Time) -> Result<(), Error> {
        self.0.cell.set_now(now)
    }

    /// When the server wants to hear of the time next, in manual mode.
    pub fn deadline(&self) -> Result<Option<Time>, Error> {
        self.0.cell.deadline()
    }

    /// A connection came, under a number never used before with this server.
    pub fn connected(&self, conn: ConnId) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.connect(now, conn))
    }

    /// A frame came: the whole of one, of any content.
    pub fn receive(&self, conn: ConnId, frame: &[u8]) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.hear(now, conn, frame))
    }

    /// All that was transmitted to the connection has left; it can take another frame.
    pub fn writable(&self, conn: ConnId) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.writable(now, conn))
    }

    /// The connection is gone.
    pub fn disconnected(&self, conn: ConnId) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.disconnect(now, conn))
    }

    /// Answers [`HostOutput::Authorize`]. Late and unknown answers are ignored.
    pub fn authorize(&self, request: RequestId, answer: Result<Grant, Code>) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.authorize(now, request, answer))
    }

    /// Takes back all that was granted to a principal.
    pub fn revoke(&self, principal: &Principal) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.revoke(now, principal))
    }

    /// Ends as [`shutdown`](Self::shutdown) does, but first tells everyone what became of all that was accepted:
    /// nothing more is read, and it ends when everything is durable and every connection has taken what was sent to
    /// it, or after `within`, whichever comes first. What clients send meanwhile comes again when they are back.
    ///
    /// The host goes on polling, saying what is durable and writable, and in manual mode what time it is. Only the first
    /// call counts.
    pub fn wind_down(&self, retry_after: Duration, within: Duration) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.wind_down(now, within, retry_after))
    }

    /// Says good-bye to every connection and closes it, and every room that the host does not hold.
    /// What was accepted still becomes durable.
    pub fn shutdown(&self, retry_after: Duration) -> Result<(), Error> {
        self.0.cell.input(|hosted, now| hosted.shutdown(now, retry_after))
    }

    /// Ends the server: what was accepted is made durable and the thread has ended when this
    /// returns. Every later call is refused with `Closed`.
    ///
    /// From inside the wake callback the thread ends by itself, after the callback.
    pub fn close(&self) -> Result<(), Error> {
        let closed = self.0.cell.close(Held::end);
        #[cfg(feature = "host")]
        if let Some(driver) = &self.0.driver {
            driver.stop();
        }
        #[cfg(feature = "host")]
        let _ = self.0.cell.try_late_input(|hosted, _| {
            hosted.land();
            Ok(())
        });
        closed
    }

    /// How far the recording is that the option `flight` asked for.
    #[cfg(feature = "host")]
    pub fn flight(&self) -> Result<Option<FlightStatus>, Error> {
        self.0.cell.read(Held::flight)
    }

    /// Refuses every later call with `Poisoned`: somebody panicked while using the handle.
    pub fn poison(&self) {
        self.0.cell.poison();
    }

    /// The limits in force, which clients are told.
    pub fn limits(&self) -> Result<Limits, Error> {
        self.read(|hosted| hosted.server.config().limits)
    }

    /// The counters now.
    pub fn metrics(&self) -> Result<ServerMetrics, Error> {
        self.read(Hosted::metrics)
    }

    /// Answers [`HostOutput::OpenRoom`] with the blobs since the last `Replace`, in order; none for
    /// a new room. Like all answers, one for a room that is gone is ignored.
    pub fn room_opened(&self, room: RoomNo, blobs: Vec<Vec<u8>>) -> Result<(), Error> {
        self.0.cell.check_manual()?;
        heard(open(&self.0.cell, room, Ok((blobs, 0))))
    }

    /// Storage of this room failed: it cannot be opened, or an order could not be carried out. It is
    /// closed to everyone as `Unavailable`, and opened again when somebody asks for it.
    pub fn room_failed(&self, room: RoomNo, error: Error) -> Result<(), Error> {
        self.0.cell.check_manual()?;
        heard(self.0.cell.try_input(|hosted, now| hosted.failed(now, room, error)))
    }

    /// Answers [`HostOutput::Persist`]: the records of this room up to `record` are durable.
    pub fn persisted(&self, room: RoomNo, record: RecordId) -> Result<(), Error> {
        self.0.cell.check_manual()?;
        heard(self.0.cell.try_input(|hosted, _| hosted.persisted(room, record)))
    }

    fn read<T>(&self, look: impl FnOnce(&Hosted) -> T) -> Result<T, Error> {
        self.0.cell.read(|hosted| look(hosted))
    }
}

/// An answer that comes after its room went is no mistake.
fn heard(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.code == Code::NotFound => Ok(()),
        other => other,
    }
}

/// Restores a room outside the lock, because that takes long for a large one.
fn open(
    cell: &Cell<Held>,
    room: RoomNo,
    opened: Result<(Vec<Vec<u8>>, u64), Error>,
) -> Result<(), Error> {
    let plan = cell.try_late_input(|hosted, _| hosted.plan(room))?;
    let restored = plan.restore(opened);
    cell.try_late_input(|hosted, now| hosted.opened(now, room, restored))
}

/// The thread's word about rooms that are gone, or after the close, concerns nobody.
#[cfg(feature = "host")]
impl Reaction for Cell<Held> {
    fn opened(&self, journal: JournalNo, opened: Result<Recovered, Error>) {
        let opened = opened.map(|recovered| (recovered.blobs, recovered.dropped_bytes));
        let _ = open(self, room_of(journal), opened);
    }

    fn persisted(&self, journal: JournalNo, record: RecordId) {
        let _ = self.try_late_input(|hosted, _| hosted.persisted(room_of(journal), record));
    }

    fn failed(&self, journal: JournalNo, error: Error) {
        let _ = self.try_late_input(|hosted, now| hosted.failed(now, room_of(journal), error));
    }

    fn tick(&self) -> Option<Time> {
        let _ = Self::tick(self);
        self.deadline().ok().flatten()
    }

    fn poison(&self) {
        Self::poison(self);
    }
}

/// A room's journal has the room's number.
#[cfg(feature = "host")]
fn room_of(journal: JournalNo) -> RoomNo {
    RoomNo::new(u32::try_from(journal).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
