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
    assert path.stat().st_size < 2_200
    assert "the recording was full" in replayed(path)


async def test_a_recording_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(syncline.SynclineError) as told:
        await syncline.connect("ws://localhost:1", flight=tmp_path / "nowhere" / "client.flight")
    assert told.value.code == "Unavailable"
