"""What several pods share is counted, and the check tells a cluster where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome, Reason
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "gpu_sharing"
MUTANTS = ("offered_as_many_as_devices", "claims_not_shared_capacity")
BEYOND = "No pod gets a share that another one holds"
TWICE = "No claim gets of a device what others have of it"


def test_a_good_cluster_holds_every_claim_and_leaves_open_what_a_container_sees(proved):
    assert false_claims(proved.good) == []
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert proved.good.ok


def test_more_pods_than_devices_run_on_one_node(proved):
    [held] = [seen for seen in proved.good.result.observations if seen.claim.startswith("Every free share")]
    assert held.actual == 6, "three for each of its two devices"


def test_a_share_too_many_is_refused_and_then_given(proved):
    assert BEYOND in proved.negatives
    assert proved.after(BEYOND)[0] == "The waiting pod gets the share that is given back"


def test_claims_are_shared_in_three_ways_and_each_is_given_back(proved):
    [seen] = [each for each in proved.good.result.observations if each.claim == TWICE]
    assert seen.kind is Kind.NEGATIVE
    assert set(seen.actual) == {"whole", "capacious", "parts"}
    assert len(proved.after(TWICE)) == 3


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_node_that_only_says_that_it_shares_fails(proved):
    trial = proved.on("offered_as_many_as_devices")
    assert trial.result.outcome is Outcome.FAIL
    [false] = [seen for seen in trial.result.observations if not seen.holds]
    assert false.claim == "Each node that says that it shares accelerators offers more shares than it has devices"
    assert false.actual == {"shared-0": "2 of nvidia.com/gpu.shared on 2 devices"}


def test_a_scheduler_that_does_not_know_of_capacity_fails(proved):
    trial = proved.on("claims_not_shared_capacity")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["Two claims of half a device's memory have it at the same time"]
