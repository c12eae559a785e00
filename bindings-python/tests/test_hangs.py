"""Nobody who waits is forgotten on asyncio, whatever a function of the application, storage or a loop does."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest
import syncline
from scripts import run_script
from syncline import Applied, ClosedError, SynclineError
from test_client import stale
from world import FAST, SECONDS, World, anyone, heard

LONG = {"quiet_ms": 60_000, "max_wait_ms": 60_000}


def cancelled(*_: object) -> Any:
    """What the result of a cancelled task raises."""
    raise asyncio.CancelledError


async def test_a_listener_that_raises_cancelled_loses_no_other_output(world: World) -> None:
    await world.serve()
    room = await world.room()
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    for name in ("change", "verdict", "status"):
        room.on(name, cancelled)
    async with asyncio.timeout(SECONDS):
        assert await room.set("a", 1).settled() == Applied(1)
        assert await room.set("a", 2).settled() == Applied(2)
    assert reported and {type(each) for each in reported} == {asyncio.CancelledError}


def test_a_listener_that_exits_ends_the_loop_and_loses_no_other_output() -> None:
    told: list[str] = []

    def leave(_: object) -> None:
        raise SystemExit(7)

    async def run() -> None:
        async with syncline.connect("ws://127.0.0.1:9", timing=FAST) as client:
            room = client.room("cart")
            room.on("change", leave)
            room.on("change", lambda _: told.append("change"))
            room.set("a", 1)
            await asyncio.Event().wait()

    with pytest.raises(SystemExit) as ended:
        asyncio.run(run())
    assert ended.value.code == 7 and told == ["change"]


async def test_a_token_function_that_raises_cancelled_is_called_again(world: World) -> None:
    await world.serve()
    calls: list[None] = []

    def token() -> str:
        calls.append(None)
        if len(calls) == 1:
            cancelled()
        return "ada"

    client = await world.client(token)
    told = asyncio.ensure_future(heard(client, "error"))
    async with asyncio.timeout(SECONDS):
        await client.room("cart").ready()
        assert isinstance((await told).error, asyncio.CancelledError)


async def test_an_authorize_that_raises_cancelled_lets_nobody_in_and_answers(world: World) -> None:
    await world.serve(cancelled)
    client = await world.client()
    assert (await heard(client.room("cart"), "denied")).code == "Unavailable"


async def test_a_resolver_that_raises_cancelled_keeps_theirs(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})

    async def resolver(conflict: syncline.Conflict) -> Any:
        cancelled(conflict)

    room, edit = await stale(world, resolvers={"stock/": resolver})
    failed = asyncio.ensure_future(heard(room.client, "error"))
    await asyncio.sleep(0)
    room.client._handle.flush()
    async with asyncio.timeout(SECONDS):
        assert (await edit.settled()).by is None
    assert (await failed).what == "resolver"


class Hanging:
    """An `authorize` that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, _: syncline.AuthorizeRequest) -> syncline.Grant:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.over.set()
        raise AssertionError


@pytest.mark.parametrize("end", ["the client leaves", "the server closes"])
async def test_a_question_that_nobody_needs_answered_is_given_up(world: World, end: str) -> None:
    hanging = Hanging()
    server = await world.serve(hanging)
    client = await world.client()
    client.room("cart")
    async with asyncio.timeout(SECONDS):
        await hanging.asked.wait()
        await (client.close() if end == "the client leaves" else server.close())
        await hanging.over.wait()


async def test_an_authorize_that_takes_too_long_is_answered_for(world: World) -> None:
    server = await world.serve(Hanging(), authorize_timeout=0.01)
    told = asyncio.ensure_future(heard(server, "error"))
    client = await world.client()
    assert (await heard(client.room("cart"), "denied")).code == "Unavailable"
    assert isinstance((await told).error, TimeoutError)


async def test_ready_after_the_final_denial_fails_at_once(world: World) -> None:
    await world.serve(lambda _: None)
    client = await world.client()
    room = client.room("cart")
    denied = await heard(room, "denied")
    assert not denied.retries
    async with asyncio.timeout(SECONDS):
        for _ in range(2):
            with pytest.raises(SynclineError) as refused:
                await room.ready()
            assert refused.value.code == denied.code == "Forbidden"


async def test_settled_fails_when_its_room_is_closed_and_the_edit_is_kept(world: World) -> None:
    server = await world.serve()
    room = await world.room(debounce=LONG)
    client = room.client
    edit = room.set("a", 1)
    waiting = asyncio.ensure_future(edit.settled())
    await asyncio.sleep(0)
    room.close()
    async with asyncio.timeout(SECONDS):
        for wait in (waiting, edit.settled()):
            with pytest.raises(ClosedError):
                await wait
        assert client.pending == 1
        client.room("cart")
        assert await client.flush(SECONDS) == 0
    assert await server.room("cart").get("a") == 1


async def test_a_close_that_is_cancelled_ends_the_client_all_the_same(world: World, tmp_path: Path) -> None:
    world.port = 9
    client = await world.client(storage=tmp_path / "outbox")
    edit = client.room("cart").set("a", 1)
    closing = asyncio.ensure_future(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    async with asyncio.timeout(SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(ClosedError):
            await edit.settled()
        assert await client.close() == 1


FULL_DISK = """
    import asyncio, resource, sys, threading
    import syncline, syncline.sync

    def full(storage):
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
        return storage

    def told(error):
        assert isinstance(error, syncline.StorageError), error
        assert error.code == "StorageFailed", error.code

    async def main():
        async with syncline.connect("ws://127.0.0.1:9", storage=sys.argv[1]) as client:
            full(None)
            room = client.room("cart")
            failed = asyncio.get_running_loop().create_future()
            client.on("storage_failed", failed.set_result)
            ready = asyncio.ensure_future(room.ready())
            edit = room.set("a", "x" * 20_000)
            stored = asyncio.ensure_future(client.stored())
            told((await failed).error)
            for wait in (edit.settled(), ready, room.ready(), stored, client.stored()):
                try:
                    await wait
                except syncline.SynclineError as error:
                    told(error)
                else:
                    raise AssertionError
            try:
                room.set("b", 1)
            except syncline.SynclineError as error:
                told(error)
            assert await client.flush() > 0

    def threads():
        with syncline.sync.connect("ws://127.0.0.1:9", storage=sys.argv[1]) as client:
            full(None)
            room = client.room("cart")
            edit = room.set("a", "x" * 20_000)
            for wait in (edit.settled, room.ready, client.stored, lambda: room.set("b", 1)):
                try:
                    wait()
                except syncline.SynclineError as error:
                    told(error)
                else:
                    raise AssertionError
            assert client.flush() > 0

    import logging
    logging.disable(logging.CRITICAL)
    asyncio.run(main()) if sys.argv[2] == "asyncio" else threads()
"""


@pytest.mark.parametrize("face", ["asyncio", "threads"])
def test_everyone_is_told_when_storage_fails(tmp_path: Path, face: str) -> None:
    run_script(FULL_DISK, str(tmp_path / "outbox"), face)


def test_what_belongs_to_a_loop_that_has_ended_says_so(tmp_path: Path) -> None:
    made: list[Any] = []
    ports: list[Any] = []

    async def first() -> None:
        server = syncline.Server(anyone)
        listener = await server.serve("127.0.0.1")
        for port in (9, listener.port):
            storage = tmp_path / str(port)
            client = await syncline.connect(f"ws://127.0.0.1:{port}", token="ada", storage=storage, debounce=LONG)
            room = client.room("cart")
            if port != 9:
                await room.ready()
            made.append((client, room, room.set("a", 1), storage))
        made.append(server)
        ports.extend(each._sock for each in listener._listener.sockets)  # they stay with the loop

    async def second() -> None:
        server = made.pop()
        async with asyncio.timeout(SECONDS):
            for client, room, edit, storage in made:
                for wait in (edit.settled, client.flush):
                    with pytest.raises(ClosedError):
                        await wait()
                if client is made[0][0]:
                    with pytest.raises(ClosedError):
                        await room.ready()
                assert await client.close() == 1
                again = await syncline.connect("ws://127.0.0.1:9", storage=storage)
                assert await again.close() == 1
            with pytest.raises(ClosedError):
                await server.room("cart").get("a")
            await server.close()
            await server.close()
            for socket in ports:
                socket.close()

    asyncio.run(first())
    asyncio.run(second())
    gc.collect()


@pytest.mark.parametrize("how", ["set_token", "reconnect"])
async def test_a_token_function_that_hangs_is_given_up(world: World, how: str) -> None:
    await world.serve()
    asked = asyncio.Event()
    calls: list[None] = []

    async def token() -> str:
        calls.append(None)
        if len(calls) == 1:
            asked.set()
            await asyncio.Event().wait()
        return "ada"

    client = await world.client(token)
    room = client.room("cart")
    async with asyncio.timeout(SECONDS):
        await asked.wait()
        if how == "set_token":
            client.set_token("ada")
        else:
            client.reconnect()
        await room.ready()
    assert len(calls) == (1 if how == "set_token" else 2)


async def test_a_token_function_that_hangs_is_given_up_in_time(world: World) -> None:
    await world.serve()
    calls: list[None] = []

    async def token() -> str:
        calls.append(None)
        if len(calls) == 1:
            await asyncio.Event().wait()
        return "ada"

    client = await world.client(token, timing={**FAST, "stall_ms": 100})
    async with asyncio.timeout(SECONDS):
        await client.room("cart").ready()


@pytest.mark.parametrize("origins", ["https://app.example", b"*", [1], 7])
async def test_origins_that_are_one_text_are_refused(origins: Any) -> None:
    for make in (syncline.Server, syncline.sync.Server):
        with pytest.raises(SynclineError) as refused:
            make(anyone, origins=origins)
        assert refused.value.code == "InvalidArgument"
