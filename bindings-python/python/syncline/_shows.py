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

    __slots__ = ("_reads", "_server", "view")

    def __init__(self, server: "ServerCore", number: int, room: str, view: str) -> None:
        super().__init__(server, number, room)
        self._server = server
        self._reads: dict[str, tuple[int, Future[None]]] = {}
        self.view = view
        """The view's name."""

    def _hold(self, room: str) -> "Future[None]":
        if room not in self._reads:
            self._reads[room] = self._server._hold(room)
        return self._reads[room][1]

    def _reader(self, room: str) -> RoomReader:
        return RoomReader(self._server, self._reads[room][0], room)


class Shows:
    """What is shown of the rooms of one server."""

    def __init__(self, views: Views) -> None:
        if views is not None and not callable(views) and not isinstance(views, Mapping):
            raise exception_of("InvalidArgument", "functions by name, or one, as views", type(views).__name__)
        self._views = views
        self._shown: dict[tuple[int, str], View] = {}
        self._held: dict[tuple[int, str], ViewRequestCore] = {}
        """What was read last: the other rooms stay open for as long as somebody may watch."""

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
        before: ViewRequestCore | None = request
        with server._guard:
            if _is_open(request):
                self._shown[at] = view
                before, self._held[at] = self._held.get(at), request
        _let_go(before)
        reads = [number for number, _ in request._reads.values()]
        _answer(request._handle.room_show, request._number, request.view, view, reads)

    def keep(self, request: ViewRequestCore) -> None:
        """What is shown stays; if nothing is, whoever watches hears that it is unavailable for now."""
        if (request._number, request.view) not in self._shown:
            self.end(request, "Unavailable")
            return
        _let_go(request)
        _answer(request._handle.room_keep_view, request._number, request.view)

    def end(self, request: ViewRequestCore, code: str) -> None:
        """Whoever watches is told this code."""
        at = (request._number, request.view)
        with request._server._guard:
            self._shown.pop(at, None)
            before = self._held.pop(at, None)
        _let_go(before)
        _let_go(request)
        _answer(request._handle.room_end_view, request._number, request.view, code)

    def gone(self, number: int) -> None:
        """A room is closed, under the guard: nothing is shown of it."""
        for at in [at for at in self._shown if at[0] == number]:
            del self._shown[at]
        for at in [at for at in self._held if at[0] == number]:
            _let_go(self._held.pop(at))


def _none(_: ViewRequestCore) -> None:
    """There is no such view."""


def _is_open(request: ViewRequestCore) -> bool:
    return request._number in request._server._names and not request._server._ended


def _answer(answer: Callable[..., None], *arguments: Any) -> None:
    """Answers the engine; that a room or the server is closed meanwhile is no error."""
    try:
        answer(*arguments)
    except SynclineError as error:
        if error.code not in ("NotFound", "Closed"):
            raise


def _let_go(request: ViewRequestCore | None) -> None:
    """The other rooms that it read may close."""
    if request is not None:
        reads, request._reads = request._reads, {}
        for number, _ in reads.values():
            request._server._release(number)
