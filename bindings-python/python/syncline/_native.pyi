"""The engine's handles, as classes.

Every method may be called from any thread. What a method raises is a `SynclineError`: of class `ClosedError`
after `close`, of class `ForkedProcessError` in a process that was forked off the one that made the handle,
and with the code `WrongMode` where it belongs to the handle's other mode. A `TypeError` says that an argument
is of a type that it cannot be.

Counters (drafts, versions, records, connections, times in microseconds) are integers from 0 to 2^53 - 1.
Epochs, digests and the identities of list items are hexadecimal digits.

Values are `None`, `bool`, `int`, `float`, `str`, `list`, `tuple` and `dict` with keys that are `str`. An
instance of a subclass stands for the value of the built-in type that it extends, and none of its methods is
called. An `int` is at most 2^53 - 1 away from zero, a `float` is finite; a whole `float` within that comes back
as an `int`, a `tuple` as a `list`. A value of more than 64 levels, or one that contains itself, is refused.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NoReturn, Self, TypeAlias, final

from typing_extensions import disjoint_base

from syncline._errors import SynclineError

__all__ = [
    "MISSING",
    "ClientHandle",
    "Edits",
    "Node",
    "Output",
    "Screen",
    "ServerHandle",
    "Template",
    "Tree",
    "View",
    "_Missing",
    "bound",
    "codes",
    "each",
    "fragment",
    "from_json",
    "h",
    "raw",
    "to_json",
]

#: What can be handed over as a value.
_Json: TypeAlias = bool | int | float | str | Sequence["_Json"] | Mapping[str, "_Json"] | None
_Bytes: TypeAlias = bytes
#: A frame: its bytes, or the text of one in JSON.
_Frame: TypeAlias = bytes | bytearray | memoryview | str

@final
class _Missing:
    """The type of `MISSING`, of which there is one object; it is false."""

    def __bool__(self) -> Literal[False]: ...
    def __reduce__(self) -> str: ...

#: No value, where `None` would be one.
MISSING: Final[_Missing]

def codes() -> dict[str, int]:
    """The number of each code, by name."""

def to_json(value: _Json) -> str:
    """The canonical JSON text of a value: the bytes that are the same in every language."""

def from_json(text: _Frame) -> Any:
    """The value of a JSON text, by the engine's rules.

    Raises `SynclineError` with `InvalidJson`, `InvalidUtf8`, `LoneSurrogate`, `NumberOutOfRange`, `TooDeep`,
    `TooManyItems` or `ValueTooLarge`, and the place in the text.
    """

@final
class Output:
    """One thing that a handle wants done, or tells.

    `kind` says what it is; attributes that do not belong to a kind are `None`, and `MISSING` for the three
    sides of a refused edit.

    Of a client:

    - `persist`: make `bytes` durable, in turn; answered by `persisted(record)`. Manual mode only.
    - `connect`: open a connection and call `connected`, or `disconnected` if that fails.
    - `transmit`: send the frame `bytes`.
    - `disconnect`: send what was transmitted, then close the connection, or drop the attempt to open one. Its
      end is not to be reported.
    - `change`: `keys` of `room` show something else; `origin` is by whom.
    - `verdict`: what became of `draft` of `room`: `verdict`, with `version`, or `code` and `op`, or `code`.
    - `refused`: the edit of `key` in `draft` of `room` was refused for `code`, and with it those that build on it:
      `drafts` are all of them; `mine`, `base`, `theirs`, and `by`, the draft that a resolver made in their place.
    - `conflict`: the same, and the application decides; answered by `resolve`.
    - `unknown`: nobody can know what became of `draft` of `room`, for `code`; `edits` is what it did.
    - `ready`: a state of `room` is known.
    - `resumed`: `room` is joined again, by `resume`; with `code` for a reset.
    - `diverged`: what was held of `room` differs from the server's state; everything is asked for again.
    - `denied`: the server does not let the client into `room`, for `code`; `retries`.
    - `failed`: the connection ended with the error `code`, `expected`, `actual`; `retries`.
    - `status`: of `room`, or of the client without one.
    - `presence`: other participants of `room` came, went or changed.
    - `stored`: every edit made before `ask_stored` gave `mark`, or an earlier one, is durable.
    - `storage_failed`: edits are not taken any more, and nothing is sent; see `storage_error`.
    - `view`, `unwatched`: `view` of `room` has something for its page, or is not watched any more, for `code`.

    Of a server:

    - `transmit`: send the frame `bytes` to `conn`; say `writable` when all that was transmitted has left.
    - `pause`, `resume`: read no more from `conn` for now; read again.
    - `close`: end `conn` after what was transmitted, for `code`; the server has forgotten it.
    - `authorize`: who is `conn`, with `token` and `schema`, and what may they do in the room `name`? Answered by
      `grant` or `deny` with `request`.
    - `open_room`: read the blobs of `room`, called `name`; answered by `room_opened` or `room_failed`. Manual
      mode only, as the next two.
    - `persist`: make `bytes` of `room` durable; answered by `persisted(room, record)` or `room_failed`.
    - `close_room`: nothing more comes for `room`; `delete` says whether to remove its blobs.
    - `render`: somebody watches the view `name` of `room`, and something that it may show changed.
    - `joined`, `left`: `channel` of `conn`, who is `principal`, came into `room`, or is out of it, for `code`.
    - `opened`, `failed`, `closed`: the room `name`, whose number is or was `room`; with `dropped_bytes`, or with
      `code`, `expected`, `actual`.
    - `written`, `write_failed`: the host's `write` to `room` is durable as `version`; or `code`, `expected`,
      `actual`.
    - `changed`: `keys` of `room` changed by `principals`, the host left out; `version` is the room's.
    """

    @property
    def kind(self) -> str:
        """What it is."""
    @property
    def room(self) -> int | None:
        """The number of the room that it is about."""
    @property
    def draft(self) -> int | None:
        """Which mutation; the first of a chain."""
    @property
    def drafts(self) -> list[int] | None:
        """Every mutation that a refusal is about, in order."""
    @property
    def by(self) -> int | None:
        """The mutation that a resolver made in place of a refused one."""
    @property
    def version(self) -> int | None:
        """The version that came of it."""
    @property
    def record(self) -> int | None:
        """The number of an order to storage."""
    @property
    def mark(self) -> int | None:
        """The latest mark of which it is so."""
    @property
    def view(self) -> int | None:
        """Which view of the room it is about."""
    @property
    def op(self) -> int | None:
        """Which op of the mutation was refused, counted from 0."""
    @property
    def code(self) -> str | None:
        """Why, by the name of the code."""
    @property
    def expected(self) -> str | None:
        """What would have been right."""
    @property
    def actual(self) -> str | None:
        """What came instead."""
    @property
    def message(self) -> str | None:
        """The story for people."""
    @property
    def verdict(self) -> Literal["applied", "refused", "unknown"] | None:
        """What became of a mutation."""
    @property
    def origin(self) -> Literal["local", "remote"] | None:
        """Who caused a change: an edit made on this client, or the server."""
    @property
    def resume(self) -> Literal["delta", "snapshot", "reset"] | None:
        """How a room caught up."""
    @property
    def status(self) -> Literal["synced", "pending", "offline", "degraded"] | None:
        """How far a room, or the client, is from its server."""
    @property
    def replace(self) -> bool | None:
        """Whether the bytes stand for all before them."""
    @property
    def sync(self) -> bool | None:
        """Whether anything waits for the answer."""
    @property
    def retries(self) -> bool | None:
        """Whether the client tries again by itself."""
    @property
    def delete(self) -> bool | None:
        """Whether the room's blobs are to be removed."""
    @property
    def bytes(self) -> _Bytes | None:
        """A frame or a blob."""
    @property
    def keys(self) -> list[str] | None:
        """Which keys."""
    @property
    def key(self) -> str | None:
        """Which key."""
    @property
    def mine(self) -> Any:
        """What the writer made of the key; `MISSING` for no value."""
    @property
    def base(self) -> Any:
        """What the key held when the edit was made; `MISSING` for no value."""
    @property
    def theirs(self) -> Any:
        """What the server says that the key holds; `MISSING` for no value."""
    @property
    def edits(self) -> list[dict[str, Any]] | None:
        """The edits that are handed back, as `{"key": ..., "action": {"set": ...}}`."""
    @property
    def conn(self) -> int | None:
        """The number of a connection."""
    @property
    def channel(self) -> int | None:
        """The number of a channel of a connection."""
    @property
    def request(self) -> int | None:
        """The number of a question."""
    @property
    def write(self) -> int | None:
        """The number of a write of the host."""
    @property
    def name(self) -> str | None:
        """The name of the room."""
    @property
    def principal(self) -> str | None:
        """Who."""
    @property
    def principals(self) -> list[str] | None:
        """Who made the changes, the host left out."""
    @property
    def token(self) -> str | None:
        """The latest token of the connection."""
    @property
    def schema(self) -> str | None:
        """The application's schema name."""
    @property
    def dropped_bytes(self) -> int | None:
        """Bytes at the end of the journal that were dropped: a crash came before their sync, or they were damaged."""
    def __reduce__(self) -> NoReturn: ...

@final
class Edits:
    """Edits that are made together: all of them count, or none does.

    They are collected here and given to `ClientHandle.batch` or `ServerHandle.room_write`, which judge them;
    here only the form of keys and values is checked. They can be given more than once.

    With `if_version`, for `room_write` alone, the write is refused as `Stale` unless the key is of that version;
    0 is a key without a value.
    """

    def __new__(cls) -> Edits: ...
    def set(self, key: str, value: _Json, *, if_version: int | None = None) -> None:
        """Sets a key to a value."""
    def merge(self, key: str, patch: _Json, *, if_version: int | None = None) -> None:
        """Applies a JSON merge patch (RFC 7396) to the object under a key."""
    def add(self, key: str, amount: float, *, if_version: int | None = None) -> None:
        """Adds to the number under a key."""
    def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Removes a key."""
    def expect(self, key: str, *, if_version: int | None = None) -> None:
        """Changes nothing, and refuses all edits if the key is another than expected.

        A client expects what it has seen; a host says a version.
        """
    def insert(
        self, key: str, index: int, value: _Json, *, item: str | None = None, if_version: int | None = None
    ) -> None:
        """Puts a value into a list, by its place.

        Places are those after the edits before this one. Without `item` it is named when the edits are made.
        """
    def remove(self, key: str, index: int, *, if_version: int | None = None) -> None:
        """Takes a value out of a list, by its place."""
    def move(self, key: str, source: int, target: int, *, if_version: int | None = None) -> None:
        """Moves a value within a list, by its place; `target` is its place afterwards."""
    def replace(self, key: str, index: int, value: _Json, *, if_version: int | None = None) -> None:
        """Gives a list item another value, by its place."""
    def insert_item(
        self,
        key: str,
        item: str,
        value: _Json,
        left: str | None = None,
        right: str | None = None,
        *,
        if_version: int | None = None,
    ) -> None:
        """Puts an item with this identity between two others; `None` is the start or the end."""
    def remove_item(self, key: str, item: str, *, if_version: int | None = None) -> None:
        """Takes an item out of its list."""
    def move_item(
        self,
        key: str,
        item: str,
        left: str | None = None,
        right: str | None = None,
        *,
        if_version: int | None = None,
    ) -> None:
        """Moves an item between two others; `None` is the start or the end."""
    def replace_item(self, key: str, item: str, value: _Json, *, if_version: int | None = None) -> None:
        """Gives an item another value."""
    def __len__(self) -> int:
        """How many edits are collected."""
    def __reduce__(self) -> NoReturn: ...

@final
class ClientHandle:
    """One client of any number of rooms, without a transport of its own.

    In automatic mode it has a clock, a thread and, if it has a path, a journal. In manual mode its host says
    what time it is and makes records durable. The last reference to it, or `close`, ends its thread.
    """

    @staticmethod
    def automatic(config: str | None = None, path: str | os.PathLike[str] | None = None) -> ClientHandle:
        """A client with a clock, a thread and, if it has a path, a journal in that file.

        `config` is a JSON object: limits, timing, debounce, codec, schema, cache, resolvers, flight, flight_bytes.
        Raises `StorageError` if another process has the journal, or if it is damaged.
        """
    @staticmethod
    def manual(config: str, seed: bytes, blobs: Sequence[bytes], now: int) -> ClientHandle:
        """A client whose host says what time it is and makes records durable.

        `seed` is 32 bytes of fresh entropy, or a test's own; `blobs` is a list of what was persisted since the
        last `replace`, in order. Raises `StorageError` if the blobs are not what a client wrote.
        """
    def set_wake(self, callback: Callable[[], object] | None) -> None:
        """Sets what is called when there is something to poll, or removes it.

        It is called once, and not again before polling has come to an end: clear your flag, drain until there is
        nothing, wait. It is called from any thread, also from inside a call of yours, but never by two at once.
        It may use the handle, must not block for long, and what it raises goes to `sys.unraisablehook`. Once the
        interpreter ends it is not called any more.

        If something is there already, it is called at once. After the return the callback from before is not
        running and never runs again; only from inside that callback does it still finish.
        """
    def poll(self) -> Output | None:
        """What the host is to do next; `None` when there is nothing, and the callback may be called again."""
    def drain(self, limit: int = 256) -> list[Output]:
        """What the host is to do next, up to `limit` things. An empty list is what `None` is to `poll`."""
    def now(self) -> int:
        """What time it is for this client, in microseconds since its origin."""
    def set_now(self, now: int) -> None:
        """Says what time it is, in manual mode; it does not go back."""
    def deadline(self) -> int | None:
        """When the client wants to hear of the time next, in manual mode."""
    def persisted(self, record: int) -> None:
        """Answers `persist` in manual mode: the records up to this one are durable."""
    def persist_failed(self, message: str) -> None:
        """Answers `persist` in manual mode: storage failed."""
    def ask_stored(self) -> int:
        """Asks to be told once every edit made so far is durable, by `stored` with this mark or a later one.

        Raises `SynclineError` with `WrongMode` for a client that stores nothing, `Poisoned` after storage has failed.
        """
    def storage_error(self) -> SynclineError | None:
        """Why storage failed, if it did."""
    def connected(self, token: str) -> None:
        """The connection that was asked for is open; `token` says who the client is."""
    def receive(self, frame: _Frame) -> None:
        """A frame came over the connection: the whole of one, of any content."""
    def disconnected(self) -> None:
        """The connection has ended, or could not be opened."""
    def set_token(self, token: str) -> None:
        """A newer token."""
    def reconnect(self) -> None:
        """Tries again now what waits out a pause after a failure: for when the network is back."""
    def open(self, name: str, writes: bool = True) -> int:
        """Opens a room, says whether it is also to be written, and gives its number.

        Raises `SynclineError` with `InvalidName`, or `TooMany` beyond the limit of rooms.
        """
    def close_room(self, room: int) -> None:
        """Leaves a room; what is known of it stays until it is opened again."""
    def forget_room(self, room: int) -> None:
        """Leaves a room and forgets all that is known of it.

        Its edits without a verdict are handed back as `unknown` with `Closed`.
        """
    def set(self, room: int, key: str, value: _Json) -> int:
        """Sets a key to a value, and gives the draft.

        As every edit, it raises `QueueFullError` if the outbox is full, `ValueRefusedError` for a value above the
        limits, and `SynclineError` with `NotFound` for a room that is not open.
        """
    def merge(self, room: int, key: str, patch: _Json) -> int:
        """Applies a JSON merge patch (RFC 7396) to the object under a key."""
    def add(self, room: int, key: str, amount: float) -> int:
        """Adds to the number under a key; nothing is 0."""
    def delete(self, room: int, key: str) -> int:
        """Removes a key."""
    def insert(self, room: int, key: str, index: int, value: _Json) -> int:
        """Puts a value into a list, before what is at `index`."""
    def remove(self, room: int, key: str, index: int) -> int:
        """Takes a value out of a list."""
    def move(self, room: int, key: str, source: int, target: int) -> int:
        """Moves a value within a list; `target` is its place afterwards."""
    def replace(self, room: int, key: str, index: int, value: _Json) -> int:
        """Gives a list item another value."""
    def batch(self, room: int, edits: Edits) -> int:
        """Makes several edits one mutation."""
    def new_item(self) -> str:
        """A fresh identity for a list item."""
    def resolve(
        self,
        room: int,
        draft: int,
        resolution: Literal["keep_mine", "keep_theirs", "value"],
        value: _Json = None,
    ) -> int | None:
        """Answers `conflict`, and gives the draft made in place of the refused one, if there is one."""
    def flush(self) -> None:
        """Sends what waits for its burst to end, without waiting."""
    def set_presence(self, room: int, patch: _Json) -> None:
        """Changes what this client shows of itself in a room, by a JSON merge patch."""
    def clear_presence(self, room: int) -> None:
        """Shows nothing of this client any more."""
    def presences(self, room: int) -> list[tuple[int, Any]]:
        """The other participants of a room, by their numbers, and what they show."""
    def presence_own(self, room: int) -> Any:
        """What this client shows of itself in a room; `MISSING` for nothing."""
    def presence_me(self, room: int) -> int | None:
        """The participant that this client is in a room, while it is joined."""
    def get(self, room: int, key: str, default: Any = None) -> Any:
        """What a key shows: what is confirmed with pending edits on top; `default` for no value."""
    def confirmed_get(self, room: int, key: str, default: Any = None) -> Any:
        """What the server has confirmed of a key; `default` for no value."""
    def get_json(self, room: int, key: str) -> str | None:
        """What a key shows, as canonical JSON text."""
    def items(self, room: int, key: str) -> list[tuple[str, Any]] | None:
        """The items of a list with their identities; `None` for a key without a value.

        Raises `ValueRefusedError` with `WrongType` for another value.
        """
    def entries(self, room: int, prefix: str | None = None) -> list[tuple[str, Any]]:
        """The keys with this prefix and what they show, in the order of keys."""
    def entries_json(self, room: int, prefix: str | None = None) -> str:
        """The same as one object of canonical JSON text."""
    def keys(self, room: int, prefix: str | None = None) -> list[str]:
        """The keys with this prefix that show a value, in order."""
    def version(self, room: int) -> int | None:
        """The version up to which a room's state is confirmed here."""
    def epoch(self, room: int) -> str | None:
        """The epoch of a room's confirmed state."""
    def room(self, name: str) -> int | None:
        """The number under which a room is known here, open or not."""
    def room_name(self, room: int) -> str | None:
        """The name of a room."""
    def durability(self, room: int) -> Literal["durable", "volatile"] | None:
        """Whether the server's word on a room survives its crash, as it said last."""
    def ready(self, room: int) -> bool:
        """Whether a state of the room is known, from the server or from what was recorded."""
    def denied(self, room: int) -> str | None:
        """Why the client does not come into an open room and does not ask again by itself, by the name of the code.

        `None` while it is in, or tries. For `Unauthorized` and `Forbidden` a newer token makes it try again; where the
        room itself is denied, so does opening it again.
        """
    def pending(self, room: int) -> int:
        """Mutations of a room without a verdict."""
    def pending_total(self) -> int:
        """Mutations of all rooms without a verdict, of rooms that are not open too."""
    def status(self, room: int) -> tuple[Literal["synced", "pending", "offline", "degraded"], int | None] | None:
        """How far an open room is from its server, and when all was last well, in microseconds."""
    def overall_status(self) -> Literal["synced", "pending", "offline", "degraded"]:
        """The status of the worst open room."""
    def limits(self) -> dict[str, int]:
        """The limits in force: the configured ones, lowered to the server's."""
    def watch(self, room: int, name: str) -> int:
        """Watches a view of a room; returns the number of the view."""
    def unwatch(self, view: int) -> None:
        """Watches a view no more."""
    def view_change(self, view: int) -> bytes | None:
        """The next thing that a page has to do to show a view."""
    def view_html(self, view: int) -> str:
        """What a view shows, as HTML."""
    def view_metrics(self, view: int) -> dict[str, Any]:
        """How good the predictions of a view are."""
    def metrics(self) -> dict[str, Any]:
        """What was counted since the client was made."""
    def prometheus(self, labels: dict[str, str] | None = None) -> str:
        """The same in the Prometheus text format, with these labels on every sample."""
    def flight(self) -> dict[str, Any] | None:
        """How far the recording is that the option `flight` asked for: path, bytes, full, failed."""
    def close(self) -> int:
        """Ends the client, and says how many mutations have no verdict.

        Durable ones are sent after the next start, others are lost. It never waits for the server: what was
        recorded is durable and the thread has ended when this returns. Raises `ClosedError` if it is closed.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class ServerHandle:
    """All connections and rooms of one process, without a transport of its own.

    In automatic mode it has a clock, a thread and, if it has a directory, one journal per room. In manual mode
    its host says what time it is and makes records durable. The last reference to it, or `close`, ends its
    thread.
    """

    @staticmethod
    def automatic(options: str | None = None, directory: str | os.PathLike[str] | None = None) -> ServerHandle:
        """A server with a clock, a thread and, if it has a directory, one journal per room.

        `options` is a JSON object: limits, timing, codecs, policy, watch, flight, flight_bytes.
        Raises `StorageError` if another process has the directory.
        """
    @staticmethod
    def manual(options: str, durability: Literal["durable", "volatile"], seed: bytes, now: int) -> ServerHandle:
        """A server whose host says what time it is and, if it is durable, makes records so.

        `seed` is 32 bytes of fresh entropy, or a test's own.
        """
    def set_wake(self, callback: Callable[[], object] | None) -> None:
        """Sets what is called when there is something to poll, or removes it. See `ClientHandle.set_wake`."""
    def poll(self) -> Output | None:
        """What the host is to do next; `None` when there is nothing, and the callback may be called again."""
    def drain(self, limit: int = 256) -> list[Output]:
        """What the host is to do next, up to `limit` things. An empty list is what `None` is to `poll`."""
    def set_now(self, now: int) -> None:
        """Says what time it is, in manual mode; it does not go back."""
    def deadline(self) -> int | None:
        """When the server wants to hear of the time next, in manual mode."""
    def connected(self, conn: int) -> None:
        """A connection came, under a number never used before with this server."""
    def receive(self, conn: int, frame: _Frame) -> None:
        """A frame came: the whole of one, of any content."""
    def writable(self, conn: int) -> None:
        """All that was transmitted to the connection has left; it can take another frame."""
    def disconnected(self, conn: int) -> None:
        """The connection is gone."""
    def grant(self, request: int, principal: str, write: Sequence[str]) -> None:
        """Answers `authorize`: who it is, and which key prefixes they may write.

        The empty prefix is every key, no prefix is none. Late and unknown answers are ignored.
        """
    def deny(self, request: int, code: str) -> None:
        """Answers `authorize` with no; the client is told the code."""
    def revoke(self, principal: str) -> None:
        """Takes back all that was granted to a principal."""
    def wind_down(self, retry_after_ms: int, within_ms: int) -> None:
        """Ends as `shutdown` does once all is told that was accepted, or after `within_ms`; nothing more is read."""
    def shutdown(self, retry_after_ms: int) -> None:
        """Says good-bye to every connection and closes it, and every room that the host does not hold.

        What was accepted still becomes durable.
        """
    def room_open(self, name: str) -> int:
        """Opens a room for the host and holds it open, and gives its number.

        `opened` or `failed` follows, unless it was open. Raises `RefusedError` with `TooMany` above the limit of
        rooms.
        """
    def room_release(self, room: int) -> None:
        """Takes back one `room_open`."""
    def room_unload(self, room: int) -> None:
        """Puts everyone out of a room as `Unavailable`, and closes it, whoever holds it."""
    def room_delete(self, room: int) -> None:
        """Puts everyone out of a room as `Deleted`, closes it, and forgets what it held."""
    def room(self, name: str) -> int | None:
        """The number of the room with this name, if it is open or being opened."""
    def rooms(self) -> list[tuple[int, str]]:
        """The rooms that are open or being opened, in the order of their names."""
    def room_write(self, room: int, edits: Edits) -> int:
        """Writes to a room as the host: atomic and above every policy; gives the number of the write.

        While the room is being opened the write waits. `written` or `write_failed` tells the outcome. Raises
        `RefusedError` with `Stale` (only by `if_version`), `ValueRefusedError`, `QueueFullError` if too many writes
        wait, `SynclineError` with `NotFound`.
        """
    def room_get(self, room: int, key: str) -> tuple[int, Any] | None:
        """The version and the durable content of a key."""
    def room_staged(self, room: int, key: str) -> tuple[int, Any] | None:
        """The version and the newest content of a key, which may not be durable yet."""
    def room_get_json(self, room: int, key: str) -> tuple[int, str] | None:
        """The version and the durable content of a key, as canonical JSON text."""
    def room_staged_json(self, room: int, key: str) -> tuple[int, str] | None:
        """The version and the newest content of a key, as canonical JSON text."""
    def room_entries(self, room: int, prefix: str | None = None) -> list[tuple[str, Any]]:
        """The durable keys with this prefix and what they hold, in the order of keys."""
    def room_entries_json(self, room: int, prefix: str | None = None) -> str:
        """The same as one object of canonical JSON text."""
    def room_report(self, room: int) -> dict[str, Any]:
        """What there is to know about a room at one moment.

        `name`, `epoch`, `version`, `staged_version`, `digest`, `keys`, `bytes`, `readers` and `registers`.
        """
    def room_metrics(self, room: int) -> dict[str, Any]:
        """What a room has counted."""
    def room_presences(self, room: int) -> list[tuple[int, Any]]:
        """Who is present in a room, and what they show."""
    def room_export(self, room: int) -> bytes:
        """The durable state of a room as one blob, such as `room_opened` takes."""
    def room_expire(self, room: int, version: int) -> None:
        """Forgets what is as old as `version`: tombstones, and clients that are away."""
    def room_renew(self, room: int) -> None:
        """Ends a room's continuity: another epoch, no registers, the same contents.

        For a host that restored a backup, copied a room, or lost part of its records. Raises `RefusedError` with
        `Unavailable` while something that the room accepted is not durable yet.
        """
    def room_open_for_view(self, room: int, name: str, other: str) -> int:
        """Opens another room that a view which is being rendered shows something of; returns its number.

        Called before the room is read. The output `opened` or `failed` follows, unless it was open. While somebody
        watches the view the room stays open, and when it changes, or comes back, the view is asked for again: until
        it is rendered without that. Raises `ClosedError` if the view is not being rendered.
        """
    def room_show(self, room: int, name: str, view: View) -> None:
        """Shows what was rendered of a view of a room, with all that the room held when it was asked for."""
    def room_keep_view(self, room: int, name: str) -> None:
        """Keeps what was shown last of a view of a room."""
    def room_end_view(self, room: int, name: str, code: str | None = None) -> None:
        """Says that there is no such view of a room: whoever watches it is told the code."""
    def room_touch_view(self, room: int, name: str) -> None:
        """Asks for a view of a room again, unless nobody watches it."""
    def new_item(self) -> str:
        """A fresh identity for a list item."""
    def room_opened(self, room: int, blobs: Sequence[bytes]) -> None:
        """Answers `open_room` with a list of the blobs since the last `replace`, in order; none for a new room."""
    def room_failed(self, room: int, message: str) -> None:
        """Storage of this room failed, in manual mode. It is closed to everyone as `Unavailable`."""
    def persisted(self, room: int, record: int) -> None:
        """Answers `persist`: the records of this room up to `record` are durable."""
    def limits(self) -> dict[str, int]:
        """The limits in force, which clients are told."""
    def metrics(self) -> dict[str, Any]:
        """The counters now."""
    def prometheus(self, labels: dict[str, str] | None = None) -> str:
        """The same in the Prometheus text format, with these labels on every sample."""
    def flight(self) -> dict[str, Any] | None:
        """How far the recording is that the option `flight` asked for: path, bytes, full, failed."""
    def close(self) -> None:
        """Ends the server: what was accepted is durable and the thread has ended when this returns.

        Raises `ClosedError` if it is closed.
        """
    def __reduce__(self) -> NoReturn: ...

#: What can be rendered: text, a place where nothing is, a node, or several beside each other.
_Renderable: TypeAlias = "str | int | float | Node | Sequence[_Renderable] | None"
#: The value of an attribute: text, `True` for the empty one, `None` or `False` for not being there.
_Attribute: TypeAlias = str | int | float | None
#: What can be in a slot; in that of a property any value that is JSON.
_Slot: TypeAlias = _Renderable | Mapping[str, _Json]
#: What a screen shows: the epoch of a view, and a revision.
_Cursor: TypeAlias = tuple[int, int]

@final
class Node:
    """What a view renders, once it is made: it never changes.

    It is checked where it is made, so that an error names the place that is wrong. At most 128 are within each other.
    """

    def __reduce__(self) -> NoReturn: ...

@final
class Template:
    """Markup as HTML, in which `{name}` is a slot, and `{{` and `}}` stand for braces; it is read once.

    Calling it makes a row. Text of white space with a line end in it is left out; a property is `.name={value}`.
    """

    def __new__(cls, markup: str) -> Template:
        """Reads markup.

        Raises `SynclineError` with `InvalidArgument` and the place for what is no markup, for slots elsewhere than
        between tags and in attributes, and for addresses that could become programs; with `InvalidName` or `TooMany`.
        """
    @property
    def markup(self) -> str:
        """The markup."""
    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots, in their order; those of attributes stand before what is between the tags."""
    def __call__(self, *slots: _Slot, **named: _Slot) -> Node:
        """A row: what is in the slots, in their order, which is faster, or by their names."""
    def keyed(self, key: str | int | float | None, /, *slots: _Slot, **named: _Slot) -> Node:
        """A row that is the same as one with this key before, wherever that was among its siblings."""
    def rows(self, rows: Iterable[tuple[_Slot, ...]], /) -> Node:
        """Rows beside each other, of tuples of a key and what is in the slots; nothing is faster."""
    def __reduce__(self) -> NoReturn: ...

def h(
    tag: str,
    attrs: dict[str, Any] | None = None,
    /,
    *children: _Renderable,
    key: str | int | float | None = None,
) -> Node:
    """An element: its name, its attributes, and what is in it.

    One with a key is the same as one with this key and name before, wherever that was among its siblings. The value of
    an attribute is text, a number, `True` for the empty text, or `None` or `False` for not being there; that of a
    property, whose name begins with a dot, is any value that is JSON. Raises `SynclineError` for what is none of these.
    """

def each(
    items: Iterable[Any],
    /,
    *,
    key: Callable[[Any], str | int | float | None] | str | int | None = None,
    render: Callable[[Any], _Renderable] | None = None,
) -> Node:
    """A node for each item, which is the same as one of an item with this key before.

    `key` is a function, or the name or the place at which an item has its key; without it nodes have their own keys.
    Without `render` the items are nodes.
    """

def fragment(*nodes: _Renderable) -> Node:
    """Nodes beside each other, which are one where one has to be."""

def raw(html: str) -> Node:
    """HTML as it is, as the one child of an element that `h` makes; whoever gives it answers for what it does."""

def bound(
    value: _Json | _Missing,
    head: str,
    template: Template | None = None,
    tail: str = "",
    cases: tuple[_Renderable, ...] | None = None,
) -> Node:
    """What a binding tells of a value: JSON, in two pieces if the number of a template is between.

    Raises `SynclineError` with `InvalidArgument` for what is no binding, and for another count of `cases` than it has.
    """

@disjoint_base
class View:
    """What is rendered of one view, by revision.

    Names, templates and bindings have numbers that they keep. A frame takes a screen from what it shows to the latest
    revision. After an error it is as before the call.
    """

    def __new__(cls, name: str, epoch: int) -> Self:
        """A view of nothing. The epoch is 64 random bits: under another one nothing is as before."""
    def name(self) -> str:
        """The name."""
    def tag(self, name: str) -> int:
        """The number of an element's name. Raises `SynclineError` with `InvalidName` or `TooMany`."""
    def attribute(self, name: str) -> int:
        """The number of an attribute's name.

        Raises `SynclineError` with `TooMany`, and with `InvalidName` also for names that make a program of their value.
        """
    def template(self, markup: str) -> tuple[int, list[str]]:
        """The number of the template of this markup, and the names of its slots in their order."""
    def bind(self, json: str) -> int:
        """The number of the binding that JSON tells, an object with `key`, `room`, `map`, and `cases` or `each`."""
    def render(self, value: _Renderable | Tree) -> bool:
        """Shows what a value is, or a tree that was written; whether that is another tree, and another revision.

        What is the same object as in the value before is not looked at. A tree is empty afterwards. Raises
        `SynclineError` for names and addresses that cannot be, for text that is not Unicode, and beyond the limits.
        """
    def render_json(self, json: str) -> bool:
        """Shows the tree that JSON tells; whether that is another one."""
    def absorb(self, drafts: Sequence[bytes]) -> bool:
        """Shows what drafts make of the tree, one after the other, as one revision; whether that is another tree.

        A draft is a patch that a host has found by itself. Raises `SynclineError` with `Malformed` and its number.
        """
    def cursor(self) -> _Cursor:
        """What a screen that shows everything shows: the epoch, and the revision, 0 before anything was rendered."""
    def frame(self, cursor: _Cursor | None = None) -> bytes:
        """What a screen that shows this is told; nothing if that is the latest revision."""
    def frame_json(self, cursor: _Cursor | None = None) -> str:
        """The same as JSON, for people."""
    def html(self) -> str:
        """The tree as HTML."""
    def json(self) -> str:
        """The tree as JSON."""
    def __reduce__(self) -> NoReturn: ...

@final
class Screen:
    """What a view's reader shows: the latest tree that it was told, with what follows from edits.

    Frames and edits go in, and changes come out: a page does what each says, in order.
    """

    def __new__(cls) -> Screen:
        """A screen that shows nothing."""
    def take(self, frame: _Frame) -> None:
        """Takes a frame, and shows what it tells.

        Raises `SynclineError` with `Unexpected` for one that is not from what the screen shows, and with `Malformed`:
        nothing is changed then.
        """
    def change(self) -> _Bytes | None:
        """The next thing that a page has to do: whether anew, what it has to know by number, and a patch."""
    def predict(self, edit: int, room: str | None, key: str, value: _Json) -> None:
        """Shows at once what follows from an edit, whose number is the caller's. Raises `SynclineError` with `Full`."""
    def settle(self, edit: int) -> None:
        """An edit was applied, and the next frame has its result."""
    def undo(self, edit: int) -> None:
        """An edit was refused: what it showed is taken back, unless it follows from another one too."""
    def observe(self, room: str | None, key: str, before: _Json, after: _Json) -> None:
        """A confirmed value changed, and the next frame has what that did: something may be learned from it."""
    def cursor(self) -> _Cursor:
        """What was confirmed: the epoch and the revision, 0 before the first frame."""
    def html(self) -> str:
        """What is shown, as HTML."""
    def metrics(self) -> dict[str, Any]:
        """How good the predictions are."""
    def __reduce__(self) -> NoReturn: ...

@final
class Tree:
    """A tree of a view that is being written, by numbers: an element is opened, has its key, attributes and children.

    After an error it is as before the call. Errors are `SynclineError` with `InvalidArgument` where something cannot
    be, `NotFound` for a number that the view has not given, and those of the limits.
    """

    def __new__(cls, view: View) -> Tree:
        """An empty tree of a view."""
    def open(self, tag: int) -> None:
        """Opens an element."""
    def key(self, key: str) -> None:
        """Gives the element that was just opened its key."""
    def attr(self, name: int, value: str) -> None:
        """Gives the open element an attribute; the value of a property is JSON."""
    def text(self, text: str) -> None:
        """Adds text."""
    def hole(self) -> None:
        """Adds a place where nothing is."""
    def raw(self, html: str) -> None:
        """Adds HTML as it is, as all that the open element has."""
    def fragment(self) -> None:
        """Opens a fragment."""
    def instance(self, template: int, key: str | None = None) -> None:
        """Opens an instance of a template: a node for each slot follows."""
    def row(self, template: int, key: str | None, slots: Sequence[str]) -> None:
        """Adds an instance of a template with text in all of its slots."""
    def bound(self, binding: int, value: _Json | _Missing) -> None:
        """Adds what a binding tells of a value; `MISSING` is none."""
    def choice(self, binding: int, value: _Json | _Missing) -> None:
        """Opens what a binding chooses from: a node for each case follows, in their order."""
    def close(self) -> None:
        """Closes what was opened last."""
    def clear(self) -> None:
        """Begins the tree anew."""
    def __reduce__(self) -> NoReturn: ...
