"""The nodes with accelerators, each with what it says of those of one vendor: resources, labels, devices in slices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.advertised import advertised, devices_of_slices
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


@dataclass(frozen=True)
class Equipment:
    """What one node has of one vendor."""

    node: str
    vendor: Item
    """The row of the table."""
    labels: Mapping[str, str]
    resources: Mapping[str, int]
    """Extended resources of the vendor's that pods may ask for here."""
    physical: int = 0
    """Devices that the node is known to have; 0 where nothing tells."""
    devices: tuple[Item, ...] = ()
    """As the current slices list them, parts of devices as well."""

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.node}: {self.vendor['name']}"


def equipment(cluster: Cluster) -> list[Equipment]:
    """Return what the nodes that are ready have or say that they have, each vendor for itself."""
    nodes = list(filter(is_ready, cluster.pages(cluster.resource("v1", "Node"))))
    counted, listed = advertised(cluster), devices_of_slices(cluster, nodes)
    known = {row["name"]: row for row in reversed(rows("vendors"))}
    found = {
        (node["metadata"]["name"], vendor): _equipment(node, row)
        for node in nodes
        for vendor, row in known.items()
        if (node["metadata"]["name"], vendor) in counted or _promised(node, row)
    }
    return [
        replace(found[place], physical=counted.get(place, 0), devices=tuple(listed.get(place, ())))
        for place in sorted(found)
    ]


def _promised(node: Item, row: Item) -> bool:
    """True if a node says that its accelerators are shared or virtual, even if it offers none."""
    labels = node["metadata"].get("labels") or {}
    claimed = [*(row.get("shares") or {}).values(), row.get("virtual") or {}]
    return any(marked(labels, marks.get("labels", ())) for marks in claimed)


def _equipment(node: Item, row: Item) -> Equipment:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    offered = {name: whole(amount) for name, amount in allocatable.items() if matches(name, row["resources"])}
    labels = node["metadata"].get("labels") or {}
    return Equipment(node["metadata"]["name"], row, labels, offered)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """True if one of the patterns fits."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def marked(labels: Mapping[str, str], marks: Iterable[Mapping[str, str]]) -> bool:
    """True if the labels fit all patterns of one of the marks."""
    return any(all(fnmatchcase(labels.get(key, ""), pattern) for key, pattern in mark.items()) for mark in marks)
