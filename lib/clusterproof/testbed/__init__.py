"""The testbed: a real control plane with simulated nodes, started in seconds and gone without a trace."""

from clusterproof.testbed.kwokctl import notes
from clusterproof.testbed.lifecycle import down, fetch, find, refuse_unless_possible, statuses, up
from clusterproof.testbed.needed import addons_for, suited
from clusterproof.testbed.spec import Spec
from clusterproof.testbed.state import Testbed

__all__ = [
    "Spec",
    "Testbed",
    "addons_for",
    "down",
    "fetch",
    "find",
    "notes",
    "refuse_unless_possible",
    "statuses",
    "suited",
    "up",
]
