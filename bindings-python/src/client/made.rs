//! What methods of the handle have in common: how they make edits, and how they show what a key holds.

use pyo3::prelude::*;
use syncline_core::host::ClientHandle as Handle;
use syncline_core::{Action, Content, DraftId, Error};

use super::{ClientHandle, Fallback, Made};
use crate::argument::{Name, Room, text};
use crate::value::content_to_python;

impl ClientHandle {
    pub(super) fn edit(&self, room: Room, key: Name<'_, '_>, action: Action) -> PyResult<u64> {
        self.draft(key, |handle, key| handle.edit(room.0, key, action))
    }

    pub(super) fn draft(
        &self,
        key: Name<'_, '_>,
        make: impl FnOnce(&Handle, &str) -> Result<DraftId, Error>,
    ) -> PyResult<u64> {
        let name = text(key)?;
        self.0.ask(key.py(), |handle| make(handle, name)).map(DraftId::get)
    }

    pub(super) fn held<'py>(
        &self,
        key: Name<'_, 'py>,
        default: Fallback<'py>,
        look: impl FnOnce(&Handle, &str) -> Result<Option<Content>, Error>,
    ) -> Made<'py> {
        let py = key.py();
        let name = text(key)?;
        match self.0.ask(py, |handle| look(handle, name))? {
            Some(content) => content_to_python(py, &content),
            None => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }
}
