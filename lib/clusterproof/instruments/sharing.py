"""Shares of accelerators: which nodes offer them, as what, and on how many devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.equipment import Equipment, equipment, marked, matches
from clusterproof.cluster.quantities import whole

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
TURNS, PARTS = "turns", "parts"


@dataclass(frozen=True)
class Shares:
    """What one node offers of one vendor's devices."""

    node: str
    vendor: str
    how: str
    """Pods take ``turns`` on a whole device, or have ``parts`` of it."""
    resource: str
    """What to ask for; empty if the node only says that it shares."""
    units: int
    physical: int
    """Devices behind them; 0 where nothing tells, or where a part is one by its name."""

    def wanting(self) -> str:
        """Say what the node promises and does not offer; empty if it does."""
        if self.units > self.physical:
            return ""
        devices = f" on {self.physical} devices" if self.physical else ""
        return f"{self.units} of {self.resource or 'any resource'}{devices}"


def shares(cluster: Cluster) -> list[Shares]:
    """Return what the nodes offer that say, by a label or by a resource, that they share accelerators."""
    found = [_shares(each, how) for each in equipment(cluster) for how in (PARTS, TURNS)]
    return [each for each in found if each]


def _shares(own: Equipment, how: str) -> Shares | None:
    marks = (own.vendor.get("shares") or {}).get(how) or {}
    by_name = {
        name: units for name, units in own.resources.items() if units and matches(name, marks.get("resources", ()))
    }
    told = marked(own.labels, marks.get("labels", ()))
    each = max((whole(own.labels[label]) for label in marks.get("each", ()) if label in own.labels), default=0)
    if not (by_name or told or each > 1):
        return None
    offered = by_name or own.resources
    resource = max(sorted(name for name, units in offered.items() if units), key=lambda name: offered[name], default="")
    units = offered.get(resource, 0)
    return Shares(
        own.node, own.vendor["name"], how, resource, units, _physical(own, units, each) if how == TURNS else 0
    )


def _physical(own: Equipment, units: int, each: int) -> int:
    """Return the devices behind shares; without a label that counts them, as many as the shares of each make."""
    counted = any(label in own.labels for label in own.vendor.get("count_labels", ()))
    return own.physical if counted else units // max(1, each)


def looked_for() -> str:
    """Return what would show that a node shares accelerators, for people."""
    known = [marks for row in rows("vendors") for marks in (row.get("shares") or {}).values()]
    resources = sorted({name for marks in known for name in marks.get("resources", ())})
    labels = {key for marks in known for mark in marks.get("labels", ()) for key in mark}
    labels |= {key for marks in known for key in marks.get("each", ())}
    return f"the resources {', '.join(resources)}, and the labels {', '.join(sorted(labels))} of nodes"


def shared_devices(cluster: Cluster) -> int:
    """Return how many devices the drivers list that several claims may have, or that are parts of others."""
    devices = [device for each in equipment(cluster) for device in each.devices]
    return sum(bool(each.get("allowMultipleAllocations") or each.get("consumesCounters")) for each in devices)
