"""A server on asyncio: who may enter, what the host writes, and what sockets may do."""

import asyncio
import contextlib
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
import syncline
from prometheus_client.parser import text_string_to_metric_families
from syncline import Applied, ClosedError, Grant, RefusedError, SynclineError
from websockets.asyncio.client import connect as open_socket
from websockets.asyncio.server import serve as open_listener
from websockets.exceptions import ConnectionClosed, InvalidStatus
from world import SECONDS, World, anyone, heard


async def denied(world: World) -> str:
    """The code with which a client is kept out of a room."""
    client = await world.client()
    told = asyncio.ensure_future(heard(client, "denied"))
    await asyncio.sleep(0)
    client.room("cart")
    event = await told
    await client.close()
    return str(event.code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "Forbidden"),
        (False, "Forbidden"),
        (syncline.DenyError(), "Forbidden"),
        (syncline.DenyError("Unauthorized"), "Unauthorized"),
        (SynclineError("TooMany", "", ""), "TooMany"),
        (KeyError("planted"), "Unavailable"),
        ("a string", "Unavailable"),
        ({"principle": "ada"}, "Unavailable"),
        (Grant(""), "Unavailable"),
        (Grant("ada", write="cart/"), "Unavailable"),  # type: ignore[arg-type]
        (Grant("ada", write=[1]), "Unavailable"),  # type: ignore[list-item]
    ],
)
async def test_nobody_is_let_in_without_a_grant(world: World, answer: Any, code: str) -> None:
    def authorize(_: syncline.AuthorizeRequest) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    server = await world.serve(authorize)
    errors: list[Any] = []
    server.on("error", errors.append)
    assert await denied(world) == code
    assert bool(errors) == (code == "Unavailable")


async def test_grants_say_what_may_be_written(world: World) -> None:
    async def authorize(request: syncline.AuthorizeRequest) -> Any:
        await asyncio.sleep(0)
        return {"principal": request.token, "write": {"ada": ["a/"], "bob": False}[request.token]}

    await world.serve(authorize)
    ada = await world.room()
    assert isinstance(await ada.set("a/1", 1).settled(), Applied)
    refused = await ada.set("b/1", 1).settled()
    assert isinstance(refused, syncline.Refused)
    assert (refused.code, refused.key, refused.mine) == ("Forbidden", "b/1", 1)
    bob = await world.room(token="bob")
    with pytest.raises(RefusedError):
        for _ in range(100):
            bob.set("a/1", 1)
            await bob.client.flush(0.01)


async def test_the_host_reads_and_writes(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    room = server.room("cart")
    assert await room.set("a", {"b": 1}) == 1
    assert await room.merge("a", {"c": 2}) == 2
    assert await room.add("n", 2) == 3
    assert await room.insert("list", 0, "x") == 4
    assert await room.insert("list", 1, "y") == 5
    assert await room.move("list", 0, 1) == 6
    assert await room.replace("list", 0, "Y") == 7
    assert await room.remove("list", 1) == 8
    assert await room.get("list") == ["Y"] and await room.get("none", 7) == 7
    assert await room.delete("n") == 9
    assert await room.entries() == [("a", {"b": 1, "c": 2}), ("list", ["Y"])]
    assert await room.keys("l") == ["list"] and await room.version() == 9
    assert await room.version_of("a") == 2 and await room.version_of("none") == 0
    assert (await room.report())["keys"] == 2
    assert (await room.metrics())["applied"] >= 0
    assert isinstance(await room.export(), bytes) and await room.presences() == {}
    async with room:
        assert server.rooms() == ["cart"] and "cart" in repr(room)
    async with room.batch() as batch:
        batch.set("x", 1).add("n", 1).merge("a", {"d": 1}).delete("list").expect("x")
        batch.insert("l2", 0, 1).insert("l2", 1, 2).move("l2", 0, 1).replace("l2", 0, 3)
        batch.remove("l2", 1)
        assert len(batch) == 10
    assert batch.version == 10 and await room.get("l2") == [3]
    with pytest.raises(KeyError):
        async with room.batch() as batch:
            batch.set("x", 2)
            raise KeyError("planted")
    assert batch.version is None and await room.get("x") == 1
    with pytest.raises(SynclineError):
        async with room.batch():
            pass
    await room.expire(5)


async def test_conditions_of_the_host(world: World) -> None:
    server = await world.serve()
    room = server.room("cart")
    assert await room.set("a", 1, if_absent=True) == 1
    with pytest.raises(RefusedError) as refused:
        await room.set("a", 2, if_absent=True)
    assert refused.value.code == "Stale"
    assert await room.set("a", 2, if_version=1) == 2
    for stale in (
        room.merge("a", {}, if_version=1),
        room.add("a", 1, if_absent=True),
        room.delete("a", if_version=1),
        room.insert("a", 0, 1, if_version=1),
        room.remove("a", 0, if_version=1),
        room.move("a", 0, 0, if_version=1),
        room.replace("a", 0, 1, if_version=1),
    ):
        with pytest.raises(SynclineError):
            await stale
    assert await room.get("a") == 2


async def test_an_edit_of_what_was_read_is_made_again(world: World) -> None:
    server = await world.serve()
    room = server.room("cart")
    await room.set("n", 1)
    tries = 0

    async def double(view: syncline.EditView) -> None:
        nonlocal tries
        tries += 1
        before = view.get("n")
        if tries == 1:
            await room.set("n", 10)
        view.set("n", before * 2)
        view.set("log", view._read["n"])
        with pytest.raises(SynclineError):
            view.get("n")

    assert await room.edit(double) == 3
    assert (tries, await room.get("n")) == (2, 20)
    assert await room.edit(lambda view: view.get("n")) is None

    def raises(_: Any) -> None:
        raise KeyError("planted")

    with pytest.raises(KeyError):
        await room.edit(raises)

    async def never(view: syncline.EditView) -> None:
        view.get("n")
        await room.add("n", 1)
        view.set("n", 0)

    with pytest.raises(RefusedError):
        await room.edit(never)

    def wrong(view: syncline.EditView) -> None:
        view.add("list", 1)
        view.set("k" * 2_000, 1)

    with pytest.raises(SynclineError):
        await room.edit(wrong)


async def test_many_edits_at_once_lose_nothing(world: World) -> None:
    server = await world.serve()
    room = server.room("cart")

    def more(view: syncline.EditView) -> None:
        view.set("n", view.get("n", 0) + 1)

    await asyncio.gather(*(room.edit(more) for _ in range(20)))
    assert await room.get("n") == 20


async def test_a_write_that_waits_for_its_room_may_fail(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    await server.room("cart").set("a", 1)
    await server.room("cart").unload()
    closed = asyncio.ensure_future(heard(server, "closed"))
    await asyncio.sleep(0)
    if server.rooms():
        await closed
    number, opened = server._hold("cart")
    edits = syncline.HostEdits().set("a", 2, if_absent=True)
    with pytest.raises(RefusedError):  # at once, if the room is open by then
        await asyncio.wrap_future(server._write(number, edits._edits))
    await asyncio.wrap_future(opened)
    server._release(number)
    server._release(number)
    closed.cancel()


async def test_events_of_a_server(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    seen: dict[str, list[Any]] = {name: [] for name in ("opened", "joined", "left", "closed", "change")}
    for name, list_ in seen.items():
        server.on(name, list_.append)
    changed = asyncio.ensure_future(heard(server, "change"))
    left = asyncio.ensure_future(heard(server, "left"))
    await asyncio.sleep(0)
    room = await world.room()
    await room.set("a", 1).settled()
    change = await changed
    assert (change.room, change.keys, change.version, change.principals) == ("cart", {"a"}, 1, ("ada",))
    await room.client.close()
    visit = await left
    assert (visit.room, visit.principal, seen["joined"][0].principal) == ("cart", "ada", "ada")
    assert seen["opened"][0].room == "cart"
    closed = asyncio.ensure_future(heard(server, "closed"))
    await asyncio.sleep(0)
    await server.room("cart").unload()
    assert (await closed).room == "cart"
    with pytest.raises(SynclineError):
        server.on("no such event", print)


async def test_a_room_that_is_deleted_or_renewed(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    room = await world.room()
    await room.set("a", 1).settled()
    resumed = asyncio.ensure_future(heard(room, "resumed"))
    await asyncio.sleep(0)
    epoch = room.epoch
    await server.room("cart").renew()
    assert (await resumed).resume == "reset" and room.epoch != epoch and room.get("a") == 1
    gone = asyncio.ensure_future(heard(room, "denied"))
    await asyncio.sleep(0)
    await server.room("cart").delete_room()
    assert (await gone).code == "Deleted"
    assert await server.room("cart").entries() == []


async def test_what_was_granted_may_be_taken_back(world: World) -> None:
    allowed = True
    server = await world.serve(lambda request: Grant(request.token, write=True) if allowed else None)
    room = await world.room()
    gone = asyncio.ensure_future(heard(room, "denied"))
    await asyncio.sleep(0)
    allowed = False
    server.revoke("ada")
    assert (await gone).code in ("Forbidden", "Unauthorized")


async def test_a_damaged_room_fails_alone(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    for name in ("good", "bad"):
        for number in range(3):
            await server.room(name).set("a", number)
    with pytest.raises(syncline.StorageError):
        syncline.Server(anyone, storage=tmp_path)
    await server.close()
    path = tmp_path / "room-bad.log"
    damaged = bytearray(path.read_bytes())
    damaged[40] ^= 1
    path.write_bytes(damaged)
    world.port = 0
    server = await world.serve(storage=tmp_path)
    failed = asyncio.ensure_future(heard(server, "failed"))
    await asyncio.sleep(0)
    with pytest.raises(syncline.StorageError) as corrupt:
        await server.room("bad").get("a")
    assert corrupt.value.code == "StorageCorrupt" and (await failed).room == "bad"
    assert await server.room("good").get("a") == 2


async def test_a_record_that_no_sync_finished_is_dropped_and_told(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    await server.room("cart").set("a", 1)
    await server.close()
    with (tmp_path / "room-cart.log").open("ab") as file:
        file.write(b"half")
    world.port = 0
    server = await world.serve(storage=tmp_path)
    opened = asyncio.ensure_future(heard(server, "opened"))
    await asyncio.sleep(0)
    assert await server.room("cart").get("a") == 1
    assert (await opened).dropped_bytes >= 4  # zeros that the file had ahead of its next record count


@pytest.mark.parametrize(
    ("origins", "origin", "enters"),
    [
        (None, None, True),
        (None, "http://127.0.0.1:{port}", True),
        (None, "http://evil.example", False),
        (None, "null", False),
        (["https://app.example"], "https://app.example", True),
        (["https://app.example"], "https://app.example.evil", False),
        (["https://app.example"], None, True),
        ("*", "http://evil.example", True),
    ],
)
async def test_web_pages_of_other_origins_are_kept_out(
    world: World, origins: Any, origin: str | None, enters: bool
) -> None:
    server = await world.serve(origins=origins)
    headers = {} if origin is None else {"Origin": origin.format(port=world.port)}
    if enters:
        room = await world.room(headers=headers)
        assert isinstance(await room.set("a", 1).settled(), Applied)
        return
    with pytest.raises(InvalidStatus) as status:
        await open_socket(world.url, additional_headers=headers)
    assert status.value.response.status_code == 403
    # The same for sockets that the host takes by itself.
    async with open_listener(server.attach, "127.0.0.1", 0) as listener:
        port = next(iter(listener.sockets)).getsockname()[1]
        async with open_socket(f"ws://127.0.0.1:{port}", additional_headers=headers) as raw:
            with pytest.raises(ConnectionClosed) as closed:
                await raw.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    assert server.metrics()["connections"] == 0


async def test_a_message_above_the_limit_ends_its_connection_unheard(world: World) -> None:
    limits: syncline.Limits = {"frame_bytes": 4_096, "mutation_bytes": 2_048, "value_bytes": 1_024}
    server = await world.serve(limits=limits)
    async with open_listener(server.attach, "127.0.0.1", 0) as listener:
        for port in (world.port, next(iter(listener.sockets)).getsockname()[1]):
            async with open_socket(f"ws://127.0.0.1:{port}") as raw:
                await raw.send(b"x" * 4_097)
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        await raw.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    assert server.metrics()["frames_in"] == 0


async def test_nonsense_is_answered_by_a_fault_and_a_close(world: World) -> None:
    await world.serve()
    async with open_socket(world.url) as raw:
        await raw.send('{"no": "message"}')
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await raw.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1002, "Malformed")


async def test_a_slow_reader_does_not_grow_the_server(world: World) -> None:
    server = await world.serve(limits={"principal_connections": 64})
    room = await world.room(token="slow")
    link = next(iter(server._links))
    client_link = room.client._attempt.carrier  # type: ignore[union-attr]
    client_link._socket.transport.pause_reading()
    host = server.room("cart")
    text = "x" * 60_000
    most = 0
    for number in range(300):
        await host.set("big", f"{number}{text}")
        await asyncio.sleep(0)
        most = max(most, len(link._frames))
    # Eighteen megabytes were written; what waits for the reader is one frame at most.
    assert most <= 1
    sent = server.metrics()["bytes_out"]
    assert sent < 300 * 60_000 / 2
    client_link._socket.transport.resume_reading()
    caught_up = asyncio.Event()

    def look(change: syncline.Change) -> None:
        if change.version == 300:
            caught_up.set()

    room.watch("big", look)
    if room.version != 300:
        await caught_up.wait()
    assert room.get("big").startswith("299x")


async def test_a_reader_that_stopped_does_not_hold_up_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.server.CLOSE_SECONDS", 0.01)
    server = await world.serve()
    room = await world.room(token="slow")
    client_link = room.client._attempt.carrier  # type: ignore[union-attr]
    client_link._socket.transport.pause_reading()
    host = server.room("cart")
    for number in range(100):
        await host.set(f"big/{number}", "x" * 60_000)
    await server.close()
    assert not server._links


async def test_pauses_reach_the_socket(world: World) -> None:
    answer = asyncio.Event()

    async def authorize(request: syncline.AuthorizeRequest) -> Grant:
        await answer.wait()
        return Grant(request.token, write=True)

    server = await world.serve(authorize)
    client = await world.client()
    room = client.room("cart")
    while not server._links or next(iter(server._links))._flowing.is_set():
        await asyncio.sleep(0)
    answer.set()
    await room.ready()
    assert next(iter(server._links))._flowing.is_set()


async def test_numbers_for_prometheus(world: World) -> None:
    server = await world.serve()
    await (await world.room()).set("a", 1).settled()
    families = list(text_string_to_metric_families(server.prometheus({"where": 'a"b\\c'})))
    assert families and all(family.name.startswith("syncline") for family in families)
    labels = [sample.labels for family in families for sample in family.samples]
    assert all(each["where"] == 'a"b\\c' for each in labels)


async def test_a_server_that_is_closed_says_so(world: World) -> None:
    server = await world.serve()
    room = server.room("cart")
    await room.set("a", 1)
    waiting = asyncio.ensure_future(server.wait_closed())
    await asyncio.gather(server.close(), server.close())
    await server.close()
    await waiting
    for use in (
        lambda: server.room("x"),
        server.rooms,
        server.metrics,
        server.flight,
        lambda: server.revoke("ada"),
        lambda: server.on("change", print),
        server.prometheus,
    ):
        with pytest.raises(ClosedError):
            use()
    for call in (room.get("a"), room.set("a", 1), server.serve(), server.shutdown()):
        with pytest.raises(ClosedError):
            await call
    async with syncline.Server(anyone) as short:
        assert short.rooms() == []


async def test_an_open_write_fails_when_the_server_ends(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    number, opened = server._hold("cart")
    write = server._write(number, syncline.HostEdits().set("a", 1)._edits)
    server._end(SynclineError("Closed"))
    server._end(SynclineError("Closed"))
    with pytest.raises(SynclineError):
        await asyncio.wrap_future(opened)
    with pytest.raises(SynclineError):
        await asyncio.wrap_future(write)


async def test_sockets_of_no_known_shape_are_refused(world: World) -> None:
    server = await world.serve()
    with pytest.raises(SynclineError):
        await server.attach(object())


async def test_a_listener_may_end_alone(world: World) -> None:
    server = syncline.Server(anyone)
    listener = await server.serve("127.0.0.1")
    world.port = listener.port
    room = await world.room()
    failed = asyncio.ensure_future(heard(room, "status", lambda event: event.status in ("offline", "degraded")))
    await asyncio.sleep(0)
    await listener.close()
    await failed
    await server.close()


@pytest.mark.parametrize("rounds", range(6))
async def test_a_socket_that_says_nothing_ends_with_the_server(world: World, rounds: int) -> None:
    server = await world.serve()
    with socket.create_connection(("127.0.0.1", world.port)) as silent:
        for _ in range(rounds):  # from the moment of its coming to one at which it is a connection
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await server.close()
        silent.settimeout(SECONDS)
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""


def test_the_log_says_where_and_why(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with syncline.Server(lambda _: None) as server:
            port = (await server.serve("127.0.0.1")).port
            async with syncline.connect(f"ws://127.0.0.1:{port}") as client:
                with pytest.raises(SynclineError):
                    await client.room("cart").ready()

    caplog.set_level(logging.INFO, "syncline")
    asyncio.run(run())
    denied = [record for record in caplog.records if getattr(record, "event", "") == "denied"]
    assert [(each.room, each.code, each.name) for each in denied] == [  # type: ignore[attr-defined]
        ("cart", "Forbidden", "syncline.client")
    ]


def test_a_denial_with_a_code_that_does_not_exist_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="Nonsense"):
        syncline.DenyError("Nonsense")


async def test_a_server_that_winds_down_tells_what_became_of_all_that_it_took(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path)
    room = await world.room(debounce={"quiet_ms": 0, "max_wait_ms": 0})
    edits = []

    async def write() -> None:
        for _ in range(200):
            edits.append(room.add("n", 1))
            await asyncio.sleep(0)

    writing = asyncio.ensure_future(write())
    await heard(room, "verdict")
    gone = asyncio.ensure_future(heard(room.client, "failed"))
    await asyncio.sleep(0)
    await server.wind_down(retry_after=0.02)
    assert (await gone).code == "ShuttingDown"
    assert await server.room("cart").get("n") == room.confirmed("n") > 0
    await writing
    await server.close()
    await world.serve(storage=tmp_path)
    for edit in edits:
        assert isinstance(await edit.settled(), Applied)
    assert room.confirmed("n") == 200
