"""An exporter of the metrics of devices that do not exist: busy as far as pods on their node hold them.

The testbed runs it in place of the pods of a DaemonSet. It uses the standard library only.
What a vendor calls its metrics and labels stands in ``shapes.json``.

Environment: ``STUB_PORT``; ``STUB_NODE``; ``STUB_SHAPES``, a JSON list of ``{"shape": …, "count": devices, "resource":
what pods hold them by}``; ``STUB_WITHOUT``, meanings not to be told; ``STUB_FAULTS``, words of ``FAULTS``.
"""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from clusterproof.stub import misbehaving

Item = dict[str, Any]
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in to see the metrics.</body></html>\n"
MEMORY, USED = 80 << 30, 10 << 30  # bytes that a device has, and that a pod uses of them
LOAD = 90.0  # percent
IDLE_WATTS, BUSY_WATTS = 60.0, 600.0
OVER = ("Succeeded", "Failed")
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
        lines: list[str] = []
        for family in self._shape["families"]:
            if family["tells"] in without:
                continue
            lines += [f"# HELP {family['name']} {family['tells']}", f"# TYPE {family['name']} {family['type']}"]
            for index in range(self._told) if "nothing" not in self._faults else ():
                value = self._value(index, family["tells"])
                if value is not None:
                    labels = ",".join(f'{key}="{text}"' for key, text in self._labels(index, family).items())
                    lines.append(f"{family['name']}{{{labels}}} {value * family.get('scale', 1.0):.6f}")
        return lines

    def _use_energy(self) -> None:
        now, since, self._at = time.monotonic(), self._at, time.monotonic()
        for index in range(self._told):
            self._joules[index] += (now - since) * (BUSY_WATTS if self._busy(index) else IDLE_WATTS)

    def _busy(self, index: int) -> bool:
        """True if a device works; crossed, it is the next one that does."""
        return ((index + 1) % self._count if "crossed" in self._faults else index) in self._holders

    def _value(self, index: int, tells: str) -> float | None:
        """Return a value in percent, bytes, degrees, watts, joules; None where this shape tells it in use only."""
        busy = self._busy(index)
        if self._shape.get("only_in_use") and not busy:
            return None
        went = 0.0 if "still" in self._faults else time.monotonic() - self._began
        used = MEMORY << 1 if "overfull" in self._faults else USED * (busy and not self._faults & {"empty", "still"})
        values = {
            "utilisation": self._load(busy=busy),
            "copying": self._load(busy=busy) / 2,
            "memory_used": used,
            "memory_free": max(0, MEMORY - used),
            "memory_total": MEMORY,
            "temperature": 70.0 if busy else 30.0,
            "power": BUSY_WATTS if busy else IDLE_WATTS,
            "energy": 0.0 if "still" in self._faults else self._joules[index],
            "traffic": went * 1e6,
        }
        return float(values[tells])

    def _load(self, *, busy: bool) -> float:
        if "no_number" in self._faults:
            return float("nan")
        if "beyond" in self._faults:
            return 100.0 + LOAD
        return LOAD if busy and not self._faults & {"flat", "still"} else 0.0

    def _labels(self, index: int, family: Item) -> dict[str, str]:
        own = {**self._shape["labels"], **family.get("labels", {})}
        labels = {key: text.format(index=index, node=self._node) for key, text in own.items()}
        holder = self._holders.get(index)
        if holder:
            labels |= {key: holder["metadata"][field] for key, field in self._shape.get("workload", {}).items()}
        return labels


class Stub(ThreadingHTTPServer):
    """The server of one node."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], environment: dict[str, str]) -> None:
        faults = misbehaving.faults(environment, FAULTS)
        given = json.loads(environment.get("STUB_SHAPES", "[]"))
        self._faults = faults
        self._without = frozenset(environment.get("STUB_WITHOUT", "").split())
        self._lock = threading.Lock()
        self._devices = [Devices(environment.get("STUB_NODE", ""), each, faults) for each in given]
        super().__init__(address, Handler)

    def see(self, pods: list[Item]) -> None:
        """Take notice of all pods of the cluster."""
        with self._lock:
            for devices in self._devices:
                devices.see(pods)

    def told(self) -> str:
        """Return what it tells."""
        if "page" in self._faults:
            return PAGE
        with self._lock:
            lines = [line for devices in self._devices for line in devices.lines(self._without)]
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Stub

    def do_GET(self) -> None:
        """Tell the metrics, whatever the path."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TEXT)
        self.end_headers()
        self.wfile.write(self.server.told().encode())

    def log_message(self, *_args: object) -> None:
        """Stay silent."""


def shapes() -> Item:
    """Return the shapes of vendors' exporters, by name."""
    known: Item = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
    return known


def _wants(pod: Item, resource: str) -> int:
    limits = [(each.get("resources") or {}).get("limits") or {} for each in pod["spec"]["containers"]]
    return sum(int(each.get(resource, 0)) for each in limits)


def serve(address: str, environment: dict[str, str]) -> Stub:
    """Return a server that has begun to listen."""
    return misbehaving.begun(Stub((address, int(environment.get("STUB_PORT", "9400"))), environment))
