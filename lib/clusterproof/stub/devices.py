"""Devices that do not exist, as ``exporter.py`` tells of them: busy as far as pods on their node hold them.

What a vendor calls its metrics and labels stands in ``shapes.json``.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

Item = dict[str, Any]
MEMORY, USED = 80 << 30, 10 << 30  # bytes that a device has, and that a pod uses of them
LOAD = 90.0  # percent
IDLE_WATTS, BUSY_WATTS = 60.0, 600.0
HOUR = 3600.0  # seconds
OVER = ("Succeeded", "Failed")
OTHER = {"name": "somebody-else", "namespace": "default"}
FAULTS = {
    "page": "a page for people instead of metrics",
    "nothing": "descriptions without samples",
    "one_missing": "the last device is not told of",
    "one_too_many": "a device is told of that does not exist",
    "no_number": "the load is no number",
    "beyond": "the load is beyond 100 percent",
    "overfull": "more memory is used than there is",
    "still": "every value stays as it was first",
    "flat": "the load does not follow",
    "empty": "the memory does not follow",
    "elsewhere": "pods of other nodes count instead of those of the own one",
    "everywhere": "pods of all nodes count",
    "crossed": "a pod's load is told of another device",
    "sticky": "a device stays busy for ever",
    "old": "every value bears the time of an hour ago",
    "misdeclared": "what it tells is called a page",
    "mib_twice": "memory is told a million times too large",
    "never_mib": "memory is told a million times too small",
    "whole_node": "all devices of a node are told to be busy where one is",
    "misnamed": "somebody else is told to hold what a pod holds",
    "as_ratio": "the load is told as a share, and called percent",
    "restless": "the load comes and goes by itself",
    "hoards": "memory that was used once is told to be used for ever",
}


class Devices:
    """The devices of one shape on one node, and who holds them."""

    def __init__(self, node: str, given: Item, faults: frozenset[str]) -> None:
        self._shape = given["shape"] if isinstance(given["shape"], dict) else shapes()[given["shape"]]
        self._node = node
        self._resource = given.get("resource", "")
        self._faults = faults
        self._count = int(given["count"])
        self._holders: dict[int, Item] = {}
        self._told = self._count - ("one_missing" in faults) + ("one_too_many" in faults)
        self._joules = [0.0] * self._told
        self._used: set[int] = set()
        self._scrapes = 0
        self._at = self._began = time.monotonic()

    def see(self, pods: list[Item]) -> None:
        """Let devices be held by pods of this node, and keep each with the pod that has it already."""
        holders = {pod["metadata"]["uid"]: pod for pod in pods if self._holds(pod)}
        for index, pod in list(self._holders.items()):
            if holders.pop(pod["metadata"]["uid"], None) is None and "sticky" not in self._faults:
                del self._holders[index]
        for pod in holders.values():
            free = [index for index in range(self._count) if index not in self._holders]
            for index in free[: _wants(pod, self._resource)]:
                self._holders[index] = pod

    def _holds(self, pod: Item) -> bool:
        here = pod["spec"].get("nodeName") == self._node
        counts = "everywhere" in self._faults or here != ("elsewhere" in self._faults)
        running = pod["spec"].get("nodeName") and (pod.get("status") or {}).get("phase") not in OVER
        return bool(counts and running and self._resource and _wants(pod, self._resource))

    def lines(self, without: frozenset[str]) -> list[str]:
        """Return all samples."""
        self._use_energy()
        self._scrapes += 1
        at = f" {(time.time() - HOUR) * 1000:.0f}" if "old" in self._faults else ""
        lines: list[str] = []
        for family in self._shape["families"]:
            if family["tells"] in without:
                continue
            lines += [f"# HELP {family['name']} {family['tells']}", f"# TYPE {family['name']} {family['type']}"]
            for index in range(self._told) if "nothing" not in self._faults else ():
                value = self._value(index, family["tells"])
                if value is not None:
                    labels = ",".join(f'{key}="{text}"' for key, text in self._labels(index, family).items())
                    lines.append(f"{family['name']}{{{labels}}} {value * family.get('scale', 1.0):.6f}{at}")
        return lines

    def _use_energy(self) -> None:
        now, since, self._at = time.monotonic(), self._at, time.monotonic()
        for index in range(self._told):
            self._joules[index] += (now - since) * (BUSY_WATTS if self._busy(index) else IDLE_WATTS)

    def _busy(self, index: int) -> bool:
        """True if a device works; crossed, it is the next one that does."""
        if "whole_node" in self._faults:
            return bool(self._holders)
        return ((index + 1) % self._count if "crossed" in self._faults else index) in self._holders

    def _value(self, index: int, tells: str) -> float | None:
        """Return a value in percent, bytes, degrees, watts, joules; None where this shape tells it in use only."""
        busy = self._busy(index)
        if self._shape.get("only_in_use") and not busy:
            return None
        went = 0.0 if "still" in self._faults else time.monotonic() - self._began
        values = {
            "utilisation": self._load(index, busy=busy),
            "copying": self._load(index, busy=busy) / 2,
            "temperature": 70.0 if busy else 30.0,
            "power": BUSY_WATTS if busy else IDLE_WATTS,
            "energy": 0.0 if "still" in self._faults else self._joules[index],
            "traffic": went * 1e6,
        }
        return float({**values, **self._memory(index, busy=busy)}[tells])

    def _memory(self, index: int, *, busy: bool) -> dict[str, float]:
        """Return what is used, free, and there, in bytes."""
        self._used |= {index} if busy else set()
        fills = busy or ("hoards" in self._faults and index in self._used)
        used = MEMORY << 1 if "overfull" in self._faults else USED * (fills and not self._faults & {"empty", "still"})
        wrong = 2.0 ** (20 * (("mib_twice" in self._faults) - ("never_mib" in self._faults)))
        own = {"memory_used": used, "memory_free": max(0, MEMORY - used), "memory_total": MEMORY}
        return {tells: bytes_ * wrong for tells, bytes_ in own.items()}

    def _load(self, index: int, *, busy: bool) -> float:
        if "no_number" in self._faults:
            return float("nan")
        if "beyond" in self._faults:
            return 100.0 + LOAD
        if "restless" in self._faults:
            return LOAD * ((self._scrapes + index) % 2)
        load = LOAD if busy and not self._faults & {"flat", "still"} else 0.0
        return load / 100 if "as_ratio" in self._faults else load

    def _labels(self, index: int, family: Item) -> dict[str, str]:
        own = {**self._shape["labels"], **family.get("labels", {})}
        labels = {key: text.format(index=index, node=self._node) for key, text in own.items()}
        holder = self._holders.get(index)
        if holder:
            named = OTHER if "misnamed" in self._faults else holder["metadata"]
            labels |= {key: named[field] for key, field in self._shape.get("workload", {}).items()}
        return labels


def shapes() -> Item:
    """Return the shapes of vendors' exporters, by name."""
    known: Item = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
    return known


def _wants(pod: Item, resource: str) -> int:
    limits = [(each.get("resources") or {}).get("limits") or {} for each in pod["spec"]["containers"]]
    return sum(int(each.get(resource, 0)) for each in limits)
