"""What every test may have."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from world import SECONDS, World


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A world without anybody in it."""
    world = World()
    try:
        async with asyncio.timeout(3 * SECONDS):
            yield world
    finally:
        for close in reversed(world.closing):
            await close()
