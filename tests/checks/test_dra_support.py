"""Devices are allocated by their claims, and the check tells a cluster where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "dra_support"
MUTANTS = (
    "class_ignored", "devices_shared", "selectors_dropped", "served_without_templates", "unheard_rules",
    "given_what_may_not_be_had_that_is_tainted",
)  # fmt: skip
FIRST = "A pod gets the one device that satisfies its selector"
HELD_BACK = "No pod gets a device that it may not have and none is bound without one"
KINDS = ("DeviceClass", "DeviceTaintRule", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice")


def test_a_good_cluster_passes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.simulated


def test_every_kind_is_used_and_nonsense_refused(proved):
    for kind in KINDS:
        assert {
            f"A {kind} is in the list of its kind",
            f"A change of a {kind} is read back",
            f"A deleted {kind} is gone",
            f"A watch tells of the change of a {kind} and of its end",
        } <= set(proved.claims(Kind.POSITIVE))
    assert "A DeviceClass whose expression does not compile is refused as invalid" in proved.negatives


def test_who_waits_gets_a_device_afterwards(proved):
    assert HELD_BACK in proved.negatives
    later = {
        "The waiting pod gets the device once it is given back",
        "The last pod gets a device whose list is complete at last",
        "The patient pod gets a device that is tainted no more",
        "The pod of another namespace is bound once a claim of that name is in its own",
    }
    assert later <= set(proved.after(HELD_BACK))


def test_a_kind_that_is_not_served_fails_and_so_does_one_whose_changes_no_watch_tells(proved):
    served = proved.on("served_without_templates")
    assert false_claims(served) == ["The API server serves every kind of resource.k8s.io/v1"]
    heard = proved.on("unheard_rules")
    assert false_claims(heard) == ["A watch tells of the change of a DeviceTaintRule and of its end"]


def test_a_scheduler_that_ignores_the_taints_of_devices_fails(proved):
    trial = proved.on("given_what_may_not_be_had_that_is_tainted")
    assert false_claims(trial) == [HELD_BACK]
    [seen] = [each for each in trial.result.observations if not each.holds]
    assert "/ill" in str(seen.actual)


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
    assert list(reserved.values()) == [["holder"], ["waiting"], ["enormous"], ["immense"]]


def test_no_two_runs_share_a_driver(proved):
    trials = (proved.good, proved.on("devices_shared"))
    devices = [seen.actual for trial in trials for seen in trial.result.observations if seen.claim == FIRST]
    assert len({device.split("/")[0] for device in devices}) == len(trials)
