"""What a server's socket is on asyncio: one of `websockets`, or one of Starlette and FastAPI."""

from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from ._errors import exception_of
from ._hoard import guard


class EndedError(Exception):
    """The other side is gone."""


class Socket(Protocol):
    """What a server needs of a socket."""

    async def accept(self) -> None:
        """Lets the client in."""

    async def receive(self) -> bytes | str:
        """The next frame; raises `EndedError` if there is none to come."""

    async def send(self, frame: bytes) -> None:
        """Sends a frame; returns once the transport has taken all of it."""

    async def close(self, code: int, reason: str) -> None:
        """Closes, in any case in a few seconds."""

    def abort(self) -> None:
        """Drops the connection."""


class WebsocketsSocket:
    """A connection of the `websockets` library."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def accept(self) -> None:
        transport = self._socket.transport
        # Sending then waits until nothing is left in this process.
        transport.set_write_buffer_limits(high=0)
        guard(self._socket, transport.get_write_buffer_size, transport.abort)

    async def receive(self) -> bytes | str:
        try:
            frame: bytes = await self._socket.recv(decode=False)
        except ConnectionClosed as error:
            raise EndedError from error
        return frame

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send(frame)
        except ConnectionClosed as error:
            raise EndedError from error

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code, reason)

    def abort(self) -> None:
        self._socket.transport.abort()


class StarletteSocket:
    """A WebSocket of Starlette, FastAPI, or anything shaped like theirs."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def accept(self) -> None:
        await self._socket.accept()

    async def receive(self) -> bytes | str:
        message: dict[str, Any] = await self._socket.receive()
        if message["type"] != "websocket.receive":
            raise EndedError
        frame: bytes | str | None = message.get("bytes")
        return message["text"] if frame is None else frame

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send_bytes(frame)
        except (RuntimeError, OSError) as error:
            raise EndedError from error
        except Exception as error:
            # Each framework has its own name for a client that is gone.
            if type(error).__name__ != "WebSocketDisconnect":
                raise
            raise EndedError from error

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except (RuntimeError, OSError):
            return  # closed from the other side

    def abort(self) -> None:
        """The server that runs the application drops it."""


def wrap(socket: Any) -> Socket:
    """The socket behind an object, by its shape."""
    if hasattr(socket, "send_bytes") and hasattr(socket, "receive"):
        return StarletteSocket(socket)
    if hasattr(socket, "recv") and hasattr(socket, "transport"):
        return WebsocketsSocket(socket)
    expected = "a WebSocket of websockets, Starlette or FastAPI"
    raise exception_of("InvalidArgument", expected, type(socket).__name__)
