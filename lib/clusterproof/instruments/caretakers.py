"""What looks after drivers, container runtimes and devices: DaemonSets, and the nodes where they do it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.equipment import Equipment, marked, matches
from clusterproof.cluster.reading import condition_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


@dataclass
class Caretakers:
    """The DaemonSets that look after drivers, runtimes and devices, and where their pods are ready."""

    cluster: Cluster
    nodes: tuple[Equipment, ...]

    def sets(self) -> list[tuple[str, str, Item]]:
        """Return vendor, purpose and DaemonSet of each; one that wants no node is not in use."""
        vendors = {each.vendor["name"]: each.vendor for each in self.nodes}
        items = list(self.cluster.pages(self.cluster.resource("apps/v1", "DaemonSet")))
        return [
            (name, purpose, item)
            for name, row in vendors.items()
            for purpose, by in (row.get("looked_after") or {}).items()
            for item in items
            if matches(item["metadata"]["name"], by["names"]) and _wanted(item)
        ]

    def unready(self) -> dict[str, str]:
        """Return the DaemonSets that are not ready on all nodes where they want to be, or not up to date there."""
        found = {}
        for _, _, item in self.sets():
            status, wanted = item["status"], _wanted(item)
            seen = status.get("observedGeneration") == item["metadata"].get("generation")
            ready = min(int(status.get(key) or 0) for key in ("numberReady", "updatedNumberScheduled"))
            if not seen or ready < wanted:
                found[item["metadata"]["name"]] = f"{ready} of {wanted} ready and up to date"
        return found

    def uncovered(self) -> dict[str, list[str]]:
        """Return, for each purpose that somebody cares for, the nodes where nobody does."""
        ready = self._ready()
        covered: dict[tuple[str, str], set[str]] = defaultdict(set)
        for vendor, purpose, item in self.sets():
            covered[vendor, purpose] |= ready[item["metadata"]["uid"]]
        gaps = {
            f"{purpose} of {vendor}": [each.node for each in self.nodes if self._lacks(each, vendor, purpose, there)]
            for (vendor, purpose), there in covered.items()
        }
        return {purpose: nodes for purpose, nodes in gaps.items() if nodes}

    def _lacks(self, own: Equipment, vendor: str, purpose: str, there: Iterable[str]) -> bool:
        if own.vendor["name"] != vendor or own.node in there:
            return False
        return not marked(own.labels, own.vendor["looked_after"][purpose].get("but_not_on", ()))

    def _ready(self) -> dict[str, set[str]]:
        """Return the nodes with a ready pod, by the uid of the pod's owner."""
        found: dict[str, set[str]] = defaultdict(set)
        for pod in self.cluster.pages(self.cluster.resource("v1", "Pod")):
            if condition_of(pod.get("status") or {}, "Ready") == "True":
                for owner in pod["metadata"].get("ownerReferences") or []:
                    found[owner["uid"]].add(pod["spec"].get("nodeName", ""))
        return found


def _wanted(item: Item) -> int:
    return int((item.get("status") or {}).get("desiredNumberScheduled") or 0)
