"""The same as server.mjs in Python: python server.py PORT DIRECTORY

The page comes from the standard library's HTTP server at the port, the rooms are at the next one:
/config.json says so to the page.
"""

import asyncio
import json
import re
import signal
import subprocess
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from syncline import AuthorizeRequest, DenyError, Grant, Server

HERE = Path(__file__).parent
BUILT = HERE.parent.parent / "bindings-node/dist/browser"
ROOM = re.compile(r"(cart|todo)-[a-z0-9-]{1,32}")
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
}
BATCH = 32


def read_goods() -> list[dict[str, object]]:
    """The catalogue is a package of npm: Node reads it, with what there is to begin with."""
    program = (
        "import { catalogue, stockOf } from './catalogue.mjs'\n"
        "console.log(JSON.stringify(catalogue().map(good => ({ ...good, stock: stockOf(good.id) }))))"
    )
    command = ["node", "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, cwd=HERE, check=True, capture_output=True).stdout)


class Shop:
    """The rooms: each list has a shelf of its own, filled when somebody first asks for it."""

    def __init__(self, goods: list[dict[str, object]]) -> None:
        self.goods = goods
        self.shelves: dict[str, asyncio.Task[None]] = {}
        self.server: Server

    async def fill(self, name: str) -> None:
        room = self.server.room(name)
        if await room.get(f"stock/{self.goods[0]['id']}") is not None:
            return
        for start in range(0, len(self.goods), BATCH):
            async with room.batch() as batch:
                for good in self.goods[start : start + BATCH]:
                    batch.set(f"stock/{good['id']}", good["stock"])

    async def authorize(self, request: AuthorizeRequest) -> Grant | None:
        if request.token == "":
            raise DenyError("Unauthorized")
        if ROOM.fullmatch(request.room) is None:
            return None
        if request.room.startswith("cart-"):
            if request.room not in self.shelves:
                self.shelves[request.room] = asyncio.create_task(self.fill(request.room))
            await self.shelves[request.room]
        return Grant(request.token, write=True)  # any name is let in: a real server wants proof

    async def state(self, name: str) -> str:
        return await self.server.room(name).entries_json()


class Page(BaseHTTPRequestHandler):
    def __init__(self, shop: Shop, loop: asyncio.AbstractEventLoop, *args: object) -> None:
        self.shop = shop
        self.loop = loop
        self.files = {"/": HERE / "page/index.html"}
        for folder, path in ((HERE / "page", "/"), (BUILT, "/syncline/")):
            for file in folder.iterdir():
                if file.suffix in TYPES:
                    self.files[path + file.name] = file
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        room = path.removeprefix("/state/")
        if path in self.files:
            file = self.files[path]
            self.answer(file.read_bytes(), TYPES[file.suffix])
        elif path == "/catalogue.json":
            self.answer_json(self.shop.goods)
        elif path == "/config.json":
            self.answer_json({"sync": f"ws://127.0.0.1:{self.server.server_port + 1}"})  # type: ignore[attr-defined]
        elif path == "/files.json":
            self.answer_json([*self.files, "/catalogue.json", "/config.json"])
        elif path != room and ROOM.fullmatch(room) is not None:
            state = asyncio.run_coroutine_threadsafe(self.shop.state(room), self.loop).result()
            self.answer(state.encode(), "application/json")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def answer_json(self, value: object) -> None:
        self.answer(json.dumps(value).encode(), "application/json")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


async def main(port: str, storage: str) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    shop = Shop(read_goods())
    http = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Page, shop, loop))
    url = f"http://127.0.0.1:{http.server_port}"
    # What is sold cannot be sold twice, and nobody's words are written over unseen.
    policy = {"stock/": "strict", "title/": "strict"}
    async with Server(shop.authorize, storage=storage, policy=policy, origins=[url]) as server:
        shop.server = server
        await server.serve("127.0.0.1", http.server_port + 1)
        Thread(target=http.serve_forever, daemon=True).start()
        print(url, flush=True)
        await stop.wait()
        http.shutdown()
        await server.wind_down(retry_after=0.5)


asyncio.run(main(*sys.argv[1:]))
