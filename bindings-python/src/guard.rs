//! Where Python meets the engine: a panic becomes an exception, a fork is noticed, and nobody waits
//! while holding the interpreter.

use std::any::Any;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::{PyClass, PyTraverseError};
use syncline_core::host::wake::Callback;
use syncline_core::host::{ClientHandle, ServerHandle};
use syncline_core::{Code, Error};

use crate::error::{Told, forked, raised};
use crate::wake::{Wakes, is_stuck};

/// How often this process was forked off another one since the module came in.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// Notes that this process is a child: handles made before are another process's.
pub(crate) fn note_fork() {
    FORKS.fetch_add(1, Ordering::SeqCst);
}

/// How often it was.
pub(crate) fn forks() -> u64 {
    FORKS.load(Ordering::SeqCst)
}

/// What is common to the engine's handles.
pub(crate) trait Handle: Send + Sync {
    fn poison(&self);
    fn set_wake(&self, callback: Option<Callback>);
}

impl Handle for ClientHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn set_wake(&self, callback: Option<Callback>) {
        Self::set_wake(self, callback);
    }
}

impl Handle for ServerHandle {
    fn poison(&self) {
        Self::poison(self);
    }
    fn set_wake(&self, callback: Option<Callback>) {
        Self::set_wake(self, callback);
    }
}

/// A handle of the engine as Python holds it.
pub(crate) struct Guarded<H: Handle> {
    /// Taken when it is dropped.
    handle: Option<H>,
    wakes: Wakes,
    forks: u64,
    mode: &'static str,
    closed: AtomicBool,
}

impl<H: Handle> Guarded<H> {
    /// Makes a handle, without the interpreter meanwhile.
    pub(crate) fn make(
        py: Python<'_>,
        mode: &'static str,
        make: impl FnOnce() -> Result<H, Error> + Send,
    ) -> PyResult<Self> {
        let handle = caught(py, || py.detach(make).told(py), || ())?;
        let forks = forks();
        let closed = AtomicBool::new(false);
        Ok(Self { handle: Some(handle), wakes: Wakes::default(), forks, mode, closed })
    }

    /// Uses the handle; a panic poisons it, so that what it left half done is not used again.
    pub(crate) fn run<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&H) -> PyResult<T>,
    ) -> PyResult<T> {
        let Some(handle) = self.handle.as_ref().filter(|_| !self.is_foreign()) else {
            return Err(forked(py));
        };
        caught(py, || body(handle), || handle.poison())
    }

    /// Asks the handle for something that takes about a microsecond.
    pub(crate) fn ask<T>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&H) -> Result<T, Error>,
    ) -> PyResult<T> {
        self.run(py, |handle| call(handle).told(py))
    }

    /// Asks the handle for something that may take long, without the interpreter meanwhile.
    pub(crate) fn wait<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&H) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.run(py, |handle| py.detach(|| call(handle)).told(py))
    }

    /// Gives the handle a frame; a long one without the interpreter meanwhile.
    pub(crate) fn feed(
        &self,
        py: Python<'_>,
        frame: &[u8],
        call: impl FnOnce(&H, &[u8]) -> Result<(), Error> + Send,
    ) -> PyResult<()> {
        const LONG: usize = 16_384;
        if frame.len() < LONG {
            return self.ask(py, |handle| call(handle, frame));
        }
        self.wait(py, |handle| call(handle, frame))
    }

    /// Sets what is called when there is something to poll.
    pub(crate) fn set_wake(&self, py: Python<'_>, callback: Option<Py<PyAny>>) -> PyResult<()> {
        self.run(py, |handle| {
            let callback = callback.map(|callback| self.wakes.callback(callback));
            py.detach(|| handle.set_wake(callback));
            self.wakes.forget_old();
            Ok(())
        })
    }

    /// Ends the handle.
    pub(crate) fn close<T: Send>(
        &self,
        py: Python<'_>,
        close: impl FnOnce(&H) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let result = self.wait(py, close)?;
        self.closed.store(true, Ordering::SeqCst);
        self.wakes.forget_old();
        Ok(result)
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.wakes.traverse(visit)
    }

    pub(crate) fn clear(&self) {
        self.wakes.clear();
    }

    pub(crate) fn repr(&self, name: &str) -> String {
        let state = if self.is_foreign() {
            "of another process"
        } else if self.closed.load(Ordering::SeqCst) {
            "closed"
        } else {
            "open"
        };
        format!("<{name} {}, {state}>", self.mode)
    }

    fn is_foreign(&self) -> bool {
        self.forks != forks()
    }
}

/// The last reference is gone: the thread ends, which may want to call back first.
impl<H: Handle> Drop for Guarded<H> {
    fn drop(&mut self) {
        let Some(handle) = self.handle.take() else { return };
        // The thread is not there to be waited for, and locks may be held for ever; or a callback of
        // the thread's does not end.
        if self.is_foreign() || is_stuck() {
            forget(handle);
            return;
        }
        let ended = catch_unwind(AssertUnwindSafe(|| {
            self.wakes.clear();
            Python::attach(|py| py.detach(|| drop(handle)));
        }));
        if let Err(payload) = ended {
            // A payload whose own drop throws is not given the occasion.
            forget(payload);
        }
    }
}

/// What pickling an object, or copying it, comes to.
pub(crate) fn no_copy<T: PyClass>(object: &Bound<'_, T>, why: &str) -> PyResult<()> {
    let name = object.as_any().get_type().name()?;
    Err(PyTypeError::new_err(format!("cannot pickle or copy '{name}': {why}")))
}

/// Runs a body; a panic becomes an exception, after `clean`.
pub(crate) fn caught<T>(
    py: Python<'_>,
    body: impl FnOnce() -> PyResult<T>,
    clean: impl FnOnce(),
) -> PyResult<T> {
    let payload = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => return result,
        Err(payload) => payload,
    };
    let error = Error::new(Code::Panic, "no panic", story(&*payload));
    forget(payload);
    if let Err(another) = catch_unwind(AssertUnwindSafe(clean)) {
        forget(another);
    }
    Err(raised(py, &error))
}

fn story(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}
