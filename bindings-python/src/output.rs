//! What was polled, as one object whose attributes are those of its kind.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use syncline_core::client::{ClientEvent, ClientOutput, Origin, Refused, Resume, Status, Verdict};
use syncline_core::host::{HostEvent, HostOutput};
use syncline_core::{Action, Code, Content, Error, ItemId, Key, Persist, PersistMode, Value};

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
    /// Which mutation.
    #[pyo3(get)]
    draft: Option<u64>,
    /// The mutation that a resolver made in place of a refused one.
    #[pyo3(get)]
    by: Option<u64>,
    /// The version that came of it.
    #[pyo3(get)]
    version: Option<u64>,
    /// The number of an order to storage.
    #[pyo3(get)]
    record: Option<u64>,
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
    /// Bytes at the end of the journal that no sync had finished, and that were dropped.
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
        ];
        let numbers = numbers.iter().filter_map(|(name, it)| it.map(|it| format!(" {name}={it}")));
        let code = self.code.map(|code| format!(" {code}")).unwrap_or_default();
        format!("<Output {}{}{code}>", self.kind, numbers.collect::<String>())
    }

    fn __reduce__(&self) -> PyResult<()> {
        no_copy("Output", "it is to be carried out once")
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

/// The name of a status.
pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Synced => "synced",
        Status::Pending => "pending",
        Status::Offline => "offline",
        Status::Degraded => "degraded",
    }
}

impl Output {
    fn of(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    fn persist(py: Python<'_>, persist: &Persist) -> Self {
        Self {
            record: Some(persist.id.get()),
            replace: Some(persist.mode == PersistMode::Replace),
            sync: Some(persist.sync),
            bytes: Some(PyBytes::new(py, &persist.bytes).unbind()),
            ..Self::of("persist")
        }
    }

    fn with_error(self, error: Error) -> Self {
        let (expected, actual) = (Some(error.expected.into_owned()), Some(error.got));
        Self { code: Some(error.code), expected, actual, ..self }
    }

    fn refusal(kind: &'static str, refused: Refused) -> Self {
        Self {
            room: Some(refused.room.get()),
            draft: Some(refused.draft.get()),
            key: Some(refused.key.as_str().to_owned()),
            code: Some(refused.code),
            mine: refused.mine,
            base: refused.base,
            theirs: refused.theirs,
            ..Self::of(kind)
        }
    }

    /// An output of a client.
    pub(crate) fn of_client(py: Python<'_>, output: ClientOutput) -> Self {
        match output {
            ClientOutput::Persist(persist) => Self::persist(py, &persist),
            ClientOutput::Connect => Self::of("connect"),
            ClientOutput::Transmit(bytes) => {
                Self { bytes: Some(PyBytes::new(py, &bytes).unbind()), ..Self::of("transmit") }
            }
            ClientOutput::Disconnect => Self::of("disconnect"),
            ClientOutput::Event(event) => Self::of_client_event(event),
        }
    }

    fn of_client_event(event: ClientEvent) -> Self {
        let room = |room: syncline_core::RoomNo| Some(room.get());
        match event {
            ClientEvent::Change { room: number, keys, origin } => Self {
                room: room(number),
                keys: Some(texts(keys.iter().map(Key::as_str))),
                origin: Some(match origin {
                    Origin::Local => "local",
                    Origin::Remote => "remote",
                }),
                ..Self::of("change")
            },
            ClientEvent::Verdict { room: number, draft, verdict } => {
                let about =
                    Self { room: room(number), draft: Some(draft.get()), ..Self::of("verdict") };
                about.with_verdict(verdict)
            }
            ClientEvent::Refused { refusal, by } => {
                Self { by: by.map(|draft| draft.get()), ..Self::refusal("refused", refusal) }
            }
            ClientEvent::Conflict(refusal) => Self::refusal("conflict", refusal),
            ClientEvent::Unknown { room: number, draft, reason, edits } => Self {
                room: room(number),
                draft: Some(draft.get()),
                code: Some(reason),
                edits: Some(edits),
                ..Self::of("unknown")
            },
            ClientEvent::Ready { room: number } => Self { room: room(number), ..Self::of("ready") },
            ClientEvent::Resumed { room: number, kind } => {
                let (resume, code) = match kind {
                    Resume::Delta => ("delta", None),
                    Resume::Snapshot => ("snapshot", None),
                    Resume::Reset(code) => ("reset", Some(code)),
                };
                Self { room: room(number), resume: Some(resume), code, ..Self::of("resumed") }
            }
            ClientEvent::Diverged { room: number } => {
                Self { room: room(number), ..Self::of("diverged") }
            }
            ClientEvent::Denied { room: number, code, retries } => Self {
                room: room(number),
                code: Some(code),
                retries: Some(retries),
                ..Self::of("denied")
            },
            ClientEvent::Failed { error, retries } => {
                Self { retries: Some(retries), ..Self::of("failed").with_error(error) }
            }
            ClientEvent::Status { room: number, status } => Self {
                room: number.map(|number| number.get()),
                status: Some(status_name(status)),
                ..Self::of("status")
            },
            ClientEvent::Presence { room: number } => {
                Self { room: room(number), ..Self::of("presence") }
            }
            ClientEvent::StorageFailed => Self::of("storage_failed"),
        }
    }

    fn with_verdict(self, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied { version } => {
                Self { verdict: Some("applied"), version: Some(version.get()), ..self }
            }
            Verdict::Refused { code, op } => {
                Self { verdict: Some("refused"), code: Some(code), op: Some(op), ..self }
            }
            Verdict::Unknown { reason } => {
                Self { verdict: Some("unknown"), code: Some(reason), ..self }
            }
        }
    }

    /// An output of a server.
    pub(crate) fn of_server(py: Python<'_>, output: HostOutput) -> Self {
        match output {
            HostOutput::Transmit { conn, bytes } => {
                let bytes = Some(PyBytes::new(py, &bytes).unbind());
                Self { conn: Some(conn.get()), bytes, ..Self::of("transmit") }
            }
            HostOutput::Pause { conn } => Self { conn: Some(conn.get()), ..Self::of("pause") },
            HostOutput::Resume { conn } => Self { conn: Some(conn.get()), ..Self::of("resume") },
            HostOutput::Close { conn, code } => {
                Self { conn: Some(conn.get()), code: Some(code), ..Self::of("close") }
            }
            HostOutput::Authorize { request, conn, token, schema, room } => Self {
                request: Some(request.get()),
                conn: Some(conn.get()),
                token: Some(token.into_string()),
                schema: Some(schema),
                name: Some(room.as_str().to_owned()),
                ..Self::of("authorize")
            },
            HostOutput::OpenRoom { room, name } => {
                Self { name: Some(name.to_string()), ..Self::about("open_room", room) }
            }
            HostOutput::Persist { room, persist } => {
                Self { room: Some(room.get()), ..Self::persist(py, &persist) }
            }
            HostOutput::CloseRoom { room, delete } => {
                Self { delete: Some(delete), ..Self::about("close_room", room) }
            }
            HostOutput::Event(event) => Self::of_server_event(event),
        }
    }

    fn about(kind: &'static str, room: syncline_core::RoomNo) -> Self {
        Self { room: Some(room.get()), ..Self::of(kind) }
    }

    fn of_server_event(event: HostEvent) -> Self {
        match event {
            HostEvent::Joined { conn, channel, room, principal } => Self {
                conn: Some(conn.get()),
                channel: Some(channel.get()),
                principal: Some(principal.to_string()),
                ..Self::about("joined", room)
            },
            HostEvent::Left { conn, channel, room, principal, code } => Self {
                conn: Some(conn.get()),
                channel: Some(channel.get()),
                principal: Some(principal.to_string()),
                code,
                ..Self::about("left", room)
            },
            HostEvent::Opened { room, name, dropped_bytes } => Self {
                name: Some(name.to_string()),
                dropped_bytes: Some(dropped_bytes),
                ..Self::about("opened", room)
            },
            HostEvent::Failed { room, name, error } => {
                Self { name: Some(name.to_string()), ..Self::about("failed", room) }
                    .with_error(error)
            }
            HostEvent::Closed { room, name } => {
                Self { name: Some(name.to_string()), ..Self::about("closed", room) }
            }
            HostEvent::Written { room, write, version } => Self {
                write: Some(write.get()),
                version: Some(version.get()),
                ..Self::about("written", room)
            },
            HostEvent::WriteFailed { room, write, error } => {
                Self { write: Some(write.get()), ..Self::about("write_failed", room) }
                    .with_error(error)
            }
            HostEvent::Changed { room, changed } => Self {
                keys: Some(texts(changed.keys.iter().map(Key::as_str))),
                version: Some(changed.version.get()),
                principals: Some(texts(changed.principals.iter().map(|it| it.as_str()))),
                ..Self::about("changed", room)
            },
        }
    }
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
            Ok(None) => break,
            Err(error) if drained.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(drained)
}

fn texts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}
