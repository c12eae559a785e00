//! What handles tell in bulk: lists of pairs, reports, JSON text.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use syncline_core::{Code, Content, Error, Key, Limits, PresenceId, Value};

use crate::error::Told;
use crate::value::{content_to_python, to_python};

/// The object of a JSON text.
pub(crate) fn parsed<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    to_python(py, &Value::from_json(text.as_bytes(), &Limits::HARD).told(py)?)
}

/// Limits by their names.
pub(crate) fn limits<'py>(py: Python<'py>, limits: &Limits) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(limits).map_err(|error| unwritten(&error)).told(py)?;
    parsed(py, &text)
}

/// Participants and what they show.
pub(crate) fn presences<'py>(
    py: Python<'py>,
    present: &[(PresenceId, Value)],
) -> PyResult<Bound<'py, PyList>> {
    let pair = |(id, state): &(PresenceId, Value)| Ok((id.get(), to_python(py, state)?));
    PyList::new(py, present.iter().map(pair).collect::<PyResult<Vec<_>>>()?)
}

/// Keys and what they hold.
pub(crate) fn entries<'py>(
    py: Python<'py>,
    entries: &[(Key, Content)],
) -> PyResult<Bound<'py, PyList>> {
    let pair = |(key, content): &(Key, Content)| {
        Ok((PyString::new(py, key.as_str()), content_to_python(py, content)?))
    };
    PyList::new(py, entries.iter().map(pair).collect::<PyResult<Vec<_>>>()?)
}

/// The same as an object of canonical JSON.
pub(crate) fn object(entries: &[(Key, Content)]) -> Result<String, Error> {
    let mut out = String::from("{");
    for (key, content) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&serde_json::to_string(key.as_str()).map_err(|error| unwritten(&error))?);
        out.push(':');
        content.write_json(&mut out);
    }
    out.push('}');
    Ok(out)
}

/// Names and texts, borrowed.
pub(crate) fn pairs(labels: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, label)| (name.as_str(), label.as_str())).collect()
}

/// The error of a storage that its host keeps.
pub(crate) fn storage_failed(message: &str) -> Error {
    Error::new(Code::StorageFailed, "storage that works", message)
}

fn unwritten(error: &serde_json::Error) -> Error {
    Error::new(Code::Internal, "what can be written as JSON", error.to_string())
}
