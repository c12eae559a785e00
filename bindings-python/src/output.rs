//! What was polled, as one object whose attributes are those of its kind.

mod fill;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use syncline_core::{Action, Code, Content, Error, ItemId, Key, Value};

pub(crate) use fill::{durability_name, status_name};

use crate::argument::Index;
use crate::error::refused;
use crate::guard::no_copy;
use crate::missing::missing;
use crate::value::{content_to_python, to_python};

/// One thing that a handle wants done, or tells. Attributes that do not belong to its kind are `None`.
#[pyclass(frozen, module = "syncline._native")]
#[derive(Default)]
pub(crate) struct Output {
    /// What it is.
    #[pyo3(get)]
    kind: &'static str,
    /// The number of the room that it is about.
    #[pyo3(get)]
    room: Option<u32>,
    /// Which mutation; the first of a chain.
    #[pyo3(get)]
    draft: Option<u64>,
    /// Every mutation that a refusal is about, in order.
    #[pyo3(get)]
    drafts: Option<Vec<u64>>,
    /// The mutation that a resolver made in place of a refused one.
    #[pyo3(get)]
    by: Option<u64>,
    /// The version that came of it.
    #[pyo3(get)]
    version: Option<u64>,
    /// The number of an order to storage.
    #[pyo3(get)]
    record: Option<u64>,
    /// The latest mark of which it is so.
    #[pyo3(get)]
    mark: Option<u64>,
    /// Which view of the room it is about.
    #[pyo3(get)]
    view: Option<u32>,
    /// Which op of the mutation was refused, counted from 0.
    #[pyo3(get)]
    op: Option<u32>,
    /// What became of a mutation.
    #[pyo3(get)]
    verdict: Option<&'static str>,
    /// Who caused a change.
    #[pyo3(get)]
    origin: Option<&'static str>,
    /// How a room caught up.
    #[pyo3(get)]
    resume: Option<&'static str>,
    /// How far a room, or the client, is from its server.
    #[pyo3(get)]
    status: Option<&'static str>,
    /// Whether the bytes stand for all before them.
    #[pyo3(get)]
    replace: Option<bool>,
    /// Whether anything waits for the answer.
    #[pyo3(get)]
    sync: Option<bool>,
    /// Whether the client tries again by itself.
    #[pyo3(get)]
    retries: Option<bool>,
    /// Whether the room's blobs are to be removed.
    #[pyo3(get)]
    delete: Option<bool>,
    /// A frame or a blob.
    #[pyo3(get)]
    bytes: Option<Py<PyBytes>>,
    /// Which keys.
    #[pyo3(get)]
    keys: Option<Vec<String>>,
    /// Which key.
    #[pyo3(get)]
    key: Option<String>,
    /// The number of a connection.
    #[pyo3(get)]
    conn: Option<u64>,
    /// The number of a channel of a connection.
    #[pyo3(get)]
    channel: Option<u32>,
    /// The number of a question.
    #[pyo3(get)]
    request: Option<u64>,
    /// The number of a write of the host.
    #[pyo3(get)]
    write: Option<u64>,
    /// The name of the room.
    #[pyo3(get)]
    name: Option<String>,
    /// Who.
    #[pyo3(get)]
    principal: Option<String>,
    /// Who made the changes, the host left out.
    #[pyo3(get)]
    principals: Option<Vec<String>>,
    /// The latest token of the connection.
    #[pyo3(get)]
    token: Option<String>,
    /// The application's schema name.
    #[pyo3(get)]
    schema: Option<String>,
    /// Bytes at the end of the journal that were dropped: a crash came before their sync, or they are damaged since.
    #[pyo3(get)]
    dropped_bytes: Option<u64>,
    /// What would have been right.
    #[pyo3(get)]
    expected: Option<String>,
    /// What came instead.
    #[pyo3(get)]
    actual: Option<String>,
    code: Option<Code>,
    mine: Option<Content>,
    base: Option<Content>,
    theirs: Option<Content>,
    edits: Option<Vec<(Key, Action)>>,
}

#[pymethods]
impl Output {
    /// Why, by the name of the code.
    #[getter]
    fn code(&self) -> Option<&'static str> {
        self.code.map(Code::name)
    }

    /// The story for people.
    #[getter]
    fn message(&self) -> Option<String> {
        let code = self.code?;
        let (Some(expected), Some(actual)) = (&self.expected, &self.actual) else {
            return Some(code.message().to_owned());
        };
        Some(Error::new(code, expected.clone(), actual).to_string())
    }

    /// What the writer made of the key; `MISSING` for no value.
    #[getter]
    fn mine<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        side(py, self.mine.as_ref())
    }

    /// What the key held when the edit was made; `MISSING` for no value.
    #[getter]
    fn base<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        side(py, self.base.as_ref())
    }

    /// What the server says that the key holds; `MISSING` for no value.
    #[getter]
    fn theirs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        side(py, self.theirs.as_ref())
    }

    /// The edits that are handed back.
    #[getter]
    fn edits<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let Some(edits) = &self.edits else { return Ok(None) };
        let dicts = edits.iter().map(|(key, action)| edit(py, key, action));
        Ok(Some(PyList::new(py, dicts.collect::<PyResult<Vec<_>>>()?)?))
    }

    /// Tokens and values are left out: this is what ends up in logs.
    fn __repr__(&self) -> String {
        let numbers = [
            ("room", self.room.map(u64::from)),
            ("draft", self.draft),
            ("conn", self.conn),
            ("record", self.record),
            ("version", self.version),
            ("mark", self.mark),
        ];
        let numbers = numbers.iter().filter_map(|(name, it)| it.map(|it| format!(" {name}={it}")));
        let code = self.code.map(|code| format!(" {code}")).unwrap_or_default();
        format!("<Output {}{}{code}>", self.kind, numbers.collect::<String>())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is to be carried out once")
    }
}

fn side<'py>(py: Python<'py>, content: Option<&Content>) -> PyResult<Bound<'py, PyAny>> {
    content.map_or_else(|| missing(py), |content| content_to_python(py, content))
}

/// An edit as `{"key": ..., "action": {...}}`.
fn edit<'py>(py: Python<'py>, key: &Key, action: &Action) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    match action {
        Action::Set(value) => told.set_item("set", to_python(py, value)?),
        Action::Delete => told.set_item("delete", true),
        Action::Merge(patch) => told.set_item("merge", to_python(py, patch)?),
        Action::Add(number) => told.set_item("add", to_python(py, number)?),
        Action::Expect => told.set_item("expect", true),
        Action::Insert { id, value, place } => {
            told.set_item("insert", item(py, *id, Some(value), [place.left, place.right])?)
        }
        Action::Remove { id } => told.set_item("remove", item(py, *id, None, [None, None])?),
        Action::Move { id, place } => {
            told.set_item("move", item(py, *id, None, [place.left, place.right])?)
        }
        Action::Replace { id, value } => {
            told.set_item("replace", item(py, *id, Some(value), [None, None])?)
        }
    }?;
    let edit = PyDict::new(py);
    edit.set_item("key", key.as_str())?;
    edit.set_item("action", told)?;
    Ok(edit)
}

fn item<'py>(
    py: Python<'py>,
    id: ItemId,
    value: Option<&Value>,
    neighbours: [Option<ItemId>; 2],
) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("id", id.to_string())?;
    if let Some(value) = value {
        told.set_item("value", to_python(py, value)?)?;
    }
    for (name, neighbour) in ["left", "right"].into_iter().zip(neighbours) {
        if let Some(neighbour) = neighbour {
            told.set_item(name, neighbour.to_string())?;
        }
    }
    Ok(told)
}

/// What is polled, up to a number of things. An error is raised by the next call, if anything came
/// before it.
pub(crate) fn drain(
    py: Python<'_>,
    limit: Index,
    poll: impl Fn() -> PyResult<Option<Output>>,
) -> PyResult<Vec<Output>> {
    if limit.0 == 0 {
        return Err(refused(py, Code::InvalidArgument, "a limit of at least 1", "0"));
    }
    let mut drained = Vec::new();
    while drained.len() < limit.0 {
        match poll() {
            Ok(Some(output)) => drained.push(output),
            Err(error) if drained.is_empty() => return Err(error),
            Ok(None) | Err(_) => break,
        }
    }
    Ok(drained)
}
