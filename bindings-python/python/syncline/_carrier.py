"""One connection of a server, as a face carries it, and what it is closed with."""

from typing import Any, Protocol

CLOSE_CODES = {
    "FrameTooLarge": 1009,
    "Internal": 1011,
    "Malformed": 1002,
    "ShuttingDown": 1001,
    "TooMany": 1013,
    "Unavailable": 1013,
    "Unexpected": 1002,
    "UnknownMessage": 1002,
    "Unsupported": 1002,
}
"""What a WebSocket is closed with for a code; 1008, a broken policy, for the others."""


class Carrier(Protocol):
    """One connection, as a face carries it."""

    request: Any

    def send(self, frame: bytes) -> None:
        """Sends a frame after those before it, and says `writable` when all have left."""

    def pause(self) -> None:
        """Reads no more for now."""

    def resume(self) -> None:
        """Reads again."""

    def finish(self, code: str) -> None:
        """Sends what there is and closes, in any case in a few seconds."""
