"""The steps and questions about views and screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncline._native import from_json
from syncline.handle import MISSING, ClientHandle, Output, Screen, Tree, View

from scenarios import questions
from scenarios.scenario import StepError

if TYPE_CHECKING:
    from scenarios.words import Words
    from scenarios.world import World

VIEW = {"view", "screen", "template", "binding", "render", "absorb", "draw"}
WATCH = {"watch", "unwatch"}
SHOW = {"read", "show", "keepview", "endview", "touchview"}
SCREEN = {"tell", "forge", "predict", "settled", "undone", "observe"}
QUESTIONS = {
    "viewhtml",
    "viewjson",
    "viewcursor",
    "wholejson",
    "framejson",
    "screenhtml",
    "screencursor",
    "predictions",
    "watchedhtml",
    "watchedmetric",
}


@dataclass
class Shown:
    """A screen, and the view that it shows."""

    view: str
    screen: Screen


def find_view(world: World, name: str) -> View:
    if name not in world.views:
        raise StepError(f"{name}: no such view")
    return world.views[name]


def find_screen(world: World, name: str) -> Shown:
    if name not in world.screens:
        raise StepError(f"{name}: no such screen")
    return world.screens[name]


def optional(word: str) -> str | None:
    return None if word == "-" else word


def data(word: str) -> bytes:
    return b"" if word == "-" else bytes.fromhex(word)


def digits(data: bytes) -> str:
    return data.hex() or "-"


def step_view(world: World, verb: str, words: Words) -> None:
    name = words.next()
    if verb == "view":
        world.views[name] = View(name, words.number())
        return
    if verb == "screen":
        view = words.next()
        find_view(world, view)
        world.screens[name] = Shown(view, Screen())
        return
    view = find_view(world, name)
    with world.told():
        match verb:
            case "template":
                world.print(f"number {view.template(words.next())[0]}")
            case "binding":
                world.print(f"number {view.bind(words.next())}")
            case "render":
                view.render_json(words.next())
            case "absorb":
                drafts, words.rest = [data(word) for word in words.rest], []
                view.absorb(drafts)
            case _:
                draw(view, words)
        if verb not in {"template", "binding"}:
            world.print(f"revision {view.cursor()[1]}")


def draw(view: View, words: Words) -> None:
    """Renders what is written part after part; after the first that is refused nothing more is."""
    tree = Tree(view)
    tree.hole()
    tree.clear()
    try:
        while words:
            draw_part(view, tree, words)
    finally:
        words.rest = []
    view.render(tree)


def draw_part(view: View, tree: Tree, words: Words) -> None:
    match words.next():
        case "open":
            tree.open(view.tag(words.next()))
        case "attr":
            name, value = words.next(), words.next()
            tree.attr(view.attribute(name), value)
        case "key":
            tree.key(words.next())
        case "text":
            tree.text(words.next())
        case "hole":
            tree.hole()
        case "raw":
            tree.raw(words.next())
        case "fragment":
            tree.fragment()
        case "instance":
            tree.instance(words.number(), optional(words.next()))
        case "row":
            number, key, count = words.number(), optional(words.next()), words.number()
            tree.row(number, key, [words.next() for _ in range(count)])
        case "bound" | "choice" as part:
            number, json = words.number(), optional(words.next())
            value = MISSING if json is None else from_json(json)
            if part == "bound":
                tree.bound(number, value)
            else:
                tree.choice(number, value)
        case "close":
            tree.close()
        case part:
            raise StepError(f"{part}: no part of a tree")


def step_screen(world: World, verb: str, words: Words) -> None:
    shown = find_screen(world, words.next())
    screen = shown.screen
    with world.told():
        match verb:
            case "tell":
                frame = find_view(world, shown.view).frame(screen.cursor())
                world.print(f"frame {digits(frame)}")
                screen.take(frame)
            case "forge":
                screen.take(data(words.next()))
            case "settled":
                screen.settle(words.number())
            case "undone":
                screen.undo(words.number())
            case "predict":
                edit, room, key = words.number(), optional(words.next()), words.next()
                screen.predict(edit, room, key, from_json(words.next()))
            case _:
                room, key = optional(words.next()), words.next()
                screen.observe(room, key, from_json(words.next()), from_json(words.next()))
    while (change := screen.change()) is not None:
        world.print(f"change {digits(change)}")


def step_watch(world: World, verb: str, words: Words) -> None:
    """A client begins to watch a view of a room, or ends."""
    client = world.client(words.next())
    if verb == "watch":
        room, view = client.room(words.next()), words.next()
        with world.told():
            world.print(f"view {client.handle.watch(room, view)}")
    else:
        client.handle.unwatch(words.number())
    world.pump()


def step_show(world: World, verb: str, words: Words) -> None:
    """The host answers for a view of a room."""
    handle, room, view = world.server.handle, world.server.number(words.next()), words.next()
    with world.told():
        match verb:
            case "show":
                open_for_view(world, room, view, words)
                handle.room_show(room, view, find_view(world, view))
            case "read":
                open_for_view(world, room, view, words)
            case "keepview":
                handle.room_keep_view(room, view)
            case "endview":
                handle.room_end_view(room, view, words.next())
            case _:
                handle.room_touch_view(room, view)
    world.pump()


def open_for_view(world: World, room: int, view: str, words: Words) -> None:
    """What is being rendered reads these rooms."""
    others, words.rest = words.rest, []
    for other in others:
        world.server.handle.room_open_for_view(room, view, other)


def print_changes(world: World, handle: ClientHandle, output: Output) -> None:
    """What pages of a client have to do now."""
    if output.kind == "view":
        assert output.view is not None
        while (change := handle.view_change(output.view)) is not None:
            world.print(f"change {digits(change)}")


def ask_watched(world: World, question: str, words: Words) -> str:
    """The answer to a question about a view that a client watches."""
    handle, view = world.client(words.next()).handle, words.number()
    if question == "watchedhtml":
        return handle.view_html(view)
    wanted = words.next()
    return questions.member(handle.view_metrics(view), wanted)


def ask_view(world: World, question: str, words: Words) -> str:
    """The answer to a question about views and screens."""
    if question.startswith("watched"):
        return ask_watched(world, question, words)
    name = words.next()
    match question:
        case "viewhtml":
            return find_view(world, name).html()
        case "viewjson":
            return find_view(world, name).json()
        case "wholejson":
            return find_view(world, name).frame_json()
        case "viewcursor":
            return " ".join(map(str, find_view(world, name).cursor()))
        case "screenhtml":
            return find_screen(world, name).screen.html()
        case "screencursor":
            return " ".join(map(str, find_screen(world, name).screen.cursor()))
        case "framejson":
            shown = find_screen(world, name)
            return find_view(world, shown.view).frame_json(shown.screen.cursor())
        case _:
            return questions.member(find_screen(world, name).screen.metrics(), words.next())
