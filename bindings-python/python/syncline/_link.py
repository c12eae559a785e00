"""One socket of an asyncio client, from the attempt to open it to its end."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed

from ._aio import CLOSE_SECONDS, withdrawn
from ._attempt import Attempt
from ._routes import log
from ._start import FRAME_BYTES_MAX

if TYPE_CHECKING:
    from .client import Client


class Link:
    """One socket of a client, from the attempt to open it to its end."""

    def __init__(self, client: "Client", attempt: Attempt) -> None:
        self._client = client
        self._attempt = attempt
        self._frames: deque[bytes] = deque()
        self._some = asyncio.Event()
        self._finishing = False
        self._socket: ClientConnection | None = None
        self.task: asyncio.Task[None] | None = None
        self.asks = True
        """Whether it waits for its token."""

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it."""
        self._frames.append(frame)
        self._some.set()

    def finish(self) -> None:
        """Sends what there is and closes, in any case in a few seconds; drops a mere attempt."""
        self._finishing = True
        self._client._pump.soon(self._finish)

    def _finish(self) -> None:
        self._some.set()
        if self.task is not None and self._socket is None:
            self.task.cancel()
        elif self.task is not None:
            self.task.get_loop().call_later(CLOSE_SECONDS, self.task.cancel)

    async def run(self) -> None:
        """Opens the socket, then reads until it ends."""
        client, attempt = self._client, self._attempt
        sender: asyncio.Task[None] | None = None
        try:
            try:
                token = await client._find_token()
            except (Exception, asyncio.CancelledError) as error:
                if withdrawn():
                    raise
                client._token_failed(error)
                return
            self.asks = False
            self._socket = await open_socket(
                client._url,
                compression=None,
                max_size=FRAME_BYTES_MAX,
                ping_interval=None,
                close_timeout=CLOSE_SECONDS,
                **client._socket,
            )
            if not attempt.connected(token):
                return
            sender = asyncio.create_task(self._send_all(self._socket))
            while True:
                attempt.receive(await self._socket.recv(decode=False))
        except asyncio.CancelledError:
            if not self._finishing:
                client._lose()  # the loop ends: nobody will open another socket
            raise
        except ConnectionClosed:
            log.debug("a connection ended", extra={"event": "disconnected", "host": client._host})
        except Exception as error:
            if attempt.current:
                client._connect_failed(error)
        finally:
            attempt.ended()
            if sender is not None:
                sender.cancel()
            if self._socket is not None:
                self._socket.transport.abort()

    async def _send_all(self, socket: ClientConnection) -> None:
        try:
            while True:
                while self._frames:
                    await socket.send(self._frames.popleft())
                if self._finishing:
                    break
                self._some.clear()
                await self._some.wait()
            await socket.close()
        except Exception:
            socket.transport.abort()  # the reader tells
