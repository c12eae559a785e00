"""A syncline server with rooms on disk: python server.py PORT DIRECTORY [POLICY_JSON]

Port 0 takes any free one. Commands on standard input; answers are JSON lines on standard output:

  load ROOM FILE   writes "key<TAB>json" lines into a room, as the host
  dump ROOM FILE   writes the room as one JSON object
  metrics          what was counted
  quit             stops: everything accepted is durable, clients are told to come back
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from syncline import AuthorizeRequest, DenyError, Grant, Server, ServerRoom


def authorize(request: AuthorizeRequest) -> Grant:
    if request.token == "":
        raise DenyError("Unauthorized")
    return Grant(request.token, write=True)  # any token is a name here, and may write: a real server wants proof


def answer(**message: object) -> None:
    print(json.dumps(message), flush=True)


async def load(room: ServerRoom, lines: list[str], size: int = 32) -> None:
    for start in range(0, len(lines), size):
        async with room.batch() as batch:
            for line in lines[start : start + size]:
                key, value = line.split("\t")
                batch.set(key, json.loads(value))
    answer(loaded=len(lines))


async def main(port: str, storage: str, policy: str = "{}") -> None:
    commands, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    loop.add_signal_handler(signal.SIGTERM, commands.feed_eof)
    async with Server(authorize, storage=storage, policy=json.loads(policy)) as server:
        answer(listening=(await server.serve("127.0.0.1", int(port))).port)
        async for command in commands:
            match command.decode().split():
                case ["load", room, file]:
                    await load(server.room(room), Path(file).read_text("utf-8").strip("\n").split("\n"))
                case ["dump", room, file]:
                    Path(file).write_text(await server.room(room).entries_json(), "utf-8")
                    answer(dumped=True)
                case ["metrics"]:
                    answer(metrics=server.metrics())
                case ["quit"]:
                    break
        await server.wind_down(retry_after=0.1)


asyncio.run(main(*sys.argv[1:]))
