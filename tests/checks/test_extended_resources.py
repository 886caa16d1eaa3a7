"""Where the scheduler makes claims for an extended resource, devices are counted in slices and gangs start whole."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.cluster import inventory
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.facts import facts
from clusterproof.model import Outcome, Reason
from clusterproof.notebook.session import Session
from proofs import own_state

pytestmark = pytest.mark.live

RESOURCE = "testbed.clusterproof.dev/accelerator"
BY_CLASS = "deviceclass.resource.kubernetes.io/gpu.testbed.clusterproof.dev"
HURRY = {"timeout_scale": 0.2, "window": 3}
TITLE = "How the accelerators are given out"


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    with own_state(tmp_path_factory.mktemp("state")):
        started = testbed.up(testbed.Spec("extended", addons=("extended",)), progress=lambda _line: None)
        yield started
        testbed.down("extended")


@pytest.fixture
def cluster(bed):
    return Cluster.connect(str(bed.kubeconfig))


@pytest.fixture
def run(bed):
    """Give a function that runs a check by a mode of allocation."""

    def run(requirement, **values):
        merged = parameters.merge(parameters.load("testbed"), {**HURRY, **values})
        session = Session.open(values=merged, kubeconfig=str(bed.kubeconfig))
        result = session.run(requirement)
        session.close()
        return result

    return run


def told(result):
    [piece] = [each.body for each in result.evidence if each.title == TITLE]
    return piece


def claims_of(result):
    [sent] = [each.body for each in result.evidence if each.title == "Objects as sent"]
    return sent


def test_both_ways_are_detected(cluster):
    how = dict(facts(cluster).allocation)
    assert how["nvidia.com/gpu"] == "device-plugin"
    assert how[RESOURCE] == "dra-extended"
    assert how["gpu.testbed.clusterproof.dev"] == "dra"
    assert dict(facts(cluster).accelerators_free)[RESOURCE] == 8


@pytest.mark.parametrize("values", [{"allocation_mode": "dra-extended"}, {"allocation_mode": "dra"}])
def test_a_gang_of_claimed_devices_starts_whole_or_not_at_all(run, values):
    result = run("gang_scheduling", **values)
    assert (result.outcome, result.message) == (Outcome.PASS, result.message)
    resource = BY_CLASS if values["allocation_mode"] == "dra" else RESOURCE
    assert resource in claims_of(result)
    assert values["allocation_mode"] in told(result)


def test_the_accelerators_of_a_node_are_held_by_one_claim_each(run):
    result = run("secure_accelerator_access", allocation_mode="dra-extended")
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET), result.message
    assert all(seen.holds for seen in result.observations)
    [held] = [seen for seen in result.observations if seen.claim.startswith("Every accelerator of a node")]
    assert held.actual == 2


def test_what_claims_hold_is_not_free(cluster):
    device = {"driver": "gpu.testbed.clusterproof.dev", "pool": "accelerator-0", "device": "gpu-0", "request": "r"}
    request = {"name": "r", "exactly": {"deviceClassName": "gpu.testbed.clusterproof.dev"}}
    metadata = {"name": "holder", "namespace": "default"}
    kind = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim"}
    claim = cluster.create({**kind, "metadata": metadata, "spec": {"devices": {"requests": [request]}}})
    resource = cluster.resource("resource.k8s.io/v1", "ResourceClaim")
    cluster.patch(
        resource, "holder", "default", {"status": {"allocation": {"devices": {"results": [device]}}}}, sub="status"
    )
    try:
        free = inventory.capacity(cluster, RESOURCE).free()
    finally:
        cluster.delete(resource, claim["metadata"]["name"], "default")
    assert free == {"accelerator-0": 1, "accelerator-1": 2, "accelerator-2": 2, "accelerator-3": 2}


def test_a_mode_in_which_nobody_gives_the_resource_out_is_a_skip(run):
    result = run("gang_scheduling", allocation_mode="device-plugin", resource_name=RESOURCE)
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NO_ACCELERATOR), result.message
    assert f"offers {RESOURCE} by allocation_mode device-plugin" in result.message


def test_a_resource_that_no_node_offers_is_a_skip_with_the_nearest(run):
    result = run("secure_accelerator_access", resource_name="nvidia.com/gpus")
    assert (result.outcome, result.reason) == (Outcome.SKIP, Reason.NO_ACCELERATOR), result.message
    assert result.message.endswith("offers nvidia.com/gpus; did you mean 'nvidia.com/gpu'?")
