"""Interpreters that end, fork or multiply in the middle of everything: no crash, no hang, and what was told is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import syncline.sync
from scripts import SECONDS, run_script

#: How often each end is tried.
TIMES = 4

BEGINS = """
    import asyncio, atexit, os, sys, threading, time
    last = lambda: None
    atexit.register(lambda: last())  # before the package does, so that it runs after
    import syncline, syncline.sync
    folder = sys.argv[1]
    def may(request):
        return syncline.Grant(request.token, write=True)
"""

#: Everything open, on threads.
SYNC = """
    server = syncline.sync.Server(may, storage=folder + "/rooms")
    url = f"ws://127.0.0.1:{server.serve().port}"
    client = syncline.sync.connect(url, token="ada", storage=folder + "/client")
    room = client.room("cart")
    room.set("first", 1).settled()
    changes = room.changes()
"""

#: The same on asyncio; `end` is what comes then.
ASYNC = """
    async def main():
        global client, server, room
        server = syncline.Server(may, storage=folder + "/rooms")
        listener = await server.serve("127.0.0.1")
        client = await syncline.connect(f"ws://127.0.0.1:{listener.port}", token="ada", storage=folder + "/client")
        room = client.room("cart")
        await room.set("first", 1).settled()
        waiting = asyncio.ensure_future(client.flush())
        await end()
"""

#: Threads that use the room until there is no process.
BUSY = """
    def busy():
        while True:
            room.set("k", time.monotonic())
            room.get("k")
    def start():
        for _ in range(4):
            threading.Thread(target=busy, daemon=True).start()
"""

ENDS = {
    "globals": SYNC,
    "threads that use it": SYNC + BUSY + "    start()\n",
    "an exit in a listener": SYNC
    + """
    room.on("change", lambda change: sys.exit(3))
    room.set("k", 1)
    """,
    "a cycle whose end uses it": SYNC
    + """
    class Holder:
        def __init__(self):
            self.itself, self.client, self.room = self, client, room
        def __del__(self):
            try:
                self.room.set("late", 1)
                self.client.close()
            except syncline.SynclineError:
                pass
    held = Holder()
    del client, room, server, changes
    """,
    "what runs after all else": SYNC
    + """
    def last():
        for use in (lambda: room.get("first"), lambda: room.set("late", 1), client.close, server.close):
            try:
                use()
            except syncline.SynclineError:
                pass
    """,
    "asyncio": ASYNC
    + """
    async def end():
        pass
    asyncio.run(main())
    """,
    "asyncio and threads that use it": ASYNC
    + BUSY
    + """
    async def end():
        start()
        await asyncio.sleep(0)
    asyncio.run(main())
    """,
    "an event loop on a thread": ASYNC
    + """
    inside = threading.Event()
    async def end():
        inside.set()
        while True:
            room.set("k", 1)
            await asyncio.sleep(0)
    threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
    inside.wait()
    """,
    "no word to anybody": SYNC + BUSY + "    start()\n    os._exit(0)\n",
}


def left(script: str, folder: Path) -> tuple[int, str]:
    """How a script ended, and what it said of crashes; others' words about a loop that is gone are theirs."""
    folder.mkdir()
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(script), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 2, check=False)
    with syncline.sync.Server(lambda _request: None, storage=folder / "rooms") as server:
        assert server.room("cart").get("first") == 1
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("end", ENDS)
def test_an_interpreter_ends_with_everything_open(end: str, tmp_path: Path) -> None:
    script = BEGINS + ENDS[end]
    with ThreadPoolExecutor(2) as several:
        ended = list(several.map(lambda at: left(script, tmp_path / str(at)), range(TIMES)))
    for code, said in ended:
        assert code == 0, said
        assert "Fatal" not in said, said


def test_a_second_interpreter_is_refused_and_does_the_first_no_harm() -> None:
    said = run_script("""
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        from syncline.handle import ClientHandle
        client = ClientHandle.automatic()
        room = client.open("cart")
        for _ in range(3):
            other = interpreters.create()
            interpreters.run_string(other, '''if True:
                try:
                    import syncline.handle
                except ImportError as error:
                    print(error, flush=True)
            ''')
            interpreters.destroy(other)
            client.set(room, "a", 1)
        print(client.close())
    """)
    *refusals, pending = said.splitlines()
    assert len(refusals) == 3
    assert all("another interpreter" in refusal for refusal in refusals)
    assert pending == "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of POSIX")
def test_a_child_that_is_forked_off_busy_threads_ends() -> None:
    """Whichever lock a thread held at that moment."""
    run_script(
        "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
        + textwrap.dedent("""
        import os, threading
        import syncline.sync
        from syncline import ForkedProcessError
        client = syncline.sync.connect("ws://127.0.0.1:9")
        room = client.room("cart")

        def busy():
            while True:
                room.set("k", 1)
                room.get("k")

        for _ in range(4):
            threading.Thread(target=busy, daemon=True).start()
        for _ in range(20):
            child = os.fork()
            if child == 0:
                refused = 0
                for use in (lambda: room.set("k", 2), lambda: room.get("k"), client.close):
                    try:
                        use()
                    except ForkedProcessError:
                        refused += 1
                os._exit(refused)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        os._exit(0)
        """)
    )
