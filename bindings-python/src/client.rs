//! The client's handle in Python: each method is that of `syncline_core::host::ClientHandle`.

mod made;

use std::path::PathBuf;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use syncline_core::client::ClientConfig;
use syncline_core::host::ClientHandle as Handle;
use syncline_core::{
    Action, Code, Content, DraftId, PresenceId, RoomNo, StoreMark, Time, Version, ViewNo,
};

use crate::argument::{
    Counter, Index, Name, Number, Object, Room, blobs, bytes, labels, options, resolution,
    room_name, seed, text, view_name,
};
use crate::edits::Edits;
use crate::error::exception;
use crate::guard::{Guarded, no_copy};
use crate::json::{self, object};
use crate::missing::missing;
use crate::output::{Output, drain, durability_name, status_name};
use crate::value::{from_python, items_to_python, to_python};

type Fallback<'py> = Option<Bound<'py, PyAny>>;
type Prefix<'a, 'py> = Option<Name<'a, 'py>>;
type Made<'py> = PyResult<Bound<'py, PyAny>>;

/// One client of any number of rooms.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct ClientHandle(pub(crate) Guarded<Handle>);

#[pymethods]
impl ClientHandle {
    /// A client with a clock, a thread and, if it has a path, a journal.
    #[staticmethod]
    #[pyo3(signature = (config=None, path=None))]
    fn automatic(
        py: Python<'_>,
        config: Option<Name<'_, '_>>,
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        let config: ClientConfig = config.map(options).transpose()?.unwrap_or_default();
        let make = move || Handle::automatic(config, path.as_deref());
        Guarded::make(py, "automatic", make).map(Self)
    }

    /// A client whose host says what time it is and makes records durable.
    #[staticmethod]
    fn manual(
        py: Python<'_>,
        config: Name<'_, '_>,
        seed: &[u8],
        blobs: Object<'_, '_>,
        now: Counter,
    ) -> PyResult<Self> {
        let (config, seed) = (options::<ClientConfig>(config)?, self::seed(py, seed)?);
        let (blobs, now) = (self::blobs(blobs)?, Time::from_micros(now.0));
        Guarded::make(py, "manual", || Handle::manual(config, seed, &blobs, now)).map(Self)
    }

    /// Sets what is called when there is something to poll.
    fn set_wake(&self, py: Python<'_>, callback: Option<Py<PyAny>>) -> PyResult<()> {
        self.0.set_wake(py, callback)
    }

    /// What the host is to do next.
    fn poll(&self, py: Python<'_>) -> PyResult<Option<Output>> {
        let output = self.0.ask(py, Handle::poll)?;
        Ok(output.map(|output| Output::of_client(py, output)))
    }

    /// What the host is to do next, up to a number of things.
    #[pyo3(signature = (limit=Index(256)), text_signature = "($self, limit=256)")]
    fn drain(&self, py: Python<'_>, limit: Index) -> PyResult<Vec<Output>> {
        drain(py, limit, || self.poll(py))
    }

    /// What time it is for this client, in microseconds.
    fn now(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.ask(py, Handle::now).map(Time::as_micros)
    }

    /// Says what time it is, in manual mode.
    fn set_now(&self, py: Python<'_>, now: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.set_now(Time::from_micros(now.0)))
    }

    /// When the client wants to hear of the time next, in manual mode.
    fn deadline(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        Ok(self.0.ask(py, Handle::deadline)?.map(Time::as_micros))
    }

    /// The records up to this one are durable, in manual mode.
    fn persisted(&self, py: Python<'_>, record: Counter) -> PyResult<()> {
        self.0.ask(py, |handle| handle.persisted(record.into()))
    }

    /// Storage failed, in manual mode.
    fn persist_failed(&self, message: Name<'_, '_>) -> PyResult<()> {
        let error = json::storage_failed(text(message)?);
        self.0.ask(message.py(), |handle| handle.persist_failed(error))
    }

    /// Asks to be told once every edit made so far is durable; gives the mark.
    fn ask_stored(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.ask(py, Handle::ask_stored).map(StoreMark::get)
    }

    /// Why storage failed, if it did.
    fn storage_error<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let error = self.0.ask(py, Handle::storage_error)?;
        error.map(|error| exception(py, &error)).transpose()
    }

    /// The connection that was asked for is open.
    fn connected(&self, token: Name<'_, '_>) -> PyResult<()> {
        let text = text(token)?;
        self.0.ask(token.py(), |handle| handle.connected(text))
    }

    /// A frame came over the connection.
    fn receive(&self, frame: Object<'_, '_>) -> PyResult<()> {
        self.0.feed(frame.py(), &bytes(frame)?, Handle::receive)
    }

    /// The connection has ended, or could not be opened.
    fn disconnected(&self, py: Python<'_>) -> PyResult<()> {
        self.0.ask(py, Handle::disconnected)
    }

    /// A newer token.
    fn set_token(&self, token: Name<'_, '_>) -> PyResult<()> {
        let text = text(token)?;
        self.0.ask(token.py(), |handle| handle.set_token(text))
    }

    /// Tries again now what waits out a pause after a failure.
    fn reconnect(&self, py: Python<'_>) -> PyResult<()> {
        self.0.ask(py, Handle::reconnect)
    }

    /// Opens a room, and says whether it is also to be written.
    #[pyo3(signature = (name, writes=true))]
    fn open(&self, name: Name<'_, '_>, writes: bool) -> PyResult<u32> {
        let room = room_name(name)?;
        self.0.ask(name.py(), |handle| handle.open(&room, writes)).map(RoomNo::get)
    }

    /// Leaves a room; what is known of it stays.
    fn close_room(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.close_room(room.0))
    }

    /// Leaves a room and forgets all that is known of it.
    fn forget_room(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.forget_room(room.0))
    }

    /// Sets a key to a value.
    fn set(&self, room: Room, key: Name<'_, '_>, value: Object<'_, '_>) -> PyResult<u64> {
        self.edit(room, key, Action::Set(from_python(value)?))
    }

    /// Applies a JSON merge patch to the object under a key.
    fn merge(&self, room: Room, key: Name<'_, '_>, patch: Object<'_, '_>) -> PyResult<u64> {
        self.edit(room, key, Action::Merge(from_python(patch)?))
    }

    /// Adds to the number under a key.
    fn add(&self, room: Room, key: Name<'_, '_>, amount: Object<'_, '_>) -> PyResult<u64> {
        self.edit(room, key, Action::Add(from_python(amount)?))
    }

    /// Removes a key.
    fn delete(&self, room: Room, key: Name<'_, '_>) -> PyResult<u64> {
        self.edit(room, key, Action::Delete)
    }

    /// Puts a value into a list.
    fn insert(
        &self,
        room: Room,
        key: Name<'_, '_>,
        index: Index,
        value: Object<'_, '_>,
    ) -> PyResult<u64> {
        let value = from_python(value)?;
        self.draft(key, |handle, key| handle.insert_at(room.0, key, index.0, value))
    }

    /// Takes a value out of a list.
    fn remove(&self, room: Room, key: Name<'_, '_>, index: Index) -> PyResult<u64> {
        self.draft(key, |handle, key| handle.remove_at(room.0, key, index.0))
    }

    /// Moves a value within a list.
    fn r#move(&self, room: Room, key: Name<'_, '_>, source: Index, target: Index) -> PyResult<u64> {
        self.draft(key, |handle, key| handle.move_to(room.0, key, source.0, target.0))
    }

    /// Gives a list item another value.
    fn replace(
        &self,
        room: Room,
        key: Name<'_, '_>,
        index: Index,
        value: Object<'_, '_>,
    ) -> PyResult<u64> {
        let value = from_python(value)?;
        self.draft(key, |handle, key| handle.replace_at(room.0, key, index.0, value))
    }

    /// Makes several edits one mutation.
    fn batch(&self, py: Python<'_>, room: Room, edits: &Edits) -> PyResult<u64> {
        let made = self.0.ask(py, |handle| {
            let edits = edits.of_client(|| handle.new_item())?;
            handle.batch(room.0, edits)
        })?;
        Ok(made.get())
    }

    /// A fresh identity for a list item.
    fn new_item(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.0.ask(py, Handle::new_item)?.to_string())
    }

    /// Answers a conflict.
    #[pyo3(signature = (room, draft, resolution, value=None))]
    fn resolve(
        &self,
        room: Room,
        draft: Counter,
        resolution: Name<'_, '_>,
        value: Option<Object<'_, '_>>,
    ) -> PyResult<Option<u64>> {
        let (py, resolution) = (resolution.py(), self::resolution(resolution, value)?);
        let made = self.0.ask(py, |handle| handle.resolve(room.0, draft.into(), resolution))?;
        Ok(made.map(DraftId::get))
    }

    /// Sends what waits for its burst to end, without waiting.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.0.ask(py, Handle::flush)
    }

    /// Changes what this client shows of itself in a room.
    fn set_presence(&self, room: Room, patch: Object<'_, '_>) -> PyResult<()> {
        let value = from_python(patch)?;
        self.0.ask(patch.py(), |handle| handle.set_presence(room.0, Some(&value)))
    }

    /// Shows nothing of this client any more.
    fn clear_presence(&self, py: Python<'_>, room: Room) -> PyResult<()> {
        self.0.ask(py, |handle| handle.set_presence(room.0, None))
    }

    /// The other participants of a room.
    fn presences<'py>(&self, py: Python<'py>, room: Room) -> PyResult<Bound<'py, PyList>> {
        json::presences(py, &self.0.ask(py, |handle| handle.presences(room.0))?)
    }

    /// What this client shows of itself in a room; `MISSING` for nothing.
    fn presence_own<'py>(&self, py: Python<'py>, room: Room) -> Made<'py> {
        let own = self.0.ask(py, |handle| handle.presence_own(room.0))?;
        own.map_or_else(|| missing(py), |own| to_python(py, &own))
    }

    /// The participant that this client is in a room, while it is joined.
    fn presence_me(&self, py: Python<'_>, room: Room) -> PyResult<Option<u32>> {
        Ok(self.0.ask(py, |handle| handle.presence_me(room.0))?.map(PresenceId::get))
    }

    /// What a key shows.
    #[pyo3(signature = (room, key, default=None))]
    fn get<'py>(&self, room: Room, key: Name<'_, 'py>, default: Fallback<'py>) -> Made<'py> {
        self.held(key, default, |handle, key| handle.get(room.0, key))
    }

    /// What the server has confirmed of a key.
    #[pyo3(signature = (room, key, default=None))]
    fn confirmed_get<'py>(
        &self,
        room: Room,
        key: Name<'_, 'py>,
        default: Fallback<'py>,
    ) -> Made<'py> {
        self.held(key, default, |handle, key| handle.confirmed_get(room.0, key))
    }

    /// What a key shows, as canonical JSON text.
    fn get_json(&self, room: Room, key: Name<'_, '_>) -> PyResult<Option<String>> {
        let name = text(key)?;
        let content = self.0.ask(key.py(), |handle| handle.get(room.0, name))?;
        Ok(content.as_ref().map(Content::to_json))
    }

    /// The items of a list with their identities; `None` for a key without a value.
    fn items<'py>(&self, room: Room, key: Name<'_, 'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let name = text(key)?;
        let content = self.0.ask(key.py(), |handle| handle.get(room.0, name))?;
        content.map(|content| items_to_python(key.py(), &content)).transpose()
    }

    /// The keys with this prefix and what they show, in the order of keys.
    #[pyo3(signature = (room, prefix=None))]
    fn entries<'py>(
        &self,
        py: Python<'py>,
        room: Room,
        prefix: Prefix<'_, '_>,
    ) -> PyResult<Bound<'py, PyList>> {
        let prefix = prefix.map_or(Ok(""), text)?;
        json::entries(py, &self.0.ask(py, |handle| handle.entries(room.0, prefix))?)
    }

    /// The same as one object of canonical JSON text.
    #[pyo3(signature = (room, prefix=None))]
    fn entries_json(&self, py: Python<'_>, room: Room, prefix: Prefix<'_, '_>) -> PyResult<String> {
        let prefix = prefix.map_or(Ok(""), text)?;
        self.0.ask(py, |handle| handle.entries(room.0, prefix).and_then(|them| object(&them)))
    }

    /// The keys with this prefix that show a value, in order.
    #[pyo3(signature = (room, prefix=None))]
    fn keys(&self, py: Python<'_>, room: Room, prefix: Prefix<'_, '_>) -> PyResult<Vec<String>> {
        let prefix = prefix.map_or(Ok(""), text)?;
        let keys = self.0.ask(py, |handle| handle.keys(room.0, prefix))?;
        Ok(keys.iter().map(ToString::to_string).collect())
    }

    /// The version up to which a room's state is confirmed here.
    fn version(&self, py: Python<'_>, room: Room) -> PyResult<Option<u64>> {
        Ok(self.0.ask(py, |handle| handle.version(room.0))?.map(Version::get))
    }

    /// The epoch of a room's confirmed state.
    fn epoch(&self, py: Python<'_>, room: Room) -> PyResult<Option<String>> {
        Ok(self.0.ask(py, |handle| handle.epoch(room.0))?.map(|epoch| epoch.to_string()))
    }

    /// The number under which a room is known here, open or not.
    fn room(&self, name: Name<'_, '_>) -> PyResult<Option<u32>> {
        let room = room_name(name)?;
        Ok(self.0.ask(name.py(), |handle| handle.room(&room))?.map(RoomNo::get))
    }

    /// The name of a room.
    fn room_name(&self, py: Python<'_>, room: Room) -> PyResult<Option<String>> {
        Ok(self.0.ask(py, |handle| handle.room_name(room.0))?.map(|name| name.to_string()))
    }

    /// Whether the server's word on a room survives its crash, as it said last.
    fn durability(&self, py: Python<'_>, room: Room) -> PyResult<Option<&'static str>> {
        Ok(self.0.ask(py, |handle| handle.durability(room.0))?.map(durability_name))
    }

    /// Whether a state of the room is known.
    fn ready(&self, py: Python<'_>, room: Room) -> PyResult<bool> {
        self.0.ask(py, |handle| handle.ready(room.0))
    }

    /// Why the client does not come into a room and does not ask again by itself.
    fn denied(&self, py: Python<'_>, room: Room) -> PyResult<Option<&'static str>> {
        Ok(self.0.ask(py, |handle| handle.denied(room.0))?.map(Code::name))
    }

    /// Mutations of a room without a verdict.
    fn pending(&self, py: Python<'_>, room: Room) -> PyResult<usize> {
        self.0.ask(py, |handle| handle.pending(room.0))
    }

    /// Mutations of all rooms without a verdict.
    fn pending_total(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.ask(py, Handle::pending_total)
    }

    /// How far an open room is from its server, and when all was last well, in microseconds.
    fn status(&self, py: Python<'_>, room: Room) -> PyResult<Option<(&'static str, Option<u64>)>> {
        let status = self.0.ask(py, |handle| handle.status(room.0))?;
        Ok(status.map(|it| (status_name(it.status), it.synced_at.map(Time::as_micros))))
    }

    /// The status of the worst open room.
    fn overall_status(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.0.ask(py, Handle::overall_status).map(status_name)
    }

    /// The limits in force.
    fn limits<'py>(&self, py: Python<'py>) -> Made<'py> {
        json::limits(py, &self.0.ask(py, Handle::limits)?)
    }

    /// Watches a view of a room; returns the number of the view.
    fn watch(&self, room: Room, name: Name<'_, '_>) -> PyResult<u32> {
        let view = view_name(name)?;
        self.0.ask(name.py(), |handle| handle.watch(room.0, &view)).map(ViewNo::get)
    }

    /// Watches a view no more.
    fn unwatch(&self, py: Python<'_>, view: Number) -> PyResult<()> {
        self.0.ask(py, |handle| handle.unwatch(view.into()))
    }

    /// The next thing that a page has to do to show a view.
    fn view_change<'py>(
        &self,
        py: Python<'py>,
        view: Number,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let change = self.0.wait(py, |handle| handle.view_change(view.into()))?;
        Ok(change.map(|change| PyBytes::new(py, &change.to_bytes())))
    }

    /// What a view shows, as HTML.
    fn view_html(&self, py: Python<'_>, view: Number) -> PyResult<String> {
        self.0.wait(py, |handle| handle.view_html(view.into()))
    }

    /// How good the predictions of a view are.
    fn view_metrics<'py>(&self, py: Python<'py>, view: Number) -> Made<'py> {
        let metrics = self.0.ask(py, |handle| handle.view_metrics(view.into()))?;
        json::parsed(py, &metrics.to_json())
    }

    /// What was counted since the client was made.
    fn metrics<'py>(&self, py: Python<'py>) -> Made<'py> {
        json::parsed(py, &self.0.ask(py, Handle::report)?.to_json())
    }

    /// The same in the Prometheus text format.
    #[pyo3(signature = (labels=None))]
    fn prometheus(&self, py: Python<'_>, labels: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
        let labels = self::labels(labels)?;
        Ok(self.0.ask(py, Handle::report)?.to_prometheus(&json::pairs(&labels)))
    }

    /// How far the recording is that the option `flight` asked for.
    fn flight<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let flight = self.0.ask(py, Handle::flight)?;
        flight.map(|flight| json::parsed(py, &flight.to_json())).transpose()
    }

    /// Ends the client, and says how many mutations have no verdict.
    fn close(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.close(py, Handle::close)
    }

    fn __repr__(&self) -> String {
        self.0.repr("ClientHandle")
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is a running client")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}
