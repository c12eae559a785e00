"""How events look in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline._native import to_json
from syncline.handle import MISSING, ClientHandle, Output

if TYPE_CHECKING:
    from scenarios.world import World


def client_event(handle: ClientHandle, event: Output) -> str:
    """An event of a client."""
    room = "-" if event.room is None else handle.room_name(event.room) or f"#{event.room}"
    again = "retries" if event.retries else "final"
    match event.kind:
        case "change":
            return f"change {room} {event.origin} {to_json(event.keys)}"
        case "verdict":
            return f"{event.verdict} {room} {event.draft} {verdict(event)}"
        case "refused":
            return f"resolved {sides(room, event)} by {'-' if event.by is None else event.by}"
        case "conflict":
            return f"conflict {sides(room, event)}"
        case "unknown":
            assert event.edits is not None
            return f"handed back {room} {event.draft} {event.code} {to_json(event.edits)}"
        case "resumed":
            return f"resumed {room} {event.resume}" + ("" if event.code is None else f" {event.code}")
        case "denied":
            return f"denied {room} {event.code} {again}"
        case "failed":
            return f"failed {event.code} {again}"
        case "status":
            return f"status {room} {event.status}"
        case "view":
            return f"view {room} {event.view}"
        case "unwatched":
            return f"unwatched {room} {event.view} {event.code}"
        case "stored":
            return f"stored {event.mark}"
        case "storage_failed":
            return "storage failed"
        case kind:
            return f"{kind} {room}"


def verdict(event: Output) -> str:
    match event.verdict:
        case "applied":
            return f"{event.version}"
        case "refused":
            return f"{event.code} {event.op}"
        case _:
            return f"{event.code}"


def sides(room: str, refused: Output) -> str:
    mine, base, theirs = (content(side) for side in (refused.mine, refused.base, refused.theirs))
    assert refused.drafts is not None and refused.drafts[0] == refused.draft
    drafts = "+".join(map(str, refused.drafts))
    return f"{room} {drafts} {refused.key} {refused.code} mine {mine} base {base} theirs {theirs}"


def content(value: Any) -> str:
    """What a key holds, or `-`."""
    return "-" if value is MISSING else to_json(value)


def server_event(world: World, event: Output) -> str:
    """An event of the server."""
    room = "" if event.room is None else world.server.name(event.room)
    match event.kind:
        case "joined":
            return f"joined {room} {world.owner_of(event.conn)} {event.channel} as {event.principal}"
        case "left":
            who = f"{world.owner_of(event.conn)} {event.channel} as {event.principal}"
            return f"left {room} {who} {event.code or '-'}"
        case "opened" | "closed":
            return f"{event.kind} {event.name}"
        case "failed":
            return f"failed {event.name} {event.code}"
        case "written":
            return f"written {room} {event.write} {event.version}"
        case "write_failed":
            return f"write failed {room} {event.write} {event.code}"
        case "changed":
            keys, by = to_json(event.keys), to_json(event.principals)
            return f"changed {room} {event.version} {keys} by {by}"
        case kind:
            raise AssertionError(f"{kind}: an event that no line shows")
