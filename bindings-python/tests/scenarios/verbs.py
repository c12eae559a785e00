"""Which step does what."""

from __future__ import annotations

from typing import Literal, cast

from syncline._errors import SynclineError
from syncline._native import from_json

from scenarios import edits, network, storage, views
from scenarios.client import Client, start_client
from scenarios.questions import ask
from scenarios.scenario import Scenario, Step, StepError
from scenarios.server import answer_questions, start_server
from scenarios.words import Words
from scenarios.world import World

EDITS = {"set", "delete", "merge", "add", "insert", "remove", "move", "replace"}
CLIENT = {"closeroom", "forget", "closeclient", "flush", "askstored", "token", "presence"}
STORAGE = {"hold", "release", "fail", "crash", "reopen", "putaside", "bringback", "spoil"}
HOST = {
    "grant",
    "deny",
    "later",
    "revoke",
    "hostopen",
    "hostclose",
    "expire",
    "unload",
    "deleteroom",
    "shutdown",
    "wind_down",
}
NETWORK = {"connect", "unreachable", "drop", "cut", "late", "bury", "up", "down", "lose", "double", "swap", "raw"}
NETWORK |= {"slow", "writable", "fast", "tick", "run"}

MICROS = 1_000


def run(scenario: Scenario) -> list[Step]:
    """Runs a scenario, and gives its steps with the lines that they printed.

    Raises `StepError` at a step that cannot be done, or a check that fails.
    """
    world = World()
    happened = []
    for step in scenario.steps:
        try:
            do(world, step.words)
        except StepError as error:
            raise StepError(f"{step.words}: {error}") from error
        happened.append(Step(step.words, world.lines))
        world.lines = []
    return happened


def do(world: World, step: list[str]) -> None:
    """Does one step."""
    words = Words(step)
    verb = words.next()
    if verb in {"quiet", "loud"}:
        world.quiet = verb == "quiet"
    elif verb == "check":
        check(world, words)
    elif verb in EDITS:
        edits.edit(world, verb, words)
    elif verb == "batch":
        edits.batch(world, words)
    elif verb == "resolve":
        edits.resolve(world, words)
    elif verb == "write":
        edits.host_write(world, words)
    elif verb in {"server", "client"}:
        start(world, verb, words)
    elif verb == "open":
        open_room(world, words)
    elif verb in CLIENT:
        step_client(world, verb, words)
    elif verb in STORAGE:
        step_storage(world, verb, words)
    elif verb in HOST:
        step_host(world, verb, words)
    elif verb == "settle":
        network.settle(world)
    elif verb in NETWORK:
        step_network(world, verb, words)
    elif verb in views.VIEW:
        views.step_view(world, verb, words)
    elif verb in views.WATCH:
        views.step_watch(world, verb, words)
    elif verb in views.SHOW:
        views.step_show(world, verb, words)
    elif verb in views.SCREEN:
        views.step_screen(world, verb, words)
    else:
        with world.told():
            world.print(ask(world, verb, words))
    if words:
        raise StepError("a word too many")


def check(world: World, words: Words) -> None:
    """A question whose answer is known."""
    expected = words.rest.pop()
    try:
        answer = ask(world, words.next(), words)
    except SynclineError as error:
        answer = f"! {error.code}"
    if answer != expected:
        raise StepError(f"the answer is {answer}")


def start(world: World, verb: str, words: Words) -> None:
    if verb == "client":
        client = Client(words.next(), words.next())
        world.clients.append(client)
        start_client(world, client)
        return
    world.server.options = words.next()
    if words:
        world.server.durability = cast(Literal["durable", "volatile"], words.next())
    start_server(world)


def open_room(world: World, words: Words) -> None:
    client, room, mode = world.client(words.next()), words.next(), words.next()
    if mode not in {"rw", "ro"}:
        raise StepError(f"{mode}: neither rw nor ro")
    with world.told():
        client.rooms[room] = client.handle.open(room, mode == "rw")
    world.pump()


def step_client(world: World, verb: str, words: Words) -> None:
    client = world.client(words.next())
    handle = client.handle
    with world.told():
        match verb:
            case "closeroom":
                handle.close_room(client.room(words.next()))
            case "forget":
                handle.forget_room(client.room(words.next()))
            case "closeclient":
                handle.close()
            case "flush":
                handle.flush()
            case "askstored":
                handle.ask_stored()
            case "token":
                handle.set_token(words.next())
            case _:
                room, state = client.room(words.next()), words.next()
                if state == "null":
                    handle.clear_presence(room)
                else:
                    handle.set_presence(room, from_json(state))
    world.pump()


def step_storage(world: World, verb: str, words: Words) -> None:
    party = words.next()
    match verb:
        case "hold":
            storage.hold(world, party)
        case "release":
            storage.release(world, party, words.count())
        case "fail":
            room = words.next() if party == "server" else None
            outcome = words.next()
            if outcome not in {"kept", "lost"}:
                raise StepError(f"{outcome}: neither kept nor lost")
            if room is None:
                storage.fail_client(world, party, outcome == "kept")
            else:
                storage.fail_room(world, room, outcome == "kept")
        case "crash":
            storage.crash(world, party)
        case "reopen":
            storage.reopen(world, party)
        case "putaside":
            storage.put_aside(world, party)
        case "bringback":
            storage.bring_back(world, party)
        case _:
            storage.spoil(world, party, words.next() if words else None)


def step_host(world: World, verb: str, words: Words) -> None:
    first, handle = words.next(), None if verb in {"grant", "deny", "later"} else world.server.handle
    if handle is None:
        match verb:
            case "grant":
                world.answers[first] = words.rest
                words.rest = []
                answer_questions(world)
            case "deny":
                world.answers[first] = words.next()
                answer_questions(world)
            case _:
                world.answers[first] = None
    elif verb == "revoke":
        handle.revoke(first)
    elif verb == "shutdown":
        handle.shutdown(int(first))
    elif verb == "wind_down":
        handle.wind_down(int(first), int(words.next()))
    elif verb == "hostopen":
        with world.told():
            handle.room_open(first)
    else:
        room = world.server.number(first)
        with world.told():
            match verb:
                case "hostclose":
                    handle.room_release(room)
                case "expire":
                    handle.room_expire(room, words.number())
                case "unload":
                    handle.room_unload(room)
                case _:
                    handle.room_delete(room)
    world.pump()


def step_network(world: World, verb: str, words: Words) -> None:
    first = words.next()
    match verb:
        case "tick" | "run":
            world.let_pass(world.now + int(first) * MICROS, verb == "run")
        case "connect":
            network.connect(world, world.client(first), words.next() if words else first)
        case "unreachable":
            network.refuse_connection(world, world.client(first))
        case "drop":
            world.drop_link(world.client(first))
        case "cut":
            network.cut(world, world.client(first))
        case "late":
            network.arrive_late(world, world.client(first))
        case "bury":
            network.bury(world, world.client(first))
        case "up" | "down":
            network.deliver(world, world.client(first), verb, words.count())
        case "slow" | "fast":
            world.link(first).slow = verb == "slow"
        case "writable":
            link = world.link(first)
            if not link.owes:
                raise StepError("nothing was transmitted")
            link.owes = False
            world.server.handle.writable(link.conn)
        case _:
            way = words.next()
            network.tamper(world, verb, first, way, words.next() if words else None)
    world.pump()
