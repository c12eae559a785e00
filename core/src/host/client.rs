//! The client's handle: edits, frames and storage, behind one lock.

#[cfg(feature = "host")]
use std::path::Path;
use std::sync::Arc;

use crate::client::{Client, ClientConfig, ClientOutput, Status, SyncStatus};
use crate::error::{Code, Error};
use crate::host::cell::{Cell, Pace, Role};
use crate::host::wake::Callback;
#[cfg(feature = "host")]
use crate::host::{
    Clock, Driver, Journal, JournalNo, Orders, Reaction, Recovered, draw_entropy, storage,
};
use crate::id::{DraftId, Epoch, Key, PresenceId, RecordId, RoomName, RoomNo, Version};
use crate::limit::Limits;
use crate::message::Durability;
use crate::metrics::{Metrics, Report};
use crate::op::{Action, Content};
use crate::resolve::Resolution;
use crate::time::Time;
use crate::value::Value;

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
/// assert_eq!(client.poll()?, Some(ClientOutput::Connect));
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

/// The client and what is next to be polled of it.
struct Kept {
    client: Client,
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
        let clock = Clock::new();
        let (orders, queue) = storage::queue();
        let config = ClientConfig { durable: journal.is_some(), ..config };
        let client = match journal {
            None => Client::new(config, draw_entropy()?),
            Some(path) => {
                let (journal, Recovered { blobs, .. }) = Journal::open(path)?;
                orders.adopt(JOURNAL, journal);
                Client::restore(config, draw_entropy()?, blobs.iter().map(Vec::as_slice))?
            }
        };
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
        let client = Client::restore(config, seed, blobs.iter().map(Vec::as_slice))?;
        let kept = Kept {
            client,
            next: None,
            failure: None,
            #[cfg(feature = "host")]
            orders: None,
        };
        Ok(Self(Arc::new(Owner {
            cell: Arc::new(Cell::new(kept, Pace::Manual(now))),
            #[cfg(feature = "host")]
            driver: None,
        })))
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
        self.input(Client::handle_disconnected)
    }

    /// A newer token.
    pub fn set_token(&self, token: &str) -> Result<(), Error> {
        self.input(|client, now| client.set_token(now, token))
    }

    /// Opens a room, and says whether it is also to be written. See [`Client::open`].
    pub fn open(&self, name: &RoomName, writes: bool) -> Result<RoomNo, Error> {
        self.try_input(|client, now| client.open(now, name.clone(), writes))
    }

    /// Leaves a room; what is known of it stays until it is opened again.
    pub fn close_room(&self, room: RoomNo) -> Result<(), Error> {
        self.input(|client, now| client.close_room(now, room))
    }

    /// Leaves a room and forgets all that is known of it; its edits without a verdict are given up.
    pub fn forget_room(&self, room: RoomNo) -> Result<(), Error> {
        self.input(|client, now| client.forget_room(now, room))
    }

    /// Edits one key. See [`Client::edit`] for what is refused.
    pub fn edit(&self, room: RoomNo, key: &str, action: Action) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.edit(now, room, key, action))
    }

    /// Makes several edits one mutation. See [`Client::batch`].
    pub fn batch(&self, room: RoomNo, edits: Vec<(Key, Action)>) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.batch(now, room, edits))
    }

    /// Puts a value into a list. See [`Client::insert_at`].
    pub fn insert_at(
        &self,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.insert_at(now, room, key, index, value))
    }

    /// Takes a value out of a list. See [`Client::remove_at`].
    pub fn remove_at(&self, room: RoomNo, key: &str, index: usize) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.remove_at(now, room, key, index))
    }

    /// Moves a value within a list. See [`Client::move_to`].
    pub fn move_to(
        &self,
        room: RoomNo,
        key: &str,
        from: usize,
        to: usize,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.move_to(now, room, key, from, to))
    }

    /// Gives a list item another value. See [`Client::replace_at`].
    pub fn replace_at(
        &self,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.replace_at(now, room, key, index, value))
    }

    /// Answers a conflict. See [`Client::resolve`].
    pub fn resolve(
        &self,
        room: RoomNo,
        draft: DraftId,
        resolution: Resolution,
    ) -> Result<Option<DraftId>, Error> {
        self.try_input(|client, now| client.resolve(now, room, draft, resolution))
    }

    /// Sends what waits for its burst to end, without waiting.
    pub fn flush(&self) -> Result<(), Error> {
        self.input(Client::flush)
    }

    /// Changes what this client shows of itself in a room. See [`Client::set_presence`].
    pub fn set_presence(&self, room: RoomNo, patch: Option<&Value>) -> Result<(), Error> {
        self.try_input(|client, now| client.set_presence(now, room, patch))
    }

    /// The other participants of a room.
    pub fn presences(&self, room: RoomNo) -> Result<Vec<(PresenceId, Value)>, Error> {
        let copy = |(id, state): (PresenceId, &Value)| (id, state.clone());
        self.read(|client| {
            client.presence(room).map(|view| view.others().map(copy).collect()).unwrap_or_default()
        })
    }

    /// The participant that this client is in a room, while it is joined.
    pub fn presence_me(&self, room: RoomNo) -> Result<Option<PresenceId>, Error> {
        self.read(|client| client.presence(room).and_then(|view| view.me()))
    }

    /// What a key shows: what is confirmed with pending edits on top.
    pub fn get(&self, room: RoomNo, key: &str) -> Result<Option<Content>, Error> {
        self.read(|client| client.get(room, key).cloned())
    }

    /// What the server has confirmed of a key.
    pub fn confirmed_get(&self, room: RoomNo, key: &str) -> Result<Option<Content>, Error> {
        self.read(|client| client.confirmed_get(room, key).cloned())
    }

    /// The keys with this prefix and what they show, in the order of keys.
    pub fn entries(&self, room: RoomNo, prefix: &str) -> Result<Vec<(Key, Content)>, Error> {
        self.read(|client| client.entries(room, prefix))
    }

    /// The keys with this prefix that show a value, in order.
    pub fn keys(&self, room: RoomNo, prefix: &str) -> Result<Vec<Key>, Error> {
        self.read(|client| client.keys(room, prefix))
    }

    /// The version up to which a room's state is confirmed here.
    pub fn version(&self, room: RoomNo) -> Result<Option<Version>, Error> {
        self.read(|client| client.version(room))
    }

    /// The epoch of a room's confirmed state.
    pub fn epoch(&self, room: RoomNo) -> Result<Option<Epoch>, Error> {
        self.read(|client| client.epoch(room))
    }

    /// The number under which a room is known here, open or not.
    pub fn room(&self, name: &RoomName) -> Result<Option<RoomNo>, Error> {
        self.read(|client| client.room(name))
    }

    /// The name of a room.
    pub fn room_name(&self, room: RoomNo) -> Result<Option<RoomName>, Error> {
        self.read(|client| client.room_name(room).cloned())
    }

    /// Whether the server's word on a room survives its crash, as it said last.
    pub fn durability(&self, room: RoomNo) -> Result<Option<Durability>, Error> {
        self.read(|client| client.durability(room))
    }

    /// Whether a state of the room is known, from the server or from what was recorded.
    pub fn ready(&self, room: RoomNo) -> Result<bool, Error> {
        self.read(|client| client.ready(room))
    }

    /// Mutations of a room without a verdict.
    pub fn pending(&self, room: RoomNo) -> Result<usize, Error> {
        self.read(|client| client.pending(room))
    }

    /// Mutations of all rooms without a verdict, of rooms that are not open too.
    pub fn pending_total(&self) -> Result<usize, Error> {
        self.read(Client::pending_total)
    }

    /// How far an open room is from its server, and when all was last well.
    pub fn status(&self, room: RoomNo) -> Result<Option<SyncStatus>, Error> {
        self.read(|client| client.sync_status(room))
    }

    /// The status of the worst open room.
    pub fn overall_status(&self) -> Result<Status, Error> {
        self.read(Client::overall_status)
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
        closed
    }

    /// Refuses every later call with `Poisoned`: somebody panicked while using the handle.
    pub fn poison(&self) {
        self.0.cell.poison();
    }

    fn input<T>(&self, give: impl FnOnce(&mut Client, Time) -> T) -> Result<T, Error> {
        self.0.cell.input(|kept, now| give(&mut kept.client, now))
    }

    fn try_input<T>(
        &self,
        give: impl FnOnce(&mut Client, Time) -> Result<T, Error>,
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
