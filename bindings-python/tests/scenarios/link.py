"""A connection as the network has it: the frames that are under way, and who is still there."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from scenarios.scenario import StepError

NAMES = {
    1: "hello",
    2: "presence",
    3: "welcome",
    4: "goaway",
    5: "join",
    6: "ping",
    7: "joined",
    8: "watch",
    9: "denied",
    10: "show",
    11: "push",
    12: "unwatch",
    13: "delta",
    15: "leave",
    17: "auth",
    19: "fault",
}


@dataclass
class Link:
    """One connection between a client and the server."""

    conn: int
    up: deque[bytes] = field(default_factory=deque)
    down: deque[bytes] = field(default_factory=deque)
    #: The server does not want to read.
    paused: bool = False
    #: Who ended it; what they sent before still arrives.
    client_left: bool = False
    server_left: bool = False
    #: The server is not told that its frames have left.
    slow: bool = False
    #: Frames have left and the server was not told.
    owes: bool = False

    def queue(self, way: str) -> deque[bytes]:
        """The frames under way, up or down."""
        if way not in {"up", "down"}:
            raise StepError(f"{way}: neither up nor down")
        return self.up if way == "up" else self.down


def shown(frame: bytes) -> str:
    """How a frame looks in a line: text as it is, anything else by its message's name and as digits."""
    if not frame:
        return "empty"
    if frame.startswith(b"{"):
        try:
            return frame.decode()
        except UnicodeDecodeError:
            pass
    return f"{NAMES.get(frame[0], 'unknown')} {frame.hex()}"


def forged(word: str) -> bytes:
    """The bytes of a frame as a step gives them: text that begins with a brace, or digits."""
    return word.encode() if word.startswith("{") else bytes.fromhex(word)
