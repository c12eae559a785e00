"""The words of a step."""

from __future__ import annotations

from scenarios.scenario import StepError


class Words:
    """The words of a step that are not read yet."""

    def __init__(self, words: list[str]) -> None:
        self.rest = list(words)

    def __bool__(self) -> bool:
        return bool(self.rest)

    def next(self) -> str:
        """The next word."""
        if not self.rest:
            raise StepError("a word is missing")
        return self.rest.pop(0)

    def number(self) -> int:
        """The next word as a number."""
        return number(self.next())

    def count(self) -> int | None:
        """The next word as a number, if there is one."""
        return self.number() if self else None


def number(word: str) -> int:
    """A word as a number."""
    if not word.isdecimal():
        raise StepError(f"{word}: no number")
    return int(word)
