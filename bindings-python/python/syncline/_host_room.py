"""A server's room as its host reads and writes it, on asyncio."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ._aio import wait
from ._errors import RefusedError, exception_of
from ._host_edits import EditView, HostBatchCore, HostEdits
from ._options import Json

if TYPE_CHECKING:
    from .server import Server

T = TypeVar("T")


class HostBatch(HostBatchCore):
    """Edits by the host that become one write; see `ServerRoom.batch`."""

    def __init__(self, room: "ServerRoom") -> None:
        super().__init__()
        self._room = room

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.version = await self._room.write(self)


class ServerRoom:
    """A room as its server's host reads and writes it, above every policy.

    Each call opens the room if need be, and holds it open for its duration; `async with` holds it open
    for a block. Writes return the version that they became, once that is durable.

    ```python
    room = server.room("cart-1")
    await room.set("total", 15)
    await room.get("total")
    ```
    """

    def __init__(self, server: "Server", name: str) -> None:
        self._server = server
        self._handle = server._handle
        self._kept: list[int] = []
        self.name = name
        """The room's name."""

    async def __aenter__(self) -> Self:
        number, opened = self._server._hold(self.name)
        try:
            await wait(opened)
        except BaseException:
            self._server._release(number)
            raise
        self._kept.append(number)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server._release(self._kept.pop())

    def __repr__(self) -> str:
        return f"<ServerRoom {self.name!r}>"

    async def get(self, key: str, default: Any = None) -> Any:
        """The durable value of a key."""
        found = await self._look(lambda number: self._handle.room_get(number, key))
        return default if found is None else found[1]

    async def version_of(self, key: str) -> int:
        """The version of a key's durable value, 0 without one: for `if_version`."""
        found = await self._look(lambda number: self._handle.room_get(number, key))
        return 0 if found is None else found[0]

    async def entries(self, prefix: str = "") -> list[tuple[str, Any]]:
        """The durable keys with this prefix and what they hold, in order."""
        return await self._look(lambda number: self._handle.room_entries(number, prefix))

    async def entries_json(self, prefix: str = "") -> str:
        """The same as one object of canonical JSON text, with the same characters wherever the state is the same."""
        return await self._look(lambda number: self._handle.room_entries_json(number, prefix))

    async def keys(self, prefix: str = "") -> list[str]:
        """The durable keys with this prefix, in order."""
        return [key for key, _ in await self.entries(prefix)]

    async def version(self) -> int:
        """The durable version."""
        version: int = (await self.report())["version"]
        return version

    async def report(self) -> dict[str, Any]:
        """What there is to know: versions, epoch, digest, sizes, readers."""
        return await self._look(self._handle.room_report)

    async def metrics(self) -> dict[str, Any]:
        """What the room has counted."""
        return await self._look(self._handle.room_metrics)

    async def presences(self) -> dict[int, Any]:
        """Who is present, and what they show."""
        return dict(await self._look(self._handle.room_presences))

    async def export(self) -> bytes:
        """The durable state as one blob."""
        return await self._look(self._handle.room_export)

    async def set(self, key: str, value: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Gives a key a value; raises `RefusedError` (`Stale`) if a condition does not hold."""
        edits = HostEdits().set(key, value, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def merge(self, key: str, patch: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Merges an object into a key's (RFC 7396)."""
        edits = HostEdits().merge(key, patch, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def add(self, key: str, amount: float, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Adds to a key's number."""
        edits = HostEdits().add(key, amount, if_version=if_version, if_absent=if_absent)
        return await self.write(edits)

    async def delete(self, key: str, *, if_version: int | None = None) -> int:
        """Takes a key's value away."""
        return await self.write(HostEdits().delete(key, if_version=if_version))

    async def insert(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Puts a value into a list, before the one at this place."""
        return await self.write(HostEdits().insert(key, index, value, if_version=if_version))

    async def remove(self, key: str, index: int, *, if_version: int | None = None) -> int:
        """Takes the value at this place out of a list."""
        return await self.write(HostEdits().remove(key, index, if_version=if_version))

    async def move(self, key: str, source: int, target: int, *, if_version: int | None = None) -> int:
        """Moves a value within a list; the target counts without it."""
        return await self.write(HostEdits().move(key, source, target, if_version=if_version))

    async def replace(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Gives the list item at this place another value."""
        return await self.write(HostEdits().replace(key, index, value, if_version=if_version))

    def batch(self) -> HostBatch:
        """Several edits that are one write, made at the end of the block.

        ```python
        async with room.batch() as batch:
            batch.set("total", 15).add("visits", 1)
        print(batch.version)
        ```
        """
        return HostBatch(self)

    async def write(self, edits: HostEdits) -> int:
        """Makes edits one write; returns the version that it became, once that is durable."""
        async with self._held() as number:
            return await wait(self._server._write(number, edits._edits))

    async def edit(self, change: Callable[[EditView], Awaitable[object] | object]) -> int | None:
        """Reads and writes as one: made again if what was read has changed meanwhile.

        The function, async or not, is called with an `EditView` once or several times. Returns the
        version, or None if it edited nothing.

        ```python
        def buy(view):
            left = view.get("stock/tea", 0)
            if left > 0:
                view.set("stock/tea", left - 1)

        await room.edit(buy)
        ```
        """
        refused: RefusedError | None = None
        async with self._held() as number:
            for view in self._server._views(number):
                result = change(view)
                if inspect.isawaitable(result):
                    await result
                edits = view.conditional()
                if edits is None:
                    return None
                try:
                    return await wait(self._server._write(number, edits))
                except RefusedError as error:
                    if error.code != "Stale":
                        raise
                    refused = error
        raise refused or exception_of("Internal", "a try", "none")

    async def touch_view(self, view: str) -> None:
        """Something else that a view shows has changed: it is rendered again, unless nobody watches it."""
        await self._look(lambda number: self._handle.room_touch_view(number, view))

    async def expire(self, version: int) -> None:
        """Forgets what is as old as this version: tombstones, and clients that are away."""
        await self._look(lambda number: self._handle.room_expire(number, version))

    async def renew(self) -> None:
        """Ends the room's continuity: another epoch, the same contents; after a restored backup."""
        async with self._held() as number:
            self._handle.room_renew(number)

    async def unload(self) -> None:
        """Puts everyone out as `Unavailable`, and closes the room once all of it is durable.

        Until the event `closed`, other calls for this room fail.
        """
        await self._look(self._handle.room_unload)

    async def delete_room(self) -> None:
        """Puts everyone out as `Deleted`, and forgets what the room held.

        Until the event `closed`, other calls for this room fail.
        """
        await self._look(self._handle.room_delete)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[int]:
        number, opened = self._server._hold(self.name)
        try:
            await wait(opened)
            yield number
        finally:
            self._server._release(number)

    async def _look(self, look: Callable[[int], T]) -> T:
        async with self._held() as number:
            return look(number)
