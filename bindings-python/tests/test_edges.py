"""What hardly ever happens: broken handles, late answers, odd requests."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest
import syncline
import syncline.sync
from syncline import ClosedError, InternalError, SynclineError
from syncline._guard import pending, settle
from syncline._origin import allowed, find_headers
from test_sync import Threads, threads
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed
from world import SECONDS, World, anyone, heard

_ = threads


class Broken:
    """A handle that panicked, for whoever drains it."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def drain(self, _: int = 0) -> list[Any]:
        raise InternalError("Poisoned")

    def pending_total(self) -> int:
        raise InternalError("Poisoned")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.handle, name)


async def test_a_client_whose_engine_broke_tells_everyone(world: World) -> None:
    world.port = 9
    client = await world.client()
    room = client.room("cart")
    edit = room.set("a", 1)
    ready = asyncio.ensure_future(room.ready())
    await asyncio.sleep(0)
    handle = client._handle
    client._handle = client._pump._handle = Broken(handle)  # type: ignore[assignment]
    client._pump.run()
    for wait in (edit.settled(), ready):
        with pytest.raises(InternalError):
            await wait
    assert await client.close() == 1
    with pytest.raises(ClosedError):
        handle.close()  # so is its storage


def test_the_same_on_threads(threads: Threads) -> None:
    threads.port = 9
    client = threads.client()
    edit = client.room("cart").set("a", 1)
    handle = client._handle
    client._handle = client._pump._handle = Broken(handle)  # type: ignore[assignment]
    client._pump.post(lambda: None)
    with pytest.raises(InternalError):
        edit.settled(SECONDS)
    assert client.close() == 1
    with pytest.raises(ClosedError):
        handle.close()


async def test_an_output_that_cannot_be_routed_is_reported(world: World) -> None:
    world.port = 9
    client = await world.client()
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    client._pump._handle = SimpleNamespace(drain=iter([[SimpleNamespace(kind="odd")], []]).__next__)
    client._pump.run()
    await asyncio.sleep(0)
    assert "odd" in reported[0]["message"]


def test_the_same_on_a_thread(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    threads.port = 9
    client = threads.client()
    told = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: told.set())
    outputs = iter([[SimpleNamespace(kind="odd")]])
    handle = client._pump._handle
    client._pump._handle = SimpleNamespace(drain=lambda: next(outputs, []))
    client._pump.post(lambda: None)
    assert told.wait(SECONDS)
    client._pump._handle = handle


async def test_events_of_rooms_that_are_not_known_are_nobodys(world: World) -> None:
    world.port = 9
    client = await world.client()
    room = client.room("cart")
    client._rooms.clear()
    told: list[Any] = []
    for name in syncline._on.ROOM_EVENTS:
        client.on(name, told.append)
    base = dict.fromkeys(("draft", "verdict", "code", "op", "version", "key", "mine", "base", "theirs"))
    kinds = ("verdict", "refused", "conflict", "unknown", "change", "ready", "resumed", "diverged", "denied")
    for kind in (*kinds, "status", "presence"):
        client.route(SimpleNamespace(kind=kind, room=room._number, **base))  # type: ignore[arg-type]
    assert told == []


async def test_divergence_and_failed_storage_are_told(world: World) -> None:
    world.port = 9
    client = await world.client()
    room = client.room("cart")
    diverged = asyncio.ensure_future(heard(room, "diverged"))
    failed = asyncio.ensure_future(heard(client, "storage_failed"))
    await asyncio.sleep(0)
    client.route(SimpleNamespace(kind="diverged", room=room._number))  # type: ignore[arg-type]
    client.route(SimpleNamespace(kind="storage_failed", room=None))  # type: ignore[arg-type]
    assert (await diverged).room is room
    assert (await failed).error is None


async def test_answers_that_come_too_late_are_nobodys(world: World) -> None:
    world.port = 9
    client = await world.client()
    room = client.room("cart")
    conflict = syncline.Conflict(room, 7, "a", "Stale", 1, 2, 3)
    client._answer(room, conflict, 5)
    client._give_up(room, conflict, KeyError("planted"))
    await client.close()
    client._answer(room, conflict, 5)
    client._tell_idle()
    attempt = syncline._attempt.Attempt(client)
    client._attempt = attempt
    attempt.ended()
    attempt.ended()
    assert attempt.connected("token") is False
    attempt.receive(b"")
    server = await world.serve()
    await server.close()
    server._decide(1, syncline.Grant("ada", write=True))
    server._decide(1, None)
    server._drop(1)
    server._writable(1)
    assert server._receive(1, b"") is False
    carrier: Any = SimpleNamespace(request=None)
    with pytest.raises(ClosedError):
        server._admit(carrier)
    server._ended = False
    server._carriers[7] = carrier
    server._drop(7)
    for kind in ("transmit", "pause", "resume", "close", "written", "write_failed", "changed"):
        nobody = SimpleNamespace(kind=kind, conn=99, room=99, write=99)
        server.route(nobody)  # type: ignore[arg-type]
    server._ended = True


async def test_a_release_that_fails_for_another_reason_is_told(world: World) -> None:
    server = await world.serve()
    handle = server._handle

    def fails(_: int) -> None:
        raise InternalError("Poisoned")

    server._handle = SimpleNamespace(room_release=fails)  # type: ignore[assignment]
    with pytest.raises(InternalError):
        server._release(1)
    server._handle = handle


async def test_a_server_that_cannot_say_good_bye_ends_all_the_same(world: World) -> None:
    server = await world.serve()
    await world.room()
    server._handle.close()
    await server.close()
    with pytest.raises(ClosedError):
        server.room("x")


def test_a_server_on_threads_that_cannot_say_good_bye_ends_too(threads: Threads) -> None:
    server = threads.serve()
    server._handle.close()
    server.close()
    with pytest.raises(ClosedError):
        server.room("x")


async def test_a_room_that_cannot_be_opened_is_not_held(world: World, tmp_path: Any) -> None:
    (tmp_path / "room-bad.log").write_bytes(b"x" * 100)
    server = await world.serve(storage=tmp_path)
    with pytest.raises(syncline.StorageError):
        async with server.room("bad"):
            pass
    assert server.rooms() == []


async def test_an_attempt_under_way_is_dropped(world: World) -> None:
    world.port = 9
    asked = asyncio.Event()

    async def token() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    client = await world.client(token)
    client.room("cart")
    await asked.wait()
    attempt = client._attempt
    assert attempt is not None
    client.route(SimpleNamespace(kind="disconnect"))  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await attempt.carrier.task
    client.route(SimpleNamespace(kind="disconnect"))  # type: ignore[arg-type]
    client.route(SimpleNamespace(kind="transmit", bytes=b""))  # type: ignore[arg-type]


async def test_late_words_of_an_old_socket_reach_nobody(world: World) -> None:
    await world.serve()
    room = await world.room()
    current = room.client._attempt
    frames = room.client.metrics()["frames_in"]
    old = syncline._attempt.Attempt(room.client)
    old.receive(b"nonsense")
    old.ended()
    assert await room.set("a", 1).settled() == syncline.Applied(1)
    assert room.client._attempt is current and room.client.metrics()["frames_in"] > frames
    assert room.client.metrics()["resumed_delta"] == 0


async def test_a_socket_that_nobody_wants_any_more_is_dropped(world: World) -> None:
    await world.serve()
    client = await world.client()
    attempt = syncline._attempt.Attempt(client)
    link = syncline.client.Link(client, attempt)
    await link.run()
    assert link._socket is not None
    with pytest.raises(ConnectionClosed):
        await link._socket.recv()


def test_an_attempt_on_threads_that_nobody_wants_is_dropped(threads: Threads) -> None:
    threads.serve()
    client = threads.client()
    attempt = syncline._attempt.Attempt(client)
    link = syncline.sync.client.Link(client, attempt)
    link.send(b"nobody said that it is open")
    link.finish()
    link._run()
    assert link._sender is None


async def test_a_sender_that_fails_drops_its_socket(world: World) -> None:
    await world.serve()
    async with open_socket(world.url) as socket:
        client = await world.client()
        link = syncline.client.Link(client, syncline._attempt.Attempt(client))
        await socket.close()
        link.send(b"too late")
        await link._send_all(socket)
        assert not link._frames


def test_who_may_connect() -> None:
    class Several(dict[str, str]):
        def get(self, *_: Any) -> Any:
            raise LookupError("several values")

    assert not allowed(None, Several())
    assert not allowed(None, None) and allowed("*", None)
    assert not allowed(None, {"Origin": "http://a"}) and allowed(None, {"Origin": "http://A", "Host": "a"})
    assert not allowed(None, {"Origin": "", "Host": ""}) and not allowed(["https://a"], {"Origin": ""})
    assert find_headers(object()) is None
    assert find_headers(SimpleNamespace(request=SimpleNamespace(headers={"a": "b"}))) == {"a": "b"}


async def test_sockets_without_headers_are_refused(world: World) -> None:
    server = await world.serve()
    closed: list[Any] = []

    class Bare:
        async def receive(self) -> Any: ...
        async def send_bytes(self, _: bytes) -> None: ...
        async def close(self, *arguments: Any) -> None:
            closed.append(arguments)

    await server.attach(Bare())
    assert closed == [(1008, "Forbidden")]


async def test_a_guard_refuses_a_forked_child(world: World) -> None:
    world.port = 9
    client = await world.client()
    client._guard._forks += 1
    with pytest.raises(syncline.ForkedProcessError):
        client.room("cart")
    client._guard._forks -= 1


async def test_two_refused_edits_of_different_keys_have_their_own_sides(world: World) -> None:
    server = await world.serve(policy={"": "strict"})
    await server.room("cart").set("a", 1)
    await server.room("cart").set("b", 1)
    room = await world.room(debounce={"quiet_ms": 60_000, "max_wait_ms": 60_000})
    edits = [room.set("a", 10), room.set("b", 20)]
    await server.room("cart").set("a", 2)
    await server.room("cart").set("b", 3)
    room.client._handle.flush()
    verdicts: list[Any] = [await edit.settled() for edit in edits]
    sides = [(each.key, each.mine, each.base, each.theirs) for each in verdicts]
    assert sides == [("a", 10, 1, 2), ("b", 20, 1, 3)]


async def test_a_room_that_is_known_is_ready_at_once(world: World) -> None:
    await world.serve()
    room = await world.room()
    await room.ready()


async def test_what_refuses_an_edit_of_the_host_for_good_is_not_tried_again(world: World) -> None:
    server = await world.serve(limits={"room_keys": 1})
    room = server.room("cart")
    tries: list[int] = []

    def grow(view: syncline.EditView) -> None:
        tries.append(view.get("a", 0))
        view.set("a", 1).set("b", 2)

    with pytest.raises(syncline.RefusedError) as full:
        await room.edit(grow)
    assert (full.value.code, tries) == ("RoomFull", [0])


def test_nor_on_threads(threads: Threads) -> None:
    room = threads.serve(limits={"room_keys": 1}).room("cart")
    with pytest.raises(syncline.RefusedError) as full:
        room.edit(lambda view: view.set("a", 1).set("b", 2))
    assert full.value.code == "RoomFull"


async def test_a_client_that_is_closed_closes_its_socket(world: World) -> None:
    server = await world.serve()
    left = asyncio.ensure_future(heard(server, "left"))
    room = await world.room()
    link = next(iter(server._links))
    await room.client.close()
    await left
    await link.ended.wait()
    assert server._carriers == {}


async def test_a_client_whose_loop_ends_opens_no_other_socket(world: World) -> None:
    await world.serve()
    room = await world.room()
    attempt = room.client._attempt
    assert attempt is not None
    attempt.carrier.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt.carrier.task
    assert room.client._pump._stopped
    room.client._pump.run()
    assert room.client._attempt is None


def test_loops_of_several_threads_do_not_meet() -> None:
    """Each thread has a loop with a server and a client; verdicts are awaited from the other."""
    edits: list[syncline.Edit] = []
    both = threading.Barrier(2, timeout=SECONDS)
    results: list[Any] = []

    async def run() -> None:
        async with syncline.Server(anyone) as server:
            url = f"ws://127.0.0.1:{(await server.serve('127.0.0.1')).port}"
            async with syncline.connect(url, token="ada") as client:
                room = client.room("cart")
                await room.ready()
                edits.append(room.set("a", threading.get_ident()))
                await asyncio.to_thread(both.wait)
                results.append([await edit.settled() for edit in edits])
                await asyncio.to_thread(both.wait)
                assert room.get("a") == threading.get_ident()

    workers = [threading.Thread(target=asyncio.run, args=(run(),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    assert results == [[syncline.Applied(1), syncline.Applied(1)]] * 2


def test_a_server_belongs_to_the_first_loop_that_uses_it() -> None:
    server = syncline.Server(anyone)
    server._pump.wake()

    async def use() -> None:
        assert await server.room("cart").set("a", 1) > 0

    asyncio.run(use())
    with pytest.raises(SynclineError) as other:
        asyncio.run(use())
    assert other.value.code == "Closed"
    asyncio.run(server.close())


def test_small_things() -> None:
    assert repr(syncline.KEEP_MINE) == "syncline.KEEP_MINE"
    future = pending()
    settle(future, 1)
    settle(future, 2)
    assert future.result() == 1
    _, socket = syncline._start.open_client(
        "wss://x", storage=None, flight=None, resolvers=None, ssl="a context", headers=None, proxy=False
    )
    assert (socket["ssl"], socket["proxy"]) == ("a context", None)
    assert set(syncline.__all__) <= set(dir(syncline)) and set(syncline.sync.__all__) <= set(dir(syncline.sync))
    assert issubclass(ClosedError, SynclineError)


async def test_core_rooms_have_batches_of_their_own_face(world: World) -> None:
    world.port = 9
    room = (await world.client()).room("cart")
    with syncline._room.RoomCore.batch(room) as batch:
        batch.set("a", 1)
    assert batch.edit.keys == ("a",)
