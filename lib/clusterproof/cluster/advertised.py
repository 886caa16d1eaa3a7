"""How many devices of each vendor a node says that it has, as extended resources or in ResourceSlices."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import Vendor, rows, table
from clusterproof.cluster.inventory import whole
from clusterproof.cluster.reading import is_ready
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
NOT_OURS = frozenset({403, 404})  # not ours to read, or served without slices
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
    names = {node["metadata"]["name"] for node in nodes}
    for place, count in _sliced(cluster).items():
        if place[0] in names:
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


def _sliced(cluster: Cluster) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for place, devices in devices_of_slices(cluster).items():
        marks = next(row for row in rows("vendors") if row["name"] == place[1]).get("whole") or {}
        found[place] = sum(_is_whole(each, marks) for each in devices)
    return found


def devices_of_slices(cluster: Cluster) -> dict[Place, list[Item]]:
    """Return the devices that the current slices of known drivers list per node, parts of devices as well."""
    found: dict[Place, list[Item]] = defaultdict(list)
    for (node, _pool), slices in _pools(cluster).items():
        newest = max(each["pool"].get("generation", 0) for each in slices)
        for each in slices:
            vendor = next((row for row in rows("vendors") if each["driver"] in (row.get("drivers") or [])), None)
            if vendor and each["pool"].get("generation", 0) == newest:
                found[node, vendor["name"]] += each.get("devices") or []
    return found


def _pools(cluster: Cluster) -> dict[tuple[str, str], list[Item]]:
    """Return the specs of the slices that belong to a node, by node and pool."""
    pools: dict[tuple[str, str], list[Item]] = defaultdict(list)
    versions = cluster.discovery.versions("resource.k8s.io")
    try:
        resource = cluster.resource(f"resource.k8s.io/{versions[0]}", "ResourceSlice") if versions else None
        for item in cluster.pages(resource) if resource else ():
            spec = item["spec"]
            if spec.get("nodeName"):
                pools[spec["nodeName"], f"{spec['driver']}/{spec['pool']['name']}"].append(spec)
    except ClusterError as error:
        if error.status not in NOT_OURS:
            raise
        return {}
    return pools


def _is_whole(device: Item, marks: Item) -> bool:
    """True if a device is no part of another one, as far as its attributes tell."""
    attributes = attributes_of(device)
    told = {key: attributes[key] for key in marks if key in attributes}
    return all(marks[key] == value for key, value in told.items())


def attributes_of(device: Item) -> Item:
    """Return the values of a device's attributes, wherever the version of the API has them."""
    typed = {**(device.get("attributes") or {}), **((device.get("basic") or {}).get("attributes") or {})}
    return {name: next(iter(value.values()), None) for name, value in typed.items()}
