//! A role behind a lock, unusable once a panic may have left it half changed.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::error::{Code, Error};

/// A value that one thread at a time uses, until somebody panics while using it.
#[derive(Debug)]
pub(super) struct Cell<T> {
    value: Mutex<T>,
    poisoned: AtomicBool,
}

impl<T> Cell<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { value: Mutex::new(value), poisoned: AtomicBool::new(false) }
    }

    /// Uses the value; nothing of ours that takes a lock may be called inside.
    pub(super) fn with<R>(&self, use_it: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        let mut value = self.value.lock();
        self.check()?;
        let mut trap = Trap { poisoned: &self.poisoned, armed: true };
        let result = use_it(&mut value);
        trap.armed = false;
        Ok(result)
    }

    /// Refuses every later use.
    pub(super) fn poison(&self) {
        self.poisoned.store(true, Ordering::SeqCst);
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.poisoned.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Poisoned, "a handle that never panicked", "a panic"));
        }
        Ok(())
    }
}

/// Poisons when it is dropped armed: the code between was left by unwinding.
struct Trap<'a> {
    poisoned: &'a AtomicBool,
    armed: bool,
}

impl Drop for Trap<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.poisoned.store(true, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_poisons_and_does_not_hang() {
        let cell = Cell::new(1);
        assert_eq!(cell.with(|value| *value), Ok(1));
        let inside = std::panic::AssertUnwindSafe(|| cell.with(|_| panic!("a planted panic")));
        assert!(std::panic::catch_unwind(inside).is_err());
        assert_eq!(cell.with(|value| *value).unwrap_err().code, Code::Poisoned);
    }

    #[test]
    fn poisoning_by_hand_refuses_too() {
        let cell = Cell::new(());
        cell.poison();
        assert_eq!(cell.with(|()| ()).unwrap_err().code, Code::Poisoned);
    }
}
