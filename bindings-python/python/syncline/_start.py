"""How a client begins: which options go to the engine, and which to the socket."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from ._errors import SynclineError, exception_of
from ._native import ClientHandle, ServerHandle
from ._options import Resolver, StrPath, text, told

FRAME_BYTES_MAX = 16_777_216
"""The hard maximum of `frame_bytes`: the most that a server may send at once."""


def socket_log(name: str) -> logging.Logger:
    """The log of the sockets; quiet about frames, which carry tokens and values."""
    log = logging.getLogger(name)
    if log.level == logging.NOTSET:
        log.setLevel(logging.INFO)
    return log


class Closes(Protocol):
    """What both native handles have."""

    def close(self) -> object: ...


def close_quietly(handle: Closes) -> None:
    """Ends what nobody has ended, at the latest before the interpreter does."""
    try:
        handle.close()
    except SynclineError:
        return  # closed before, or in a forked child


def open_client(
    url: str,
    *,
    storage: StrPath | None,
    flight: StrPath | None,
    resolvers: Mapping[str, Resolver] | None,
    ssl: Any,
    headers: Mapping[str, str] | None,
    proxy: str | bool,
    **options: Any,
) -> tuple[Callable[[], ClientHandle], dict[str, Any]]:
    """A function that opens the client's storage, and the options of its sockets."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        expected = "an address such as ws://localhost:8080"
        raise exception_of("InvalidArgument", expected, parts.scheme or "none")
    try:
        parts.port  # noqa: B018
    except ValueError:
        actual = parts.netloc.rpartition("@")[2]
        raise exception_of("InvalidArgument", "a port from 0 to 65535", actual) from None
    config = text({**options, "flight": place(flight), "resolvers": told(resolvers)})
    path = place(storage)
    log = socket_log("syncline.client.socket")
    socket: dict[str, Any] = {"logger": log, "proxy": proxy if proxy is not False else None}
    if ssl is not None:
        socket["ssl"] = ssl
    if headers is not None:
        socket["additional_headers"] = dict(headers)
    return lambda: ClientHandle.automatic(config, path), socket


def open_server(storage: StrPath | None, *, flight: StrPath | None, **options: Any) -> ServerHandle:
    """A server's handle, with its storage open."""
    return ServerHandle.automatic(text({**options, "flight": place(flight)}), place(storage))


def place(path: StrPath | None) -> str | None:
    """A path as text."""
    return None if path is None else os.fspath(path)
