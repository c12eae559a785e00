//! The server's handle in Python: each method is that of `syncline_core::host::ServerHandle`.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use syncline_core::host::{RoomReport, ServerHandle as Handle, ServerOptions};
use syncline_core::{Code, Content, Durability, Error, Grant, Principal, RoomNo, Time, Version};

use crate::argument::{
    Counter, Index, Name, Object, Room, blobs, bytes, labels, options, room_name, seed, text,
    texts, view_name,
};
use crate::edits::Edits;
use crate::error::{Told, refused};
use crate::guard::{Guarded, no_copy};
use crate::json::{self, object};
use crate::output::{Output, drain};
use crate::value::content_to_python;
use crate::views::View;

type Made<'py> = PyResult<Bound<'py, PyAny>>;
type Look = Result<Option<(Version, Content)>, Error>;

/// All connections and rooms of one process.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct ServerHandle(Guarded<Handle>);

impl ServerHandle {
    fn held(
        &self,
        key: Name<'_, '_>,
        look: impl FnOnce(&Handle, &str) -> Look,
    ) -> PyResult<Option<(u64, Content)>> {
        let name = text(key)?;
        let held = self.0.ask(key.py(), |handle| look(handle, name))?;
        Ok(held.map(|(version, content)| (version.get(), content)))
    }

    fn value<'py>(
        &self,
        key: Name<'_, 'py>,
        look: impl FnOnce(&Handle, &str) -> Look,
    ) -> PyResult<Option<(u64, Bound<'py, PyAny>)>> {
        let Some((version, content)) = self.held(key, look)? else { return Ok(None) };
        Ok(Some((version, content_to_python(key.py(), &content)?)))
    }

    fn json(
        &self,
        key: Name<'_, '_>,
        look: impl FnOnce(&Handle, &str) -> Look,
    ) -> PyResult<Option<(u64, String)>> {
        Ok(self.held(key, look)?.map(|(version, content)| (version, content.to_json())))
    }
}

#[pymethods]
impl ServerHandle {
    /// A server with a clock, a thread and, if it has a directory, one journal per room.
    #[staticmethod]
    #[pyo3(signature = (options=None, directory=None))]
    fn automatic(
        py: Python<'_>,
        options: Option<Name<'_, '_>>,
        directory: Option<PathBuf>,
    ) -> PyResult<Self> {
        let options: ServerOptions = options.map(self::options).transpose()?.unwrap_or_default();
        let make = move || Handle::automatic(options, directory.as_deref());
        Guarded::make(py, "automatic", make).map(Self)
    }

    /// A server whose host says what time it is and makes records durable.
    #[staticmethod]
    fn manual(
        py: Python<'_>,
        options: Name<'_, '_>,
        durability: Name<'_, '_>,
        seed: &[u8],
        now: Counter,
    ) -> PyResult<Self> {
        let (options, seed) = (self::options(options)?, self::seed(py, seed)?);
        let durability = match text(durability)? {
            "durable" => Durability::Durable,
            "volatile" => Durability::Volatile,
            other => {
                return Err(refused(py, Code::InvalidArgument, "durable or volatile", other));
            }
        };
        let now = Time::from_micros(now.0);
        Guarded::make(py, "manual", || Handle::manual(options, durability, seed, now)).map(Self)
    }

    /// Sets what is called when there is something to poll.
    fn set_wake(&self, py: Python<'_>, callback: Option<Py<PyAny>>) -> PyResult<()> {
        self.0.set_wake(py, callback)
    }

    /// What the host is to do next.
    fn poll(&self, py: Python<'_>) -> PyResult<Option<Output>> {
        let output = self.0.ask(py, Handle::poll)?;
        Ok(output.map(|output| Output::of_server(py, output)))
    }

    /// What the host is to do next, up to a number of things.
    #[pyo3(signature = (limit=Index(256)), text_signature = "($self, limit=256)")]
    fn drain(&self, py: Python<'_>, limit: Index) -> PyResult<Vec<Output>> {
        drain(py, limit, || self.poll(py))
    }

    /// Says what time it is, in manual mode.
    fn set_now(&self, py: Python<'_>, now: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.set_now(Time::from_micros(now.0)))
    }

    /// When the server wants to hear of the time next, in manual mode.
    fn deadline(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        Ok(self.0.ask(py, Handle::deadline)?.map(Time::as_micros))
    }

    /// A connection came, under a number never used before with this server.
    fn connected(&self, py: Python<'_>, conn: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.connected(conn.into()))
    }

    /// A frame came.
    fn receive(&self, conn: Counter, frame: Object<'_, '_>) -> PyResult<()> {
        let receive = |handle: &Handle, frame: &[u8]| handle.receive(conn.into(), frame);
        self.0.feed(frame.py(), &bytes(frame)?, receive)
    }

    /// All that was transmitted to the connection has left.
    fn writable(&self, py: Python<'_>, conn: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.writable(conn.into()))
    }

    /// The connection is gone.
    fn disconnected(&self, py: Python<'_>, conn: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.disconnected(conn.into()))
    }

    /// Answers a question: who it is, and which key prefixes they may write.
    fn grant(
        &self,
        request: Counter,
        principal: Name<'_, '_>,
        write: Object<'_, '_>,
    ) -> PyResult<()> {
        let (py, write) = (principal.py(), texts(write)?);
        let principal = Principal::new(text(principal)?).told(py)?;
        self.0.ask(py, |handle| handle.authorize(request.into(), Ok(Grant { principal, write })))
    }

    /// Answers a question with no, and why.
    fn deny(&self, request: Counter, code: Name<'_, '_>) -> PyResult<()> {
        let (py, code) = (code.py(), self::code(code)?);
        self.0.ask(py, |handle| handle.authorize(request.into(), Err(code)))
    }

    /// Takes back all that was granted to a principal.
    fn revoke(&self, principal: Name<'_, '_>) -> PyResult<()> {
        let py = principal.py();
        let principal = Principal::new(text(principal)?).told(py)?;
        self.0.wait(py, |handle| handle.revoke(&principal))
    }

    /// Ends as `shutdown` does once all is told that was accepted, or after `within_ms`.
    fn wind_down(
        &self,
        py: Python<'_>,
        retry_after_ms: Counter,
        within_ms: Counter,
    ) -> PyResult<()> {
        let (pause, within) =
            (Duration::from_millis(retry_after_ms.0), Duration::from_millis(within_ms.0));
        self.0.wait(py, |handle| handle.wind_down(pause, within))
    }

    /// Says good-bye to every connection and closes it, and every room that the host does not hold.
    fn shutdown(&self, py: Python<'_>, retry_after_ms: Counter) -> PyResult<()> {
        let pause = Duration::from_millis(retry_after_ms.0);
        self.0.wait(py, |handle| handle.shutdown(pause))
    }

    /// Opens a room for the host and holds it open.
    fn room_open(&self, name: Name<'_, '_>) -> PyResult<u32> {
        let room = room_name(name)?;
        self.0.ask(name.py(), |handle| handle.room_open(&room)).map(RoomNo::get)
    }

    /// Takes back one `room_open`.
    fn room_release(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.room_release(room.0))
    }

    /// Puts everyone out of a room, and closes it.
    fn room_unload(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.room_unload(room.0))
    }

    /// Puts everyone out of a room, closes it, and forgets what it held.
    fn room_delete(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.room_delete(room.0))
    }

    /// The number of the room with this name, if it is open or being opened.
    fn room(&self, name: Name<'_, '_>) -> PyResult<Option<u32>> {
        let room = room_name(name)?;
        Ok(self.0.ask(name.py(), |handle| handle.room(&room))?.map(RoomNo::get))
    }

    /// The rooms that are open or being opened, in the order of their names.
    fn rooms(&self, py: Python<'_>) -> PyResult<Vec<(u32, String)>> {
        let rooms = self.0.ask(py, Handle::rooms)?;
        Ok(rooms.iter().map(|(room, name)| (room.get(), name.to_string())).collect())
    }

    /// Writes to a room as the host; the outcome is told under the number returned.
    fn room_write(&self, py: Python<'_>, room: Room, edits: &Edits) -> PyResult<u64> {
        let made = self.0.ask(py, |handle| {
            let edits = edits.of_host(|| handle.new_item())?;
            handle.room_write(room.0, edits)
        })?;
        Ok(made.get())
    }

    /// The version and the durable content of a key.
    fn room_get<'py>(
        &self,
        room: Room,
        key: Name<'_, 'py>,
    ) -> PyResult<Option<(u64, Bound<'py, PyAny>)>> {
        self.value(key, |handle, key| handle.room_get(room.0, key))
    }

    /// The version and the newest content of a key, which may not be durable yet.
    fn room_staged<'py>(
        &self,
        room: Room,
        key: Name<'_, 'py>,
    ) -> PyResult<Option<(u64, Bound<'py, PyAny>)>> {
        self.value(key, |handle, key| handle.room_staged(room.0, key))
    }

    /// The version and the durable content of a key, as canonical JSON text.
    fn room_get_json(&self, room: Room, key: Name<'_, '_>) -> PyResult<Option<(u64, String)>> {
        self.json(key, |handle, key| handle.room_get(room.0, key))
    }

    /// The version and the newest content of a key, as canonical JSON text.
    fn room_staged_json(&self, room: Room, key: Name<'_, '_>) -> PyResult<Option<(u64, String)>> {
        self.json(key, |handle, key| handle.room_staged(room.0, key))
    }

    /// The durable keys with this prefix and what they hold, in the order of keys.
    #[pyo3(signature = (room, prefix=None))]
    fn room_entries<'py>(
        &self,
        py: Python<'py>,
        room: Room,
        prefix: Option<Name<'_, '_>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let prefix = prefix.map_or(Ok(""), text)?;
        json::entries(py, &self.0.ask(py, |handle| handle.room_entries(room.0, prefix))?)
    }

    /// The same as one object of canonical JSON text.
    #[pyo3(signature = (room, prefix=None))]
    fn room_entries_json(
        &self,
        py: Python<'_>,
        room: Room,
        prefix: Option<Name<'_, '_>>,
    ) -> PyResult<String> {
        let prefix = prefix.map_or(Ok(""), text)?;
        self.0.ask(py, |handle| handle.room_entries(room.0, prefix).and_then(|them| object(&them)))
    }

    /// What there is to know about a room.
    fn room_report<'py>(&self, py: Python<'py>, room: Room) -> PyResult<Bound<'py, PyDict>> {
        report(py, &self.0.ask(py, |handle| handle.room_report(room.0))?)
    }

    /// What a room has counted.
    fn room_metrics<'py>(&self, py: Python<'py>, room: Room) -> Made<'py> {
        let metrics = self.0.ask(py, |handle| handle.room_metrics(room.0))?;
        json::parsed(py, &metrics.report(0).to_json())
    }

    /// Who is present in a room.
    fn room_presences<'py>(&self, py: Python<'py>, room: Room) -> PyResult<Bound<'py, PyList>> {
        json::presences(py, &self.0.ask(py, |handle| handle.room_presences(room.0))?)
    }

    /// The durable state of a room as one blob.
    fn room_export<'py>(&self, py: Python<'py>, room: Room) -> PyResult<Bound<'py, PyBytes>> {
        let blob = self.0.wait(py, |handle| handle.room_export(room.0))?;
        Ok(PyBytes::new(py, &blob))
    }

    /// Forgets what is as old as a version: tombstones, and clients that are away.
    fn room_expire(&self, py: Python<'_>, room: Room, version: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.room_expire(room.0, version.into()))
    }

    /// Ends a room's continuity: another epoch, the same contents.
    fn room_renew(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.room_renew(room.0))
    }

    /// Opens another room that a view which is being rendered shows something of.
    fn room_open_for_view(
        &self,
        room: Room,
        name: Name<'_, '_>,
        other: Name<'_, '_>,
    ) -> PyResult<u32> {
        let (view, other) = (view_name(name)?, room_name(other)?);
        let open = |handle: &Handle| handle.room_open_for_view(room.0, &view, &other);
        self.0.ask(name.py(), open).map(RoomNo::get)
    }

    /// Shows what was rendered of a view of a room.
    fn room_show(&self, room: Room, name: Name<'_, '_>, view: &Bound<'_, View>) -> PyResult<()> {
        let (py, name) = (name.py(), view_name(name)?);
        let show = |shown: &_| self.0.wait(py, |handle| handle.room_show(room.0, &name, shown));
        view.get().run(py, show)
    }

    /// Keeps what was shown last of a view of a room.
    fn room_keep_view(&self, room: Room, name: Name<'_, '_>) -> PyResult<()> {
        let view = view_name(name)?;
        self.0.ask(name.py(), |handle| handle.room_keep_view(room.0, &view))
    }

    /// Says that there is no such view of a room: whoever watches it is told the code.
    #[pyo3(signature = (room, name, code=None))]
    fn room_end_view(
        &self,
        room: Room,
        name: Name<'_, '_>,
        code: Option<Name<'_, '_>>,
    ) -> PyResult<()> {
        let code = code.map_or(Ok(Code::NotFound), self::code)?;
        let view = view_name(name)?;
        self.0.ask(name.py(), |handle| handle.room_end_view(room.0, &view, code))
    }

    /// Asks for a view of a room again, unless nobody watches it.
    fn room_touch_view(&self, room: Room, name: Name<'_, '_>) -> PyResult<()> {
        let view = view_name(name)?;
        self.0.ask(name.py(), |handle| handle.room_touch_view(room.0, &view))
    }

    /// A fresh identity for a list item.
    fn new_item(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.0.ask(py, Handle::new_item)?.to_string())
    }

    /// The blobs of a room, in manual mode.
    fn room_opened(&self, room: Room, blobs: Object<'_, '_>) -> PyResult<()> {
        let (py, blobs) = (blobs.py(), self::blobs(blobs)?);
        self.0.wait(py, |handle| handle.room_opened(room.0, blobs))
    }

    /// Storage of a room failed, in manual mode.
    fn room_failed(&self, room: Room, message: Name<'_, '_>) -> PyResult<()> {
        let error = json::storage_failed(text(message)?);
        self.0.ask(message.py(), |handle| handle.room_failed(room.0, error))
    }

    /// The records of a room up to this one are durable, in manual mode.
    fn persisted(&self, py: Python<'_>, room: Room, record: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.persisted(room.0, record.into()))
    }

    /// The limits in force.
    fn limits<'py>(&self, py: Python<'py>) -> Made<'py> {
        json::limits(py, &self.0.ask(py, Handle::limits)?)
    }

    /// The counters.
    fn metrics<'py>(&self, py: Python<'py>) -> Made<'py> {
        json::parsed(py, &self.0.ask(py, Handle::metrics)?.to_json())
    }

    /// The same in the Prometheus text format.
    #[pyo3(signature = (labels=None))]
    fn prometheus(&self, py: Python<'_>, labels: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
        let labels = self::labels(labels)?;
        let metrics = self.0.ask(py, Handle::metrics)?;
        Ok(metrics.to_prometheus(&json::pairs(&labels)))
    }

    /// How far the recording is that the option `flight` asked for.
    fn flight<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let flight = self.0.ask(py, Handle::flight)?;
        flight.map(|flight| json::parsed(py, &flight.to_json())).transpose()
    }

    /// Ends the server; what was accepted is durable when this returns.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.close(py, Handle::close)
    }

    fn __repr__(&self) -> String {
        self.0.repr("ServerHandle")
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is a running server")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}

fn code(name: Name<'_, '_>) -> PyResult<Code> {
    let told = text(name)?;
    let found = Code::ALL.iter().copied().find(|code| code.name() == told);
    found.ok_or_else(|| refused(name.py(), Code::InvalidArgument, "the name of a code", told))
}

fn report<'py>(py: Python<'py>, report: &RoomReport) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("name", report.name.as_str())?;
    told.set_item("epoch", report.epoch.to_string())?;
    told.set_item("version", report.version.get())?;
    told.set_item("staged_version", report.staged_version.get())?;
    told.set_item("digest", report.digest.to_string())?;
    told.set_item("keys", report.keys)?;
    told.set_item("bytes", report.bytes)?;
    told.set_item("readers", report.readers)?;
    told.set_item("registers", report.registers)?;
    Ok(told)
}
