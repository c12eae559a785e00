"""Peers that mean no good, over real sockets: each ends as it should, and another client is served meanwhile."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import syncline
import syncline.sync
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed
from world import FAST, SECONDS, anyone

PING = bytes([6, 0])
JOIN = {"type": "join", "channel": 1, "room": "noise", "client": "e" * 32, "writes": False, "version": 0, "heard": 0}


def greeting(codec: str) -> str:
    return json.dumps({"type": "hello", "oldest": 1, "newest": 1, "codecs": [codec], "token": "eve"})


class Face:
    """A server on asyncio or on threads, and somebody whose edits have to go on."""

    def __init__(self, threads: bool, options: dict[str, Any]) -> None:
        self.server: Any = (syncline.sync.Server if threads else syncline.Server)(anyone, **options)
        self.threads = threads
        self.port = 0
        self.edits = 0
        self.client: Any = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def call(self, function: Any, *arguments: Any) -> Any:
        """Calls a function of either face."""
        if self.threads:
            return await asyncio.to_thread(function, *arguments)
        result = function(*arguments)
        return await result if asyncio.iscoroutine(result) or isinstance(result, asyncio.Future) else result

    async def __aenter__(self) -> "Face":
        self.port = (await self.call(self.server.serve, "127.0.0.1", 0)).port
        connect = syncline.sync.connect if self.threads else syncline.connect
        connecting = connect(self.url, token="ada", timing=FAST)
        self.client = connecting if self.threads else await connecting  # type: ignore[misc]
        self.room = self.client.room("cart")
        await self.call(self.room.ready)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.call(self.client.close)
        await self.call(self.server.close)

    async def served(self, many: int = 20) -> None:
        """That as many edits as are made meanwhile are applied."""
        for _ in range(many):
            self.edits += 1
            async with asyncio.timeout(SECONDS):
                verdict = await self.call(self.room.add("edits", 1).settled)
            assert isinstance(verdict, syncline.Applied)
        assert await self.call(self.server.room("cart").get, "edits") == self.edits


Serve = Any


@pytest.fixture(params=["asyncio", "threads"])
async def serve(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Makes a server of either face with these options; it ends with the test."""
    # Peers that mean no good do not answer a close either.
    for module in ("syncline.server", "syncline.sync.server", "syncline.sync._sockets"):
        monkeypatch.setattr(f"{module}.CLOSE_SECONDS", 1.0)
    async with contextlib.AsyncExitStack() as stack:

        async def serve(**options: Any) -> Face:
            return await stack.enter_async_context(Face(request.param == "threads", options))

        yield serve


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """How a socket was closed."""
    with pytest.raises(ConnectionClosed) as caught:
        async with asyncio.timeout(SECONDS):
            while True:
                await socket.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


@contextlib.asynccontextmanager
async def raw(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A TCP connection that has asked for a WebSocket, and says anything after that."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def say(writer: asyncio.StreamWriter, again: bytes, most: int, patience: float) -> int:
    """Sends bytes again and again, until the other side takes no more; returns how many it took, or about the most."""
    said = 0
    with contextlib.suppress(ConnectionError, TimeoutError):
        while said < most:
            writer.write(again)
            async with asyncio.timeout(patience):
                await writer.drain()
            said += len(again)
    return said


async def gone(reader: asyncio.StreamReader) -> None:
    """Waits until the other side has closed a connection."""
    async with asyncio.timeout(SECONDS):
        with contextlib.suppress(ConnectionError):
            await reader.read()


async def test_text_where_binary_belongs_ends_its_connection(serve: Serve) -> None:
    face = await serve()
    for text in ("Integer out of range!", '{"type":"ping","count":1}', ""):
        async with open_socket(face.url) as socket:
            await socket.send(greeting("binary"))
            await socket.recv()
            await socket.send(text)
            assert (await closed(socket))[0] == 1002
        await face.served(2)


async def test_a_greeting_that_is_too_large_ends_its_connection(serve: Serve) -> None:
    face = await serve()
    for message in (bytes(8_193), '{"type":"hello","token":"' + "x" * 8_192 + '"}'):
        async with open_socket(face.url) as socket:
            await socket.send(message)
            assert await closed(socket) == (1009, "FrameTooLarge")
        await face.served(2)
    assert face.server.metrics()["connections"] == 1


async def test_strangers_that_say_nothing_or_never_finish_are_closed_and_keep_nobody_out(serve: Serve) -> None:
    face = await serve(limits={"server_connections": 20}, timing={"hello_ms": 1_500})
    async with contextlib.AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(open_socket(face.url)) for _ in range(10)]
        slow = [await stack.enter_async_context(raw(face.port)) for _ in range(9)]
        # A frame of a megabyte, of which a byte comes now and then.
        for _, writer in slow:
            writer.write(bytes([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4]))

        async def dribble() -> None:
            while True:
                for _, writer in slow:
                    if not writer.is_closing():
                        writer.write(b"\0")
                await asyncio.sleep(0.02)

        dribbling = asyncio.ensure_future(dribble())
        # A handshake is answered before the engine hears of its connection.
        while face.server.metrics()["connections"] < 20:
            await asyncio.sleep(0.01)
        async with open_socket(face.url) as socket:
            assert await closed(socket) == (1013, "TooMany")
        await face.served()
        for socket in silent:
            assert await closed(socket) == (1013, "HelloTimeout")
        for reader, _ in slow:
            await gone(reader)
        dribbling.cancel()
    await face.served()
    assert face.server.metrics()["connections"] == 1
    async with open_socket(face.url) as socket:
        await socket.send(greeting("json"))
        await socket.recv()


async def test_a_flood_of_tiny_messages_is_not_read_and_others_are_served_meanwhile(serve: Serve) -> None:
    face = await serve(limits={"frames_minute": 200})
    hello = greeting("binary").encode()
    frame = bytes([0x81, 0x80 | 126]) + len(hello).to_bytes(2, "big") + bytes(4) + hello
    ping = bytes([0x82, 0x82, 0, 0, 0, 0]) + PING
    async with raw(face.port) as (reader, writer):
        # What comes at once is held; after that the socket is paused.
        writer.write(frame + ping * 500)
        await reader.read(1)
        await face.served(5)
        await asyncio.sleep(0.1)
        writer.write(ping * 60_000)
        await face.served()
        await asyncio.sleep(0.1)
        metrics = face.server.metrics()
        assert metrics["frames_in"] < 2_000
        assert "Flood" not in metrics["closed"]
    await face.served()


async def test_a_peer_that_never_reads_is_closed_and_others_are_served_meanwhile(serve: Serve) -> None:
    face = await serve(timing={"stall_ms": 300})
    async with open_socket(face.url, max_size=None) as socket:
        await socket.send(greeting("json"))
        await socket.send(json.dumps(JOIN))
        await socket.recv()
        socket.transport.pause_reading()
        room = face.server.room("noise")
        for number in range(300):
            await face.call(room.set, "text", f"{number}{'x' * 60_000}")
        await face.served()
        async with asyncio.timeout(SECONDS):
            while "Stalled" not in face.server.metrics()["closed"]:
                await asyncio.sleep(0.02)
        await face.served()
        # Far less was sent than was written: what waited for it was one frame.
        assert face.server.metrics()["bytes_out"] < 300 * 60_000 / 2
        socket.transport.abort()


async def test_a_peer_that_pings_and_does_not_read_makes_nobody_hold_the_answers(serve: Serve) -> None:
    face = await serve(timing={"hello_ms": 60_000})
    pings = bytes([0x89, 0xFD, 0, 0, 0, 0, *bytes(125)]) * 500
    async with raw(face.port) as (_, writer):
        # Nobody reads here. The system holds some megabytes of the answers by itself. A thread waits for them to leave.
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        said = await say(writer, pings, 32_000_000, patience=2 if face.threads else SECONDS)
        assert said < 32_000_000, "pings are answered although nobody reads that"
        await face.served()


async def test_a_message_of_too_many_parts_ends_its_connection(serve: Serve) -> None:
    face = await serve(timing={"hello_ms": 60_000})
    for part in (b"", b"x"):
        more = bytes([0x00, 0x80 | len(part), 0, 0, 0, 0]) + part
        async with raw(face.port) as (reader, writer):
            writer.write(bytes([0x02, 0x80, 0, 0, 0, 0]) + more * 20_000)
            await gone(reader)
        await face.served(2)


async def test_frames_that_are_no_frames_of_a_websocket_end_their_connection(serve: Serve) -> None:
    face = await serve(timing={"hello_ms": 1_500})
    for frame in (
        [0x82, 0x01, 0x06],  # Without a mask.
        [0xF2, 0x80, 1, 2, 3, 4],  # With bits that have no meaning, as of compression that was not agreed on.
        [0x83, 0x80, 1, 2, 3, 4],  # Of a kind that there is not.
        [0x89, 0xFE, 0x00, 0x80, 1, 2, 3, 4],  # A ping that is too long.
        [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4],  # Of 2^63 bytes.
    ):
        async with raw(face.port) as (reader, writer):
            writer.write(bytes(frame))
            async with asyncio.timeout(SECONDS):
                # A close is the first that it says.
                assert (await reader.read(1)) in (b"", b"\x88")
        await face.served(2)
