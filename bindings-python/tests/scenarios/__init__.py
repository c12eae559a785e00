"""The scenarios of every language, run on the public handles in manual mode.

`/scenarios/README.md` describes the files, and what the runner is for the handles: the network, the storage, the
clock and the host.
"""

from scenarios.scenario import Scenario, Step, difference, read
from scenarios.verbs import run

__all__ = ["Scenario", "Step", "difference", "read", "run"]
