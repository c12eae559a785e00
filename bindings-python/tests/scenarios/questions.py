"""The questions that a step can ask, and a check can know the answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline._native import to_json
from syncline.handle import MISSING

from scenarios import views
from scenarios.events import content
from scenarios.scenario import StepError

if TYPE_CHECKING:
    from scenarios.words import Words
    from scenarios.world import World

HOST = {
    "hostget",
    "hoststaged",
    "hostentries",
    "hostversion",
    "hostpresences",
    "registers",
    "readers",
    "roommetric",
}


def ask(world: World, question: str, words: Words) -> str:
    """The answer to a question."""
    if question in views.QUESTIONS:
        return views.ask_view(world, question, words)
    if question in HOST:
        return ask_host(world, question, words)
    if question == "hostmetric":
        return member(world.server.handle.metrics(), words.next())
    if question == "hostrooms":
        return to_json([{"room": room, "name": name} for room, name in world.server.handle.rooms()])
    return ask_client(world, question, words)


def ask_client(world: World, question: str, words: Words) -> str:
    client = world.client(words.next())
    handle = client.handle
    if question == "metric":
        name = words.next()
        return member(handle.metrics(), name)
    if question == "status" and not words:
        return handle.overall_status()
    room = client.room(words.next())
    match question:
        case "get":
            key = words.next()
            shown = content(handle.get(room, key, MISSING))
            assert shown == (handle.get_json(room, key) or "-")
            return shown
        case "confirmed":
            return content(handle.confirmed_get(room, words.next(), MISSING))
        case "entries":
            prefix = words.next()
            assert handle.keys(room, prefix) == [key for key, _ in handle.entries(room, prefix)]
            return handle.entries_json(room, prefix)
        case "version":
            return str(handle.version(room) or 0)
        case "pending":
            return str(handle.pending(room))
        case "ready":
            return "yes" if handle.ready(room) else "no"
        case "denied":
            return handle.denied(room) or "-"
        case "status":
            status = handle.status(room)
            return "closed" if status is None else status[0]
        case "own":
            return content(handle.presence_own(room))
        case "presences":
            return participants(handle.presences(room))
        case _:
            raise StepError(f"{question}: no such question")


def ask_host(world: World, question: str, words: Words) -> str:
    name, handle = words.next(), world.server.handle
    room = handle.room(name)
    if room is None:
        return "closed"
    match question:
        case "hostget":
            key = words.next()
            held = handle.room_get(room, key)
            shown = "-" if held is None else f"{held[0]} {to_json(held[1])}"
            assert handle.room_get_json(room, key) == (held and (held[0], to_json(held[1])))
            return shown
        case "hoststaged":
            staged = handle.room_staged_json(room, words.next())
            return "-" if staged is None else f"{staged[0]} {staged[1]}"
        case "hostentries":
            prefix = words.next()
            text = handle.room_entries_json(room, prefix)
            assert to_json(dict(handle.room_entries(room, prefix))) == text
            return text
        case "hostpresences":
            return participants(handle.room_presences(room))
        case "roommetric":
            return member(handle.room_metrics(room), words.next())
        case "hostversion":
            return str(handle.room_report(room)["version"])
        case _:
            return str(handle.room_report(room)[question])


def member(report: dict[str, Any], name: str) -> str:
    """The number with this name, wherever it stands in a report."""
    if name in report:
        return to_json(report[name])
    found = (member(inner, name) for inner in report.values() if isinstance(inner, dict))
    return next((number for number in found if number != "-"), "-")


def participants(others: list[tuple[int, Any]]) -> str:
    return to_json([{"id": number, "state": state} for number, state in others])
