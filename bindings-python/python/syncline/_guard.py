"""One thread at a time, and only in the process that made the object."""

import os
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import RLock
from typing import Any, TypeVar

from ._errors import ForkedProcessError, SynclineError, alike

T = TypeVar("T")

_forks = 0
"""How often this process was forked off another one since the module came in."""


def _note_fork() -> None:
    global _forks  # noqa: PLW0603
    _forks += 1


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_note_fork)


class Guard:
    """A lock that a forked child is refused at, instead of waiting for a thread that it has not."""

    __slots__ = ("_forks", "_lock")

    def __init__(self) -> None:
        self._lock = RLock()
        self._forks = _forks

    def check(self) -> None:
        """Refuses a forked child."""
        if self._forks != _forks:
            raise ForkedProcessError()

    def __enter__(self) -> None:
        # As `check`, which would cost as much again as the lock.
        if self._forks != _forks:
            raise ForkedProcessError()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def pending() -> "Future[Any]":
    """A future that nobody who waits for it can cancel."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def done(result: T) -> "Future[T]":
    """A future with its result."""
    future: Future[T] = pending()
    future.set_result(result)
    return future


def settle(future: "Future[T]", result: T) -> None:
    """Sets a result, unless there is one."""
    with suppress(InvalidStateError):
        future.set_result(result)


def fail(future: "Future[Any]", error: SynclineError) -> None:
    """Sets an error like this, unless there is a result."""
    with suppress(InvalidStateError):
        future.set_exception(alike(error))


def forget(future: "Future[Any]", callback: object) -> None:
    """Takes a callback back from a future that may stay open for long."""
    inner: Any = future
    with inner._condition:  # one that is done goes through its callbacks by itself
        if not inner.done() and callback in inner._done_callbacks:
            inner._done_callbacks.remove(callback)


def result_of(future: "Future[T]", timeout: float | None = None) -> T:
    """The result; an error is an object of its own for each who asks."""
    error = future.exception(timeout)
    if isinstance(error, SynclineError):
        raise alike(error)
    return future.result()


def conclude(future: "Future[T]", outcome: T | SynclineError) -> None:
    """Sets a result or an error, unless there is one."""
    if isinstance(outcome, SynclineError):
        fail(future, outcome)
    else:
        settle(future, outcome)
