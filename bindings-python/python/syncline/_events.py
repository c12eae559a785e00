"""What applications are told: verdicts of edits, and events of clients and servers."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ._native import MISSING

if TYPE_CHECKING:
    from ._client import ClientCore
    from ._edit import EditCore
    from ._errors import SynclineError
    from ._room import RoomCore
    from ._server import ServerCore
    from ._view import RoomViewCore

Status: TypeAlias = Literal["synced"] | Literal["pending"] | Literal["offline"] | Literal["degraded"]
"""How far a room is from its server, from best to worst."""

Origin: TypeAlias = Literal["local"] | Literal["remote"] | Literal["both"]
"""Who caused a change: this client, the server, or each in turn."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The edit is in the room."""

    version: int
    """The room's version with which the client learned it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The edit is not in the room; the three sides say what met.

    A side without a value is `MISSING`. Edits that build on a refused one of the same key share
    its fate and its sides.
    """

    code: str
    """Why, for example `Stale` or `Forbidden`."""
    op: int
    """Which edit of a batch, counted from 0."""
    key: str | None = None
    mine: Any = MISSING
    base: Any = MISSING
    theirs: Any = MISSING
    by: "EditCore | None" = None
    """The edit that a resolver made in its place."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can know whether the edit is in the room."""

    code: str
    """Why, for example `EpochChanged`."""
    edits: tuple[dict[str, Any], ...] = ()
    """What it did, to be made again if that is right: `{"key": "a", "action": {"set": 1}}` and the like."""


Verdict: TypeAlias = Applied | Refused | Unknown
"""What became of an edit."""


@dataclass(frozen=True, slots=True)
class Change:
    """The view of some keys is another than before: read them."""

    room: "RoomCore[Any]"
    keys: frozenset[str]
    origin: Origin
    version: int | None
    """The version up to which the room is confirmed here."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An edit has its verdict; also of edits that an earlier process made."""

    room: "RoomCore[Any]"
    draft: int
    verdict: Literal["applied", "refused", "unknown"]
    code: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit was refused, and what was done about it."""

    room: "RoomCore[Any]"
    draft: int
    key: str
    code: str
    mine: Any
    base: Any
    theirs: Any
    by: "EditCore | None" = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stale edit about which the application decides: what resolvers are given."""

    room: "RoomCore[Any]"
    draft: int
    key: str
    code: str
    mine: Any
    """What the writer made of the key; `MISSING` if it was deleted."""
    base: Any
    """What the key held when the edit was made."""
    theirs: Any
    """What the server says that the key holds."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody can know what became of an edit: here is what it did."""

    room: "RoomCore[Any]"
    draft: int
    code: str
    edits: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A state of the room is known."""

    room: "RoomCore[Any]"


@dataclass(frozen=True, slots=True)
class Resumed:
    """The room is joined again, and this is how it caught up."""

    room: "RoomCore[Any]"
    resume: Literal["delta", "snapshot", "reset"]
    code: str | None
    """Why continuity ended, of a reset."""


@dataclass(frozen=True, slots=True)
class Diverged:
    """What was held differs from the server's state; it is asked for again."""

    room: "RoomCore[Any]"


@dataclass(frozen=True, slots=True)
class Denied:
    """The server does not let the client into the room."""

    room: "RoomCore[Any]"
    code: str
    retries: bool
    """Whether the client asks again by itself."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The connection ended with an error, or could not be opened (`Unavailable`, with the reason)."""

    client: "ClientCore[Any]"
    code: str
    expected: str | None
    actual: str | None
    retries: bool
    """Whether the client connects again by itself."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The status of a room, or of the client if `room` is None, is another than before."""

    room: "RoomCore[Any] | None"
    status: Status


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """Other participants came, went or changed."""

    room: "RoomCore[Any]"


@dataclass(frozen=True, slots=True)
class ViewChange:
    """What a page that shows a view has to do; who shows no page asks the view for its HTML."""

    view: "RoomViewCore"
    bytes: bytes


@dataclass(frozen=True, slots=True)
class ViewEnded:
    """The server tells nothing more of a view."""

    view: "RoomViewCore"
    code: str
    """Why: `NotFound` for a view that there is not."""


@dataclass(frozen=True, slots=True)
class StorageFailed:
    """Storage failed: edits are not taken any more, and nothing is sent."""

    client: "ClientCore[Any]"
    error: "SynclineError | None"


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """A function of the application raised: a resolver or a token function."""

    what: Literal["resolver", "token"]
    error: BaseException


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """Somebody asks to come into a room, or to stay in it with another token."""

    token: str = field(repr=False)
    room: str
    schema: str
    request: Any = field(repr=False)
    """What the connection came with: the socket's request, or what `attach` was given."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who somebody is, and what they may write: all, nothing, or keys with these prefixes. Nothing by default."""

    principal: str
    write: bool | list[str] | tuple[str, ...] = False


@dataclass(frozen=True, slots=True)
class RoomChange:
    """Keys of a room changed since this was last told."""

    room: str
    keys: frozenset[str]
    version: int
    principals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A client came into a room, or left it."""

    room: str | None
    principal: str
    conn: int
    channel: int
    code: str | None = None
    """Why it left, if not by itself."""


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """A room is open."""

    room: str
    dropped_bytes: int
    """Bytes at the end of its journal that were dropped: a crash came before their sync, or they are damaged since."""


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """A room is closed, and what it had accepted is durable."""

    room: str


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """A room could not be opened, or its storage failed."""

    room: str
    code: str
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class AuthorizeFailed:
    """The function that authorizes raised."""

    server: "ServerCore"
    error: BaseException


@dataclass(frozen=True, slots=True)
class ViewFailed:
    """What renders a view raised: what was shown last stays, or the view is `Unavailable`."""

    server: "ServerCore"
    room: str
    view: str
    error: BaseException
