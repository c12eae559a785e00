"""Who decides the questions of a server on threads: some at once, each in its time, and no process waits for them."""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from .._events import AuthorizeRequest
from ._pump import plain_result

THREADS = 32
"""How many questions are decided at once; those that are given up do not count."""


class Judges:
    """One thread per question that is being decided.

    A thread that hangs is left alone: its question is answered when its time is over, or nobody's
    any more when its connection is gone.
    """

    def __init__(
        self,
        authorize: Callable[[AuthorizeRequest], Any],
        decide: Callable[[int, Any], None],
        decide_error: Callable[[int, BaseException], None],
        seconds: float,
    ) -> None:
        self._authorize = authorize
        self._decide = decide
        self._decide_error = decide_error
        self._seconds = seconds
        self._changed = threading.Condition()
        self._open: dict[int, tuple[int, float]] = {}
        """The questions without an answer: whom each is about, and when its time is over; in order."""
        self._waiting: deque[tuple[int, AuthorizeRequest]] = deque()
        self._busy: set[int] = set()
        self._watched = False

    def ask(self, conn: int, number: int, question: AuthorizeRequest) -> None:
        """Has a question about a connection decided."""
        with self._changed:
            self._open[number] = (conn, monotonic() + self._seconds)
            self._waiting.append((number, question))
            self._hire()
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, name="syncline-authorize-time", daemon=True).start()

    def forget(self, conn: int | None) -> None:
        """Gives up the questions about a connection, or all."""
        with self._changed:
            for number in [each for each, (about, _) in self._open.items() if conn in (None, about)]:
                self._take(number)

    def _hire(self) -> None:
        while self._waiting and len(self._busy) < THREADS:
            number, question = self._waiting.popleft()
            if number in self._open:
                self._busy.add(number)
                work = (number, question)
                threading.Thread(target=self._judge, args=work, name="syncline-authorize", daemon=True).start()

    def _take(self, number: int) -> bool:
        """Whether a question still wants an answer; from now on it does not."""
        with self._changed:
            wanted = self._open.pop(number, None) is not None
            self._busy.discard(number)
            self._hire()
            self._changed.notify_all()
        return wanted

    def _judge(self, number: int, question: AuthorizeRequest) -> None:
        try:
            answer = plain_result(self._authorize(question))
        except BaseException as error:
            if self._take(number):
                self._decide_error(number, error)
        else:
            if self._take(number):
                self._decide(number, answer)

    def _watch(self) -> None:
        while True:
            with self._changed:
                if not self._open:
                    self._watched = False
                    return
                number, (_, ends) = next(iter(self._open.items()))
                left = ends - monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                self._take(number)
            self._decide_error(number, TimeoutError("authorize took too long"))
