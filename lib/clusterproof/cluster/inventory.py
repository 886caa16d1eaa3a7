"""What there is in the cluster, counted page by page: memory stays flat however many nodes and pods there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import is_accelerator, is_simulated
from clusterproof.cluster.reading import is_ready
from clusterproof.errors import ClusterError
from clusterproof.model import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.cluster.client import Cluster

_OVER = frozenset({"Succeeded", "Failed"})


@dataclass
class Capacity:
    """One extended resource per node, and who may use it."""

    allocatable: Counter[str] = field(default_factory=Counter)
    """Node name to devices; nodes that are not ready or cordoned are left out."""
    used: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    """Node name to how many more pods of any kind its kubelet takes."""
    taints: list[dict[str, Any]] = field(default_factory=list)
    """Distinct taints of the nodes that have the resource."""

    def free(self) -> Counter[str]:
        """Return node name to free devices."""
        return Counter({node: max(0, total - self.used[node]) for node, total in self.allocatable.items()})

    def startable(self) -> Counter[str]:
        """Return node name to how many more pods with one device each can start there."""
        return Counter({node: min(devices, max(0, self.places[node])) for node, devices in self.free().items()})

    def tolerations(self) -> list[dict[str, Any]]:
        """Return what a pod must tolerate to run where the resource is: these taints and no others."""
        return [_toleration(taint) for taint in self.taints]


def _toleration(taint: Mapping[str, Any]) -> dict[str, Any]:
    same = {"key": taint["key"], "operator": "Equal", "value": taint.get("value", ""), "effect": taint["effect"]}
    return {name: value for name, value in same.items() if value}


def capacity(cluster: Cluster, resource: str) -> Capacity:
    """Count one extended resource: allocatable on usable nodes, less what running pods hold."""
    seen = Capacity()
    for node in cluster.pages(cluster.resource("v1", "Node")):
        allocatable = node.get("status", {}).get("allocatable", {})
        amount = whole(allocatable.get(resource, "0"))
        if amount and is_ready(node) and not node.get("spec", {}).get("unschedulable"):
            seen.allocatable[node["metadata"]["name"]] = amount
            seen.places[node["metadata"]["name"]] = whole(allocatable.get("pods", "0"))
            taints = node.get("spec", {}).get("taints") or []
            seen.taints += [taint for taint in taints if taint not in seen.taints]
    for pod in cluster.pages(cluster.resource("v1", "Pod")):
        node_name = pod.get("spec", {}).get("nodeName", "")
        if node_name in seen.allocatable and pod.get("status", {}).get("phase") not in _OVER:
            seen.used[node_name] += held(pod, resource)
            seen.places[node_name] -= 1
    return seen


def held(pod: Mapping[str, Any], resource: str) -> int:
    """Return how many of a resource a pod holds: its containers together, or its largest init container.

    Init containers that go on running count beside all others.
    """
    spec = pod.get("spec", {})
    first = spec.get("initContainers", [])

    def wants(container: Mapping[str, Any]) -> int:
        limits = container.get("resources", {})
        return whole({**limits.get("requests", {}), **limits.get("limits", {})}.get(resource, "0"))

    stays = sum(wants(container) for container in first if container.get("restartPolicy") == "Always")
    together = sum(wants(container) for container in spec.get("containers", []))
    return stays + max([together, *(wants(each) for each in first if each.get("restartPolicy") != "Always")])


def whole(quantity: str) -> int:
    """Return a quantity of whole devices; anything else counts as none."""
    text = str(quantity)
    scale = {"k": 1000, "M": 1_000_000}.get(text[-1:], 1)
    try:
        amount = Decimal(text if scale == 1 else text[:-1]) * scale
        return int(amount) if amount > 0 and amount == int(amount) else 0
    except (ArithmeticError, ValueError):
        return 0


def facts(cluster: Cluster) -> Facts:
    """Return what the cluster says of itself.

    Raises:
        ClusterError: the server does not answer, or nodes may not be read.
    """
    version = cluster.call("GET", "/version")
    nodes = _count_nodes(cluster.pages(cluster.resource("v1", "Node")))
    pods = _count_pods(cluster.pages(cluster.resource("v1", "Pod")), nodes.accelerators)
    free = {name: max(0, total - pods.held[name]) for name, total in nodes.accelerators.items()}
    return Facts(
        version=str(version.get("gitVersion", "")),
        platform=str(version.get("platform", "")),
        nodes=nodes.total,
        nodes_ready=nodes.ready,
        nodes_simulated=nodes.simulated,
        pods=pods.total,
        accelerators=tuple(sorted(nodes.accelerators.items())),
        accelerators_free=tuple(sorted(free.items())),
        device_drivers=_drivers(cluster),
        api_groups=cluster.discovery.group_versions(),
    )


@dataclass
class _Nodes:
    total: int = 0
    ready: int = 0
    simulated: int = 0
    accelerators: Counter[str] = field(default_factory=Counter)


@dataclass
class _Pods:
    total: int = 0
    held: Counter[str] = field(default_factory=Counter)


def _count_nodes(nodes: Iterable[Mapping[str, Any]]) -> _Nodes:
    seen = _Nodes()
    for node in nodes:
        seen.total += 1
        seen.ready += is_ready(node)
        seen.simulated += is_simulated(node)
        for resource, quantity in node.get("status", {}).get("allocatable", {}).items():
            if is_accelerator(resource):
                seen.accelerators[resource] += whole(quantity)
    return seen


def _count_pods(pods: Iterable[Mapping[str, Any]], resources: Iterable[str]) -> _Pods:
    seen = _Pods()
    for pod in pods:
        seen.total += 1
        if pod.get("spec", {}).get("nodeName") and pod.get("status", {}).get("phase") not in _OVER:
            for resource in resources:
                seen.held[resource] += held(pod, resource)
    return seen


def _drivers(cluster: Cluster) -> tuple[tuple[str, int], ...]:
    versions = cluster.discovery.versions("resource.k8s.io")
    if not versions:
        return ()
    devices: Counter[str] = Counter()
    try:
        for item in cluster.pages(cluster.resource(f"resource.k8s.io/{versions[0]}", "ResourceSlice")):
            devices[item["spec"]["driver"]] += len(item["spec"].get("devices") or [])
    except ClusterError:
        return ()  # served without slices, or not ours to read: a fact that is missing, not a broken run
    return tuple(sorted(devices.items()))
