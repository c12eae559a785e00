"""A client and a server in one process, each through its handle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from syncline._errors import RefusedError, SynclineError
from syncline.handle import MISSING, ClientHandle, Edits, Output, ServerHandle

MILLIS = 1_000


class Pair:
    """Carries frames between clients and a server in manual mode, in which time is what is said."""

    def __init__(self, options: str = '{"watch":true}', *configs: str) -> None:
        self.server = ServerHandle.manual(options, "volatile", bytes(range(32)), 0)
        self.clients = [
            ClientHandle.manual(config, bytes([number]) * 32, [], 0)
            for number, config in enumerate(configs or ('{"durable":false}',), start=1)
        ]
        self.now = 0
        self.told: list[Output] = []

    def settle(self, forward: int = 0) -> list[Output]:
        """Lets time pass, delivers all, and gives what was told."""
        self.now += forward * MILLIS
        self.server.set_now(self.now)
        for client in self.clients:
            client.set_now(self.now)
        start = len(self.told)
        while self._client_outputs() or self._server_outputs():
            pass
        return self.told[start:]

    def _client_outputs(self) -> bool:
        moved = False
        for conn, client in enumerate(self.clients, start=1):
            for output in client.drain():
                moved = True
                if output.kind == "connect":
                    self.server.connected(conn)
                    client.connected(f"token-{conn}")
                elif output.kind == "transmit":
                    assert output.bytes is not None
                    self.server.receive(conn, output.bytes)
                else:
                    self.told.append(output)
        return moved

    def _server_outputs(self) -> bool:
        outputs = self.server.drain()
        for output in outputs:
            if output.kind == "transmit":
                assert output.conn is not None
                assert output.bytes is not None
                self.clients[output.conn - 1].receive(output.bytes)
                self.server.writable(output.conn)
            elif output.kind == "authorize":
                assert output.request is not None
                assert (output.name, output.schema) == ("cart", "")
                self.server.grant(output.request, f"user-{output.conn}", [""])
            else:
                self.told.append(output)
        return bool(outputs)


def only(outputs: list[Output], kind: str) -> Output:
    (found,) = [output for output in outputs if output.kind == kind]
    return found


def test_an_edit_gets_its_verdict_and_the_host_hears_of_it() -> None:
    pair = Pair()
    (client,) = pair.clients
    room = client.open("cart")
    told = pair.settle()
    assert only(told, "joined").principal == "user-1"
    assert only(told, "ready").room == room
    draft = client.set(room, "total", 15)
    assert client.confirmed_get(room, "total", MISSING) is MISSING
    told = pair.settle(100)
    verdict = only(told, "verdict")
    assert (verdict.room, verdict.draft, verdict.verdict, verdict.version) == (room, draft, "applied", 1)
    assert (verdict.code, verdict.op, verdict.keys, verdict.mine) == (None, None, None, MISSING)
    changed = only(told, "changed")
    assert (changed.keys, changed.principals, changed.version) == (["total"], ["user-1"], 1)
    change = next(output for output in told if output.kind == "change")
    assert (change.keys, change.origin) == (["total"], "local")
    assert client.confirmed_get(room, "total") == 15
    assert (client.version(room), client.pending(room), client.ready(room)) == (1, 0, True)
    assert client.status(room) == ("synced", pair.now)
    assert client.overall_status() == "synced"
    assert client.durability(room) == "volatile"
    assert len(client.epoch(room) or "") == 16
    assert (client.room("cart"), client.room("other"), client.room_name(room)) == (room, None, "cart")
    assert client.limits()["depth"] == 32
    assert pair.server.limits()["frame_bytes"] == 1_048_576
    assert client.metrics()["applied"] == 1
    assert client.metrics()["latency"]["count"] == 1
    assert 'syncline_mutations_total{shop="x"} 1' in client.prometheus({"shop": "x"})
    assert pair.server.rooms() == [(pair.server.room("cart"), "cart")]
    assert pair.server.metrics()["connections"] == 1
    assert "syncline_server_connections 1" in pair.server.prometheus()


def test_lists_are_edited_by_place_and_by_item_in_one_mutation() -> None:
    pair = Pair()
    (client,) = pair.clients
    room = client.open("cart")
    for index, text in enumerate("abc"):
        client.insert(room, "list", index, text)
    edits = Edits()
    edits.insert("list", 3, "d")
    edits.move("list", 3, 0)
    edits.remove("list", 1)
    edits.replace("list", 1, "B")
    edits.add("visits", 2)
    edits.expect("other")
    assert len(edits) == 6
    client.batch(room, edits)
    assert client.get(room, "list") == ["d", "B", "c"]
    client.batch(room, edits)
    assert client.get(room, "list") == ["d", "B", "c"]
    items = client.items(room, "list")
    assert items is not None
    (first, _), (second, _), _ = items
    assert len({item for item, _ in items}) == 3
    named = Edits()
    fresh = client.new_item()
    named.insert_item("list", fresh, "e", first, second)
    named.replace_item("list", fresh, "E")
    named.move_item("list", second, None, first)
    named.remove_item("list", first)
    client.batch(room, named)
    assert client.get(room, "list") == ["B", "E", "c"]
    client.move(room, "list", 0, 2)
    client.remove(room, "list", 0)
    client.replace(room, "list", 0, "C")
    assert client.get(room, "list") == ["C", "B"]
    told = pair.settle(100)
    assert [output.verdict for output in told if output.kind == "verdict"] == ["applied"] * 9
    assert client.confirmed_get(room, "list") == ["C", "B"]
    assert client.items(room, "nothing") is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("keep_mine",), "mine"),
        (("keep_theirs",), "theirs"),
        (("value", ["both"]), ["both"]),
        (("value", None), None),
    ],
)
def test_a_conflict_shows_three_sides_and_is_answered(answer: Any, expected: Any) -> None:
    config = '{"durable":false,"resolvers":{"":"custom"}}'
    pair = Pair('{"policy":{"":"strict"}}', config, config)
    ada, bob = pair.clients
    rooms = [client.open("cart") for client in pair.clients]
    ada.set(rooms[0], "key", "base")
    pair.settle(100)
    ada.set(rooms[0], "key", "theirs")
    draft = bob.set(rooms[1], "key", "mine")
    conflict = only(pair.settle(100), "conflict")
    assert (conflict.draft, conflict.key, conflict.code) == (draft, "key", "Stale")
    assert conflict.drafts == [draft]
    assert (conflict.mine, conflict.base, conflict.theirs) == ("mine", "base", "theirs")
    made = bob.resolve(rooms[1], draft, *answer)
    assert (made is None) == (answer == ("keep_theirs",))
    pair.settle(100)
    assert ada.get(rooms[0], "key") == bob.get(rooms[1], "key") == expected


def test_a_side_without_a_value_is_missing_and_null_is_a_value() -> None:
    pair = Pair('{"policy":{"":"strict"}}', '{"durable":false}', '{"durable":false}')
    ada, bob = pair.clients
    rooms = [client.open("cart") for client in pair.clients]
    pair.settle()
    ada.set(rooms[0], "key", None)
    bob.set(rooms[1], "key", 1)
    refused = only(pair.settle(100), "refused")
    assert (refused.mine, refused.base, refused.theirs, refused.by) == (1, MISSING, None, None)
    assert bob.get(rooms[1], "key", MISSING) is None
    assert bob.get(rooms[1], "nothing", MISSING) is MISSING
    assert bob.get(rooms[1], "nothing") is None


def test_presence_comes_and_goes() -> None:
    pair = Pair("{}", "{}", "{}")
    ada, bob = pair.clients
    rooms = [client.open("cart") for client in pair.clients]
    keep(pair)
    assert ada.presence_own(rooms[0]) is MISSING
    ada.set_presence(rooms[0], {"at": [1, 2]})
    assert ada.presence_own(rooms[0]) == {"at": [1, 2]}
    keep(pair, 1000)
    me = ada.presence_me(rooms[0])
    assert bob.presences(rooms[1]) == [(me, {"at": [1, 2]})]
    assert pair.server.room_presences(pair.server.room("cart") or 0) == [(me, {"at": [1, 2]})]
    ada.clear_presence(rooms[0])
    keep(pair, 1000)
    assert bob.presences(rooms[1]) == []


def keep(pair: Pair, forward: int = 0) -> list[Output]:
    """Settles with clients whose records are made durable at once."""
    told = pair.settle(forward)
    while orders := [output for output in told if output.kind == "persist"]:
        for client in pair.clients:
            for order in orders:
                assert order.record is not None
                if order.record:
                    client.persisted(order.record)
        told = pair.settle()
    return told


def host(options: str = "{}") -> tuple[Pair, int]:
    pair = Pair(options)
    room = pair.server.room_open("cart")
    assert only(pair.settle(), "opened").dropped_bytes == 0
    return pair, room


def test_the_host_writes_under_conditions() -> None:
    pair, room = host()
    server = pair.server
    edits = Edits()
    edits.set("a", 1, if_version=0)
    edits.merge("b", {"c": None, "d": 1})
    edits.insert("list", 0, "x")
    edits.add("n", 1)
    write = server.room_write(room, edits)
    assert server.room_staged(room, "a") == (1, 1)
    written = only(pair.settle(), "written")
    assert (written.write, written.version, written.room) == (write, 1, room)
    with pytest.raises(RefusedError) as caught:
        server.room_write(room, edits)
    assert caught.value.code == "Stale"
    more = Edits()
    more.delete("a", if_version=1)
    more.expect("b", if_version=1)
    server.room_write(room, more)
    pair.settle()
    assert server.room_get(room, "a") is None
    assert server.room_entries(room) == [("b", {"d": 1}), ("list", ["x"]), ("n", 1)]
    assert server.room_staged_json(room, "b") == (1, '{"d":1}')
    report = server.room_report(room)
    assert (report["name"], report["version"], report["keys"]) == ("cart", 2, 3)
    assert set(report) == {
        "name", "epoch", "version", "staged_version", "digest", "keys", "bytes", "readers", "registers",
    }  # fmt: skip
    assert len(report["epoch"]) == len(report["digest"]) == len(server.new_item()) == 16
    assert server.room_metrics(room)["total"] == 0
    server.room_expire(room, 2)
    server.room_renew(room)
    assert server.room_report(room)["epoch"] != report["epoch"]
    client = pair.clients[0]
    with pytest.raises(SynclineError) as refused:
        client.batch(client.open("cart"), more)
    assert refused.value.code == "InvalidArgument"


@pytest.mark.parametrize(
    ("end", "kinds"),
    [
        (lambda server, room: server.room_release(room), {"close_room", "closed"}),
        (lambda server, room: server.room_unload(room), {"close_room", "closed"}),
        (lambda server, room: server.room_delete(room), {"close_room", "closed"}),
        (lambda server, room: server.room_failed(room, "no disk"), {"failed"}),
    ],
)
def test_a_room_ends(end: Callable[[ServerHandle, int], None], kinds: set[str]) -> None:
    pair, room = host()
    end(pair.server, room)
    assert {output.kind for output in pair.settle()} & kinds
    assert pair.server.rooms() == []


def test_questions_are_denied_and_grants_taken_back() -> None:
    pair = Pair()
    (client,) = pair.clients
    room = client.open("cart")
    pair.settle()
    assert client.denied(room) is None
    pair.server.revoke("user-1")
    denied = only(pair.settle(), "denied")
    assert (denied.code, denied.retries) == ("Forbidden", False)
    assert client.denied(room) == "Forbidden"
    client.set_token("newer")
    assert client.denied(room) is None
    pair.server.shutdown(1000)
    assert only(pair.settle(), "close").code == "ShuttingDown"
    with pytest.raises(SynclineError, match="the name of a code"):
        pair.server.deny(1, "Nonsense")


def test_storage_of_a_client_fails_in_manual_mode() -> None:
    client = ClientHandle.manual("{}", bytes(32), [], 5)
    client.open("cart")
    order = next(output for output in client.drain() if output.kind == "persist")
    assert order.record == 1
    assert order.bytes
    assert (order.replace, order.sync is None) == (False, False)
    assert client.storage_error() is None
    assert client.ask_stored() == 1
    assert "stored" not in [output.kind for output in client.drain()]
    client.persisted(order.record)
    assert [output.mark for output in client.drain() if output.kind == "stored"] == [1]
    client.persist_failed("no disk")
    with pytest.raises(SynclineError, match="storage that works"):
        client.ask_stored()
    assert "storage_failed" in [output.kind for output in client.drain()]
    error = client.storage_error()
    assert error is not None
    assert (type(error).__name__, error.code, error.actual) == ("StorageError", "StorageFailed", "no disk")
    assert client.now() == 5
    client.set_now(7)
    assert client.now() == 7


def test_a_frame_is_read_from_any_buffer() -> None:
    server = ServerHandle.manual("{}", "volatile", bytes(32), 0)
    hello = b'{"type":"hello","oldest":1,"newest":1,"codecs":["json"],"token":"t","schema":""}'
    frames: list[bytes | bytearray | memoryview | str] = [hello, bytearray(hello), memoryview(hello), hello.decode()]
    for conn, frame in enumerate(frames, start=1):
        server.connected(conn)
        server.receive(conn, frame)
        welcome = server.poll()
        assert welcome is not None
        assert (welcome.kind, welcome.conn) == ("transmit", conn)
        assert (welcome.bytes or b"").startswith(b'{"type":"welcome"')
    server.connected(9)
    server.receive(9, b" " * 2_000_000)
    outputs = server.drain()
    assert outputs[-1].kind == "close"
    assert outputs[-1].code == "FrameTooLarge"
    assert outputs[-1].message == "a frame is too large"
