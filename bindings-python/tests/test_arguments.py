"""What is wrong is refused where it is said, by every face."""

import asyncio
import functools
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import syncline
import syncline.sync
from scripts import run_script
from syncline import SynclineError
from test_client import offline
from world import SECONDS, World, heard


async def test_prefixes_and_listeners_of_a_wrong_type_are_refused_at_the_call(world: World) -> None:
    room: Any = await offline(world)
    for call in (
        lambda: room.watch(3, print),
        lambda: room.watch("a", 3),
        lambda: room.changes(3),
        lambda: room.resolve(3, 4),
        lambda: room.set(1, 2),
    ):
        with pytest.raises(TypeError):
            call()


async def test_a_feed_that_is_broken_stops_no_other(world: World) -> None:
    room = await offline(world)
    broken, changes = room.changes(), room.changes()
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    def fails() -> None:
        raise KeyError("planted")

    broken._feed.notify = fails
    room.set("a", 1)
    async with asyncio.timeout(SECONDS):
        assert (await anext(changes)).keys == {"a"}


@pytest.mark.parametrize("port", ["99999", "abc"])
async def test_a_port_that_is_none_is_refused(port: str) -> None:
    for connect in (syncline.connect, syncline.sync.connect):
        with pytest.raises(SynclineError) as refused:
            connect(f"ws://localhost:{port}")
        assert refused.value.code == "InvalidArgument"


async def test_an_event_says_why_a_connection_cannot_be_opened(world: World) -> None:
    world.port = 9
    client = await world.client()
    client.room("cart")
    failed = await heard(client, "failed")
    assert failed.code == "Unavailable" and failed.retries and "Error" in failed.actual


async def ask(*_: object) -> None:
    """What nobody awaits on threads."""


class Asks:
    """The same as an object."""

    async def __call__(self, *_: object) -> None: ...


@pytest.mark.parametrize("function", [ask, functools.partial(ask, 1), Asks(), functools.partial(Asks(), 1)])
def test_async_functions_in_every_dress_are_refused_on_threads(function: Any) -> None:
    with pytest.raises(SynclineError):
        syncline.sync.Server(function)


async def test_a_socket_that_comes_to_a_closed_server_is_not_accepted(world: World) -> None:
    server = await world.serve()
    await server.close()
    closed: list[Any] = []

    class Bare:
        headers: dict[str, str] = {}  # noqa: RUF012

        async def receive(self) -> Any: ...
        async def send_bytes(self, _: bytes) -> None: ...
        async def close(self, *arguments: Any) -> None:
            closed.append(arguments)

    await server.attach(Bare())
    assert closed == [(1013, "ShuttingDown")]


async def test_an_async_listener_that_still_runs_is_cancelled_at_the_end(world: World) -> None:
    room = await offline(world)
    begun, over = asyncio.Event(), asyncio.Event()

    async def listen(_: object) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    room.on("change", listen)
    room.set("a", 1)
    async with asyncio.timeout(SECONDS):
        await begun.wait()
        await room.client.close()
        await over.wait()


async def test_waits_that_are_given_up_leave_nothing_behind(world: World) -> None:
    room = await offline(world)
    edit = room.set("a", 1)
    for _ in range(3):
        assert await room.client.flush(0) == 1
        for wait in (edit.settled, room.ready):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await wait()
    client: Any = room.client
    assert (client._idle, room._waiting, edit._future._done_callbacks) == ([], [], [])  # type: ignore[attr-defined]
    room.close()
    assert client._rooms == {}


async def test_a_connect_that_is_cancelled_leaves_the_storage_free(tmp_path: Path) -> None:
    opening = asyncio.ensure_future(syncline.connect("ws://127.0.0.1:9", storage=tmp_path / "outbox")._open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    client = await syncline.connect("ws://127.0.0.1:9", storage=tmp_path / "outbox")
    assert await client.close() == 0


def test_a_package_without_its_native_module_says_what_to_do(tmp_path: Path) -> None:
    package = Path(syncline.__file__).parent
    shutil.copytree(package, tmp_path / "syncline", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    assert (
        run_script(
            """
        import sys
        sys.path.insert(0, sys.argv[1])
        try:
            import syncline
        except ImportError as error:
            print(error)
        """,
            str(tmp_path),
        ).count("pip install --force-reinstall syncline")
        == 1
    )


def test_names_of_events_are_checked_and_verdicts_typed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """
import syncline

async def use(room: syncline.Room, verdict: syncline.Verdict) -> None:
    room.on("change", lambda change: print(change.keys))
    if isinstance(verdict, syncline.Refused) and verdict.by is not None:
        await verdict.by.settled()
    room.on("chnage", print)
    room.on("change", lambda change: print(change.kyes))
"""
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(program)]
    cwd = Path(__file__).parents[1]
    told = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False).stdout
    wrong = [line.split(":")[1] for line in told.splitlines() if ": error:" in line]
    assert set(wrong) == {"8", "9"}, told


async def test_a_batch_without_edits_makes_none(world: World) -> None:
    room = await offline(world)
    with room.batch() as batch:
        pass
    assert room.pending == 0
    with pytest.raises(SynclineError):
        batch.edit  # noqa: B018
