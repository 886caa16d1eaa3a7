"""How many devices of each vendor a node says that it has, as extended resources or in ResourceSlices."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import Vendor, rows, table
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready
from clusterproof.cluster.slices import attributes_of, pools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
Place = tuple[str, str]
"""Node and vendor."""


def advertised(cluster: Cluster) -> dict[Place, int]:
    """Return the number of devices per node and vendor; 0 where some are there and nothing tells how many.

    What a device plugin and a DRA driver of one vendor advertise on one node are the same devices.
    """
    nodes = [node for node in cluster.pages(cluster.resource("v1", "Node")) if is_ready(node)]
    found: dict[Place, int] = {}
    for node in nodes:
        for vendor in table():
            resources = {name: amount for name, amount in _capacity(node).items() if amount and vendor.offers(name)}
            if resources:
                found[node["metadata"]["name"], vendor.name] = _plugged(node, vendor.name, resources)
    for place, count in _sliced(cluster, nodes).items():
        found[place] = max(found.get(place, 0), count)
    return dict(sorted(found.items()))


def vendor_of(resource: str) -> Vendor | None:
    """Return the vendor of an extended resource; None if the table has none."""
    return next((vendor for vendor in table() if vendor.offers(resource)), None)


def _capacity(node: Item) -> dict[str, int]:
    """Return what a node has, devices that are ill included: their metrics are wanted most."""
    status = node.get("status") or {}
    told = [*(status.get("capacity") or {}).items(), *(status.get("allocatable") or {}).items()]
    return {name: max(whole(amount) for each, amount in told if each == name) for name, _ in told}


def _plugged(node: Item, vendor: str, resources: dict[str, int]) -> int:
    row = next(row for row in rows("vendors") if row["name"] == vendor)
    labels = node["metadata"].get("labels") or {}
    told = (whole(labels[label]) for label in row.get("count_labels") or [] if label in labels)
    counted = row.get("counted") or list(resources)
    return next(told, max((amount for name, amount in resources.items() if name in counted), default=0))


def _sliced(cluster: Cluster, nodes: list[Item]) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for place, devices in devices_of_slices(cluster, nodes).items():
        marks = next(row for row in rows("vendors") if row["name"] == place[1]).get("whole") or {}
        found[place] = sum(_is_whole(each, marks) for each in devices)
    return found


def devices_of_slices(cluster: Cluster, nodes: Iterable[Item]) -> dict[Place, list[Item]]:
    """Return the devices that the current slices of known drivers list per node, parts of devices as well.

    A device that several nodes can use lies on none of them.
    """
    found: dict[Place, list[Item]] = defaultdict(list)
    those = list(nodes)
    for pool in pools(cluster):
        vendor = next((row for row in rows("vendors") if pool.driver in (row.get("drivers") or [])), None)
        for device in pool.devices() if vendor and pool.complete else ():
            places = [node["metadata"]["name"] for node in those if device.usable_on(node)]
            if vendor and len(places) == 1:
                found[places[0], vendor["name"]].append(device.item)
    return found


def _is_whole(device: Item, marks: Item) -> bool:
    """True if a device is no part of another one, as far as its attributes tell."""
    attributes = attributes_of(device)
    told = {key: attributes[key] for key in marks if key in attributes}
    return all(marks[key] == value for key, value in told.items())
