"""A client's room without its waiting: reads, edits, presence and watchers."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from weakref import WeakSet

from ._edit import BatchCore, EditCore
from ._errors import SynclineError, alike, exception_of
from ._events import Change, Conflict, Origin, Refusal, Status
from ._feed import Feed
from ._guard import done, fail, pending, settle
from ._listeners import Listeners
from ._native import MISSING
from ._on import ROOM_EVENTS, RoomEvents
from ._options import Choice, Json
from ._view import RoomViewCore

if TYPE_CHECKING:
    from ._client import ClientCore

E = TypeVar("E", bound="EditCore")
V = TypeVar("V", bound="RoomViewCore")


class PresenceCore:
    """Who is in a room, and what this client shows of itself; lossy and never stored."""

    __slots__ = ("_room",)

    def __init__(self, room: "RoomCore[Any]") -> None:
        self._room = room

    @property
    def id(self) -> int | None:
        """The participant that this client is, while the room is joined."""
        return self._room._handle.presence_me(self._room._open)

    @property
    def self(self) -> Any:
        """What this client shows of itself, or None."""
        own = self._room._handle.presence_own(self._room._open)
        return None if own is MISSING else own

    @property
    def others(self) -> dict[int, Any]:
        """What the other participants show, by their ids."""
        return dict(self._room._handle.presences(self._room._open))

    def update(self, patch: Mapping[str, Json]) -> None:
        """Changes what this client shows: members of the patch are set, None removes one."""
        self._room._handle.set_presence(self._room._open, patch)

    def clear(self) -> None:
        """Shows nothing any more."""
        self._room._handle.clear_presence(self._room._open)


class RoomCore(RoomEvents, Generic[E]):
    """What a room is on every face, without waiting."""

    _edit_type: type[E]

    ready: Callable[..., Any]
    """Waits until a state of the room is known, as the face does."""

    def __init__(self, client: "ClientCore[Any]", number: int, name: str) -> None:
        self._client = client
        self._handle = client._handle
        self._number = number
        self._closed = False
        self._listeners = Listeners(ROOM_EVENTS)
        self._watchers: tuple[tuple[str, Callable[[Change], object]], ...] = ()
        self._feeds: WeakSet[Feed] = WeakSet()
        self._waiting: list[Future[None]] = []
        self._views: dict[int, RoomViewCore] = {}
        self.name = name
        """The room's name."""
        self.presence = PresenceCore(self)
        """Who is here."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def get(self, key: str, default: Any = None) -> Any:
        """What a key shows: what is confirmed, with pending edits on top."""
        return self._handle.get(self._open, key, default)

    def has(self, key: str) -> bool:
        """Whether a key shows a value."""
        return self._handle.get(self._open, key, MISSING) is not MISSING

    def confirmed(self, key: str, default: Any = None) -> Any:
        """What the server has confirmed of a key."""
        return self._handle.confirmed_get(self._open, key, default)

    def keys(self, prefix: str = "") -> list[str]:
        """The keys with this prefix that show a value, in order."""
        return self._handle.keys(self._open, prefix)

    def entries(self, prefix: str = "") -> list[tuple[str, Any]]:
        """The keys with this prefix and what they show, in order."""
        return self._handle.entries(self._open, prefix)

    def entries_json(self, prefix: str = "") -> str:
        """The same as one object of canonical JSON text, with the same characters wherever the state is the same."""
        return self._handle.entries_json(self._open, prefix)

    @property
    def version(self) -> int | None:
        """The version up to which the room is confirmed here."""
        return self._handle.version(self._open)

    @property
    def epoch(self) -> str | None:
        """The epoch of the confirmed state, in hex."""
        return self._handle.epoch(self._open)

    @property
    def status(self) -> Status:
        """How far the room is from its server."""
        told = self._handle.status(self._open)
        return "offline" if told is None else told[0]

    @property
    def last_synced(self) -> datetime | None:
        """When nothing was missing last, in UTC; None is never since the start."""
        told = self._handle.status(self._open)
        if told is None or told[1] is None:
            return None
        return datetime.now(UTC) - timedelta(microseconds=self._handle.now() - told[1])

    @property
    def pending(self) -> int:
        """Edits of the room without a verdict."""
        return self._handle.pending(self._open)

    @property
    def durability(self) -> str | None:
        """Whether the server's word survives its crash: `durable` or `volatile`, as told last."""
        return self._handle.durability(self._open)

    def set(self, key: str, value: Json) -> E:
        """Gives a key a value."""
        return self._make((key,), self._handle.set, key, value)

    def merge(self, key: str, patch: Json) -> E:
        """Merges an object into a key's (RFC 7396): members are set, None removes one."""
        return self._make((key,), self._handle.merge, key, patch)

    def add(self, key: str, amount: float) -> E:
        """Adds to a key's number; sums of all writers merge."""
        return self._make((key,), self._handle.add, key, amount)

    def delete(self, key: str) -> E:
        """Takes a key's value away."""
        return self._make((key,), self._handle.delete, key)

    def insert(self, key: str, index: int, value: Json) -> E:
        """Puts a value into a list, before the one at this place; makes the list if need be."""
        return self._make((key,), self._handle.insert, key, index, value)

    def remove(self, key: str, index: int) -> E:
        """Takes the value at this place out of a list."""
        return self._make((key,), self._handle.remove, key, index)

    def move(self, key: str, source: int, target: int) -> E:
        """Moves a value within a list; the target counts without it."""
        return self._make((key,), self._handle.move, key, source, target)

    def replace(self, key: str, index: int, value: Json) -> E:
        """Gives the list item at this place another value."""
        return self._make((key,), self._handle.replace, key, index, value)

    def batch(self) -> BatchCore[E]:
        """Several edits that are one, atomic, with one verdict.

        ```python
        with room.batch() as batch:
            batch.expect("stock/tea")
            batch.add("stock/tea", -1)
            batch.set("order", {"tea": 1})
        edit = batch.edit
        ```
        """
        self._open  # noqa: B018  a closed room is refused here
        return BatchCore(self)

    def resolve(self, conflict: Conflict | Refusal, answer: "Choice | Json") -> E | None:
        """Answers a conflict with `KEEP_MINE`, `KEEP_THEIRS` or a value to set.

        Returns the edit that the answer became, if it is one. Conflicts under a resolver of the
        application are answered by it.
        """
        if not isinstance(conflict, Conflict | Refusal):
            raise TypeError(f"resolve takes a Conflict, not {type(conflict).__name__}")
        client, handle, number = self._client, self._handle, self._open
        with client._guard:
            if isinstance(answer, Choice):
                by = handle.resolve(number, conflict.draft, answer.name)
            else:
                by = handle.resolve(number, conflict.draft, "value", answer)
            return None if by is None else client._edit_of(self, by, (conflict.key,))

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Callable[[], None]:
        self._open  # noqa: B018
        self._client._check_listener(listener)
        return self._listeners.on(name, listener)

    def watch(self, prefix: str, listener: Callable[[Change], object]) -> Callable[[], None]:
        """Calls a function when keys with this prefix change; returns how to stop that."""
        self._open  # noqa: B018
        _check_prefix(prefix)
        if not callable(listener):
            raise TypeError(f"watch takes a function, not {type(listener).__name__}")
        self._client._check_listener(listener)
        entry = (prefix, listener)

        def remove() -> None:
            with self._client._guard:
                self._watchers = tuple(each for each in self._watchers if each is not entry)

        with self._client._guard:
            self._watchers = (*self._watchers, entry)
        return remove

    def _watch(self, name: str, make: "Callable[[RoomCore[Any], int, str], V]") -> V:
        with self._client._guard:
            number = self._handle.watch(self._open, name)
            view = make(self, number, name)
            self._views[number] = view
            return view

    def close(self) -> None:
        """Leaves the room; what is known of it stays until it is opened again.

        So do its edits without a verdict: they are sent when the room is opened again, and whoever
        waits for one of these gets a `ClosedError`. A second call does nothing.
        """
        with self._client._guard:
            if self._leave(self._handle.close_room):
                error = exception_of("Closed", "an open room", "a closed one")
                self._client._fail_edits(error, self)
                self._client._let_go(self)

    def forget(self) -> None:
        """Leaves the room and forgets what is known of it; edits without a verdict are `Unknown`."""
        with self._client._guard:
            if self._closed:
                return
            waits = self._handle.pending(self._number) > 0
            self._leave(self._handle.forget_room)
            if not waits:  # else what became of its edits is still told
                self._client._let_go(self)

    @property
    def _open(self) -> int:
        """The room's number, while it is open."""
        if self._closed:
            raise exception_of("Closed", "an open room", "a closed one")
        return self._number

    def _make(self, keys: tuple[str, ...], call: Callable[..., int], *arguments: Any) -> E:
        client, number = self._client, self._open
        # Under the guard, so that nobody takes the verdict before the edit is known.
        with client._guard:
            try:
                draft = call(number, *arguments)
            except SynclineError as error:
                why = client._why(error)
                if why is error:
                    raise
                raise alike(why) from None
            edit: E = client._edit_of(self, draft, keys)
        return edit

    def _leave(self, leave: Callable[[int], None]) -> bool:
        with self._client._guard:
            if self._closed:
                return False
            leave(self._number)
            self._end(exception_of("Closed", "an open room", "a closed one"))
            return True

    def _end(self, error: SynclineError) -> None:
        """Nothing more is told of this room."""
        with self._client._guard:
            self._closed = True
            views = list(self._views.values())
            feeds = list(self._feeds)
            for feed in feeds:
                feed.ended = True
        self._fail_ready(error)
        for view in views:
            view._end(error)
        for feed in feeds:
            if feed.notify is not None:
                feed.notify()

    def _ready_future(self) -> "Future[None]":
        with self._client._guard:
            if self._handle.ready(self._open):
                return done(None)
            future: Future[None] = pending()
            denied = self._handle.denied(self._open)
            broken = self._client._storage_error
            if broken is not None:
                fail(future, broken)
            elif denied is not None:
                fail(future, self._denial(denied))
            else:
                self._waiting.append(future)
            return future

    def _forget_waiting(self, future: "Future[None]") -> None:
        """Nobody waits for this any more."""
        with self._client._guard, suppress(ValueError):
            self._waiting.remove(future)

    def _denial(self, code: str) -> SynclineError:
        return exception_of(code, f"to be let into the room {self.name!r}", code)

    def _tell_ready(self) -> None:
        with self._client._guard:
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            settle(future, None)

    def _fail_ready(self, error: SynclineError) -> None:
        with self._client._guard:
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            fail(future, error)

    def _feed(self, prefix: str) -> Feed:
        self._open  # noqa: B018
        _check_prefix(prefix)
        feed = Feed(self, prefix)
        with self._client._guard:
            self._feeds.add(feed)
        return feed

    def _changed(self, keys: list[str], origin: Literal["local", "remote"]) -> None:
        told: Origin = origin
        with self._client._guard:
            fed = [feed for feed in self._feeds if feed.put(keys, told)]
        for feed in fed:
            self._client._call(feed.tell, None)
        version = self.last_version()
        for prefix, listener in self._watchers:
            within = frozenset(key for key in keys if key.startswith(prefix))
            if within:
                self._client._call(listener, Change(self, within, told, version))

    def last_version(self) -> int | None:
        """The version, or None once that cannot be asked any more."""
        try:
            return self._handle.version(self._number)
        except SynclineError:
            return None


def _check_prefix(prefix: object) -> None:
    if not isinstance(prefix, str):
        raise TypeError(f"a prefix is a str, not {type(prefix).__name__}")
