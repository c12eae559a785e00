"""How long event loops of Python are blocked while 10,000 edits a second flow over a WebSocket, from this process to
one with a server: `name<TAB>number` lines.

`loop.py idle|rooms|hand`: without edits; by the package; or as somebody would write it by hand over the same
WebSocket library: a message of orjson for each edit, a dict, and an acknowledgement.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter, process_time
from typing import Any, NamedTuple, Protocol

import orjson
import syncline
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

RATE = 10_000
KEYS = 1_000
BURST_SECONDS = 0.002
WARM_SECONDS = 1.0
RUN_SECONDS = 5.0
BEAT_SECONDS = 0.001


def value_of(edit: int) -> dict[str, Any]:
    return {"name": "tea", "price": edit % 10, "tags": ["green", "loose"]}


def percentile(sorted_values: list[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


class Watch:
    """Blocks of this process's loop, by how late a timer of one millisecond is, and its share of a core, since it
    began."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._since, self._used = perf_counter(), process_time()
        self._loop = asyncio.get_running_loop()
        self._last = perf_counter()
        self._next = self._loop.call_later(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        now = perf_counter()
        self._late.append(max(0.0, now - self._last - BEAT_SECONDS))
        self._last = now
        self._next = self._loop.call_later(BEAT_SECONDS, self._beat)

    def report(self) -> dict[str, float]:
        self._next.cancel()
        late = sorted(self._late)
        return {
            "longest": late[-1] * 1e3,
            "p99": percentile(late, 0.99) * 1e3,
            "share": 100 * (process_time() - self._used) / (perf_counter() - self._since),
        }


class Counts(NamedTuple):
    decided: int
    frames: int
    p50: float
    p99: float


class Flowing(Protocol):
    """A client whose edits get verdicts."""

    async def burst(self, edits: range) -> None: ...

    def counts(self) -> Counts: ...

    async def close(self) -> object: ...


class Rooms:
    """By the package."""

    def __init__(self, client: syncline.Client, room: syncline.Room) -> None:
        self._client, self._room = client, room
        self.close = client.close

    @classmethod
    async def open(cls, url: str) -> "Rooms":
        client = await syncline.connect(url)
        room = client.room("bench")
        await room.ready()
        return cls(client, room)

    async def burst(self, edits: range) -> None:
        for edit in edits:
            self._room.set(f"key/{edit % KEYS:05}", value_of(edit))

    def counts(self) -> Counts:
        told = self._client.metrics()
        decided = told["total"] + told["coalesced"] - told["queue_depth"]
        latency = told["latency"]
        return Counts(decided, told["pushes"], latency["p50_ms"], latency["p99_ms"])


class ByHand:
    """By hand: no versions, no verdicts, no rollback, no queue for when it is offline."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._held: dict[str, Any] = {}
        self._sent: dict[int, float] = {}
        self._latency: list[float] = []
        self._edits = 0
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str) -> "ByHand":
        return cls(await open_socket(url, compression=None))

    async def _read(self) -> None:
        async for message in self._socket:
            applied = orjson.loads(message)["applied"]
            self._latency.append(perf_counter() - self._sent.pop(applied))

    async def burst(self, edits: range) -> None:
        for edit in edits:
            self._edits += 1
            key, value = f"key/{edit % KEYS:05}", value_of(edit)
            self._held[key] = value
            self._sent[self._edits] = perf_counter()
            await self._socket.send(orjson.dumps({"edit": self._edits, "key": key, "value": value}))

    def counts(self) -> Counts:
        latency = sorted(self._latency) or [0.0]
        p50, p99 = percentile(latency, 0.5) * 1e3, percentile(latency, 0.99) * 1e3
        return Counts(len(self._latency), self._edits, p50, p99)

    async def close(self) -> None:
        await self._socket.close()


async def flow(client: Flowing) -> None:
    """Edits in bursts, as many as are due."""
    start, made = perf_counter(), 0
    while True:
        due = int((perf_counter() - start) * RATE)
        await client.burst(range(made, due))
        made = due
        await asyncio.sleep(BURST_SECONDS)


async def serve_by_hand(ready: Callable[[int], Awaitable[None]]) -> None:
    held: dict[str, Any] = {}

    async def attach(socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in socket:
                edit = orjson.loads(message)
                held[edit["key"]] = edit["value"]
                await socket.send(orjson.dumps({"applied": edit["edit"]}))

    async with serve(attach, "127.0.0.1", 0, compression=None) as server:
        await ready(next(iter(server.sockets)).getsockname()[1])


async def serve_rooms(ready: Callable[[int], Awaitable[None]]) -> None:
    async with syncline.Server(lambda _: syncline.Grant("ada", write=True)) as server:
        await ready((await server.serve("127.0.0.1")).port)


async def far_side(way: str) -> None:
    """Tells its port, watches from the first line to the second, and tells its report."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def ready(port: int) -> None:
        print(port, flush=True)
        await lines.readline()
        watch = Watch()
        await lines.readline()
        print(json.dumps(watch.report()), flush=True)
        await lines.read()

    await (serve_by_hand if way == "hand" else serve_rooms)(ready)


async def near_side(way: str) -> None:
    pipe = asyncio.subprocess.PIPE
    far = await asyncio.create_subprocess_exec(
        sys.executable, os.path.abspath(__file__), "serve", way, stdin=pipe, stdout=pipe
    )
    assert far.stdin is not None and far.stdout is not None
    url = f"ws://127.0.0.1:{int(await far.stdout.readline())}"
    client: Flowing = await (ByHand if way == "hand" else Rooms).open(url)
    flowing = None if way == "idle" else asyncio.create_task(flow(client))
    await asyncio.sleep(WARM_SECONDS)

    far.stdin.write(b"begin\n")
    watch, start = Watch(), perf_counter()
    before = client.counts()
    await asyncio.sleep(RUN_SECONDS)
    mine, took = watch.report(), perf_counter() - start
    after = client.counts()
    far.stdin.write(b"end\n")
    theirs = json.loads(await far.stdout.readline())

    if flowing is not None:
        flowing.cancel()
        decided, frames = after.decided - before.decided, after.frames - before.frames
        print(f"edits with a verdict per second\t{decided / took:.0f}")
        print(f"edits per frame\t{decided / frames:.1f}")
        print(f"edit to verdict, p50, ms\t{after.p50:.1f}")
        print(f"edit to verdict, p99, ms\t{after.p99:.1f}")
    for side, report in (("client", mine), ("server", theirs)):
        print(f"{side}: longest block, ms\t{report['longest']:.1f}")
        print(f"{side}: p99 of blocks, ms\t{report['p99']:.1f}")
        print(f"{side}: share of a core, %\t{report['share']:.0f}")
    await client.close()
    far.stdin.close()
    await far.wait()


if __name__ == "__main__":
    ways = sys.argv[1:] or ["rooms"]
    asyncio.run(far_side(ways[1]) if ways[0] == "serve" else near_side(ways[0]))
