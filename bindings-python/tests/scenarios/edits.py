"""The steps in which somebody writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from syncline._native import from_json
from syncline.handle import Edits

from scenarios.scenario import StepError

if TYPE_CHECKING:
    from scenarios.words import Words
    from scenarios.world import World


def item(word: str) -> str:
    """The identity of a list item, of which a step may leave out leading zeros."""
    return f"{int(word, 16):016x}"


def neighbour(word: str) -> str | None:
    return None if word == "-" else item(word)


def next_edit(edits: Edits, words: Words) -> None:
    """Takes one edit of a list of them."""
    verb, key = words.next(), words.next()
    match verb:
        case "set":
            edits.set(key, from_json(words.next()))
        case "merge":
            edits.merge(key, from_json(words.next()))
        case "add":
            edits.add(key, from_json(words.next()))
        case "delete":
            edits.delete(key)
        case "expect":
            edits.expect(key)
        case "require":
            edits.expect(key, if_version=words.number())
        case "insert":
            id_, left, right = item(words.next()), neighbour(words.next()), neighbour(words.next())
            edits.insert_item(key, id_, from_json(words.next()), left, right)
        case "remove":
            edits.remove_item(key, item(words.next()))
        case "move":
            edits.move_item(key, item(words.next()), neighbour(words.next()), neighbour(words.next()))
        case "replace":
            edits.replace_item(key, item(words.next()), from_json(words.next()))
        case "insertat":
            index, id_ = words.number(), item(words.next())
            edits.insert(key, index, from_json(words.next()), item=id_)
        case "removeat":
            edits.remove(key, words.number())
        case "moveto":
            edits.move(key, words.number(), words.number())
        case "replaceat":
            edits.replace(key, words.number(), from_json(words.next()))
        case _:
            raise StepError(f"{verb}: no edit")


def all_edits(words: Words) -> Edits:
    edits = Edits()
    while words:
        next_edit(edits, words)
    return edits


def edit(world: World, verb: str, words: Words) -> None:
    """`NAME ROOM KEY …`"""
    client = world.client(words.next())
    handle, room, key = client.handle, client.room(words.next()), words.next()
    with world.told():
        match verb:
            case "set":
                draft = handle.set(room, key, from_json(words.next()))
            case "merge":
                draft = handle.merge(room, key, from_json(words.next()))
            case "add":
                draft = handle.add(room, key, from_json(words.next()))
            case "delete":
                draft = handle.delete(room, key)
            case "insert":
                draft = handle.insert(room, key, words.number(), from_json(words.next()))
            case "remove":
                draft = handle.remove(room, key, words.number())
            case "move":
                draft = handle.move(room, key, words.number(), words.number())
            case _:
                draft = handle.replace(room, key, words.number(), from_json(words.next()))
        world.print(f"draft {draft}")
    world.pump()


def batch(world: World, words: Words) -> None:
    """`NAME ROOM [EDIT KEY …]…`"""
    client = world.client(words.next())
    handle, room = client.handle, client.room(words.next())
    with world.told():
        world.print(f"draft {handle.batch(room, all_edits(words))}")
    world.pump()


def resolve(world: World, words: Words) -> None:
    """`NAME ROOM DRAFT mine|theirs|JSON`"""
    client = world.client(words.next())
    handle, room, draft, word = client.handle, client.room(words.next()), words.number(), words.next()
    resolutions: dict[str, Literal["keep_mine", "keep_theirs"]] = {"mine": "keep_mine", "theirs": "keep_theirs"}
    with world.told():
        if word in resolutions:
            made = handle.resolve(room, draft, resolutions[word])
        else:
            made = handle.resolve(room, draft, "value", from_json(word))
        if made is not None:
            world.print(f"draft {made}")
    world.pump()


def host_write(world: World, words: Words) -> None:
    """`ROOM [EDIT KEY …]…`"""
    room, handle = world.server.number(words.next()), world.server.handle
    with world.told():
        world.print(f"write {handle.room_write(room, all_edits(words))}")
    world.pump()
