"""One connection of a server, as a face carries it, and what it is closed with."""

from typing import Any, Protocol

_CLOSES = {
    "Closed": 1000,
    "ShuttingDown": 1001,
    "Malformed": 1002,
    "UnknownMessage": 1002,
    "Unexpected": 1002,
    "InvalidName": 1008,
    "Unsupported": 1008,
    "Forbidden": 1008,
    "Unauthorized": 1008,
    "Superseded": 1008,
    "Deleted": 1008,
    "FrameTooLarge": 1009,
    "Internal": 1011,
    "Panic": 1011,
    "Poisoned": 1011,
}


def close_number(code: str) -> int:
    """What a WebSocket is closed with for a code: 1008 if trying again is pointless, others if it is not."""
    return _CLOSES.get(code, 1013)


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
