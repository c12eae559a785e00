"""Runs what may hang, die or fork in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

#: What ends a process that hangs; nothing waits this long if all is well.
SECONDS = 60


def run_script(script: str, *arguments: str) -> str:
    """What a script prints; it fails unless it ends well and says nothing on standard error."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
