"""What a check has put into the cluster, with verbs to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.labels import NAME
from clusterproof.cluster.reading import condition_of

if TYPE_CHECKING:
    from collections.abc import Callable

Item = dict[str, Any]
_OVER = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True)
class Thing:
    """The objects of one template, and the pods that carry its name.

    All verbs that look read what the watches hold, so they are cheap and can be used as probes.
    """

    name: str
    objects: tuple[Item, ...]
    _items: Callable[[str], list[Item]]
    """Kind to the objects of the check's namespace as last seen."""
    _delete: Callable[[Item], None]

    def pods(self) -> list[Item]:
        """Return the pods of this thing that are not being deleted."""
        mine = (pod for pod in self._items("Pod") if (pod["metadata"].get("labels") or {}).get(NAME) == self.name)
        return [pod for pod in mine if not pod["metadata"].get("deletionTimestamp")]

    def bound(self) -> int:
        """Return how many of its pods have a node, whatever any other object's status says."""
        return sum(1 for pod in self.pods() if pod["spec"].get("nodeName"))

    def running(self) -> int:
        """Return how many of its pods run."""
        return sum(1 for pod in self.pods() if pod.get("status", {}).get("phase") == "Running")

    def left(self) -> int:
        """Return how many of its pods still exist, those being deleted too, finished ones not."""
        mine = (pod for pod in self._items("Pod") if (pod["metadata"].get("labels") or {}).get(NAME) == self.name)
        return sum(1 for pod in mine if pod.get("status", {}).get("phase") not in _OVER)

    def now(self, kind: str) -> Item:
        """Return this thing's object of a kind as last seen; empty if it does not exist."""
        names = {item["metadata"]["name"] for item in self.objects if item["kind"] == kind}
        return next((item for item in self._items(kind) if item["metadata"]["name"] in names), {})

    def condition(self, kind: str, condition: str) -> str:
        """Return the status of a condition of this thing's object; empty if it is not there."""
        return condition_of(self.now(kind).get("status") or {}, condition)

    def delete(self) -> None:
        """Delete its objects, the last one created first."""
        for item in reversed(self.objects):
            self._delete(item)
