//! A view or a screen as Python holds it: of one process, and not used again after a panic.

use pyo3::prelude::*;
use syncline_core::Error;
use syncline_core::host::Shared;

use crate::error::{Told, forked};
use crate::guard::{caught, forks};

/// Something of the engine's that any thread may use.
pub(super) struct Kept<T> {
    shared: Shared<T>,
    forks: u64,
}

impl<T: Send> Kept<T> {
    pub(super) fn new(held: T) -> Self {
        Self { shared: Shared::new(held), forks: forks() }
    }

    /// Runs a body that uses it; a panic poisons it, so that what it left half done is not used again.
    ///
    /// A view of a forked child would number its revisions as that of its parent does.
    pub(super) fn run<R>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&Shared<T>) -> PyResult<R>,
    ) -> PyResult<R> {
        if self.forks != forks() {
            return Err(forked(py));
        }
        caught(py, || body(&self.shared), || self.shared.poison())
    }

    /// Asks it for something that takes some microseconds.
    pub(super) fn ask<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut T) -> Result<R, Error>,
    ) -> PyResult<R> {
        self.run(py, |shared| shared.with(call).told(py))
    }

    /// Asks it for something that may take long, without the interpreter meanwhile.
    pub(super) fn wait<R: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut T) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        self.run(py, |shared| py.detach(|| shared.with(call)).told(py))
    }
}
