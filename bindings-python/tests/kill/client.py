"""A client that writes until it is told to stop: client.py URL FILE ROOM NAME LIFE.

It writes and says the same as the one in Node, which tells more about that.
"""

import asyncio
import os
import sys
from contextlib import suppress

import syncline

LISTED = 10
WAITING_MOST = 400
PADDING = "x" * 200


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def tell_what_is_wrong(client: syncline.Client) -> None:
    """Also of edits that an earlier process made, which nobody awaits."""
    client.on("unknown", lambda event: say(f"w unknown {event.code}"))
    client.on("refused", lambda event: say(f"w refused {event.code}"))
    client.on("diverged", lambda _: say("w diverged"))
    client.on("denied", lambda event: None if event.retries else say(f"w denied {event.code}"))
    client.on("storage_failed", lambda event: say(f"w error {event.error}"))


async def report(batch: syncline.Batch, name: str) -> None:
    verdict = await batch.settled()
    say(f"a {name}" if isinstance(verdict, syncline.Applied) else f"w {verdict} {name}")


async def report_stored(client: syncline.Client, name: str) -> None:
    with suppress(syncline.ClosedError):
        await client.stored()
        say(f"d {name}")


async def write(room: syncline.Room, client: syncline.Client, me: str, life: str, stop: asyncio.Event) -> None:
    number = 0
    reports = set()
    while not stop.is_set():
        name = f"{life}.{number}"
        say(f"m {name}")
        with room.batch() as batch:
            batch.set(f"write/{me}/{name}", PADDING)
            batch.add(f"sum/{me}", 1)
            if number % LISTED == 0:
                batch.insert(f"list/{me}", len(room.get(f"list/{me}", [])), name)
        reports.add(asyncio.ensure_future(report(batch, name)))
        reports.add(asyncio.ensure_future(report_stored(client, name)))
        number += 1
        await asyncio.sleep(0.02 if client.pending > WAITING_MOST else 0.001)


async def main(url: str, storage: str, name: str, me: str, life: str) -> None:
    commands, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    timing = {"backoff_first_ms": 5, "backoff_most_ms": 50}
    debounce = {"quiet_ms": 2, "max_wait_ms": 10}
    async with syncline.connect(url, token=me, storage=storage, timing=timing, debounce=debounce) as client:
        tell_what_is_wrong(client)
        room = client.room(name)
        stop = asyncio.Event()
        writing = asyncio.ensure_future(write(room, client, me, life, stop))
        await commands.readline()
        stop.set()
        await writing
        say(f"s {await client.flush(timeout=30)}")


asyncio.run(main(*sys.argv[1:]))
