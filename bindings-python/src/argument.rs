//! What arguments may be: numbers within the engine's, text that is UTF-8, bytes in any shape.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};
use serde_json::from_str;
use syncline_core::limit::COUNTER_MAX;
use syncline_core::resolve::Resolution;
use syncline_core::{
    Code, ConnId, DraftId, Error, Key, RecordId, RequestId, RoomName, RoomNo, Value, Version,
    ViewName, ViewNo,
};

use crate::error::{Told, raised, refused};
use crate::value::from_python;

/// A string as an argument.
pub(crate) type Name<'a, 'py> = &'a Bound<'py, PyString>;
/// Any object as an argument.
pub(crate) type Object<'a, 'py> = &'a Bound<'py, PyAny>;

/// A number that every language holds: from 0 to 2^53 - 1.
#[derive(Clone, Copy)]
pub(crate) struct Counter(pub(crate) u64);

/// The number of a room.
#[derive(Clone, Copy)]
pub(crate) struct Room(pub(crate) RoomNo);

/// A place in a list.
#[derive(Clone, Copy)]
pub(crate) struct Index(pub(crate) usize);

/// The number of what a view says once.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) u32);

/// 64 bits as a number.
#[derive(Clone, Copy)]
pub(crate) struct Word(pub(crate) u64);

fn integer<T: TryFrom<u64>>(object: &Bound<'_, PyAny>, most: u64) -> PyResult<T> {
    let py = object.py();
    if !object.is_instance_of::<PyInt>() {
        let got = object.get_type().name()?.to_string();
        return Err(PyTypeError::new_err(format!("expected an int, got {got}")));
    }
    let within = object.extract::<u64>().ok().filter(|number| *number <= most);
    let number = within.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| {
        let got = object.extract::<i64>();
        let got = got.map_or_else(|_| "a larger one".to_owned(), |number| number.to_string());
        let expected = format!("an integer from 0 to {most}");
        raised(py, &Error::new(Code::InvalidArgument, expected, got))
    })
}

impl<'py> FromPyObject<'_, 'py> for Counter {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(&object, COUNTER_MAX).map(Self)
    }
}

macro_rules! counters {
    ($($name:ident)*) => {$(
        impl From<Counter> for $name {
            fn from(counter: Counter) -> Self {
                Self::new(counter.0)
            }
        }
    )*};
}

counters! { ConnId DraftId RecordId RequestId Version }

impl<'py> FromPyObject<'_, 'py> for Room {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(&object, u64::from(u32::MAX)).map(|number| Self(RoomNo::new(number)))
    }
}

impl<'py> FromPyObject<'_, 'py> for Number {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(&object, u64::from(u32::MAX)).map(Self)
    }
}

impl From<Number> for ViewNo {
    fn from(number: Number) -> Self {
        Self::new(number.0)
    }
}

impl<'py> FromPyObject<'_, 'py> for Word {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(&object, u64::MAX).map(Self)
    }
}

impl<'py> FromPyObject<'_, 'py> for Index {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer(&object, COUNTER_MAX).map(Self)
    }
}

/// The text of a string.
///
/// A surrogate without its partner is refused by its index.
pub(crate) fn text<'a>(string: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    let py = string.py();
    string.to_str().map_err(|error| {
        if !error.is_instance_of::<PyUnicodeEncodeError>(py) {
            return error;
        }
        let start = error.value(py).getattr("start").and_then(|start| start.extract::<u64>());
        let got = start.map_or_else(
            |_| "a surrogate without its partner".to_owned(),
            |start| format!("a surrogate without its partner at index {start}"),
        );
        refused(py, Code::LoneSurrogate, "text that is Unicode", &got)
    })
}

/// The name of a key.
pub(crate) fn key(name: &Bound<'_, PyString>) -> PyResult<Key> {
    Key::new(text(name)?).told(name.py())
}

/// The name of a room.
pub(crate) fn room_name(name: &Bound<'_, PyString>) -> PyResult<RoomName> {
    RoomName::new(text(name)?).told(name.py())
}

/// The name of a view.
pub(crate) fn view_name(name: &Bound<'_, PyString>) -> PyResult<ViewName> {
    ViewName::new(text(name)?).told(name.py())
}

/// The bytes of `bytes` or of text where they stand, and a copy of those of any other buffer.
pub(crate) fn bytes<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    if let Ok(string) = object.cast::<PyString>() {
        return Ok(Cow::Borrowed(text(string)?.as_bytes()));
    }
    Ok(Cow::Owned(PyBuffer::<u8>::get(object)?.to_vec(object.py())?))
}

/// The items of a list or a tuple, taken at one moment.
pub(crate) fn items<'py>(
    object: &Bound<'py, PyAny>,
    of: &'static str,
) -> PyResult<Bound<'py, PyTuple>> {
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(list.to_tuple());
    }
    object.cast::<PyTuple>().cloned().map_err(|_| {
        let got = object
            .get_type()
            .name()
            .map_or_else(|_| "something else".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("expected a list or a tuple of {of}, got {got}"))
    })
}

/// The blobs of a list.
pub(crate) fn blobs(object: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    let copy = |blob: Bound<'_, PyAny>| {
        if blob.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("expected bytes, got str"));
        }
        bytes(&blob).map(Cow::into_owned)
    };
    items(object, "bytes")?.iter().map(copy).collect()
}

/// The texts of a list.
pub(crate) fn texts(object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let copy = |item: Bound<'_, PyAny>| text(item.cast::<PyString>()?).map(str::to_owned);
    items(object, "str")?.iter().map(copy).collect()
}

/// The 32 bytes of a seed.
pub(crate) fn seed(py: Python<'_>, bytes: &[u8]) -> PyResult<[u8; 32]> {
    bytes.try_into().map_err(|_| {
        let got = format!("{} bytes", bytes.len());
        refused(py, Code::InvalidArgument, "a seed of 32 bytes", &got)
    })
}

/// The options of a JSON text.
pub(crate) fn options<T: serde::de::DeserializeOwned>(json: &Bound<'_, PyString>) -> PyResult<T> {
    from_str(text(json)?).map_err(|error| {
        refused(json.py(), Code::InvalidArgument, "options as described", &error.to_string())
    })
}

/// Names and texts for every sample of an exposition.
pub(crate) fn labels(labels: Option<&Bound<'_, PyDict>>) -> PyResult<BTreeMap<String, String>> {
    let Some(labels) = labels else { return Ok(BTreeMap::new()) };
    let own = |pair: Bound<'_, PyAny>| {
        let (name, label): (Bound<'_, PyString>, Bound<'_, PyString>) = pair.extract()?;
        Ok((text(&name)?.to_owned(), text(&label)?.to_owned()))
    };
    labels.items().iter().map(own).collect()
}

/// An answer to a conflict.
pub(crate) fn resolution(
    word: Name<'_, '_>,
    value: Option<Object<'_, '_>>,
) -> PyResult<Resolution> {
    match text(word)? {
        "keep_mine" => Ok(Resolution::KeepMine),
        "keep_theirs" => Ok(Resolution::KeepTheirs),
        "value" => value.map_or(Ok(Value::NULL), from_python).map(Resolution::Value),
        other => {
            let expected = "keep_mine, keep_theirs or value";
            Err(refused(word.py(), Code::InvalidArgument, expected, other))
        }
    }
}
