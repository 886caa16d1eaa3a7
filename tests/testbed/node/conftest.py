"""Real nodes for the tests of this folder."""

from __future__ import annotations

import pytest

from clusterproof import testbed
from clusterproof.cluster.client import Cluster
from clusterproof.testbed.node import missing

LACKS = missing()
needs_real_nodes = pytest.mark.skipif(
    bool(LACKS), reason=f"NOT TESTED: no real nodes here, missing: {', '.join(LACKS)}"
)


def quiet(_line):
    """Take a line of progress and keep it to oneself."""


@pytest.fixture(scope="module")
def bed(state):
    started = testbed.up(testbed.Spec(name="real", tier="node"), progress=quiet)
    yield started
    testbed.down("real")


@pytest.fixture(scope="module")
def cluster(bed):
    return Cluster.connect(str(bed.kubeconfig))
