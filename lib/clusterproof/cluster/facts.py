"""What a cluster says of itself, counted page by page: memory stays flat however many nodes and pods there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import is_accelerator, is_make_believe
from clusterproof.cluster.allocation import survey
from clusterproof.cluster.inventory import OVER, held
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready
from clusterproof.cluster.slices import counted
from clusterproof.model import Facts
from clusterproof.parameters.resources import is_extended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.cluster.client import Cluster


def facts(cluster: Cluster) -> Facts:
    """Return what the cluster says of itself.

    Raises:
        ClusterError: the server does not answer, or nodes may not be read.
    """
    version = cluster.call("GET", "/version")
    nodes = _count_nodes(cluster.pages(cluster.resource("v1", "Node")))
    pods = _count_pods(cluster.pages(cluster.resource("v1", "Pod")), nodes.accelerators)
    free = Counter({name: max(0, total - pods.held[name]) for name, total in nodes.accelerators.items()})
    drivers = counted(cluster)
    given = survey(cluster, nodes.accelerators, drivers)
    return Facts(
        version=str(version.get("gitVersion", "")),
        platform=str(version.get("platform", "")),
        nodes=nodes.total,
        nodes_ready=nodes.ready,
        nodes_simulated=nodes.simulated,
        pods=pods.total,
        accelerators=_sorted(nodes.accelerators, given.total),
        accelerators_free=_sorted(free, given.free),
        device_drivers=tuple(sorted(drivers.items())),
        device_classes=tuple(sorted(given.classes.items())),
        allocation=tuple(sorted((name, " and ".join(modes)) for name, modes in given.modes.items())),
        unknown_resources=tuple(sorted(nodes.unknown)),
        api_groups=cluster.discovery.group_versions(),
    )


@dataclass
class _Nodes:
    total: int = 0
    ready: int = 0
    simulated: int = 0
    accelerators: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """Extended resources that the table does not know."""


@dataclass
class _Pods:
    total: int = 0
    held: Counter[str] = field(default_factory=Counter)


def _count_nodes(nodes: Iterable[Mapping[str, Any]]) -> _Nodes:
    seen = _Nodes()
    for node in nodes:
        seen.total += 1
        seen.ready += is_ready(node)
        seen.simulated += is_make_believe(node)
        for resource, quantity in node.get("status", {}).get("allocatable", {}).items():
            if is_accelerator(resource):
                seen.accelerators[resource] += whole(quantity)
            elif is_extended(resource) and whole(quantity):
                seen.unknown.add(resource)
    return seen


def _count_pods(pods: Iterable[Mapping[str, Any]], resources: Iterable[str]) -> _Pods:
    seen = _Pods()
    for pod in pods:
        seen.total += 1
        if pod.get("spec", {}).get("nodeName") and pod.get("status", {}).get("phase") not in OVER:
            for resource in resources:
                seen.held[resource] += held(pod, resource)
    return seen


def _sorted(plugged: Counter[str], claimed: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Return what device plugins and claims have together."""
    return tuple((name, plugged[name] + claimed[name]) for name in sorted({*plugged, *claimed}))
