"""What every language must do alike: each scenario happens as it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scenarios import Scenario, difference, read, run
from scenarios.scenario import StepError

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = [*sorted(FOLDER.glob("*.json")), *sorted(FOLDER.glob("views/*.json"))]


def test_there_are_scenarios() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_happens_as_it_is_written(path: Path) -> None:
    scenario = read(path.read_text(encoding="utf-8"))
    assert scenario.name == path.stem
    found = difference(scenario, run(scenario))
    assert found is None, found


def made(*steps: object) -> Scenario:
    """A scenario of a client with a room, and what follows."""
    start = [["quiet"], ["client", "ada", "{}"], ["open", "ada", "cart", "rw"], ["loud"]]
    return read(json.dumps({"name": "x", "why": "y", "steps": [*start, *steps]}))


def setting(line: str, answer: str) -> Scenario:
    step = ["set", "ada", "cart", "total", "15"]
    event = 'event ada change cart local ["total"]'
    return made(step, line, event, ["check", "get", "ada", "cart", "total", answer])


def test_a_wrong_line_and_a_wrong_check_are_noticed() -> None:
    """A runner that accepts everything would be worth nothing."""
    right = setting("draft 1", "15")
    assert difference(right, run(right)) is None
    wrong = setting("draft 7", "15")
    found = difference(wrong, run(wrong))
    assert found is not None
    assert "draft 7" in found
    assert "draft 1" in found
    with pytest.raises(StepError, match="the answer is 15"):
        run(setting("draft 1", "16"))


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        (["check", "get", "ada", "cart", "x", "y", "-"], "a word too many"),
        (["up", "nobody"], "no such client"),
        (["set", "ada"], "a word is missing"),
        (["dance", "ada", "cart"], "no such question"),
        (["connect", "ada"], "the server does not run"),
        (["render", "page", "null"], "no such view"),
        (["tell", "page"], "no such screen"),
    ],
)
def test_a_wrong_step_is_noticed(step: list[str], complaint: str) -> None:
    with pytest.raises(StepError, match=complaint):
        run(made(step))
