"""Interfaces are found by what they are and given where they are, and the check tells clusters where that is so."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Kind, Outcome, Reason
from clusterproof.notebook.session import Session
from proofs import false_claims, own_state

pytestmark = pytest.mark.live

REQUIREMENT = "high_performance_networking"
MUTANTS = ("claims_selectors_dropped_later", "claims_constraints_dropped")
NOBODYS = "No pod is bound for an interface that nobody has"
PUBLISHED = "The same pod is bound to the node where such an interface is published later"
ONE_ROOT = "A pod gets an accelerator and an interface on the same PCIe root"
LABEL = "feature.node.kubernetes.io/rdma.capable"


def test_a_good_cluster_gets_as_far_as_simulated_nodes_can_show_and_no_further(proved):
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert false_claims(proved.good) == []
    assert proved.good.result.backend == "dynamic"


def test_what_waits_for_an_interface_gets_it_later(proved):
    assert NOBODYS in proved.negatives
    assert PUBLISHED in proved.after(NOBODYS)


def test_devices_that_are_apart_can_be_had_without_the_constraint(proved):
    assert "No pod is bound for devices that share no PCIe root" in proved.negatives
    assert "A pod that does not ask for one PCIe root gets the same devices" in proved.claims(Kind.CONTROL)


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_cluster_that_gives_any_interface_instead_fails(proved):
    trial = proved.on("claims_selectors_dropped_later")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [NOBODYS]


def test_a_cluster_that_ignores_the_root_fails(proved):
    trial = proved.on("claims_constraints_dropped")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [ONE_ROOT]


@pytest.fixture
def session(request, tmp_path):
    """Give a session on a testbed with one kind of node, whose capacity and add-ons the test names."""
    resources, addons = request.param
    capacity = {"cpu": "8", "pods": "99", **resources}
    nodes = ({"name": "node", "count": 2, "zones": ["a"], "capacity": capacity},)
    with own_state(tmp_path):
        try:
            spec = testbed.Spec(name="interfaces", addons=addons, nodes=nodes)
            bed = testbed.up(spec, progress=lambda _line: None)
            values = parameters.merge(parameters.load("testbed"), {"timeout_scale": 0.07})
            yield Session.open(values=values, kubeconfig=str(bed.kubeconfig))
        finally:
            testbed.down("interfaces")


@pytest.mark.parametrize("session", [({"rdma/hca": "2"}, ())], indirect=True)
def test_interfaces_that_are_resources_are_counted_and_their_characteristics_are_asked_for(session):
    without = session.run(REQUIREMENT)
    assert without.outcome is Outcome.FAIL
    assert [seen.holds for seen in without.observations] == [False]
    for name in ("node-0", "node-1"):
        nodes = session.cluster.resource("v1", "Node")
        session.cluster.patch(nodes, name, "", {"metadata": {"labels": {LABEL: "true"}}})
    told = session.run(REQUIREMENT)
    assert (told.outcome, told.reason, told.backend) == (Outcome.SKIP, Reason.NEEDS_KUBELET, "device-plugin")
    assert [seen.claim for seen in told.observations if seen.holds][1:] == [
        "A pod gets all free interfaces of a node",
        "No pod is bound for an interface that another one holds",
        "The waiting pod is bound once they are given back",
    ]
    assert session.close() == ()


@pytest.mark.parametrize("session", [({}, ())], indirect=True)
def test_a_cluster_without_interfaces_is_not_measured(session):
    result = session.run(REQUIREMENT)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NOT_INSTALLED)
