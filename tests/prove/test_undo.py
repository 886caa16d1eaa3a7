"""Whatever a verb of sabotage does to objects can be undone, also where it was done in part."""

from __future__ import annotations

import pytest

from clusterproof.errors import ClusterError
from clusterproof.prove import sabotage
from clusterproof.prove.snapshot import differences, take


@pytest.fixture
def undone(cluster):
    """Give a function that does a step, undoes it, and returns what differs after each of the two."""

    def undone(step):
        before, undo = take(cluster), []
        sabotage.carry_out(step, None, cluster, undo.append)
        broken = differences(before, take(cluster))
        while undo:
            undo.pop()()
        return broken, differences(before, take(cluster))

    return undone


def put(api, kind, name, **more):
    place = {} if kind == "Node" else {"namespace": "default"}
    return api.store.put({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **place}, **more})


def test_what_was_created_is_deleted(undone):
    items = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in ("one", "two")]
    assert undone({"apply": items}) == (["Node one is new", "Node two is new"], [])


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"taints": [{"key": "out"}]}},
        {"spec": {"taints": None}},
        {"spec": {"new": {"deep": 1}}},
        {"metadata": {"labels": {"a": None, "b": "2", "new": "3"}}},
        {"spec": "scalar"},
        {"data": {"x": {"y": 1}}},
    ],
)
def test_what_was_changed_is_put_back(api, undone, change):
    put(api, "Node", "n", spec={"taints": [{"key": "t"}], "deep": {"er": 1}})
    put(api, "Node", "m")
    broken, left = undone({"change": {"apiVersion": "v1", "kind": "Node", "names": ["n"], "change": change}})
    assert [each.split(" differs")[0] for each in broken] == ["Node n"]
    assert left == []


def test_what_is_going_does_not_get_back_a_finalizer_that_it_has_lost(api, cluster):
    undo, item = [], put(api, "Node", "n")
    item["metadata"]["finalizers"] = ["a", "b"]
    change = {"metadata": {"finalizers": ["a", "b", "stays"]}}
    sabotage.carry_out({"change": {"apiVersion": "v1", "kind": "Node", "change": change}}, None, cluster, undo.append)
    now = api.store.items("nodes")[0]["metadata"]
    now |= {"finalizers": ["b", "stays"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
    undo.pop()()
    assert api.store.items("nodes")[0]["metadata"]["finalizers"] == ["b"]


def test_of_what_is_gone_nothing_is_put_back(api, cluster):
    undo, item = [], put(api, "Node", "n")
    sabotage.carry_out({"change": {"apiVersion": "v1", "kind": "Node", "change": {"x": 1}}}, None, cluster, undo.append)
    api.store.remove(item)
    undo.pop()()
    assert not api.store.items("nodes")


def test_a_step_that_breaks_off_can_be_undone(api, cluster):
    undo = []
    good, bad = ({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in ("good", "bad"))
    api.store.put(bad)
    with pytest.raises(ClusterError):
        sabotage.carry_out({"apply": [good, bad]}, None, cluster, undo.append)
    while undo:
        undo.pop()()
    assert [item["metadata"]["name"] for item in api.store.items("nodes")] == ["bad"]


def test_the_finalizer_that_nobody_looks_after_is_taken_off(api, cluster):
    put(api, "Service", "kept")
    held = put(api, "Service", "held")
    held["metadata"]["finalizers"] = ["other.example.com/own", sabotage.NEVER]
    api.store.put(held)
    sabotage._release(cluster, "", "services")
    found = {item["metadata"]["name"]: item["metadata"].get("finalizers") for item in api.store.items("services")}
    assert found == {"kept": None, "held": ["other.example.com/own"]}
    assert len(api.asked("PATCH")) == 1
