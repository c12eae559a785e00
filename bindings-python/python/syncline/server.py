"""The server on asyncio: rooms, who may enter them, and the sockets of clients."""

import asyncio
import http
import inspect
import weakref
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from websockets.asyncio.server import Server as SocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as open_listener
from websockets.http11 import Request, Response

from ._aio import CLOSE_SECONDS, Pump, wait
from ._errors import RefusedError, SynclineError, exception_of
from ._events import AuthorizeRequest, Grant
from ._host_edits import EditView, HostBatchCore, HostEdits
from ._options import Codec, Json, Limits, Policy, StrPath, Timing
from ._origin import Origins
from ._server import CLOSE_CODES, ServerCore, log
from ._sockets import EndedError, Socket, wrap
from ._start import close_quietly, open_server, socket_log

__all__ = ["HostBatch", "Listener", "Server", "ServerRoom"]

T = TypeVar("T")

Answer: TypeAlias = Grant | Mapping[str, Any] | None
"""What `authorize` says: who somebody is and what they may write, or that they stay out."""


class HostBatch(HostBatchCore):
    """Edits by the host that become one write; see `ServerRoom.batch`."""

    def __init__(self, room: "ServerRoom") -> None:
        super().__init__()
        self._room = room

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.version = await self._room.write(self)


class ServerRoom:
    """A room as its server's host reads and writes it, above every policy.

    Each call opens the room if need be, and holds it open for its duration; `async with` holds it open
    for a block. Writes return the version that they became, once that is durable.

    ```python
    room = server.room("cart-1")
    await room.set("total", 15)
    await room.get("total")
    ```
    """

    def __init__(self, server: "Server", name: str) -> None:
        self._server = server
        self._handle = server._handle
        self._kept: list[int] = []
        self.name = name
        """The room's name."""

    async def __aenter__(self) -> Self:
        number, opened = self._server._hold(self.name)
        try:
            await wait(opened)
        except BaseException:
            self._server._release(number)
            raise
        self._kept.append(number)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server._release(self._kept.pop())

    def __repr__(self) -> str:
        return f"<ServerRoom {self.name!r}>"

    async def get(self, key: str, default: Any = None) -> Any:
        """The durable value of a key."""
        found = await self._look(lambda number: self._handle.room_get(number, key))
        return default if found is None else found[1]

    async def version_of(self, key: str) -> int:
        """The version of a key's durable value, 0 without one: for `if_version`."""
        found = await self._look(lambda number: self._handle.room_get(number, key))
        return 0 if found is None else found[0]

    async def entries(self, prefix: str = "") -> list[tuple[str, Any]]:
        """The durable keys with this prefix and what they hold, in order."""
        return await self._look(lambda number: self._handle.room_entries(number, prefix))

    async def keys(self, prefix: str = "") -> list[str]:
        """The durable keys with this prefix, in order."""
        return [key for key, _ in await self.entries(prefix)]

    async def version(self) -> int:
        """The durable version."""
        version: int = (await self.report())["version"]
        return version

    async def report(self) -> dict[str, Any]:
        """What there is to know: versions, epoch, digest, sizes, readers."""
        return await self._look(self._handle.room_report)

    async def metrics(self) -> dict[str, Any]:
        """What the room has counted."""
        return await self._look(self._handle.room_metrics)

    async def presences(self) -> dict[int, Any]:
        """Who is present, and what they show."""
        return dict(await self._look(self._handle.room_presences))

    async def export(self) -> bytes:
        """The durable state as one blob."""
        return await self._look(self._handle.room_export)

    async def set(self, key: str, value: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Gives a key a value; raises `RefusedError` (`Stale`) if a condition does not hold."""
        edits = HostEdits().set(key, value, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def merge(self, key: str, patch: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Merges an object into a key's (RFC 7396)."""
        edits = HostEdits().merge(key, patch, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def add(self, key: str, amount: float, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Adds to a key's number."""
        edits = HostEdits().add(key, amount, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def delete(self, key: str, *, if_version: int | None = None) -> int:
        """Takes a key's value away."""
        return await self.write(HostEdits().delete(key, if_version=if_version))

    async def insert(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Puts a value into a list, before the one at this place."""
        return await self.write(HostEdits().insert(key, index, value, if_version=if_version))

    async def remove(self, key: str, index: int, *, if_version: int | None = None) -> int:
        """Takes the value at this place out of a list."""
        return await self.write(HostEdits().remove(key, index, if_version=if_version))

    async def move(self, key: str, source: int, target: int, *, if_version: int | None = None) -> int:
        """Moves a value within a list; the target counts without it."""
        return await self.write(HostEdits().move(key, source, target, if_version=if_version))

    async def replace(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Gives the list item at this place another value."""
        return await self.write(HostEdits().replace(key, index, value, if_version=if_version))

    def batch(self) -> HostBatch:
        """Several edits that are one write, made at the end of the block.

        ```python
        async with room.batch() as batch:
            batch.set("total", 15).add("visits", 1)
        print(batch.version)
        ```
        """
        return HostBatch(self)

    async def write(self, edits: HostEdits) -> int:
        """Makes edits one write; returns the version that it became, once that is durable."""
        async with self._held() as number:
            return await wait(self._server._write(number, edits._edits))

    async def edit(self, change: Callable[[EditView], Awaitable[object] | object]) -> int | None:
        """Reads and writes as one: made again if what was read has changed meanwhile.

        The function, async or not, is called with an `EditView` once or several times. Returns the
        version, or None if it edited nothing.

        ```python
        def buy(view):
            left = view.get("stock/tea", 0)
            if left > 0:
                view.set("stock/tea", left - 1)

        await room.edit(buy)
        ```
        """
        refused: RefusedError | None = None
        async with self._held() as number:
            for view in self._server._views(number):
                result = change(view)
                if inspect.isawaitable(result):
                    await result
                edits = view.conditional()
                if edits is None:
                    return None
                try:
                    return await wait(self._server._write(number, edits))
                except RefusedError as error:
                    if error.code != "Stale":
                        raise
                    refused = error
        raise refused or exception_of("Internal", "a try", "none")

    async def expire(self, version: int) -> None:
        """Forgets what is as old as this version: tombstones, and clients that are away."""
        await self._look(lambda number: self._handle.room_expire(number, version))

    async def renew(self) -> None:
        """Ends the room's continuity: another epoch, the same contents; after a restored backup."""
        async with self._held() as number:
            self._handle.room_renew(number)

    async def unload(self) -> None:
        """Puts everyone out as `Unavailable`, and closes the room once all of it is durable."""
        await self._look(self._handle.room_unload)

    async def delete_room(self) -> None:
        """Puts everyone out as `Deleted`, and forgets what the room held."""
        await self._look(self._handle.room_delete)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[int]:
        number, opened = self._server._hold(self.name)
        try:
            await wait(opened)
            yield number
        finally:
            self._server._release(number)

    async def _look(self, look: Callable[[int], T]) -> T:
        async with self._held() as number:
            return look(number)


class Listener:
    """An open port of a server; see `Server.serve`."""

    def __init__(self, listener: SocketServer) -> None:
        self._listener = listener

    @property
    def port(self) -> int:
        """The port, also if any free one was asked for."""
        port: int = next(iter(self._listener.sockets)).getsockname()[1]
        return port

    async def close(self) -> None:
        """Takes no connections any more, and ends those that came."""
        self._listener.close()
        await self._listener.wait_closed()


class Server(ServerCore):
    """A server of rooms, on the loop that makes it, or else the one that uses it first.

    - `authorize`: called with an `AuthorizeRequest`, async or not; returns a `Grant`, or None to
      keep somebody out. Raise `DenyError` to say with which code. Anything else that it raises is told
      as `Unavailable`, and logged.
    - `storage`: the directory of its rooms. Without, they live in memory.
    - `policy`: by prefix of keys, which stale edits are refused: `"strict"`, `"merge"` or `"last"`.
    - `origins`: the web pages that may connect: exact origins, or `"*"`. By default those of the
      server's own host, and whatever is not a browser.
    - `codecs`, `limits`, `timing`: as the engine has them.

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
        origins: Origins = None,
        codecs: Sequence[Codec] | None = None,
        limits: Limits | None = None,
        timing: Timing | None = None,
    ) -> None:
        handle = open_server(storage, policy=policy, codecs=codecs, limits=limits, timing=timing, watch=True)
        super().__init__(handle, authorize, origins, limits)
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

    async def serve(self, host: str | None = None, port: int = 0, **options: Any) -> Listener:
        """Takes connections at an address; port 0 is any free one.

        Returns at once; `wait_closed` waits for the end of the server. Other options are those of
        `websockets.asyncio.server.serve`, such as `ssl`.
        """
        self._check()
        self._pump.bind()
        listener = Listener(
            await open_listener(
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
        await socket.accept()
        link = Link(self, socket, getattr(websocket, "request", None) or websocket)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

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
        for listener in listeners:
            listener._listener.close(close_connections=False)
        await asyncio.gather(*(link.ended.wait() for link in self._links))
        for listener in listeners:
            await listener.close()

    async def close(self) -> None:
        """Ends the server: what it accepted is durable when this returns. May be called again."""
        self._guard.check()
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self.shutdown()
        except SynclineError as error:
            log.debug("no good-bye: %s", error.code, extra={"event": "close", "code": error.code})
        await asyncio.to_thread(close_quietly, self._handle)
        self._end(exception_of("Closed", "an open server", "a closed one"))
        await self._disperse()
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

    def _ask(self, number: int, question: AuthorizeRequest) -> None:
        self._pump.spawn(self._judge(number, question), "authorize")

    async def _judge(self, number: int, question: AuthorizeRequest) -> None:
        try:
            answer = self._authorize(question)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:
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
        await self._socket.close(CLOSE_CODES.get(code, 1008), code)


def settle_soon(future: "asyncio.Future[None]") -> None:
    """Sets a result, unless there is one."""
    if not future.done():
        future.set_result(None)
