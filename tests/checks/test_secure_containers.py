"""On real nodes containers show which devices they got, and a device plugin that gives too many is caught by that."""

from __future__ import annotations

import pytest

from clusterproof import parameters, testbed
from clusterproof.model import Outcome
from clusterproof.notebook.session import Session
from clusterproof.prove.mutant import mutants
from clusterproof.testbed.node.images import IMAGE
from real_nodes import needs_real_nodes

pytestmark = [pytest.mark.live, needs_real_nodes]

REQUIREMENT = "secure_accelerator_access"
NAME = "test-secure"


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """Give a function that runs the check on real nodes whose devices are given out in some way."""
    monkeypatch.setenv("CLUSTERPROOF_STATE", str(tmp_path))

    def ran(**options):
        bed = testbed.up(testbed.Spec(name=NAME, tier="node", node_options=options), progress=lambda _line: None)
        own = {"probe_image": IMAGE}
        values = parameters.merge(parameters.load("testbed"), own)
        session = Session.open(values=values, kubeconfig=str(bed.kubeconfig), emit=lambda *_told: None)
        result = session.run(REQUIREMENT)
        assert session.close() == ()
        return result

    yield ran
    testbed.down(NAME)


def test_on_real_nodes_that_keep_devices_apart_the_check_passes(ran):
    result = ran()
    assert result.outcome is Outcome.PASS, result.message
    seen = {each.claim: each.actual for each in result.observations}
    for words in ("as a resource", "by a claim"):
        assert seen[f"A container that asks for one accelerator {words} sees and reaches one"] == {
            "sees": 1,
            "reaches": 1,
        }
        assert seen[f"Two pods that ask for one accelerator each {words} have none in common"] == []
        tried = seen[f"Variables, mounts, annotations and files of its own give no accelerator {words}"]
        assert {"variables all", "annotations", "files of its own"} <= set(tried)


def test_a_plugin_that_gives_all_devices_to_each_container_fails_by_what_that_sees(ran):
    [mutant] = mutants([REQUIREMENT], ["inside_plugin_all"], tier="node")
    result = ran(**mutant.testbed["node_options"])
    assert result.outcome is Outcome.FAIL
    [false] = [each for each in result.observations if not each.holds]
    assert (false.claim, false.actual["sees"]) == (mutant.caught_by, 2)


def test_a_runtime_that_obeys_a_variable_fails_by_what_its_value_gave(ran):
    [mutant] = mutants([REQUIREMENT], ["runtime_variables"], tier="node")
    result = ran(**mutant.testbed["node_options"])
    assert result.outcome is Outcome.FAIL
    [false] = [each for each in result.observations if not each.holds]
    assert false.claim == mutant.caught_by
    assert false.actual["variables all"] == ["/dev/nvidia0", "/dev/nvidia1"]
    assert false.actual["mounts"] == false.actual["annotations"] == []
