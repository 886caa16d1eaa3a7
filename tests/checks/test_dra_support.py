"""Devices are allocated by their claims, and the check tells a cluster where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "dra_support"
MUTANTS = ("class_ignored", "devices_shared", "selectors_dropped")
FIRST = "A pod gets the one device that satisfies its selector"
HELD_BACK = "No pod gets a device that is in use or does not exist and none is bound without one"


def test_a_good_cluster_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.simulated


def test_every_kind_is_used_and_nonsense_refused(proved):
    assert "A change of a ResourceClaim is read back" in proved.claims(Kind.POSITIVE)
    assert "A DeviceClass whose expression does not compile is refused as invalid" in proved.negatives


def test_who_waits_gets_a_device_afterwards(proved):
    assert HELD_BACK in proved.negatives
    later = {
        "The waiting pod gets the device once it is given back",
        "The last pod gets a device that was published later",
    }
    assert later <= set(proved.after(HELD_BACK))


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_device_that_two_claims_share_fails(proved):
    trial = proved.on("devices_shared")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [HELD_BACK]


def test_a_cluster_that_ignores_selectors_fails(proved):
    trial = proved.on("selectors_dropped")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [FIRST]


def test_a_cluster_that_ignores_the_selector_of_a_class_fails(proved):
    trial = proved.on("class_ignored")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [FIRST]


def test_every_pod_that_gets_a_device_is_who_its_claim_is_reserved_for(proved):
    reserved = {seen.claim: seen.actual for seen in proved.good.result.observations if "reserved for" in seen.claim}
    assert list(reserved.values()) == [["holder"], ["waiting"], ["enormous"]]


def test_no_two_runs_share_a_driver(proved):
    trials = (proved.good, proved.on("devices_shared"))
    devices = [seen.actual for trial in trials for seen in trial.result.observations if seen.claim == FIRST]
    assert len({device.split("/")[0] for device in devices}) == len(trials)
