"""A server's room as its host reads and writes it, on threads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .._errors import RefusedError, exception_of
from .._host_edits import EditView, HostBatchCore, HostEdits
from .._options import Json
from ._pump import refuse_async

if TYPE_CHECKING:
    from .server import Server

T = TypeVar("T")


class HostBatch(HostBatchCore):
    """Edits by the host that become one write; see `ServerRoom.batch`."""

    def __init__(self, room: "ServerRoom") -> None:
        super().__init__()
        self._room = room

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.version = self._room.write(self)


class ServerRoom:
    """A room as its server's host reads and writes it, above every policy.

    Each call opens the room if need be, and holds it open for its duration; `with` holds it open
    for a block. Writes return the version that they became, once that is durable.

    ```python
    room = server.room("cart-1")
    room.set("total", 15)
    room.get("total")
    ```
    """

    def __init__(self, server: "Server", name: str) -> None:
        self._server = server
        self._handle = server._handle
        self._kept: list[int] = []
        self.name = name
        """The room's name."""

    def __enter__(self) -> Self:
        number, opened = self._server._hold(self.name)
        try:
            self._server._pump.wait(opened)
        except BaseException:
            self._server._release(number)
            raise
        self._kept.append(number)
        return self

    def __exit__(self, *_: object) -> None:
        self._server._release(self._kept.pop())

    def __repr__(self) -> str:
        return f"<ServerRoom {self.name!r}>"

    def get(self, key: str, default: Any = None) -> Any:
        """The durable value of a key."""
        found = self._look(lambda number: self._handle.room_get(number, key))
        return default if found is None else found[1]

    def version_of(self, key: str) -> int:
        """The version of a key's durable value, 0 without one: for `if_version`."""
        found = self._look(lambda number: self._handle.room_get(number, key))
        return 0 if found is None else found[0]

    def entries(self, prefix: str = "") -> list[tuple[str, Any]]:
        """The durable keys with this prefix and what they hold, in order."""
        return self._look(lambda number: self._handle.room_entries(number, prefix))

    def entries_json(self, prefix: str = "") -> str:
        """The same as one object of canonical JSON text, with the same characters wherever the state is the same."""
        return self._look(lambda number: self._handle.room_entries_json(number, prefix))

    def keys(self, prefix: str = "") -> list[str]:
        """The durable keys with this prefix, in order."""
        return [key for key, _ in self.entries(prefix)]

    def version(self) -> int:
        """The durable version."""
        version: int = (self.report())["version"]
        return version

    def report(self) -> dict[str, Any]:
        """What there is to know: versions, epoch, digest, sizes, readers."""
        return self._look(self._handle.room_report)

    def metrics(self) -> dict[str, Any]:
        """What the room has counted."""
        return self._look(self._handle.room_metrics)

    def presences(self) -> dict[int, Any]:
        """Who is present, and what they show."""
        return dict(self._look(self._handle.room_presences))

    def export(self) -> bytes:
        """The durable state as one blob."""
        return self._look(self._handle.room_export)

    def set(self, key: str, value: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Gives a key a value; raises `RefusedError` (`Stale`) if a condition does not hold."""
        edits = HostEdits().set(key, value, if_version=if_version, if_absent=if_absent)
        return self.write(edits)

    def merge(self, key: str, patch: Json, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Merges an object into a key's (RFC 7396)."""
        edits = HostEdits().merge(key, patch, if_version=if_version, if_absent=if_absent)
        return self.write(edits)

    def add(self, key: str, amount: float, *, if_version: int | None = None, if_absent: bool = False) -> int:
        """Adds to a key's number."""
        edits = HostEdits().add(key, amount, if_version=if_version, if_absent=if_absent)
        return self.write(edits)

    def delete(self, key: str, *, if_version: int | None = None) -> int:
        """Takes a key's value away."""
        return self.write(HostEdits().delete(key, if_version=if_version))

    def insert(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Puts a value into a list, before the one at this place."""
        return self.write(HostEdits().insert(key, index, value, if_version=if_version))

    def remove(self, key: str, index: int, *, if_version: int | None = None) -> int:
        """Takes the value at this place out of a list."""
        return self.write(HostEdits().remove(key, index, if_version=if_version))

    def move(self, key: str, source: int, target: int, *, if_version: int | None = None) -> int:
        """Moves a value within a list; the target counts without it."""
        return self.write(HostEdits().move(key, source, target, if_version=if_version))

    def replace(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> int:
        """Gives the list item at this place another value."""
        return self.write(HostEdits().replace(key, index, value, if_version=if_version))

    def batch(self) -> HostBatch:
        """Several edits that are one write, made at the end of the block.

        ```python
        with room.batch() as batch:
            batch.set("total", 15).add("visits", 1)
        print(batch.version)
        ```
        """
        return HostBatch(self)

    def write(self, edits: HostEdits) -> int:
        """Makes edits one write; returns the version that it became, once that is durable."""
        with self._held() as number:
            return self._server._pump.wait(self._server._write(number, edits._edits))

    def edit(self, change: Callable[[EditView], object]) -> int | None:
        """Reads and writes as one: made again if what was read has changed meanwhile.

        The function is called with an `EditView` once or several times. Returns the
        version, or None if it edited nothing.

        ```python
        def buy(view):
            left = view.get("stock/tea", 0)
            if left > 0:
                view.set("stock/tea", left - 1)

        room.edit(buy)
        ```
        """
        refuse_async(change)
        refused: RefusedError | None = None
        with self._held() as number:
            for view in self._server._views(number):
                change(view)
                edits = view.conditional()
                if edits is None:
                    return None
                try:
                    return self._server._pump.wait(self._server._write(number, edits))
                except RefusedError as error:
                    if error.code != "Stale":
                        raise
                    refused = error
        raise refused or exception_of("Internal", "a try", "none")

    def touch_view(self, view: str) -> None:
        """Something else that a view shows has changed: it is rendered again, unless nobody watches it."""
        self._look(lambda number: self._handle.room_touch_view(number, view))

    def expire(self, version: int) -> None:
        """Forgets what is as old as this version: tombstones, and clients that are away."""
        self._look(lambda number: self._handle.room_expire(number, version))

    def renew(self) -> None:
        """Ends the room's continuity: another epoch, the same contents; after a restored backup."""
        with self._held() as number:
            self._handle.room_renew(number)

    def unload(self) -> None:
        """Puts everyone out as `Unavailable`, and closes the room once all of it is durable.

        Until the event `closed`, other calls for this room fail.
        """
        self._look(self._handle.room_unload)

    def delete_room(self) -> None:
        """Puts everyone out as `Deleted`, and forgets what the room held.

        Until the event `closed`, other calls for this room fail.
        """
        self._look(self._handle.room_delete)

    @contextmanager
    def _held(self) -> Iterator[int]:
        number, opened = self._server._hold(self.name)
        try:
            self._server._pump.wait(opened)
            yield number
        finally:
            self._server._release(number)

    def _look(self, look: Callable[[int], T]) -> T:
        with self._held() as number:
            return look(number)
