"""What every test may have."""

from collections.abc import AsyncIterator

import pytest_asyncio
from world import World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A world without anybody in it."""
    world = World()
    yield world
    for close in reversed(world.closing):
        await close()
