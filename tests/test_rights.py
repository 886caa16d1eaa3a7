"""Rights are asked for beforehand, each as it is written in a check's declaration."""

from __future__ import annotations

import pytest

from clusterproof.cluster.rights import missing_rights
from fakes import Kind


def attributes(api):
    return [request.body["spec"]["resourceAttributes"] for request in api.asked("POST", "selfsubjectaccessreviews")]


def test_what_may_be_done_is_not_missing_and_what_may_not_is_named_as_written(api, cluster):
    api.denied = {("create", "jobs"), ("watch", "pods")}
    needs = ["create jobs.batch", "create pods", "watch pods", "list nodes"]
    assert missing_rights(cluster, needs) == ["create jobs.batch", "watch pods"]


@pytest.mark.parametrize(
    ("need", "asked"),
    [
        ("create pods", {"verb": "create", "group": "", "resource": "pods", "namespace": ""}),
        ("delete jobs.batch", {"verb": "delete", "group": "batch", "resource": "jobs", "namespace": ""}),
        ("get pods/log", {"verb": "get", "group": "", "resource": "pods", "namespace": "", "subresource": "log"}),
        (
            "update jobs.batch/status",
            {"verb": "update", "group": "batch", "resource": "jobs", "namespace": "", "subresource": "status"},
        ),
    ],
)
def test_a_need_is_asked_for_by_verb_resource_group_and_subresource(api, cluster, need, asked):
    missing_rights(cluster, [need])
    assert attributes(api) == [asked]


def test_a_resource_that_is_not_served_is_left_to_the_check(api, cluster):
    api.denied = {("create", "widgets")}
    assert missing_rights(cluster, ["create widgets.example.com"]) == []
    assert attributes(api) == []


def test_resources_of_one_name_in_two_groups_are_told_apart(api, cluster):
    api.store.kinds.append(Kind("example.com/v1", "Pod", "pods"))
    missing_rights(cluster, ["create pods.example.com"])
    assert [each["group"] for each in attributes(api)] == ["example.com"]


def test_nothing_needed_is_nothing_missing(api, cluster):
    assert missing_rights(cluster, ()) == []
