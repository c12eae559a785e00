"""What a server renders of its rooms: by which function, reading which rooms, and what came of it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeAlias

from ._errors import SynclineError, exception_of
from .views import View

if TYPE_CHECKING:
    from ._server import ServerCore

Render: TypeAlias = Callable[[Any], Any]
"""Renders a view: called with a `ViewRequest`, returns a node, or None if there is no such view."""

Views: TypeAlias = Mapping[str, Render] | Render | None
"""The views of a server's rooms: what renders each, by its name, or one function for all."""


VIEWS = 64
"""Views of a room of which is known what they showed; the engine has as many: `VIEWS` in `core/src/limit.rs`."""


FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
"""Seconds before a view that has shown nothing yet is rendered again; twice as many each time, up to the last."""


class Retry:
    """A view that failed before it showed anything."""

    __slots__ = ("cancel", "pause")

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.cancel: Callable[[], object] | None = None
        """Ends the waiting; none once it is over."""

    def stop(self) -> None:
        """Waits no longer."""
        if self.cancel is not None:
            self.cancel()
            self.cancel = None


class RoomReader:
    """A room as a view reads it: what is durable now."""

    __slots__ = ("_handle", "_number", "room")

    def __init__(self, server: "ServerCore", number: int, room: str) -> None:
        self._handle = server._handle
        self._number = number
        self.room = room
        """The room's name."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""
        found = self._handle.room_get(self._number, key)
        return default if found is None else found[1]

    def entries(self, prefix: str = "") -> list[tuple[str, Any]]:
        """The keys with this prefix and what they hold, in order."""
        return self._handle.room_entries(self._number, prefix)

    def keys(self, prefix: str = "") -> list[str]:
        """The keys with this prefix, in order."""
        return [key for key, _ in self.entries(prefix)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.room!r}>"


class ViewRequestCore(RoomReader):
    """A view of a room that somebody watches is to be rendered, at first or as what it shows has changed."""

    __slots__ = ("_held", "_server", "view")

    def __init__(self, server: "ServerCore", number: int, room: str, view: str, held: list[int] | None = None) -> None:
        super().__init__(server, number, room)
        self._server = server
        self._held = held
        self.view = view
        """The view's name."""

    def _of(self, room: str) -> "tuple[RoomReader, Future[None]]":
        """Another room, which can be read once the future is done."""
        if self._held is not None:
            number, opened = self._server._hold(room)
            self._held.append(number)
            return RoomReader(self._server, number, room), opened
        with self._server._guard:
            number = self._handle.room_open_for_view(self._number, self.view, room)
            return RoomReader(self._server, number, room), self._server._when_open(number)


class Shows:
    """What is shown of the rooms of one server."""

    def __init__(self, views: Views) -> None:
        if views is not None and not callable(views) and not isinstance(views, Mapping):
            raise exception_of("InvalidArgument", "functions by name, or one, as views", type(views).__name__)
        for name, render in views.items() if isinstance(views, Mapping) else ():
            if not callable(render):
                raise exception_of("InvalidArgument", f"a function as the view {name}", type(render).__name__)
        self._views = views
        self._shown: dict[tuple[int, str], View] = {}
        self._retries: dict[tuple[int, str], Retry] = {}

    def render(self, view: str) -> Render:
        """What renders a view."""
        if isinstance(self._views, Mapping):
            return self._views.get(view, _none)
        return self._views or _none

    def show(self, request: ViewRequestCore, node: Any) -> None:
        """Shows what was rendered; None is that there is no such view."""
        if node is None:
            self.end(request, "NotFound")
            return
        server, at = request._server, (request._number, request.view)
        with server._guard:
            view = self._shown.get(at)
        if view is None:
            view = View(request.view)
        view.render(node)
        _answer(request._handle.room_show, request._number, request.view, view)
        with server._guard:
            if self.is_open(request):
                self._shown[at] = view
                self._bound(at)
                self._forget(at)

    def html(self, request: ViewRequestCore, node: Any) -> str:
        """What was rendered for a page, as HTML."""
        if node is None:
            raise exception_of("NotFound", "a view of the room", request.view)
        view = View(request.view)
        view.render(node)
        return view.html()

    def let_go(self, request: ViewRequestCore) -> None:
        """What was rendered for a page is done: the rooms that it read may close."""
        held, request._held = request._held, None
        for number in held or ():
            request._server._release(number)

    def _bound(self, at: tuple[int, str]) -> None:
        """Forgets the view that was rendered first, of too many: whoever watches it is told all of it again."""
        of_room = [other for other in self._shown if other[0] == at[0] and other != at]
        for other in of_room[: max(0, len(of_room) + 1 - VIEWS)]:
            del self._shown[other]

    def keep(self, request: ViewRequestCore) -> None:
        """What is shown stays; if nothing is, it is rendered again after a pause."""
        with request._server._guard:
            if (request._number, request.view) not in self._shown and self.is_open(request):
                self._retry(request)
        _answer(request._handle.room_keep_view, request._number, request.view)

    def _retry(self, request: ViewRequestCore) -> None:
        """Under the guard: has a view rendered once more after a pause, unless nobody watches it then."""
        server, at = request._server, (request._number, request.view)
        known = self._retries.get(at)
        if known is not None and known.cancel is not None:
            return  # whoever came meanwhile had it rendered before its time
        retry = Retry(FIRST_PAUSE if known is None else min(known.pause * 2, LAST_PAUSE))

        def again() -> None:
            retry.cancel = None
            _answer(server._handle.room_touch_view, *at)

        self._retries.pop(at, None)
        self._retries[at] = retry
        retry.cancel = server._later(retry.pause, again)
        # Of too many most are watched by nobody: one that is fails again.
        of_room = [other for other in self._retries if other[0] == at[0]]
        for other in of_room[: max(0, len(of_room) - VIEWS)]:
            self._forget(other)
            _answer(server._handle.room_touch_view, *other)

    def _forget(self, at: tuple[int, str]) -> None:
        """Under the guard: a view is rendered, or is none."""
        retry = self._retries.pop(at, None)
        if retry is not None:
            retry.stop()

    def stop(self) -> None:
        """Under the guard: nothing is rendered any more."""
        for at in list(self._retries):
            self._forget(at)

    def end(self, request: ViewRequestCore, code: str) -> None:
        """Whoever watches is told this code."""
        with request._server._guard:
            self._shown.pop((request._number, request.view), None)
            self._forget((request._number, request.view))
        _answer(request._handle.room_end_view, request._number, request.view, code)

    def gone(self, number: int) -> None:
        """A room is closed, under the guard: nothing is shown of it."""
        for at in [at for at in self._shown if at[0] == number]:
            del self._shown[at]
        for at in [at for at in self._retries if at[0] == number]:
            self._forget(at)

    def is_open(self, request: ViewRequestCore) -> bool:
        """Whether the room is, and the server."""
        return request._number in request._server._names and not request._server._ended


def _none(_: ViewRequestCore) -> None:
    """There is no such view."""


def _answer(answer: Callable[..., None], *arguments: Any) -> None:
    """Answers the engine; that a room or the server is closed meanwhile is no error."""
    try:
        answer(*arguments)
    except SynclineError as error:
        if error.code not in ("NotFound", "Closed", "InvalidArgument"):
            raise
