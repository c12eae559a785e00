"""Who waits until every edit has its verdict, or is stored, and when that is so."""

from abc import ABC, abstractmethod
from collections import deque
from concurrent.futures import Future
from contextlib import suppress

from ._errors import SynclineError, exception_of
from ._guard import Guard, done, fail, pending, settle
from ._native import ClientHandle, Output


class Waits(ABC):
    """What a client and those who wait for it as a whole have in common."""

    def __init__(self, handle: ClientHandle) -> None:
        self._handle = handle
        self._guard = Guard()
        self._idle: list[Future[None]] = []
        """Those who wait for verdicts."""
        self._unstored: deque[tuple[int, Future[None]]] = deque()
        """Those who wait for storage, by the marks of their questions, oldest first."""
        self._unsettled: int | None = None
        """What `close` returns, once nothing more is told."""
        self._storage_error: SynclineError | None = None

    @abstractmethod
    def _left(self) -> int:
        """Edits without a verdict, also once the client is closed or broken."""

    def _check(self) -> None:
        """Refuses a closed client."""
        self._guard.check()
        if self._unsettled is not None:
            raise exception_of("Closed", "an open client", "a closed one")

    def _why(self, error: SynclineError) -> SynclineError:
        """What is behind an error: storage that failed, or nothing."""
        if error.code != "Poisoned":
            return error
        if self._storage_error is None:
            with suppress(SynclineError):
                self._storage_error = self._handle.storage_error()
        return self._storage_error or error

    def _idle_future(self) -> "Future[None]":
        """Done when every edit has its verdict."""
        with self._guard:
            if self._storage_error is not None:
                return done(None)  # no verdict will come
            self._handle.flush()
            if self._handle.pending_total() == 0:
                return done(None)
            future: Future[None] = pending()
            self._idle.append(future)
            return future

    def _forget_idle(self, idle: "Future[None]") -> None:
        """Nobody waits for this any more."""
        with self._guard, suppress(ValueError):
            self._idle.remove(idle)

    def _tell_idle(self) -> None:
        with self._guard:
            if not self._idle or self._left() > 0:
                return
            idle, self._idle = self._idle, []
        for future in idle:
            settle(future, None)

    def _stored_future(self) -> "Future[None]":
        """Done when every edit made so far is stored."""
        self._check()
        future: Future[None] = pending()
        with self._guard:
            try:
                self._unstored.append((self._handle.ask_stored(), future))
            except SynclineError as error:
                raise self._why(error) from None
        return future

    def _on_stored(self, output: Output) -> None:
        stored: list[Future[None]] = []
        with self._guard:
            while self._unstored and output.mark is not None and self._unstored[0][0] <= output.mark:
                stored.append(self._unstored.popleft()[1])
        for future in stored:
            settle(future, None)

    def _end_waits(self, error: SynclineError) -> None:
        """Nothing is waited for any more."""
        with self._guard:
            idle, self._idle = self._idle, []
            unstored, self._unstored = self._unstored, deque()
        for future in idle:
            settle(future, None)
        for _, future in unstored:
            fail(future, error)
