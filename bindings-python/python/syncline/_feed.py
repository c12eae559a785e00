"""What a slow consumer of changes is told: the union of the keys, never a queue that grows."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ._events import Change, Origin

if TYPE_CHECKING:
    from ._room import RoomCore


class Feed:
    """The changes of a room that one consumer has not taken. Its room's lock guards it."""

    __slots__ = ("__weakref__", "_keys", "_origin", "ended", "notify", "prefix", "room")

    def __init__(self, room: "RoomCore[Any]", prefix: str) -> None:
        self.room = room
        self.prefix = prefix
        self.ended = False
        self.notify: Callable[[], None] | None = None
        """Called, without any lock, when there is something to take."""
        self._keys: set[str] = set()
        self._origin: Origin | None = None

    def put(self, keys: Iterable[str], origin: Origin) -> bool:
        """Adds what changed; whether any of it is within the prefix."""
        within = [key for key in keys if key.startswith(self.prefix)]
        if not within or self.ended:
            return False
        self._keys.update(within)
        self._origin = origin if self._origin in (None, origin) else "both"
        return True

    def tell(self, _: object) -> None:
        """Tells the consumer that there is something."""
        if self.notify is not None:
            self.notify()

    def take(self) -> Change | None:
        """What changed since the last time, or None."""
        if not self._keys or self._origin is None:
            return None
        version = self.room.last_version()
        change = Change(self.room, frozenset(self._keys), self._origin, version)
        self._keys.clear()
        self._origin = None
        return change
