//! The lock of handles: a fast one with threads, and the standard library's where only the program may
//! have any.

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

/// A panic while it is held does not concern the lock: who holds it sees to that.
#[cfg(not(feature = "host"))]
mod standard {
    use std::sync::PoisonError;
    pub(in super::super) use std::sync::{Condvar, MutexGuard};

    #[derive(Default)]
    pub(in super::super) struct Mutex<T>(std::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in super::super) const fn new(held: T) -> Self {
            Self(std::sync::Mutex::new(held))
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
