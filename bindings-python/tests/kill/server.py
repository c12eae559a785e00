"""A server that says its port: server.py PORT DIRECTORY."""

import asyncio
import json
import sys

import syncline


async def main(port: str, directory: str) -> None:
    async with syncline.Server(lambda request: syncline.Grant(request.token, write=True), storage=directory) as server:
        listener = await server.serve("127.0.0.1", int(port))
        print(json.dumps({"port": listener.port}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
