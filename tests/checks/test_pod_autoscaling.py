"""Replicas that follow the metric of their pods pass; a metric that is wrong, or nobody who scales down, does not."""

from __future__ import annotations

import pytest

from clusterproof.model import Kind, Outcome
from proofs import false_claims

pytestmark = pytest.mark.live

REQUIREMENT = "pod_autoscaling"
MUTANTS = (
    "metric_summed_up",
    "scaling_disabled_down",
    "settings_changed_target_lowered",
    "settings_changed_target_raised",
    "settings_changed_maximum_raised",
)
TWO = "2 of 3 replicas run once the metric asks for them"
STAYS = "No replica comes that the metric does not ask for"
THREE = "3 replicas run after the metric has risen further"
LEFT = "2 of 3 replicas are left when the metric has fallen to what they are right for"
FELL = "One replica is left after the metric has fallen"
SEEN = "The autoscaler has seen the value that the pods tell"
HELD = "Nothing is scaled without a metric"


def test_a_good_cluster_passes_on_simulated_nodes(proved):
    assert proved.good.seen == "PASS"
    assert proved.good.result.simulated


def test_replicas_rise_and_fall_with_the_metric_and_stay_without_it(proved):
    assert {TWO, THREE, LEFT, FELL} <= set(proved.claims(Kind.POSITIVE))
    assert HELD in proved.negatives
    assert "The same autoscaler goes on when it has its metric again" in proved.after(HELD)


def test_replicas_that_the_metric_does_not_ask_for_count_only_since_they_come_when_it_does(proved):
    assert STAYS in proved.negatives
    assert THREE in proved.after(STAYS)


@pytest.mark.parametrize(
    ("setting", "claim"),
    [
        ("target_lowered", STAYS),
        ("target_raised", TWO),
        ("maximum_raised", "No replica comes beyond the most that was set, however high the metric is"),
    ],
)
def test_an_autoscaler_that_does_not_heed_a_number_fails(proved, setting, claim):
    trial = proved.on(f"settings_changed_{setting}")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [claim]


def test_nothing_is_left(proved):
    assert proved.good.left == ()


def test_pictures_tell_the_replicas_and_the_metric(proved):
    titles = [picture.title for picture in proved.good.result.pictures]
    assert len(titles) == 2
    highest = max(value for series in proved.good.result.pictures[0].series for _, value in series.points)
    assert highest == 3


def test_an_adapter_that_tells_the_sum_of_all_pods_for_each_fails(proved):
    trial = proved.on("metric_summed_up")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [SEEN]


def test_an_autoscaler_that_never_scales_down_fails(proved):
    trial = proved.on("scaling_disabled_down")
    assert trial.result.outcome is Outcome.FAIL
    assert false_claims(trial) == [LEFT]
