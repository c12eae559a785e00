"""Which web pages may connect: decided by the `Origin` header before the engine hears of anyone."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

Origins: TypeAlias = Sequence[str] | Literal["*"] | None
"""Exact origins, `"*"` for any, or None for the server's own host and no origin at all."""


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
    if origin is None:
        return True
    if origins is not None:
        return origin in origins
    return host is not None and urlsplit(origin).netloc.lower() == host.lower()
