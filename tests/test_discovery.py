"""What the server serves is read in two requests, and again only for something that was not there."""

from __future__ import annotations

import pytest

from clusterproof.cluster.discovery import Resource
from clusterproof.errors import ClusterError
from fakes import Kind
from fakes.store import VERBS

WIDGETS = (
    Kind("example.com/v1", "Widget", "widgets"),
    Kind("example.com/v1beta1", "Widget", "widgets"),
    Kind("example.com/v1beta1", "Gadget", "gadgets", namespaced=False, verbs=("get",)),
)


@pytest.fixture
def discovery(api, cluster):
    api.store.kinds += WIDGETS
    return cluster.discovery


def reads(api):
    return [request.path for request in api.requests if request.path in {"/api", "/apis"}]


@pytest.mark.parametrize(
    ("resource", "arguments", "path"),
    [
        (Resource("", "v1", "Pod", "pods", namespaced=True), (), "/api/v1/pods"),
        (Resource("", "v1", "Pod", "pods", namespaced=True), ("ns",), "/api/v1/namespaces/ns/pods"),
        (Resource("", "v1", "Pod", "pods", namespaced=True), ("ns", "a", "log"), "/api/v1/namespaces/ns/pods/a/log"),
        (Resource("", "v1", "Node", "nodes", namespaced=False), ("ns", "a"), "/api/v1/nodes/a"),
        (Resource("batch", "v1", "Job", "jobs", namespaced=True), ("ns", "a"), "/apis/batch/v1/namespaces/ns/jobs/a"),
    ],
)
def test_a_path_has_a_group_a_namespace_and_a_name_where_the_kind_has_them(resource, arguments, path):
    assert resource.path(*arguments) == path


def test_the_version_of_a_core_kind_has_no_group(discovery):
    assert discovery.resource("v1", "Pod").api_version == "v1"
    assert discovery.resource("example.com/v1", "Widget").api_version == "example.com/v1"


def test_everything_is_read_once(api, discovery):
    assert discovery.resource("v1", "Pod") == Resource("", "v1", "Pod", "pods", namespaced=True, verbs=VERBS)
    assert discovery.resource("example.com/v1beta1", "Gadget").namespaced is False
    assert discovery.serves("v1", "Node")
    assert discovery.kinds("example.com/v1beta1") == ("Gadget", "Widget")
    assert reads(api) == ["/api", "/apis"]
    assert "as=APIGroupDiscoveryList" in api.requests[0].headers["Accept"]


def test_a_kind_that_came_later_is_found(api, discovery):
    assert not discovery.serves("late.example.com/v1")
    api.store.kinds.append(Kind("late.example.com/v1", "Late", "lates"))
    assert discovery.resource("late.example.com/v1", "Late").plural == "lates"
    assert discovery.serves("late.example.com/v1", "Late")


def test_a_kind_that_is_not_served_is_an_error_after_one_more_look(api, discovery):
    discovery.resource("v1", "Pod")
    with pytest.raises(ClusterError, match=r"does not serve Nothing in example\.com/v1") as caught:
        discovery.resource("example.com/v1", "Nothing")
    assert (caught.value.status, caught.value.reason) == (404, "NotServed")
    assert reads(api) == ["/api", "/apis"] * 2


def test_a_kind_of_another_version_is_not_served(discovery):
    assert discovery.serves("example.com/v1beta1", "Gadget")
    assert not discovery.serves("example.com/v1", "Gadget")
    assert not discovery.serves("example.com/v2")
    assert not discovery.serves("v1", "Widget")


def test_versions_come_in_the_servers_order(discovery):
    assert discovery.versions("example.com") == ("v1", "v1beta1")
    assert discovery.versions("nobody.example.com") == ()


def test_each_resource_is_there_once_in_the_best_version_that_has_it(discovery):
    found = [(each.plural, each.version) for each in discovery.everything() if each.group == "example.com"]
    assert found == [("gadgets", "v1beta1"), ("widgets", "v1")]


def test_all_groups_and_versions_are_named_in_order(discovery):
    assert discovery.group_versions() == tuple(sorted(discovery.group_versions()))
    assert {"v1", "batch/v1", "example.com/v1", "example.com/v1beta1"} <= set(discovery.group_versions())


@pytest.mark.parametrize(
    "item",
    [
        {"metadata": {"name": "stale.example.com"}, "versions": [{"version": "v1", "freshness": "Stale"}]},
        {"metadata": {"name": "stale.example.com"}, "versions": [{"version": "v1", "resources": None}]},
        {"metadata": {"name": "stale.example.com"}, "versions": [{"version": "v1", "resources": [{"resource": "a"}]}]},
        {"metadata": {"name": "stale.example.com"}},
        {"metadata": {"name": "stale.example.com"}, "versions": None},
    ],
)
def test_an_aggregated_group_whose_server_is_away_hides_no_other_group(api, discovery, item):
    api.answer(200, {"items": [item]}, path="^/api\\?")
    assert discovery.serves("batch/v1", "Job")
    assert discovery.kinds("stale.example.com/v1") == ()


@pytest.mark.parametrize("body", [{"items": 7}, {"items": [7]}, {"items": [{"versions": [{}]}]}, {"items": None}, {}])
def test_an_answer_that_is_no_discovery_is_an_error_of_the_cluster(api, discovery, body):
    api.answer(200, body, path="^/api\\?", times=9)
    with pytest.raises(ClusterError):
        discovery.resource("v1", "Pod")


def test_a_discovery_that_breaks_off_keeps_what_was_known(api, discovery):
    discovery.resource("v1", "Pod")
    api.answer(500, {"message": "etcd is gone"}, path="^/apis\\?")
    with pytest.raises(ClusterError, match="etcd is gone"):
        discovery.resource("example.com/v1", "Nothing")
    assert discovery.resource("v1", "Pod").plural == "pods"
