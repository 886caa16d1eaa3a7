"""On real nodes data passes between the interfaces of pods, and is missed where it takes another way."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Kind, Outcome
from clusterproof.notebook.session import Session
from clusterproof.prove.mutant import mutants
from clusterproof.testbed.node.images import IMAGE
from real_nodes import needs_real_nodes

pytestmark = [pytest.mark.live, needs_real_nodes]

REQUIREMENT = "high_performance_networking"
NAME = "test-crossing"
SEES_NONE = "A pod that has claimed no interface sees none of those that are advertised"
PASSED = "These data have passed over the claimed interfaces of both pods and over no other"
AGAIN = "After a pod that had an interface has gone, the next one gets the same"


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Give a function that runs the check on real nodes whose interfaces may have a fault."""
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


def test_on_real_nodes_data_passes_over_claimed_interfaces_and_they_are_given_back(ran):
    result = ran()
    assert result.outcome is Outcome.PASS, result.message
    claims = [each.claim for each in result.observations]
    assert claims.index(SEES_NONE) < claims.index(PASSED) < claims.index(AGAIN)
    [negative] = [each for each in result.observations if each.claim == SEES_NONE]
    assert negative.kind is Kind.NEGATIVE


def test_data_that_take_the_usual_network_instead_fail_by_what_the_interfaces_counted(ran):
    [mutant] = mutants([REQUIREMENT], ["inside_detour"], tier="node")
    result = ran(**mutant.testbed["node_options"])
    assert result.outcome is Outcome.FAIL
    [false] = [each for each in result.observations if not each.holds]
    assert (false.claim, false.actual) == (PASSED, {"received over": ["eth0"], "sent over": ["eth0"]})
