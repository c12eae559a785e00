"""The same as server.mjs in Python: python server.py PORT DIRECTORY

The page comes from the standard library's HTTP server at the port, the rooms are at the next one.
"""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncline import AuthorizeRequest, DenyError, Grant, Server, SynclineError
from views import views_of

HERE = Path(__file__).parent
BUILT = HERE.parents[2] / "bindings-node/dist/browser"
NAME = re.compile(r"[a-z]{1,32}")
TYPES = {".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm"}


def read_goods() -> list[dict[str, Any]]:
    """The catalogue is a package of npm: Node reads it."""
    program = "import { goods } from './catalogue.mjs'\nconsole.log(JSON.stringify(goods))"
    command = ["node", "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, cwd=HERE, check=True, capture_output=True).stdout)


def authorize(request: AuthorizeRequest) -> Grant | None:
    """Whoever says a name is let in under it, to the shop and to a room of their own: a real server wants proof."""
    if NAME.fullmatch(request.token) is None:
        raise DenyError("Unauthorized")
    return Grant(request.token, write=True) if request.room in ("shop", f"person-{request.token}") else None


class Page(BaseHTTPRequestHandler):
    def __init__(
        self,
        ask: Callable[[Coroutine[Any, Any, str]], str],
        rooms: Server,
        files: dict[str, tuple[bytes, str]],
        *args: Any,
    ) -> None:
        self.ask = ask
        self.rooms = rooms
        self.files = files
        super().__init__(*args)

    def do_GET(self) -> None:
        try:
            self.show()
        except SynclineError as error:  # such as a room's name that is none
            missing = error.code == "InvalidName"
            self.send_error(HTTPStatus.NOT_FOUND if missing else HTTPStatus.INTERNAL_SERVER_ERROR)

    def show(self) -> None:
        url = urlsplit(self.path)
        name = parse_qs(url.query).get("name", ["guest"])[0].lower()
        if url.path in self.files:
            self.answer(*self.files[url.path])
        elif url.path.startswith("/state/"):
            state = self.ask(self.rooms.room(url.path.removeprefix("/state/")).entries_json())
            self.answer(state.encode(), "application/json")
        elif NAME.fullmatch(name) is not None and url.path in ("/", "/fresh"):
            rendered = self.ask(self.rooms.html(f"person-{name}", "shop"))
            page = (HERE / "page/index.html").read_text() if url.path == "/" else "<!--view-->"
            sync = f"ws://127.0.0.1:{self.server.server_address[1] + 1}"
            page = page.replace("{name}", name).replace("{sync}", sync).replace("<!--view-->", rendered)
            self.answer(page.encode(), "text/html; charset=utf-8")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def read_files(goods: list[dict[str, Any]]) -> dict[str, tuple[bytes, str]]:
    files = {}
    for folder, path in ((HERE / "page", "/"), (BUILT, "/syncline/")):
        for file in folder.iterdir():
            if file.suffix in TYPES:
                files[path + file.name] = (file.read_bytes(), TYPES[file.suffix])
    for good in goods:
        drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{good["drawing"]}</svg>'
        files[f"/drawing/{good['id']}.svg"] = (drawing.encode(), "image/svg+xml")
    return files


async def main(port: str, storage: str) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    goods = read_goods()

    def ask(doing: Coroutine[Any, Any, str]) -> str:
        return asyncio.run_coroutine_threadsafe(doing, loop).result()

    # What is sold cannot be sold twice. Pages of this machine may connect, as this is at another port than they are.
    async with Server(
        authorize, storage=storage, policy={"stock/": "strict"}, views=views_of(goods), origins="*"
    ) as server:
        shop = server.room("shop")
        if await shop.get(f"stock/{goods[0]['id']}") is None:
            async with shop.batch() as batch:
                for good in goods:
                    batch.set(f"stock/{good['id']}", good["stock"])
        http = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Page, ask, server, read_files(goods)))
        await server.serve("127.0.0.1", http.server_port + 1)
        Thread(target=http.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{http.server_port}", flush=True)
        await stop.wait()
        http.shutdown()
        await server.wind_down(retry_after=0.5)


asyncio.run(main(*sys.argv[1:]))
