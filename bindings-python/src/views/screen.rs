//! A screen in Python: what a reader of a view shows.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline_core::vnode::Screen as Engine;

use super::kept::Kept;
use crate::argument::{Counter, Name, Object, bytes, text};
use crate::guard::no_copy;
use crate::json;
use crate::value::from_python;

type Of<'a, 'py> = Option<Name<'a, 'py>>;

/// What a view's reader shows.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct Screen(Kept<Engine>);

#[pymethods]
impl Screen {
    #[new]
    fn new() -> Self {
        Self(Kept::new(Engine::new()))
    }

    /// Takes a frame, and shows what it tells.
    fn take(&self, frame: Object<'_, '_>) -> PyResult<()> {
        let told = bytes(frame)?;
        self.0.wait(frame.py(), |screen| screen.take(&told))
    }

    /// The next thing that a page has to do.
    fn change<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let change = self.0.wait(py, |screen| Ok(screen.change()))?;
        Ok(change.map(|change| PyBytes::new(py, &change.to_bytes())))
    }

    /// Shows at once what follows from an edit, whose number is the caller's.
    fn predict(
        &self,
        edit: Counter,
        room: Of<'_, '_>,
        key: Name<'_, '_>,
        value: Object<'_, '_>,
    ) -> PyResult<()> {
        let (room, told, value) = (room.map(text).transpose()?, text(key)?, from_python(value)?);
        self.0.wait(key.py(), |screen| screen.predict(edit.0, room, told, &value))
    }

    /// An edit was applied, and the next frame has its result.
    fn settle(&self, py: Python<'_>, edit: Counter) -> PyResult<()> {
        self.0.ask(py, |screen| {
            screen.settle(edit.0);
            Ok(())
        })
    }

    /// An edit was refused: what it showed is taken back.
    fn undo(&self, py: Python<'_>, edit: Counter) -> PyResult<()> {
        self.0.wait(py, |screen| {
            screen.undo(edit.0);
            Ok(())
        })
    }

    /// A confirmed value changed, and the next frame has what that did.
    fn observe(
        &self,
        room: Of<'_, '_>,
        key: Name<'_, '_>,
        before: Object<'_, '_>,
        after: Object<'_, '_>,
    ) -> PyResult<()> {
        let (room, told) = (room.map(text).transpose()?, text(key)?);
        let (before, after) = (from_python(before)?, from_python(after)?);
        self.0.ask(key.py(), |screen| {
            screen.observe(room, told, &before, &after);
            Ok(())
        })
    }

    /// What was confirmed: the epoch and the revision.
    fn cursor(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        let cursor = self.0.ask(py, |screen| Ok(screen.cursor()))?;
        Ok((cursor.epoch.get(), cursor.revision.get()))
    }

    /// What is shown, as HTML.
    fn html(&self, py: Python<'_>) -> PyResult<String> {
        self.0.wait(py, Engine::html)
    }

    /// How good the predictions are.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::parsed(py, &self.0.ask(py, |screen| Ok(screen.metrics().to_json()))?)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is one of a process")
    }
}
