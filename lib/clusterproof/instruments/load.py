"""Whether what is told of accelerators follows what runs on them: compared with a look before anything ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.advertised import vendor_of
from clusterproof.cluster.inventory import capacity
from clusterproof.instruments.telemetry import Look, label

if TYPE_CHECKING:
    from clusterproof.bench.album import Drawing
    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.told import Told

LEAST_LOAD = 20.0  # percent more than before: a device that works
LEAST_MEMORY = 500 << 20  # bytes more than before
EVERY = 0.5  # seconds between two looks at the exporters, which cannot be watched
LOOKS = 4  # before anything works
WORK = "a pod works on one device"
Item = dict[str, Any]


@dataclass
class Load:
    """The devices of one vendor, before and after something was put to work on one of them."""

    told: Told
    vendor: str
    quiet: frozenset[str]
    """Nodes where nobody used such a device."""
    before: Look
    latest: Look
    drawing: Drawing
    began: float
    pod: str = ""
    """Namespace and name of what was put to work."""
    _restless: set[str] = field(default_factory=set)
    _looks: int = 0

    @classmethod
    def on(cls, bench: Bench, told: Told) -> Load:
        """Look at the devices of the resource that the check asks for, before it does."""
        vendor, quiet = vendor_of(bench.accelerator()), _quiet(told)
        name = vendor.name if vendor else ""
        # What pods of an earlier check have done is told for a while after they have gone.
        idle = partial(_idle, told, quiet, name)
        bench.waiter.eventually(idle, bool, within=bench.patience.settle, every=EVERY)
        before, drawing = told.now(), bench.album.begin("Load that is told of devices", "percent")
        return cls(told, name, quiet, before, before, drawing, bench.album.now())

    def works(self, pod: Item) -> None:
        """Note which pod has been put to work."""
        self.pod = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        self._draw(self.before, pod["spec"]["nodeName"], self.began)
        self.drawing.shade(WORK, 0, 100)

    def before_work(self) -> list[str] | None:
        """Look before anything works: return which devices of quiet nodes became busy; None if it is too early to say.

        A load that comes and goes by itself would be taken for one that follows.
        """
        self.latest = self.told.now()
        quiet = sorted(self.quiet & _quiet(self.told))
        self._restless |= {label((node, self.vendor), name) for node in quiet for name in self._busy(node)}
        self._looks += 1
        return sorted(self._restless) if self._restless or self._looks >= LOOKS else None

    def busy_on(self, node: str) -> int:
        """Return how many devices of a node are busier than before, now."""
        self._look(node)
        return len(self._busy(node))

    def full_on(self, node: str) -> int:
        """Return how many devices of a node are busier and fuller than before, now."""
        self._look(node)
        return sum(1 for name in self._busy(node) if self._more(node, name, "memory_used") >= LEAST_MEMORY)

    def fuller_on(self, node: str) -> int:
        """Return how many devices of a node are fuller than before, now."""
        self._look(node)
        return sum(1 for name in self._ours(node) if self._more(node, name, "memory_used") >= LEAST_MEMORY)

    def holders_on(self, node: str) -> list[str]:
        """Return who was told to use the devices that were busy at the last look."""
        devices = self.latest.of((node, self.vendor))
        return [devices[name].holder for name in self._busy(node)]

    def names_holders(self) -> bool:
        """True if it was told at the last look who uses a device."""
        return any(device.holder for _, device in self.latest.each())

    def busy_elsewhere(self, node: str) -> list[str]:
        """Return which devices of other nodes, where nobody works, are busier than before, now."""
        self._look(node)
        others = sorted((self.quiet & _quiet(self.told)) - {node})
        return [label((other, self.vendor), name) for other in others for name in self._busy(other)]

    def _look(self, node: str) -> None:
        self.latest = self.told.now()
        self._draw(self.latest, node)

    def _draw(self, seen: Look, node: str, at: float | None = None) -> None:
        loads: dict[bool, list[float]] = {True: [], False: []}
        for (where, vendor), devices in seen.devices.items():
            if vendor == self.vendor:
                loads[where == node] += [device.values.get("utilisation", 0.0) for device in devices.values()]
        for line, values in zip(
            ("busiest device of the pod's node", "busiest device elsewhere"), loads.values(), strict=True
        ):
            if values:
                self.drawing.note(line, max(values), at)

    def _busy(self, node: str) -> list[str]:
        return [name for name in self._ours(node) if self._more(node, name, "utilisation") >= LEAST_LOAD]

    def _ours(self, node: str) -> list[str]:
        """Return the devices that are not told to be somebody else's."""
        devices = self.latest.of((node, self.vendor))
        return [name for name, device in devices.items() if device.holder in {"", self.pod}]

    def _more(self, node: str, name: str, meaning: str) -> float:
        place = (node, self.vendor)
        new, old = (look.of(place).get(name) for look in (self.latest, self.before))
        return (new.values.get(meaning, 0.0) if new else 0.0) - (old.values.get(meaning, 0.0) if old else 0.0)


def _quiet(told: Told) -> frozenset[str]:
    """Return the nodes where nobody uses a device of the resource that the check asks for."""
    used = capacity(told.bench.cluster, told.bench.accelerator()).used
    return frozenset(node for node, _ in told.wanted if not used[node])


def _idle(told: Told, quiet: frozenset[str], vendor: str) -> bool:
    """True if no device of a node where nobody uses one is told to be busy."""
    seen = told.now()
    devices = (device for node in quiet for device in seen.of((node, vendor)).values())
    return all(device.values.get("utilisation", 0.0) < LEAST_LOAD for device in devices)
