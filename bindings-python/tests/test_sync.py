"""The face on threads: the same as on asyncio, and what only threads can do wrong."""

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import syncline
import syncline.sync
from syncline import Applied, ClosedError, ForkedProcessError, Grant, RefusedError, SynclineError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as open_socket
from websockets.sync.server import serve as open_listener
from world import FAST, SECONDS, anyone


class Threads:
    """One test's servers and clients on threads."""

    def __init__(self) -> None:
        self.closing: list[Callable[[], object]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def serve(self, authorize: Any = anyone, **options: Any) -> syncline.sync.Server:
        server = syncline.sync.Server(authorize, **options)
        self.closing.append(server.close)
        self.port = server.serve("127.0.0.1", self.port).port
        return server

    def client(self, token: Any = "ada", **options: Any) -> syncline.sync.Client:
        options.setdefault("timing", FAST)
        client = syncline.sync.connect(self.url, token=token, **options)
        self.closing.append(client.close)
        return client

    def room(self, token: Any = "ada", **options: Any) -> syncline.sync.Room:
        room = self.client(token, **options).room("cart")
        room.ready(SECONDS)
        return room


@pytest.fixture
def threads() -> Iterator[Threads]:
    """A world without anybody in it."""
    threads = Threads()
    yield threads
    for close in reversed(threads.closing):
        close()


class Heard:
    """The events of one name."""

    def __init__(self, target: Any, name: str, wanted: Callable[[Any], bool] = lambda _: True) -> None:
        self.first: Any = None
        self.some = threading.Event()
        self.wanted = wanted
        self.stop = target.on(name, self.listen)

    def listen(self, event: Any) -> None:
        if self.wanted(event) and not self.some.is_set():
            self.first = event
            self.some.set()

    def wait(self) -> Any:
        assert self.some.wait(SECONDS)
        self.stop()
        return self.first


def test_edits_batches_and_reads(threads: Threads) -> None:
    server = threads.serve()
    room = threads.room()
    edit = room.set("a", 1)
    assert room.get("a") == 1
    assert edit.settled(SECONDS) == Applied(1) == edit.verdict
    with room.batch() as batch:
        batch.set("b", [1, 2])
        batch.add("n", 1)
    assert batch.settled(SECONDS) == Applied(2)
    assert server.room("cart").entries() == [("a", 1), ("b", [1, 2]), ("n", 1)]
    assert server.room("cart").entries_json("b") == '{"b":[1,2]}' == room.entries_json("b")
    assert room.client.flush(SECONDS) == 0 and room.status == "synced"


def test_offline_then_online_then_the_server_comes_again(threads: Threads, tmp_path: Path) -> None:
    threads.port = 9
    client = threads.client(storage=tmp_path / "outbox")
    room = client.room("cart")
    edit = room.set("a", 1)
    with pytest.raises(TimeoutError):
        edit.settled(0.01)
    assert client.flush(0.01) == 1 and client.close() == 1 and client.close() == 1
    with pytest.raises(ClosedError):
        edit.settled()
    with pytest.raises(ClosedError):
        room.ready()
    threads.port = 0
    server = threads.serve(storage=tmp_path / "rooms")
    client = threads.client(storage=tmp_path / "outbox")
    room = client.room("cart")
    assert client.flush(SECONDS) == 0 and room.confirmed("a") == 1
    resumed = Heard(room, "resumed")
    server.close()
    later = room.set("b", 2)
    server = threads.serve(storage=tmp_path / "rooms")
    assert later.settled(SECONDS) == Applied(2)
    assert resumed.wait().resume == "delta"
    assert server.room("cart").keys() == ["a", "b"]


def stale(threads: Threads, server: syncline.sync.Server, **options: Any) -> tuple[Any, Any]:
    host = server.room("cart")
    host.set("stock/tea", 1)
    room = threads.room(debounce={"quiet_ms": 60_000, "max_wait_ms": 60_000}, **options)
    edit = room.set("stock/tea", 2)
    host.set("stock/tea", 3)
    room.client._handle.flush()
    return room, edit


def test_a_refused_edit_has_its_sides_and_resolvers_run(threads: Threads) -> None:
    server = threads.serve(policy={"stock/": "strict"})
    _, edit = stale(threads, server)
    verdict = edit.settled(SECONDS)
    assert (verdict.code, verdict.mine, verdict.base, verdict.theirs) == ("Stale", 2, 1, 3)
    _, edit = stale(threads, server, resolvers={"stock/": lambda conflict: conflict.theirs * 10})
    verdict = edit.settled(SECONDS)
    edit._room.client._handle.flush()
    assert isinstance(verdict.by, syncline.sync.Edit)
    assert isinstance(verdict.by.settled(SECONDS), Applied)
    assert server.room("cart").get("stock/tea") == 30

    def raises(_: Any) -> Any:
        raise KeyError("planted")

    room, edit = stale(threads, server, resolvers={"stock/": raises})
    assert edit.settled(SECONDS).by is None and room.get("stock/tea") == 3


def test_changes_and_watchers(threads: Threads) -> None:
    threads.serve()
    room, other = threads.room(), threads.room("bob")
    changes = room.changes("a/")
    assert changes.take(0.01) is None
    other.set("a/1", 1)
    assert next(changes).keys == {"a/1"}
    seen = threading.Event()
    room.watch("a/", lambda _: seen.set())
    room.set("a/2", 1)
    assert seen.wait(SECONDS)
    assert set((changes.take(SECONDS) or pytest.fail()).keys) == {"a/2"}
    reader = threading.Thread(target=lambda: list(changes))
    reader.start()
    room.close()
    reader.join(SECONDS)
    assert not reader.is_alive()
    again = threads.room().changes()
    again.close()
    assert list(again) == []


def test_listeners_run_on_a_thread_on_which_nothing_waits(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    threads.serve()
    reported: list[Any] = []
    told = threading.Event()

    def hook(arguments: Any) -> None:
        reported.append(arguments.exc_value)
        told.set()

    monkeypatch.setattr(threading, "excepthook", hook)
    room = threads.room()
    room.on("verdict", lambda _: room.set("b", 1).settled())
    heard = Heard(room, "verdict")
    assert room.set("a", 1).settled(SECONDS) == Applied(1)
    heard.wait()
    assert told.wait(SECONDS)
    assert isinstance(reported[0], SynclineError)

    async def function(_: Any) -> None: ...

    listener: Any = function
    for wrong in (
        lambda: room.on("change", listener),
        lambda: room.watch("", listener),
        lambda: syncline.sync.connect(threads.url, token=listener),
        lambda: syncline.sync.connect(threads.url, resolvers={"": listener}),
        lambda: syncline.sync.Server(listener),
    ):
        with pytest.raises(SynclineError):
            wrong()


def test_a_listener_may_close_its_client(threads: Threads) -> None:
    threads.serve()
    room = threads.room()
    closed = threading.Event()

    def close(_: Any) -> None:
        room.client.close()
        closed.set()

    room.on("verdict", close)
    room.set("a", 1)
    assert closed.wait(SECONDS)
    with pytest.raises(ClosedError):
        room.set("a", 2)


def test_token_functions(threads: Threads) -> None:
    threads.serve()
    calls: list[int] = []

    def token() -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("planted")
        return 7 if len(calls) == 2 else "ada"

    assert threads.room(token).set("a", 1).settled(SECONDS) == Applied(1)
    assert len(calls) == 3
    nobody = threads.client(None).room("cart")
    with pytest.raises(RefusedError):
        nobody.ready(SECONDS)


def test_the_host_reads_and_writes(threads: Threads, tmp_path: Path) -> None:
    server = threads.serve(storage=tmp_path)
    with server.room("cart") as room:
        assert [room.set("a", {"b": 1}), room.merge("a", {"c": 2}), room.add("n", 2)] == [1, 2, 3]
        assert [room.insert("l", 0, "x"), room.insert("l", 1, "y")] == [4, 5]
        assert [room.move("l", 0, 1), room.replace("l", 0, "Y"), room.remove("l", 1)] == [6, 7, 8]
        assert room.delete("n") == 9 and room.version() == 9 and room.version_of("a") == 2
        assert room.get("l") == ["Y"] and room.get("none", 7) == 7 and room.version_of("none") == 0
        assert server.rooms() == ["cart"] and "cart" in repr(room)
        with room.batch() as batch:
            batch.set("x", 1)
        assert batch.version == 10
        with pytest.raises(KeyError), room.batch() as batch:
            raise KeyError("planted")
        with pytest.raises(RefusedError):
            room.set("x", 2, if_absent=True)
        tries: list[int] = []

        def double(view: syncline.EditView) -> None:
            tries.append(view.get("x"))
            if len(tries) == 1:
                room.set("x", 10)
            view.set("x", tries[-1] * 2)

        assert room.edit(double) == 12 and tries == [1, 10]
        assert room.edit(lambda view: view.get("x")) is None

        def never(view: syncline.EditView) -> None:
            view.get("x")
            room.add("x", 1)
            view.set("x", 0)

        with pytest.raises(RefusedError):
            room.edit(never)
        with pytest.raises(SynclineError):
            room.edit(lambda view: view.add("l", 1))
        assert room.report()["keys"] == 3 and room.presences() == {} and room.export()
        assert room.metrics()["refused"] >= 0
        room.renew()
        room.expire(3)
    closed = Heard(server, "closed")
    room.unload()
    assert closed.wait().room == "cart"
    room.delete_room()
    assert room.entries() == []


def test_a_room_that_cannot_be_opened_is_not_held(threads: Threads, tmp_path: Path) -> None:
    (tmp_path / "room-bad.log").write_bytes(b"x" * 100)
    server = threads.serve(storage=tmp_path)
    with pytest.raises(syncline.StorageError), server.room("bad"):
        pass
    assert server.rooms() == []


@pytest.mark.parametrize("kind", ["raises", "denies", "is wrong"])
def test_authorize_fails_closed(threads: Threads, kind: str) -> None:
    def authorize(_: syncline.AuthorizeRequest) -> Any:
        if kind == "raises":
            raise KeyError("planted")
        if kind == "denies":
            raise syncline.DenyError("Unauthorized")
        return "ada"

    threads.serve(authorize)
    client = threads.client()
    denied = Heard(client, "denied")
    client.room("cart")
    assert denied.wait().code == ("Unauthorized" if kind == "denies" else "Unavailable")


def test_pages_and_messages_that_are_refused(threads: Threads) -> None:
    server = threads.serve(limits={"frame_bytes": 4_096, "mutation_bytes": 2_048, "value_bytes": 1_024})
    evil = {"Origin": "http://evil.example"}
    with pytest.raises(InvalidStatus), open_socket(threads.url, additional_headers=evil):
        pass
    listener = syncline.sync.Listener(open_listener(server.attach, "127.0.0.1", 0))
    own = f"ws://127.0.0.1:{listener.port}"
    with open_socket(own, additional_headers=evil) as raw, pytest.raises(ConnectionClosed) as closed:
        raw.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    for url in (threads.url, own):
        with open_socket(url) as raw:
            raw.send(b"x" * 5_000)
            with pytest.raises(ConnectionClosed) as closed:
                raw.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    assert server.metrics()["frames_in"] == 0
    listener.close()


def test_questions_pause_and_resume_the_socket(threads: Threads) -> None:
    answer = threading.Event()

    def authorize(request: syncline.AuthorizeRequest) -> Grant:
        answer.wait(SECONDS)
        return Grant(request.token, write=True)

    server = threads.serve(authorize)
    joined = Heard(server, "joined")
    room = threads.client().room("cart")
    answer.set()
    room.ready(SECONDS)
    assert joined.wait().principal == "ada"


def test_a_slow_reader_does_not_grow_the_server(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.sync._sockets.CLOSE_SECONDS", 0.01)
    server = threads.serve()
    room = threads.room("slow")
    link = next(iter(server._links))
    attempt = room.client._attempt
    assert attempt is not None
    gate = threading.Event()
    receive = attempt.receive
    monkeypatch.setattr(type(attempt), "receive", lambda _, frame: (gate.wait(SECONDS), receive(frame)))
    host = server.room("cart")
    most = 0
    for number in range(300):
        host.set("big", f"{number}{'x' * 60_000}")
        most = max(most, link._sender._waiting)
    assert most <= 1
    server.close()
    gate.set()


def test_many_threads_use_one_client(threads: Threads) -> None:
    server = threads.serve()
    room = threads.room()

    def work(number: int) -> None:
        for each in range(50):
            room.add("n", 1)
            room.set(f"{number}/{each}", each).settled(SECONDS)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    assert room.client.flush(SECONDS) == 0
    assert server.room("cart").get("n") == 200
    assert len(room.keys()) == 201


def test_with_blocks(threads: Threads) -> None:
    server = threads.serve()
    with syncline.sync.connect(threads.url, token="ada") as client:
        client.room("cart").set("a", 1)
    assert server.room("cart").get("a") == 1
    with pytest.raises(KeyError), syncline.sync.connect(threads.url) as client:
        raise KeyError("planted")
    with syncline.sync.connect(threads.url) as client:
        client.close()
    with syncline.sync.Server(anyone) as short, pytest.raises(TimeoutError):
        short.wait_closed(0.01)
    short.wait_closed()
    short.close()
    with pytest.raises(ClosedError):
        short.serve()
    with pytest.raises(ClosedError):
        short.on("change", print)


def test_a_client_that_nobody_uses_goes(threads: Threads) -> None:
    threads.port = 9
    client = syncline.sync.connect(threads.url)
    handle = client._handle
    thread = client._pump._thread
    del client
    gc.collect()
    thread.join(SECONDS)
    assert not thread.is_alive()
    with pytest.raises(ClosedError):
        handle.pending_total()


def run(program: str, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-X", "dev", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS * 2, **options)


@pytest.mark.parametrize("online", [True, False])
def test_the_interpreter_ends_with_everything_open_in_silence(threads: Threads, online: bool) -> None:
    if online:
        threads.serve()
    program = """
import sys, syncline, syncline.sync
server = syncline.sync.Server(lambda request: syncline.Grant("ada", write=True))
server.serve()
client = syncline.sync.connect(sys.argv[1], token="ada")
room = client.room("cart")
room.set("a", 1)
if sys.argv[2] == "True":
    room.ready()
"""
    ended = run(program, threads.url if online else "ws://127.0.0.1:9", str(online))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("end", ["pass", "raise SystemExit"])
def test_asyncio_ends_with_a_client_open_in_silence(threads: Threads, end: str) -> None:
    threads.serve()
    program = f"""
import asyncio, sys, syncline
async def main():
    global client
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is not what is tested
    soon = dict(backoff_first_ms=0, backoff_most_ms=0)
    client = await syncline.connect(sys.argv[1], token="ada", timing=soon)
    room = client.room("cart")
    await room.ready()
    room.set("a", 1)
    {end}
asyncio.run(main())
"""
    ended = run(program, threads.url)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_ctrl_c_ends_a_wait() -> None:
    program = """
import os, signal, syncline.sync, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what was started in the background
client = syncline.sync.connect("ws://127.0.0.1:9")
edit = client.room("cart").set("a", 1)
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    edit.settled()
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = run(program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "interrupted\n", "")


def test_a_forked_child_is_refused_and_does_not_hang(threads: Threads) -> None:
    threads.port = 9
    client = threads.client()
    room = client.room("cart")
    edit = room.set("a", 1)
    changes = room.changes()
    server = threads.serve()
    with client._guard:  # as if another thread were in the middle of something
        child = os.fork()
        if child == 0:
            refused = 0
            uses: list[Callable[[], object]] = [
                lambda: room.set("a", 2),
                lambda: room.get("a"),
                edit.settled,
                room.ready,
                client.flush,
                client.close,
                lambda: changes.take(None),
                lambda: client.room("b"),
                server.close,
                lambda: server.room("x").get("a"),
            ]
            for use in uses:
                try:
                    use()
                except ForkedProcessError:
                    refused += 1
                except BaseException:
                    os._exit(100 + refused)
            os._exit(refused)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 10
    assert signal.SIGINT and room.get("a") == 1


def test_a_server_that_winds_down_tells_what_became_of_all_that_it_took(threads: Threads, tmp_path: Path) -> None:
    server = threads.serve(storage=tmp_path)
    room = threads.room(debounce={"quiet_ms": 0, "max_wait_ms": 0})
    gone = threading.Event()
    room.client.on("failed", lambda _: gone.set())
    edits = [room.add("n", 1) for _ in range(200)]
    server.wind_down(retry_after=0.02)
    assert gone.wait(SECONDS)
    assert server.room("cart").get("n") == room.confirmed("n")
    server.close()
    threads.serve(storage=tmp_path)
    for edit in edits:
        assert isinstance(edit.settled(SECONDS), Applied)
    assert room.confirmed("n") == 200
