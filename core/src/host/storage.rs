//! When records reach the disk, and on which thread time passes.
//!
//! A handle in automatic mode has one thread. It carries out storage orders in the order in which
//! they were given, and calls the handle when its deadline is reached. All orders that wait are one
//! batch: each journal in it is written and synced once, however many orders it has.

use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle, ThreadId};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use parking_lot::Mutex;

use crate::error::{Code, Error};
use crate::host::clock::Clock;
use crate::host::disk::Disk;
use crate::host::journal::{self, Journal, Lock, Recovered};
use crate::id::RecordId;
use crate::record::{Persist, PersistMode};
use crate::time::Time;

/// Orders in one batch at most, so that a busy producer does not keep the answers from the others.
const BATCH_ORDERS_MAX: usize = 1_024;
/// How long an order that nothing waits for may wait for company.
const LAZY_SYNC: Duration = Duration::from_millis(50);
/// Files of journals that are open at once at most. Those used least recently are closed until
/// they are written again: a process has few descriptors, and whoever may join rooms chooses how many
/// journals there are.
pub(super) const OPEN_FILES_MAX: usize = 128;
/// A deadline that a tick did not move is not acted upon again before this has passed.
const TICK_PAUSE: Duration = Duration::from_millis(1);
/// No deadline.
const NEVER: u64 = u64::MAX;

/// Which of a handle's journals: the handle numbers them.
pub type JournalNo = u64;

/// What the thread tells its handle. Called on the thread, with no lock of the driver held.
pub trait Reaction: Send + Sync + 'static {
    /// The journal is open, or is not.
    fn opened(&self, journal: JournalNo, opened: Result<Recovered, Error>);
    /// All orders up to this one are durable.
    fn persisted(&self, journal: JournalNo, record: RecordId);
    /// The journal failed: no order is carried out any more, and none of those not answered yet is
    /// known to be durable. Told once.
    fn failed(&self, journal: JournalNo, error: Error);
    /// The deadline is reached, or was once; the answer is the next one.
    fn tick(&self) -> Option<Time>;
    /// A reaction panicked: nothing may be done with the handle any more.
    fn poison(&self);
}

enum Order {
    Adopt { journal: JournalNo, file: Box<Journal> },
    Open { journal: JournalNo, path: PathBuf },
    Persist { journal: JournalNo, persist: Persist },
    Close { journal: JournalNo },
    Delete { journal: JournalNo, path: PathBuf },
    Look,
    Stop,
}

/// Where orders for a driver go; they are carried out in the order in which they were given.
///
/// The queue has no bound of its own: a role has at most a window of records that are not answered,
/// so its producers bound it.
#[derive(Clone, Debug)]
pub struct Orders {
    queue: Sender<Order>,
    /// The earliest deadline that the thread was told of and has not acted upon, in microseconds.
    deadline: Arc<AtomicU64>,
}

/// The other end of [`Orders`], for the thread to come.
#[derive(Debug)]
pub struct Queue {
    disk: Disk,
    orders: Receiver<Order>,
    deadline: Arc<AtomicU64>,
}

/// Orders, and the queue that they go to.
#[must_use]
pub fn queue() -> (Orders, Queue) {
    queue_on(Disk::System)
}

/// Orders to be carried out on this disk.
pub(super) fn queue_on(disk: Disk) -> (Orders, Queue) {
    let (sender, receiver) = unbounded();
    let deadline = Arc::new(AtomicU64::new(NEVER));
    let orders = Orders { queue: sender, deadline: Arc::clone(&deadline) };
    (orders, Queue { disk, orders: receiver, deadline })
}

impl Orders {
    /// Hands over an open journal.
    pub fn adopt(&self, journal: JournalNo, file: Journal) {
        self.give(Order::Adopt { journal, file: Box::new(file) });
    }

    /// Opens a journal, in a directory that the caller has locked; answered by
    /// [`Reaction::opened`].
    pub fn open(&self, journal: JournalNo, path: PathBuf) {
        self.give(Order::Open { journal, path });
    }

    /// Makes the record durable; answered by [`Reaction::persisted`] or [`Reaction::failed`].
    pub fn persist(&self, journal: JournalNo, persist: Persist) {
        self.give(Order::Persist { journal, persist });
    }

    /// Lets go of the journal when the orders before this one are durable.
    pub fn close(&self, journal: JournalNo) {
        self.give(Order::Close { journal });
    }

    /// Removes the journal and its file at this path, whether it is open or failed, without an answer
    /// unless that fails.
    pub fn delete(&self, journal: JournalNo, path: PathBuf) {
        self.give(Order::Delete { journal, path });
    }

    /// Has [`Reaction::tick`] called at this time or earlier.
    pub fn wake_at(&self, deadline: Time) {
        let deadline = deadline.as_micros();
        if self.deadline.fetch_min(deadline, Ordering::SeqCst) > deadline {
            self.give(Order::Look);
        }
    }

    fn give(&self, order: Order) {
        // Fails only when the thread has ended, and then nobody waits for an answer.
        let _ = self.queue.send(order);
    }
}

/// The thread of one handle in automatic mode.
#[derive(Debug)]
pub struct Driver {
    orders: Orders,
    own: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Driver {
    /// Starts the thread for the orders of this queue. It keeps the reaction alive, and the lock of
    /// the directory that its journals lie in, until its end.
    pub fn start(
        clock: Clock,
        (orders, queue): (Orders, Queue),
        reaction: Arc<dyn Reaction>,
        lock: Option<Lock>,
    ) -> Result<Self, Error> {
        let Queue { disk, orders: received, deadline } = queue;
        let files = BTreeMap::new();
        let worker = Worker {
            disk,
            clock,
            orders: received,
            deadline,
            reaction,
            files,
            used: BTreeMap::new(),
            uses: 0,
            lazy_sync_at: None,
            _lock: lock,
        };
        let thread = Builder::new().name("syncline".to_owned()).spawn(move || worker.run());
        let thread = thread.map_err(|error| {
            Error::new(Code::Unavailable, "a thread of the system", error.to_string())
        })?;
        Ok(Self { orders, own: thread.thread().id(), thread: Mutex::new(Some(thread)) })
    }

    /// Carries out what was ordered, ends the thread and waits for its end, also when another thread
    /// does so already; from inside a reaction the thread ends by itself after it.
    pub fn stop(&self) {
        self.orders.give(Order::Stop);
        if self.own == std::thread::current().id() {
            return;
        }
        let mut thread = self.thread.lock();
        if let Some(thread) = thread.take() {
            // The thread catches what its reactions throw; there is nothing left to report here.
            let _ = thread.join();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A journal and what is not answered yet.
struct Entry {
    file: Journal,
    /// When its file was last used, if it is open.
    used: u64,
    /// The last order written and not yet known to be durable.
    unanswered: Option<RecordId>,
    /// Something waits for its answer.
    sync: bool,
}

struct Worker {
    disk: Disk,
    clock: Clock,
    orders: Receiver<Order>,
    deadline: Arc<AtomicU64>,
    reaction: Arc<dyn Reaction>,
    files: BTreeMap<JournalNo, Entry>,
    /// The journals whose files are open, those used least recently first.
    used: BTreeMap<u64, JournalNo>,
    uses: u64,
    lazy_sync_at: Option<Time>,
    /// Dropped after the journals.
    _lock: Option<Lock>,
}

impl Worker {
    fn run(mut self) {
        let reaction = Arc::clone(&self.reaction);
        let worked = catch_unwind(AssertUnwindSafe(|| while self.work() {}));
        if worked.is_err() {
            // Poisoning wakes the host, whose callback may be what panicked.
            let _ = catch_unwind(AssertUnwindSafe(|| reaction.poison()));
        }
    }

    /// One batch: waits for it, carries it out, and lets time pass. Whether there is more to come.
    fn work(&mut self) -> bool {
        let mut more = true;
        let mut next = self.wait();
        let mut count = 0_usize;
        while let Some(order) = next {
            more = !matches!(order, Order::Stop);
            self.carry_out(order);
            count = count.saturating_add(1);
            next =
                if more && count < BATCH_ORDERS_MAX { self.orders.try_recv().ok() } else { None };
        }
        let now = self.clock.now();
        let lazy = !more || self.lazy_sync_at.is_some_and(|at| at <= now);
        self.sync(lazy);
        while !more && let Ok(order) = self.orders.try_recv() {
            // What the last answers led to is part of the end.
            self.carry_out(order);
            if self.orders.is_empty() {
                self.sync(true);
            }
        }
        while !more && let Some((journal, _)) = self.files.first_key_value() {
            self.close(*journal);
        }
        if more && self.deadline.load(Ordering::SeqCst) <= now.as_micros() {
            self.deadline.store(NEVER, Ordering::SeqCst);
            if let Some(deadline) = self.reaction.tick() {
                let deadline = deadline.max(now.after(TICK_PAUSE));
                self.deadline.fetch_min(deadline.as_micros(), Ordering::SeqCst);
            }
        }
        more
    }

    /// The next order, or nothing when a deadline comes first.
    fn wait(&self) -> Option<Order> {
        let told = match self.deadline.load(Ordering::SeqCst) {
            NEVER => None,
            micros => Some(Time::from_micros(micros)),
        };
        let Some(deadline) = told.into_iter().chain(self.lazy_sync_at).min() else {
            return Some(self.orders.recv().unwrap_or(Order::Stop));
        };
        match self.orders.recv_timeout(self.clock.until(deadline)) {
            Ok(order) => Some(order),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Order::Stop),
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Adopt { journal, file } => self.add(journal, *file),
            Order::Open { journal, path } => {
                let opened = Journal::open_locked_on(&self.disk, &path).map(|(file, recovered)| {
                    self.add(journal, file);
                    recovered
                });
                self.reaction.opened(journal, opened);
            }
            Order::Persist { journal, persist } => self.write(journal, &persist),
            Order::Close { journal } => self.close(journal),
            Order::Delete { journal, path } => {
                self.remove(journal);
                if let Err(error) = journal::delete(&self.disk, &path) {
                    self.reaction.failed(journal, error);
                }
            }
            Order::Look | Order::Stop => {}
        }
    }

    fn add(&mut self, journal: JournalNo, file: Journal) {
        self.remove(journal);
        self.files.insert(journal, Entry { file, used: 0, unanswered: None, sync: false });
        self.note_use(journal);
    }

    fn remove(&mut self, journal: JournalNo) -> Option<Entry> {
        let entry = self.files.remove(&journal)?;
        self.used.remove(&entry.used);
        Some(entry)
    }

    /// Closes the files that are too many beside this one.
    fn note_use(&mut self, journal: JournalNo) {
        let Some(entry) = self.files.get_mut(&journal) else { return };
        self.used.remove(&entry.used);
        if entry.file.is_open() {
            self.uses = self.uses.saturating_add(1);
            entry.used = self.uses;
            self.used.insert(entry.used, journal);
        }
        self.rest(OPEN_FILES_MAX);
    }

    /// Closes files until no more than so many are open.
    fn rest(&mut self, most: usize) {
        while self.used.len() > most
            && let Some((_, journal)) = self.used.pop_first()
        {
            if let Some(entry) = self.files.get_mut(&journal) {
                entry.file.rest();
            }
        }
    }

    fn write(&mut self, journal: JournalNo, persist: &Persist) {
        // A journal that failed was removed, and that was told.
        let Some(entry) = self.files.get_mut(&journal) else { return };
        entry.unanswered = Some(persist.id);
        entry.sync |= persist.sync;
        let written = match persist.mode {
            PersistMode::Append => entry.file.append(&persist.bytes),
            PersistMode::Replace => entry.file.replace(&persist.bytes),
        };
        match written {
            // Too many files are open: the sync to come tries again.
            Err(error) if error.code != Code::Unavailable => return self.fail(journal, error),
            Ok(()) | Err(_) => self.note_use(journal),
        }
        if !persist.sync {
            self.sync_soon();
        }
    }

    fn sync_soon(&mut self) {
        let soon = self.clock.now().after(LAZY_SYNC);
        self.lazy_sync_at.get_or_insert(soon);
    }

    /// Syncs the journals for which something waits, or all.
    fn sync(&mut self, lazy: bool) {
        if lazy {
            self.lazy_sync_at = None;
        }
        let waiting = |entry: &Entry| entry.unanswered.is_some() && (lazy || entry.sync);
        let due = self.files.iter().filter(|(_, entry)| waiting(entry));
        let due: Vec<JournalNo> = due.map(|(journal, _)| *journal).collect();
        for journal in due {
            match self.sync_one(journal) {
                // The process has too many files open: everything waits, and nothing has failed.
                Err(error) if error.code == Code::Unavailable => self.sync_soon(),
                Err(error) => self.fail(journal, error),
                Ok(()) => {}
            }
        }
    }

    fn sync_one(&mut self, journal: JournalNo) -> Result<(), Error> {
        let mut synced = self.files.get_mut(&journal).map_or(Ok(()), |entry| entry.file.sync());
        if synced.as_ref().is_err_and(|error| error.code == Code::Unavailable) {
            self.rest(0);
            synced = self.files.get_mut(&journal).map_or(Ok(()), |entry| entry.file.sync());
        }
        synced?;
        self.note_use(journal);
        let Some(entry) = self.files.get_mut(&journal) else { return Ok(()) };
        entry.sync = false;
        if let Some(record) = entry.unanswered.take() {
            self.reaction.persisted(journal, record);
        }
        Ok(())
    }

    /// Lets go of a journal. What cannot be written now never will be.
    fn close(&mut self, journal: JournalNo) {
        let closed = self.sync_one(journal);
        let closed = closed.and_then(|()| self.remove(journal).map_or(Ok(()), |e| e.file.close()));
        if let Err(error) = closed {
            self.fail(journal, error);
        }
    }

    fn fail(&mut self, journal: JournalNo, error: Error) {
        self.remove(journal);
        self.reaction.failed(journal, error);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::host::scratch::Scratch;

    #[derive(Debug)]
    enum Told {
        Opened(JournalNo, Result<Recovered, Error>),
        Persisted(JournalNo, u64),
        Failed(JournalNo, Code),
        Tick,
        Poisoned,
    }

    struct Teller {
        tell: Mutex<mpsc::Sender<Told>>,
        next: Mutex<Vec<Time>>,
        panics: bool,
    }

    impl Teller {
        fn say(&self, told: Told) {
            self.tell.lock().send(told).unwrap();
        }
    }

    impl Reaction for Teller {
        fn opened(&self, journal: JournalNo, opened: Result<Recovered, Error>) {
            self.say(Told::Opened(journal, opened));
        }
        fn persisted(&self, journal: JournalNo, record: RecordId) {
            self.say(Told::Persisted(journal, record.get()));
        }
        fn failed(&self, journal: JournalNo, error: Error) {
            self.say(Told::Failed(journal, error.code));
        }
        fn tick(&self) -> Option<Time> {
            assert!(!self.panics, "a planted panic");
            self.say(Told::Tick);
            self.next.lock().pop()
        }
        fn poison(&self) {
            self.say(Told::Poisoned);
        }
    }

    /// A driver with its orders at hand.
    struct Driven {
        driver: Driver,
        orders: Orders,
    }

    impl core::ops::Deref for Driven {
        type Target = Orders;
        fn deref(&self) -> &Orders {
            &self.orders
        }
    }

    impl Driven {
        fn stop(&self) {
            self.driver.stop();
        }
    }

    fn start(next: Vec<Time>, panics: bool) -> (Driven, Clock, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel();
        let clock = Clock::new();
        let teller = Teller { tell: Mutex::new(tell), next: Mutex::new(next), panics };
        let (orders, queue) = queue();
        let driver = Driver::start(clock, (orders.clone(), queue), Arc::new(teller), None).unwrap();
        (Driven { driver, orders }, clock, told)
    }

    fn next(told: &mpsc::Receiver<Told>) -> Told {
        told.recv_timeout(Duration::from_secs(20)).expect("an answer")
    }

    /// The bytes of a record, found nowhere else in a file.
    fn mark(number: u64) -> Vec<u8> {
        format!("record {number};").into_bytes()
    }

    fn record(number: u64, mode: PersistMode, sync: bool) -> Persist {
        Persist { id: RecordId::new(number), mode, sync, bytes: mark(number) }
    }

    fn open(driver: &Driven, told: &mpsc::Receiver<Told>, journal: JournalNo, path: PathBuf) {
        driver.open(journal, path);
        assert!(matches!(next(told), Told::Opened(no, Ok(_)) if no == journal));
    }

    #[test]
    fn every_order_is_answered_and_what_was_answered_is_there() {
        let scratch = Scratch::new();
        let (driver, _, told) = start(Vec::new(), false);
        for journal in 0..2 {
            open(&driver, &told, journal, scratch.path(&journal.to_string()));
        }
        for number in 1..=300 {
            let sync = number % 3 == 0;
            driver.persist(0, record(number, PersistMode::Append, sync));
            driver.persist(1, record(number, PersistMode::Append, !sync));
        }
        let mut last = [0, 0];
        while last != [300, 300] {
            let told = next(&told);
            let Told::Persisted(journal, record) = told else { panic!("{told:?}") };
            let last = &mut last[usize::try_from(journal).unwrap()];
            assert!(record > *last, "answers rise");
            let file = std::fs::read(scratch.path(&journal.to_string())).unwrap();
            let mark = mark(record);
            assert!(file.windows(mark.len()).any(|bytes| bytes == mark), "written before");
            *last = record;
        }
        driver.persist(0, record(301, PersistMode::Replace, true));
        driver.persist(0, record(302, PersistMode::Append, false));
        driver.stop();
        let (_, found) = Journal::open(&scratch.path("0")).unwrap();
        assert_eq!(found.blobs, [301, 302].map(mark));
        let (_, found) = Journal::open(&scratch.path("1")).unwrap();
        assert_eq!(found.blobs.len(), 300);
    }

    #[test]
    fn an_order_that_nothing_waits_for_is_answered_soon_all_the_same() {
        let scratch = Scratch::new();
        let (driver, _, told) = start(Vec::new(), false);
        open(&driver, &told, 7, scratch.path("log"));
        driver.persist(7, record(1, PersistMode::Append, false));
        assert!(matches!(next(&told), Told::Persisted(7, 1)));
    }

    #[test]
    fn a_failed_journal_says_so_once_and_the_others_go_on() {
        let scratch = Scratch::new();
        let (driver, _, told) = start(Vec::new(), false);
        open(&driver, &told, 0, scratch.path("bad"));
        open(&driver, &told, 1, scratch.path("good"));
        std::fs::create_dir(scratch.path("bad.new")).unwrap();
        driver.persist(0, record(1, PersistMode::Replace, true));
        driver.persist(0, record(2, PersistMode::Append, true));
        driver.persist(1, record(1, PersistMode::Append, true));
        assert!(matches!(next(&told), Told::Failed(0, Code::StorageFailed)));
        assert!(matches!(next(&told), Told::Persisted(1, 1)));
        std::fs::write(scratch.path("file"), "").unwrap();
        driver.open(2, scratch.path("file/log"));
        assert!(
            matches!(next(&told), Told::Opened(2, Err(error)) if error.code == Code::StorageFailed)
        );
        driver.stop();
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn deadlines_are_kept_also_when_an_earlier_one_comes_later() {
        let soon = |millis| Duration::from_millis(millis);
        let (driver, clock, told) = start(vec![Clock::new().now().after(soon(40))], false);
        driver.wake_at(clock.now().after(Duration::from_hours(1)));
        driver.wake_at(clock.now().after(soon(20)));
        assert!(matches!(next(&told), Told::Tick));
        assert!(matches!(next(&told), Told::Tick), "the answer to a tick is the next deadline");
        driver.wake_at(clock.now().after(soon(20)));
        assert!(matches!(next(&told), Told::Tick));
        driver.wake_at(clock.now().after(Duration::from_hours(1)));
        driver.stop();
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn a_panic_in_a_reaction_poisons_and_stopping_does_not_hang() {
        let (driver, clock, told) = start(Vec::new(), true);
        driver.wake_at(clock.now());
        assert!(matches!(next(&told), Told::Poisoned));
        driver.stop();
        driver.stop();
    }

    #[test]
    fn who_stops_after_a_reaction_did_so_finds_the_thread_over() {
        struct Stopping {
            driver: Mutex<Option<Arc<Driver>>>,
            stopped: mpsc::SyncSender<()>,
        }
        impl Reaction for Stopping {
            fn opened(&self, _journal: JournalNo, _opened: Result<Recovered, Error>) {}
            fn persisted(&self, _journal: JournalNo, _record: RecordId) {}
            fn failed(&self, _journal: JournalNo, _error: Error) {}
            fn tick(&self) -> Option<Time> {
                let driver = self.driver.lock().take()?;
                driver.stop();
                self.stopped.send(()).unwrap();
                None
            }
            fn poison(&self) {}
        }
        for _ in 0..if cfg!(miri) { 5 } else { 50 } {
            let (stopped, told) = mpsc::sync_channel(0);
            let reaction = Arc::new(Stopping { driver: Mutex::new(None), stopped });
            let (orders, queue) = queue();
            let clock = Clock::new();
            let shared: Arc<dyn Reaction> = Arc::<Stopping>::clone(&reaction);
            let driver = Driver::start(clock, (orders.clone(), queue), shared, None).unwrap();
            let driver = Arc::new(driver);
            *reaction.driver.lock() = Some(Arc::clone(&driver));
            orders.wake_at(clock.now());
            told.recv().unwrap();
            driver.stop();
            assert_eq!(Arc::strong_count(&reaction), 1, "the thread has let go");
        }
    }

    #[test]
    fn a_closed_journal_is_flushed_and_a_deleted_one_is_gone() {
        let scratch = Scratch::new();
        let (driver, _, told) = start(Vec::new(), false);
        open(&driver, &told, 0, scratch.path("kept"));
        open(&driver, &told, 1, scratch.path("gone"));
        for journal in 0..2 {
            driver.persist(journal, record(1, PersistMode::Append, false));
        }
        driver.close(0);
        driver.delete(1, scratch.path("gone"));
        assert!(matches!(next(&told), Told::Persisted(0, 1)));
        open(&driver, &told, 0, scratch.path("kept"));
        driver.stop();
        assert!(!scratch.path("gone").exists());
        assert_eq!(Journal::open(&scratch.path("kept")).unwrap().1.blobs.len(), 1);
    }

    #[test]
    fn a_journal_that_failed_is_deleted_all_the_same() {
        let scratch = Scratch::new();
        let (driver, _, told) = start(Vec::new(), false);
        open(&driver, &told, 0, scratch.path("bad"));
        std::fs::create_dir(scratch.path("bad.new")).unwrap();
        driver.persist(0, record(1, PersistMode::Replace, true));
        assert!(matches!(next(&told), Told::Failed(0, Code::StorageFailed)));
        std::fs::remove_dir(scratch.path("bad.new")).unwrap();
        driver.delete(0, scratch.path("bad"));
        driver.stop();
        assert!(told.try_recv().is_err());
        assert!(!scratch.path("bad").exists(), "a deleted room would come back");
    }
}
