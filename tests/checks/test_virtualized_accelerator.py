"""Virtual accelerators are offered like others and counted, and the check tells such a cluster from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Outcome, Reason
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "virtualized_accelerator"
MUTANTS = ("offered_in_another_way", "books_ignored")
BEYOND = "No pod gets a virtual accelerator that another one holds"


def test_a_good_cluster_holds_every_claim_and_leaves_open_what_a_container_sees(proved):
    assert false_claims(proved.good) == []
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert proved.good.ok


def test_one_too_many_is_refused_and_then_given(proved):
    assert proved.negatives == [BEYOND]
    assert proved.after(BEYOND) == ["The waiting pod gets the virtual accelerator that is given back"]


def test_what_nodes_tell_of_the_hypervisors_driver_is_evidence(proved):
    first = proved.good.result.observations[0]
    [told] = [each.body for each in first.evidence if each.title == "What the nodes tell of virtual accelerators"]
    assert "virtual-0: NVIDIA" in told
    assert "nvidia.com/vgpu.host-driver-version: 580.95.02" in told


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_virtual_ones_that_have_to_be_asked_for_in_another_way_fail(proved):
    trial = proved.on("offered_in_another_way")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == ["Virtual accelerators are asked for in the same way as physical ones"]


def test_a_scheduler_that_does_not_count_them_fails(proved):
    trial = proved.on("books_ignored")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [BEYOND]
