"""What the cluster has is counted page by page, and devices that nobody can use are not counted as free."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest

from clusterproof.cluster import facts as counting
from clusterproof.cluster.facts import facts
from clusterproof.cluster.inventory import capacity, held
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready
from clusterproof.errors import ClusterError
from fakes import Kind, pod

DEVICE = "testbed.clusterproof.dev/accelerator"
OTHER = "nvidia.com/gpu"
READY = [{"type": "Ready", "status": "True"}]
SLICES = Kind("resource.k8s.io/v1", "ResourceSlice", "resourceslices", namespaced=False)


def node(name, devices="4", *, ready=True, kubelet="v1.37.0", resource=DEVICE, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "spec": spec,
        "status": {
            "allocatable": {"cpu": "8", resource: devices},
            "conditions": READY if ready else [{"type": "Ready", "status": "Unknown"}],
            "nodeInfo": {"kubeletVersion": kubelet},
        },
    }


def user(name, on="", devices="1", phase="Running", resource=DEVICE):
    item = pod(name, on)
    item["spec"]["containers"] = [{"name": "c", "resources": {"limits": {resource: devices}}}]
    item["status"]["phase"] = phase
    return item


@pytest.fixture
def fill(api):
    """Give a function that puts objects into the cluster."""

    def fill(*items):
        for item in items:
            api.store.put(item)

    return fill


def test_facts_are_counts(cluster, fill):
    fill(node("a"), node("b", "2", resource=OTHER, kubelet="kwok-v0.7.0"), node("c", "0", ready=False))
    fill(user("p", "a"), user("q", "b", "2", resource=OTHER), user("waits"), user("over", "a", phase="Succeeded"))
    seen = facts(cluster)
    assert (seen.nodes, seen.nodes_ready, seen.nodes_simulated, seen.pods) == (3, 2, 1, 4)
    assert seen.accelerators == ((OTHER, 2), (DEVICE, 4))
    assert seen.accelerators_free == ((OTHER, 0), (DEVICE, 3))
    assert (seen.version, seen.platform) == ("v1.37.2", "linux/amd64")
    assert "batch/v1" in seen.api_groups
    assert seen.simulated


def test_an_empty_cluster_has_facts(cluster):
    seen = facts(cluster)
    assert (seen.nodes, seen.pods, seen.accelerators, seen.device_drivers, seen.simulated) == (0, 0, (), (), False)


def test_only_resources_of_the_table_are_accelerators(cluster, fill):
    fill(node("a", resource="example.com/device"), node("b", resource="hugepages-1Gi"))
    assert facts(cluster).accelerators == ()


def test_more_used_than_there_is_leaves_nothing_free(cluster, fill):
    fill(node("a", "2"), user("p", "a", "3"))
    assert facts(cluster).accelerators_free == ((DEVICE, 0),)


def test_nothing_is_ever_listed_as_a_whole(api, cluster, fill):
    api.page = 2
    fill(*(node(f"n{number}") for number in range(5)), *(user(f"p{number}", "n0") for number in range(5)))
    assert facts(cluster).nodes == 5
    assert capacity(cluster, DEVICE).allocatable.total() == 20
    lists = [each for each in api.asked("GET") if each.path in {"/api/v1/nodes", "/api/v1/pods"}]
    assert len(lists) == 12
    assert {each.query.get("limit") for each in lists} == {"500"}


class Item(dict):
    """A dict of which one can tell whether it is still held."""


class Pages:
    """A cluster with many nodes and pods; `most` is how many of them were held at once."""

    discovery = SimpleNamespace(versions=lambda _group: ())

    def __init__(self, count):
        self.count, self.most, self._alive = count, 0, weakref.WeakSet()

    def __hash__(self):
        return 1

    def resource(self, _api_version, kind):
        return kind

    def pages(self, kind):
        for number in range(self.count):
            item = Item(node(f"n{number}") if kind == "Node" else user(f"p{number}", f"n{number}"))
            marker = Marker()
            item["marker"] = marker
            self._alive.add(marker)
            del marker
            yield item
            del item
            self.most = max(self.most, len(self._alive))


class Marker:
    """Alive as long as the item that holds it."""


def test_what_is_held_does_not_grow_with_the_cluster():
    gc.disable()
    try:
        many = Pages(2000)
        seen = capacity(many, DEVICE)
        nodes = counting._count_nodes(many.pages("Node"))
        pods = counting._count_pods(many.pages("Pod"), nodes.accelerators)
    finally:
        gc.enable()
    assert (seen.allocatable.total(), seen.used.total(), pods.held[DEVICE]) == (8000, 2000, 2000)
    assert many.most <= 2


@pytest.mark.parametrize(
    "unusable", [node("b", ready=False), node("b", unschedulable=True), node("b", "0"), node("b", resource=OTHER)]
)
def test_a_node_that_takes_no_pods_has_no_room(cluster, fill, unusable):
    fill(node("a"), unusable, user("p", "b"))
    seen = capacity(cluster, DEVICE)
    assert seen.free() == {"a": 4}
    assert seen.used == {}


@pytest.mark.parametrize(("phase", "free"), [("Pending", 3), ("Running", 3), ("Succeeded", 4), ("Failed", 4)])
def test_a_pod_holds_its_devices_until_it_is_over(cluster, fill, phase, free):
    fill(node("a"), user("p", "a", phase=phase), user("waits", phase=phase))
    assert capacity(cluster, DEVICE).free() == {"a": free}


@pytest.mark.parametrize(("pods", "startable"), [("110", 3), ("3", 1), ("2", 0), ("1", 0), ("0", 0)])
def test_a_node_that_is_full_of_pods_starts_no_more_whatever_devices_are_free(cluster, fill, pods, startable):
    full = node("a")
    full["status"]["allocatable"]["pods"] = pods
    fill(full, user("p", "a"), user("q", "a", devices="0"), user("over", "a", phase="Succeeded"), user("waits"))
    seen = capacity(cluster, DEVICE)
    assert seen.free() == {"a": 3}
    assert seen.startable() == {"a": startable}


@pytest.mark.parametrize(
    ("taint", "toleration"),
    [
        (
            {"key": "k", "value": "v", "effect": "NoSchedule"},
            {"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"},
        ),
        ({"key": "k", "effect": "NoExecute"}, {"key": "k", "operator": "Equal", "effect": "NoExecute"}),
        ({"key": "k", "value": "", "effect": "NoSchedule"}, {"key": "k", "operator": "Equal", "effect": "NoSchedule"}),
    ],
)
def test_a_pod_tolerates_the_taints_of_the_nodes_with_devices_and_no_others(cluster, fill, taint, toleration):
    other = {"key": "other", "effect": "NoSchedule"}
    fill(node("a", taints=[taint]), node("b", taints=[taint]), node("c", "0", taints=[other]), node("d"))
    assert capacity(cluster, DEVICE).tolerations() == [toleration]


@pytest.mark.parametrize(
    ("quantity", "number"),
    [
        ("4", 4), (4, 4), ("0", 0), ("", 0), ("1k", 1000), ("2M", 2_000_000), ("1.5k", 1500), ("1e1", 10), ("0.5", 0),
        ("500m", 0), ("-1", 0), ("1Gi", 0), ("many", 0), ("NaN", 0), ("Infinity", 0), (None, 0), ("k", 0),
    ],
)  # fmt: skip
def test_devices_come_whole_or_not_at_all(quantity, number):
    assert whole(quantity) == number


def wants(**resources):
    return {"resources": resources}


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({}, 0),
        ({"containers": [wants(limits={DEVICE: "1"}), wants(limits={DEVICE: "2"}), {}]}, 3),
        ({"containers": [wants(requests={DEVICE: "1"})]}, 1),
        ({"containers": [wants(requests={DEVICE: "1"}, limits={DEVICE: "1"})]}, 1),
        ({"containers": [wants(limits={DEVICE: "1"})], "initContainers": [wants(limits={DEVICE: "3"}), {}]}, 3),
        ({"containers": [wants(limits={DEVICE: "4"})], "initContainers": [wants(limits={DEVICE: "3"})]}, 4),
        (
            {
                "containers": [wants(limits={DEVICE: "1"})],
                "initContainers": [{"restartPolicy": "Always", **wants(limits={DEVICE: "2"})}],
            },
            3,
        ),
    ],
)
def test_a_pod_holds_what_its_containers_hold_together_or_its_largest_init_container(spec, count):
    assert held({"spec": spec}, DEVICE) == count


@pytest.mark.parametrize(
    ("conditions", "ready"),
    [
        (READY, True),
        ([{"type": "Ready", "status": "False"}], False),
        ([{"type": "X", "status": "True"}], False),
        (None, False),
    ],
)
def test_a_node_is_ready_if_it_says_so(conditions, ready):
    assert is_ready({"status": {"conditions": conditions}}) is ready


@pytest.mark.parametrize(
    "odd", [{}, {"metadata": {"name": "x"}}, {"metadata": {"name": "x"}, "spec": {}, "status": {}}]
)
def test_a_node_or_pod_without_a_spec_or_status_is_counted(odd):
    assert counting._count_nodes([odd]).total == 1
    assert counting._count_pods([odd], [DEVICE]).total == 1


def test_devices_are_counted_by_their_driver(api, cluster, fill):
    api.store.kinds.append(SLICES)
    for name, driver, count in (("a", "gpu.example.com", 2), ("b", "gpu.example.com", 1), ("c", "nic.example.com", 0)):
        pool = {"name": name, "generation": 1, "resourceSliceCount": 1}
        devices = [{"name": str(number)} for number in range(count)] or None
        spec = {"driver": driver, "pool": pool, "devices": devices}
        fill({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": name}, "spec": spec})
    assert facts(cluster).device_drivers == (("gpu.example.com", 3), ("nic.example.com", 0))


def test_what_a_run_lists_for_its_own_pods_is_no_device_of_the_clusters(api, cluster, fill):
    api.store.kinds.append(SLICES)
    for name, labels in (("theirs", {"app": "driver"}), ("ours", {"clusterproof.dev/run-id": "run-1"})):
        pool = {"name": name, "generation": 1, "resourceSliceCount": 1}
        spec = {"driver": f"{name}.example.com", "pool": pool, "devices": [{"name": "0"}]}
        metadata = {"name": name, "labels": labels}
        fill({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": metadata, "spec": spec})
    assert facts(cluster).device_drivers == (("theirs.example.com", 1),)


@pytest.mark.parametrize("status", [403, 404])
def test_slices_that_may_not_be_read_are_a_missing_fact_and_no_broken_run(api, cluster, status):
    api.store.kinds.append(SLICES)
    api.answer(status, {"message": "no"}, path="/resourceslices")
    assert facts(cluster).device_drivers == ()


@pytest.mark.parametrize("path", ["/version", "/nodes", "/pods"])
def test_facts_that_cannot_be_read_are_an_error(api, cluster, path):
    api.answer(403, {"message": "may not"}, path=path)
    with pytest.raises(ClusterError, match="may not"):
        facts(cluster)
