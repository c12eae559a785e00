"""A client without its waiting: which room, edit, listener or socket each output is for.

Neither asyncio nor a thread is used here: the faces own those, and call `route` with what they
drain.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar, cast

from ._attempt import Attempt
from ._edit import EditCore
from ._errors import ClosedError, SynclineError, exception_of
from ._events import (
    Applied,
    CallbackFailed,
    Change,
    Conflict,
    Decided,
    Denied,
    Diverged,
    Failed,
    Lost,
    PresenceChange,
    Ready,
    Refusal,
    Refused,
    Resumed,
    Status,
    StatusChange,
    StorageFailed,
    Unknown,
)
from ._listeners import Listeners
from ._native import ClientHandle, Output
from ._on import CLIENT_EVENTS, ClientEvents
from ._options import KEEP_THEIRS, Resolver, Token, longest_prefix
from ._room import RoomCore
from ._view import RoomViewCore
from ._waits import Waits

R = TypeVar("R", bound="RoomCore[Any]")

log = logging.getLogger("syncline.client")


class ClientRoutes(Waits, ClientEvents, ABC, Generic[R]):
    """What is known of a client, and what each output does to it."""

    flush: Callable[..., Any]
    close: Callable[..., Any]
    _pump: Any
    """What drains the handle, of the face."""

    def __init__(
        self,
        handle: ClientHandle,
        host: str,
        token: Token,
        resolvers: Mapping[str, Resolver] | None,
    ) -> None:
        super().__init__(handle)
        self._host = host
        self._token = token
        self._resolvers = dict(resolvers or {})
        self._listeners = Listeners(CLIENT_EVENTS)
        self._rooms: dict[int, R] = {}
        self._edits: dict[tuple[int, int], EditCore] = {}
        """By room and draft: edits of which more is to be told."""
        self._attempt: Attempt | None = None
        self._handle_closed = False

    # What a face adds.

    @abstractmethod
    def _new_room(self, number: int, name: str) -> R: ...

    @abstractmethod
    def _connect(self, attempt: Attempt) -> None:
        """Opens a socket, and tells the attempt what comes of it."""

    @abstractmethod
    def _send(self, attempt: Attempt, frame: bytes) -> None:
        """Sends a frame, after those before it."""

    @abstractmethod
    def _finish(self, attempt: Attempt) -> None:
        """Sends what there is and closes the socket, or drops the attempt."""

    @abstractmethod
    def _resolve(self, room: R, resolver: Callable[..., Any], conflict: Conflict) -> None:
        """Has a function of the application answer a conflict, by `_answer` or `_give_up`."""

    @abstractmethod
    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        """Calls a listener; what it raises is reported and stops nobody."""

    @abstractmethod
    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        """Refuses a listener that the face cannot call."""

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Callable[[], None]:
        self._check()
        self._check_listener(listener)
        return self._listeners.on(name, listener)

    # What faces use.

    def _drop_question(self) -> None:
        """Gives up an attempt that still waits for its token; another one follows at once."""
        with self._guard:
            attempt = self._attempt
            if attempt is None or not attempt.asks:
                return
            attempt.ended()
            self._handle.reconnect()
        self._finish(attempt)

    def _close_handle(self) -> int:
        """Ends the handle, also of a client that broke; returns how many edits have no verdict."""
        left = self._left()
        with self._guard:
            if self._handle_closed:
                return left
            self._handle_closed = True
        try:
            return self._handle.close()
        except SynclineError as error:
            log.debug("closed in disorder: %s", error.code, extra={"event": "close", "code": error.code})
            return left

    def _edit_of(self, room: "RoomCore[Any]", draft: int, keys: tuple[str, ...]) -> Any:
        name = (room._number, draft)
        edit = self._edits.get(name)
        if edit is None:
            edit = self._edits[name] = room._edit_type(room, draft, keys)
        return edit

    def _left(self) -> int:
        """Edits without a verdict, also once the client is closed or broken."""
        try:
            return self._handle.pending_total()
        except SynclineError:
            undecided = sum(edit._refused is None for edit in self._edits.values())
            return undecided if self._unsettled is None else self._unsettled

    def _answer(self, room: R, conflict: Conflict, answer: Any) -> None:
        """What a resolver returned; what cannot be carried out is as if it had raised."""
        try:
            room.resolve(conflict, answer)
        except ClosedError:
            return
        except SynclineError as error:
            if error.code != "NotFound":  # answered by somebody else
                self._give_up(room, conflict, error)

    def _give_up(self, room: R, conflict: Conflict, error: BaseException) -> None:
        """A resolver raised: the server wins."""
        extra = {"event": "resolver_failed", "room": room.name, "error": type(error).__name__}
        log.error("a resolver failed; the server's value stays", exc_info=error, extra=extra)
        self._tell(None, "error", CallbackFailed("resolver", error))
        try:
            room.resolve(conflict, KEEP_THEIRS)
        except SynclineError as second:
            log.debug("a conflict is not waiting any more: %s", second.code, extra=extra)

    def _token_failed(self, error: BaseException) -> None:
        extra = {"event": "token_failed", "error": type(error).__name__}
        log.error("the token function failed; trying again later", exc_info=error, extra=extra)
        self._tell(None, "error", CallbackFailed("token", error))

    def _connect_failed(self, error: BaseException) -> None:
        extra = {"event": "connect_failed", "host": self._host, "error": type(error).__name__}
        log.info("no connection to %s: %s", self._host, type(error).__name__, extra=extra)
        expected, actual = f"a connection to {self._host}", f"{type(error).__name__}: {error}"
        self._tell(None, "failed", Failed(cast(Any, self), "Unavailable", expected, actual, True))

    def _end(self, unsettled: int, error: SynclineError) -> None:
        """Nothing more is told: everyone who waits hears why."""
        with self._guard:
            if self._unsettled is not None:
                return
            self._unsettled = unsettled
            attempt, self._attempt = self._attempt, None
        error = self._why(error)
        self._fail_edits(error)
        for room in list(self._rooms.values()):
            room._end(error)
        if attempt is not None:
            self._finish(attempt)

    def _let_go(self, room: "RoomCore[Any]") -> None:
        """Nothing is told of a room that is closed."""
        if self._rooms.get(room._number) is room:
            del self._rooms[room._number]

    def _fail_edits(self, error: SynclineError, room: "RoomCore[Any] | None" = None) -> None:
        """No verdict of these edits will be told: of one room, or all and whoever waits for all."""
        with self._guard:
            edits = {name: each for name, each in self._edits.items() if room in (None, each._room)}
            for name in edits:
                del self._edits[name]
        for edit in edits.values():
            edit._settle(error if edit._refused is None else edit._refused)
        if room is None:
            self._end_waits(error)

    def route(self, output: Output) -> None:
        """Does one thing that the engine wants, or tells what happened."""
        getattr(self, "_on_" + output.kind)(output)

    def _tell(self, room: "RoomCore[Any] | None", name: str, event: Any) -> None:
        if room is not None:
            for listener in room._listeners.of(name):
                self._call(listener, event)
        for listener in self._listeners.of(name):
            self._call(listener, event)

    def _heard(self, room: "RoomCore[Any]", name: str) -> bool:
        """Whether anybody is to be told."""
        return bool(room._listeners.of(name) or self._listeners.of(name))

    def _room_of(self, output: Output) -> R | None:
        return None if output.room is None else self._rooms.get(output.room)

    # The socket.

    def _on_connect(self, _: Output) -> None:
        with self._guard:
            attempt = self._attempt = Attempt(cast(Any, self))
        self._connect(attempt)

    def _on_transmit(self, output: Output) -> None:
        if self._attempt is not None and output.bytes is not None:
            self._send(self._attempt, output.bytes)

    def _on_disconnect(self, _: Output) -> None:
        with self._guard:
            attempt, self._attempt = self._attempt, None
        if attempt is not None:
            self._finish(attempt)

    # Verdicts.

    def _on_verdict(self, output: Output) -> None:
        room = self._room_of(output)
        if room is None:
            self._tell_idle()
            return
        number, draft = room._number, cast(int, output.draft)
        with self._guard:
            edit = self._edits.get((number, draft))
            if edit is not None and output.verdict == "applied":
                edit._settle(Applied(output.version or 0))
                del self._edits[number, draft]
            elif edit is not None and output.verdict == "refused":
                # Its sides follow: now, or when the chain that it belongs to is over.
                edit._refused = Refused(output.code or "", output.op or 0)
        if self._heard(room, "verdict"):
            verdict = cast(Any, output.verdict)
            self._tell(room, "verdict", Decided(room, draft, verdict, output.code, output.version))
        if self._idle:
            self._tell_idle()

    def _told(self, room: R, output: Output, sides: Refused) -> list[tuple[EditCore, Refused]]:
        """The edits that a refusal is about, each with its verdict."""
        told: list[tuple[EditCore, Refused]] = []
        for draft in output.drafts or ():
            edit = self._edits.get((room._number, draft))
            if edit is not None:
                op = 0 if edit._refused is None else edit._refused.op
                edit._refused = replace(sides, op=op)
                told.append((edit, edit._refused))
        return told

    def _on_refused(self, output: Output) -> None:
        room = self._room_of(output)
        if room is None:
            return
        draft, key, sides = cast(int, output.draft), cast(str, output.key), _sides(output)
        with self._guard:
            by = None if output.by is None else self._edit_of(room, output.by, (key,))
            told = self._told(room, output, replace(sides, by=by))
            for edit, _ in told:
                del self._edits[room._number, edit.draft]
        for edit, verdict in told:
            edit._settle(verdict)
        code, mine, base, theirs = sides.code, sides.mine, sides.base, sides.theirs
        log.info("an edit was refused: %s", code, extra=_extra("refused", room, code))
        self._tell(room, "refused", Refusal(room, draft, key, code, mine, base, theirs, by))

    def _on_conflict(self, output: Output) -> None:
        room = self._room_of(output)
        if room is None:
            return
        draft, key, sides = cast(int, output.draft), cast(str, output.key), _sides(output)
        with self._guard:
            self._told(room, output, sides)
        conflict = Conflict(room, draft, key, sides.code, sides.mine, sides.base, sides.theirs)
        heard = self._heard(room, "conflict")
        self._tell(room, "conflict", conflict)
        resolver = longest_prefix(self._resolvers, key)
        if callable(resolver):
            self._resolve(room, resolver, conflict)
        elif not heard:
            # What could not be made again, with nobody to ask: the server's value stays.
            self._answer(room, conflict, KEEP_THEIRS)

    def _on_unknown(self, output: Output) -> None:
        room = self._room_of(output)
        if room is None:
            return
        draft, code, edits = cast(int, output.draft), output.code or "", tuple(output.edits or ())
        with self._guard:
            edit = self._edits.pop((room._number, draft), None)
        if edit is not None:
            edit._settle(Unknown(code, edits))
        log.warning("what became of an edit is unknown", extra=_extra("unknown", room, code))
        self._tell(room, "unknown", Lost(room, draft, code, edits))

    # Everything else.

    def _on_change(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            keys, origin = output.keys or [], cast(Any, output.origin)
            room._changed(keys, origin)
            if self._heard(room, "change"):
                event = Change(room, frozenset(keys), origin, room.last_version())
                self._tell(room, "change", event)

    def _on_ready(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            room._tell_ready()
            self._tell(room, "ready", Ready(room))

    def _on_resumed(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            log.info("resumed by %s", output.resume, extra=_extra("resumed", room, output.code))
            self._tell(room, "resumed", Resumed(room, cast(Any, output.resume), output.code))

    def _on_diverged(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            log.warning("the state diverged", extra=_extra("diverged", room, "Diverged"))
            self._tell(room, "diverged", Diverged(room))

    def _on_denied(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            code, retries = output.code or "", bool(output.retries)
            log.warning("denied: %s", code, extra=_extra("denied", room, code))
            if not retries:
                room._fail_ready(room._denial(code))
            self._tell(room, "denied", Denied(room, code, retries))

    def _on_failed(self, output: Output) -> None:
        code, retries = output.code or "", bool(output.retries)
        extra = {"event": "failed", "host": self._host, "code": code, "retries": retries}
        log.warning("the connection failed: %s", code, extra=extra)
        if not retries:
            error = exception_of(code, output.expected or "", output.actual or "")
            for room in list(self._rooms.values()):
                room._fail_ready(error)
        self._tell(None, "failed", Failed(cast(Any, self), code, output.expected, output.actual, retries))

    def _on_status(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None or output.room is None:
            self._tell(room, "status", StatusChange(room, cast(Status, output.status)))

    def _on_presence(self, output: Output) -> None:
        room = self._room_of(output)
        if room is not None:
            self._tell(room, "presence", PresenceChange(room))

    def _view_of(self, output: Output) -> RoomViewCore | None:
        room = self._room_of(output)
        with self._guard:  # whoever begins to watch has it known before this goes on
            return None if room is None else room._views.get(cast(int, output.view))

    def _on_view(self, output: Output) -> None:
        view = self._view_of(output)
        if view is not None:
            view._changed()

    def _on_unwatched(self, output: Output) -> None:
        view = self._view_of(output)
        if view is not None:
            view._ended(output.code or "")

    def _on_storage_failed(self, _: Output) -> None:
        error = self._storage_error = self._handle.storage_error()
        if error is not None:
            self._fail_edits(error)
            for room in list(self._rooms.values()):
                room._fail_ready(error)
        code = None if error is None else error.code
        log.error("storage failed", extra={"event": "storage_failed", "code": code})
        self._tell(None, "storage_failed", StorageFailed(cast(Any, self), error))


def _sides(output: Output) -> Refused:
    return Refused(output.code or "", 0, output.key, output.mine, output.base, output.theirs)


def _extra(event: str, room: "RoomCore[Any]", code: str | None) -> dict[str, Any]:
    return {"event": event, "room": room.name, "code": code}
