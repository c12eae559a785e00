"""Servers and clients for the tests: real sockets on loopback, and no waiting for time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import syncline

SECONDS = 30
"""After this a test has failed; nothing is expected to take as long."""

FAST = {"backoff_first_ms": 1, "backoff_most_ms": 20}
"""Timing of clients that come again soon."""


def anyone(request: syncline.AuthorizeRequest) -> syncline.Grant | None:
    """Lets everybody in who has a token, under that name."""
    return syncline.Grant(request.token, write=True) if request.token else None


async def heard(target: Any, name: str, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
    """The next event of this name that is wanted."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def listen(event: Any) -> None:
        if wanted(event) and not future.done():
            future.set_result(event)

    stop = target.on(name, listen)
    try:
        async with asyncio.timeout(SECONDS):
            return await future
    finally:
        stop()


class World:
    """One test's server and clients; all of them are closed at its end."""

    def __init__(self) -> None:
        self.closing: list[Callable[[], Awaitable[object]]] = []
        self.server: syncline.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def serve(self, authorize: Any = anyone, **options: Any) -> syncline.Server:
        """Starts a server, on the port of the one before."""
        server = syncline.Server(authorize, **options)
        self.closing.append(server.close)
        self.port = (await server.serve("127.0.0.1", self.port)).port
        self.server = server
        return server

    async def client(self, token: Any = "ada", **options: Any) -> syncline.Client:
        """Makes a client of the server."""
        options.setdefault("timing", FAST)
        client = await syncline.connect(self.url, token=token, **options)
        self.closing.append(client.close)
        return client

    async def room(self, name: str = "cart", token: Any = "ada", **options: Any) -> syncline.Room:
        """A room of another client, ready."""
        client = await self.client(token, **options)
        room = client.room(name)
        async with asyncio.timeout(SECONDS):
            await room.ready()
        return room
