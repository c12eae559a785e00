"""Applications of Starlette and FastAPI, run by uvicorn on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import syncline
import uvicorn
from fastapi import FastAPI
from fastapi import WebSocket as FastWebSocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from syncline import Applied
from syncline._sockets import EndedError, StarletteSocket
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from world import World, anyone, heard


@asynccontextmanager
async def running(app: Any, lifespan: Any = "off") -> AsyncIterator[int]:
    """Runs an application; the port that it is on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="error", lifespan=lifespan, ws="websockets-sansio")
        server = uvicorn.Server(config)
        task = asyncio.ensure_future(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0)
        yield listening.getsockname()[1]
        server.should_exit = True
        await task


def starlette(server: syncline.Server) -> Any:
    """An application with one route."""

    async def sync(websocket: WebSocket) -> None:
        await server.attach(websocket)

    return Starlette(routes=[WebSocketRoute("/sync", sync)])


def fastapi(server: syncline.Server) -> Any:
    """The same."""
    app = FastAPI()

    @app.websocket("/sync")
    async def sync(websocket: FastWebSocket) -> None:
        await server.attach(websocket)

    return app


@pytest.mark.parametrize("make", [starlette, fastapi])
async def test_a_websocket_of_an_application_is_served(make: Any) -> None:
    limits: syncline.Limits = {"frame_bytes": 8_192, "mutation_bytes": 2_048, "value_bytes": 1_024}
    async with syncline.Server(anyone, limits=limits) as server, running(make(server)) as port:
        url = f"ws://127.0.0.1:{port}/sync"
        for codec in ("binary", "json"):
            async with syncline.connect(url, token="ada", codec=codec) as client:
                room = client.room("cart")
                edit = room.set(codec, "x" * 900)
                assert isinstance(await edit.settled(), Applied)
                assert await server.room("cart").get(codec) == "x" * 900
        with pytest.raises(InvalidStatus) as refused:
            await open_socket(url, origin="http://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        for message in ("x" * 9_000, b"x" * 9_000):
            async with open_socket(url) as raw:
                await raw.send(message)
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        await raw.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
        async with open_socket(url) as raw:
            await raw.send("text that is no message")
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await raw.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1002


@pytest.mark.parametrize("make", [starlette, fastapi])
async def test_the_end_of_a_server_reaches_the_clients_of_an_application(world: World, make: Any) -> None:
    server = syncline.Server(anyone)
    async with running(make(server)) as port:
        client = await syncline.connect(f"ws://127.0.0.1:{port}/sync", token="ada")
        world.closing.append(client.close)
        room = client.room("cart")
        await room.ready()
        failed = asyncio.ensure_future(heard(client, "failed"))
        await asyncio.sleep(0)
        await server.close()
        assert (await failed).code == "ShuttingDown"
        await client.close()


class Broken:
    """A socket of a framework whose client is gone."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send_bytes(self, _: bytes) -> None:
        raise self.error

    async def close(self, *_: object) -> None:
        raise RuntimeError("closed already")


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (RuntimeError("closed"), EndedError),
        (OSError(), EndedError),
        (WebSocketDisconnect(1006), EndedError),
        (KeyError("a bug"), KeyError),
    ],
)
async def test_a_client_that_is_gone_is_no_bug(error: Exception, becomes: type[Exception]) -> None:
    socket = StarletteSocket(Broken(error))
    with pytest.raises(becomes):
        await socket.send(b"")
    await socket.close(1000, "")
    socket.abort()
