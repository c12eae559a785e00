"""What of Python is JSON, what JSON is in Python, and what is refused with which words."""

from __future__ import annotations

import enum
import json
import math
import threading
from collections import OrderedDict, UserDict, defaultdict, namedtuple
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline._errors import SynclineError, ValueRefusedError
from syncline._native import from_json, to_json
from syncline.handle import MISSING, ClientHandle

MOST = 2**53 - 1


class Colour(enum.IntEnum):
    RED = 3


class Name(enum.StrEnum):
    ADA = "ada"


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("nobody calls this")

    def __iter__(self) -> Any:
        raise AssertionError("nobody calls this")


class Odd(dict[str, Any]):
    def items(self) -> Any:
        raise AssertionError("nobody calls this")

    def __getitem__(self, key: str) -> Any:
        raise AssertionError("nobody calls this")


class Shy(list[Any]):
    def __iter__(self) -> Any:
        raise AssertionError("nobody calls this")


class Half(float):
    def __float__(self) -> float:
        raise AssertionError("nobody calls this")


Pair = namedtuple("Pair", "left right")

VALUES: list[tuple[Any, str, Any]] = [
    (None, "null", None),
    (True, "true", True),
    (False, "false", False),
    (0, "0", 0),
    (-7, "-7", -7),
    (MOST, "9007199254740991", MOST),
    (-MOST, "-9007199254740991", -MOST),
    (2.5, "2.5", 2.5),
    (2.0, "2", 2),
    (-0.0, "0", 0),
    (2.0**53, "9007199254740992", 2.0**53),
    (1e21, "1e+21", 1e21),
    (5e-324, "5e-324", 5e-324),
    ("", '""', ""),
    ('a"\\\n\x00\x1f/é€😀\u2028', '"a\\"\\\\\\n\\u0000\\u001f/é€😀\u2028"', 'a"\\\n\x00\x1f/é€😀\u2028'),
    ([], "[]", []),
    ((), "[]", []),
    ({}, "{}", {}),
    ([1, [2, (3, {})]], "[1,[2,[3,{}]]]", [1, [2, [3, {}]]]),
    ({"b": 1, "a": {"": None}}, '{"b":1,"a":{"":null}}', {"b": 1, "a": {"": None}}),
    (Colour.RED, "3", 3),
    (Name.ADA, '"ada"', "ada"),
    (Loud("x"), '"x"', "x"),
    (Half(0.5), "0.5", 0.5),
    ([Half(0.5), Colour.RED, Loud("y")], '[0.5,3,"y"]', [0.5, 3, "y"]),
    (Odd(a=1), '{"a":1}', {"a": 1}),
    ({Loud("k"): Shy([1])}, '{"k":[1]}', {"k": [1]}),
    (OrderedDict(z=1, a=2), '{"z":1,"a":2}', {"z": 1, "a": 2}),
    (defaultdict(list, a=[]), '{"a":[]}', {"a": []}),
    (Pair(1, 2), "[1,2]", [1, 2]),
]


@pytest.mark.parametrize(("value", "text", "back"), VALUES, ids=lambda it: type(it).__name__)
def test_a_value_is_its_canonical_text_and_comes_back(value: Any, text: str, back: Any) -> None:
    assert to_json(value) == text
    again = from_json(text)
    assert again == back
    assert type(again) is type(back)
    assert to_json(again) == text


REFUSED = [
    (math.nan, "NumberOutOfRange", "NaN"),
    (math.inf, "NumberOutOfRange", "inf"),
    (-math.inf, "NumberOutOfRange", "-inf"),
    (MOST + 1, "NumberOutOfRange", "9007199254740992"),
    (-MOST - 1, "NumberOutOfRange", "-9007199254740992"),
    (2**64, "NumberOutOfRange", "a larger one"),
    (-(10**5000), "NumberOutOfRange", "a larger one"),
    ([0, {"a": [math.nan]}], "NumberOutOfRange", "NaN at [1].a[0]"),
    ("ab\ud800", "LoneSurrogate", "index 2"),
    (["\udfff"], "LoneSurrogate", "index 0"),
    ({"x\ud83d": 1}, "LoneSurrogate", "index 1"),
    (b"bytes", "InvalidArgument", "bytes"),
    (bytearray(), "InvalidArgument", "bytearray"),
    ({1, 2}, "InvalidArgument", "set"),
    (object(), "InvalidArgument", "object"),
    (Decimal(1), "InvalidArgument", "Decimal"),
    (1j, "InvalidArgument", "complex"),
    (range(3), "InvalidArgument", "range"),
    (UserDict(), "InvalidArgument", "UserDict"),
    (MappingProxyType({}), "InvalidArgument", "mappingproxy"),
    (MISSING, "InvalidArgument", "_Missing"),
    (int, "InvalidArgument", "type"),
    ([[], {"tags": [1, {2}]}], "InvalidArgument", "set at [1].tags[1]"),
    ({1: 2}, "InvalidArgument", "a key that is int"),
    ({None: 2}, "InvalidArgument", "a key that is NoneType"),
    ({"a": {b"k": 1}}, "InvalidArgument", "a key that is bytes at .a"),
    ("x" * (1 << 20), "ValueTooLarge", "1048578"),
    (["x" * (1 << 21)], "ValueTooLarge", "bytes at [0]"),
    (["x" * 1000] * 1100, "ValueTooLarge", "more than 1048576 bytes"),
    ([0] * 100_001, "TooManyItems", "100001 items"),
    ((0,) * 100_001, "TooManyItems", "100001 items"),
    ({str(key): 0 for key in range(100_001)}, "TooManyItems", "100001 items"),
]


@pytest.mark.parametrize(("value", "code", "story"), REFUSED, ids=lambda it: type(it).__name__)
def test_what_is_no_value_is_refused_and_its_place_is_told(value: Any, code: str, story: str) -> None:
    with pytest.raises(SynclineError) as caught:
        to_json(value)
    assert caught.value.code == code
    assert story in caught.value.actual
    assert caught.value.expected


def nested(levels: int, *, dicts: bool = False) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = {"a": value} if dicts else [value]
    return value


@pytest.mark.parametrize("dicts", [False, True])
def test_sixty_four_levels_are_a_value_and_one_more_is_none(dicts: bool) -> None:
    value = nested(64, dicts=dicts)
    assert from_json(to_json(value)) == value
    for levels in (65, 100_000):
        with pytest.raises(ValueRefusedError) as caught:
            to_json(nested(levels, dicts=dicts))
        assert caught.value.code == "TooDeep"


def test_what_contains_itself_is_refused() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    ring: dict[str, Any] = {}
    ring["ring"] = {"of": ring}
    wide: list[Any] = []
    wide.extend([wide] * 1000)
    for value in (loop, ring, wide):
        with pytest.raises(ValueRefusedError) as caught:
            to_json(value)
        assert caught.value.code == "TooDeep"
        assert "contains itself" in caught.value.actual


def test_a_small_object_that_is_a_large_value_is_refused_before_it_is_written() -> None:
    value: Any = "x"
    for _ in range(40):
        value = [value, value]
    with pytest.raises(ValueRefusedError) as caught:
        to_json(value)
    assert caught.value.code == "ValueTooLarge"


def test_containers_that_change_meanwhile_are_taken_as_they_were() -> None:
    stop = threading.Event()
    value: dict[str, Any] = {"list": [0] * 50}

    def churn() -> None:
        while not stop.is_set():
            value["list"].clear()
            value["list"].extend(range(50))
            value["more"] = 1
            del value["more"]

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(3000):
            held = from_json(to_json(value))
            assert set(held) <= {"list", "more"}
            assert held["list"] in ([0] * 50, []) or held["list"] == list(range(len(held["list"])))
    finally:
        stop.set()
        thread.join()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MOST, MOST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)


def number(text: str) -> int | float:
    """What every language reads: beyond 2^53 - 1 there are doubles only."""
    return int(text) if abs(int(text)) <= MOST else float(text)


@given(values)
def test_any_value_survives_the_way_there_and_back(value: Any) -> None:
    text = to_json(value)
    assert from_json(text) == value
    assert json.loads(text, parse_int=number) == value
    assert to_json(from_json(text)) == text


@given(st.recursive(st.integers() | st.floats() | st.text() | st.binary(), st.lists))
def test_anything_is_a_value_or_is_refused(value: Any) -> None:
    try:
        text = to_json(value)
    except SynclineError:
        return
    assert to_json(from_json(text)) == text


TEXTS = [
    ("", "InvalidJson"),
    ("[1,]", "InvalidJson"),
    ("NaN", "InvalidJson"),
    (b"\xff", "InvalidUtf8"),
    ('"\\ud800"', "LoneSurrogate"),
    ("9007199254740993", "NumberOutOfRange"),
    ("1e999", "NumberOutOfRange"),
    ("[" * 65 + "]" * 65, "TooDeep"),
]


@pytest.mark.parametrize(("text", "code"), TEXTS)
def test_what_is_no_json_is_refused(text: str | bytes, code: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        from_json(text)
    assert caught.value.code == code


def test_text_is_read_from_any_buffer() -> None:
    for text in (b'{"a":1}', bytearray(b'{"a":1}'), memoryview(b'{"a":1}'), '{"a":1}'):
        assert from_json(text) == {"a": 1}
    assert from_json(memoryview(b"1x2x3x")[::2]) == 123
    with pytest.raises(TypeError):
        from_json(1)  # type: ignore[arg-type]


def test_values_are_the_same_through_a_handle() -> None:
    client = ClientHandle.automatic()
    room = client.open("cart")
    for value, text, back in VALUES:
        client.set(room, "key", value)
        assert client.get_json(room, "key") == text
        assert client.get(room, "key") == back
    with pytest.raises(ValueRefusedError):
        client.set(room, "key", [math.nan])
    assert client.get(room, "key") == [1, 2]
    client.close()
