"""An open port of a server on asyncio, and the connections that have not said yet what they want."""

import asyncio
import contextlib
import weakref
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import Server as SocketServer
from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

LOOPS_OF_ACCEPTING = 5
"""How often the loop goes round, at most, from a socket that was accepted to one that is a connection."""


class Listener:
    """An open port of a server; see `Server.serve`."""

    def __init__(self, create: Callable[..., ServerConnection]) -> None:
        self._create = create
        self._came: weakref.WeakSet[ServerConnection] = weakref.WeakSet()
        self._listener: SocketServer

    @property
    def port(self) -> int:
        """The port, also if any free one was asked for."""
        port: int = next(iter(self._listener.sockets)).getsockname()[1]
        return port

    async def close(self) -> None:
        """Takes no connections any more, and ends those that came."""
        await self._stop()
        self._listener.close()
        await self._listener.wait_closed()

    def _accept(self, *args: Any, **options: Any) -> ServerConnection:
        connection = self._create(*args, **options)
        self._came.add(connection)
        return connection

    async def _stop(self) -> None:
        """Takes no connections any more, and ends those that have not said yet what they want."""
        for port in self._listener.sockets:  # before Python 3.13, a socket accepted just before the close stays open
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().remove_reader(port.fileno())
        for _ in range(LOOPS_OF_ACCEPTING):
            await asyncio.sleep(0)
        self._listener.server.close()
        for connection in self._came:
            if connection.state is State.CONNECTING and hasattr(connection, "transport"):
                connection.transport.abort()
