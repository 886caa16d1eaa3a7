"""How accelerators are given out: by device plugins, by claims, or by claims that the scheduler makes by itself.

A pod that asks for an extended resource gets it on each node in one of two ways: from a device plugin where the node
says that it has any, else as a device of the class that bears the name. Nodes may differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import is_accelerator, table
from clusterproof.cluster.classes import Books, bears, classes
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_usable
from clusterproof.cluster.slices import GROUP
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
AUTO, PLUGIN, CLAIMS, EXTENDED = "auto", "device-plugin", "dra", "dra-extended"
FORBIDDEN = 403


@dataclass
class Survey:
    """What can be asked for, and how."""

    modes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Extended resource or driver to the ways in which its devices are given out."""
    total: Counter[str] = field(default_factory=Counter)
    """Extended resource that a class bears to devices on nodes where no device plugin has any."""
    free: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    """Class of accelerators to devices that are free."""


def survey(cluster: Cluster, plugged: Iterable[str], drivers: Mapping[str, int]) -> Survey:
    """Find out how the accelerators that the table knows are given out.

    ``plugged`` are the extended resources that nodes have, ``drivers`` those whose devices slices list.
    """
    seen, ours = Survey(), {driver for vendor in table() for driver in vendor.drivers}
    for resource in plugged:
        seen.modes[resource].append(PLUGIN)
    for driver in drivers:
        if driver in ours:
            seen.modes[driver].append(CLAIMS)
    known = classes(cluster) if cluster.discovery.versions(GROUP) else []
    if known and drivers:
        _by_class(cluster, known, ours, seen)
    return seen


def _by_class(cluster: Cluster, known: list[Item], ours: set[str], seen: Survey) -> None:
    try:
        books = Books.read(cluster)
    except ClusterError as error:
        if error.status != FORBIDDEN:
            raise
        return  # who may not see what is claimed cannot say what is free
    nodes = [_bare(node) for node in cluster.pages(cluster.resource("v1", "Node")) if is_usable(node)]
    for item in known:
        resource = bears(item)
        without = [node for node in nodes if not whole(node["status"]["allocatable"].get(resource, "0"))]
        offer = books.offer(item, without if resource else nodes)
        if not offer.drivers & ours and not is_accelerator(resource):
            continue
        if not offer.uncountable:
            seen.classes[offer.name] = offer.free.total()
        if resource and EXTENDED not in seen.modes[resource]:  # the first one wins
            seen.modes[resource].append(EXTENDED)
            seen.total[resource] += offer.total.total()
            seen.free[resource] += 0 if offer.uncountable else offer.free.total()


def _bare(node: Item) -> Item:
    """Return what is needed of a node: all of them are held at once."""
    metadata = {"name": node["metadata"]["name"], "labels": node["metadata"].get("labels") or {}}
    return {"metadata": metadata, "status": {"allocatable": (node.get("status") or {}).get("allocatable") or {}}}
