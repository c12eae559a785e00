"""Handles in automatic mode on files: what was made is there after the next start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scripts import run_script
from syncline._errors import StorageError
from syncline.handle import ClientHandle, Edits, ServerHandle


def test_a_client_keeps_its_edits_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    client = ClientHandle.automatic('{"schema":"shop"}', path)
    room = client.open("cart")
    client.set(room, "total", {"sum": 1.5})
    client.insert(room, "list", 0, "a")
    client.insert(room, "list", 1, "b")
    assert client.close() == 3
    again = ClientHandle.automatic(None, os.fspath(path))
    room = again.open("cart")
    assert (again.pending(room), again.pending_total()) == (3, 3)
    assert again.entries(room) == [("list", ["a", "b"]), ("total", {"sum": 1.5})]
    items = again.items(room, "list")
    assert items is not None
    assert [value for _, value in items] == ["a", "b"]
    assert again.close() == 3


def test_a_process_that_is_killed_keeps_what_was_durable(tmp_path: Path) -> None:
    script = """
        import os, sys
        from syncline.handle import ServerHandle, Edits
        server = ServerHandle.automatic(None, sys.argv[1])
        room = server.room_open("cart")
        edits = Edits()
        edits.set("a", [1, 2])
        server.room_write(room, edits)
        while "written" not in [output.kind for output in server.drain()]:
            pass
        os._exit(0)
    """
    run_script(script, str(tmp_path))
    server = ServerHandle.automatic(None, tmp_path)
    room = server.room_open("cart")
    while "opened" not in [output.kind for output in server.drain()]:
        pass
    assert server.room_get(room, "a") == (1, [1, 2])
    assert server.room_get_json(room, "a") == (1, "[1,2]")
    assert server.room_report(room)["version"] == 1
    server.close()


def test_storage_is_one_handles_at_a_time(tmp_path: Path) -> None:
    client = ClientHandle.automatic(None, tmp_path / "journal")
    with pytest.raises(StorageError) as caught:
        ClientHandle.automatic(None, tmp_path / "journal")
    assert caught.value.code == "StorageInUse"
    client.close()
    ClientHandle.automatic(None, tmp_path / "journal").close()
    server = ServerHandle.automatic(None, tmp_path / "rooms")
    with pytest.raises(StorageError):
        ServerHandle.automatic(None, tmp_path / "rooms")
    del server
    ServerHandle.automatic(None, tmp_path / "rooms").close()


def test_damaged_storage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"not a journal, and long enough not to be a torn one" * 10)
    with pytest.raises(StorageError) as caught:
        ClientHandle.automatic(None, path)
    assert caught.value.code == "StorageCorrupt"


def test_a_room_is_exported_and_brought_elsewhere() -> None:
    server = ServerHandle.automatic()
    room = server.room_open("cart")
    edits = Edits()
    edits.set("a", "x")
    server.room_write(room, edits)
    while server.room_get(room, "a") is None:
        server.drain()
    blob = server.room_export(room)
    server.close()
    other = ServerHandle.manual("{}", "durable", bytes(range(32)), 0)
    number = other.room_open("cart")
    other.room_opened(number, [blob])
    assert other.room_entries(number) == [("a", "x")]
    assert other.room_entries_json(number, "a") == '{"a":"x"}'
