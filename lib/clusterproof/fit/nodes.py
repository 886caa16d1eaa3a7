"""What each node has and has left of what a worker takes: devices, cores, memory, and places for pods."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubernetes.utils.quantity import parse_quantity

from clusterproof.cluster.inventory import OVER, capacity, held
from clusterproof.cluster.reading import is_usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
DEVICES, PLACES = "devices", "pods"
KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})


@dataclass
class Place:
    """One node that takes new pods."""

    whole: dict[str, float]
    """What it has for pods, by name: cores, bytes, devices, pods."""
    left: dict[str, float]
    """What of it nobody asks for yet."""
    disk: float = 0.0
    """Bytes of its own disk that pods may use."""


@dataclass
class Places:
    """Where workers can go."""

    nodes: dict[str, Place] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)
    """Namespace to the devices that its pods hold."""
    uncountable: str = ""
    """Why nobody can say how many devices are free; empty if the numbers hold."""


def read(cluster: Cluster, resource: str) -> Places:
    """Read nodes and pods; ``resource`` is the extended resource of the devices, empty where a job needs none.

    With devices only nodes count that have some, whatever their taints: who asks for devices tolerates those. Without,
    nodes that keep other pods out are left out.
    """
    found = Places()
    for node in cluster.pages(cluster.resource("v1", "Node")):
        if is_usable(node) and (resource or not _kept_free(node)):
            has = _allocatable(node)
            found.nodes[node["metadata"]["name"]] = Place(dict(has), has, _bytes(node, "ephemeral-storage"))
    for pod in cluster.pages(cluster.resource("v1", "Pod")):
        place = found.nodes.get((pod.get("spec") or {}).get("nodeName", ""))
        if place and (pod.get("status") or {}).get("phase") not in OVER:
            _take(place, pod)
            found.holders[pod["metadata"]["namespace"]] += held(pod, resource) if resource else 0
    if resource:
        _add_devices(cluster, found, resource)
    return found


def _add_devices(cluster: Cluster, found: Places, resource: str) -> None:
    seen = capacity(cluster, resource)
    found.uncountable = seen.uncountable
    free = seen.free()
    found.nodes = {name: place for name, place in found.nodes.items() if seen.allocatable[name]}
    for name, place in found.nodes.items():
        place.whole[DEVICES], place.left[DEVICES] = seen.allocatable[name], free[name]


def _take(place: Place, pod: Item) -> None:
    for name in ("cpu", "memory"):
        place.left[name] -= asked(pod, name)
    place.left[PLACES] -= 1


def asked(pod: Mapping[str, Any], name: str) -> float:
    """Return how much of ``cpu`` (cores) or ``memory`` (bytes) the scheduler keeps for a pod."""
    spec = pod.get("spec") or {}
    first = spec.get("initContainers") or []
    stays = [each for each in first if each.get("restartPolicy") == "Always"]
    together = sum(_request(each, name) for each in [*(spec.get("containers") or []), *stays])
    most = max([together, *(_request(each, name) for each in first if each not in stays)])
    return most + number((spec.get("overhead") or {}).get(name))


def _request(container: Mapping[str, Any], name: str) -> float:
    return number(((container.get("resources") or {}).get("requests") or {}).get(name))


def _allocatable(node: Item) -> dict[str, float]:
    return {name: _bytes(node, name) for name in ("cpu", "memory", PLACES)}


def _bytes(node: Item, name: str) -> float:
    return number(((node.get("status") or {}).get("allocatable") or {}).get(name))


def number(quantity: Any) -> float:
    """Return a quantity as a number; what is none counts as nothing."""
    try:
        return float(parse_quantity(quantity)) if quantity else 0.0
    except (ValueError, ArithmeticError):
        return 0.0


def _kept_free(node: Item) -> bool:
    return any(taint.get("effect") in KEEPS_OUT for taint in (node.get("spec") or {}).get("taints") or [])
