"""Nobody who waits is forgotten on threads."""

import threading
from typing import Any

import pytest
import syncline
import syncline.sync
from scripts import run_script
from syncline import Applied, ClosedError
from test_sync import Heard, Threads, threads
from world import SECONDS

_ = threads


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_listener_that_raises_what_is_no_exception_stops_nobody(
    threads: Threads, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    threads.serve()
    room = threads.room()
    reported: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: reported.append(told.exc_type))

    def raises(_: object) -> None:
        raise kind

    for name in ("change", "verdict"):
        room.on(name, raises)
    assert room.set("a", 1).settled(SECONDS) == Applied(1)
    assert room.set("a", 2).settled(SECONDS) == Applied(2)
    assert set(reported) == {kind}


def test_a_hook_that_fails_stops_nobody(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    threads.serve()
    room = threads.room()

    def fails(_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(threading, "excepthook", fails)
    room.on("change", fails)
    assert room.set("a", 1).settled(SECONDS) == Applied(1)


def test_a_token_function_that_exits_is_called_again(threads: Threads) -> None:
    threads.serve()
    calls: list[None] = []

    def token() -> str:
        calls.append(None)
        if len(calls) == 1:
            raise SystemExit
        return "ada"

    threads.client(token).room("cart").ready(SECONDS)


def test_questions_that_hang_lock_nobody_out(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncline.sync._judges, "THREADS", 2)
    hanging = threading.Event()
    asked = threading.Semaphore(0)

    def authorize(request: syncline.AuthorizeRequest) -> syncline.Grant:
        if request.token == "hangs":
            asked.release()
            hanging.wait()
        return syncline.Grant(request.token, write=True)

    threads.serve(authorize)
    clients = [threads.client("hangs") for _ in range(2)]
    for client in clients:
        client.room("cart")
        assert asked.acquire(timeout=SECONDS)
    late = threads.client().room("cart")
    for client in clients:
        client.close()
    late.ready(SECONDS)
    hanging.set()


def test_an_authorize_that_takes_too_long_is_answered_for(threads: Threads) -> None:
    hanging = threading.Event()
    server = threads.serve(lambda _: hanging.wait(), authorize_timeout=0.01)
    told = Heard(server, "error")
    client = threads.client()
    denied = Heard(client, "denied")
    client.room("cart")
    assert denied.wait().code == "Unavailable"
    assert isinstance(told.wait().error, TimeoutError)
    hanging.set()


def test_the_interpreter_ends_with_an_authorize_that_hangs() -> None:
    run_script("""
        import threading, syncline.sync
        asked = threading.Event()
        def authorize(_):
            asked.set()
            threading.Event().wait()
        server = syncline.sync.Server(authorize)
        client = syncline.sync.connect(f"ws://127.0.0.1:{server.serve('127.0.0.1', 0).port}")
        client.room("cart")
        assert asked.wait(30)
        client.close()
        server.close()
    """)


def test_settled_fails_when_its_room_is_closed(threads: Threads) -> None:
    threads.port = 9
    room = threads.client().room("cart")
    edit = room.set("a", 1)
    room.close()
    with pytest.raises(ClosedError):
        edit.settled(SECONDS)


@pytest.mark.parametrize("how", ["set_token", "reconnect"])
def test_a_token_function_that_hangs_is_given_up(threads: Threads, how: str) -> None:
    threads.serve()
    asked, hanging = threading.Event(), threading.Event()

    def token() -> str:
        if not asked.is_set():
            asked.set()
            hanging.wait()
        return "ada"

    client = threads.client(token)
    room = client.room("cart")
    assert asked.wait(SECONDS)
    if how == "set_token":
        client.set_token("ada")
    else:
        client.reconnect()
    room.ready(SECONDS)
    hanging.set()
