"""The cluster's own part of a run: what must happen one after the other adds up, of the rest the longest counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterproof.model import CriticalPath
from clusterproof.report import overview
from clusterproof.runner.critical_path import critical_path
from measured import report, request, result

GPU, OTHER = "nvidia.com/gpu", "amd.com/gpu"
TURNS = {
    "gang_scheduling": (GPU,),
    "pod_autoscaling": (GPU,),
    "accelerator_metrics": ("", OTHER, GPU),
    "cluster_autoscaling": ("", OTHER),
}
# What checks of one run have waited, in seconds, as recorded.
RECORDED = {
    "gang_scheduling": 8.25,
    "accelerator_metrics": 0.5,
    "pod_autoscaling": 6.0,
    "ai_inference": 3.0,
    "robust_controller": 9.5,
    "cluster_autoscaling": 13.0,
}


def waited(**seconds):
    return [replace(result(name), critical_path=length, turns=TURNS.get(name, ())) for name, length in seconds.items()]


def test_checks_that_take_the_same_accelerators_add_up_and_of_the_others_the_longest_counts():
    path = critical_path(waited(**RECORDED), start=12.0, removal=5.0)
    assert path == CriticalPath(start=12.0, exclusive=14.75, longest=9.5, removal=5.0)
    assert path.seconds == 12 + 14.75 + 5


@pytest.mark.parametrize(
    ("seconds", "whole"),
    [
        ({}, 0.0),
        ({"ai_inference": 3.0}, 3.0),
        ({"ai_inference": 3.0, "robust_controller": 3.0}, 3.0),
        ({"gang_scheduling": 3.0, "pod_autoscaling": 3.0}, 6.0),
        ({"gang_scheduling": 3.0, "ai_inference": 20.0}, 20.0),
        ({"gang_scheduling": 3.0, "cluster_autoscaling": 5.0}, 5.0),
        ({"gang_scheduling": 3.0, "accelerator_metrics": 4.0, "cluster_autoscaling": 5.0}, 9.0),
        ({"gang_scheduling": 6.0, "accelerator_metrics": 4.0, "cluster_autoscaling": 5.0}, 10.0),
    ],
)
def test_the_longer_of_the_two_ways_through_the_checks_is_the_one(seconds, whole):
    assert critical_path(waited(**seconds)).seconds == whole


def test_two_checks_of_one_requirement_wait_both():
    twice = [*waited(gang_scheduling=2.0), *waited(gang_scheduling=3.0)]
    assert critical_path(twice).exclusive == 5.0


def test_a_run_says_how_much_of_its_time_the_cluster_took(tmp_path):
    found = replace(report(request(tmp_path)), took=56.0, critical_path=CriticalPath(12.0, 26.0, 9.0, 5.0))
    assert overview.took(found) == "56.0 s, the cluster's own reactions account for at least 43.0 s (1.3x)"
    assert sum(seconds for _, seconds in overview.path_parts(found.critical_path)) == found.critical_path.seconds


@pytest.mark.parametrize("path", [None, CriticalPath()], ids=["earlier version", "nothing waited for"])
def test_a_run_that_waited_for_nothing_says_only_what_it_took(tmp_path, path):
    found = replace(report(request(tmp_path)), took=56.0, critical_path=path)
    assert overview.took(found) == "56.0 s"


def test_a_report_holds_the_path_of_its_results(tmp_path):
    found = report(request(tmp_path), waited(gang_scheduling=4.0, ai_inference=2.0), start=1.0)
    assert found.critical_path == CriticalPath(start=1.0, exclusive=4.0, longest=2.0)
