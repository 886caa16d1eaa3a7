"""Sweeping removes what carries the id of a run, and nothing else, and says what stays."""

from __future__ import annotations

import threading

import pytest

from clusterproof.cluster import labels
from clusterproof.cluster.sweep import run_ids, sweep
from clusterproof.errors import ClusterError
from fakes import DROP, Kind, pod

pytestmark = pytest.mark.usefixtures("quick")

CLASSES = Kind("resource.example.com/v1", "DeviceClass", "deviceclasses", namespaced=False)
READ_ONLY = Kind("example.com/v1", "Measure", "measures", namespaced=False, verbs=("get", "list"))


def put(api, kind, name, run_id="", **more):
    marks = {labels.RUN: run_id} if run_id else {}
    api_version = next(each.api_version for each in api.store.kinds if each.kind == kind)
    metadata = {"name": name, "labels": marks, **more.pop("metadata", {})}
    return api.store.put({"apiVersion": api_version, "kind": kind, "metadata": metadata, **more})


@pytest.fixture(autouse=True)
def full(api):
    """Let two runs have left something, beside what is somebody else's."""
    api.store.kinds += [CLASSES, READ_ONLY]
    for run_id in ("one", "two"):
        put(api, "Namespace", f"ns-{run_id}", run_id)
        put(api, "DeviceClass", f"class-{run_id}", run_id)
        api.store.put(pod("p", namespace=f"ns-{run_id}", labels={labels.RUN: run_id}))
    put(api, "Namespace", "theirs")
    put(api, "DeviceClass", "theirs")
    api.store.put(pod("p", namespace="theirs"))


def there(api):
    plurals = ["namespaces", "deviceclasses", "pods"]
    return {
        item["metadata"].get("namespace", item["metadata"]["name"])
        for each in plurals
        for item in api.store.items(each)
    }


def test_only_what_carries_the_id_goes(api, cluster):
    assert sweep(cluster, "one") == ()
    assert there(api) == {"ns-two", "class-two", "theirs"}
    assert {request.path.rpartition("/")[2] for request in api.asked("DELETE")} == {"ns-one", "class-one"}


def test_an_empty_id_means_every_run_of_the_kit_and_nothing_of_others(api, cluster):
    assert sweep(cluster, "") == ()
    assert there(api) == {"theirs"}


@pytest.mark.parametrize("run_id", ["on", "one-more", "three"])
def test_an_id_is_not_the_beginning_of_another(api, cluster, run_id):
    assert sweep(cluster, run_id) == ()
    assert api.asked("DELETE") == []


def test_namespaces_go_last(api, cluster):
    sweep(cluster, "")
    kinds = [request.path.split("/")[-2] for request in api.asked("DELETE")]
    assert kinds == ["deviceclasses", "deviceclasses", "namespaces", "namespaces"]


def test_what_may_not_be_deleted_is_named_and_keeps_nothing_else(api, cluster):
    api.answer(403, {"message": "may not"}, method="DELETE", path="/class-one")
    assert sweep(cluster, "one") == ("DeviceClass class-one",)
    assert "ns-one" not in there(api)


def test_what_is_still_there_at_the_end_is_named_with_what_holds_it(api, cluster):
    conditions = [
        {"type": "Fine", "status": "False", "message": "not this"},
        {"type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining: pods."},
    ]
    put(api, "Namespace", "ns-one", "one", status={"conditions": conditions})
    api.answer(200, {}, method="DELETE", path="/ns-one")  # accepted, and nothing comes of it
    assert sweep(cluster, "one", within=0.05) == ("Namespace ns-one (Some resources are remaining: pods.)",)


@pytest.mark.parametrize(("plural", "name"), [("namespaces", "ns-one"), ("deviceclasses", "class-one")])
def test_what_goes_later_is_waited_for(api, cluster, plural, name):
    """A finalizer may hold an object of any kind for a while."""
    item = next(each for each in api.store.items(plural) if each["metadata"]["name"] == name)
    api.answer(200, {}, method="DELETE", path=f"/{name}")
    later = threading.Timer(0.05, api.store.remove, [item])
    later.start()
    assert sweep(cluster, "one", within=5) == ()
    later.join()


def test_what_is_being_deleted_is_not_deleted_again(api, cluster):
    put(api, "Namespace", "ns-one", "one", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert sweep(cluster, "one", within=0.02) == ("Namespace ns-one",)
    assert [request.path for request in api.asked("DELETE")] == [
        "/apis/resource.example.com/v1/deviceclasses/class-one"
    ]


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_kind_that_may_not_be_listed_is_passed_over(api, cluster, status):
    api.answer(status, {"message": "no"}, method="GET", path="/deviceclasses", times=9)
    assert sweep(cluster, "one") == ()
    assert "ns-one" not in there(api)


@pytest.mark.parametrize("status", [401, 500, DROP])
def test_what_cannot_be_looked_at_is_not_proved_gone(api, cluster, status):
    api.answer(status, {"message": "no"}, method="GET", path="/deviceclasses", times=9)
    with pytest.raises(ClusterError):
        sweep(cluster, "one")


def test_a_server_that_goes_away_on_the_way_is_an_error(api, cluster):
    api.answer(DROP, method="DELETE", path="/class-one")
    with pytest.raises(ClusterError) as caught:
        sweep(cluster, "one")
    assert caught.value.status == 0


def test_the_ids_of_runs_that_left_something_are_named_once_each(api, cluster):
    put(api, "DeviceClass", "only-a-class", "three")
    assert run_ids(cluster) == ("one", "three", "two")
    sweep(cluster, "")
    assert run_ids(cluster) == ()


def test_every_list_of_a_sweep_comes_in_pages_and_with_the_label(api, cluster):
    sweep(cluster, "one")
    lists = [each for each in api.asked("GET") if "limit" in each.query or each.path.count("/") > 3]
    assert lists
    assert {(each.query.get("limit"), each.query.get("labelSelector")) for each in lists} == {
        ("500", f"{labels.RUN}=one")
    }


def test_what_cannot_be_deleted_by_its_kind_is_not_listed(api, cluster):
    sweep(cluster, "one")
    assert api.asked("GET", "/measures") == []
