"""Versions that hold together and are looked after pass, and the check tells such a cluster from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Outcome, Reason
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "driver_runtime_management"
MUTANTS = ("published_stale_label", "looked_after_one_node_left_out")
NOBODYS = "The scheduler finds no node for a pod that needs a version that nobody has"
CARED_FOR = "It runs on every node with accelerators"


def test_a_good_cluster_holds_every_claim_and_leaves_open_what_a_container_sees(proved):
    assert false_claims(proved.good) == []
    assert (proved.good.result.outcome, proved.good.result.reason) == (Outcome.SKIP, Reason.NEEDS_KUBELET)
    assert proved.good.ok


def test_labels_and_devices_agree_in_two_spellings(proved):
    first = proved.good.result.observations[0]
    [told] = [each.body for each in first.evidence if each.title == "Versions as nodes and devices publish them"]
    assert "driver 580.95.05 (label testbed.clusterproof.dev/driver-version)" in told
    assert "driver 580.95.5 (device gpu-0, driverVersion)" in told


def test_a_version_of_nobodys_is_found_nowhere_and_the_published_one_is(proved):
    assert proved.negatives == [NOBODYS]
    assert proved.after(NOBODYS) == ["A pod gets an accelerator with the driver that it needs"]


def test_who_looks_after_them_is_found(proved):
    assert CARED_FOR in proved.claims()


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_label_of_before_the_last_upgrade_fails(proved):
    trial = proved.on("published_stale_label")
    assert trial.result.outcome is Outcome.FAIL
    [false] = [seen for seen in trial.result.observations if not seen.holds]
    assert false.claim == "Whatever publishes the version of the driver on one node agrees"
    assert false.actual == {"accelerator-1: testbed": ["580.82.07", "580.95.5"]}


def test_a_node_that_nobody_looks_after_fails(proved):
    trial = proved.on("looked_after_one_node_left_out")
    assert trial.result.outcome is Outcome.FAIL
    [false] = [seen for seen in trial.result.observations if not seen.holds]
    assert false.claim == CARED_FOR
    assert false.actual == {"devices of NVIDIA": ["accelerator-1"]}
