"""The callback: nothing is lost, nobody deadlocks, and what it raises is seen."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest
from scripts import run_script
from syncline.handle import ClientHandle, ServerHandle

SECONDS = 30


def drained(client: ClientHandle) -> ClientHandle:
    while client.drain():
        pass
    return client


def test_it_is_called_once_until_all_is_polled() -> None:
    client = ClientHandle.automatic()
    room = client.open("cart")
    calls: list[int] = []
    client.set_wake(lambda: calls.append(threading.get_ident()))
    assert calls == [threading.get_ident()]
    client.set(room, "a", 1)
    assert len(calls) == 1
    assert client.poll() is not None
    client.set(room, "a", 2)
    assert len(calls) == 1
    drained(client)
    client.set(room, "a", 3)
    assert len(calls) == 2
    client.set_wake(None)
    drained(client)
    client.set(room, "a", 4)
    assert len(calls) == 2
    client.close()


def test_clear_drain_wait_loses_nothing() -> None:
    each, threads = 400, 4
    client = ClientHandle.automatic('{"limits":{"outbox_edits":100000}}')
    room = client.open("cart")
    woken = threading.Event()
    client.set_wake(woken.set)

    def produce(name: int) -> None:
        for number in range(each):
            client.set(room, f"{name}/{number}", number)

    producers = [threading.Thread(target=produce, args=(name,)) for name in range(threads)]
    for producer in producers:
        producer.start()
    seen: set[str] = set()
    while len(seen) < each * threads:
        assert woken.wait(SECONDS), "a lost wake"
        woken.clear()
        while outputs := client.drain(16):
            for output in outputs:
                seen.update(output.keys or ())
    for producer in producers:
        producer.join()
    client.close()


def test_an_engine_thread_calls_back() -> None:
    client = ClientHandle.automatic('{"timing":{"backoff_first_ms":1,"backoff_most_ms":2}}')
    client.open("cart")
    drained(client)
    woken = threading.Event()
    callers: set[int] = set()

    def wake() -> None:
        callers.add(threading.get_ident())
        woken.set()

    client.set_wake(wake)
    client.disconnected()
    for _ in range(20):
        kinds: list[str] = []
        while "connect" not in kinds:
            assert woken.wait(SECONDS), "a lost wake"
            woken.clear()
            while outputs := client.drain():
                kinds += [output.kind for output in outputs]
        client.disconnected()
    assert callers - {threading.get_ident()}
    client.close()


def test_what_it_raises_goes_to_the_hook_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: told.append((it.exc_type, it.object)))
    client = drained(ClientHandle.automatic())

    def wake() -> None:
        raise SystemExit(3)

    client.set_wake(wake)
    room = client.open("cart")
    client.set(room, "a", 1)
    assert told == [(SystemExit, wake)]
    assert client.get(room, "a") == 1
    drained(client)
    client.set_wake(5)  # type: ignore[arg-type]
    client.set(room, "a", 2)
    assert told[1:] == [(TypeError, 5)]
    client.close()


def test_it_may_use_replace_and_close_the_handle() -> None:
    client = drained(ClientHandle.automatic())
    room = client.open("cart")
    polled: list[str] = []

    def once() -> None:
        client.set_wake(None)
        while (output := client.poll()) is not None:
            polled.append(output.kind)
        client.set(room, "from inside", True)
        client.set_wake(last)

    def last() -> None:
        client.close()

    client.set_wake(once)
    assert "connect" in polled
    assert repr(client) == "<ClientHandle automatic, closed>"


def test_a_removed_callback_is_over_and_gone() -> None:
    """Whoever waits for it has let go of the interpreter, or this would never end."""
    run_script("""
        import gc, threading, weakref
        from syncline.handle import ClientHandle
        client = ClientHandle.automatic()
        room = client.open("cart")

        class Wake:
            def __init__(self):
                self.inside, self.go, self.over = threading.Event(), threading.Event(), False
            def __call__(self):
                self.inside.set()
                self.go.wait()
                self.over = True

        for number in range(50):
            while client.drain():
                pass
            wake = Wake()
            client.set_wake(wake)
            caller = threading.Thread(target=client.set, args=(room, "a", number))
            caller.start()
            wake.inside.wait()
            freer = threading.Thread(target=wake.go.set)
            freer.start()
            if number % 2:
                client.set_wake(None)
            else:
                client.set_wake(int)
            assert wake.over
            caller.join(), freer.join()
            gone = weakref.ref(wake)
            del wake, caller, freer
            assert gone() is None
        client.close()
    """)


def test_close_and_drop_wait_for_a_callback_without_the_interpreter() -> None:
    run_script("""
        import threading
        from syncline.handle import ClientHandle
        for way in ("close", "drop"):
            client = ClientHandle.automatic('{"timing":{"backoff_first_ms":1,"backoff_most_ms":1}}')
            client.open("cart")
            while client.drain():
                pass
            inside, go, over = threading.Event(), threading.Event(), []
            def wake():
                inside.set()
                go.wait()
                over.append(True)
            client.set_wake(wake)
            client.disconnected()
            while not inside.is_set():
                # Drained again, so that the engine's thread is the one that calls.
                inside.wait(1)
            freer = threading.Thread(target=go.set)
            freer.start()
            if way == "close":
                client.close()
            else:
                del client
            assert over
            freer.join()
    """)


def test_several_threads_set_and_remove_callbacks() -> None:
    server = ServerHandle.automatic()
    stop = threading.Event()
    counts = [0] * 3

    def change(number: int) -> None:
        def wake() -> None:
            counts[number] += 1

        while not stop.is_set():
            server.set_wake(wake)
            server.set_wake(None)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for number in range(100_000):
        room = server.room_open(f"room-{number}")
        while server.drain():
            pass
        server.room_release(room)
        if number > 500 and all(counts):
            break
    stop.set()
    for thread in threads:
        thread.join()
    server.set_wake(None)
    server.close()
    assert all(counts)
