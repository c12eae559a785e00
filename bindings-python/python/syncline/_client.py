"""A client without its waiting: what applications use of it on every face."""

from typing import Any, TypeVar, cast

from ._events import Status
from ._options import FlightStatus, Limits
from ._room import RoomCore
from ._routes import ClientRoutes

R = TypeVar("R", bound="RoomCore[Any]")


class ClientCore(ClientRoutes[R]):
    """What a client is on every face, without waiting."""

    def __repr__(self) -> str:
        state = "closed" if self._unsettled is not None else self._host
        return f"<{type(self).__name__} {state}>"

    def room(self, name: str, *, write: bool = True) -> R:
        """Opens a room, also offline: what is known of it shows at once.

        The same room for the same name while it is open.
        """
        with self._guard:
            number = self._handle.open(name, write)
            room = self._rooms.get(number)
            if room is None or room._closed:
                room = self._rooms[number] = self._new_room(number, name)
            return room

    @property
    def status(self) -> Status:
        """The status of the worst open room."""
        return self._handle.overall_status()

    @property
    def pending(self) -> int:
        """Edits of all rooms without a verdict."""
        return self._handle.pending_total()

    @property
    def limits(self) -> Limits:
        """The limits in force: the configured ones, lowered to the server's."""
        return cast(Limits, self._handle.limits())

    def set_token(self, token: str) -> None:
        """A newer token, for this connection and later ones."""
        with self._guard:
            self._token = token
            self._handle.set_token(token)
        self._drop_question()

    def reconnect(self) -> None:
        """Tries again now what waits out a pause, or for a token: for when the network is back."""
        self._drop_question()
        self._handle.reconnect()

    def metrics(self) -> dict[str, Any]:
        """What was counted since the client was made."""
        return self._handle.metrics()

    def prometheus(self, labels: dict[str, str] | None = None) -> str:
        """What was counted, as Prometheus reads it."""
        return self._handle.prometheus(labels)

    def flight(self) -> FlightStatus | None:
        """How far the recording is that the option `flight` asked for; None without that."""
        return cast(FlightStatus | None, self._handle.flight())
