//! The client's handle: edits, frames and storage, behind one lock.

#[cfg(feature = "host")]
use std::path::Path;
use std::sync::Arc;

use crate::client::{Client, ClientConfig, ClientOutput};
use crate::error::Error;
use crate::host::cell::{Cell, Pace, Role};
#[cfg(feature = "host")]
use crate::host::disk::Disk;
#[cfg(feature = "host")]
use crate::host::flight::{FlightStatus, Recorded};
use crate::host::wake::Callback;
#[cfg(feature = "host")]
use crate::host::{
    Clock, Driver, Journal, JournalNo, Orders, Reaction, Recovered, draw_entropy, storage,
};
use crate::id::{RecordId, StoreMark};
use crate::limit::Limits;
use crate::metrics::{Metrics, Report};
use crate::time::Time;

mod rooms;
mod tabs;
#[cfg(feature = "views")]
mod views;

/// A thread-safe client. Clones are the same client.
///
/// In automatic mode it has a clock, a thread and, if it has a path, a journal. In manual mode its
/// host says what time it is and makes records durable.
///
/// Every method may be called from any thread. After a call there may be something to
/// [`poll`](Self::poll); the callback set by [`set_wake`](Self::set_wake) says when.
///
/// ```
/// use syncline_core::client::{ClientConfig, ClientOutput};
/// use syncline_core::host::ClientHandle;
/// use syncline_core::{Action, RoomName, Time, Value};
/// let config = ClientConfig { durable: false, ..ClientConfig::default() };
/// let client = ClientHandle::manual(config, [7; 32], &[], Time::default())?;
/// let cart = client.open(&RoomName::new("cart-1")?, true)?;
/// client.edit(cart, "total", Action::Set(Value::from_i64(15)?))?;
/// assert_eq!(client.get(cart, "total")?.unwrap().to_json(), "15");
/// let mut connect = false;
/// while let Some(output) = client.poll()? {
///     connect |= output == ClientOutput::Connect;
/// }
/// assert!(connect);
/// assert_eq!(client.close()?, 1);
/// # Ok::<(), syncline_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientHandle(Arc<Owner>);

/// What ends with the last clone.
struct Owner {
    cell: Arc<Cell<Kept>>,
    /// Dropped with its thread joined; the thread does not hold the owner.
    #[cfg(feature = "host")]
    driver: Option<Driver>,
}

/// A client that can be recorded, where there are files.
#[cfg(feature = "host")]
type Held = Recorded<Client>;
#[cfg(not(feature = "host"))]
type Held = Client;

/// The client and what is next to be polled of it.
struct Kept {
    client: Held,
    /// Taken early, so that the host is woken only for something.
    next: Option<ClientOutput>,
    /// Why storage failed.
    failure: Option<Error>,
    #[cfg(feature = "host")]
    orders: Option<Orders>,
}

/// The one journal of a client.
#[cfg(feature = "host")]
const JOURNAL: JournalNo = 0;

impl Kept {
    fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
        self.client.handle_persist_failed();
    }
}

impl Role for Kept {
    fn settle(&mut self, _now: Time) {
        #[cfg(feature = "host")]
        if let Some(orders) = &self.orders {
            while let Some(persist) = self.client.poll_persist() {
                orders.persist(JOURNAL, persist);
            }
        }
        if self.next.is_none() {
            self.next = self.client.poll_output();
        }
    }

    fn handle_timeout(&mut self, now: Time) {
        self.client.handle_timeout(now);
    }

    fn deadline(&self) -> Option<Time> {
        self.client.poll_timeout()
    }

    fn is_ready(&self) -> bool {
        self.next.is_some()
    }
}

impl ClientHandle {
    /// A client in automatic mode, with its records in the journal at this path, or without any.
    ///
    /// # Errors
    /// `StorageInUse` if another holds the journal, `StorageCorrupt` if it is damaged.
    #[cfg(feature = "host")]
    pub fn automatic(config: ClientConfig, journal: Option<&Path>) -> Result<Self, Error> {
        Self::automatic_on(&Disk::System, config, journal)
    }

    #[cfg(feature = "host")]
    pub(super) fn automatic_on(
        disk: &Disk,
        config: ClientConfig,
        journal: Option<&Path>,
    ) -> Result<Self, Error> {
        let clock = Clock::new();
        let (orders, queue) = storage::queue_on(disk.clone());
        let config = ClientConfig { durable: journal.is_some(), ..config };
        let blobs = match journal {
            None => Vec::new(),
            Some(path) => {
                let (journal, Recovered { blobs, .. }) = Journal::open_on(disk, path)?;
                orders.adopt(JOURNAL, journal);
                blobs
            }
        };
        let client = Held::restore(config, draw_entropy()?, blobs.iter().map(Vec::as_slice))?;
        let kept = Kept { client, next: None, failure: None, orders: Some(orders.clone()) };
        let cell = Arc::new(Cell::new(kept, Pace::Automatic(clock, orders.clone())));
        let reaction: Arc<dyn Reaction> = Arc::<Cell<Kept>>::clone(&cell);
        let driver = Some(Driver::start(clock, (orders, queue), reaction, None)?);
        Ok(Self(Arc::new(Owner { cell, driver })))
    }

    /// A client in manual mode, with the blobs since its last `Replace`, in order; `seed` is fresh
    /// entropy, or a test's own.
    ///
    /// # Errors
    /// `StorageCorrupt` if the blobs are not what a client wrote.
    pub fn manual(
        config: ClientConfig,
        seed: [u8; 32],
        blobs: &[Vec<u8>],
        now: Time,
    ) -> Result<Self, Error> {
        let client = Held::restore(config, seed, blobs.iter().map(Vec::as_slice))?;
        Ok(Self::by_hand(client, now))
    }

    fn by_hand(client: Held, now: Time) -> Self {
        let kept = Kept {
            client,
            next: None,
            failure: None,
            #[cfg(feature = "host")]
            orders: None,
        };
        Self(Arc::new(Owner {
            cell: Arc::new(Cell::new(kept, Pace::Manual(now))),
            #[cfg(feature = "host")]
            driver: None,
        }))
    }

    /// Sets what is called when there is something to poll. See [`Wake`](crate::host::Wake) for the
    /// contract; the order is: clear, drain until `None`, wait.
    pub fn set_wake(&self, callback: Option<Callback>) {
        self.0.cell.set_wake(callback);
    }

    /// What the host is to do next. [`ClientOutput::Persist`] comes in manual mode only.
    pub fn poll(&self) -> Result<Option<ClientOutput>, Error> {
        self.0.cell.poll(|kept, now| {
            let output = kept.next.take();
            kept.settle(now);
            output
        })
    }

    /// What time it is for this client, since its origin.
    pub fn now(&self) -> Result<Time, Error> {
        self.0.cell.now()
    }

    /// Says what time it is, in manual mode.
    pub fn set_now(&self, now: Time) -> Result<(), Error> {
        self.0.cell.set_now(now)
    }

    /// When the client wants to hear of the time next, in manual mode.
    pub fn deadline(&self) -> Result<Option<Time>, Error> {
        self.0.cell.deadline()
    }

    /// Answers [`ClientOutput::Persist`] in manual mode: the records up to this one are durable.
    pub fn persisted(&self, record: RecordId) -> Result<(), Error> {
        self.0.cell.check_manual()?;
        self.input(|client, _| client.handle_persisted(record))
    }

    /// Answers [`ClientOutput::Persist`] in manual mode: storage failed.
    pub fn persist_failed(&self, error: Error) -> Result<(), Error> {
        self.0.cell.check_manual()?;
        self.0.cell.input(|kept, _| kept.fail(error))
    }

    /// Why storage failed, if it did.
    pub fn storage_error(&self) -> Result<Option<Error>, Error> {
        self.0.cell.read(|kept| kept.failure.clone())
    }

    /// Asks to be told once every edit made so far is durable. See [`Client::ask_stored`].
    ///
    /// # Errors
    /// `WrongMode` for a client that stores nothing, `Poisoned` after storage has failed.
    pub fn ask_stored(&self) -> Result<StoreMark, Error> {
        self.try_input(|client, _| client.ask_stored())
    }

    /// The connection that was asked for is open; `token` says who the client is.
    pub fn connected(&self, token: &str) -> Result<(), Error> {
        self.input(|client, now| client.handle_connected(now, token))
    }

    /// A frame came over the connection: the whole of one, of any content.
    pub fn receive(&self, frame: &[u8]) -> Result<(), Error> {
        self.input(|client, now| client.handle_frame(now, frame))
    }

    /// The connection has ended, or could not be opened.
    pub fn disconnected(&self) -> Result<(), Error> {
        self.input(Held::handle_disconnected)
    }

    /// A newer token.
    pub fn set_token(&self, token: &str) -> Result<(), Error> {
        self.input(|client, now| client.set_token(now, token))
    }

    /// Tries again now what waits out a pause after a failure: for when the network is back.
    pub fn reconnect(&self) -> Result<(), Error> {
        self.input(Held::reconnect)
    }

    /// The limits in force: the configured ones, lowered to the server's.
    pub fn limits(&self) -> Result<Limits, Error> {
        self.read(|client| *client.limits())
    }

    /// What was counted since the client was made.
    pub fn metrics(&self) -> Result<Metrics, Error> {
        self.read(|client| client.metrics().clone())
    }

    /// What the counts say.
    pub fn report(&self) -> Result<Report, Error> {
        self.read(|client| {
            let pending = u64::try_from(client.pending_total()).unwrap_or(u64::MAX);
            client.metrics().report(pending)
        })
    }

    /// Ends the client, and says how many mutations have no verdict: durable ones are sent after the
    /// next start, others are lost. Never waits for the server. What was recorded is durable and the
    /// thread has ended when this returns; every later call is refused with `Closed`. The host ends
    /// the connection.
    ///
    /// From inside the wake callback the thread ends by itself, after the callback.
    pub fn close(&self) -> Result<usize, Error> {
        let closed = self.0.cell.close(|kept, now| {
            kept.client.shutdown(now);
            kept.client.pending_total()
        });
        #[cfg(feature = "host")]
        if let Some(driver) = &self.0.driver {
            driver.stop();
        }
        #[cfg(feature = "host")]
        let _ = self.0.cell.try_late_input(|kept, _| {
            kept.client.land();
            Ok(())
        });
        closed
    }

    /// How far the recording is that the option `flight` asked for.
    #[cfg(feature = "host")]
    pub fn flight(&self) -> Result<Option<FlightStatus>, Error> {
        self.0.cell.read(|kept| kept.client.flight())
    }

    /// Refuses every later call with `Poisoned`: somebody panicked while using the handle.
    pub fn poison(&self) {
        self.0.cell.poison();
    }

    fn input<T>(&self, give: impl FnOnce(&mut Held, Time) -> T) -> Result<T, Error> {
        self.0.cell.input(|kept, now| give(&mut kept.client, now))
    }

    fn try_input<T>(
        &self,
        give: impl FnOnce(&mut Held, Time) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.0.cell.try_input(|kept, now| give(&mut kept.client, now))
    }

    fn read<T>(&self, look: impl FnOnce(&Client) -> T) -> Result<T, Error> {
        self.0.cell.read(|kept| look(&kept.client))
    }
}

/// The thread's word after a poisoning concerns nobody.
#[cfg(feature = "host")]
impl Reaction for Cell<Kept> {
    fn opened(&self, _journal: JournalNo, _opened: Result<Recovered, Error>) {}

    fn persisted(&self, _journal: JournalNo, record: RecordId) {
        let _ = self.try_late_input(|kept, _| {
            kept.client.handle_persisted(record);
            Ok(())
        });
    }

    fn failed(&self, _journal: JournalNo, error: Error) {
        let _ = self.try_late_input(|kept, _| {
            kept.fail(error);
            Ok(())
        });
    }

    fn tick(&self) -> Option<Time> {
        let _ = Self::tick(self);
        self.deadline().ok().flatten()
    }

    fn poison(&self) {
        Self::poison(self);
    }
}
