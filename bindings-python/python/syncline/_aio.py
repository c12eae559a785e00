"""How asyncio waits for the engine: one coalesced wake, drained on the loop that owns the object."""

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from ._errors import ClosedError, SynclineError, exception_of
from ._guard import forget, result_of
from ._native import Output

T = TypeVar("T")

CLOSE_SECONDS = 5.0
"""How long a socket may take to close before it is dropped."""


class Handle(Protocol):
    """What both native handles have."""

    def set_wake(self, callback: Callable[[], object] | None) -> None: ...

    def drain(self, limit: int = ...) -> list[Output]: ...


async def wait(future: "Future[T]") -> T:
    """Waits for what another thread may decide; giving up leaves it as it is."""
    loop = asyncio.get_running_loop()
    some = asyncio.Event()

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # the loop may be closed
            loop.call_soon_threadsafe(some.set)

    future.add_done_callback(tell)
    try:
        await some.wait()
    finally:
        forget(future, tell)
    return result_of(future)


def withdrawn() -> bool:
    """Whether somebody cancels the running task: a function may raise `CancelledError` by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def ended_loop() -> SynclineError:
    """What is raised once the loop that an object belongs to has ended."""
    return exception_of("Closed", "the loop that this belongs to", "the end of that loop")


def _raise(error: BaseException) -> None:
    raise error


class Pump:
    """Drains a handle on its loop whenever there is something."""

    def __init__(
        self,
        handle: Handle,
        route: Callable[[Output], None],
        end: Callable[[SynclineError], None],
    ) -> None:
        self._handle = handle
        self._route = route
        self._end = end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self.lasting: set[asyncio.Task[Any]] = set()
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # bound at the first use
        self.bind()

    def bind(self) -> asyncio.AbstractEventLoop:
        """Drains on the running loop from now on; refuses another one than before."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            self._handle.set_wake(self._waker())
        if self.is_over:
            raise ended_loop()
        if self._loop is not loop:
            raise exception_of("InvalidArgument", "the loop that this belongs to", "another one")
        return loop

    @property
    def is_over(self) -> bool:
        """Whether its loop has ended, so that nothing is drained any more."""
        return self._loop is not None and self._loop.is_closed()

    async def wait(self, future: "Future[T]") -> T:
        """Waits for what is drained here; raises `ClosedError` if that has ended."""
        if self.is_over and not future.done():
            raise ended_loop()
        return await wait(future)

    def soon(self, work: Callable[[], object]) -> None:
        """Has its loop do something: at once on that loop, soon from any other thread."""
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            work()
        elif self._loop is not None:
            with suppress(RuntimeError):  # the loop may be closed
                self._loop.call_soon_threadsafe(work)

    def _waker(self) -> Callable[[], None]:
        mine = weakref.ref(self)

        def wake() -> None:
            # Weak, so that what nobody uses any more can go.
            pump = mine()
            if pump is not None:
                pump.wake()

        return wake

    def wake(self) -> None:
        """Has the loop drain soon; from any thread."""
        with suppress(RuntimeError):  # the loop may be closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.run)

    def stop(self) -> None:
        """Drains no more."""
        self._stopped = True

    def run(self) -> None:
        """Drains some; the rest after others had their turn."""
        if self._stopped:
            return
        try:
            outputs = self._handle.drain()
        except ClosedError:
            return  # who closed it tells everyone
        except SynclineError as error:
            self._end(error)
            return
        for output in outputs:
            try:
                self._route(output)
            except BaseException as error:
                self.report("syncline could not carry out " + output.kind, error)
        if outputs:
            self.bind().call_soon(self.run)

    def spare(self) -> None:
        """The running task waits for the end: it is not given up at that."""
        task = asyncio.current_task()
        if task is not None:
            self.tasks.discard(task)

    async def give_up(self) -> None:
        """Cancels what the application began here and has not finished, after a turn of its own."""
        await asyncio.sleep(0)
        for task in list(self.tasks):
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, T], what: str, lasting: bool = False) -> "asyncio.Task[T]":
        """Runs work of its own, and reports how it fails; work that lasts ends by itself."""
        task = self.bind().create_task(work)
        (self.lasting if lasting else self.tasks).add(task)

        def ended(task: "asyncio.Task[T]") -> None:
            self.tasks.discard(task)
            self.lasting.discard(task)
            if not task.cancelled() and task.exception() is not None:
                self.report(what + " failed", task.exception())

        task.add_done_callback(ended)
        return task

    def call(self, listener: Callable[[Any], object], event: Any) -> None:
        """Calls a listener, which may be async; what it raises goes to the loop's handler."""
        try:
            result = listener(event)
        except BaseException as error:
            self.report("a syncline listener failed", error)
            return
        if asyncio.iscoroutine(result):
            self.spawn(result, "a syncline listener")

    def report(self, message: str, error: BaseException | None) -> None:
        """Tells the loop of an error that nobody waits for; what ends a loop ends it, soon."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.bind().call_soon(_raise, error)
            return
        self.bind().call_exception_handler({"message": message, "exception": error})
