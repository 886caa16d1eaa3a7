"""A node that was lost on the way is named, and nothing else is taken for lost."""

from __future__ import annotations

import pytest

from clusterproof.bench.ledger import Ledger
from clusterproof.cluster.losses import lost
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Outcome, Reason
from fakes import Kind, pod

BEGAN = "2026-11-26T10:00:00Z"


def node(name, *, ready="True", born="2026-11-01T00:00:00Z", message=""):
    condition = {"type": "Ready", "status": ready, "message": message}
    metadata = {"name": name, "creationTimestamp": born}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": {"conditions": [condition]}}


def lease(name, second, lasts=40):
    spec = {"renewTime": f"2026-11-26T10:00:{second:02}.000000Z", "leaseDurationSeconds": lasts}
    metadata = {"name": name, "namespace": "kube-node-lease"}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def now(second):
    return f"Thu, 26 Nov 2026 10:00:{second:02} GMT"


@pytest.fixture
def put(api):
    api.store.kinds.append(Kind("coordination.k8s.io/v1", "Lease", "leases"))
    api.date = now(34)
    return lambda *items: [api.store.put(item) for item in items]


def test_nodes_that_are_ready_and_tell_so_are_not_lost(put, cluster):
    put(node("a"), node("b"), lease("a", 33), lease("b", 3))
    assert lost(cluster, {"a", "b", "gone"}, BEGAN) == ""


@pytest.mark.parametrize("ready", ["False", "Unknown"])
def test_one_that_is_not_ready_any_more_is_lost_and_says_why(put, cluster, ready):
    put(node("a", ready=ready, message="container runtime is down"), node("b"))
    assert lost(cluster, {"a", "b"}, BEGAN) == "the node a is not Ready any more (container runtime is down)"


def test_one_whose_kubelet_is_silent_is_lost_before_the_control_plane_says_so(put, cluster):
    put(node("a"), node("b"), lease("a", 2), lease("b", 49))
    assert lost(cluster, {"a"}, BEGAN) == "the kubelet of the node a has been silent for 47 s"
    assert lost(cluster, {"b"}, BEGAN) == ""


def test_all_of_them_may_be_silent_by_the_servers_clock(api, put, cluster):
    put(node("a"), node("b"), lease("a", 3), lease("b", 5))
    assert lost(cluster, {"a", "b"}, BEGAN) == ""
    api.date = now(44)
    assert lost(cluster, {"a", "b"}, BEGAN) == "the kubelet of the node a has been silent for 41 s"


@pytest.mark.parametrize("date", ["", "now", now(0), "Thu, 26 Nov 1926 10:00:00 GMT"])
def test_the_last_sign_of_life_counts_where_the_servers_clock_says_nothing_or_stands(api, put, cluster, date):
    put(node("a"), node("b"), lease("a", 2), lease("b", 49))
    api.date = date
    assert lost(cluster, {"a", "b"}, BEGAN) == "the kubelet of the node a has been silent for 47 s"


def test_a_lease_that_lasts_longer_is_renewed_less_often(put, cluster):
    put(node("a"), node("b"), lease("a", 2, lasts=200), lease("b", 49))
    assert lost(cluster, {"a"}, BEGAN) == ""


def test_one_that_came_later_may_be_a_failing_of_the_clusters(put, cluster):
    put(node("a", ready="False", born="2026-11-26T10:00:01Z"))
    assert lost(cluster, {"a"}, BEGAN) == ""
    assert lost(cluster, {"a"}, "") == ""


@pytest.mark.parametrize(("status", "told"), [(403, True), (500, False)])
def test_where_signs_of_life_may_not_be_read_only_what_nodes_say_counts(api, put, cluster, status, told):
    put(node("a"), node("b", ready="False"), lease("a", 0), lease("b", 59))
    api.answer(status, {"message": "no"}, path="/leases")
    if told:
        assert lost(cluster, {"a", "b"}, BEGAN).startswith("the node b is not Ready")
    else:
        with pytest.raises(ClusterError):
            lost(cluster, {"a", "b"}, BEGAN)


def test_a_check_ends_with_an_error_if_a_node_was_lost_under_its_pods(put, api, cluster):
    ledger = Ledger(cluster, "gang_scheduling", "run-1", "clusterproof", "restricted")
    try:
        ledger.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, name="c")
        api.store.items("namespaces")[0]["metadata"]["creationTimestamp"] = BEGAN
        ledger._created[0]["metadata"]["creationTimestamp"] = BEGAN
        put(node("n"), pod("p", "n", namespace=ledger.namespace()))
        ledger.waiter.eventually(ledger.nodes_used, bool, within=5)
        ledger.undisturbed()
        put(node("n", ready="Unknown", message="Kubelet stopped posting node status."))
        with pytest.raises(Inconclusive, match="the node n is not Ready any more") as caught:
            ledger.undisturbed()
        assert (caught.value.outcome, caught.value.reason) == (Outcome.ERROR, Reason.NODE_LOST)
    finally:
        ledger.stop()
