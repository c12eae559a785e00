"""The client on threads: rooms over a WebSocket, online and offline, without asyncio."""

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket

from .._aio import CLOSE_SECONDS
from .._attempt import Attempt
from .._client import ClientCore
from .._edit import BatchCore, EditCore
from .._errors import SynclineError, exception_of
from .._events import Change, Conflict, Verdict
from .._feed import Feed
from .._guard import done, pending, settle
from .._native import ClientHandle
from .._options import Codec, Debounce, Limits, Resolver, StrPath, Timing, Token
from .._room import RoomCore
from .._routes import log
from .._start import FRAME_BYTES_MAX, open_client
from .._view import RoomViewCore
from ._pump import Pump, abandon, plain_result, refuse_async
from ._sockets import Sender

__all__ = ["Batch", "Changes", "Client", "Edit", "Room", "RoomView", "connect"]

EXIT_SECONDS = 2.0
"""How long the end of a `with` block waits for verdicts."""


class Edit(EditCore):
    """One edit on its way to a verdict; edits that coalesce are one."""

    __slots__ = ()

    def settled(self, timeout: float | None = None) -> Verdict:
        """Waits for the verdict, at most this many seconds: then `TimeoutError`.

        Raises `ClosedError` if its room or the client closes first, and `StorageError` if storage
        fails. While the server denies the room, there is no verdict: another token may let it in.
        """
        verdict: Verdict = self._room._client._pump.wait(self._future, timeout)
        return verdict


class Batch(BatchCore[Edit]):
    """Edits that become one; see `Room.batch`."""

    def settled(self, timeout: float | None = None) -> Verdict:
        """Waits for the verdict of the batch, once it is over."""
        return self.edit.settled(timeout)


class Changes(Iterator[Change]):
    """The changes of a room, to be iterated; a slow consumer gets the union of the keys.

    Ends with the room.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._some = done(None)
        feed.notify = self._notify

    def _notify(self) -> None:
        settle(self._some, None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Change:
        change = self.take(None)
        if change is None:
            raise StopIteration
        return change

    def take(self, timeout: float | None) -> Change | None:
        """The next change, or None when the room is closed or this many seconds are over."""
        client = self._feed.room._client
        while True:
            with client._guard:
                self._some = pending()
                change = self._feed.take()
                if change is not None or self._feed.ended:
                    return change
            try:
                client._pump.wait(self._some, timeout)
            except TimeoutError:
                return None

    def close(self) -> None:
        """Ends the iteration."""
        self._feed.ended = True
        self._notify()


class RoomView(RoomViewCore):
    """A view that a client watches; made by `Room.view`."""

    def ready(self, timeout: float | None = None) -> None:
        """Waits until it shows something; raises `TimeoutError` when the seconds are over.

        Raises `SynclineError` with the code if the server does not show it, and `ClosedError` if it, its room or
        the client closes first.
        """
        future = self._ready_future()
        try:
            self._room._client._pump.wait(future, timeout)
        finally:
            self._forget_waiting(future)


class Room(RoomCore[Edit]):
    """A room of a client: keys and values that show at once and are kept in sync."""

    _edit_type = Edit

    @property
    def client(self) -> "Client":
        """The client that opened it."""
        return cast(Client, self._client)

    def ready(self, timeout: float | None = None) -> None:
        """Waits until a state of the room is known, from the server or from storage.

        Raises `SynclineError` with the code if the server refuses for good, also if it did so
        before, `ClosedError` if the room closes first, `StorageError` if storage fails,
        `TimeoutError` after this many seconds.
        """
        future = self._ready_future()
        try:
            self._client._pump.wait(future, timeout)
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
        batch.settled()
        ```
        """
        self._open  # noqa: B018
        return Batch(self)

    def changes(self, prefix: str = "") -> Changes:
        """The changes of keys with this prefix, from this call on."""
        return Changes(self._feed(prefix))


class Client(ClientCore[Room]):
    """A client: rooms, edits and one connection. Made by `connect`.

    It may be used from any thread. Listeners and resolvers run on a thread of the client's, on
    which nothing that waits may be called.
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
        self._close_lock = threading.Lock()
        self._pump = Pump("syncline-client", handle, self._guard, self.route, self._break)
        weakref.finalize(self, abandon, handle, self._pump)

    def flush(self, timeout: float | None = None) -> int:
        """Sends what waits, waits for all verdicts, and returns how many are missing.

        The timeout is in seconds; when it is over, the number is above 0 and nothing is raised.
        """
        idle = self._idle_future()
        try:
            self._pump.wait(idle, timeout)
        except TimeoutError:
            return self._left()
        finally:
            self._forget_idle(idle)
        return self._left()

    def stored(self, timeout: float | None = None) -> None:
        """Waits until every edit made so far is in the storage, and outlives a crash.

        Raises the storage's error if that fails, `SynclineError` with `WrongMode` without the option `storage`, and
        `ClosedError` at the close. The timeout is in seconds; when it is over, `TimeoutError` is raised.
        """
        self._pump.wait(self._stored_future(), timeout)

    def close(self) -> int:
        """Ends the client; returns how many edits have no verdict.

        Those are sent after the next start if there is storage, and are lost otherwise. Never waits
        for the server. A second call returns the same.
        """
        self._guard.check()
        with self._close_lock:
            if not self._handle_closed:
                unsettled = self._close_handle()
                self._end(unsettled, exception_of("Closed", "an open client", "a closed one"))
        self._pump.stop()
        return self._unsettled or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._unsettled is None:
                self.flush(EXIT_SECONDS)
        finally:
            self.close()

    def _break(self, error: SynclineError) -> None:
        self._end(self._left(), error)

    def _new_room(self, number: int, name: str) -> Room:
        return Room(self, number, name)

    def _call(self, listener: Callable[[Any], object], event: Any) -> None:
        self._pump.call(listener, event)

    def _check_listener(self, listener: Callable[[Any], object]) -> None:
        refuse_async(listener)

    def _resolve(self, room: Room, resolver: Callable[..., Any], conflict: Conflict) -> None:
        try:
            answer = plain_result(resolver(conflict))
        except BaseException as error:
            self._give_up(room, conflict, error)
        else:
            self._answer(room, conflict, answer)

    def _connect(self, attempt: Attempt) -> None:
        link = attempt.carrier = Link(self, attempt)
        link.start()

    def _send(self, attempt: Attempt, frame: bytes) -> None:
        attempt.carrier.send(frame)

    def _finish(self, attempt: Attempt) -> None:
        attempt.carrier.finish()

    def _find_token(self) -> str:
        token = plain_result(self._token()) if callable(self._token) else self._token
        if token is None:
            return ""
        if not isinstance(token, str):
            raise exception_of("InvalidArgument", "a str", type(token).__name__)
        return token


class Link:
    """One socket of a client, from the attempt to open it to its end: a thread each way."""

    def __init__(self, client: Client, attempt: Attempt) -> None:
        self._client = client
        self._attempt = attempt
        self._lock = threading.Lock()
        self._sender: Sender | None = None
        self._finishing = False
        self.asks = True
        """Whether it waits for its token."""

    def start(self) -> None:
        """Begins to open the socket."""
        threading.Thread(target=self._run, name="syncline-link", daemon=True).start()

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it."""
        if self._sender is not None:  # else nobody said that it is open
            self._sender.send(frame)

    def finish(self) -> None:
        """Sends what there is and closes, in any case in a few seconds; drops a mere attempt."""
        with self._lock:
            self._finishing = True
            if self._sender is not None:
                self._sender.finish()

    def _run(self) -> None:
        client, attempt = self._client, self._attempt
        try:
            try:
                token = client._find_token()
            except BaseException as error:
                if attempt.current:
                    client._pump.post(partial(client._token_failed, error))
                return
            self.asks = False
            if not attempt.current:
                return
            with open_socket(
                client._url,
                compression=None,
                max_size=FRAME_BYTES_MAX,
                ping_interval=None,
                close_timeout=CLOSE_SECONDS,
                **client._socket,
            ) as socket:
                with self._lock:
                    self._sender = Sender(socket, nothing)
                    wanted = not self._finishing
                if wanted and attempt.connected(token):
                    while True:
                        attempt.receive(socket.recv(decode=False))
        except ConnectionClosed:
            log.debug("a connection ended", extra={"event": "disconnected", "host": client._host})
        except Exception as error:
            if attempt.current:
                client._pump.post(partial(client._connect_failed, error))
        finally:
            attempt.ended()
            if self._sender is not None:
                self._sender.end()


def nothing() -> None:
    """A client need not say that all has left."""


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
) -> Client:
    """A client of the server at this WebSocket address.

    Everything is as in `syncline.connect`, without `await`: token functions and resolvers are
    plain functions.

    ```python
    with syncline.sync.connect("ws://localhost:8080", storage="outbox") as client:
        cart = client.room("cart-1")
        cart.set("total", 15).settled(timeout=5)
    ```
    """
    for function in (token, *(resolvers or {}).values()):
        if callable(function):
            refuse_async(function)
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
    return Client(start(), url, token=token, resolvers=resolvers, socket=socket)
