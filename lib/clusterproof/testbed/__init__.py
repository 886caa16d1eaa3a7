"""The testbed: a real control plane with simulated nodes, started in seconds and gone without a trace."""

from clusterproof.testbed.kwokctl import notes
from clusterproof.testbed.lifecycle import down, fetch, find, statuses, up
from clusterproof.testbed.needed import addons_for, suited
from clusterproof.testbed.room import has_room, refuse_unless_possible
from clusterproof.testbed.spec import Spec
from clusterproof.testbed.state import Testbed

__all__ = [
    "Spec",
    "Testbed",
    "addons_for",
    "down",
    "fetch",
    "find",
    "has_room",
    "notes",
    "refuse_unless_possible",
    "statuses",
    "suited",
    "up",
]
