"""The add-on that makes nodes: it listens on loopback only, and what it makes is as simulated as the other nodes."""

from __future__ import annotations

import pytest

from clusterproof import testbed
from clusterproof.cluster.accelerators import is_simulated
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.inventory import capacity
from clusterproof.testbed import processes

pytestmark = pytest.mark.live

POOL = "karpenter.sh/nodepool"


@pytest.fixture(scope="module")
def bed(state):
    started = testbed.up(testbed.Spec(name="nodes", addons=("karpenter",)), progress=lambda _line: None)
    yield started
    testbed.down("nodes")


@pytest.fixture(scope="module")
def cluster(bed):
    return Cluster.connect(str(bed.kubeconfig))


@pytest.fixture
def made(cluster):
    return [node for node in cluster.pages(cluster.resource("v1", "Node")) if POOL in node["metadata"]["labels"]]


def test_it_listens_on_loopback_only(bed):
    process = processes.find(bed.folder, "karpenter")
    listening = {each.laddr.ip for each in process.net_connections(kind="inet") if each.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def test_a_node_that_it_has_made_is_managed_and_marked_as_simulated(made):
    assert [node["metadata"]["annotations"]["kwok.x-k8s.io/node"] for node in made] == ["fake"]
    assert all(is_simulated(node) for node in made)


def test_its_accelerators_are_not_those_of_the_other_nodes(cluster, made):
    [name] = [node["metadata"]["name"] for node in made]
    assert capacity(cluster, "amd.com/gpu").free() == {name: 1}
    assert name not in capacity(cluster, "nvidia.com/gpu").allocatable
