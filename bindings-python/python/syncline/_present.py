"""Whether the native module is there: one error that says what to do if it is not."""

import platform
import sys


def check() -> None:
    """Raises an `ImportError` that names the platform, the package and what to do."""
    try:
        from . import _native  # noqa: F401, PLC0415
    except ImportError as error:
        raise ImportError(
            f"syncline has no native module for {sys.platform}, {platform.machine()}, "
            f"Python {platform.python_version()}: install the package again with "
            f"`pip install --force-reinstall syncline`, or build it from source; the reason: {error}",
            name="syncline._native",
        ) from None


check()
