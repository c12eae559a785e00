"""Which socket the engine knows of: only what comes of that one counts."""

from typing import TYPE_CHECKING, Any

from ._errors import SynclineError

if TYPE_CHECKING:
    from ._client import ClientCore


class Attempt:
    """One try to hold a connection: what comes of it counts while the engine knows of it."""

    __slots__ = ("_client", "carrier")

    def __init__(self, client: "ClientCore[Any]") -> None:
        self._client = client
        self.carrier: Any = None
        """What the face keeps for it."""

    @property
    def asks(self) -> bool:
        """Whether it waits for its token."""
        return self.carrier is not None and bool(self.carrier.asks)

    @property
    def current(self) -> bool:
        """Whether it is the one that the engine knows of."""
        return self._client._attempt is self

    def connected(self, token: str) -> bool:
        """The connection is open; false if nobody wants it any more."""
        with self._client._guard:
            if self.current:
                self._client._handle.connected(token)
            return self.current

    def receive(self, frame: bytes | str) -> None:
        """A frame came."""
        with self._client._guard:
            if self.current:
                self._client._handle.receive(frame)

    def ended(self) -> None:
        """The connection is over, or could not be opened."""
        with self._client._guard:
            if not self.current:
                return
            self._client._attempt = None
            try:
                self._client._handle.disconnected()
            except SynclineError:
                return  # closed meanwhile: nobody wants another connection
