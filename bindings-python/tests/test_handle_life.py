"""What becomes of handles: they end with their last reference, at exit, and never in another process."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scripts import run_script
from syncline.handle import MISSING, ClientHandle, Edits, Output, ServerHandle


def threads() -> int:
    """How many threads the process has, those of the engine among them."""
    return len(os.listdir("/proc/self/task"))


def threads_become(count: int) -> bool:
    """The system may list a thread for a moment after it was joined."""
    for _ in range(100_000):
        if threads() == count:
            return True
        os.sched_yield()
    return False


def test_the_last_reference_ends_the_thread() -> None:
    gc.collect()
    before = threads()
    for make in (ClientHandle.automatic, ServerHandle.automatic):
        handle: Any = make()
        handle.set_wake(lambda: None)
        gone = weakref.ref(handle)
        assert threads_become(before + 1)
        assert gone() is handle
        del handle
        assert gone() is None
        assert threads_become(before)


class Holder:
    """Holds a handle whose callback holds it in turn."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        handle.set_wake(self.wake)

    def wake(self) -> None:
        pass


@pytest.mark.parametrize("closed", [False, True])
def test_a_cycle_through_the_callback_is_collected(closed: bool) -> None:
    gc.collect()
    before = threads()
    for make in (ClientHandle.automatic, ServerHandle.automatic):
        holder = Holder(make())
        if closed:
            holder.handle.close()
        gone = weakref.ref(holder)
        gc.collect()
        assert gone() is holder
        del holder
        gc.collect()
        assert gone() is None
        assert threads_become(before)


def test_a_handle_in_use_is_not_collected() -> None:
    calls: list[int] = []
    client = ClientHandle.automatic()
    for number in range(5):
        client.set_wake(lambda number=number: calls.append(number))  # type: ignore[misc]
        gc.collect()
    assert calls == [0, 1, 2, 3, 4]
    client.close()


def test_live_objects_are_neither_pickled_nor_copied() -> None:
    client, server = ClientHandle.automatic(), ServerHandle.automatic()
    output = client.poll()
    assert isinstance(output, Output)
    for live in (client, server, Edits(), output):
        name = type(live).__name__
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"cannot pickle or copy '{name}'"):
                way(live)
    client.close()
    server.close()


def test_objects_cannot_be_made_changed_or_extended() -> None:
    client = ClientHandle.automatic()
    for kind in (ClientHandle, ServerHandle, Output, type(MISSING)):
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(TypeError):
            type("Sub", (kind,), {})
    with pytest.raises(AttributeError):
        client.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        client.poll().kind = "x"  # type: ignore[misc,union-attr]
    client.close()


def test_missing_is_one_false_object() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"
    for again in (pickle.loads(pickle.dumps(MISSING)), copy.copy(MISSING), copy.deepcopy([MISSING])[0]):
        assert again is MISSING


def test_what_is_shown_of_objects_has_no_tokens_and_no_values() -> None:
    server = ServerHandle.manual("{}", "volatile", bytes(32), 0)
    client = ClientHandle.manual("{}", bytes(32), [], 0)
    room = client.open("cart")
    client.set(room, "key", "a secret")
    client.connected("a token")
    server.connected(1)
    shown = [repr(client), repr(server), repr(Edits())]
    assert shown == ["<ClientHandle manual, open>", "<ServerHandle manual, open>", "<Edits, 0>"]
    for _ in range(3):
        for output in client.drain():
            shown.append(repr(output))
            if output.kind == "transmit":
                assert output.bytes is not None
                server.receive(1, output.bytes)
        for output in server.drain():
            shown.append(repr(output))
            if output.kind == "transmit":
                assert output.bytes is not None
                client.receive(output.bytes)
    assert "<Output change room=1>" in shown
    assert any("authorize" in line for line in shown)
    assert not any("secret" in line or "token" in line for line in shown)


def test_a_forked_child_is_told_and_does_not_hang(tmp_path: Path) -> None:
    script = """
        import gc, os, pathlib, sys
        from syncline.handle import ClientHandle, Edits, ServerHandle
        from syncline._errors import ClosedError, ForkedProcessError
        folder = pathlib.Path(sys.argv[1])
        client = ClientHandle.automatic(None, folder / "client")
        server = ServerHandle.automatic(None, folder / "rooms")
        manual = ClientHandle.manual("{}", bytes(32), [], 0)
        room = client.open("cart")
        client.set(room, "a", 1)
        client.set_wake(lambda: None)
        child = os.fork()
        if child == 0:
            calls = [
                lambda: client.get(room, "a"), lambda: client.set(room, "a", 2), client.poll, client.drain,
                client.close, lambda: client.set_wake(None), lambda: client.batch(room, Edits()),
                server.close, server.rooms, manual.close, manual.now,
            ]
            for call in calls:
                try:
                    call()
                except ForkedProcessError as error:
                    assert isinstance(error, ClosedError) and error.code == "Closed"
                else:
                    os._exit(3)
            assert repr(client) == "<ClientHandle automatic, of another process>"
            # The child's own handle works, on other storage.
            own = ClientHandle.automatic(None, folder / "child")
            own.set(own.open("cart"), "a", 1)
            assert own.close() == 1
            del client, server, manual
            gc.collect()
            sys.exit(7)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7, status
        assert client.get(room, "a") == 1
        assert client.close() == 1
        server.close()
    """
    # A fork in a process with threads is warned of; here it is what is tested.
    run_script(
        "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n" + unindented(script), str(tmp_path)
    )


def unindented(script: str) -> str:
    return "\n".join(line.removeprefix("        ") for line in script.splitlines())


ENDS = """
    import sys, threading, time
    from syncline.handle import ClientHandle
    client = ClientHandle.automatic('{"timing":{"backoff_first_ms":1,"backoff_most_ms":1}}')
    client.open("cart")
    main, inside = threading.get_ident(), threading.Event()

    def wake():
        if threading.get_ident() == main:
            return
        inside.set()
        for _ in range(%s):
            time.sleep(0.01)
        print("over", flush=True)

    while client.drain():
        pass
    client.set_wake(wake)
    client.disconnected()
    while not inside.wait(1):
        pass
"""


def test_the_interpreter_ends_while_the_engine_calls_back() -> None:
    assert run_script(ENDS % 20) == "over\n"


def test_a_callback_that_does_not_end_can_be_interrupted() -> None:
    """As a thread of Python's that does not end, it keeps the process until then."""
    # A program that is started in the background inherits that nobody interrupts it.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    script = heard + textwrap.dedent(ENDS % 10**9) + "print('ending', flush=True)\n"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ending\n"
        for _ in range(300):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
        ended = process.poll() is not None
        process.kill()
        assert ended
        assert process.stdout.read() == b""


def test_the_interpreter_ends_while_calls_come_all_the_time() -> None:
    for _ in range(5):
        run_script("""
            import threading
            from syncline.handle import ClientHandle
            config = '{"timing":{"backoff_first_ms":1,"backoff_most_ms":1}}'
            clients = [ClientHandle.automatic(config) for _ in range(8)]
            woken = threading.Event()
            for client in clients:
                client.open("cart")

                def wake(client=client):
                    kinds = [output.kind for output in client.drain()]
                    if "connect" in kinds:
                        client.disconnected()
                    woken.set()

                client.set_wake(wake)
                client.disconnected()

            def use():
                room = clients[0].open("cart")
                while True:
                    clients[0].add(room, "n", 1)

            threading.Thread(target=use, daemon=True).start()
            woken.wait()
        """)
