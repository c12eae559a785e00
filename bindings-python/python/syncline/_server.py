"""A server without its waiting: which connection, question, room or write each output is for.

Neither asyncio nor a thread is used here: the faces own those, and call `route` with what they
drain.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar, cast

from ._carrier import Carrier
from ._errors import CODES, ClosedError, SynclineError, exception_of
from ._events import (
    AuthorizeFailed,
    AuthorizeRequest,
    Grant,
    RoomChange,
    RoomClosed,
    RoomFailed,
    RoomOpened,
    ViewFailed,
    Visit,
)
from ._guard import Guard, done, fail, pending, settle
from ._host_edits import EditView
from ._listeners import Listeners
from ._native import Edits, Output, ServerHandle
from ._on import SERVER_EVENTS, ServerEvents
from ._options import FlightStatus
from ._origin import Origins, allowed, find_headers
from ._shows import Shows, ViewRequestCore

T = TypeVar("T")

log = logging.getLogger("syncline.server")

EDIT_TRIES = 32
"""How often an edit by the host is made again on what others wrote meanwhile."""

VIEW_SECONDS = 30.0
"""How many seconds a view may take to be rendered."""

WIND_DOWN_SECONDS = 5.0
"""After how many seconds a server that winds down ends in any case."""

AUTHORIZE_SECONDS = 30.0
"""How long `authorize` may take unless the host says otherwise."""


class DenyError(Exception):
    """Raised by `authorize` or by what renders a view: the client is told this code.

    One that does not exist is a `ValueError`.

    ```python
    raise syncline.DenyError("Unauthorized")
    ```
    """

    def __init__(self, code: str = "Forbidden") -> None:
        if code not in CODES:
            raise ValueError(f"{code}: no code")
        super().__init__(code)
        self.code = code


class ServerCore(ServerEvents, ABC):
    """What a server is on every face, without waiting."""

    def __init__(
        self,
        handle: ServerHandle,
        authorize: Callable[..., Any],
        origins: Origins,
        authorize_timeout: float,
        shows: Shows,
    ) -> None:
        self._handle = handle
        self._authorize = authorize
        self._authorize_timeout = authorize_timeout
        self._origins = origins
        self._frame_bytes = handle.limits()["frame_bytes"]
        self._guard = Guard()
        self._listeners = Listeners(SERVER_EVENTS)
        self._carriers: dict[int, Carrier] = {}
        self._latest_conn = 0
        self._names: dict[int, str] = {}
        """The open rooms."""
        self._opening: dict[int, list[Future[None]]] = {}
        self._writes: dict[int, Future[int]] = {}
        self._shows = shows
        self._ended = False

    # What a face adds.

    @abstractmethod
    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        """Calls a listener; what it raises is reported and stops nobody."""

    @abstractmethod
    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        """Refuses a listener that the face cannot call."""

    @abstractmethod
    def _ask(self, conn: int, number: int, question: AuthorizeRequest) -> None:
        """Has `authorize` decide, in time, and passes that to `_decide` or `_decide_error`."""

    @abstractmethod
    def _withdraw(self, conn: int | None) -> None:
        """Gives up the questions about a connection that is gone, or about all."""

    @abstractmethod
    def _render(self, number: int, room: str, view: str) -> None:
        """Has a view rendered, and passes that to `_shows` or `_show_error`."""

    @abstractmethod
    def _later(self, seconds: float, action: Callable[[], None]) -> Callable[[], object]:
        """Does something after a pause, if there still is a process then; returns what calls that off."""

    # What applications use.

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Callable[[], None]:
        self._check()
        self._check_listener(listener)
        return self._listeners.on(name, listener)

    def rooms(self) -> list[str]:
        """The names of the rooms that are open or being opened."""
        return [name for _, name in self._handle.rooms()]

    def revoke(self, principal: str) -> None:
        """Takes back all that was granted to a principal: it is out of every room until it has a newer token.

        What `authorize` was asked before is asked again if the answer names it.
        """
        self._handle.revoke(principal)

    def metrics(self) -> dict[str, Any]:
        """What was counted since the server was made."""
        return self._handle.metrics()

    def prometheus(self, labels: dict[str, str] | None = None) -> str:
        """What was counted, as Prometheus reads it."""
        return self._handle.prometheus(labels)

    def flight(self) -> FlightStatus | None:
        """How far the recording is that the option `flight` asked for; None without that."""
        return cast(FlightStatus | None, self._handle.flight())

    def _check(self) -> None:
        """Refuses a closed server."""
        self._guard.check()
        if self._ended:
            raise exception_of("Closed", "an open server", "a closed one")

    # Connections.

    def _may_connect(self, carrier: Any) -> bool:
        """Whether the origin of a connection may come in."""
        headers = find_headers(carrier)
        if allowed(self._origins, headers):
            return True
        origin = None if headers is None else headers.get("Origin")
        log.warning("an origin was refused", extra={"event": "origin_refused", "origin": origin})
        return False

    def _admit(self, carrier: Carrier) -> int:
        """A connection came; returns its number."""
        with self._guard:
            self._latest_conn += 1
            conn = self._latest_conn
            self._carriers[conn] = carrier
            try:
                self._handle.connected(conn)
            except SynclineError:
                del self._carriers[conn]
                raise
            return conn

    def _receive(self, conn: int, frame: bytes | str) -> bool:
        """A frame came; false if the connection is not wanted any more."""
        size = len(frame) if isinstance(frame, bytes) else len(frame.encode())
        with self._guard:
            carrier = self._carriers.get(conn)
            if carrier is None:
                return False
            if size <= self._frame_bytes:
                self._handle.receive(conn, frame)
                return True
        self._drop(conn)
        carrier.finish("FrameTooLarge")
        return False

    def _writable(self, conn: int) -> None:
        """All that was sent has left."""
        with self._guard:
            if conn in self._carriers and not self._ended:
                self._handle.writable(conn)

    def _drop(self, conn: int) -> None:
        """A connection is over."""
        with self._guard:
            if self._carriers.pop(conn, None) is None or self._ended:
                return
            with suppress(ClosedError):
                self._handle.disconnected(conn)
        self._withdraw(conn)

    # Rooms.

    def _hold(self, name: str) -> "tuple[int, Future[None]]":
        """Holds a room open for the host; the future is done once it is."""
        with self._guard:
            number = self._handle.room_open(name)
            return number, self._when_open(number)

    def _when_open(self, number: int) -> "Future[None]":
        """Under the guard: a future that is done once a room is open that was just asked for."""
        if number in self._names:
            return done(None)
        future: Future[None] = pending()
        self._opening.setdefault(number, []).append(future)
        return future

    def _release(self, number: int) -> None:
        """Takes back one hold; of a room that is gone there is none."""
        try:
            self._handle.room_release(number)
        except SynclineError as error:
            if error.code not in ("NotFound", "InvalidArgument", "Closed"):
                raise

    def _write(self, number: int, edits: Edits) -> "Future[int]":
        """Writes as the host; the future is the version, once that is durable."""
        with self._guard:
            write = self._handle.room_write(number, edits)
            future: Future[int] = pending()
            self._writes[write] = future
            return future

    def _views(self, number: int) -> Iterator[EditView]:
        """One view of a room per try of an edit."""
        for _ in range(EDIT_TRIES):
            yield EditView(self._handle, number)

    # Questions.

    def _decide(self, number: int, answer: Any) -> None:
        """What `authorize` returned; nothing but a grant lets anybody in."""
        try:
            if answer is None or answer is False:
                self._deny(number, "Forbidden")
                return
            if isinstance(answer, Mapping):
                answer = Grant(**answer)
            if not isinstance(answer, Grant):
                raise TypeError(f"authorize returned {type(answer).__name__}, not a Grant or None")
            self._handle.grant(number, answer.principal, _prefixes(answer.write))
        except ClosedError:
            return
        except Exception as error:
            self._broken(number, error)

    def _decide_error(self, number: int, error: BaseException) -> None:
        """`authorize` raised: a denial with its code, or something that the peer is never told."""
        if isinstance(error, DenyError) or (isinstance(error, SynclineError) and error.code != "InvalidArgument"):
            try:
                self._deny(number, error.code)
            except SynclineError as wrong:
                self._broken(number, wrong)
        else:
            self._broken(number, error)

    def _broken(self, number: int, error: BaseException) -> None:
        """`authorize` does not work: nobody is let in, and the host hears why."""
        extra = {"event": "authorize_failed", "error": type(error).__name__}
        log.error("authorize failed; nobody is let in", exc_info=error, extra=extra)
        self._tell("error", AuthorizeFailed(self, error))
        self._deny(number, "Unavailable")

    def _deny(self, number: int, code: str) -> None:
        with suppress(ClosedError):
            self._handle.deny(number, code)

    def _show_error(self, request: ViewRequestCore, error: BaseException) -> None:
        """A view's function raised: a code for whoever watches, or what was shown last stays."""
        if not self._shows.is_open(request):
            return  # what it waited for ended with the room or the server
        if isinstance(error, DenyError):
            self._shows.end(request, error.code)
            return
        extra = {"event": "view_failed", "room": request.room, "view": request.view, "error": type(error).__name__}
        log.error("a view failed; what it showed last stays, or it is rendered again", exc_info=error, extra=extra)
        self._tell("error", ViewFailed(self, request.room, request.view, error))
        self._shows.keep(request)

    def _end(self, error: SynclineError) -> None:
        """Nothing more is told: everyone who waits hears why."""
        with self._guard:
            if self._ended:
                return
            self._ended = True
            opening = [each for group in self._opening.values() for each in group]
            writes, self._writes, self._opening = self._writes, {}, {}
            carriers, self._carriers = self._carriers, {}
            self._shows.stop()
        self._withdraw(None)
        for opened in opening:
            fail(opened, error)
        for written in writes.values():
            fail(written, error)
        for carrier in carriers.values():
            carrier.finish("ShuttingDown")

    # Outputs.

    def route(self, output: Output) -> None:
        """Does one thing that the engine wants, or tells what happened."""
        getattr(self, "_on_" + output.kind)(output)

    def _tell(self, name: str, event: Any) -> None:
        for listener in self._listeners.of(name):
            self._call(listener, event)

    def _on_transmit(self, output: Output) -> None:
        carrier = self._carriers.get(cast(int, output.conn))
        if carrier is not None:
            carrier.send(cast(bytes, output.bytes))

    def _on_pause(self, output: Output) -> None:
        carrier = self._carriers.get(cast(int, output.conn))
        if carrier is not None:
            carrier.pause()

    def _on_resume(self, output: Output) -> None:
        carrier = self._carriers.get(cast(int, output.conn))
        if carrier is not None:
            carrier.resume()

    def _on_close(self, output: Output) -> None:
        with self._guard:
            carrier = self._carriers.pop(cast(int, output.conn), None)
        self._withdraw(cast(int, output.conn))
        if carrier is not None:
            extra = {"event": "closed", "conn": output.conn, "code": output.code}
            log.info("a connection is closed: %s", output.code, extra=extra)
            carrier.finish(output.code or "Closed")

    def _on_authorize(self, output: Output) -> None:
        carrier = self._carriers.get(cast(int, output.conn))
        request = None if carrier is None else carrier.request
        question = AuthorizeRequest(output.token or "", cast(str, output.name), output.schema or "", request)
        self._ask(cast(int, output.conn), cast(int, output.request), question)

    def _on_opened(self, output: Output) -> None:
        number, name = cast(int, output.room), cast(str, output.name)
        with self._guard:
            self._names[number] = name
            waiting = self._opening.pop(number, [])
        for future in waiting:
            settle(future, None)
        dropped = output.dropped_bytes or 0
        if dropped:
            extra = {"event": "dropped", "room": name, "bytes": dropped}
            log.warning("an unfinished or damaged record was dropped", extra=extra)
        self._tell("opened", RoomOpened(name, dropped))

    def _on_failed(self, output: Output) -> None:
        number, name, code = cast(int, output.room), cast(str, output.name), output.code or ""
        error = exception_of(code, output.expected or "", output.actual or "")
        self._gone(number, error)
        extra = {"event": "room_failed", "room": name, "code": code}
        log.error("a room failed: %s", code, extra=extra)
        self._tell("failed", RoomFailed(name, code, output.expected, output.actual))

    def _on_closed(self, output: Output) -> None:
        name = cast(str, output.name)
        self._gone(cast(int, output.room), exception_of("Closed", "an open room", "a closed one"))
        self._tell("closed", RoomClosed(name))

    def _gone(self, number: int, error: SynclineError) -> None:
        with self._guard:
            self._names.pop(number, None)
            waiting = self._opening.pop(number, [])
            self._shows.gone(number)
        for future in waiting:
            fail(future, error)

    def _on_written(self, output: Output) -> None:
        with self._guard:
            future = self._writes.pop(cast(int, output.write), None)
        if future is not None:
            settle(future, cast(int, output.version))

    def _on_write_failed(self, output: Output) -> None:
        with self._guard:
            future = self._writes.pop(cast(int, output.write), None)
        if future is not None:
            code = output.code or ""
            fail(future, exception_of(code, output.expected or "", output.actual or ""))

    def _on_changed(self, output: Output) -> None:
        name = self._names.get(cast(int, output.room))
        if name is not None:
            keys, principals = frozenset(output.keys or ()), tuple(output.principals or ())
            self._tell("change", RoomChange(name, keys, output.version or 0, principals))

    def _on_render(self, output: Output) -> None:
        number = cast(int, output.room)
        self._render(number, self._names.get(number, ""), cast(str, output.name))

    def _on_joined(self, output: Output) -> None:
        self._visit("joined", output)

    def _on_left(self, output: Output) -> None:
        self._visit("left", output)

    def _visit(self, name: str, output: Output) -> None:
        room = self._names.get(cast(int, output.room))
        conn, channel = cast(int, output.conn), cast(int, output.channel)
        visit = Visit(room, cast(str, output.principal), conn, channel, output.code)
        extra = {"event": name, "room": room, "conn": conn, "code": output.code}
        log.debug("%s a room", name, extra=extra)
        self._tell(name, visit)


def _prefixes(write: object) -> list[str]:
    """What may be written; a text alone would be a list of letters."""
    if isinstance(write, bool):
        return [""] if write else []
    if isinstance(write, list | tuple):
        return list(write)
    raise TypeError(f"write of a Grant is a bool or a list of prefixes, not {type(write).__name__}")
