"""How clients and servers are told to behave: the engine's own options, under its own names."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
"""A JSON value."""

Codec: TypeAlias = Literal["binary"] | Literal["json"]
"""How frames look as bytes."""

Policy: TypeAlias = Literal["strict"] | Literal["merge"] | Literal["last"]
"""Which stale edits a server refuses under a prefix."""

StrPath: TypeAlias = str | os.PathLike[str]
"""A path in the file system."""


class Debounce(TypedDict, total=False):
    """When a burst of edits is sent."""

    quiet_ms: int
    max_wait_ms: int
    max_edits: int


class Timing(TypedDict, total=False):
    """How long things may take, in milliseconds."""

    hello_ms: int
    idle_ms: int
    heartbeat_ms: int
    stall_ms: int
    presence_ms: int
    presence_pause_ms: int
    room_idle_ms: int
    backoff_first_ms: int
    backoff_most_ms: int


class Limits(TypedDict, total=False):
    """The bounds that both ends keep; a client's are lowered to its server's."""

    frame_bytes: int
    hello_bytes: int
    token_bytes: int
    room_name_bytes: int
    key_bytes: int
    value_bytes: int
    depth: int
    items: int
    ops: int
    mutation_bytes: int
    window: int
    window_bytes: int
    outbox_edits: int
    outbox_bytes: int
    presence_bytes: int
    presence_count: int
    room_keys: int
    room_bytes: int
    connection_rooms: int
    principal_connections: int
    principal_registers: int
    room_registers: int
    tombstones: int
    chunk_bytes: int
    server_rooms: int
    server_connections: int
    frames_minute: int
    bytes_minute: int


class FlightStatus(TypedDict):
    """How far a recording is."""

    path: str
    bytes: int
    """How many bytes of calls it has, not all of which are written yet."""
    full: bool
    """Whether it had no more place; it has all before that."""
    failed: bool
    """Whether it could not be written any more."""


class Choice:
    """A resolver's answer other than a value: `KEEP_MINE` or `KEEP_THEIRS`."""

    __slots__ = ("name",)

    def __init__(self, name: Literal["keep_mine", "keep_theirs"]) -> None:
        self.name: Literal["keep_mine", "keep_theirs"] = name

    def __repr__(self) -> str:
        return f"syncline.{self.name.upper()}"


KEEP_MINE = Choice("keep_mine")
"""A resolver's answer: the edit is made again on top of the server's value."""

KEEP_THEIRS = Choice("keep_theirs")
"""A resolver's answer: the server's value stays."""

BuiltIn: TypeAlias = Literal["keep_mine"] | Literal["keep_theirs"] | Literal["three_way"]
"""The resolvers that the engine has."""

Resolver: TypeAlias = BuiltIn | Callable[..., Any]
"""What a stale edit turns into: a built-in, or a function of the conflict."""


def text(options: Mapping[str, Any]) -> str:
    """The options that were given, as the engine reads them; it has the defaults."""
    given = {name: value for name, value in options.items() if value is not None}
    return json.dumps(given, allow_nan=False)


Token: TypeAlias = str | Callable[[], Any] | None
"""Who the client is: a token, or a function of none that is called at each connection."""


def told(resolvers: Mapping[str, Resolver] | None) -> dict[str, str] | None:
    """What the engine is told of the resolvers: it has names, and asks for functions."""
    if resolvers is None:
        return None
    return {prefix: "custom" if callable(each) else each for prefix, each in resolvers.items()}


def longest_prefix(table: Mapping[str, Any], key: str) -> Any:
    """The entry of the longest prefix of a key, or None."""
    prefixes = (prefix for prefix in table if key.startswith(prefix))
    return table.get(max(prefixes, key=len, default=""))
