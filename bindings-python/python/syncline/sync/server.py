"""The server on threads: rooms, who may enter them, and the sockets of clients.

Each connection takes three threads: for thousands of them, use `syncline.Server`.
"""

import http
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self, TypeVar, cast

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server as SocketServer
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as open_listener

from .._aio import CLOSE_SECONDS
from .._carrier import close_number
from .._errors import SynclineError, exception_of
from .._events import AuthorizeRequest, Grant
from .._hoard import guard
from .._options import Codec, Limits, Policy, StrPath, Timing
from .._origin import Origins, check_origins
from .._server import AUTHORIZE_SECONDS, WIND_DOWN_SECONDS, ServerCore, log
from .._shows import RoomReader, Shows, ViewRequestCore, Views
from .._start import close_quietly, open_server, socket_log
from ._host_room import HostBatch, ServerRoom
from ._judges import Judges
from ._painter import Painter
from ._pump import Pump, abandon, plain_result, refuse_async
from ._sockets import Sender, drop

__all__ = ["HostBatch", "Listener", "Server", "ServerRoom", "ViewRequest"]

T = TypeVar("T")


class ViewRequest(ViewRequestCore):
    """A view of a room that somebody watches is to be rendered, at first or as what it shows has changed."""

    __slots__ = ()

    def of(self, room: str) -> RoomReader:
        """Another room: from now on the view is rendered again when that changes, too.

        While the view is being rendered: after that it raises `ClosedError`.
        """
        reader, opened = self._of(room)
        cast(Server, self._server)._pump.wait(opened)
        return reader


class Listener:
    """An open port of a server; see `Server.serve`."""

    def __init__(self, listener: SocketServer) -> None:
        self._listener = listener
        # A thread that ends with the process makes threads that do.
        run = listener.serve_forever
        threading.Thread(target=run, name="syncline-listener", daemon=True).start()
        self._port: int = listener.socket.getsockname()[1]

    @property
    def port(self) -> int:
        """The port, also if any free one was asked for."""
        return self._port

    def close(self) -> None:
        """Takes no connections any more, and ends those that came."""
        self._listener.shutdown()


class Server(ServerCore):
    """A server of rooms, on threads of its own.

    Everything is as in `syncline.Server`, without `await`. `authorize` is called on threads of
    its own, listeners on one, on which nothing that waits may be called. A view's function is waited for as long
    as it takes: a thread cannot be stopped, and so there is no `view_timeout`.

    ```python
    with syncline.sync.Server(authorize, storage="rooms") as server:
        server.serve("127.0.0.1", 8080)
        server.wait_closed()
    ```
    """

    def __init__(
        self,
        authorize: Callable[[AuthorizeRequest], Grant | Mapping[str, Any] | None],
        *,
        storage: StrPath | None = None,
        policy: Mapping[str, Policy] | None = None,
        authorize_timeout: float = AUTHORIZE_SECONDS,
        origins: Origins = None,
        views: Views = None,
        codecs: Sequence[Codec] | None = None,
        limits: Limits | None = None,
        timing: Timing | None = None,
        flight: StrPath | None = None,
        flight_bytes: int | None = None,
    ) -> None:
        refuse_async(authorize)
        check_origins(origins)
        shows = Shows(views)
        for render in views.values() if isinstance(views, Mapping) else [views] if views else []:
            refuse_async(render)
        rest = {"codecs": codecs, "limits": limits, "timing": timing, "flight_bytes": flight_bytes}
        shown = views is not None
        handle = open_server(storage, flight=flight, policy=policy, watch=True, views=shown, **rest)
        super().__init__(handle, authorize, origins, authorize_timeout, shows)
        self._painter = Painter(self._show)
        self._open_listeners: list[Listener] = []
        self._links: set[Link] = set()
        self._closed = threading.Event()
        self._close_lock = threading.Lock()
        self._judges = Judges(authorize, self._decide, self._decide_error, authorize_timeout)
        self._pump = Pump("syncline-server", handle, self._guard, self.route, self._end)
        weakref.finalize(self, abandon, handle, self._pump)

    def room(self, name: str) -> ServerRoom:
        """A room, to be read and written by the host."""
        self._check()
        return ServerRoom(self, name)

    def html(self, room: str, view: str) -> str:
        """What a view of a room shows now, as HTML for a page that is sent before it is connected.

        In the page, `mount` of the npm package's `syncline/views` takes it over. Who may see it is the host's to
        know. Raises `SynclineError` with `NotFound` if there is no such view, what opening a room raises, and what the
        view's function raises.
        """
        self._check()
        number, opened = self._hold(room)
        request = ViewRequest(self, number, room, view, [number])
        try:
            self._pump.wait(opened)
            return self._shows.html(request, self._rendered(request))
        finally:
            self._shows.let_go(request)

    def serve(self, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Listener:
        """Takes connections at an address; port 0 is any free one.

        Returns at once; `wait_closed` waits for the end of the server. Other options are those of
        `websockets.sync.server.serve`, such as `ssl`.
        """
        self._check()
        listener = Listener(
            open_listener(
                self.attach,
                host,
                port,
                process_request=self._process_request,
                logger=socket_log("syncline.server.socket"),
                compression=None,
                max_size=self._frame_bytes,
                ping_interval=None,
                close_timeout=CLOSE_SECONDS,
                **options,
            )
        )
        self._open_listeners.append(listener)
        log.info("listening", extra={"event": "listening", "port": listener.port})
        return listener

    def attach(self, connection: ServerConnection) -> None:
        """Serves one WebSocket of `websockets.sync` until it ends."""
        if not self._may_connect(connection):
            connection.close(1008, "Forbidden")
            return
        if self._ended:
            connection.close(1013, "ShuttingDown")
            return
        # A thread that answers a ping waits until the answer has left.
        guard(connection, lambda: 0, partial(drop, connection))
        link = Link(self, connection)
        with self._guard:
            self._links.add(link)
        try:
            link.run()
        finally:
            with self._guard:
                self._links.discard(link)

    def wind_down(self, within: float = WIND_DOWN_SECONDS, retry_after: float = 0.0) -> None:
        """Ends as `shutdown` does, but first tells everyone what became of all that was accepted.

        Nothing more is read, and what clients send comes again when they are back. Returns when everyone has taken
        that, or after `within` seconds, and is gone.
        """
        self._handle.wind_down(round(retry_after * 1_000), round(within * 1_000))
        self._disperse(within)

    def shutdown(self, retry_after: float = 0.0) -> None:
        """Says good-bye to everyone: clients come back after this many seconds at the earliest.

        Takes no connections any more, and returns when those that were there are gone.
        """
        self._handle.shutdown(round(retry_after * 1_000))
        self._disperse()

    def _disperse(self, within: float = 0.0) -> None:
        """Waits for the end of the connections, and takes no others."""
        with self._guard:
            listeners, self._open_listeners = self._open_listeners, []
            links = list(self._links)
        for link in links:
            link.ended.wait(within + 2 * CLOSE_SECONDS)
        for listener in listeners:
            listener.close()

    def close(self) -> None:
        """Ends the server: what it accepted is durable when this returns. May be called again."""
        self._guard.check()
        with self._close_lock:
            if self._closed.is_set():
                return
            try:
                self.shutdown()
            except SynclineError as error:
                log.debug("no good-bye: %s", error.code, extra={"event": "close", "code": error.code})
            finally:
                close_quietly(self._handle)
                self._end(exception_of("Closed", "an open server", "a closed one"))
            self._disperse()
            self._closed.set()
        self._pump.stop()

    def wait_closed(self, timeout: float | None = None) -> None:
        """Waits until the server is closed; raises `TimeoutError` after this many seconds."""
        self._pump.wait_event(self._closed, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, name: str, event: Any) -> None:
        # Listeners are called on one thread, also of what another one noticed.
        self._pump.soon(partial(super()._tell, name, event))

    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        self._pump.call(listener, event)

    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        refuse_async(listener)

    def _ask(self, conn: int, number: int, question: AuthorizeRequest) -> None:
        self._judges.ask(conn, number, question)

    def _withdraw(self, conn: int | None) -> None:
        self._judges.forget(conn)

    def _render(self, number: int, room: str, view: str) -> None:
        self._painter.ask(ViewRequest(self, number, room, view))

    def _later(self, seconds: float, action: Callable[[], None]) -> Callable[[], object]:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()
        return timer.cancel

    def _show(self, request: "ViewRequest") -> None:
        try:
            self._shows.show(request, self._rendered(request))
        except BaseException as error:
            self._show_error(request, error)

    def _rendered(self, request: "ViewRequest") -> Any:
        return plain_result(self._shows.render(request.view)(request))

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._may_connect(request):
            return None
        return connection.respond(http.HTTPStatus.FORBIDDEN, "This origin may not connect.\n")


class Link:
    """One connection of a server."""

    def __init__(self, server: Server, connection: ServerConnection) -> None:
        self._server = server
        self._connection = connection
        self._flowing = threading.Event()
        self._flowing.set()
        self._finished = False
        self._conn = 0
        self.request: Any = connection.request
        self.ended = threading.Event()
        self._sender = Sender(connection, self._sent)

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it."""
        self._sender.send(frame)

    def pause(self) -> None:
        """Reads no more for now."""
        self._flowing.clear()

    def resume(self) -> None:
        """Reads again."""
        self._flowing.set()

    def finish(self, code: str) -> None:
        """Sends what there is and closes, in any case in a few seconds."""
        self._finished = True
        self._flowing.set()
        self._sender.finish(close_number(code), code)

    def run(self) -> None:
        """Serves the connection until it ends."""
        try:
            self._conn = self._server._admit(self)
            self._read()
        finally:
            self._server._drop(self._conn)
            self._sender.end()
            self.ended.set()

    def _read(self) -> None:
        try:
            while True:
                self._flowing.wait()
                frame = self._connection.recv(decode=False)
                if not self._finished:
                    self._server._receive(self._conn, frame)
        except (ConnectionClosed, SynclineError):
            return

    def _sent(self) -> None:
        self._server._pump.post(self._say_writable)

    def _say_writable(self) -> None:
        """On the pump's thread, where all that was polled has been given to the sender."""
        if self._sender.is_empty:
            self._server._writable(self._conn)
