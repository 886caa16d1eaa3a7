"""A cluster that others use too: runs take turns at its accelerators, and what others hold is no failing of its own."""

from __future__ import annotations

import pytest

import command

pytestmark = pytest.mark.live
GANG = ["training", "--only", "gang_scheduling", "--json"]
ACCELERATOR = "nvidia.com/gpu"


def test_two_runs_at_once_take_turns_at_the_accelerators_and_both_have_their_own_result(
    state, kubeconfig, tmp_path, clean
):
    words = ["run", "--platform", "testbed", "--kubeconfig", kubeconfig, *GANG, "-v", "--out"]
    with (
        command.started(*words, tmp_path / "one", env=state) as one,
        command.started(*words, tmp_path / "two", env=state) as two,
    ):
        said = [command.ended(one), command.ended(two)]
    for each in said:
        assert each.outcomes["gang_scheduling"] == "PASS", each.err
    assert len({each.data["run_id"] for each in said}) == 2
    waited = [each for each in said if "which holds the accelerators" in each.err]
    assert len(waited) == 1, [each.err for each in said]
    assert "gang_scheduling" in waited[0].err


def test_runs_that_take_other_accelerators_do_not_wait_for_each_other(state, kubeconfig, tmp_path, clean):
    words = ["run", "--platform", "testbed", "--kubeconfig", kubeconfig, "training", "--json", "-v"]
    with (
        command.started(*words, "--only", "cluster_autoscaling", "--out", tmp_path / "one", env=state) as one,
        command.started(*words, "--only", "gang_scheduling", "--out", tmp_path / "two", env=state) as two,
    ):
        nodes, gang = command.ended(one), command.ended(two)
    assert (nodes.outcomes["cluster_autoscaling"], gang.outcomes["gang_scheduling"]) == ("PASS", "PASS"), gang.err
    assert [each.err for each in (nodes, gang) if "which holds the accelerators" in each.err] == []


@pytest.fixture
def taken(shared):
    """Have a workload of somebody else's hold every accelerator."""
    nodes = shared.pages(shared.resource("v1", "Node"))
    free = {node["metadata"]["name"]: int(node["status"]["allocatable"].get(ACCELERATOR, 0)) for node in nodes}
    pods = [holder(name, number) for name, number in free.items() if number]
    for item in pods:
        shared.create(item)
    yield
    for item in pods:
        shared.delete(shared.resource("v1", "Pod"), item["metadata"]["name"], "default")


def holder(node, number):
    limits = {"limits": {ACCELERATOR: number}}
    container = {"name": "work", "image": "example.com/training", "resources": limits}
    spec = {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [container]}
    metadata = {"name": f"of-somebody-{node}", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def test_accelerators_that_others_hold_are_a_skip_that_says_how_many_are_free(on_shared, taken, clean):
    run, _ = on_shared
    said = run(*GANG, "-p", "resource_name", ACCELERATOR)
    [row] = [each for each in said.data["requirements"] if each["id"] == "gang_scheduling"]
    assert (row["outcome"], row["reason"]) == ("SKIP", "not_enough_accelerators"), row
    assert "there is room for 0" in row["message"]
    assert said.code == 0
