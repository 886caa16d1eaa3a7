"""Pods that share devices, seen from inside: one device in several of them at once, and no more often than said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.cluster.places import only_on
from clusterproof.instruments.device_files import number, of_resource
from clusterproof.instruments.lookers import GUARDED, LOOKS, REACHED, Lookers, Sight
from clusterproof.instruments.sharing import TURNS, Shares
from clusterproof.instruments.units import free_on
from clusterproof.model import Kind, Observation, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.device_files import Appearance

Item = dict[str, Any]


def shared_inside(bench: Bench, offered: Shares, holders: list[Thing]) -> Iterator[Observation]:
    """Start one pod more than a node has devices, each with a share, and compare what they see.

    Raises:
        Inconclusive: logs may not be read, or nobody can say which files are whole devices that are shared.
    """
    lookers, row = Lookers(bench), of_resource(offered.resource)
    if not row:
        bench.unknown(f"The table does not say how devices of {offered.resource} appear in a container; add `seen`.")
    if offered.how != TURNS:
        bench.skip(
            Reason.NO_CHECK,
            "What the nodes offer and what the scheduler decides holds; the kit does not yet tell from inside which "
            "part of a device a container has. Answer the requirement with evidence of your own for that.",
        )
    if not lookers.may_read():
        bench.skip(Reason.FORBIDDEN, "What containers see is read from their logs, which needs the right get pods/log.")
    lookers.gone(*holders)
    yield from _Sharers(bench, offered, row, lookers).claims()


@dataclass
class _Sharers:
    """The pods with a share of one node's devices each."""

    bench: Bench
    offered: Shares
    row: Appearance
    lookers: Lookers

    @property
    def each(self) -> int:
        """How many shares a device has."""
        return -(-self.offered.units // max(1, self.offered.physical))

    def claims(self) -> Iterator[Observation]:
        """At least two of them have one device, since there are fewer devices than pods."""
        self.bench.ledger.told["How shares of a device are kept apart"] = (
            "Pods take turns on whole devices: nothing that the kit can see keeps the memory of one from the others."
        )
        sharers = self._started()
        sights = self.lookers.sights(*((sharer, LOOKS) for sharer in sharers))
        yield self.bench.observe(
            "Every container that has a share of a device tells what it sees",
            expected=len(sights),
            actual=sum(bool(sight.told) for sight in sights),
            kind=Kind.CONTROL,
        )
        seen = [len(self._devices(sight)) for sight in sights]
        claim = "A container that asks for one share of a device sees and reaches one device"
        yield self.bench.observe(claim, expected=[1] * len(sights), actual=seen)
        users = Counter(device for sight in sights for device in self._devices(sight))
        running = sum(sharer.running() for sharer in sharers)
        yield self.bench.observe(
            "Several pods that run at the same time use one device",
            expected="two pods at least with the same device, and all of them running",
            actual={"running": running, **users},
            holds=running == len(sharers) and max(users.values(), default=0) > 1,
        )
        yield self.bench.observe(
            "No device is used by more pods than it has shares",
            expected=f"at most {self.each} each",
            actual=dict(users),
            holds=max(users.values(), default=0) <= self.each,
            kind=Kind.NEGATIVE,
        )

    def _started(self) -> list[Thing]:
        """Start so many that some device has to be shared, and that one which all get would have too many."""
        node, resource, own = self.offered.node, self.offered.resource, self.bench.values.tolerations
        seen = inventory.capacity(self.bench.cluster, resource)
        values: Item = {
            "resource": resource,
            "affinity": only_on([node]),
            "tolerations": seen.tolerations() if own is None else own,
        }
        count = min(free_on(self.bench, node, resource), max(self.offered.physical, self.each) + 1)
        return [self.lookers.start("sharer", f"sharer-{place}", **values) for place in range(count)]

    def _devices(self, sight: Sight) -> list[str]:
        """Return the devices that a container reaches, by the numbers that the kernel knows them by."""
        own = (each for each in self.row.own(sight.devices) if each["how"] in {REACHED, GUARDED})
        return ["{}:{}".format(*number(each)) for each in own]
