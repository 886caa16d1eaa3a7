"""Two snapshots differ by what a trial has left, and not by what lives by itself."""

from __future__ import annotations

import copy

import pytest

from clusterproof.errors import ClusterError
from clusterproof.prove import snapshot

NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n", "labels": {"a": "1"}, "annotations": {"b": "2"}},
    "spec": {"taints": [{"key": "t", "effect": "NoSchedule"}]},
    "status": {
        "capacity": {"cpu": "1"},
        "conditions": [
            {"type": "Ready", "status": "True", "lastHeartbeatTime": "x"},
            {"type": "Full", "status": "False"},
        ],
    },
}
READY, FULL = NODE["status"]["conditions"]


@pytest.fixture
def before(api, cluster):
    api.store.put(NODE)
    return snapshot.take(cluster)


def changed(path, value):
    item = copy.deepcopy(NODE)
    place = item
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return item


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.labels.a", "2"),
        ("metadata.annotations.b", None),
        ("metadata.finalizers", ["example.com/never"]),
        ("metadata.ownerReferences", [{"uid": "x"}]),
        ("metadata.deletionTimestamp", "now"),
        ("spec.taints", []),
        ("status.capacity.cpu", "2"),
        ("status.conditions", [{**READY, "status": "False"}, FULL]),
        ("data", {"left": "over"}),
    ],
)
def test_whatever_stands_otherwise_in_an_object_is_seen(api, cluster, before, path, value):
    api.store.put(changed(path.split("."), value))
    assert snapshot.differences(before, snapshot.take(cluster)) == [f"Node n differs in {path}"]


def test_what_is_new_gone_or_another_one_of_the_same_name_is_seen(api, cluster, before):
    api.store.remove(NODE)
    assert snapshot.differences(before, snapshot.take(cluster)) == ["Node n is gone"]
    api.store.put(NODE)
    assert snapshot.differences(before, snapshot.take(cluster)) == ["Node n differs in metadata.uid"]
    api.store.put({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "d"}})
    assert snapshot.differences(before, snapshot.take(cluster))[0] == "Pod d/p is new"


def test_a_policy_or_webhook_that_was_left_is_seen(api, cluster, before):
    kind, version = "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"
    api.store.put({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}})
    assert snapshot.differences(before, snapshot.take(cluster)) == [f"{kind} w is new"]


@pytest.mark.parametrize(
    "item",
    [
        changed(("metadata", "managedFields"), [{"manager": "m"}]),
        changed(("metadata", "generation"), 7),
        changed(("status", "conditions"), [FULL, {**READY, "lastHeartbeatTime": "later"}]),
        {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "d"}, "message": "m"},
    ],
    ids=["fields", "generation", "heartbeat", "event"],
)
def test_what_lives_by_itself_is_no_difference(api, cluster, before, item):
    api.store.put(item)
    assert snapshot.differences(before, snapshot.take(cluster)) == []


@pytest.mark.parametrize(("status", "fails"), [(404, False), (405, False), (403, True), (500, True)])
def test_a_kind_that_cannot_be_looked_at_is_no_empty_kind(api, cluster, before, status, fails):
    api.answer(status, {"message": "no"}, method="GET", path="/jobs", times=9)
    if fails:
        with pytest.raises(ClusterError):
            snapshot.take(cluster)
    else:
        assert snapshot.take(cluster) == before


def test_many_differences_make_a_short_sentence():
    assert snapshot.shortened([f"Pod {n} is new" for n in range(9)]).endswith("Pod 2 is new and 6 more")
    assert snapshot.shortened(["Pod 0 is new"]) == "Pod 0 is new"
