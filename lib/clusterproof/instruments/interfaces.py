"""Network interfaces that a cluster advertises as devices: what they are, where they are, and who has them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.inventory import Capacity
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
GROUP = "resource.k8s.io"
COMPARED = ("string", "int", "bool")
"""Kinds of values that an expression can compare with what JSON has; versions and lists it cannot."""


@dataclass(frozen=True)
class Device:
    """One device of a ResourceSlice."""

    driver: str
    pool: str
    name: str
    node: str
    """Empty where it does not belong to a single node."""
    attributes: dict[str, Any]
    """Values by full name, ``domain/name``."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What claims call it by."""
        return self.driver, self.pool, self.name

    @property
    def label(self) -> str:
        """What people call it by."""
        return f"{self.node or self.pool}: {self.name}"

    def tells(self, names: Iterable[str]) -> dict[str, Any]:
        """Return its characteristics: the attributes that do more than name it."""
        return {key: value for key, value in self.attributes.items() if key.rpartition("/")[2] not in set(names)}


def devices(cluster: Cluster, patterns: Sequence[str]) -> list[Device]:
    """Return the devices of some drivers, as the newest slices of each pool list them."""
    versions = cluster.discovery.versions(GROUP)
    pools: dict[tuple[str, str], list[Item]] = defaultdict(list)
    try:
        slices = cluster.pages(cluster.resource(f"{GROUP}/{versions[0]}", "ResourceSlice")) if versions else ()
        for spec in (item["spec"] for item in slices):
            if any(fnmatchcase(spec["driver"], pattern) for pattern in patterns):
                pools[spec["driver"], spec["pool"]["name"]].append(spec)
    except ClusterError as error:
        if error.status != 404:  # noqa: PLR2004 - the group is served without slices
            raise
    found = [_device(spec, item) for specs in pools.values() for spec in _newest(specs) for item in _listed(spec)]
    return sorted(found, key=lambda each: (each.node, each.name))


def _newest(specs: list[Item]) -> list[Item]:
    newest = max(spec["pool"].get("generation", 0) for spec in specs)
    return [spec for spec in specs if spec["pool"].get("generation", 0) == newest]


def _listed(spec: Item) -> list[Item]:
    return spec.get("devices") or []


def _device(spec: Item, item: Item) -> Device:
    told = item.get("attributes") or (item.get("basic") or {}).get("attributes") or {}
    attributes = {
        name if "/" in name else f"{spec['driver']}/{name}": value[kind]
        for name, value in told.items()
        for kind in COMPARED
        if kind in value
    }
    node = spec.get("nodeName") or item.get("nodeName") or ""
    return Device(spec["driver"], spec["pool"]["name"], item["name"], node, attributes)


def taken(cluster: Cluster) -> set[tuple[str, str, str]]:
    """Return the devices that claims hold, by what claims call them."""
    versions = cluster.discovery.versions(GROUP)
    claims = cluster.pages(cluster.resource(f"{GROUP}/{versions[0]}", "ResourceClaim"))
    return {(each["driver"], each["pool"], each["device"]) for claim in claims for each in results(claim)}


def results(claim: Item) -> list[Item]:
    """Return what has been allocated for a claim."""
    allocation = (claim.get("status") or {}).get("allocation") or {}
    found: list[Item] = (allocation.get("devices") or {}).get("results") or []
    return found


def expression(wanted: dict[str, Any], driver: str) -> str:
    """Return an expression that is true of a driver's devices with all of these attributes, and never an error."""
    parts = [f"device.driver == {json.dumps(driver)}"]
    for name, value in sorted(wanted.items()):
        domain, _, own = name.rpartition("/")
        place = f"device.attributes[{json.dumps(domain)}]"
        parts += [f"{json.dumps(own)} in {place}", f"{place}[{json.dumps(own)}] == {json.dumps(value)}"]
    return " && ".join(parts)


def rarest(free: Sequence[Device], names: Sequence[str]) -> list[Device]:
    """Return the interfaces that share all characteristics with as few others as possible; of several, the last."""
    alike: dict[str, list[Device]] = defaultdict(list)
    for each in free:
        alike[json.dumps([each.driver, each.tells(names)], sort_keys=True)].append(each)
    return min(reversed(alike.values()), key=len)


def aligned(accelerators: Sequence[Device], interfaces: Sequence[Device], root: str) -> list[tuple[Device, Device]]:
    """Return the pairs of an accelerator and an interface of one node that share a root."""
    return [
        (one, other)
        for one in accelerators
        for other in interfaces
        if one.node == other.node and one.attributes.get(root) and _root(one, root) == _root(other, root)
    ]


def alone(accelerators: Sequence[Device], interfaces: Sequence[Device], root: str) -> list[Device]:
    """Return the interfaces that have accelerators on their node and share a root with none of them."""
    together = {other.key for _, other in aligned(accelerators, interfaces, root)}
    nodes = {each.node for each in accelerators if _root(each, root)}
    return [each for each in interfaces if each.key not in together and each.node in nodes and _root(each, root)]


def _root(device: Device, root: str) -> str:
    return str(device.attributes.get(root) or "")


def tolerate(bench: Bench, nodes: set[str]) -> None:
    """Let the pods of the check run on some nodes in spite of their taints."""
    if bench.values.tolerations is not None:
        bench.ledger.defaults["tolerations"] = bench.values.tolerations
        return
    seen = Capacity()
    for node in bench.cluster.pages(bench.cluster.resource("v1", "Node")):
        if node["metadata"]["name"] in nodes:
            seen.taints += [taint for taint in node["spec"].get("taints") or [] if taint not in seen.taints]
    bench.ledger.defaults["tolerations"] = seen.tolerations()
