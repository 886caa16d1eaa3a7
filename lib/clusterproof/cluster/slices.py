"""Devices of Dynamic Resource Allocation as the scheduler reads them: by pools, out of what drivers list in slices.

Of a pool only the newest generation counts, and only once all of its slices are there and no name is in it twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster import labels
from clusterproof.cluster.places import selected
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
GROUP = "resource.k8s.io"
NOT_OURS = frozenset({403, 404})  # not ours to read, or not served
KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})


@dataclass(frozen=True)
class Device:
    """One device of a pool that is complete."""

    driver: str
    pool: str
    name: str
    place: Item
    """What says on which nodes it can be used: ``nodeName``, ``nodeSelector`` or ``allNodes``."""
    item: Item
    """As it is listed."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Tells it from all other devices."""
        return self.driver, self.pool, self.name

    @property
    def shared(self) -> bool:
        """True if several claims may have it."""
        return bool(self.item.get("allowMultipleAllocations"))

    @property
    def tainted(self) -> bool:
        """True if its driver keeps new claims from it."""
        return any(taint.get("effect") in KEEPS_OUT for taint in self.item.get("taints") or [])

    @property
    def attributes(self) -> Item:
        """Values of its attributes, wherever the version of the API has them."""
        return attributes_of(self.item)

    def usable_on(self, node: Item) -> bool:
        """True if a pod on a node can have it."""
        if self.place.get("nodeName"):
            return bool(self.place["nodeName"] == node["metadata"]["name"])
        return bool(self.place.get("allNodes")) or selected(self.place.get("nodeSelector") or {}, node)


@dataclass(frozen=True)
class Pool:
    """The newest slices of one pool."""

    driver: str
    name: str
    specs: tuple[Item, ...]

    @property
    def complete(self) -> bool:
        """True if all slices of the newest generation are there and the scheduler gives out devices of theirs."""
        names = [device["name"] for spec in self.specs for device in spec.get("devices") or []]
        wanted = (self.specs[0].get("pool") or {}).get("resourceSliceCount", len(self.specs))
        return len(self.specs) == wanted and len(names) == len(set(names))

    def devices(self) -> Iterator[Device]:
        """Yield its devices in the order in which they are listed."""
        for spec in self.specs:
            for listed in spec.get("devices") or []:
                item = {**listed, **(listed.get("basic") or {})}
                place = item if spec.get("perDeviceNodeSelection") else spec
                yield Device(self.driver, self.name, item["name"], place, item)

    def counters(self) -> dict[tuple[str, str], Any]:
        """Return what its devices use together, by counter set and counter."""
        sets = [each for spec in self.specs for each in spec.get("sharedCounters") or []]
        return {(each["name"], name): value["value"] for each in sets for name, value in each["counters"].items()}


def pools(cluster: Cluster) -> list[Pool]:
    """Return the newest generation of every pool; none where slices are not served or not ours to read."""
    found: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in read(cluster, "ResourceSlice"):
        spec = item["spec"]
        key = spec["driver"], (spec.get("pool") or {}).get("name", "")
        newest = max((_generation(each) for each in found[key]), default=-1)
        if _generation(spec) > newest:
            found[key] = [spec]
        elif _generation(spec) == newest:
            found[key].append(spec)
    return [Pool(*key, tuple(specs)) for key, specs in found.items()]


def counted(cluster: Cluster) -> Counter[str]:
    """Return driver to number of devices in pools that are complete, without holding any slice.

    What a run lists for its own pods, of this run or of one beside it, is none of the cluster's.
    """
    found: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    for item in read(cluster, "ResourceSlice"):
        if labels.RUN in (item["metadata"].get("labels") or {}):
            continue
        spec, pool = item["spec"], item["spec"].get("pool") or {}
        key, listed = (spec["driver"], pool.get("name", "")), len(spec.get("devices") or [])
        newest, slices, devices, wanted = found.get(key, (-1, 0, 0, 0))
        if _generation(spec) > newest:
            newest, slices, devices = _generation(spec), 0, 0
        if _generation(spec) == newest:
            slices, devices, wanted = slices + 1, devices + listed, pool.get("resourceSliceCount", slices + 1)
        found[key] = newest, slices, devices, wanted
    total = Counter(dict.fromkeys((driver for driver, _ in found), 0))
    for (driver, _), (_, slices, devices, wanted) in found.items():
        total[driver] += devices if slices == wanted else 0
    return total


def read(cluster: Cluster, kind: str, missing: frozenset[int] = NOT_OURS) -> Iterator[Item]:
    """Yield the objects of a kind of the group's in the version that the server prefers.

    None where the server does not serve it, or answers with a status out of ``missing``.
    """
    version = next((v for v in cluster.discovery.versions(GROUP) if cluster.discovery.serves(f"{GROUP}/{v}", kind)), "")
    try:
        yield from cluster.pages(cluster.resource(f"{GROUP}/{version}", kind)) if version else ()
    except ClusterError as error:
        if error.status not in missing:
            raise


def _generation(spec: Item) -> int:
    return int((spec.get("pool") or {}).get("generation") or 0)


def attributes_of(device: Item) -> Item:
    """Return the values of a device's attributes, wherever the version of the API has them."""
    typed = {**(device.get("attributes") or {}), **((device.get("basic") or {}).get("attributes") or {})}
    return {name: next(iter(value.values()), None) for name, value in typed.items()}
