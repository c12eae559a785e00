//! Several edits that are to be one mutation.

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyString;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Error, ItemId, Key, Place, Version};

use crate::argument::{Counter, key, text};
use crate::error::Told;
use crate::guard::no_copy;
use crate::value::from_python;

/// Edits that are made together: all of them count, or none does.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct Edits(Mutex<Vec<HostEdit>>);

impl Edits {
    /// The edits as a client makes them.
    pub(crate) fn of_client(&self) -> Result<Vec<(Key, Action)>, Error> {
        let own = |edit: &HostEdit| match edit.if_version {
            IfVersion::Any => Ok((edit.key.clone(), edit.action.clone())),
            IfVersion::Absent | IfVersion::At(_) => {
                Err(Error::new(Code::InvalidArgument, "edits of a client", "a version asked for"))
            }
        };
        self.0.lock().iter().map(own).collect()
    }

    /// The edits as the host of a room makes them.
    pub(crate) fn of_host(&self) -> Result<Vec<HostEdit>, Error> {
        Ok(self.0.lock().clone())
    }

    fn push(
        &self,
        name: &Bound<'_, PyString>,
        if_version: Option<Counter>,
        action: Action,
    ) -> PyResult<()> {
        let if_version = match if_version {
            None => IfVersion::Any,
            Some(Counter(0)) => IfVersion::Absent,
            Some(Counter(version)) => IfVersion::At(Version::new(version)),
        };
        let edit = HostEdit { key: key(name)?, action, if_version };
        self.0.lock().push(edit);
        Ok(())
    }
}

type Name<'a, 'py> = &'a Bound<'py, PyString>;

fn item(id: Name<'_, '_>) -> PyResult<ItemId> {
    ItemId::from_hex(text(id)?).told(id.py())
}

fn place(left: Option<Name<'_, '_>>, right: Option<Name<'_, '_>>) -> PyResult<Place> {
    Ok(Place { left: left.map(item).transpose()?, right: right.map(item).transpose()? })
}

#[pymethods]
impl Edits {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Sets a key to a value.
    #[pyo3(signature = (key, value, *, if_version=None))]
    fn set(
        &self,
        key: Name<'_, '_>,
        value: &Bound<'_, PyAny>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        self.push(key, if_version, Action::Set(from_python(value)?))
    }

    /// Applies a JSON merge patch to the object under a key.
    #[pyo3(signature = (key, patch, *, if_version=None))]
    fn merge(
        &self,
        key: Name<'_, '_>,
        patch: &Bound<'_, PyAny>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        self.push(key, if_version, Action::Merge(from_python(patch)?))
    }

    /// Adds to the number under a key.
    #[pyo3(signature = (key, amount, *, if_version=None))]
    fn add(
        &self,
        key: Name<'_, '_>,
        amount: &Bound<'_, PyAny>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        self.push(key, if_version, Action::Add(from_python(amount)?))
    }

    /// Removes a key.
    #[pyo3(signature = (key, *, if_version=None))]
    fn delete(&self, key: Name<'_, '_>, if_version: Option<Counter>) -> PyResult<()> {
        self.push(key, if_version, Action::Delete)
    }

    /// Changes nothing, and refuses all edits if the key is another than expected.
    #[pyo3(signature = (key, *, if_version=None))]
    fn expect(&self, key: Name<'_, '_>, if_version: Option<Counter>) -> PyResult<()> {
        self.push(key, if_version, Action::Expect)
    }

    /// Puts an item with this identity between two others.
    #[pyo3(signature = (key, item, value, left=None, right=None, *, if_version=None))]
    fn insert_item(
        &self,
        key: Name<'_, '_>,
        item: Name<'_, '_>,
        value: &Bound<'_, PyAny>,
        left: Option<Name<'_, '_>>,
        right: Option<Name<'_, '_>>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        let (id, value, place) = (self::item(item)?, from_python(value)?, place(left, right)?);
        self.push(key, if_version, Action::Insert { id, value, place })
    }

    /// Takes an item out of its list.
    #[pyo3(signature = (key, item, *, if_version=None))]
    fn remove_item(
        &self,
        key: Name<'_, '_>,
        item: Name<'_, '_>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        self.push(key, if_version, Action::Remove { id: self::item(item)? })
    }

    /// Moves an item between two others.
    #[pyo3(signature = (key, item, left=None, right=None, *, if_version=None))]
    fn move_item(
        &self,
        key: Name<'_, '_>,
        item: Name<'_, '_>,
        left: Option<Name<'_, '_>>,
        right: Option<Name<'_, '_>>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        let (id, place) = (self::item(item)?, place(left, right)?);
        self.push(key, if_version, Action::Move { id, place })
    }

    /// Gives an item another value.
    #[pyo3(signature = (key, item, value, *, if_version=None))]
    fn replace_item(
        &self,
        key: Name<'_, '_>,
        item: Name<'_, '_>,
        value: &Bound<'_, PyAny>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        let (id, value) = (self::item(item)?, from_python(value)?);
        self.push(key, if_version, Action::Replace { id, value })
    }

    fn __len__(&self) -> usize {
        self.0.lock().len()
    }

    fn __repr__(&self) -> String {
        format!("<Edits, {}>", self.0.lock().len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        no_copy("Edits", "they are collected by whoever makes them")
    }
}
