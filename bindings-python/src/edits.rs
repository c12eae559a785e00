//! Several edits that are to be one mutation.

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyString;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{Action, Code, Edit, Error, ItemId, Key, Place, Version};

use crate::argument::{Counter, Index, Name, key, text};
use crate::error::Told;
use crate::guard::no_copy;
use crate::value::from_python;

/// Edits that are made together: all of them count, or none does.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct Edits(Mutex<Vec<Collected>>);

/// One edit that is collected.
struct Collected {
    edit: HostEdit,
    /// It puts an item into a list, which is to be named when the edits are made.
    nameless: bool,
}

impl Edits {
    /// The edits as a client makes them; `name` names new list items.
    pub(crate) fn of_client(
        &self,
        name: impl Fn() -> Result<ItemId, Error>,
    ) -> Result<Vec<(Key, Edit)>, Error> {
        let own = |edit: HostEdit| match edit.if_version {
            IfVersion::Any => Ok((edit.key, edit.edit)),
            IfVersion::Absent | IfVersion::At(_) => {
                Err(Error::new(Code::InvalidArgument, "edits of a client", "a version asked for"))
            }
        };
        self.of_host(name)?.into_iter().map(own).collect()
    }

    /// The edits as the host of a room makes them.
    pub(crate) fn of_host(
        &self,
        name: impl Fn() -> Result<ItemId, Error>,
    ) -> Result<Vec<HostEdit>, Error> {
        let collected = self.0.lock();
        let named = |collected: &Collected| {
            let mut edit = collected.edit.clone();
            if let Edit::InsertAt { id, .. } = &mut edit.edit
                && collected.nameless
            {
                *id = name()?;
            }
            Ok(edit)
        };
        collected.iter().map(named).collect()
    }

    fn push(
        &self,
        name: &Bound<'_, PyString>,
        if_version: Option<Counter>,
        edit: impl Into<Edit>,
    ) -> PyResult<()> {
        self.collect(name, if_version, edit.into(), false)
    }

    fn collect(
        &self,
        name: &Bound<'_, PyString>,
        if_version: Option<Counter>,
        edit: Edit,
        nameless: bool,
    ) -> PyResult<()> {
        let if_version = match if_version {
            None => IfVersion::Any,
            Some(Counter(0)) => IfVersion::Absent,
            Some(Counter(version)) => IfVersion::At(Version::new(version)),
        };
        let edit = HostEdit { key: key(name)?, edit, if_version };
        self.0.lock().push(Collected { edit, nameless });
        Ok(())
    }
}

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

    /// Puts a value into a list, by its place; the item is named when the edits are made.
    #[pyo3(signature = (key, index, value, *, item=None, if_version=None))]
    fn insert(
        &self,
        key: Name<'_, '_>,
        index: Index,
        value: &Bound<'_, PyAny>,
        item: Option<Name<'_, '_>>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        let nameless = item.is_none();
        let id = item.map(self::item).transpose()?.unwrap_or_default();
        let edit = Edit::InsertAt { index: index.0, id, value: from_python(value)? };
        self.collect(key, if_version, edit, nameless)
    }

    /// Takes a value out of a list, by its place.
    #[pyo3(signature = (key, index, *, if_version=None))]
    fn remove(&self, key: Name<'_, '_>, index: Index, if_version: Option<Counter>) -> PyResult<()> {
        self.push(key, if_version, Edit::RemoveAt { index: index.0 })
    }

    /// Moves a value within a list, by its place.
    #[pyo3(signature = (key, source, target, *, if_version=None))]
    fn r#move(
        &self,
        key: Name<'_, '_>,
        source: Index,
        target: Index,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        self.push(key, if_version, Edit::MoveTo { from: source.0, to: target.0 })
    }

    /// Gives a list item another value, by its place.
    #[pyo3(signature = (key, index, value, *, if_version=None))]
    fn replace(
        &self,
        key: Name<'_, '_>,
        index: Index,
        value: &Bound<'_, PyAny>,
        if_version: Option<Counter>,
    ) -> PyResult<()> {
        let value = from_python(value)?;
        self.push(key, if_version, Edit::ReplaceAt { index: index.0, value })
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

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "they are collected by whoever makes them")
    }
}
