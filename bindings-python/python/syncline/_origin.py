"""Which web pages may connect: decided by the `Origin` header before the engine hears of anyone."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from ._errors import exception_of

Origins: TypeAlias = Sequence[str] | Literal["*"] | None
"""Exact origins, `"*"` for any, or None for the server's own host and no origin at all."""


def check_origins(origins: object) -> None:
    """Refuses what is neither `"*"` nor a list: one text would be a list of letters."""
    if origins is None or origins == "*":
        return
    several = isinstance(origins, Sequence) and not isinstance(origins, str | bytes)
    if not several or not all(isinstance(each, str) for each in cast(Sequence[object], origins)):
        raise exception_of("InvalidArgument", 'a list of origins, or "*"', repr(origins))


def find_headers(carrier: Any) -> Mapping[str, str] | None:
    """The headers with which a connection came, of a socket or of its request."""
    for each in (carrier, getattr(carrier, "request", None)):
        headers = getattr(each, "headers", None)
        if headers is not None and hasattr(headers, "get"):
            found: Mapping[str, str] = headers
            return found
    return None


def allowed(origins: Origins, headers: Mapping[str, str] | None) -> bool:
    """Whether a connection with these headers may come in; unknown headers may not."""
    if origins == "*":
        return True
    if headers is None:
        return False
    try:
        origin, host = headers.get("Origin"), headers.get("Host")
    except Exception:  # several values: nobody who is honest sends that
        return False
    if not origin:
        return origin is None  # an empty one is no word of a program without pages
    if origins is not None:
        return origin in origins
    return host is not None and urlsplit(origin).netloc.lower() == host.lower()
