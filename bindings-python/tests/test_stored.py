"""When an edit is stored, and who says so."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import syncline
import syncline.sync
from syncline import ClosedError, SynclineError

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "ws://127.0.0.1:9"


def copied(storage: Path) -> int:
    """How many edits a copy of the storage has."""
    copy = storage.with_name("copy")
    shutil.copy(storage, copy)
    with syncline.sync.connect(NOWHERE, storage=copy) as client:
        left = client.pending
        client.close()
    return left


async def test_what_is_said_to_be_stored_is_there_in_a_copy(tmp_path: Path) -> None:
    async with syncline.connect(NOWHERE, storage=tmp_path / "outbox") as client:
        await client.stored()
        room = client.room("cart")
        for number in range(50):
            room.set(f"k{number}", number)
        await asyncio.gather(client.stored(), client.stored())
        assert await asyncio.to_thread(copied, tmp_path / "outbox") == 50
        room.set("late", 1)
        await client.close()


def test_on_threads_too(tmp_path: Path) -> None:
    with syncline.sync.connect(NOWHERE, storage=tmp_path / "outbox") as client:
        room = client.room("cart")
        for number in range(50):
            room.set(f"k{number}", number)
        client.stored(timeout=20)
        assert copied(tmp_path / "outbox") == 50
        client.close()
        with pytest.raises(ClosedError):
            client.stored()


async def test_whoever_waits_for_storage_hears_of_each_edit_by_itself(tmp_path: Path) -> None:
    order: list[int] = []

    async def wait(number: int) -> None:
        await client.stored()
        order.append(number)

    async with syncline.connect(NOWHERE, storage=tmp_path / "outbox") as client:
        room = client.room("cart")
        waits = []
        for number in range(20):
            room.set("k", number)
            waits.append(asyncio.ensure_future(wait(number)))
            await asyncio.sleep(0)
        await asyncio.gather(*waits)
        assert order == sorted(order)
        assert len(order) == 20
        await client.close()


async def test_without_a_storage_nothing_is_stored_and_at_the_close_nobody_waits(tmp_path: Path) -> None:
    async with syncline.connect(NOWHERE) as client:
        with pytest.raises(SynclineError, match="a client with storage") as refused:
            await client.stored()
        assert refused.value.code == "WrongMode"
    async with syncline.connect(NOWHERE, storage=tmp_path / "outbox") as client:
        client.room("cart").set("a", 1)
        stored = asyncio.ensure_future(client.stored())
        await asyncio.sleep(0)
        await client.close()
        with suppress(ClosedError):
            await stored
        with pytest.raises(ClosedError):
            await client.stored()
