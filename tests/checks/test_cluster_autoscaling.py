"""A pool grows for a pod that waits and shrinks after it, and the check tells such a cluster from others."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "cluster_autoscaling"
MUTANTS = ("autoscaler_stops_at_once", "needs_ignored_types", "needs_ignored_amounts", "node_tainted", "never_shrinks")
NOBODY = "No node comes for pods that no node could run"
GROWN = "A new node joins the pool"
RUNS = "The pod that waited runs on the new node"
GONE = "The new node goes after its pod has gone"


def test_a_good_cluster_passes_by_the_autoscaler_that_it_has(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.backend == "karpenter"
    assert proved.good.result.simulated


def test_no_node_for_nobody_counts_only_since_one_comes_for_somebody(proved):
    assert NOBODY in proved.negatives
    assert GROWN in proved.after(NOBODY)


def test_the_pod_runs_on_the_node_that_came_for_it_and_the_node_goes_with_it(proved):
    assert {GROWN, RUNS, GONE} <= set(proved.claims(Kind.POSITIVE))


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_an_autoscaler_that_is_installed_and_dead_passes_the_negative_and_fails(proved):
    trial = proved.on("autoscaler_stops_at_once")
    assert trial.result.outcome is Outcome.FAIL
    assert NOBODY in [seen.claim for seen in trial.result.observations if seen.holds]
    assert false_claims(trial) == [GROWN]


@pytest.mark.parametrize("ignored", ["types", "amounts"])
def test_an_autoscaler_that_adds_a_node_which_does_not_help_fails(proved, ignored):
    trial = proved.on(f"needs_ignored_{ignored}")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [NOBODY]


def test_a_node_that_is_ready_and_lets_nobody_in_fails(proved):
    trial = proved.on("node_tainted")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [RUNS]


def test_an_autoscaler_that_never_takes_a_node_away_fails(proved):
    trial = proved.on("never_shrinks")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [GONE]
