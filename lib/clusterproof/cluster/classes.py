"""How many devices of a DeviceClass pods can get on which node, where they ask for them as for an extended resource."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.expressions import satisfies
from clusterproof.cluster.slices import KEEPS_OUT, Device, Pool, pools, read
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
Key = tuple[str, str, str]
Counters = dict[tuple[str, str], "Decimal"]


@dataclass
class Offer:
    """What a class offers on the nodes that are asked about."""

    name: str
    """Of the class."""
    total: Counter[str] = field(default_factory=Counter)
    """Node to devices that satisfy the class."""
    free: Counter[str] = field(default_factory=Counter)
    """Node to how many of them one claim after the other can still get."""
    drivers: set[str] = field(default_factory=set)
    uncountable: str = ""
    """Why nobody can say how many there are; empty if the numbers hold."""


def classes(cluster: Cluster) -> list[Item]:
    """Return the DeviceClasses, those that win where several bear one extended resource's name first.

    That is the one created last, and among those of the same time the first one by name.
    """
    by_name = sorted(read(cluster, "DeviceClass"), key=lambda item: item["metadata"]["name"])
    return sorted(by_name, key=lambda item: item["metadata"].get("creationTimestamp") or "", reverse=True)


def bears(item: Item) -> str:
    """Return the extended resource whose name a class bears; empty if none."""
    return str(item["spec"].get("extendedResourceName") or "")


def behind(resource: str, known: Iterable[Item]) -> Item | None:
    """Return the class whose devices a pod gets that asks for an extended resource; None if there is none."""
    own = resource.removeprefix(BY_CLASS) if resource.startswith(BY_CLASS) else ""
    return next((item for item in known if (item["metadata"]["name"] == own if own else bears(item) == resource)), None)


@dataclass(frozen=True)
class Books:
    """What drivers list, what claims have, and what rules keep from new claims."""

    pools: list[Pool]
    claimed: Counter[Key]
    ruled: list[Item]

    @classmethod
    def read(cls, cluster: Cluster) -> Books:
        """Read all of it.

        Raises:
            ClusterError: claims may not be read, so that nobody knows which devices are free.
        """
        return cls([pool for pool in pools(cluster) if pool.complete], taken(cluster), rules(cluster))

    def offer(self, item: Item, nodes: Sequence[Item]) -> Offer:
        """Count the devices of a class on some nodes; given out in the order in which they are listed."""
        seen = Offer(item["metadata"]["name"])
        for pool in self.pools:
            left = _left(pool, self.claimed)
            for device in pool.devices():
                places = [node["metadata"]["name"] for node in nodes if device.usable_on(node)]
                if places and _counts(seen, item, device, places) and self._is_free(device, left):
                    seen.free[places[0]] += 1
        return seen

    def _is_free(self, device: Device, left: Counters) -> bool:
        if self.claimed[device.key] or device.tainted or _kept_out(device, self.ruled):
            return False
        return _consumes(device, left)


def _counts(seen: Offer, item: Item, device: Device, places: Sequence[str]) -> bool:
    """Count a device if it satisfies the class; note where numbers do not hold."""
    fits, name = fitting(item, device), f"{device.driver}/{device.pool}/{device.name}"
    if not fits:
        if fits is None:
            seen.uncountable = f"The kit cannot read whether {name} satisfies the DeviceClass {seen.name}."
        return False
    seen.drivers.add(device.driver)
    seen.total[places[0]] += 1
    if device.shared or len(places) > 1:
        seen.uncountable = f"{name} can be had by several {'claims' if device.shared else 'nodes'} at once."
    return True


def fitting(item: Item, device: Device) -> bool | None:
    """Return whether a device satisfies the selectors of a class; None if they cannot be read."""
    found = [(selector.get("cel") or {}).get("expression", "") for selector in item["spec"].get("selectors") or []]
    return satisfies(found, device.driver, device.attributes, shared=device.shared)


def taken(cluster: Cluster) -> Counter[Key]:
    """Return how many claims have each device; those of administrators take nothing from anybody.

    Raises:
        ClusterError: claims may not be read.
    """
    found: Counter[Key] = Counter()
    for claim in read(cluster, "ResourceClaim", frozenset()):
        allocation = (claim.get("status") or {}).get("allocation") or {}
        for result in (allocation.get("devices") or {}).get("results") or []:
            if not result.get("adminAccess"):
                found[result["driver"], result["pool"], result["device"]] += 1
    return found


def rules(cluster: Cluster) -> list[Item]:
    """Return the selectors of the DeviceTaintRules that keep new claims from devices."""
    specs = (item["spec"] for item in read(cluster, "DeviceTaintRule"))
    return [spec["deviceSelector"] for spec in specs if spec.get("deviceSelector") is not None and _keeps_out(spec)]


def _keeps_out(spec: Item) -> bool:
    return (spec.get("taint") or {}).get("effect") in KEEPS_OUT


def _kept_out(device: Device, ruled: Iterable[Mapping[str, str]]) -> bool:
    own = {"driver": device.driver, "pool": device.pool, "device": device.name}
    return any(all(own.get(key) == value for key, value in rule.items()) for rule in ruled)


def _left(pool: Pool, claimed: Counter[Key]) -> Counters:
    """Return what the devices that claims have leave of a pool's counters."""
    left = {key: _quantity(value) for key, value in pool.counters().items()}
    for device in pool.devices():
        if claimed[device.key]:
            for key, wanted in _wanted(device).items():
                left[key] = left.get(key, _quantity("0")) - wanted
    return left


def _consumes(device: Device, left: Counters) -> bool:
    """Take from the counters what a device needs; return False, with nothing taken, if that is not there."""
    wanted = _wanted(device)
    if any(left.get(key, 0) < value for key, value in wanted.items()):
        return False
    left.update({key: left[key] - value for key, value in wanted.items()})
    return True


def _wanted(device: Device) -> Counters:
    found: Counters = defaultdict(lambda: _quantity("0"))
    for each in device.item.get("consumesCounters") or []:
        for name, value in each["counters"].items():
            found[each["counterSet"], name] += _quantity(value["value"])
    return found


def _quantity(text: Any) -> Decimal:
    from kubernetes.utils import parse_quantity  # noqa: PLC0415 - costs what the client costs

    quantity: Decimal = parse_quantity(text)
    return quantity
