"""A server for the tests in a browser: python server.py DIRECTORY POLICY_JSON ORIGINS_JSON

Says its port. Each line on standard input is a command, JSON words between tabs, and is answered by one line of JSON:
`entries ROOM`, `set ROOM KEY VALUE`. The end of the input ends it.
"""

import asyncio
import json
import logging
import sys

from syncline import AuthorizeRequest, DenyError, Grant, Server


def authorize(request: AuthorizeRequest) -> Grant:
    """As `authorize` in `harness.mjs`."""
    name, colon, prefixes = request.token.partition(":")
    if name in ("", "wrong"):
        raise DenyError("Unauthorized")
    return Grant(name, write=prefixes.split(",") if colon else True)


def answer(value: object) -> None:
    print(json.dumps(value), flush=True)


async def main(storage: str, policy: str, origins: str) -> None:
    commands, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    options = {"storage": storage, "policy": json.loads(policy), "origins": json.loads(origins)}
    async with Server(authorize, **options) as server:
        answer((await server.serve("127.0.0.1", 0)).port)
        async for line in commands:
            match [json.loads(word) for word in line.decode().strip("\n").split("\t")]:
                case ["entries", room]:
                    answer(json.loads(await server.room(room).entries_json()))
                case ["set", room, key, value]:
                    answer(await server.room(room).set(key, value))


logging.getLogger("syncline").setLevel(logging.ERROR)
asyncio.run(main(*sys.argv[1:]))
