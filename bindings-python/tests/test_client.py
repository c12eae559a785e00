"""A client on asyncio: what happens to edits, online and offline."""

import asyncio
import gc
import logging
import weakref
from pathlib import Path
from typing import Any

import pytest
import syncline
from syncline import Applied, ClosedError, Refused, SynclineError
from world import FAST, SECONDS, World, heard


async def test_an_edit_shows_at_once_and_is_applied(world: World) -> None:
    await world.serve()
    room = await world.room()
    edit = room.set("title", "Tea")
    assert room.get("title") == "Tea" and room.confirmed("title") is None
    assert edit.verdict is None and room.pending == 1
    assert await edit.settled() == Applied(1)
    assert edit.verdict == Applied(1)
    assert room.confirmed("title") == "Tea" and room.pending == 0
    assert room.version == 1 and room.epoch is not None and room.durability == "volatile"
    assert "title" in repr(edit) and "cart" in repr(room)


async def test_every_kind_of_edit_and_read(world: World) -> None:
    await world.serve()
    room = await world.room()
    room.set("user", {"name": "Ada", "age": 36})
    room.merge("user", {"age": None})
    room.add("visits", 2)
    room.add("visits", 0.5)
    room.insert("list", 0, "a")
    room.insert("list", 1, "b")
    room.insert("list", 2, "c")
    room.move("list", 0, 2)
    room.replace("list", 0, "B")
    room.remove("list", 1)
    room.set("gone", None)
    room.delete("gone")
    assert await room.client.flush(SECONDS) == 0
    want = [("list", ["B", "a"]), ("user", {"name": "Ada"}), ("visits", 2.5)]
    assert room.entries() == want
    assert world.server is not None
    assert await world.server.room("cart").entries() == want
    text = '{"list":["B","a"],"user":{"name":"Ada"},"visits":2.5}'
    assert room.entries_json() == text == await world.server.room("cart").entries_json()
    assert room.entries_json("u") == '{"user":{"name":"Ada"}}' == await world.server.room("cart").entries_json("u")
    assert room.keys("l") == ["list"] and room.entries("u") == want[1:2]
    assert room.has("list") and not room.has("gone")
    assert room.get("gone", 7) == 7 and room.confirmed("gone", 8) == 8


async def test_the_same_room_while_it_is_open(world: World) -> None:
    await world.serve()
    room = await world.room()
    client = room.client
    assert client.room("cart") is room
    room.set("a", 1)
    room.close()
    room.close()
    with pytest.raises(ClosedError):
        room.get("a")
    with pytest.raises(ClosedError):
        room.set("a", 1)
    with pytest.raises(ClosedError):
        room.batch()
    again = client.room("cart")
    assert again is not room and again.get("a") == 1
    again.forget()
    with pytest.raises(ClosedError):
        await again.ready()


async def test_edits_that_coalesce_are_one(world: World) -> None:
    await world.serve()
    room = await world.room(debounce={"quiet_ms": 100, "max_wait_ms": 1_000})
    edit = room.set("a", 1)
    assert room.set("a", 2) is edit
    assert room.set("b", 2) is not edit
    assert await edit.settled() == await edit.settled()
    assert room.set("a", 3) is not edit


async def test_bad_values_are_refused_where_they_are_given(world: World) -> None:
    room = await offline(world)
    wrong: list[tuple[Any, str]] = [
        (2**53, "NumberOutOfRange"),
        (float("nan"), "NumberOutOfRange"),
        ("\ud800", "LoneSurrogate"),
        ({1, 2}, "InvalidArgument"),
    ]
    for value, code in wrong:
        with pytest.raises(SynclineError) as refused:
            room.set("a", value)
        assert refused.value.code == code
    with pytest.raises(syncline.ValueRefusedError):
        room.set("a", "x" * 100_000)
    room.set("a", "text")
    with pytest.raises(syncline.ValueRefusedError):
        room.add("a", 1)
    assert room.pending == 1


async def offline(world: World, **options: Any) -> syncline.Room:
    """A room of a client that finds nobody."""
    world.port = world.port or 9
    client = await world.client(**options)
    return client.room("cart")


async def test_offline_edits_are_sent_later_also_by_another_process(world: World, tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    room = await offline(world, storage=outbox)
    room.set("a", 1)
    room.add("n", 5)
    assert room.status in ("offline", "degraded") and room.last_synced is None
    with pytest.raises(syncline.StorageError) as used:
        await world.client(storage=str(outbox))
    assert used.value.code == "StorageInUse"
    assert await room.client.close() == 2
    world.port = 0
    server = await world.serve()
    client = await world.client(storage=outbox)
    assert client.pending == 2
    room = client.room("cart")
    assert room.get("a") == 1
    assert await client.flush(SECONDS) == 0
    assert await server.room("cart").entries() == [("a", 1), ("n", 5)]
    assert room.last_synced is not None and client.status == "synced"


async def test_a_client_comes_back_to_a_server_that_was_killed(world: World, tmp_path: Path) -> None:
    await world.serve(storage=tmp_path / "rooms")
    room = await world.room()
    assert await room.set("kept", 1).settled() == Applied(1)
    resumed = asyncio.ensure_future(heard(room, "resumed"))
    assert world.server is not None
    await world.server.close()
    edit = room.set("later", 2)
    server = await world.serve(storage=tmp_path / "rooms")
    assert await edit.settled() == Applied(2)
    assert (await resumed).resume == "delta"
    assert await server.room("cart").entries() == [("kept", 1), ("later", 2)]


async def stale(world: World, **options: Any) -> tuple[Any, Any]:
    """A room that holds `theirs` where this client has not seen it, and its edit to `mine`."""
    assert world.server is not None
    host = world.server.room("cart")
    await host.set("stock/tea", {"left": 3, "by": "base"})
    room = await world.room(debounce={"quiet_ms": 60_000, "max_wait_ms": 60_000}, **options)
    edit = room.set("stock/tea", {"left": 3, "by": "mine"})
    changed = asyncio.ensure_future(heard(world.server, "change"))
    await asyncio.sleep(0)
    await host.set("stock/tea", {"left": 2, "by": "base"})
    await changed
    return room, edit


async def test_a_stale_edit_is_refused_with_its_three_sides(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, edit = await stale(world)
    refused = asyncio.ensure_future(heard(room, "refused"))
    await asyncio.sleep(0)
    room.client._handle.flush()
    verdict = await edit.settled()
    theirs = {"left": 2, "by": "base"}
    assert verdict == Refused(
        "Stale", 0, "stock/tea", {"left": 3, "by": "mine"}, {"left": 3, "by": "base"}, theirs, None
    )
    event = await refused
    assert (event.key, event.code, event.theirs) == ("stock/tea", "Stale", theirs)
    assert room.get("stock/tea") == theirs


async def test_edits_that_build_on_a_refused_one_share_its_sides(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, first = await stale(world)
    # The first is sent, and the second builds on it before the answer comes.
    room.client._handle.flush()
    second = room.merge("stock/tea", {"left": 1})
    room.client._handle.flush()
    verdicts = [await first.settled(), await second.settled()]
    assert [verdict.code for verdict in verdicts] == ["Stale", "Stale"]
    assert verdicts[0].theirs == verdicts[1].theirs == {"left": 2, "by": "base"}
    assert verdicts[1].mine == {"left": 1, "by": "mine"}


async def test_edits_of_one_key_that_are_refused_apart_have_their_own_verdicts(world: World) -> None:
    await world.serve(lambda _: syncline.Grant("ada", write=["stock/tea"]), policy={"stock/": "strict"})
    room, first = await stale(world)
    room.client._handle.flush()
    with room.batch() as both:
        both.set("stock/tea", {"left": 0})
        both.set("other", 1)
    second = room.merge("stock/tea", {"left": 1})
    room.client._handle.flush()
    verdicts = [await first.settled(), await both.settled(), await second.settled()]
    told = [(verdict.code, verdict.op, verdict.key) for verdict in verdicts]
    assert told == [("Stale", 0, "stock/tea"), ("Forbidden", 1, "other"), ("Stale", 0, "stock/tea")]
    assert [verdict.base for verdict in verdicts[::2]] == [{"left": 3, "by": "base"}, {"left": 0}]


@pytest.mark.parametrize(
    ("resolver", "want"),
    [
        ("keep_mine", {"left": 3, "by": "mine"}),
        ("three_way", {"left": 2, "by": "mine"}),
        (lambda conflict: {**conflict.theirs, "by": "function"}, {"left": 2, "by": "function"}),
        (lambda _: syncline.KEEP_MINE, {"left": 3, "by": "mine"}),
    ],
)
async def test_a_resolver_makes_another_edit(world: World, resolver: Any, want: Any) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, edit = await stale(world, resolvers={"": "keep_theirs", "stock/": resolver})
    room.client._handle.flush()
    verdict = await edit.settled()
    assert isinstance(verdict.by, syncline.Edit)
    room.client._handle.flush()
    assert isinstance(await verdict.by.settled(), Applied)
    assert room.confirmed("stock/tea") == want


async def test_an_async_resolver_is_awaited(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    asked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def resolver(conflict: syncline.Conflict) -> Any:
        asked.set_result(conflict)
        return await answer

    room, edit = await stale(world, resolvers={"stock/": resolver})
    room.client._handle.flush()
    conflict = await asked
    assert conflict.mine["by"] == "mine" and conflict.base["left"] == 3
    assert edit.verdict is None
    answer.set_result(syncline.KEEP_THEIRS)
    verdict = await edit.settled()
    assert verdict.by is None and verdict.theirs == {"left": 2, "by": "base"}


@pytest.mark.parametrize("wrong", ["raises", "answers what is no value"])
async def test_a_resolver_that_fails_keeps_theirs(world: World, caplog: pytest.LogCaptureFixture, wrong: str) -> None:
    await world.serve(policy={"stock/": "strict"})

    def resolver(_: syncline.Conflict) -> Any:
        if wrong == "raises":
            raise KeyError("planted")
        return {1, 2}

    room, edit = await stale(world, resolvers={"stock/": resolver})
    failed = asyncio.ensure_future(heard(room.client, "error"))
    await asyncio.sleep(0)
    room.client._handle.flush()
    assert (await edit.settled()).by is None
    assert (await failed).what == "resolver"
    assert room.get("stock/tea") == {"left": 2, "by": "base"}
    assert any(getattr(record, "event", "") == "resolver_failed" for record in caplog.records)


async def test_the_application_may_answer_a_conflict_itself(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, edit = await stale(world, resolvers={"stock/": lambda _: syncline.KEEP_THEIRS})
    room.client._resolvers.clear()
    asked = asyncio.ensure_future(heard(room, "conflict"))
    await asyncio.sleep(0)
    room.client._handle.flush()
    made = room.resolve(await asked, 7)
    assert (await edit.settled()).by is made
    room.client._handle.flush()
    assert isinstance(await made.settled(), Applied) and room.get("stock/tea") == 7
    with pytest.raises(SynclineError):
        room.resolve(await asked, 8)


async def test_a_conflict_that_nobody_answers_keeps_theirs(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, edit = await stale(world, resolvers={"stock/": lambda _: 1})
    room.client._resolvers.clear()
    room.client._handle.flush()
    assert (await edit.settled()).theirs == {"left": 2, "by": "base"}


async def test_a_closed_client_tells_what_it_knows_of_a_refusal(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})

    async def resolver(_: syncline.Conflict) -> Any:
        await asyncio.Event().wait()

    room, edit = await stale(world, resolvers={"stock/": resolver})
    asked = asyncio.ensure_future(heard(room, "conflict"))
    await asyncio.sleep(0)
    room.client._handle.flush()
    await asked
    await room.client.close()
    mine, base, theirs = {"left": 3, "by": "mine"}, {"left": 3, "by": "base"}, {"left": 2, "by": "base"}
    assert await edit.settled() == Refused("Stale", 0, "stock/tea", mine, base, theirs)


async def test_a_batch_is_one_edit_or_none(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room = await world.room()
    with room.batch() as batch:
        batch.set("a", 1)
        batch.merge("b", {"c": 1})
        batch.add("n", 1)
        batch.insert("list", 0, "x")
        batch.insert("list", 1, "y")
        batch.move("list", 0, 1)
        batch.replace("list", 0, "Y")
        batch.remove("list", 1)
        batch.expect("e")
        batch.delete("a")
        with pytest.raises(SynclineError):
            _ = batch.edit
    assert await batch.settled() == Applied(1)
    assert room.entries() == [("b", {"c": 1}), ("list", ["Y"]), ("n", 1)]
    assert batch.edit.keys[:2] == ("a", "b")
    with pytest.raises(SynclineError):
        batch.set("late", 1)
    with pytest.raises(KeyError), room.batch() as failed:
        failed.set("a", 1)
        raise KeyError("planted")
    with pytest.raises(SynclineError):
        await failed.settled()
    assert not room.has("a") and room.pending == 0


async def test_a_refused_batch_changes_nothing(world: World) -> None:
    await world.serve(policy={"stock/": "strict"})
    room, _ = await stale(world)
    with room.batch() as batch:
        batch.set("other", 1)
        batch.expect("stock/tea")
        batch.set("stock/tea", 0)
    room.client._handle.flush()
    verdict = await batch.settled()
    assert (verdict.code, verdict.op > 0, verdict.key) == ("Stale", True, "stock/tea")
    assert not room.has("other")


async def test_close_fails_what_waits(world: World) -> None:
    room = await offline(world)
    client = room.client
    edit = room.set("a", 1)
    waits = [asyncio.ensure_future(each) for each in (edit.settled(), room.ready())]
    flushed = asyncio.ensure_future(client.flush())
    changes = room.changes()
    assert (await anext(changes)).keys == {"a"} if await first(room) else True
    await asyncio.sleep(0)
    assert await client.close() == 1 and await client.close() == 1
    for wait in waits:
        with pytest.raises(ClosedError):
            await wait
    assert await flushed == 1
    assert [change async for change in changes] == []
    assert edit.verdict is None
    for use in (
        lambda: client.room("x"),
        lambda: client.status,
        lambda: client.pending,
        lambda: client.on("change", print),
        lambda: room.set("a", 1),
        lambda: room.presence.others,
        client.metrics,
        client.flight,
        client.reconnect,
        lambda: client.set_token("t"),
        room.changes,
        lambda: room.on("change", print),
        lambda: room.watch("", print),
    ):
        with pytest.raises(ClosedError):
            use()
    with pytest.raises(ClosedError):
        await client.flush()
    assert "closed" in repr(client)
    room.close()


async def first(room: syncline.Room) -> bool:
    """Whether the first change has been told."""
    return room.has("a")


async def test_flush_returns_what_is_missing_at_the_timeout(world: World) -> None:
    room = await offline(world)
    assert await room.client.flush(0.0) == 0
    room.set("a", 1)
    assert await room.client.flush(0.0) == 1
    assert await room.client.flush(0.001) == 1


async def test_a_client_that_is_left_waits_for_verdicts(world: World) -> None:
    server = await world.serve()
    async with syncline.connect(world.url, token="ada") as client:
        client.room("cart").set("a", 1)
    assert await server.room("cart").get("a") == 1
    with pytest.raises(KeyError):
        async with syncline.connect(world.url, token="ada") as client:
            raise KeyError("planted")
    with pytest.raises(ClosedError):
        client.room("cart")
    async with await syncline.connect(world.url) as client:
        await client.close()


async def test_changes_of_a_slow_consumer_are_one(world: World) -> None:
    await world.serve()
    room, other = await world.room(), await world.room(token="bob")
    seen: list[frozenset[str]] = []
    stop = room.watch("a/", lambda change: seen.append(change.keys))
    changes = room.changes("a/")
    told = asyncio.ensure_future(heard(room, "change", lambda event: "last" in event.keys))
    await asyncio.sleep(0)
    room.set("a/mine", 0)
    for index in range(100):
        other.set(f"a/{index % 10}", index)
        await other.client.flush()
    other.set("last", 1)
    await told
    change = await anext(changes)
    assert change.keys == {"a/mine", *(f"a/{index}" for index in range(10))}
    assert change.origin == "both" and change.room is room and change.version is not None
    assert frozenset({"a/mine"}) in seen and not any("last" in keys for keys in seen)
    stop()
    stop()
    count = len(seen)
    room.set("a/mine", 1)
    assert (await anext(changes)).origin == "local"
    assert len(seen) == count
    await changes.aclose()
    assert [change async for change in changes] == []


async def test_a_listener_that_raises_stops_nobody(world: World) -> None:
    await world.serve()
    room = await world.room()
    reported: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    seen: list[Any] = []

    async def later(event: Any) -> None:
        seen.append(event)
        raise ValueError("planted later")

    def raises(_: Any) -> None:
        raise KeyError("planted")

    room.on("verdict", raises)
    room.on("verdict", later)
    client_saw = asyncio.ensure_future(heard(room.client, "verdict"))
    await asyncio.sleep(0)
    assert await room.set("a", 1).settled() == Applied(1)
    event = await client_saw
    assert (event.verdict, event.version, event.room) == ("applied", 1, room)
    while len(reported) < 2:
        await asyncio.sleep(0)
    assert {type(error) for error in reported} == {KeyError, ValueError} and len(seen) == 1
    wrongs: list[Any] = [("no such event", print), ("change", 7)]
    for wrong in wrongs:
        with pytest.raises(SynclineError):
            room.on(*wrong)


async def test_a_token_function_is_called_at_each_connection_and_may_fail_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = await world.serve()
    calls = 0

    async def token() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("planted: no token")
        return "a-secret-token"

    client = await world.client(token)
    failed = asyncio.ensure_future(heard(client, "error"))
    await asyncio.sleep(0)
    room = client.room("cart")
    await room.ready()
    assert calls == 2 and (await failed).what == "token"
    resumed = asyncio.ensure_future(heard(room, "resumed"))
    await asyncio.sleep(0)
    await server.shutdown()
    world.port = (await server.serve("127.0.0.1", world.port)).port
    await server.close()
    await world.serve()
    await resumed
    assert calls >= 3
    room.set("secret-key", "a-secret-value")
    await client.flush(SECONDS)
    assert "a-secret" not in caplog.text
    assert not any("a-secret" in str(vars(record)) for record in caplog.records)
    assert any(record.name == "syncline.client" for record in caplog.records)


async def test_a_token_that_is_none_is_no_token(world: World) -> None:
    await world.serve()
    for token in (None, lambda: None):
        client = await world.client(token)
        with pytest.raises(SynclineError) as refused:
            await client.room("cart").ready()
        assert refused.value.code == "Forbidden"
    client = await world.client(lambda: 7)
    failed = asyncio.ensure_future(heard(client, "error"))
    await asyncio.sleep(0)
    client.room("cart")
    assert "str" in str((await failed).error)


async def test_a_newer_token_lets_in(world: World) -> None:
    def authorize(request: syncline.AuthorizeRequest) -> syncline.Grant | None:
        if request.token == "old":
            raise syncline.DenyError("Unauthorized")
        return syncline.Grant("ada", write=True)

    await world.serve(authorize)
    client = await world.client("old")
    denied = asyncio.ensure_future(heard(client, "denied"))
    room = client.room("cart")
    with pytest.raises(SynclineError) as refused:
        await room.ready()
    assert refused.value.code == "Unauthorized"
    event = await denied
    assert (event.room, event.code, event.retries) == (room, "Unauthorized", False)
    with pytest.raises(SynclineError) as again:
        await room.ready()
    assert again.value.code == "Unauthorized"
    client.set_token("new")
    await room.ready()
    assert client.status == "synced"


async def test_presence_of_two_clients(world: World) -> None:
    server = await world.serve()
    ada, bob = await world.room(), await world.room(token="bob")
    assert ada.presence.self is None and ada.presence.others == {}
    told = asyncio.ensure_future(heard(bob, "presence", lambda _: bool(bob.presence.others)))
    await asyncio.sleep(0)
    ada.presence.update({"cursor": 3, "name": "Ada"})
    assert (await told).room is bob
    assert ada.presence.self == {"cursor": 3, "name": "Ada"}
    assert bob.presence.others == {ada.presence.id: {"cursor": 3, "name": "Ada"}}
    assert await server.room("cart").presences() == bob.presence.others
    gone = asyncio.ensure_future(heard(bob, "presence", lambda _: not bob.presence.others))
    await asyncio.sleep(0)
    ada.presence.clear()
    await gone
    assert ada.presence.self is None


async def test_two_rooms_of_one_client_do_not_meet(world: World) -> None:
    await world.serve()
    one = await world.room("one")
    two = one.client.room("two")
    await two.ready()
    changes = two.changes()
    await asyncio.gather(one.set("a", 1).settled(), two.set("a", 2).settled())
    assert (one.get("a"), two.get("a")) == (1, 2)
    assert (await anext(changes)).room is two
    metrics = one.client.metrics()
    assert metrics["applied"] == 2
    assert "syncline_" in one.client.prometheus({"who": "ada"})
    assert one.client.limits["depth"] == 32


async def test_status_changes_are_told(world: World) -> None:
    server = await world.serve()
    room = await world.room()
    away = asyncio.ensure_future(heard(room, "status", lambda event: event.status in ("offline", "degraded")))
    whole = asyncio.ensure_future(
        heard(room.client, "status", lambda event: event.room is None and event.status != "synced")
    )
    failed = asyncio.ensure_future(heard(room.client, "failed"))
    await asyncio.sleep(0)
    await server.shutdown(retry_after=0.001)
    await asyncio.gather(away, whole)
    event = await failed
    assert (event.code, event.retries) == ("ShuttingDown", True)
    await server.close()
    await world.serve()
    room.client.reconnect()
    assert isinstance(await room.set("a", 1).settled(), Applied)


async def test_a_failure_for_good_ends_the_wait(world: World) -> None:
    await world.serve(codecs=["binary"])
    client = await world.client(codec="json")
    failed = asyncio.ensure_future(heard(client, "failed"))
    await asyncio.sleep(0)
    room = client.room("cart")
    with pytest.raises(SynclineError) as refused:
        await room.ready()
    assert refused.value.code == "Unsupported" and not (await failed).retries
    client.set_token("another")
    with pytest.raises(SynclineError) as still:
        await room.ready()
    assert still.value.code == "Unsupported" and client.status == "degraded"


async def test_unknown_edits_are_handed_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await world.serve()
    room = await world.room()
    unknown = asyncio.ensure_future(heard(room, "unknown"))
    lost = asyncio.Event()
    with monkeypatch.context() as patch:
        # What the client sends is lost on its way.
        def receive(_: int, frame: bytes) -> bool:
            if b"lost on its way" in frame:
                lost.set()
            return True

        patch.setattr(server, "_receive", receive)
        edit = room.set("a", "lost on its way")
        await lost.wait()
    await server.room("cart").renew()
    verdict = await edit.settled()
    assert isinstance(verdict, syncline.Unknown) and verdict.code == "Expired"
    assert verdict.edits == ({"key": "a", "action": {"set": "lost on its way"}},)
    event = await unknown
    assert (event.draft, event.edits) == (edit.draft, verdict.edits)
    assert not room.has("a")


async def test_addresses_and_options_are_checked_at_once() -> None:
    for url in ("http://localhost", "ws://", "nonsense"):
        with pytest.raises(SynclineError) as refused:
            syncline.connect(url)
        assert refused.value.code == "InvalidArgument"
    wrong: Any = {"no_such_limit": 1}
    with pytest.raises(SynclineError):
        await syncline.connect("ws://x", limits=wrong)
    with pytest.raises(SynclineError):
        await syncline.connect("ws://x", resolvers={"": "no_such_resolver"})  # type: ignore[dict-item]


async def test_json_and_headers_and_no_proxy(world: World) -> None:
    seen: list[Any] = []

    def authorize(request: syncline.AuthorizeRequest) -> syncline.Grant:
        seen.append((request.request.headers.get("X-From"), request.schema))
        assert request.token not in repr(request)
        return syncline.Grant("ada", write=True)

    await world.serve(authorize)
    room = await world.room(codec="json", headers={"X-From": "test"}, proxy=False, schema="v1")
    assert isinstance(await room.set("a", 1).settled(), Applied)
    assert seen == [("test", "v1")]


async def test_a_client_that_nobody_uses_goes(world: World) -> None:
    world.port = 9
    client = await syncline.connect(world.url)
    handle, alive = client._handle, weakref.ref(client)
    world.closing.clear()
    del client
    while alive() is not None:
        await asyncio.sleep(0)
        gc.collect()
    with pytest.raises(ClosedError):
        handle.pending_total()


def test_a_loop_that_is_closed_hears_nothing() -> None:
    async def make() -> tuple[syncline.Client, syncline.Room, Any]:
        client = await syncline.connect("ws://127.0.0.1:9", timing=FAST)  # type: ignore[arg-type]
        room = client.room("cart")
        return client, room, room.changes()

    client, room, changes = asyncio.run(make())
    room.set("a", 1)
    changes._feed.notify()
    client._handle.close()
