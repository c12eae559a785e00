"""The server on asyncio: rooms, who may enter them, and the sockets of clients."""

import asyncio
import http
import inspect
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeAlias, TypeVar, cast

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as open_listener
from websockets.http11 import Request, Response

from ._aio import CLOSE_SECONDS, Pump, ended_loop, wait, withdrawn
from ._carrier import close_number
from ._errors import SynclineError, exception_of
from ._events import AuthorizeRequest, Grant
from ._host_room import HostBatch, ServerRoom
from ._listener import Listener
from ._options import Codec, Limits, Policy, StrPath, Timing
from ._origin import Origins, check_origins
from ._server import AUTHORIZE_SECONDS, VIEW_SECONDS, WIND_DOWN_SECONDS, ServerCore, log
from ._shows import RoomReader, Shows, ViewRequestCore, Views
from ._sockets import EndedError, Socket, wrap
from ._start import close_quietly, open_server, socket_log

__all__ = ["HostBatch", "Listener", "Server", "ServerRoom", "ViewRequest"]

T = TypeVar("T")

Answer: TypeAlias = Grant | Mapping[str, Any] | None
"""What `authorize` says: who somebody is and what they may write, or that they stay out."""


class ViewRequest(ViewRequestCore):
    """A view of a room that somebody watches is to be rendered, at first or as what it shows has changed.

    ```python
    async def show(request: syncline.ViewRequest) -> Node:
        menu = await request.of("menu")
        names = [menu.get(key, {})["name"] for key in request.keys("cart/")]
        return page(names=", ".join(names))

    server = syncline.Server(authorize, views={"cart": show})
    ```
    """

    __slots__ = ()

    async def of(self, room: str) -> RoomReader:
        """Another room: from now on the view is rendered again when that changes, too.

        While the view is being rendered: after that it raises `ClosedError`.
        """
        reader, opened = self._of(room)
        await wait(opened)
        return reader


class Server(ServerCore):
    """A server of rooms, on the loop that makes it, or else the one that uses it first.

    - `authorize`: called with an `AuthorizeRequest`, async or not; returns a `Grant`, or None to
      keep somebody out. Raise `DenyError` to say with which code. Anything else that it raises is told
      as `Unavailable`, and logged.
    - `authorize_timeout`: how many seconds it may take; after that the answer is `Unavailable`.
    - `storage`: the directory of its rooms. Without, they live in memory.
    - `policy`: by prefix of keys, which stale edits are refused: `"strict"`, `"merge"` or `"last"`.
    - `origins`: the web pages that may connect: exact origins, or `"*"`. By default those of the
      server's own host, and whatever is not a browser.
    - `views`: what its rooms show: by name a function, async or not, or one function for all. It is called
      with a `ViewRequest` when somebody watches the view and whenever the room changes, once for many
      changes; returns a node, see `syncline.views`, or None if there is no such view. If it raises, what was
      shown last stays, and the event `error` tells; if nothing was shown yet, it is called again after a
      second, and then after twice as long each time, up to a minute. Raise `DenyError` to end it with a code.
    - `view_timeout`: how many seconds an async one may take; after that it counts as one that raised.
    - `codecs`, `limits`, `timing`: as the engine has them.
    - `flight`, `flight_bytes`: the file into which all is recorded that the server is given, to be
      replayed, and the most bytes of that, 64 MiB by default.

    Raises `StorageError` if another process holds the directory.

    ```python
    async def authorize(request: syncline.AuthorizeRequest) -> syncline.Grant | None:
        user = await find_user(request.token)
        return user and syncline.Grant(user.name, write=["cart/"])

    async with syncline.Server(authorize, storage="rooms", policy={"stock/": "strict"}) as server:
        await server.serve("127.0.0.1", 8080)
        await server.wait_closed()
    ```
    """

    def __init__(
        self,
        authorize: Callable[[AuthorizeRequest], Awaitable[Answer] | Answer],
        *,
        storage: StrPath | None = None,
        policy: Mapping[str, Policy] | None = None,
        authorize_timeout: float = AUTHORIZE_SECONDS,
        origins: Origins = None,
        views: Views = None,
        view_timeout: float = VIEW_SECONDS,
        codecs: Sequence[Codec] | None = None,
        limits: Limits | None = None,
        timing: Timing | None = None,
        flight: StrPath | None = None,
        flight_bytes: int | None = None,
    ) -> None:
        check_origins(origins)
        shows = Shows(views)
        rest = {"codecs": codecs, "limits": limits, "timing": timing, "flight_bytes": flight_bytes}
        shown = views is not None
        handle = open_server(storage, flight=flight, policy=policy, watch=True, views=shown, **rest)
        super().__init__(handle, authorize, origins, authorize_timeout, shows)
        self._view_timeout = view_timeout
        self._asked: dict[asyncio.Task[None], int] = {}
        """The questions that are being decided, and whom they are about."""
        self._listeners_open: list[Listener] = []
        self._links: set[Link] = set()
        self._closed = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        weakref.finalize(self, close_quietly, handle)
        self._pump = Pump(handle, self.route, self._end)

    def _hold(self, name: str) -> "tuple[int, Future[None]]":
        self._pump.bind()
        return super()._hold(name)

    def room(self, name: str) -> ServerRoom:
        """A room, to be read and written by the host."""
        self._check()
        return ServerRoom(self, name)

    async def html(self, room: str, view: str) -> str:
        """What a view of a room shows now, as HTML for a page that is sent before it is connected.

        In the page, `mount` of the npm package's `syncline/views` takes it over. Who may see it is the host's to
        know. Raises `SynclineError` with `NotFound` if there is no such view, what opening a room raises, and what the
        view's function raises.
        """
        self._check()
        number, opened = self._hold(room)
        request = ViewRequest(self, number, room, view, [number])
        try:
            await wait(opened)
            return self._shows.html(request, await self._rendered(request))
        finally:
            self._shows.let_go(request)

    async def serve(self, host: str | None = None, port: int = 0, **options: Any) -> Listener:
        """Takes connections at an address; port 0 is any free one.

        Returns at once; `wait_closed` waits for the end of the server. Other options are those of
        `websockets.asyncio.server.serve`, such as `ssl`.
        """
        self._check()
        self._pump.bind()
        listener = Listener(options.pop("create_connection", ServerConnection))
        listener._listener = await open_listener(
            self.attach,
            host,
            port,
            process_request=self._process_request,
            logger=socket_log("syncline.server.socket"),
            compression=None,
            max_size=self._frame_bytes,
            ping_interval=None,
            close_timeout=CLOSE_SECONDS,
            create_connection=cast(Any, listener._accept),
            **options,
        )
        self._listeners_open.append(listener)
        log.info("listening", extra={"event": "listening", "port": listener.port})
        return listener

    async def attach(self, websocket: Any) -> None:
        """Serves one WebSocket until it ends: of `websockets`, or of Starlette or FastAPI.

        One that is not accepted yet is accepted here, unless its origin is refused.

        ```python
        @app.websocket("/sync")
        async def sync(websocket: WebSocket) -> None:
            await server.attach(websocket)
        ```
        """
        self._pump.bind()
        socket = wrap(websocket)
        if not self._may_connect(websocket):
            await socket.close(1008, "Forbidden")
            return
        if self._ended or self._closing is not None:
            await socket.close(1013, "ShuttingDown")
            return
        await socket.accept()
        link = Link(self, socket, getattr(websocket, "request", None) or websocket)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    async def wind_down(self, within: float = WIND_DOWN_SECONDS, retry_after: float = 0.0) -> None:
        """Ends as `shutdown` does, but first tells everyone what became of all that was accepted.

        Nothing more is read, and what clients send comes again when they are back. Returns when everyone has taken
        that, or after `within` seconds, and is gone.
        """
        self._pump.bind()
        self._handle.wind_down(round(retry_after * 1_000), round(within * 1_000))
        self._pump.run()
        await self._disperse()

    async def shutdown(self, retry_after: float = 0.0) -> None:
        """Says good-bye to everyone: clients come back after this many seconds at the earliest.

        Takes no connections any more, and returns when those that were there are gone.
        """
        self._pump.bind()
        self._handle.shutdown(round(retry_after * 1_000))
        self._pump.run()
        await self._disperse()

    async def _disperse(self) -> None:
        """Waits for the end of the connections, and takes no others."""
        listeners, self._listeners_open = self._listeners_open, []
        await asyncio.gather(*(listener._stop() for listener in listeners))
        await asyncio.gather(*(link.ended.wait() for link in self._links))
        for listener in listeners:
            await listener.close()

    async def close(self) -> None:
        """Ends the server: what it accepted is durable when this returns. May be called again.

        Async listeners that still run are cancelled.
        """
        self._guard.check()
        if self._pump.is_over:  # nobody is left to hear a good-bye
            await asyncio.to_thread(close_quietly, self._handle)
            self._end(ended_loop())
            return
        if self._closing is None:
            self._closing = self._pump.bind().create_task(self._close())
        self._pump.spare()
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self.shutdown()
        except SynclineError as error:
            log.debug("no good-bye: %s", error.code, extra={"event": "close", "code": error.code})
        finally:
            try:
                await asyncio.to_thread(close_quietly, self._handle)
            finally:
                self._end(exception_of("Closed", "an open server", "a closed one"))
        await self._disperse()
        await self._pump.give_up()
        self._closed.set()

    async def wait_closed(self) -> None:
        """Waits until the server is closed."""
        await self._closed.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        self._pump.call(listener, event)

    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        """Any function will do, async ones too."""

    def _ask(self, conn: int, number: int, question: AuthorizeRequest) -> None:
        task = self._pump.spawn(self._judge(number, question), "authorize")
        self._asked[task] = conn
        task.add_done_callback(self._asked.pop)

    def _withdraw(self, conn: int | None) -> None:
        for task, about in list(self._asked.items()):
            if conn in (None, about):
                self._pump.soon(task.cancel)

    def _render(self, number: int, room: str, view: str) -> None:
        self._pump.spawn(self._show(ViewRequest(self, number, room, view)), "a view")

    async def _show(self, request: "ViewRequest") -> None:
        try:
            self._shows.show(request, await self._in_time(request))
        except (Exception, asyncio.CancelledError) as error:
            if withdrawn():
                raise
            self._show_error(request, error)

    async def _in_time(self, request: "ViewRequest") -> Any:
        node = self._shows.render(request.view)(request)
        if not inspect.isawaitable(node):
            return node
        limit = asyncio.timeout(self._view_timeout)
        try:
            async with limit:
                return await node
        except TimeoutError as error:
            if not limit.expired():
                raise
            expected = f"the view {request.view} within {self._view_timeout} s"
            raise exception_of("Timeout", expected, "nothing yet") from error

    async def _rendered(self, request: "ViewRequest") -> Any:
        node = self._shows.render(request.view)(request)
        return await node if inspect.isawaitable(node) else node

    def _later(self, seconds: float, action: Callable[[], None]) -> Callable[[], object]:
        return self._pump.bind().call_later(seconds, action).cancel

    async def _judge(self, number: int, question: AuthorizeRequest) -> None:
        try:
            answer = self._authorize(question)
            if inspect.isawaitable(answer):
                async with asyncio.timeout(self._authorize_timeout):
                    answer = await answer
        except (Exception, asyncio.CancelledError) as error:
            if withdrawn():
                raise
            self._decide_error(number, error)
        else:
            self._decide(number, answer)

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._may_connect(request):
            return None
        return connection.respond(http.HTTPStatus.FORBIDDEN, "This origin may not connect.\n")


class Link:
    """One connection of a server."""

    def __init__(self, server: Server, socket: Socket, request: Any) -> None:
        self._server = server
        self._socket = socket
        self._frames: deque[bytes] = deque()
        self._some = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._code: str | None = None
        self._loop = asyncio.get_running_loop()
        self._overdue: asyncio.Future[None] = self._loop.create_future()
        self.request = request
        self.ended = asyncio.Event()

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it."""
        self._frames.append(frame)
        self._some.set()

    def pause(self) -> None:
        """Reads no more for now."""
        self._flowing.clear()

    def resume(self) -> None:
        """Reads again."""
        self._flowing.set()

    def finish(self, code: str) -> None:
        """Sends what there is and closes, in any case in a few seconds."""
        if self._code is None:
            self._code = code
            self._some.set()
            self._loop.call_later(CLOSE_SECONDS, settle_soon, self._overdue)

    async def run(self) -> None:
        """Serves the connection until it ends."""
        conn = self._server._admit(self)
        reader = asyncio.ensure_future(self._read(conn))
        sender = asyncio.ensure_future(self._send_all(conn))
        try:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait((reader, sender, self._overdue), return_when=first)
            if self._code is not None:
                # What waits to be sent gets some time.
                await asyncio.wait((sender, self._overdue), return_when=first)
        finally:
            self._server._drop(conn)
            self._overdue.cancel()
            if not sender.done():
                self._socket.abort()
            for task in (reader, sender):
                task.cancel()
            await asyncio.gather(reader, sender, return_exceptions=True)
            self.ended.set()

    async def _read(self, conn: int) -> None:
        try:
            while True:
                await self._flowing.wait()
                frame = await self._socket.receive()
                if not self._server._receive(conn, frame):
                    return
        except (EndedError, SynclineError):
            return

    async def _send_all(self, conn: int) -> None:
        try:
            while True:
                while self._frames:
                    await self._socket.send(self._frames.popleft())
                if self._code is not None:
                    await self._close(self._code)
                    return
                self._server._writable(conn)
                self._some.clear()
                await self._some.wait()
        except (EndedError, SynclineError):
            return

    async def _close(self, code: str) -> None:
        await self._socket.close(close_number(code), code)


def settle_soon(future: "asyncio.Future[None]") -> None:
    """Sets a result, unless there is one."""
    if not future.done():
        future.set_result(None)
