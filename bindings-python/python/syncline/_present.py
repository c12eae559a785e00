"""Whether the native module is there: one error that says what to do if it is not."""

import platform
import sys

try:
    from . import _native  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"syncline has no native module for {sys.platform}, {platform.machine()}, Python {platform.python_version()}: "
        "install the package again with `pip install --force-reinstall syncline`, or build it from source; "
        f"the reason: {error}",
        name="syncline._native",
    ) from None
