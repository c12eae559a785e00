"""Who is told of an event: the functions of the application, each on its own."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from ._errors import exception_of


class Listeners:
    """The listeners of one object, by the name of the event."""

    __slots__ = ("_known", "_lock", "_table")

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known
        self._lock = Lock()
        self._table: dict[str, tuple[Callable[[Any], object], ...]] = {}

    def on(self, name: str, listener: Callable[[Any], object]) -> Callable[[], None]:
        """Adds a listener; the returned function removes it, and may be called twice."""
        if name not in self._known:
            expected = "an event: " + ", ".join(self._known)
            raise exception_of("InvalidArgument", expected, repr(name))
        if not callable(listener):
            actual = type(listener).__name__
            raise exception_of("InvalidArgument", "a function", actual)

        # Wrapped, so that the same function added twice is two listeners.
        def entry(event: Any) -> object:
            return listener(event)

        def remove() -> None:
            with self._lock:
                left = self._table.get(name, ())
                self._table[name] = tuple(each for each in left if each is not entry)

        with self._lock:
            self._table[name] = (*self._table.get(name, ()), entry)
        return remove

    def of(self, name: str) -> tuple[Callable[[Any], object], ...]:
        """The listeners of an event, in the order in which they were added."""
        return self._table.get(name, ())
