"""What is asked for by its name is there to be tried, and what is there contradicts whoever declares that it is not."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

import command
from clusterproof.report import load_report

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("requirement", "parameter", "backend"),
    [
        ("robust_controller", "operator", "jobset"),
        ("robust_controller", "operator", "trainer"),
        ("gang_scheduling", "gang_backend", "kueue"),
    ],
)
def test_a_backend_that_is_asked_for_is_started_and_tried(state, tmp_path, requirement, parameter, backend):
    words = ["--only", requirement, "-p", parameter, backend, "--out", tmp_path / "out", "--json"]
    said = command.run("run", *words, env=state)
    assert (said.code, said.outcomes[requirement]) == (0, "PASS"), said.err
    [result] = [r for v in load_report(tmp_path / "out").verdicts if v.requirement.id == requirement for r in v.results]
    assert result.backend == backend


@pytest.mark.parametrize(("addons", "outcome"), [(["karpenter"], "SKIP"), ([], "NOT_APPLICABLE")])
def test_a_declared_not_applicable_stands_only_where_nothing_is_found(state, tmp_path, addons, outcome):
    """The check may not make nodes, so that looking is all that it does."""
    platform = {
        "testbed": {"addons": addons},
        "values": {"allow_disruptive": False},
        "declarations": [{"requirement": "cluster_autoscaling", "status": "N/A", "notes": "It ships no autoscaler."}],
    }
    with (tmp_path / "mine.yaml").open("w") as file:
        YAML().dump(platform, file)
    words = ["--platform", tmp_path / "mine.yaml", "--only", "cluster_autoscaling", "--out", tmp_path / "out", "--json"]
    said = command.run("run", *words, env=state)
    assert said.code == 0, said.err
    [row] = [each for each in said.data["requirements"] if each["id"] == "cluster_autoscaling"]
    found = ["cluster_autoscaling: Declared 'N/A', but there is karpenter: the requirement applies."]
    assert said.data["problems"] == (found if addons else [])
    assert (row["outcome"], row["reason"]) == (outcome, "not_requested" if addons else "declared")
