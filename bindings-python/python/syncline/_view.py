"""A view of a room that a client watches, without its waiting."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, overload

from ._errors import SynclineError, alike, exception_of
from ._events import ViewChange, ViewEnded
from ._guard import fail, pending, settle
from ._listeners import Listeners
from ._on import Stop

if TYPE_CHECKING:
    from ._room import RoomCore

VIEW_EVENTS = ("change", "ended")


class RoomViewCore:
    """What a watched view is on every face, without waiting."""

    ready: Callable[..., Any]
    """Waits until it shows something, as the face does."""

    def __init__(self, room: "RoomCore[Any]", number: int, name: str) -> None:
        self._room = room
        self._number = number
        self._listeners = Listeners(VIEW_EVENTS)
        self._shown = False
        self._over: SynclineError | None = None
        self._waiting: list[Future[None]] = []
        self.name = name
        """The view's name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} of {self._room.name!r}>"

    def html(self) -> str:
        """What it shows, with what follows from edits without a verdict, as HTML; "" before the first."""
        self._check()
        return self._room._handle.view_html(self._number)

    def metrics(self) -> dict[str, Any]:
        """How good its predictions are."""
        self._check()
        return self._room._handle.view_metrics(self._number)

    @overload
    def on(self, name: Literal["change"], listener: Callable[[ViewChange], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["ended"], listener: Callable[[ViewEnded], object]) -> Stop: ...
    def on(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Calls a function at each event of this name; returns how to stop that.

        Events: `change`, with what a page has to do, and `ended`, when the server tells nothing of it any more.
        """
        self._check()
        self._room._client._check_listener(listener)
        return self._listeners.on(name, listener)

    def close(self) -> None:
        """Watches it no more; a second call does nothing."""
        client = self._room._client
        with client._guard:
            if self._over is None:
                self._room._handle.unwatch(self._number)
                self._end(exception_of("Closed", "an open view", "a closed one"))

    def _check(self) -> None:
        if self._over is not None:
            raise alike(self._over)

    def _ready_future(self) -> "Future[None]":
        with self._room._client._guard:
            future: Future[None] = pending()
            if self._over is not None:
                fail(future, self._over)
            elif self._shown:
                settle(future, None)
            else:
                self._waiting.append(future)
            return future

    def _forget_waiting(self, future: "Future[None]") -> None:
        """Nobody waits for this any more."""
        with self._room._client._guard, suppress(ValueError):
            self._waiting.remove(future)

    def _changed(self) -> None:
        """There is something for a page: it is told all of it."""
        client = self._room._client
        with client._guard:
            if self._over is not None:
                return
            changes: list[bytes] = []
            with suppress(SynclineError):  # the client, or the view, ends at this very moment
                changes.extend(iter(lambda: client._handle.view_change(self._number), None))
            self._shown = self._shown or bool(changes)
            waiting, self._waiting = (self._waiting, []) if changes else ([], self._waiting)
        for future in waiting:
            settle(future, None)
        for change in changes:
            self._tell("change", ViewChange(self, change))

    def _ended(self, code: str) -> None:
        """The server tells nothing of it any more."""
        if self._over is not None:
            return
        self._end(exception_of(code, f"the view {self.name!r} of the room {self._room.name!r}", code))
        self._tell("ended", ViewEnded(self, code))

    def _end(self, error: SynclineError) -> None:
        with self._room._client._guard:
            self._over = error
            self._room._views.pop(self._number, None)
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            fail(future, error)

    def _tell(self, name: str, event: Any) -> None:
        for listener in self._listeners.of(name):
            self._room._client._call(listener, event)
