"""What there is of one extended resource in the cluster, and how much of it is free."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.allocation import AUTO, CLAIMS, EXTENDED, PLUGIN
from clusterproof.cluster.classes import Books, behind, classes
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_usable
from clusterproof.cluster.slices import GROUP
from clusterproof.errors import ClusterError
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.cluster.client import Cluster

OVER = frozenset({"Succeeded", "Failed"})  # phases of pods that hold nothing any more
FORBIDDEN = 403


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
    modes: dict[str, str] = field(default_factory=dict)
    """Node name to how the resource is given out there."""
    mixed: Counter[str] = field(default_factory=Counter)
    """Nodes that give it out by a device plugin, to the devices of the same name that only claims reach there."""
    uncountable: str = ""
    """Why nobody can say how many devices are free; empty if the numbers hold."""

    def add(self, node: Mapping[str, Any], amount: int, mode: str) -> None:
        """Add what a node has."""
        name = node["metadata"]["name"]
        self.allocatable[name], self.modes[name] = amount, mode
        self.places[name] = whole(_allocatable(node).get("pods", "0"))
        taints = node.get("spec", {}).get("taints") or []
        self.taints += [taint for taint in taints if taint not in self.taints]

    def plugged(self, node: str) -> int:
        """Return how many of it a node's device plugin has."""
        return self.allocatable[node] if self.modes.get(node) == PLUGIN else 0

    def told(self) -> str:
        """Say for people how the resource is given out on which node."""
        lines = [f"{name}: {self.modes[name]}, {amount} devices" for name, amount in sorted(self.allocatable.items())]
        lines += [
            f"{name}: both ways at once, {amount} devices more by claims only; pods get those of the device plugin"
            for name, amount in sorted(self.mixed.items())
        ]
        return "\n".join(lines)

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


def capacity(cluster: Cluster, resource: str, mode: str = AUTO) -> Capacity:
    """Count one extended resource on usable nodes, less what running pods and claims hold.

    ``mode`` leaves only what is given out in that way. A node gives a resource out by its device plugin if that has any
    at all, else the scheduler makes claims on devices of the class that bears its name.
    """
    seen = Capacity()
    known = classes(cluster) if mode != PLUGIN and cluster.discovery.versions(GROUP) else []
    item, others = behind(resource, known), []
    for node in cluster.pages(cluster.resource("v1", "Node")):
        amount = offers(node, resource)
        if amount and mode in {AUTO, PLUGIN}:
            seen.add(node, amount, PLUGIN)
        if item and is_usable(node):
            others.append(node)
    if item:
        _add_devices(cluster, seen, item, resource, others)
    for pod in cluster.pages(cluster.resource("v1", "Pod")):
        node_name = pod.get("spec", {}).get("nodeName", "")
        if node_name in seen.allocatable and pod.get("status", {}).get("phase") not in OVER:
            seen.used[node_name] += held(pod, resource) if seen.modes[node_name] == PLUGIN else 0
            seen.places[node_name] -= 1
    return seen


def offers(node: Mapping[str, Any], resource: str) -> int:
    """Return how many of a resource a node's device plugin offers to new pods; none if it is gone or takes none."""
    return whole(_allocatable(node).get(resource, "0")) if is_usable(node) else 0


def _allocatable(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return (node.get("status") or {}).get("allocatable") or {}


def _add_devices(cluster: Cluster, seen: Capacity, item: dict[str, Any], resource: str, nodes: list[Any]) -> None:
    """Add the devices of a class on the nodes where no device plugin comes before it; note where both are."""
    try:
        offer = Books.read(cluster).offer(item, nodes)
    except ClusterError as error:
        if error.status != FORBIDDEN:
            raise
        seen.uncountable = f"Which devices are free cannot be counted: {error.message}"
        return
    seen.uncountable = offer.uncountable
    mode = CLAIMS if resource.startswith(BY_CLASS) else EXTENDED
    for node in nodes:
        name = node["metadata"]["name"]
        if not offer.total[name]:
            continue
        if offers(node, resource):
            seen.mixed[name] = offer.total[name]
            continue
        seen.add(node, offer.total[name], mode)
        seen.used[name] = offer.total[name] - offer.free[name]


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
