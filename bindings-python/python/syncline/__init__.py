"""Keeps state in sync between clients and a server: this is the face on asyncio.

Edits show at once, survive being offline and both sides' crashes, and end with an honest verdict,
exactly once. `syncline.sync` is the same without asyncio; `syncline.handle` is for hosts with a
transport of their own.

```python
import syncline

async with syncline.connect("ws://localhost:8080", token="…", storage="outbox") as client:
    cart = client.room("cart-1")
    await cart.ready()
    verdict = await cart.set("items", ["tea", "milk"]).settled()
```
"""

from . import (
    _present,  # noqa: F401  first: it says what to do without the native module
    sync,
)
from ._errors import (
    ClosedError,
    ForkedProcessError,
    InternalError,
    ProtocolError,
    QueueFullError,
    RefusedError,
    StorageError,
    SynclineError,
    ValueRefusedError,
)
from ._events import (
    Applied,
    AuthorizeFailed,
    AuthorizeRequest,
    CallbackFailed,
    Change,
    Conflict,
    Decided,
    Denied,
    Diverged,
    Failed,
    Grant,
    Lost,
    PresenceChange,
    Ready,
    Refusal,
    Refused,
    Resumed,
    RoomChange,
    RoomClosed,
    RoomFailed,
    RoomOpened,
    Status,
    StatusChange,
    StorageFailed,
    Unknown,
    Verdict,
    ViewChange,
    ViewEnded,
    ViewFailed,
    Visit,
)
from ._host_edits import EditView, HostEdits
from ._native import MISSING
from ._options import (
    KEEP_MINE,
    KEEP_THEIRS,
    Debounce,
    FlightStatus,
    Json,
    Limits,
    Timing,
)
from ._room import PresenceCore as Presence
from ._server import DenyError
from ._shows import RoomReader
from .client import Batch, Changes, Client, Connecting, Edit, Room, RoomView, connect
from .server import HostBatch, Listener, Server, ServerRoom, ViewRequest

__all__ = [
    "KEEP_MINE",
    "KEEP_THEIRS",
    "MISSING",
    "Applied",
    "AuthorizeFailed",
    "AuthorizeRequest",
    "Batch",
    "CallbackFailed",
    "Change",
    "Changes",
    "Client",
    "ClosedError",
    "Conflict",
    "Connecting",
    "Debounce",
    "Decided",
    "Denied",
    "DenyError",
    "Diverged",
    "Edit",
    "EditView",
    "Failed",
    "FlightStatus",
    "ForkedProcessError",
    "Grant",
    "HostBatch",
    "HostEdits",
    "InternalError",
    "Json",
    "Limits",
    "Listener",
    "Lost",
    "Presence",
    "PresenceChange",
    "ProtocolError",
    "QueueFullError",
    "Ready",
    "Refusal",
    "Refused",
    "RefusedError",
    "Resumed",
    "Room",
    "RoomChange",
    "RoomClosed",
    "RoomFailed",
    "RoomOpened",
    "RoomReader",
    "RoomView",
    "Server",
    "ServerRoom",
    "Status",
    "StatusChange",
    "StorageError",
    "StorageFailed",
    "SynclineError",
    "Timing",
    "Unknown",
    "ValueRefusedError",
    "Verdict",
    "ViewChange",
    "ViewEnded",
    "ViewFailed",
    "ViewRequest",
    "Visit",
    "connect",
    "sync",
]
