"""The texts of the JSON parsing test suite are in Python what they are in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from syncline._errors import SynclineError
from syncline._native import from_json, to_json

TABLE = Path(__file__).parents[2] / "scenarios" / "json" / "parsing.tsv"
LINES = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").split("\n")[:-1]]


def unfolded(folded: str) -> bytes:
    """Hexadecimal bytes, and how often, if not once."""
    text, _, count = folded.partition("*")
    return bytes.fromhex(text) * int(count or 1)


def result(text: bytes) -> str:
    """The canonical text, or the name of the code."""
    try:
        return f"= {to_json(from_json(text))}"
    except SynclineError as error:
        return error.code


def test_there_are_texts() -> None:
    assert len(LINES) == 318


@pytest.mark.parametrize(("text", "expected"), [line[1:] for line in LINES], ids=[line[0] for line in LINES])
def test_a_text_is_what_it_is_everywhere(text: str, expected: str) -> None:
    assert result(unfolded(text)) == expected
