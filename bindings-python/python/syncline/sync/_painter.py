"""On which thread a server on threads renders: one of its own, for as long as there is something to render."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Painter(Generic[R]):
    """Renders one view after the other; what hangs is waited for by the others."""

    def __init__(self, show: Callable[[R], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._waiting: deque[R] = deque()
        self._works = False

    def ask(self, request: R) -> None:
        """Has a view rendered."""
        with self._lock:
            self._waiting.append(request)
            if not self._works:
                threading.Thread(target=self._work, name="syncline-views", daemon=True).start()
                self._works = True

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._works = False
                    return
                request = self._waiting.popleft()
            self._show(request)
