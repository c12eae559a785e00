"""What is sent over a socket of a thread, and how one ends that may be in the middle of a send."""

import queue
import socket as sockets
import threading
from collections.abc import Callable
from contextlib import suppress

from websockets.sync.connection import Connection

from .._aio import CLOSE_SECONDS


def drop(connection: Connection) -> None:
    """Ends a connection at once, whatever its threads wait for."""
    with suppress(OSError):
        connection.socket.shutdown(sockets.SHUT_RDWR)
    connection.close_socket()


class Sender:
    """The thread that sends over one socket."""

    def __init__(self, connection: Connection, sent: Callable[[], None]) -> None:
        self._connection = connection
        self._sent = sent
        self._frames: queue.SimpleQueue[bytes | tuple[int, str]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._timer: threading.Timer | None = None
        threading.Thread(target=self._run, name="syncline-sender", daemon=True).start()

    @property
    def is_empty(self) -> bool:
        """Whether all that was sent has left."""
        return self._waiting == 0

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it."""
        with self._lock:
            self._waiting += 1
        self._frames.put(frame)

    def finish(self, code: int = 1000, reason: str = "") -> None:
        """Sends what there is and closes, in any case in a few seconds."""
        self._frames.put((code, reason))
        self._timer = threading.Timer(CLOSE_SECONDS, drop, (self._connection,))
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """The connection is over."""
        self._frames.put((1000, ""))
        if self._timer is not None:
            self._timer.cancel()
        drop(self._connection)

    def _run(self) -> None:
        try:
            while isinstance(item := self._frames.get(), bytes):
                self._connection.send(item)
                with self._lock:
                    self._waiting -= 1
                if self.is_empty:
                    self._sent()
            self._connection.close(*item)
        except Exception:
            drop(self._connection)  # the reader tells
