"""Which exception each code is: one table, and the classes that it names."""

from __future__ import annotations

from typing import NamedTuple


class SynclineError(Exception):
    """What went wrong, under a code that is the same in every language.

    `code` is the name of the code, as in `"TooDeep"`, and `number` its number; `expected` says what would
    have been right and `actual` what came instead. Both may be empty.

    >>> error = SynclineError("TooDeep", "at most 32 levels", "33 levels")
    >>> str(error)
    'a value is nested too deep: expected at most 32 levels, got 33 levels'
    >>> error.number
    -24
    """

    code: str
    number: int
    expected: str
    actual: str

    def __init__(self, code: str, expected: str = "", actual: str = "") -> None:
        """Makes an error with its story; a `code` that does not exist is a `ValueError`."""
        if code not in CODES:
            raise ValueError(f"{code}: no code")
        super().__init__(code, expected, actual)
        self.code = code
        self.number = CODES[code].number
        self.expected = expected
        self.actual = actual

    @property
    def message(self) -> str:
        """The story for people."""
        return str(self)

    def __str__(self) -> str:
        """The story for people."""
        message = CODES[self.code].message
        if not self.expected and not self.actual:
            return message
        return f"{message}: expected {self.expected}, got {self.actual}"


class ClosedError(SynclineError):
    """The handle, or what is used through it, is closed."""


class ForkedProcessError(ClosedError):
    """A handle is used in a process that was forked off the one that made it.

    Its thread and its connections stayed with the other process. Make another handle, on other storage.
    """

    def __init__(
        self,
        code: str = "Closed",
        expected: str = "the process that made the handle",
        actual: str = "one forked off it",
    ) -> None:
        """Makes the error; the arguments are for pickling."""
        super().__init__(code, expected, actual)


class StorageError(SynclineError):
    """Storage is used by another process, failed, or holds damaged bytes."""


class QueueFullError(SynclineError):
    """The outbox, or the queue of a room's writes, is at its limit."""


class ValueRefusedError(SynclineError, ValueError):
    """A value is none that every language holds, or does not fit what is there."""


class RefusedError(SynclineError):
    """A server, or a room, refuses: by its policy, its limits, or its state."""


class ProtocolError(SynclineError):
    """A peer does not keep to the protocol."""


class InternalError(SynclineError):
    """A bug of the engine: a broken rule, a panic, or the use of a handle after one."""


class Entry(NamedTuple):
    """What there is to know about a code."""

    number: int
    message: str
    error: type[SynclineError]


#: Every code. Numbers and sentences are those of the engine.
CODES: dict[str, Entry] = {
    "Internal": Entry(-1, "the engine broke one of its own rules", InternalError),
    "Panic": Entry(-2, "a panic was caught; the handle is poisoned", InternalError),
    "Poisoned": Entry(-3, "the handle is poisoned by an earlier failure", InternalError),
    "InvalidArgument": Entry(-4, "an argument is not what the function takes", SynclineError),
    "Closed": Entry(-5, "the handle is closed", ClosedError),
    "BufferTooSmall": Entry(-6, "the buffer is too small", SynclineError),
    "NotFound": Entry(-7, "there is nothing under that name", SynclineError),
    "StorageInUse": Entry(-8, "another process uses this storage", StorageError),
    "StorageFailed": Entry(-9, "storage failed", StorageError),
    "StorageCorrupt": Entry(-10, "stored bytes are damaged", StorageError),
    "Full": Entry(-11, "the outbox is full", QueueFullError),
    "WrongMode": Entry(-12, "the call belongs to the handle's other mode", SynclineError),
    "Timeout": Entry(-13, "the time is over", SynclineError),
    "InvalidName": Entry(-14, "a name is empty or too long", SynclineError),
    "InvalidUtf8": Entry(-20, "the text is not UTF-8", ValueRefusedError),
    "InvalidJson": Entry(-21, "the text is not JSON", ValueRefusedError),
    "NumberOutOfRange": Entry(-22, "a number is outside what every language can hold", ValueRefusedError),
    "LoneSurrogate": Entry(-23, "a surrogate stands without its partner", ValueRefusedError),
    "TooDeep": Entry(-24, "a value is nested too deep", ValueRefusedError),
    "TooManyItems": Entry(-25, "a list or an object has too many items", ValueRefusedError),
    "ValueTooLarge": Entry(-26, "a value is too large", ValueRefusedError),
    "MutationTooLarge": Entry(-28, "a mutation is too large", ValueRefusedError),
    "Stale": Entry(-40, "the key has changed since the writer saw it", RefusedError),
    "WrongType": Entry(-41, "the operation does not fit the value", ValueRefusedError),
    "Overflow": Entry(-42, "the sum is out of range", ValueRefusedError),
    "NoSuchItem": Entry(-43, "the list has no such item", ValueRefusedError),
    "DuplicateItem": Entry(-44, "the list already has that item", ValueRefusedError),
    "Forbidden": Entry(-45, "not permitted", RefusedError),
    "RoomFull": Entry(-46, "the room is full", RefusedError),
    "IdentityReused": Entry(-47, "a mutation's name was used before for another mutation", RefusedError),
    "FrameTooLarge": Entry(-60, "a frame is too large", ProtocolError),
    "Malformed": Entry(-61, "a frame is not a message", ProtocolError),
    "UnknownMessage": Entry(-62, "a message is unknown", ProtocolError),
    "Unsupported": Entry(-63, "no protocol version or codec in common", ProtocolError),
    "Unexpected": Entry(-64, "a message came out of turn", ProtocolError),
    "HelloTimeout": Entry(-65, "no greeting came in time", ProtocolError),
    "Unauthorized": Entry(-66, "the token is not accepted", ProtocolError),
    "Flood": Entry(-67, "the peer sent more than its budget", ProtocolError),
    "Idle": Entry(-68, "nothing was heard for too long", ProtocolError),
    "WindowExceeded": Entry(-69, "more mutations are in flight than the window allows", ProtocolError),
    "Stalled": Entry(-70, "the peer did not read for too long", ProtocolError),
    "Expired": Entry(-80, "the session is unknown to the room", RefusedError),
    "Superseded": Entry(-81, "a newer connection took over", RefusedError),
    "TooMany": Entry(-82, "a limit of rooms, connections or clients is reached", RefusedError),
    "Deleted": Entry(-83, "the room was deleted", RefusedError),
    "Unavailable": Entry(-84, "the room is not available now", RefusedError),
    "ShuttingDown": Entry(-85, "the server is shutting down", RefusedError),
    "EpochChanged": Entry(-86, "the room has a new epoch", RefusedError),
    "Diverged": Entry(-87, "the digest differs from the server's", RefusedError),
    "RolledBack": Entry(-88, "the client's storage was rolled back", RefusedError),
}


def alike(error: SynclineError) -> SynclineError:
    """The same error as an object of its own, for each who is told."""
    return exception_of(error.code, error.expected, error.actual)


def exception_of(code: str, expected: str = "", actual: str = "") -> SynclineError:
    """The exception of the class that stands for a code."""
    return CODES[code].error(code, expected, actual)
