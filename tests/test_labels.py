"""Everything that the kit makes carries the run's id, and has a name that any server takes."""

from __future__ import annotations

import re

import pytest

from clusterproof.checklist import ids
from clusterproof.cluster.labels import adopt, namespace_name, new_run_id

MARKS = {"clusterproof.dev/run-id": "run-1"}


def test_ids_differ_and_sort_by_time_and_are_labels():
    made = [new_run_id() for _ in range(50)]
    assert len(set(made)) == 50
    assert [each[:15] for each in made] == sorted(each[:15] for each in made)
    assert all(re.fullmatch(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", each) for each in made)


@pytest.mark.parametrize("extra", ["", "other"])
@pytest.mark.parametrize("prefix", ["a", "clusterproof", "x" * 22])
@pytest.mark.parametrize("requirement", ids())
def test_a_namespace_has_a_name_that_a_server_takes_and_that_no_other_has(requirement, prefix, extra):
    run_id = new_run_id()
    name = namespace_name(prefix, requirement, run_id, extra)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name)
    assert name.startswith(prefix)
    assert run_id in name
    others = {namespace_name(prefix, each, run_id, extra) for each in ids() if each != requirement}
    assert name not in others
    assert name != namespace_name(prefix, requirement, run_id, "far")


def test_labels_reach_every_pod_template_and_keep_what_was_there():
    job = {"spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}}}
    replicas = {"spec": {"replicaSpecs": {"Worker": {"template": {"spec": {"containers": []}}}, "Other": {}}}}
    tasks = {"spec": {"tasks": [{"template": {"spec": {"containers": []}}}]}}
    for item in (job, replicas, tasks):
        adopt(item, MARKS)
        assert item["metadata"]["labels"] == MARKS
    assert job["spec"]["template"]["metadata"]["labels"] == {"a": "b", **MARKS}
    assert replicas["spec"]["replicaSpecs"]["Worker"]["template"]["metadata"]["labels"] == MARKS
    assert tasks["spec"]["tasks"][0]["template"]["metadata"]["labels"] == MARKS


def test_labels_of_the_object_itself_are_kept_and_the_kits_own_win():
    item = {"metadata": {"name": "a", "labels": {"mine": "1", **dict.fromkeys(MARKS, "forged")}}}
    adopt(item, MARKS)
    assert item["metadata"] == {"name": "a", "labels": {"mine": "1", **MARKS}}


def test_a_spec_that_is_no_pod_gets_no_labels():
    item = {"spec": {"spec": {"devices": {}}, "selector": {"matchLabels": {}}}}
    adopt(item, MARKS)
    assert item["spec"] == {"spec": {"devices": {}}, "selector": {"matchLabels": {}}}
