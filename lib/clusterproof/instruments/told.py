"""What exporters tell of a cluster's accelerators, as the claims about them need it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.cluster.accelerators import OWN_ROWS, is_simulated
from clusterproof.cluster.advertised import Place, advertised, vendor_of
from clusterproof.cluster.exporters import MEANINGS, exporters
from clusterproof.instruments.telemetry import How, Look, Source, find, label, look
from clusterproof.model import Evidence, EvidenceKind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.exposition import Device

Item = dict[str, Any]
ALIVE = frozenset({"temperature", "power", "interconnect"})  # what changes also where nobody works
STALE = 300.0  # seconds; what is older is not told any more by those who collect it
SMALL, LARGE = 64 << 20, 16 << 40  # bytes that the memory of a device has at least and at most
TIGHT = 1e-6  # relative: sums of numbers that were rounded before


@dataclass
class Told:
    """The accelerators of a cluster and what is told of them."""

    bench: Bench
    wanted: dict[Place, int]
    """Devices per node and vendor; 0 where nothing tells how many."""
    sources: list[Source]
    simulated: bool
    """True if no kubelet stands behind any node with accelerators."""
    latest: Look = field(default_factory=Look)
    first: Look = field(default_factory=Look)

    @classmethod
    def of(cls, bench: Bench) -> Told:
        """Find out what there is.

        Raises:
            Inconclusive: SKIP without accelerators or exporters, UNKNOWN where the table lacks a row.
        """
        resource = bench.values.resource_name
        if resource and not vendor_of(resource):
            bench.unknown(f"No row of accelerators.yaml has the resource {resource}. {_row_for(resource)}")
        wanted = advertised(bench.cluster)
        if not wanted:
            bench.skip(Reason.NO_ACCELERATOR, "No node that is ready advertises an accelerator that the table knows.")
        told = cls(bench, wanted, find(bench, wanted), _simulated(bench, {node for node, _ in wanted}))
        told.latest = told.now()
        told._know()
        told.first = told.latest
        return told

    def now(self) -> Look:
        """Ask all exporters."""
        return look(self.sources, self.wanted)

    def covered(self) -> list[str]:
        """Return where there are exporters now; one may be starting only now."""
        self.sources = find(self.bench, self.wanted)
        self.latest = self.now()
        sure = {source.node for source in self.sources if source.how is not How.ANNOUNCED}
        return [label(place) for place in self.wanted if {"", place[0]} & sure or self.latest.devices[place]]

    def places(self) -> list[str]:
        """Return where there are accelerators."""
        return [label(place) for place in self.wanted]

    def unreadable(self) -> dict[str, str]:
        """Return which exporters cannot be read now, and why."""
        self.latest = self.now()
        return self.latest.problems

    def advertised(self) -> dict[str, int]:
        """Return how many devices there should be; as many as are told of where nothing says."""
        return {label(place): self._expected(place) for place in self.wanted}

    def counted(self) -> dict[str, int]:
        """Return how many devices are told of."""
        return {label(place): len(found) or self._silent(place) for place, found in self.latest.devices.items()}

    def without(self, meaning: str) -> list[str]:
        """Return the devices of which a value is not told."""
        return [name for name, device in self.latest.each() if meaning not in device.values]

    def outside(self, meaning: str, most: float) -> dict[str, str]:
        """Return the values that are no number, negative, or larger than they can be."""
        values = {name: device.values[meaning] for name, device in self.latest.each() if meaning in device.values}
        return {name: str(value) for name, value in values.items() if not 0 <= value <= most}

    def overfull(self) -> dict[str, str]:
        """Return the devices whose memory in use cannot be; what they have is told of most, not all."""
        found = {}
        for name, device in self.latest.each():
            used, total = (device.values.get(meaning, math.inf) for meaning in ("memory_used", "memory_total"))
            if not 0 <= used < math.inf or not used <= total * (1 + TIGHT):
                found[name] = f"{used:.0f} of {total:.0f} bytes"
        return found

    def missized(self) -> dict[str, str]:
        """Return the devices that have, or use, as much memory as none has: their unit is mistaken."""
        found = {}
        for name, device in self.latest.each():
            used, total = (device.values.get(meaning) for meaning in ("memory_used", "memory_total"))
            if (total is not None and not SMALL <= total <= LARGE) or (used or 0) > LARGE:
                found[name] = f"{used} of {total} bytes"
        return found

    def aged(self) -> dict[str, str]:
        """Return the devices of which something is told that bears a time, and not the present one."""
        now, found = time.time(), {}
        for name, device in self.latest.each():
            ages = [now - sample.at for sample in device.raw if sample.at is not None]
            if any(abs(age) > STALE for age in ages):
                found[name] = f"{max(ages, key=abs):.0f} s old"
        return found

    def moved(self) -> list[str]:
        """Return where a value has changed since the first look, or where nothing is told that would while all rest."""
        self.latest = self.now()
        old, new = self.first.devices, self.latest.devices
        return [
            label(place)
            for place in self.wanted
            if _raw(old[place]) != _raw(new[place])
            or not any(ALIVE & device.values.keys() for device in new[place].values())
        ]

    def evidence(self) -> tuple[Evidence, ...]:
        """Return every value that is told of every device, those that are only recommended as well."""
        lines = [_line(name, device) for name, device in self.latest.each()]
        title = "What is told of each device (percent, bytes, degrees Celsius, watts)"
        return (redact.evidence(title, EvidenceKind.METRIC, "\n".join(lines)),) if lines else ()

    def _expected(self, place: Place) -> int:
        return self.wanted[place] or max(1, len(self.latest.devices[place]))

    def _silent(self, place: Place) -> int:
        """Return what counts for no series at all: nothing, or all that there is where series come only with use."""
        quiet = any(row.only_in_use for row in exporters(place[1]))
        return self._expected(place) if quiet else 0

    def _know(self) -> None:
        """End the check if there is nothing that could be read."""
        for where, why in self.latest.closed.items():
            self.bench.skip(
                Reason.UNREACHABLE_FROM_HERE,
                f"The exporter {where} does not let us in ({why}): grant `get pods/proxy`, or name an address where "
                "it answers without a login with -p metrics_endpoints.",
            )
        sure = any(source.how is not How.ANNOUNCED for source in self.sources)
        if any(self.latest.devices.values()) or (sure and not self.latest.strangers):
            return
        vendors = " or ".join(sorted({vendor for _, vendor in self.wanted}))
        for where, names in self.latest.strangers.items():
            self.bench.unknown(
                f"{where} tells metrics, and no row about {vendors} knows any of their names "
                f"({', '.join(names[:5])}). {_row_for(vendors)}"
            )
        self.bench.skip(
            Reason.NOT_INSTALLED,
            f"No exporter of the metrics of {vendors} runs on their nodes; name one with -p metrics_endpoints, or "
            "add a row about it to accelerators.yaml.",
        )


def _row_for(whose: str) -> str:
    """Return what to add to the table."""
    return (
        f"Add a row about {whose} to a file of your own, named in {OWN_ROWS}: name, resources, and exporters with "
        "pods, port, device and families; accelerators.yaml explains them."
    )


def _simulated(bench: Bench, names: Iterable[str]) -> bool:
    nodes = bench.cluster.pages(bench.cluster.resource("v1", "Node"))
    wanted = set(names)
    return all(is_simulated(node) for node in nodes if node["metadata"]["name"] in wanted)


def _raw(devices: dict[str, Device]) -> Item:
    return {name: device.raw for name, device in devices.items()}


def _line(name: str, device: Device) -> str:
    told = "  ".join(f"{meaning}={device.values[meaning]:g}" for meaning in MEANINGS if meaning in device.values)
    absent = ", ".join(meaning for meaning in MEANINGS if meaning not in device.values)
    names = ", ".join(sorted({sample.name for sample in device.raw}))
    return f"{name}: {told}" + (f"  (not told: {absent})" if absent else "") + f"  names: {names}"
