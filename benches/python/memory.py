"""What memory the process of a server takes: says its address, and after each line that it reads what it took since the
line before, for `benches/node/memory.mjs`.
"""

import asyncio
import gc
import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import syncline

LOOK_SECONDS = 0.02
HOUR_MS = 3_600_000


def resident() -> int:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize()


class Watch:
    """The most memory, and the most bytes that a socket had taken and not passed on, since it was asked."""

    def __init__(self, listener: syncline.Listener) -> None:
        self._sockets = listener._listener
        self._most = self._buffered = 0

    def look(self) -> None:
        self._most = max(self._most, resident())
        for socket in self._sockets.connections:
            with suppress(AttributeError):  # one that is being closed has no transport
                self._buffered = max(self._buffered, socket.transport.get_write_buffer_size())

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def report(self) -> dict[str, int]:
        gc.collect()
        self.look()
        told = {"now": resident(), "most": self._most, "buffered": self._buffered}
        self._most = self._buffered = 0
        return told


def say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


async def main() -> None:
    server = syncline.Server(
        lambda _: syncline.Grant("ada", write=True),
        limits={"bytes_minute": 4_294_967_295, "frames_minute": 600_000},
        timing={"stall_ms": HOUR_MS, "idle_ms": HOUR_MS},
    )
    listener = await server.serve("127.0.0.1")
    watch = Watch(listener)
    looking = asyncio.create_task(watch.run())
    say({"url": f"ws://127.0.0.1:{listener.port}"})
    while await asyncio.to_thread(sys.stdin.readline):
        say(watch.report())
    looking.cancel()
    await server.close()


asyncio.run(main())
