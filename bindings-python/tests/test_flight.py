"""What is recorded of a client and a server is replayed to the same by the engine's own program."""

import subprocess
from pathlib import Path

import pytest
import syncline
from world import World

ROOT = Path(__file__).parents[2]
REPLAY = ("cargo", "run", "--quiet", "--locked", "-p", "syncline-core", "--example", "flight", "--")


def replayed(path: Path, *options: str) -> str:
    """What the replay of a recording says."""
    words = (*REPLAY, str(path), *options)
    told = subprocess.run(words, check=False, cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout[-2_000:] + told.stderr
    return told.stdout


def ada(_: syncline.AuthorizeRequest) -> syncline.Grant:
    """Everybody is Ada."""
    return syncline.Grant("ada", write=True)


async def test_what_was_recorded_is_replayed_to_the_same(world: World, tmp_path: Path) -> None:
    rooms = tmp_path / "rooms"
    # Who somebody is may be recorded, and the token by which they show it may not.
    server = await world.serve(ada, flight=tmp_path / "server.flight", storage=rooms)
    options = {"flight": tmp_path / "client.flight", "storage": tmp_path / "outbox"}
    room = await world.room(token="ada-secret", **options)
    for number in range(5):
        await room.set("total", number).settled()
    for each, name in ((room.client, "client"), (server, "server")):
        status = each.flight()
        assert status is not None
        bytes_ = status["bytes"]
        assert status == {"path": str(tmp_path / f"{name}.flight"), "bytes": bytes_, "full": False, "failed": False}
        assert bytes_ > 300
    await room.client.close()
    await server.close()
    for name in ("client", "server"):
        path = tmp_path / f"{name}.flight"
        assert "the same: " in replayed(path, "--quiet").splitlines()[-1]
        assert b"secret" not in path.read_bytes()
    told = replayed(tmp_path / "client.flight", "--room", "cart")
    assert 'key: "total"' in told and "verdict: Applied" in told


def test_a_recording_by_threads_stops_where_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "client.flight"
    with syncline.sync.connect("ws://localhost:1", flight=str(path), flight_bytes=2_000) as client:
        room = client.room("cart")
        for number in range(100):
            room.set(f"key {number}", number)
        status = client.flight()
        assert status is not None and status["full"] and 1_000 < status["bytes"] <= 2_000
    assert path.stat().st_size < 2_200
    assert "the recording was full" in replayed(path)


def test_a_server_on_threads_tells_how_far_its_recording_is(tmp_path: Path) -> None:
    path = tmp_path / "server.flight"
    with syncline.sync.Server(ada, flight=path, flight_bytes=5_000) as server:
        status = server.flight()
        assert status is not None and status["path"] == str(path) and not status["full"]
        room = server.room("cart")
        for number in range(200):
            room.set("total", number)
        status = server.flight()
        assert status is not None and status["full"] and status["bytes"] <= 5_000
    assert "the recording was full" in replayed(path)


async def test_what_is_not_recorded_has_no_status() -> None:
    async with syncline.Server(ada) as server, syncline.connect("ws://localhost:1") as client:
        assert server.flight() is None and client.flight() is None
    with syncline.sync.Server(ada) as server_, syncline.sync.connect("ws://localhost:1") as client_:
        assert server_.flight() is None and client_.flight() is None


async def test_a_recording_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(syncline.SynclineError) as told:
        await syncline.connect("ws://localhost:1", flight=tmp_path / "nowhere" / "client.flight")
    assert told.value.code == "Unavailable"
