"""Edits without their waiting: one on its way to a verdict, and several that are one."""

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ._errors import SynclineError, exception_of
from ._events import Refused, Verdict
from ._guard import conclude, pending
from ._native import Edits
from ._options import Json

if TYPE_CHECKING:
    from ._room import RoomCore

E = TypeVar("E", bound="EditCore")


class EditCore:
    """One edit on its way to a verdict; edits that coalesce are one."""

    __slots__ = ("__weakref__", "_outcome", "_refused", "_room", "_waiting", "draft", "keys")

    settled: Callable[..., Any]
    """Waits for the verdict, as the face does."""

    def __init__(self, room: "RoomCore[Any]", draft: int, keys: tuple[str, ...]) -> None:
        self._room = room
        self._outcome: Verdict | SynclineError | None = None
        self._waiting: Future[Verdict] | None = None
        self._refused: Refused | None = None
        """The verdict, while nothing is done about it."""
        self.draft = draft
        """Its number in its room, here."""
        self.keys = keys
        """The key of each of its parts, in order; of an edit in place of a refused one, the key that met."""

    @property
    def verdict(self) -> Verdict | None:
        """What became of it, or None if that is not known."""
        outcome = self._outcome
        return None if isinstance(outcome, SynclineError) else outcome

    @property
    def _future(self) -> "Future[Verdict]":
        """Done when the outcome is known. Made for who waits: of most edits nobody does."""
        with self._room._client._guard:
            if self._waiting is None:
                self._waiting = pending()
                if self._outcome is not None:
                    conclude(self._waiting, self._outcome)
            return self._waiting

    def _settle(self, outcome: Verdict | SynclineError) -> None:
        """The verdict came, or none will; the first word counts."""
        with self._room._client._guard:
            if self._outcome is not None:
                return
            self._outcome = outcome
            waiting = self._waiting
        if waiting is not None:
            conclude(waiting, outcome)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.draft} of {', '.join(self.keys)}: {self.verdict}>"


class BatchCore(Generic[E]):
    """Edits that become one: the server takes all of them or none.

    Made by `Room.batch`; the edit is made at the end of the `with` block, and not at all if the
    block raises.
    """

    def __init__(self, room: "RoomCore[E]") -> None:
        self._room = room
        self._edits: Edits | None = Edits()
        self._keys: list[str] = []
        self._made: E | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        edits, self._edits = self._edits, None
        if kind is None and edits is not None and len(edits):
            room = self._room
            self._made = room._make(tuple(self._keys), room._handle.batch, edits)

    @property
    def edit(self) -> E:
        """The one edit that the batch became; of a batch without edits there is none, which raises here."""
        if self._made is None:
            actual = "one that is not, or made nothing"
            raise exception_of("InvalidArgument", "a batch that is over", actual)
        return self._made

    def set(self, key: str, value: Json) -> None:
        """Gives a key a value."""
        self._open(key).set(key, value)

    def merge(self, key: str, patch: Json) -> None:
        """Merges an object into a key's (RFC 7396)."""
        self._open(key).merge(key, patch)

    def add(self, key: str, amount: float) -> None:
        """Adds to a key's number."""
        self._open(key).add(key, amount)

    def delete(self, key: str) -> None:
        """Takes a key's value away."""
        self._open(key).delete(key)

    def expect(self, key: str) -> None:
        """Has the whole batch refused as `Stale` if the key has changed meanwhile."""
        self._open(key).expect(key)

    def insert(self, key: str, index: int, value: Json) -> None:
        """Puts a value into a list, before the one at this place."""
        self._open(key).insert(key, index, value)

    def remove(self, key: str, index: int) -> None:
        """Takes the value at this place out of a list."""
        self._open(key).remove(key, index)

    def move(self, key: str, source: int, target: int) -> None:
        """Moves a value within a list; the target counts without it."""
        self._open(key).move(key, source, target)

    def replace(self, key: str, index: int, value: Json) -> None:
        """Gives the list item at this place another value."""
        self._open(key).replace(key, index, value)

    def _open(self, key: str) -> Edits:
        if self._edits is None:
            raise exception_of("InvalidArgument", "an open batch", "one that is over")
        self._keys.append(key)
        return self._edits
