"""What a server writes into its own rooms: edits with conditions, and edits of what was read."""

from typing import Any, Self

from ._errors import exception_of
from ._native import Edits, ServerHandle
from ._options import Json


def condition(if_version: int | None, if_absent: bool) -> int | None:
    """The version that a key must have: 0 is no value, None is any."""
    return 0 if if_absent else if_version


class HostEdits:
    """Edits by the host that become one write.

    Each may ask for a version of its key (`if_version`), or that it has no value (`if_absent`);
    if that is not so, nothing of the write is made and it is refused as `Stale`.
    """

    def __init__(self) -> None:
        self._edits = Edits()

    def __len__(self) -> int:
        return len(self._edits)

    def set(self, key: str, value: Json, *, if_version: int | None = None, if_absent: bool = False) -> Self:
        """Gives a key a value."""
        self._edits.set(key, value, if_version=condition(if_version, if_absent))
        return self

    def merge(self, key: str, patch: Json, *, if_version: int | None = None, if_absent: bool = False) -> Self:
        """Merges an object into a key's (RFC 7396)."""
        self._edits.merge(key, patch, if_version=condition(if_version, if_absent))
        return self

    def add(self, key: str, amount: float, *, if_version: int | None = None, if_absent: bool = False) -> Self:
        """Adds to a key's number."""
        self._edits.add(key, amount, if_version=condition(if_version, if_absent))
        return self

    def delete(self, key: str, *, if_version: int | None = None) -> Self:
        """Takes a key's value away."""
        self._edits.delete(key, if_version=if_version)
        return self

    def expect(self, key: str, *, if_version: int | None = None, if_absent: bool = False) -> Self:
        """Changes nothing, and asks for a version of a key."""
        self._edits.expect(key, if_version=condition(if_version, if_absent))
        return self

    def insert(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> Self:
        """Puts a value into a list, before the one at this place."""
        self._edits.insert(key, index, value, if_version=if_version)
        return self

    def remove(self, key: str, index: int, *, if_version: int | None = None) -> Self:
        """Takes the value at this place out of a list."""
        self._edits.remove(key, index, if_version=if_version)
        return self

    def move(self, key: str, source: int, target: int, *, if_version: int | None = None) -> Self:
        """Moves a value within a list; the target counts without it."""
        self._edits.move(key, source, target, if_version=if_version)
        return self

    def replace(self, key: str, index: int, value: Json, *, if_version: int | None = None) -> Self:
        """Gives the list item at this place another value."""
        self._edits.replace(key, index, value, if_version=if_version)
        return self


class EditView(HostEdits):
    """A room while the host edits it: what was read must still be so when the edits are made.

    Read first, then write: a key cannot be read after an edit of it.
    """

    def __init__(self, handle: ServerHandle, number: int) -> None:
        super().__init__()
        self._handle = handle
        self._number = number
        self._read: dict[str, int] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The newest value of a key, which may not be durable yet."""
        if len(self._edits):
            expected = "reads before the first edit"
            raise exception_of("InvalidArgument", expected, f"a read of {key!r}")
        found = self._handle.room_staged(self._number, key)
        self._read[key] = 0 if found is None else found[0]
        return default if found is None else found[1]

    def conditional(self) -> Edits | None:
        """The edits, on the condition that what was read is still so; None without any."""
        if not len(self._edits):
            return None
        for key, version in self._read.items():
            self._edits.expect(key, if_version=version)
        return self._edits


class HostBatchCore(HostEdits):
    """What a batch of a server's room is on every face."""

    def __init__(self) -> None:
        super().__init__()
        self.version: int | None = None
        """The version that the batch became, once it is over."""
