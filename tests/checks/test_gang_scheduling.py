"""All pods of a gang start together or none does, and the check tells a cluster where that is so from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "gang_scheduling"
MUTANTS = ("plugin_disabled", "gang_never_looked_at", "scheduler_dies_on_the_way")
HELD_BACK = "No pod of a gang that cannot fit or is not complete is ever bound"
DECIDED = "A scheduler has decided on every pod of a gang that cannot fit"
RECOVERED = "The waiting gang starts whole once there is room"
SAME = "What starts then is the gang that had waited and no other one"


def test_a_good_cluster_passes_by_the_backend_that_it_serves(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.backend == "native"
    assert proved.good.result.simulated


def test_a_gang_runs_and_the_same_pods_without_one_start_in_part(proved):
    assert "Every pod of a gang that fits runs" in proved.claims(Kind.POSITIVE)
    assert "The same pods without a gang start in part when one place is missing" in proved.claims(Kind.CONTROL)


def test_what_runs_is_the_whole_gang_at_once_on_every_accelerator_that_was_free(proved):
    seen = {each.claim: each.actual for each in proved.good.result.observations}
    held = seen["Every pod of a gang that fits holds an accelerator that was free"]
    assert sum(held.values()) == 8
    assert seen["Every pod of a gang that fits is created once and bound once"] == [8, 8]
    assert seen["As many accelerators are free as before the first gang"] == held


def test_what_is_held_back_starts_afterwards(proved):
    assert HELD_BACK in proved.negatives
    assert {RECOVERED, SAME, "The incomplete gang starts whole once it is complete"} <= set(proved.after(HELD_BACK))


def test_two_gangs_share_what_there_is_for_both(proved):
    assert "A gang that fits beside another one starts whole" in proved.claims(Kind.POSITIVE)


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_a_scheduler_without_its_plugin_fails_although_the_group_says_that_it_was_scheduled(proved):
    trial = proved.on("plugin_disabled")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [HELD_BACK]


def test_a_gang_that_no_scheduler_looks_at_is_not_held_back(proved):
    trial = proved.on("gang_never_looked_at")
    assert trial.result.outcome is not Outcome.PASS
    assert false_claims(trial) == [DECIDED]


def test_a_scheduler_that_dies_while_a_gang_waits_fails_by_the_recovery(proved):
    trial = proved.on("scheduler_dies_on_the_way")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [RECOVERED]
