"""Views of rooms: what a server renders is shown by its clients, and so is what follows from their edits."""

import asyncio
import gc
import queue
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
import syncline
import syncline.sync
from syncline import Applied, ClosedError, DenyError, SynclineError, ViewFailed
from syncline.views import Template, View, bind, each, h
from world import SECONDS, World, heard

ROW = Template("<li>{name}</li>")
PAGE = Template("<main><h1>{title}</h1><ul>{items}</ul></main>")


def cart(request: Any) -> Any:
    items = each(request.entries("items/"), key=lambda it: it[0], render=lambda it: ROW(name=it[1]))
    return PAGE(bind("title", request.get("title")), items)


async def shows(view: syncline.RoomView, html: str) -> None:
    """Waits until a view shows this."""
    some = asyncio.Event()
    stop = view.on("change", lambda _: some.set())
    try:
        async with asyncio.timeout(SECONDS):
            while view.html() != html:
                some.clear()
                if view.html() != html:
                    await some.wait()
    finally:
        stop()


async def test_a_view_shows_its_room_and_the_edits_made_here_at_once(world: World) -> None:
    server = await world.serve(views={"cart": cart})
    await server.room("cart").set("title", "Tea")
    mine, theirs = await world.room(), await world.room(token="bob")
    view, other = mine.view("cart"), theirs.view("cart")
    async with asyncio.timeout(SECONDS):
        await view.ready()
        await other.ready()
    assert view.html() == other.html() == "<main><h1>Tea</h1><ul></ul></main>"

    edit = mine.set("title", "Jam")
    assert view.html() == "<main><h1>Jam</h1><ul></ul></main>"
    mine.set("items/1", "milk")
    assert isinstance(await edit.settled(), Applied)
    want = "<main><h1>Jam</h1><ul><li>milk</li></ul></main>"
    await shows(view, want)
    await shows(other, want)
    assert view.metrics()["shown"] >= 1
    # What a page is told makes of it what the view shows.
    change = await changed(theirs, other)
    assert change.view is other
    assert change.bytes


async def changed(room: syncline.Room, view: syncline.RoomView) -> Any:
    waiting = asyncio.ensure_future(heard(view, "change"))
    await asyncio.sleep(0)
    room.set("title", "Honey")
    return await waiting


async def test_many_edits_are_rendered_once(world: World) -> None:
    renders = 0

    def count(request: syncline.ViewRequest) -> Any:
        nonlocal renders
        renders += 1
        return h("b", None, len(request.keys("items/")))

    server = await world.serve(views=count)
    room = await world.room()
    view = room.view("any")
    async with asyncio.timeout(SECONDS):
        await view.ready()
    assert (view.html(), renders) == ("<b>0</b>", 1)
    async with server.room("cart").batch() as batch:
        for item in range(10):
            batch.set(f"items/{item}", item)
    await shows(view, "<b>10</b>")
    assert renders == 2


async def test_a_view_that_reads_another_room_is_rendered_again_when_that_changes(world: World, tmp_path: Path) -> None:
    async def show(request: syncline.ViewRequest) -> Any:
        menu, again = await asyncio.gather(request.of("menu"), request.of("menu"))
        assert again.entries() == menu.entries()
        return h("p", None, menu.get("tea", "no"), " tea in ", request.room)

    server = await world.serve(storage=tmp_path, views={"line": show}, timing={"room_idle_ms": 1})
    view = (await world.room()).view("line")
    await shows(view, "<p>no<!----> tea in <!---->cart</p>")
    await server.room("menu").set("tea", "green")
    await shows(view, "<p>green<!----> tea in <!---->cart</p>")
    assert server.rooms() == ["cart", "menu"]
    await server.room("menu").delete_room()
    await shows(view, "<p>no<!----> tea in <!---->cart</p>")
    await server.room("menu").set("tea", "black")
    await shows(view, "<p>black<!----> tea in <!---->cart</p>")
    view._room.close()
    async with asyncio.timeout(SECONDS):
        while server.rooms():
            await asyncio.sleep(0.005)


async def test_what_a_view_shows_beside_rooms_is_told_by_touching_it(world: World) -> None:
    beside = ["one"]
    server = await world.serve(views={"it": lambda _: h("i", None, beside[0])})
    view = (await world.room()).view("it")
    await shows(view, "<i>one</i>")
    beside[0] = "two"
    await server.room("cart").touch_view("it")
    await shows(view, "<i>two</i>")


async def test_a_view_that_fails_keeps_what_it_showed_and_says_why(world: World) -> None:
    def show(request: syncline.ViewRequest) -> Any:
        if request.get("broken"):
            raise ValueError("no")
        if request.get("wrong"):
            return object()
        return h("b", None, "fine")

    server = await world.serve(views=show)
    room = await world.room()
    view = room.view("it")
    await shows(view, "<b>fine</b>")
    for key, kind in (("broken", ValueError), ("wrong", SynclineError)):
        told = asyncio.ensure_future(heard(server, "error"))
        await asyncio.sleep(0)
        await room.set(key, True).settled()
        event = await told
        assert isinstance(event, ViewFailed)
        assert (event.room, event.view, type(event.error)) == ("cart", "it", kind)
        await room.delete(key).settled()
        assert view.html() == "<b>fine</b>"


async def test_a_first_render_that_fails_once_does_not_end_the_view_of_every_reader(world: World) -> None:
    up, times = False, []

    def show(request: syncline.ViewRequest) -> Any:
        times.append(time.monotonic())
        if not up:
            raise ValueError("the database is not up yet")
        return h("b", None, request.view)

    server = await world.serve(views=show)
    room = await world.room()
    told = asyncio.ensure_future(heard(server, "error"))
    await asyncio.sleep(0)
    view = room.view("it")
    assert isinstance(await told, ViewFailed)
    assert view.html() == ""
    await heard(server, "error")
    up = True
    second = (await world.room()).view("it")
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(view.ready(), second.ready())
    assert view.html() == second.html() == "<b>it</b>"
    assert times[1] - times[0] >= 0.95


async def test_a_render_that_never_ends_does_not_stop_its_view_for_everybody(world: World) -> None:
    renders = 0

    async def show(_: syncline.ViewRequest) -> Any:
        nonlocal renders
        renders += 1
        if renders == 1:
            await asyncio.Event().wait()
        return h("b", None, "in time")

    server = await world.serve(views=show, view_timeout=0.02)
    room = await world.room()
    told = asyncio.ensure_future(heard(server, "error"))
    await asyncio.sleep(0)
    view = room.view("it")
    event = await told
    assert isinstance(event, ViewFailed)
    assert isinstance(event.error, SynclineError)
    assert event.error.code == "Timeout"
    async with asyncio.timeout(SECONDS):
        await view.ready()
    assert view.html() == "<b>in time</b>"


@pytest.mark.parametrize("views", [None, {}, {"cart": lambda _: None}, lambda _: None])
async def test_a_view_that_there_is_not_ends_with_that(world: World, views: Any) -> None:
    await world.serve(views=views)
    view = (await world.room()).view("cart")
    ended = asyncio.ensure_future(heard(view, "ended"))
    with pytest.raises(SynclineError) as error:
        async with asyncio.timeout(SECONDS):
            await view.ready()
    assert error.value.code == "NotFound"
    assert (await ended).code == "NotFound"
    with pytest.raises(SynclineError):
        view.html()


async def test_a_view_is_denied_with_the_code_that_its_function_says(world: World) -> None:
    def deny(_: syncline.ViewRequest) -> Any:
        raise DenyError("Forbidden")

    await world.serve(views={"it": deny})
    view = (await world.room()).view("it")
    with pytest.raises(SynclineError) as error:
        async with asyncio.timeout(SECONDS):
            await view.ready()
    assert error.value.code == "Forbidden"


async def test_a_change_between_what_is_read_and_what_is_shown_is_not_lost(world: World) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def show(request: syncline.ViewRequest) -> Any:
        tea = (await request.of("menu")).get("tea", "no")
        if tea == "no":
            begun.set()
            await go.wait()
        return h("b", None, tea)

    server = await world.serve(views={"it": show})
    view = (await world.room()).view("it")
    await begun.wait()
    await server.room("menu").set("tea", "green")
    go.set()
    await shows(view, "<b>green</b>")


async def test_an_own_edit_does_not_flicker_while_a_slow_render_is_under_way(world: World) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def show(request: syncline.ViewRequest) -> Any:
        menu = await request.of("menu")
        title, tea, count = request.get("title"), menu.get("tea"), request.get("n", 0)
        if count == 1 and not go.is_set():
            begun.set()
            await go.wait()
        own, other = h("b", None, bind("title", title)), h("u", None, bind("tea", tea, room="menu"))
        return h("p", None, own, other, h("i", None, count))

    server = await world.serve(views={"it": show})
    room = await world.room()
    menu, view = room.client.room("menu"), room.view("it")
    await shows(view, "<p><b><!----></b><u><!----></u><i>0</i></p>")
    await server.room("cart").set("n", 1)
    await begun.wait()
    edits = room.set("title", "Jam"), menu.set("tea", "green")
    for edit in edits:
        assert isinstance(await edit.settled(), Applied)
    seen: list[str] = []
    view.on("change", lambda _: seen.append(view.html()))
    go.set()
    async with asyncio.timeout(SECONDS):
        while view.metrics()["right"] < 2:
            await asyncio.sleep(0.005)
    assert view.metrics()["wrong"] == 0
    want = "<p><b>Jam</b><u>green</u><i>1</i></p>"
    assert (view.html(), set(seen)) == (want, {want})


async def test_a_view_that_could_not_read_a_room_is_rendered_once_that_is_there(world: World, tmp_path: Path) -> None:
    async def show(request: syncline.ViewRequest) -> Any:
        return h("b", None, (await request.of("menu")).get("tea", "no") if request.get("reads") else "none")

    server = await world.serve(storage=tmp_path, views={"it": show}, limits={"server_rooms": 2})
    room = await world.room()
    view = room.view("it")
    await shows(view, "<b>none</b>")
    async with server.room("other"):
        failed = asyncio.ensure_future(heard(server, "error"))
        await asyncio.sleep(0)
        room.set("reads", True)
        assert (await failed).error.code == "TooMany"
        closed = asyncio.ensure_future(heard(server, "closed"))
        await asyncio.sleep(0)
    await closed
    await server.room("menu").set("tea", "green")
    await shows(view, "<b>green</b>")


async def test_rooms_that_read_each_other_close_when_nobody_watches(world: World, tmp_path: Path) -> None:
    async def show(request: syncline.ViewRequest) -> Any:
        other = await request.of("menu" if request.room == "cart" else "cart")
        return h("b", None, len(other.keys()))

    server = await world.serve(storage=tmp_path, views={"it": show}, timing={"room_idle_ms": 1})
    client = (await world.room()).client
    for name in ("cart", "menu"):
        await shows(client.room(name).view("it"), "<b>0</b>")
    assert server.rooms() == ["cart", "menu"]
    await client.close()
    async with asyncio.timeout(SECONDS):
        while server.rooms():
            await asyncio.sleep(0.005)


async def test_a_room_is_not_held_for_a_view_that_is_rendered(world: World, tmp_path: Path) -> None:
    requests: list[syncline.ViewRequest] = []

    def show(request: syncline.ViewRequest) -> Any:
        requests.append(request)
        return h("b", None, 1)

    server = await world.serve(storage=tmp_path, views={"it": show})
    await shows((await world.room()).view("it"), "<b>1</b>")
    for name in ("menu", "cart"):
        with pytest.raises(ClosedError, match="a view that is being rendered"):
            await requests[0].of(name)
    assert server.rooms() == ["cart"]


async def test_what_cannot_be_opened_or_is_its_own_room_holds_nothing(world: World, tmp_path: Path) -> None:
    async def show(request: syncline.ViewRequest) -> Any:
        own = await request.of(request.room)
        with pytest.raises(SynclineError):
            await request.of("")
        return h("b", None, own.get("n", 0))

    server = await world.serve(storage=tmp_path, views={"it": show}, timing={"room_idle_ms": 1})
    room = await world.room()
    view = room.view("it")
    await shows(view, "<b>0</b>")
    room.set("n", 1)
    await shows(view, "<b>1</b>")
    closed = asyncio.ensure_future(heard(server, "closed"))
    await asyncio.sleep(0)
    room.close()
    await closed


async def test_the_html_of_a_view_is_told_to_who_has_no_client(world: World, tmp_path: Path) -> None:
    requests: list[syncline.ViewRequest] = []

    async def both(request: syncline.ViewRequest) -> Any:
        requests.append(request)
        menu, own = await request.of("menu"), await request.of("cart")
        return h("p", None, request.get("title"), menu.get("title"), own.room)

    def denied(_: Any) -> Any:
        raise DenyError("Forbidden")

    def broken(_: Any) -> Any:
        raise TypeError("no")

    views = {"cart": cart, "both": both, "none": lambda _: None, "denied": denied, "broken": broken}
    server = await world.serve(storage=tmp_path, views=views, timing={"room_idle_ms": 1})
    await server.room("cart").set("title", "<Tea>")
    await server.room("menu").set("title", "Menu")
    assert await server.html("cart", "cart") == "<main><h1>&lt;Tea&gt;</h1><ul></ul></main>"
    assert await server.html("cart", "both") == "<p>&lt;Tea&gt;<!---->Menu<!---->cart</p>"
    for name in ("none", "other"):
        with pytest.raises(SynclineError) as raised:
            await server.html("cart", name)
        assert raised.value.code == "NotFound"
    with pytest.raises(DenyError):
        await server.html("cart", "denied")
    with pytest.raises(TypeError):
        await server.html("cart", "broken")
    with pytest.raises(SynclineError):
        await server.html("", "cart")
    # Nothing holds a room then.
    async with asyncio.timeout(SECONDS):
        while server.rooms():
            await asyncio.sleep(0.005)
    with pytest.raises(SynclineError):
        await requests[0].of("menu")
    await server.close()
    with pytest.raises(ClosedError):
        await server.html("cart", "cart")


async def test_a_room_has_any_number_of_views_one_after_the_other(world: World) -> None:
    server = await world.serve(views=lambda request: h("b", None, request.view))
    room = await world.room()
    for number in range(100):
        view = room.view(f"v{number}")
        await shows(view, f"<b>v{number}</b>")
        view.close()
    assert len(server._shows._shown) == 64


async def test_a_closed_view_or_room_wakes_whoever_waits(world: World) -> None:
    async def never(_: syncline.ViewRequest) -> Any:
        await asyncio.Event().wait()

    await world.serve(views=never)
    room = await world.room()
    for close in (lambda view: view.close(), lambda _: room.close()):
        view = room.view("it")
        waiting = asyncio.ensure_future(view.ready())
        await asyncio.sleep(0)
        close(view)
        view.close()
        with pytest.raises(ClosedError):
            await waiting


async def test_whoever_gives_up_waiting_for_a_view_is_forgotten(world: World) -> None:
    async def never(_: syncline.ViewRequest) -> Any:
        await asyncio.Event().wait()

    await world.serve(views=never)
    view = (await world.room()).view("it")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await view.ready()
    assert view._waiting == []


async def test_what_is_shown_of_a_room_that_is_closed_is_forgotten(world: World, tmp_path: Path) -> None:
    server = await world.serve(storage=tmp_path, views={"cart": cart})
    room = await world.room()
    view = room.view("cart")
    async with asyncio.timeout(SECONDS):
        await view.ready()
    shown = [weakref.ref(each) for each in server._shows._shown.values()]
    assert isinstance(shown[0](), View)
    closed = asyncio.ensure_future(heard(server, "closed"))
    await asyncio.sleep(0)
    mine = room.client
    room.close()
    await server.room("cart").unload()
    await closed
    gc.collect()
    assert shown[0]() is None
    view = mine.room("cart").view("cart")
    await shows(view, "<main><h1><!----></h1><ul></ul></main>")


@pytest.mark.parametrize("server", [syncline.Server, syncline.sync.Server])
def test_views_that_are_no_functions_are_refused_before_anything_is_opened(server: Any, tmp_path: Path) -> None:
    rooms = tmp_path / "rooms"
    with pytest.raises(SynclineError, match="a function as the view cart"):
        server(lambda _: None, storage=rooms, views={"cart": "cart"})
    with pytest.raises(SynclineError, match="functions by name"):
        server(lambda _: None, storage=rooms, views="cart")
    assert not rooms.exists()


def test_views_work_on_threads_too() -> None:
    def show(request: syncline.sync.ViewRequest) -> Any:
        return h("p", None, request.of("menu").get("tea", "no"), request.get("n", 0))

    async def slow(_: Any) -> Any: ...

    authorize: Any = lambda request: syncline.Grant(request.token, write=True)  # noqa: E731
    with pytest.raises(SynclineError, match="an async function"):
        syncline.sync.Server(authorize, views={"it": slow})
    with syncline.sync.Server(authorize, views={"it": show}) as server:
        listener = server.serve()
        with syncline.sync.connect(f"ws://127.0.0.1:{listener.port}", token="ada") as client:
            room = client.room("cart")
            view = room.view("it")
            view.ready(SECONDS)
            assert view.html() == "<p>no<!---->0</p>"
            told = view_events(view)
            server.room("menu").set("tea", "green")
            told.wait(SECONDS)
            assert view.html() == "<p>green<!---->0</p>"
            assert server.html("cart", "it") == "<p>green<!---->0</p>"
            missing = room.view("other")
            with pytest.raises(SynclineError):
                missing.ready(SECONDS)


def test_what_fails_is_told_on_the_thread_of_the_listeners() -> None:
    def wrong(_: Any) -> Any:
        raise ValueError("no")

    def authorize(request: syncline.AuthorizeRequest) -> Any:
        return syncline.Grant(request.token, write=True) if request.room == "cart" else wrong(request)

    told: queue.SimpleQueue[tuple[Any, str]] = queue.SimpleQueue()
    with syncline.sync.Server(authorize, views=wrong) as server:
        server.on("error", lambda event: told.put((event, threading.current_thread().name)))
        listener = server.serve()
        with syncline.sync.connect(f"ws://127.0.0.1:{listener.port}", token="ada") as client:
            view = client.room("cart").view("it")
            with pytest.raises(TimeoutError):
                view.ready(0.5)  # it is rendered again later
            event, thread = told.get(timeout=SECONDS)
            assert (type(event), thread) == (ViewFailed, "syncline-server")
            client.room("menu")
            event, thread = told.get(timeout=SECONDS)
            assert (type(event), thread) == (syncline.AuthorizeFailed, "syncline-server")


def view_events(view: syncline.sync.RoomView) -> Any:
    told = threading.Event()
    view.on("change", lambda _: told.set())
    return told
