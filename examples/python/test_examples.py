"""Each example is started as a process, used as a person would, and told to end."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from syncline import Applied, Refused, SynclineError
from syncline.sync import Client, Room, connect

HERE = Path(__file__).parent
SECONDS = 60
"""After this a test has failed; nothing is expected to take as long."""


class Program:
    """A process of an example; one that does not answer in time is killed, which ends its output."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, HERE / words[0], *words[1:]],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.watchdog = threading.Timer(SECONDS, self.process.kill)
        self.watchdog.start()

    def lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        yield from iter(self.process.stdout.readline, "")

    def line(self, pattern: str) -> str:
        """The group of the next line that matches."""
        heard = []
        for line in self.lines():
            heard.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"no {pattern} in {heard}")

    def say(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def ask(self, kind: str, *words: str) -> Any:
        """The member of the next answer that has it."""
        if words:
            self.say(*words)
        return json.loads(self.line(f'^({{"{kind}":.*)'))[kind]

    def end(self) -> int:
        """Tells it to end; with which code it does."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(SECONDS)
        finally:
            self.watchdog.cancel()


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts programs that end with the test."""
    programs = []

    def begin(*words: str, **environment: str) -> Program:
        programs.append(Program(tmp_path, *words, **environment))
        return programs[-1]

    yield begin
    for program in programs:
        program.process.kill()
        program.wait()
        program.process.communicate()


def enter(port: str, token: str, storage: Path | None = None) -> tuple[Client, Room]:
    timing = {"backoff_first_ms": 2, "backoff_most_ms": 20}
    client = connect(f"ws://127.0.0.1:{port}/sync", token=token, storage=storage, timing=timing)  # type: ignore[arg-type]
    return client, client.room("shop")


def until(room: Room, event: str, condition: Callable[[], bool]) -> None:
    """Waits for the condition, which is looked at after each of these events."""
    heard: queue.SimpleQueue[object] = queue.SimpleQueue()
    stop = room.on(event, heard.put)
    while not condition():
        heard.get(timeout=SECONDS)
    stop()


def ask(port: str, token: str | None, method: str, path: str) -> tuple[int, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def start_shop(start: Start, port: str = "0") -> tuple[Program, str]:
    program = start("fastapi_app.py", PORT=port, ROOMS="rooms")
    return program, program.line(r"running on http://127\.0\.0\.1:(\d+)")


def test_the_shop_on_fastapi(start: Start, tmp_path: Path) -> None:
    app, port = start_shop(start)
    assert ask(port, None, "GET", "/stock")[0] == 401
    assert ask(port, "bob-token", "GET", "/stock") == (200, {"stock/tea": 5})
    with enter(port, "no-token")[0] as stranger, pytest.raises(SynclineError, match="Forbidden"):
        stranger.room("shop").ready(SECONDS)

    client, room = enter(port, "ada-token", tmp_path / "ada")
    with client:
        room.ready(SECONDS)
        assert room.get("stock/tea") == 5
        for key in ("stock/tea", "cart/bob/tea", "cart/adam/tea"):
            verdict = room.set(key, 99).settled(SECONDS)
            assert isinstance(verdict, Refused) and verdict.code == "Forbidden"

        def order(who: str, item: str) -> int:
            return ask(port, f"{who}-token", "POST", f"/orders/{item}")[0]

        assert order("ada", "tea") == 409
        for bad in (6, 0, -1, 1.5, "1", True, [1], {"count": 1}, None):
            assert isinstance(room.set("cart/ada/tea", bad).settled(SECONDS), Applied)
            assert order("ada", "tea") == 409
        assert isinstance(room.set("cart/ada/milk", 1).settled(SECONDS), Applied)
        assert order("ada", "milk") == 409
        assert isinstance(room.set("cart/ada/tea", 2).settled(SECONDS), Applied)
        assert order("bob", "tea") == 409
        status, sold = ask(port, "ada-token", "POST", "/orders/tea")
        assert status == 201
        until(room, "change", lambda: (room.version or 0) >= sold["version"])
        assert room.entries() == [("cart/ada/milk", 1), ("stock/tea", 3)]

        assert app.end() == 0
        until(room, "status", lambda: room.status != "synced")
        edit = room.set("cart/ada/tea", 3)
        again, _ = start_shop(start, port)
        assert isinstance(edit.settled(SECONDS), Applied)
        assert order("ada", "tea") == 201
        assert ask(port, "ada-token", "GET", "/stock") == (200, {"stock/tea": 0})
        assert again.end() == 0


def test_the_script(start: Start) -> None:
    app, port = start_shop(start)
    script = start("script.py", f"ws://127.0.0.1:{port}/sync", "ada-token", "ada")
    told = "".join(script.lines())
    assert script.wait() == 0, told
    assert "tea: 5 in stock" in told
    assert "the cart: {'cart/ada/tea': 2, 'cart/ada/visits': 1}" in told
    assert re.search(r"filling the cart: done, as of version \d+", told)
    assert re.search(r"the stock, for a moment: (1000|5)\n", told)  # a moment may be over at once
    assert "filling the stock: refused as Forbidden; stock/tea is 5, not 1000" in told
    assert told.splitlines()[-1] == "the stock: 5"
    assert app.end() == 0


def test_the_server_and_the_client_do_what_they_are_told(start: Start, tmp_path: Path) -> None:
    (tmp_path / "loaded.tsv").write_text('a\t1e3\nb\t{"2":"x","1":[1.50,1e21]}\n', "utf-8")
    edits = [
        'set\tb\t{"z":1,"y":"\\u00e9"}',
        'merge\tb\t{"z":null}',
        "add\ta\t-1",
        "set\t\uffee\t1",
        "set\t\U0001f600\t2",
    ]
    (tmp_path / "edits.tsv").write_text("".join(f"{edit}\n" for edit in edits), "utf-8")

    server = start("server.py", "0", "rooms", '{"":"strict"}')
    port = str(server.ask("listening"))
    assert server.ask("loaded", "load", "r", "loaded.tsv") == 2
    client = start("client.py", "127.0.0.1", port, "r", "ada")
    assert client.ask("restored") == 0
    assert client.ask("synced", "sync") is True
    assert client.ask("value", "get", "b") == {"2": "x", "1": [1.5, 1e21]}
    assert client.ask("value", "get", "c") is None
    assert server.ask("dumped", "dump", "r", "server.json") is True
    assert (tmp_path / "server.json").read_bytes() == b'{"a":1000,"b":{"2":"x","1":[1.5,1e+21]}}'

    assert client.ask("edited", "edits", "edits.tsv", "1000") == len(edits)
    client.say("set", "c", '{"a b": 1}')
    client.say("set", "c", "no JSON")
    client.say("delete", "a")
    client.ask("synced", "sync")
    want = '{"b":{"y":"é"},"c":{"a b":1},"\uffee":1,"\U0001f600":2}'.encode()
    for program, room in ((client, []), (server, ["r"])):
        assert program.ask("dumped", "dump", *room, "dump.json") is True
        assert (tmp_path / "dump.json").read_bytes() == want
    assert client.ask("pending", "pending") == 0
    assert client.ask("status", "status") == "synced"
    metrics = client.ask("metrics", "metrics")
    assert metrics["total"] + metrics["coalesced"] == 7
    assert server.ask("metrics", "metrics")["connections"] == 1

    server.say("quit")
    assert server.wait() == 0
    client.say("set", "offline", "true")
    client.ask("pending", "pending")
    assert client.end() == 0
    server = start("server.py", port, "rooms")
    server.ask("listening")
    later = start("client.py", "127.0.0.1", port, "r", "ada")
    assert later.ask("restored") == 1
    later.ask("synced", "sync")
    later.say("quit")
    assert later.wait() == 0
    server.ask("dumped", "dump", "r", "dump.json")
    assert json.loads((tmp_path / "dump.json").read_text("utf-8"))["offline"] is True
    assert server.end() == 0


@pytest.mark.parametrize("name", ["client.py", "fastapi_app.py", "script.py", "server.py"])
def test_it_is_short(name: str) -> None:
    lines = (HERE / name).read_text("utf-8").splitlines()
    assert len(lines) < 60
    assert all(len(line) <= 120 for line in lines)
