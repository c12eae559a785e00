//! The lock of handles: a fast one with threads, and the standard library's where only the program may
//! have any.
//!
//! Where `loom` searches the interleavings, which is without `host`, the standard library's are those of its model.

#[cfg(loom)]
use loom as threads;
#[cfg(not(loom))]
use std as threads;

pub(super) use threads::sync::atomic::AtomicU8;

#[cfg(feature = "host")]
pub(super) use parking_lot::{Condvar, Mutex, MutexGuard};

#[cfg(not(feature = "host"))]
pub(super) use standard::{Condvar, Mutex};

/// Waits, unlocked meanwhile, until the condition may have become true.
#[cfg(feature = "host")]
pub(super) fn wait<'a, T>(condition: &Condvar, held: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let mut held = held;
    condition.wait(&mut held);
    held
}

#[cfg(not(feature = "host"))]
pub(super) use standard::wait;

/// Who runs.
#[cfg(not(target_family = "wasm"))]
pub(super) use threads::thread::ThreadId as Thread;

#[cfg(not(target_family = "wasm"))]
pub(super) fn this_thread() -> Thread {
    threads::thread::current().id()
}

/// There is one thread: a handle has no memory in common with another worker's.
#[cfg(target_family = "wasm")]
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Thread;

#[cfg(target_family = "wasm")]
pub(super) const fn this_thread() -> Thread {
    Thread
}

/// A panic while it is held does not concern the lock: who holds it sees to that.
#[cfg(not(feature = "host"))]
mod standard {
    use std::sync::PoisonError;

    use super::threads::sync;
    pub(in super::super) use super::threads::sync::{Condvar, MutexGuard};

    #[derive(Default)]
    pub(in super::super) struct Mutex<T>(sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in super::super) fn new(held: T) -> Self {
            Self(sync::Mutex::new(held))
        }

        pub(in super::super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    pub(in super::super) fn wait<'a, T>(
        condition: &Condvar,
        held: MutexGuard<'a, T>,
    ) -> MutexGuard<'a, T> {
        condition.wait(held).unwrap_or_else(PoisonError::into_inner)
    }
}
