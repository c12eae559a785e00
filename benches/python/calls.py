"""What calls cost in Python: `name<TAB>nanoseconds` lines, each the least of several rounds, under the names of
the programs beside it.

`calls.py rooms|handles|hand`: through the classes of applications, through the handles, or as somebody would
write it by hand: a dict, and messages by orjson.
"""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter_ns
from typing import Any, Protocol

import orjson
import syncline
from syncline.handle import ClientHandle, Edits, ServerHandle

ROUNDS = 30
"""Of ten milliseconds or so each, so that some are not disturbed."""
OBJECT = {"name": "tea", "price": 4, "tags": ["green", "loose"]}


def measure(name: str, calls: int, work: Callable[[int], None]) -> None:
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter_ns()
        work(calls)
        best = min(best, (perf_counter_ns() - start) / calls)
    print(f"{name}\t{best:.1f}", flush=True)


def measure_room(get: Callable[[str], Any], set_: Callable[[str, Any], object]) -> None:
    """The calls on one room; every language measures these."""
    set_("visits", 1)
    set_("items", OBJECT)

    def get_integer(calls: int) -> None:
        for _ in range(calls):
            get("visits")

    def get_object(calls: int) -> None:
        for _ in range(calls):
            get("items")

    def set_integer(calls: int) -> None:
        for call in range(calls):
            set_("visits", call)

    def set_object(calls: int) -> None:
        for _ in range(calls):
            set_("items", OBJECT)

    measure("get an integer", 60_000, get_integer)
    measure("get a 50 B object", 15_000, get_object)
    measure("set an integer", 10_000, set_integer)
    measure("set a 50 B object", 5_000, set_object)


class Pairing(Protocol):
    """A client and a server that hand their frames to each other."""

    def connect(self) -> None:
        """Another client, until it knows the room's state."""

    def change(self) -> None:
        """A write of the server, until the client has told of it."""


def measure_pair(pair: Pairing) -> None:
    pair.connect()

    def change(calls: int) -> None:
        for _ in range(calls):
            pair.change()

    def connect(calls: int) -> None:
        for _ in range(calls):
            pair.connect()

    measure("a change told: write, frame, event", 1_500, change)
    measure("connect: greet, join, first state", 300, connect)


class Pair:
    """By the handles."""

    def __init__(self) -> None:
        self._server = ServerHandle.manual("{}", "volatile", bytes([1]) * 32, 0)
        self._room = self._server.room_open("bench")
        self._client = new_client()
        self._conn = 0

    def connect(self) -> None:
        self._client.close()
        if self._conn > 0:
            self._server.disconnected(self._conn)
        self._client = new_client()
        self._client.open("bench")
        self._conn += 1
        self._client.connected("token")
        self._server.connected(self._conn)
        while not self._pump():
            pass

    def change(self) -> None:
        edits = Edits()
        edits.add("visits", 1)
        self._server.room_write(self._room, edits)
        while not self._pump():
            pass

    def _pump(self) -> bool:
        """Carries out what both want, and says whether the client told of a change or that it is ready."""
        server, client = self._server, self._client
        outputs: list[Any] = server.drain()
        for output in outputs:
            if output.kind == "transmit":
                client.receive(output.bytes)
                server.writable(output.conn)
            elif output.kind == "authorize":
                server.grant(output.request, "ada", [""])
        told = False
        wanted: list[Any] = client.drain()
        for output in wanted:
            kind = output.kind
            if kind == "transmit":
                server.receive(self._conn, output.bytes)
            elif kind in ("change", "ready"):
                told = True
        return told


def new_client() -> ClientHandle:
    return ClientHandle.manual('{"durable":false}', bytes([2]) * 32, [], 0)


class HandPair:
    """By hand: no versions, no verdicts, no rollback, no queue for when it is offline."""

    def __init__(self) -> None:
        self._server: dict[str, Any] = {"visits": 0}
        self._client: dict[str, Any] = {}

    def connect(self) -> None:
        hello = orjson.loads(orjson.dumps({"token": "token", "room": "bench"}))
        state = orjson.dumps({"room": hello["room"], "state": self._server})
        self._client = orjson.loads(state)["state"]

    def change(self) -> None:
        value = self._server["visits"] + 1
        self._server["visits"] = value
        message = orjson.loads(orjson.dumps({"key": "visits", "value": value}))
        self._client[message["key"]] = message["value"]


async def rooms() -> None:
    async with syncline.connect("ws://127.0.0.1:9") as client:
        room = client.room("bench")
        measure_room(room.get, room.set)
        await client.close()


async def handles() -> None:
    client = ClientHandle.automatic()
    room = client.open("bench")
    measure_room(partial(client.get, room), partial(client.set, room))
    client.close()
    measure_pair(Pair())


async def hand() -> None:
    held: dict[str, Any] = {}

    def set_(key: str, value: Any) -> None:
        held[key] = value
        orjson.dumps({"key": key, "value": value})

    measure_room(held.get, set_)
    measure_pair(HandPair())


if __name__ == "__main__":
    ways = {"rooms": rooms, "handles": handles, "hand": hand}
    asyncio.run(ways[sys.argv[1] if len(sys.argv) > 1 else "rooms"]())
