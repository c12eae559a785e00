"""When a connection of `websockets` ends because its peer makes the library hold too much.

The library answers each ping, whether the answers leave or not. Older versions also keep all parts of a message
until the last one: `max_size` is one of bytes, and a part may have none.
"""

from collections.abc import Callable
from typing import Any

from websockets.frames import Opcode

PINGS_MOST = 256
"""Answers that may be on their way out."""
PARTS_MOST = 16_384
"""Parts that a message may have."""


def guard(connection: Any, waiting: Callable[[], int], end: Callable[[], None]) -> None:
    """Ends a connection whose peer sends more pings than it reads answers, or a message of too many parts.

    `waiting` says how many bytes have not left yet.
    """
    take = connection.process_event
    pings = parts = 0

    def count(event: Any) -> None:
        nonlocal pings, parts
        if event.opcode is Opcode.PING:
            pings = pings + 1 if waiting() else 0
        elif event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            parts = 0 if event.fin else parts + 1
        if pings > PINGS_MOST or parts > PARTS_MOST:
            end()
        else:
            take(event)

    connection.process_event = count
