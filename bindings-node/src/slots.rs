//! Which handle a number stands for, on which thread, and how long.
//!
//! A number is issued once in a process and known only to the thread that it was issued to: a
//! number that was closed, that belongs to another worker or that nobody issued is an error.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use parking_lot::Mutex;
use syncline_core::host::{ClientHandle, ScreenHandle, ServerHandle, ViewHandle};
use syncline_core::{Code, Error};

use crate::fault::{Fault, caught, guard, quietly};

/// Tells the environment which handle has something to drain; does not keep its process alive.
type Bell = ThreadsafeFunction<u32, (), u32, Status, false, true>;

/// Where handles ring, until the environment ends. Rung and taken away under the lock, so that no
/// thread rings in an environment that is gone.
type Door = Arc<Mutex<Option<Bell>>>;

/// What a number stands for.
pub(crate) struct Slot<H> {
    handle: H,
    door: u32,
    /// Outputs on their way to JavaScript that did not fit into its buffer.
    pub(crate) waiting: Vec<u8>,
}

thread_local! {
    static DOORS: RefCell<BTreeMap<u32, Door>> = const { RefCell::new(BTreeMap::new()) };
    static CLIENTS: RefCell<Slots<ClientHandle>> = const { RefCell::new(BTreeMap::new()) };
    static SERVERS: RefCell<Slots<ServerHandle>> = const { RefCell::new(BTreeMap::new()) };
    static VIEWS: RefCell<Slots<ViewHandle>> = const { RefCell::new(BTreeMap::new()) };
    static SCREENS: RefCell<Slots<ScreenHandle>> = const { RefCell::new(BTreeMap::new()) };
}

/// Numbers are not issued twice.
static LAST: AtomicU32 = AtomicU32::new(0);

type Slots<H> = BTreeMap<u32, Slot<H>>;

/// A kind of handle.
pub(crate) trait Kind: Clone + Sized + 'static {
    /// Refuses every later use.
    fn poison(&self);
    /// Ends it, with its thread joined.
    fn end(&self);
    /// Sets what is called when there is something to drain.
    fn set_wake(&self, wake: Option<Box<dyn Fn() + Send + Sync>>);
    /// The handles of this thread.
    fn slots<T>(use_them: impl FnOnce(&mut Slots<Self>) -> T) -> T;
}

impl Kind for ClientHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn end(&self) {
        // Poisoned ones cannot say good-bye.
        let _ = self.close();
    }
    fn set_wake(&self, wake: Option<Box<dyn Fn() + Send + Sync>>) {
        Self::set_wake(self, wake);
    }
    fn slots<T>(use_them: impl FnOnce(&mut Slots<Self>) -> T) -> T {
        CLIENTS.with_borrow_mut(use_them)
    }
}

impl Kind for ServerHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn end(&self) {
        // Poisoned ones cannot say good-bye.
        let _ = self.close();
    }
    fn set_wake(&self, wake: Option<Box<dyn Fn() + Send + Sync>>) {
        Self::set_wake(self, wake);
    }
    fn slots<T>(use_them: impl FnOnce(&mut Slots<Self>) -> T) -> T {
        SERVERS.with_borrow_mut(use_them)
    }
}

// Views and screens do nothing by themselves: there is nobody to wake, and nothing to end.

impl Kind for ViewHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn end(&self) {}
    fn set_wake(&self, _: Option<Box<dyn Fn() + Send + Sync>>) {}
    fn slots<T>(use_them: impl FnOnce(&mut Slots<Self>) -> T) -> T {
        VIEWS.with_borrow_mut(use_them)
    }
}

impl Kind for ScreenHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn end(&self) {}
    fn set_wake(&self, _: Option<Box<dyn Fn() + Send + Sync>>) {}
    fn slots<T>(use_them: impl FnOnce(&mut Slots<Self>) -> T) -> T {
        SCREENS.with_borrow_mut(use_them)
    }
}

fn issue() -> Result<u32, Error> {
    let next = |last: u32| last.checked_add(1);
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
    let full = |_| Error::new(Code::TooMany, "fewer than 2^32 handles in a process", "one more");
    last.map_err(full)?.checked_add(1).ok_or_else(|| full(0))
}

/// Keeps a handle under a number.
pub(crate) fn keep<H: Kind>(
    door: u32,
    make: impl FnOnce() -> Result<H, Error>,
) -> Result<u32, Fault> {
    guard(|| {
        if !DOORS.with_borrow(|doors| doors.contains_key(&door)) {
            return Err(Error::new(Code::InvalidArgument, "what start gave", door.to_string()));
        }
        let number = issue()?;
        let slot = Slot { handle: make()?, door, waiting: Vec::new() };
        H::slots(|slots| slots.insert(number, slot));
        Ok(number)
    })
}

/// Uses a handle; a panic poisons it.
pub(crate) fn with<H: Kind, T>(
    number: u32,
    use_it: impl FnOnce(&H) -> Result<T, Error>,
) -> Result<T, Fault> {
    guard(|| {
        let handle = find::<H>(number)?;
        caught(|| use_it(&handle), || handle.poison())
    })
}

/// Uses a handle and what waits to be taken from it.
pub(crate) fn with_waiting<H: Kind, T>(
    number: u32,
    use_it: impl FnOnce(&H, &mut Vec<u8>) -> Result<T, Error>,
) -> Result<T, Fault> {
    guard(|| {
        let handle = find::<H>(number)?;
        let taken = |slots: &mut Slots<H>| {
            slots.get_mut(&number).map(|it| core::mem::take(&mut it.waiting))
        };
        let mut waiting = H::slots(taken).unwrap_or_default();
        let result = caught(|| use_it(&handle, &mut waiting), || handle.poison());
        H::slots(|slots| {
            if let Some(slot) = slots.get_mut(&number) {
                slot.waiting = waiting;
            }
        });
        result
    })
}

/// Takes the number away from a handle, and ends it.
pub(crate) fn end<H: Kind, T>(
    number: u32,
    last: impl FnOnce(&H) -> Result<T, Error>,
) -> Result<T, Fault> {
    guard(|| {
        let slot = H::slots(|slots| slots.remove(&number)).ok_or_else(|| unknown(number))?;
        caught(|| last(&slot.handle), || slot.handle.poison())
    })
}

/// Has the environment called when the handle has something to drain, or no more.
pub(crate) fn listen<H: Kind>(number: u32, on: bool) -> Result<(), Fault> {
    guard(|| {
        let handle = find::<H>(number)?;
        let door = H::slots(|slots| slots.get(&number).map(|slot| slot.door)).unwrap_or_default();
        let door = DOORS.with_borrow(|doors| doors.get(&door).cloned());
        let Some(door) = door.filter(|_| on) else {
            handle.set_wake(None);
            return Ok(());
        };
        let ring: Box<dyn Fn() + Send + Sync> = Box::new(move || {
            if let Some(bell) = &*door.lock() {
                bell.call(number, ThreadsafeFunctionCallMode::NonBlocking);
            }
        });
        caught(
            || {
                handle.set_wake(Some(ring));
                Ok(())
            },
            || handle.poison(),
        )
    })
}

fn find<H: Kind>(number: u32) -> Result<H, Error> {
    H::slots(|slots| slots.get(&number).map(|slot| slot.handle.clone()))
        .ok_or_else(|| unknown(number))
}

fn unknown(number: u32) -> Error {
    if number == 0 || number > LAST.load(Ordering::SeqCst) {
        return Error::new(Code::NotFound, "the number of a handle", number.to_string());
    }
    let got = "one that is closed, of another kind or of another thread";
    Error::new(Code::Closed, "an open handle of this thread", got)
}

/// Begins the use of the module by one JavaScript environment: `wake` is called with the number of a
/// handle that has something to drain. When the environment ends, so do its handles.
///
/// Gives the number under which handles are made.
#[napi]
pub fn start(env: Env, wake: Function<'_, u32, ()>) -> Result<u32, Fault> {
    guard(|| {
        let bell = wake.build_threadsafe_function::<u32>().weak::<true>().callee_handled::<false>();
        let bell = bell.build().map_err(|error| refused(&error))?;
        let number = issue()?;
        let door: Door = Arc::new(Mutex::new(Some(bell)));
        DOORS.with_borrow_mut(|doors| doors.insert(number, door));
        // After the bell was made: hooks run backwards, and handles end before it does.
        let hook = env.add_env_cleanup_hook(number, |door| quietly(|| stop(door)));
        hook.map_err(|error| refused(&error))?;
        Ok(number)
    })
}

/// The version of the package that this belongs to.
#[napi]
#[must_use]
pub const fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Ends all that an environment holds.
fn stop(door: u32) {
    end_all::<ClientHandle>(door);
    end_all::<ServerHandle>(door);
    end_all::<ViewHandle>(door);
    end_all::<ScreenHandle>(door);
    let door = DOORS.with_borrow_mut(|doors| doors.remove(&door));
    if let Some(door) = door {
        drop(door.lock().take());
    }
}

fn end_all<H: Kind>(door: u32) {
    let slots = H::slots(|slots| {
        let (own, others) =
            core::mem::take(slots).into_iter().partition(|(_, slot)| slot.door == door);
        *slots = others;
        let own: Slots<H> = own;
        own
    });
    for (_, slot) in slots {
        quietly(|| slot.handle.end());
    }
}

fn refused(error: &napi::Error) -> Error {
    Error::new(Code::Internal, "an environment that takes functions", error.to_string())
}
