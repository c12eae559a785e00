"""Which events there are, and what the listeners of each are given."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, overload

from ._events import (
    AuthorizeFailed,
    CallbackFailed,
    Change,
    Conflict,
    Decided,
    Denied,
    Diverged,
    Failed,
    Lost,
    PresenceChange,
    Ready,
    Refusal,
    Resumed,
    RoomChange,
    RoomClosed,
    RoomFailed,
    RoomOpened,
    StatusChange,
    StorageFailed,
    ViewFailed,
    Visit,
)

Stop: TypeAlias = Callable[[], None]
"""Ends what `on` began; may be called twice."""

ROOM_EVENTS = (
    "change",
    "verdict",
    "refused",
    "conflict",
    "unknown",
    "ready",
    "resumed",
    "diverged",
    "denied",
    "status",
    "presence",
)
CLIENT_EVENTS = (*ROOM_EVENTS, "failed", "storage_failed", "error")
SERVER_EVENTS = (
    "change",
    "joined",
    "left",
    "opened",
    "failed",
    "closed",
    "error",
)


class RoomEvents:
    """What tells the events of a room."""

    @overload
    def on(self, name: Literal["change"], listener: Callable[[Change], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["verdict"], listener: Callable[[Decided], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["refused"], listener: Callable[[Refusal], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["conflict"], listener: Callable[[Conflict], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["unknown"], listener: Callable[[Lost], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["ready"], listener: Callable[[Ready], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["resumed"], listener: Callable[[Resumed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["diverged"], listener: Callable[[Diverged], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["denied"], listener: Callable[[Denied], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["status"], listener: Callable[[StatusChange], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["presence"], listener: Callable[[PresenceChange], object]) -> Stop: ...
    def on(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Calls a function at each event of this name in this room; returns how to stop that.

        Events: `change`, `verdict`, `refused`, `conflict`, `unknown`, `ready`,
        `resumed`, `diverged`, `denied`, `status`, `presence`.
        """
        return self._subscribe(name, listener)

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Adds a listener; the object says of what."""
        raise NotImplementedError


class ClientEvents:
    """What tells the events of a client."""

    @overload
    def on(self, name: Literal["change"], listener: Callable[[Change], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["verdict"], listener: Callable[[Decided], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["refused"], listener: Callable[[Refusal], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["conflict"], listener: Callable[[Conflict], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["unknown"], listener: Callable[[Lost], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["ready"], listener: Callable[[Ready], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["resumed"], listener: Callable[[Resumed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["diverged"], listener: Callable[[Diverged], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["denied"], listener: Callable[[Denied], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["status"], listener: Callable[[StatusChange], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["presence"], listener: Callable[[PresenceChange], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["failed"], listener: Callable[[Failed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["storage_failed"], listener: Callable[[StorageFailed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["error"], listener: Callable[[CallbackFailed], object]) -> Stop: ...
    def on(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Calls a function at each event of this name; returns how to stop that.

        The events of all rooms, and `failed`, `storage_failed` and `error`.
        """
        return self._subscribe(name, listener)

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Adds a listener; the object says of what."""
        raise NotImplementedError


class ServerEvents:
    """What tells the events of a server."""

    @overload
    def on(self, name: Literal["change"], listener: Callable[[RoomChange], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["joined"], listener: Callable[[Visit], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["left"], listener: Callable[[Visit], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["opened"], listener: Callable[[RoomOpened], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["failed"], listener: Callable[[RoomFailed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["closed"], listener: Callable[[RoomClosed], object]) -> Stop: ...
    @overload
    def on(self, name: Literal["error"], listener: Callable[[AuthorizeFailed | ViewFailed], object]) -> Stop: ...
    def on(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Calls a function at each event of this name; returns how to stop that.

        Events: `change`, `joined`, `left`, `opened`, `failed`, `closed`, `error`.
        """
        return self._subscribe(name, listener)

    def _subscribe(self, name: str, listener: Callable[[Any], object]) -> Stop:
        """Adds a listener; the object says of what."""
        raise NotImplementedError
