"""The client on asyncio: rooms over a WebSocket, online and offline."""

import asyncio
import inspect
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from ._aio import Pump, ended_loop, withdrawn
from ._attempt import Attempt
from ._client import ClientCore
from ._edit import BatchCore, EditCore
from ._errors import exception_of
from ._events import Change, Conflict, Verdict
from ._feed import Feed
from ._link import Link
from ._native import ClientHandle
from ._options import Codec, Debounce, Limits, Resolver, StrPath, Timing, Token
from ._room import RoomCore
from ._start import close_quietly, open_client
from ._view import RoomViewCore

__all__ = ["Batch", "Changes", "Client", "Connecting", "Edit", "Room", "RoomView", "connect"]

EXIT_SECONDS = 2.0
"""How long the end of an `async with` block waits for verdicts."""


class Edit(EditCore):
    """One edit on its way to a verdict; edits that coalesce are one."""

    __slots__ = ()

    async def settled(self) -> Verdict:
        """Waits for the verdict.

        Raises `ClosedError` if its room or the client closes first, and `StorageError` if storage
        fails; giving up the wait leaves the edit alone. While the server denies the room, there is
        no verdict: another token may let the edit in.

        ```python
        match await room.set("title", "Tea").settled():
            case syncline.Applied(version=version):
                print("in the room since", version)
            case syncline.Refused(code=code, theirs=theirs):
                print("refused:", code, theirs)
            case syncline.Unknown(edits=edits):
                print("nobody knows:", edits)
        ```
        """
        verdict: Verdict = await self._room._client._pump.wait(self._future)
        return verdict


class Batch(BatchCore[Edit]):
    """Edits that become one; see `Room.batch`."""

    async def settled(self) -> Verdict:
        """Waits for the verdict of the batch, once it is over."""
        return await self.edit.settled()


class Changes(AsyncIterator[Change]):
    """The changes of a room, to be iterated; a slow consumer gets the union of the keys.

    Ends with the room.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._some = asyncio.Event()
        loop = asyncio.get_running_loop()

        def notify() -> None:
            try:
                loop.call_soon_threadsafe(self._some.set)
            except RuntimeError:  # the loop is closed
                return

        feed.notify = notify

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        while True:
            self._some.clear()
            with self._feed.room._client._guard:
                change = self._feed.take()
            if change is not None:
                return change
            if self._feed.ended:
                raise StopAsyncIteration
            await self._some.wait()

    async def aclose(self) -> None:
        """Ends the iteration."""
        self._feed.ended = True
        self._some.set()


class RoomView(RoomViewCore):
    """A view that a client watches; made by `Room.view`.

    ```python
    view = room.view("cart")
    await view.ready()
    view.on("change", lambda change: print(view.html()))
    ```
    """

    async def ready(self) -> None:
        """Waits until it shows something.

        Raises `SynclineError` with the code if the server does not show it, and `ClosedError` if it, its room or
        the client closes first.
        """
        future = self._ready_future()
        try:
            await self._room._client._pump.wait(future)
        finally:
            self._forget_waiting(future)


class Room(RoomCore[Edit]):
    """A room of a client: keys and values that show at once and are kept in sync.

    ```python
    cart = client.room("cart-1")
    await cart.ready()
    cart.set("items", ["tea", "milk"])
    cart.add("visits", 1)
    cart.get("items")
    ```
    """

    _edit_type = Edit

    @property
    def client(self) -> "Client":
        """The client that opened it."""
        return cast(Client, self._client)

    async def ready(self) -> None:
        """Waits until a state of the room is known, from the server or from storage.

        Raises `SynclineError` with the code if the server refuses for good, also if it did so
        before, `ClosedError` if the room closes first, and `StorageError` if storage fails.
        """
        future = self._ready_future()
        try:
            await self._client._pump.wait(future)
        finally:
            self._forget_waiting(future)

    def view(self, name: str) -> RoomView:
        """Watches a view of the room: what the server renders of it, and at once what follows from edits here."""
        return self._watch(name, RoomView)

    def batch(self) -> Batch:
        """Several edits that are one, atomic, with one verdict.

        ```python
        with room.batch() as batch:
            batch.expect("stock/tea")
            batch.add("stock/tea", -1)
            batch.set("order", {"tea": 1})
        await batch.settled()
        ```
        """
        self._open  # noqa: B018
        return Batch(self)

    def changes(self, prefix: str = "") -> Changes:
        """The changes of keys with this prefix, from this call on.

        ```python
        async for change in room.changes("stock/"):
            for key in change.keys:
                print(key, room.get(key))
        ```
        """
        return Changes(self._feed(prefix))


class Client(ClientCore[Room]):
    """A client: rooms, edits and one connection. Made by `connect`.

    It belongs to the loop that made it. Rooms may be read and edited from any thread.
    """

    def __init__(
        self,
        handle: ClientHandle,
        url: str,
        *,
        token: Token,
        resolvers: Mapping[str, Resolver] | None,
        socket: Mapping[str, Any],
    ) -> None:
        super().__init__(handle, urlsplit(url).netloc.rpartition("@")[2], token, resolvers)
        self._url = url
        self._socket = socket
        self._closing: asyncio.Task[int] | None = None
        weakref.finalize(self, close_quietly, handle)
        self._pump = Pump(handle, self.route, lambda error: self._end(self._left(), error))

    async def flush(self, timeout: float | None = None) -> int:
        """Sends what waits, waits for all verdicts, and returns how many are missing.

        The timeout is in seconds; when it is over, the number is above 0 and nothing is raised.
        """
        idle = self._idle_future()
        try:
            async with asyncio.timeout(timeout):
                await self._pump.wait(idle)
        except TimeoutError:
            return self._left()
        finally:
            self._forget_idle(idle)
        return self._left()

    async def stored(self) -> None:
        """Waits until every edit made so far is in the storage, and outlives a crash.

        Raises the storage's error if that fails, `SynclineError` with `WrongMode` without the option `storage`, and
        `ClosedError` at the close.
        """
        await self._pump.wait(self._stored_future())

    async def close(self) -> int:
        """Ends the client; returns how many edits have no verdict.

        Those are sent after the next start if there is storage, and are lost otherwise. Never waits
        for the server. A second call returns the same. Async listeners and resolvers that still run
        are cancelled.
        """
        self._guard.check()
        if self._unsettled is not None and self._handle_closed:
            return self._unsettled
        if self._pump.is_over:
            return await self._close()
        if self._closing is None:
            self._closing = self._pump.bind().create_task(self._close())
        self._pump.spare()
        return await asyncio.shield(self._closing)

    async def _close(self) -> int:
        unsettled = self._left()
        try:
            unsettled = await asyncio.to_thread(self._close_handle)
        finally:
            self._end(unsettled, exception_of("Closed", "an open client", "a closed one"))
        await self._pump.give_up()
        return unsettled if self._unsettled is None else self._unsettled

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._unsettled is None:
                await self.flush(EXIT_SECONDS)
        finally:
            await self.close()

    def _lose(self) -> None:
        """The loop ends: whoever waits on another one is told."""
        self._pump.stop()
        self._end(self._left(), ended_loop())

    def _new_room(self, number: int, name: str) -> Room:
        return Room(self, number, name)

    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        self._pump.call(listener, event)

    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        """Any function will do, async ones too."""

    def _resolve(self, room: Room, resolver: Callable[..., Any], conflict: Conflict) -> None:
        self._pump.spawn(self._ask(room, resolver, conflict), "a resolver")

    async def _ask(self, room: Room, resolver: Callable[..., Any], conflict: Conflict) -> None:
        try:
            answer = resolver(conflict)
            if inspect.isawaitable(answer):
                answer = await answer
        except (Exception, asyncio.CancelledError) as error:
            if withdrawn():
                raise
            self._give_up(room, conflict, error)
        else:
            self._answer(room, conflict, answer)

    def _connect(self, attempt: Attempt) -> None:
        link = attempt.carrier = Link(self, attempt)
        link.task = self._pump.spawn(link.run(), "a connection", lasting=True)

    def _send(self, attempt: Attempt, frame: bytes) -> None:
        attempt.carrier.send(frame)

    def _finish(self, attempt: Attempt) -> None:
        attempt.carrier.finish()

    async def _find_token(self) -> str:
        token = self._token
        if callable(token):
            token = token()
            if inspect.isawaitable(token):
                token = await token
        if token is None:
            return ""
        if not isinstance(token, str):
            raise exception_of("InvalidArgument", "a str", type(token).__name__)
        return token


class Connecting:
    """A client to be: `await` it, or use it in `async with`."""

    def __init__(self, start: Callable[[], ClientHandle], make: Callable[..., Client]) -> None:
        self._start = start
        self._make = make
        self._client: Client | None = None

    def __await__(self) -> Generator[Any, None, Client]:
        return self._open().__await__()

    async def __aenter__(self) -> Client:
        self._client = await self._open()
        return self._client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.__aexit__(kind, error, trace)

    async def _open(self) -> Client:
        opening = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            return self._make(await asyncio.shield(opening))
        except asyncio.CancelledError:
            # The storage is free for the next one before the cancellation goes on.
            await asyncio.wait((opening,))
            if not opening.cancelled() and opening.exception() is None:
                await asyncio.to_thread(close_quietly, opening.result())
            raise


def connect(
    url: str,
    *,
    token: Token = None,
    storage: StrPath | None = None,
    schema: str | None = None,
    codec: Codec | None = None,
    cache: bool | None = None,
    debounce: Debounce | None = None,
    limits: Limits | None = None,
    timing: Timing | None = None,
    resolvers: Mapping[str, Resolver] | None = None,
    flight: StrPath | None = None,
    flight_bytes: int | None = None,
    ssl: SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | bool = True,
) -> Connecting:
    """A client of the server at this WebSocket address.

    Opens the storage and nothing else: it works offline, and connects by itself once a room is
    open, again and again.

    - `token`: who the client is; a string, or a function, async or not, called at each connection.
      If it raises, that attempt counts as failed.
    - `storage`: the file with its outbox and what it last knew. Without, nothing survives it.
    - `schema`, `codec`, `cache`, `debounce`, `limits`, `timing`: as the engine has them.
    - `resolvers`: by prefix of keys, what a stale edit turns into: `"keep_mine"`, `"keep_theirs"`
      (the default), `"three_way"`, or a function of the `Conflict`, async or not, that returns a
      value to set, `KEEP_MINE` or `KEEP_THEIRS`.
    - `flight`, `flight_bytes`: the file into which all is recorded that the client is given, to be
      replayed, and the most bytes of that, 64 MiB by default.
    - `ssl`, `headers`, `proxy`: of the socket. `proxy=True` is the environment's.

    Raises `StorageError` if another process holds the storage or it is damaged.

    ```python
    async with syncline.connect("ws://localhost:8080", storage="outbox") as client:
        cart = client.room("cart-1")
        await cart.set("total", 15).settled()
    ```
    """
    start, socket = open_client(
        url,
        storage=storage,
        schema=schema,
        codec=codec,
        cache=cache,
        debounce=debounce,
        limits=limits,
        timing=timing,
        resolvers=resolvers,
        flight=flight,
        flight_bytes=flight_bytes,
        ssl=ssl,
        headers=headers,
        proxy=proxy,
    )

    def make(handle: ClientHandle) -> Client:
        return Client(handle, url, token=token, resolvers=resolvers, socket=socket)

    return Connecting(start, make)
