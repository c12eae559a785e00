//! How Python is called back: attached, never while the interpreter ends, never with an exception
//! that nobody sees.

use std::cell::Cell;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use parking_lot::Mutex;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use syncline_core::host::wake::Callback;

/// Whether Python may be entered by threads that are not its own. Atomics only: a fork copies locks
/// that nobody will open.
struct Gate {
    closed: AtomicBool,
    inside: AtomicUsize,
}

static GATE: Gate = Gate { closed: AtomicBool::new(false), inside: AtomicUsize::new(0) };

thread_local! {
    /// How often this thread is inside.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

impl Gate {
    /// Runs a body with the interpreter, unless that ends or has ended.
    fn attached<T>(&self, body: impl FnOnce(Python<'_>) -> T) -> Option<T> {
        struct Inside<'a>(&'a Gate);
        impl Drop for Inside<'_> {
            fn drop(&mut self) {
                // A fork may have set it to zero meanwhile.
                let less = |inside: usize| Some(inside.saturating_sub(1));
                let _ = self.0.inside.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
                HERE.set(HERE.get().saturating_sub(1));
            }
        }
        self.inside.fetch_add(1, Ordering::SeqCst);
        HERE.set(HERE.get().saturating_add(1));
        let _inside = Inside(self);
        if self.closed.load(Ordering::SeqCst) {
            return None;
        }
        Python::try_attach(body)
    }
}

/// The interpreter is about to end: nobody comes in any more, and who is in comes out.
///
/// Without this a thread of ours could wait for the interpreter when it ends, for ever, and whoever
/// waits for the thread with it; or it would be ended in the middle of a callback, and the process
/// with it. A callback that does not end keeps the process, as a thread of Python's does, until a
/// signal interrupts the wait.
pub(crate) fn close_gate(py: Python<'_>) -> PyResult<()> {
    GATE.closed.store(true, Ordering::SeqCst);
    while GATE.inside.load(Ordering::SeqCst) > HERE.get() {
        py.detach(|| sleep(Duration::from_millis(1)));
        py.check_signals()?;
    }
    Ok(())
}

/// Whether the interpreter ends while a callback runs that nobody waits for any more: nobody is to wait for
/// its thread then.
pub(crate) fn is_stuck() -> bool {
    GATE.closed.load(Ordering::SeqCst) && GATE.inside.load(Ordering::SeqCst) > 0
}

/// In a forked child, the threads that were inside are not there.
pub(crate) fn note_fork() {
    GATE.inside.store(0, Ordering::SeqCst);
}

/// Holds a callback until the engine has let go of it. The locks are taken attached only, and
/// nothing of Python's runs while they are held: so the garbage collector finds them open.
#[derive(Default)]
struct Slot(Mutex<Option<Py<PyAny>>>);

impl Slot {
    /// Empties the slot. What was in it runs code of its own when it is dropped.
    fn clear(&self) {
        let gone = self.0.lock().take();
        drop(gone);
    }

    fn call(&self, py: Python<'_>) {
        let Some(callback) = self.0.lock().as_ref().map(|callback| callback.clone_ref(py)) else {
            return;
        };
        let callback = callback.into_bound(py);
        if let Err(error) = callback.call0() {
            error.write_unraisable(py, Some(&callback));
        }
    }
}

/// What the engine holds.
struct Held(Arc<Slot>);

impl Held {
    fn call(&self) {
        // The engine asks that nothing is thrown. If Python panics, it has said so.
        let called = catch_unwind(AssertUnwindSafe(|| GATE.attached(|py| self.0.call(py))));
        if let Err(payload) = called {
            std::mem::forget(payload);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // When the interpreter ends, the callback stays where it is.
        GATE.attached(|_| self.0.clear());
    }
}

/// The callbacks of one handle: the one that is set, and those that the engine has not let go of.
#[derive(Default)]
pub(crate) struct Wakes(Mutex<Vec<Arc<Slot>>>);

impl Wakes {
    /// What the engine is to call.
    pub(crate) fn callback(&self, callback: Py<PyAny>) -> Callback {
        let slot = Arc::new(Slot(Mutex::new(Some(callback))));
        self.0.lock().push(Arc::clone(&slot));
        let held = Held(slot);
        Box::new(move || held.call())
    }

    /// Forgets callbacks that the engine has let go of.
    pub(crate) fn forget_old(&self) {
        self.0.lock().retain(|slot| slot.0.lock().is_some());
    }

    /// Shows the garbage collector what is held: a callback usually holds its handle in turn.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for slot in &*self.0.lock() {
            visit.call(&*slot.0.lock())?;
        }
        Ok(())
    }

    /// Lets go of all callbacks; the engine's calls then do nothing.
    pub(crate) fn clear(&self) {
        let slots = take(&mut *self.0.lock());
        for slot in slots {
            slot.clear();
        }
    }
}
