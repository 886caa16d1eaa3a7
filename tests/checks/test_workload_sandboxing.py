"""Sandboxes are asked for by a class that is heeded, and the check tells a cluster where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome, Reason
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "workload_sandboxing"
MUTANTS = ("called_a_sandbox", "scheduler_does_not_count")
TOO_MUCH = "No pod is bound whose sandbox needs more than any node has"


def test_a_good_cluster_gets_as_far_as_simulated_nodes_can_show_and_no_further(proved):
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert false_claims(proved.good) == []


def test_an_overhead_that_is_too_much_holds_a_pod_back_while_others_are_bound(proved):
    assert TOO_MUCH in proved.negatives
    assert "A pod whose sandbox needs less is bound" in proved.after(TOO_MUCH)


def test_a_pod_carries_what_its_class_says(proved):
    claim = "A pod in the sandbox carries the overhead and the constraints of its class"
    [carried] = [seen.actual for seen in proved.good.result.observations if seen.claim == claim]
    assert carried["overhead"] == {"cpu": "250m", "memory": "128Mi"}
    assert carried["nodeSelector"] == {"topology.kubernetes.io/zone": "zone-b"}
    assert claim in proved.claims(Kind.POSITIVE)


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_an_ordinary_runtime_that_is_called_a_sandbox_fails(proved):
    trial = proved.on("called_a_sandbox")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["No RuntimeClass that is called a sandbox has an ordinary runtime behind it"]


def test_a_scheduler_that_does_not_count_the_overhead_fails(proved):
    trial = proved.on("scheduler_does_not_count")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [TOO_MUCH]
