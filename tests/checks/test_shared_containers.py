"""On real nodes that share their devices, pods are seen on one device; a node that only says so is caught."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Outcome
from clusterproof.notebook.session import Session
from clusterproof.prove.mutant import mutants
from clusterproof.testbed.node.images import IMAGE
from real_nodes import needs_real_nodes

pytestmark = [pytest.mark.live, pytest.mark.slow, needs_real_nodes]

REQUIREMENT = "gpu_sharing"
NAME = "test-sharing"


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Give a function that runs the check on real nodes that offer their devices in some way."""
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))

    def ran(**options):
        bed = testbed.up(testbed.Spec(name=NAME, tier="node", node_options=options), progress=lambda _line: None)
        values = parameters.merge(parameters.load("testbed"), {"probe_image": IMAGE})
        session = Session.open(values=values, kubeconfig=str(bed.kubeconfig), emit=lambda *_told: None)
        result = session.run(REQUIREMENT)
        assert session.close() == ()
        return result

    yield ran
    testbed.down(NAME)


def test_pods_that_take_turns_on_a_device_are_seen_on_it_together(ran):
    result = ran(shares="turns")
    assert result.outcome is Outcome.PASS, result.message
    assert result.simulated
    seen = {each.claim: each.actual for each in result.observations}
    users = seen["No device is used by more pods than it has shares"]
    assert sorted(users.values()) == [1, 2]
    assert seen["Several pods that run at the same time use one device"]["running"] == 3


def test_a_node_that_gives_each_pod_a_device_of_its_own_fails_by_what_they_see(ran):
    [mutant] = mutants([REQUIREMENT], ["inside_apart"], tier="node")
    result = ran(**mutant.testbed["node_options"])
    assert result.outcome is Outcome.FAIL
    [false] = [each.claim for each in result.observations if not each.holds]
    assert false == mutant.caught_by
