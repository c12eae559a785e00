"""Every example of the README runs."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import syncline
from syncline.views import Screen, View, each, h
from test_frameworks import running
from world import SECONDS, World

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FRONT = Path(__file__).parents[2] / "README.md"
VIEWS = (Path(__file__).parents[2] / "VIEWS.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SIZE = 250


def example(needle: str) -> str:
    """The one example with this text."""
    (found,) = [each for each in EXAMPLES if needle in each]
    return str(found)


def load(needle: str) -> dict[str, Any]:
    """What an example defines."""
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(example(needle), "README.md", "exec"), names)
    return names


def test_the_readme_is_short_and_all_its_examples_are_run() -> None:
    assert len(README.splitlines()) < SIZE
    needles = [
        "asyncio.run(main())",
        "syncline.sync.connect",
        "FastAPI",
        "room.batch()",
        "ask_a_person",
        "follow",
        "sell",
        "ViewRequest",
    ]
    assert sorted(example(needle) for needle in needles) == sorted(EXAMPLES)


@pytest.mark.parametrize("needle", ["asyncio.run(main())", "syncline.sync.connect"])
def test_a_program(needle: str) -> None:
    command = [sys.executable, "-W", "error", "-c", example(needle)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_example_of_the_front_page() -> None:
    text = FRONT.read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    command = [sys.executable, "-W", "error", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Applied(version=")


async def test_what_is_said_of_limits_and_times() -> None:
    wrong: list[dict[str, Any]] = [{"limits": {"value_byte": 1}}, {"timing": {"idle": 1}}]
    too_much: Any = {"value_bytes": 2**30}
    for options in (*wrong, {"limits": too_much}):
        with pytest.raises(syncline.SynclineError) as told:
            syncline.Server(print, **options)
        assert told.value.code == "InvalidArgument"
    for options in wrong:
        with pytest.raises(syncline.SynclineError) as told:
            await syncline.connect("ws://localhost:1", **options)
        assert told.value.code == "InvalidArgument"
    async with syncline.connect("ws://localhost:1", limits=too_much) as client:
        assert client.limits["value_bytes"] == 2**20


async def test_an_application() -> None:
    names = load("FastAPI")
    async with (
        running(names["app"], lifespan="on") as port,
        syncline.connect(f"ws://127.0.0.1:{port}/sync") as client,
    ):
        edit = client.room("shop").set("a", 1)
        assert isinstance(await edit.settled(), syncline.Applied)
    with pytest.raises(syncline.ClosedError):
        names["server"].rooms()


async def test_edits(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await world.serve()
    await load("room.batch()")["edits"](await world.room())
    assert "in the room since version" in capsys.readouterr().out


async def test_resolvers(world: World) -> None:
    server = await world.serve(policy={"stock/": "strict"})
    host = server.room("cart")
    await host.set("stock/tea", 1)
    client = await load("ask_a_person")["connect"](world.url)
    world.closing.append(client.close)
    room = client.room("cart")
    await room.ready()
    told = asyncio.Event()
    stop = room.on("refused", lambda _: told.set())
    while not told.is_set():
        edit = room.set("stock/tea", 5)
        await host.add("stock/tea", 1)
        verdict = await edit.settled()
    stop()
    assert verdict.code == "Stale" and verdict.by is not None
    assert room.get("stock/tea") == max(verdict.mine, verdict.theirs)


async def test_changes(world: World) -> None:
    await world.serve()
    room = await world.room()
    following = asyncio.ensure_future(load("follow")["follow"](room))
    await asyncio.sleep(0)
    room.set("cart/items", [])
    room.set("stock/tea", 1)
    await following
    assert room.presence.self == {"cursor": 3}


async def test_writes_of_the_host(world: World) -> None:
    await load("sell")["sell"](await world.serve())


async def test_views(world: World) -> None:
    await world.serve(views={"cart": load("ViewRequest")["show"]})
    room = await world.room()
    room.set("title", "Tea")
    await room.set("items/1", "milk").settled()
    view = room.view("cart")
    await view.ready()
    assert view.html() == "<h1>Tea</h1><ul><li>milk</li></ul>"


def views_example(name: str) -> str:
    """The one example of VIEWS.md with this name."""
    (found,) = re.findall(rf"^```python {name}\n(.*?)^```", VIEWS, re.DOTALL | re.MULTILINE)
    return str(found)


def test_all_examples_of_views_are_run() -> None:
    assert re.findall(r"^```python(.*)$", VIEWS, re.MULTILINE) == [" shown", " bound", " ends"]


async def test_a_view_as_shown(world: World) -> None:
    names: dict[str, Any] = {"__name__": "views"}
    exec(compile(views_example("shown"), "VIEWS.md", "exec"), names)
    server = await world.serve(views={"list": names["show"]})
    await server.room("menu").set("today", "soup")
    shop = server.room("shop")
    await shop.set("items/1", {"name": "milk", "done": True})
    await shop.set("open", True)
    room = await world.room("shop")
    view = room.view("list")
    await view.ready()
    room.set("title", "Tea")
    row = '<li class="done" data-id="items/1">milk</li>'
    shown = f'<main><h1>Tea</h1><ul>{row}</ul><p class="menu">soup</p></main>'
    assert view.html() == shown
    assert await server.html("shop", "list") == shown.replace("Tea", "<!---->")


def test_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "views"}
    exec(compile(views_example("bound"), "VIEWS.md", "exec"), names)
    view, screen = View("bound"), Screen()
    view.render(names["show"](1234.5, False, [], 1))
    screen.take(view.frame(screen.cursor()))
    screen.predict(1, None, "total", 2345.5)
    screen.predict(2, None, "open", True)
    screen.predict(3, None, "items", [{"id": 1, "kind": "hot", "name": "tea"}])
    screen.predict(4, "counters", "visits", 2)
    want = '<b title="2345.5">$2,345.50</b><nav>menu</nav><ul><li class="hot">TEA</li></ul>2'
    assert screen.html() == want
    exec(compile(views_example("ends"), "VIEWS.md", "exec"), {"__name__": "views"})
    assert capsys.readouterr().out.startswith("<p>Count: <!---->")


def test_bindings_of_c_are_taken() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", VIEWS, re.DOTALL | re.MULTILINE)
    view = View("bound")
    view.template('<li class="{kind}">{name}</li>')
    assert [view.bind(line) for line in block.splitlines()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("before", "after", "then", "show"),
    [
        (1, 2, 5, lambda n: h("p", None, f"{n} of 7")),
        (1, 2, 5, lambda n: h("p", None, n + 10)),
        ("a", "b", "c", lambda text: h("p", None, text.upper())),
        ({"name": "a"}, {"name": "b"}, {"name": "c"}, lambda it: h("p", {"title": it["name"]})),
        (False, True, False, lambda is_open: h("p", None, h("nav", None, "menu") if is_open else None)),
        (
            [{"id": 1, "name": "a"}],
            [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
            [{"id": 3, "name": "c"}, {"id": 1, "name": "a"}],
            lambda items: h("ul", None, *(h("li", None, it["name"], key=it["id"]) for it in items)),
        ),
    ],
)
def test_what_is_said_to_be_learned_is(before: Any, after: Any, then: Any, show: Any) -> None:
    view, screen = View("learned"), Screen()
    view.render(show(before))
    screen.take(view.frame(screen.cursor()))
    screen.observe(None, "key", before, after)
    view.render(show(after))
    screen.take(view.frame(screen.cursor()))
    screen.predict(1, None, "key", then)
    view.render(show(then))
    assert screen.html() == view.html()


def test_what_is_said_not_to_be_learned_is_not() -> None:
    view, screen = View("learned"), Screen()

    def show(count: int) -> None:
        view.render(each(range(count), render=lambda n: h("li", None, f"name {n}", key=n)))
        screen.take(view.frame(screen.cursor()))

    show(1)
    for count in (1, 2):
        screen.observe(None, f"items/{count}", None, f"name {count}")
        show(count + 1)
    shown = screen.html()
    screen.predict(1, None, "items/3", "name 3")
    assert screen.html() == shown
