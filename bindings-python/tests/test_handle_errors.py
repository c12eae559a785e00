"""Every code has its exception, and an exception says all that the engine said."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from syncline import _errors
from syncline._carrier import close_number
from syncline._errors import CODES, ForkedProcessError, SynclineError, exception_of
from syncline._native import codes
from syncline.handle import ClientHandle, Edits, ServerHandle

TABLE = Path(__file__).parents[2] / "include" / "status.tsv"

#: The class of a code, by its number.
GROUPS = [
    (range(-99, -79), "RefusedError"),
    (range(-79, -59), "ProtocolError"),
    (range(-59, -39), "RefusedError"),
    (range(-29, -19), "ValueRefusedError"),
]
ALONE = {
    "Internal": "InternalError",
    "Panic": "InternalError",
    "Poisoned": "InternalError",
    "InvalidArgument": "SynclineError",
    "Closed": "ClosedError",
    "BufferTooSmall": "SynclineError",
    "NotFound": "SynclineError",
    "StorageInUse": "StorageError",
    "StorageFailed": "StorageError",
    "StorageCorrupt": "StorageError",
    "Full": "QueueFullError",
    "WrongMode": "SynclineError",
    "Timeout": "SynclineError",
    "InvalidName": "SynclineError",
    "WrongType": "ValueRefusedError",
    "Overflow": "ValueRefusedError",
    "NoSuchItem": "ValueRefusedError",
    "DuplicateItem": "ValueRefusedError",
}


def test_the_table_is_that_of_every_language() -> None:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    errors = {name: (int(number), message, int(closes)) for number, name, _, message, closes in rows if int(number) < 0}
    here = {name: (entry.number, entry.message, close_number(name)) for name, entry in CODES.items()}
    assert here == errors
    assert codes() == {name: number for name, (number, _, _) in errors.items()}


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_the_class_of_its_group(code: str) -> None:
    number = CODES[code].number
    groups = [name for numbers, name in GROUPS if number in numbers]
    expected = ALONE.get(code) or groups[0]
    error = exception_of(code, "this", "that")
    assert type(error).__name__ == expected
    assert isinstance(error, SynclineError)
    assert (error.code, error.number, error.expected, error.actual) == (code, number, "this", "that")
    assert str(error) == error.message == f"{CODES[code].message}: expected this, got that"


def classes() -> list[type[SynclineError]]:
    found = [it for it in vars(_errors).values() if isinstance(it, type) and issubclass(it, SynclineError)]
    assert len(found) == 9
    return found


@pytest.mark.parametrize("error", classes())
def test_an_exception_is_pickled_and_copied_whole(error: type[SynclineError]) -> None:
    made = error("Stale", "this", "that")
    made.add_note("a note")
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert type(again) is error
        assert vars(again) == vars(made)
        assert str(again) == str(made)


class ToldError(SynclineError):
    pass


def test_an_exception_can_be_made_and_extended() -> None:
    assert str(ToldError("Forbidden")) == "not permitted"
    assert repr(ToldError("Forbidden", "a", "b")) == "ToldError('Forbidden', 'a', 'b')"
    assert type(pickle.loads(pickle.dumps(ToldError("Forbidden")))) is ToldError
    with pytest.raises(ValueError, match="Nonsense: no code"):
        ToldError("Nonsense")
    assert ForkedProcessError().code == "Closed"


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(SynclineError) as caught:
        call(*arguments)
    assert caught.value.expected
    assert caught.value.actual
    return caught.value.code


def test_a_call_that_is_refused_says_why_and_changes_nothing() -> None:
    client = ClientHandle.automatic()
    room = client.open("cart")
    client.insert(room, "list", 0, "item")
    client.set(room, "text", "x")
    table: list[tuple[Any, tuple[Any, ...], str]] = [
        (client.open, ("",), "InvalidName"),
        (client.open, ("x" * 2000,), "InvalidName"),
        (client.set, (room + 1, "a", 1), "NotFound"),
        (client.set, (2**32, "a", 1), "InvalidArgument"),
        (client.set, (-1, "a", 1), "InvalidArgument"),
        (client.set, (room, "", 1), "InvalidName"),
        (client.set, (room, "a\udc80", 1), "LoneSurrogate"),
        (client.merge, (room, "text", {}), "WrongType"),
        (client.merge, (room, "a", 3), "WrongType"),
        (client.add, (room, "text", 1), "WrongType"),
        (client.add, (room, "a", "1"), "WrongType"),
        (client.insert, (room, "list", 2, 0), "InvalidArgument"),
        (client.insert, (room, "list", -1, 0), "InvalidArgument"),
        (client.remove, (room, "list", 1), "NoSuchItem"),
        (client.move, (room, "list", 0, 2**53), "InvalidArgument"),
        (client.replace, (room, "list", 2**70, 0), "InvalidArgument"),
        (client.items, (room, "text"), "WrongType"),
        (client.resolve, (room, 7, "keep_mine"), "NotFound"),
        (client.resolve, (room, 7, "toss a coin"), "InvalidArgument"),
        (client.set_presence, (room, None), "WrongType"),
        (client.batch, (room, Edits()), "InvalidArgument"),
        (client.set_now, (1,), "WrongMode"),
        (client.drain, (0,), "InvalidArgument"),
        (client.connected, ("\ud800",), "LoneSurrogate"),
        (ClientHandle.automatic, ("{",), "InvalidArgument"),
        (ClientHandle.automatic, ('{"debounse":{}}',), "InvalidArgument"),
        (ClientHandle.manual, ("{}", b"short", [], 0), "InvalidArgument"),
        (ClientHandle.manual, ("{}", bytes(32), [b"nonsense"], 0), "StorageCorrupt"),
        (ServerHandle.manual, ("{}", "eternal", bytes(32), 0), "InvalidArgument"),
        (ServerHandle.automatic, ('{"limits":{"depth":0}}',), "InvalidArgument"),
    ]
    before = client.entries(room)
    for call, arguments, code in table:
        assert (call.__name__, refused(call, *arguments)) == (call.__name__, code)
    assert client.entries(room) == before == [("list", ["item"]), ("text", "x")]
    client.close()


def test_an_argument_of_another_type_is_a_type_error() -> None:
    client = ClientHandle.automatic()
    server = ServerHandle.automatic()
    room = client.open("cart")
    table: list[tuple[Any, tuple[Any, ...]]] = [
        (client.set, (room, 5, 1)),
        (client.set, ("cart", "a", 1)),
        (client.set, (1.0, "a", 1)),
        (client.open, (None,)),
        (client.receive, (5,)),
        (client.batch, (room, [])),
        (client.prometheus, ({"a": 1},)),
        (client.automatic, (b"{}",)),
        (client.automatic, ("{}", 5)),
        (client.manual, ("{}", bytes(32), b"blob", 0)),
        (client.manual, ("{}", bytes(32), ["blob"], 0)),
        (server.grant, (1, "ada", "cart/")),
        (server.grant, (1, "ada", [b"cart/"])),
        (server.room_opened, (1, {b"": 1})),
    ]
    for call, arguments in table:
        with pytest.raises(TypeError):
            call(*arguments)
    client.close()
    server.close()


def test_a_closed_handle_says_so_whatever_is_asked() -> None:
    client, server = ClientHandle.automatic(), ServerHandle.automatic()
    client.close()
    server.close()
    calls: list[tuple[Any, tuple[Any, ...]]] = [
        (client.close, ()),
        (client.poll, ()),
        (client.drain, ()),
        (client.get, (1, "a")),
        (client.open, ("cart",)),
        (client.receive, (b"x",)),
        (client.receive, (bytes(20_000),)),
        (client.metrics, ()),
        (client.flight, ()),
        (server.close, ()),
        (server.poll, ()),
        (server.rooms, ()),
        (server.shutdown, (0,)),
        (server.wind_down, (0, 0)),
        (server.flight, ()),
        (server.receive, (1, "{}")),
    ]
    for call, arguments in calls:
        with pytest.raises(_errors.ClosedError):
            call(*arguments)
    client.set_wake(None)
    server.set_wake(None)
    assert repr(client) == "<ClientHandle automatic, closed>"
    assert repr(server) == "<ServerHandle automatic, closed>"
