"""The testbed: a real control plane with simulated nodes, started in seconds and gone without a trace."""

from clusterproof.testbed.kwokctl import notes
from clusterproof.testbed.lifecycle import down, fetch, find, statuses, up
from clusterproof.testbed.spec import Spec
from clusterproof.testbed.state import Testbed

__all__ = ["Spec", "Testbed", "down", "fetch", "find", "notes", "statuses", "up"]
