"""What a scenario's file says, and where what happened is something else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


class StepError(Exception):
    """What is done in vain: the scenario is wrong, or a check fails."""


@dataclass
class Step:
    """What is done, and the lines that it is to print."""

    words: list[str]
    lines: list[str] = field(default_factory=list)


@dataclass
class Scenario:
    """One scenario; `why` is the disaster that it prevents."""

    name: str
    why: str
    steps: list[Step]


def read(text: str) -> Scenario:
    """Reads the text of a file."""
    file = json.loads(text)
    if set(file) != {"name", "why", "steps"}:
        raise StepError(f"members are {sorted(file)}")
    steps: list[Step] = []
    for entry in file["steps"]:
        if isinstance(entry, str):
            steps[-1].lines.append(entry)
        elif entry and all(isinstance(word, str) for word in entry):
            steps.append(Step(entry))
        else:
            raise StepError(f"{entry}: no step")
    return Scenario(file["name"], file["why"], steps)


def difference(expected: Scenario, happened: list[Step]) -> str | None:
    """The first step at which what happened is not what is expected."""
    for before, after in zip(expected.steps, happened, strict=True):
        if before != after:
            listed = "\n".join(["  expected", *before.lines, "  happened", *after.lines])
            return f"{' '.join(before.words)}\n{listed}"
    return None
