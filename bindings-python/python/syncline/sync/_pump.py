"""How threads wait for the engine: one thread per object drains it, everybody else waits for that."""

import inspect
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from .._aio import Handle
from .._errors import ClosedError, SynclineError, exception_of
from .._guard import Guard, result_of
from .._native import Output
from .._start import Closes, close_quietly

T = TypeVar("T")

SLICE_SECONDS = 0.2
"""How long a wait is not looked at: for Ctrl-C, and for a fork."""

STOP_SECONDS = 5.0
"""How long the end of an object waits for a listener that runs."""


def refuse_async(function: Callable[..., object]) -> None:
    """Refuses an async function where nobody could await it."""
    plain: object = function
    while isinstance(plain, partial):
        plain = plain.func
    if inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, "__call__", None)):  # noqa: B004
        raise exception_of("InvalidArgument", "a function", "an async function")


def plain_result(result: T) -> T:
    """Refuses a result that nobody could await."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise exception_of("InvalidArgument", "a plain result", "one to be awaited")
    return result


class Pump:
    """Drains a handle on a thread of its own, on which listeners are called too."""

    def __init__(
        self,
        name: str,
        handle: Handle,
        guard: Guard,
        route: Callable[[Output], None],
        end: Callable[[SynclineError], None],
    ) -> None:
        self._handle = handle
        self._guard = guard
        self._route = weakref.WeakMethod(route)
        self._end = weakref.WeakMethod(end)
        self._some = threading.Event()
        self._posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        handle.set_wake(self._some.set)

    def wait(self, future: "Future[T]", timeout: float | None = None) -> T:
        """Waits for what the thread will tell; raises `TimeoutError` when the time is over.

        In slices, so that Ctrl-C and a fork end it.
        """
        if threading.current_thread() is self._thread:
            expected = "a wait on a thread that may wait"
            raise exception_of("InvalidArgument", expected, "one in a listener or a resolver")
        ends = None if timeout is None else monotonic() + timeout
        while True:
            self._guard.check()
            left = SLICE_SECONDS if ends is None else min(SLICE_SECONDS, ends - monotonic())
            try:
                return result_of(future, max(left, 0.0))
            except TimeoutError:
                if ends is not None and ends <= monotonic() and not future.done():
                    raise

    def wait_event(self, event: threading.Event, timeout: float | None) -> None:
        """Waits for an event in the same way."""
        ends = None if timeout is None else monotonic() + timeout
        while not event.wait(SLICE_SECONDS if ends is None else min(SLICE_SECONDS, timeout or 0)):
            self._guard.check()
            if ends is not None and ends <= monotonic():
                raise TimeoutError

    def post(self, work: Callable[[], None]) -> None:
        """Has the thread do something between two drains."""
        self._posted.put(work)
        self._some.set()

    def soon(self, work: Callable[[], None]) -> None:
        """Has the thread do something: at once on that thread, between two drains from any other."""
        if threading.current_thread() is self._thread:
            work()
        else:
            self.post(work)

    def abandon(self) -> None:
        """Has the thread end."""
        self._stopping = True
        self._some.set()

    def stop(self) -> None:
        """Ends the thread; waits for it, unless it is this one."""
        self.abandon()
        if threading.current_thread() is not self._thread:
            self._thread.join(STOP_SECONDS)

    def call(self, listener: Callable[[Any], object], event: Any) -> None:
        """Calls a listener; what it raises goes to `threading.excepthook`."""
        try:
            plain_result(listener(event))
        except BaseException as error:
            self.report(error)

    def report(self, error: BaseException) -> None:
        """Tells of an error that nobody waits for."""
        told = (type(error), error, error.__traceback__, threading.current_thread())
        with suppress(BaseException):  # a hook that fails has nobody to tell
            threading.excepthook(threading.ExceptHookArgs(told))

    def _run(self) -> None:
        while not self._stopping:
            self._some.wait()
            self._some.clear()
            while self._drain():
                pass

    def _drain(self) -> bool:
        route, end = self._route(), self._end()
        if self._stopping or route is None or end is None:
            self._stopping = True
            return False
        try:
            self._work()
            outputs = self._handle.drain()
        except ClosedError:
            self._stopping = True  # who closed it tells everyone
            return False
        except SynclineError as error:
            self._stopping = True
            end(error)
            return False
        for output in outputs:
            try:
                route(output)
            except BaseException as error:
                self.report(error)
        return bool(outputs)

    def _work(self) -> None:
        while not self._posted.empty():
            try:
                self._posted.get()()
            except ClosedError:
                return  # draining tells
            except BaseException as error:
                self.report(error)


def abandon(handle: Closes, pump: Pump) -> None:
    """Ends what nobody has ended, at the latest before the interpreter does."""
    pump.abandon()
    close_quietly(handle)
