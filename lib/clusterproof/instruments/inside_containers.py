"""What containers see and reach of the accelerators of a node: those that were given some, and those that were not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.errors import Inconclusive
from clusterproof.instruments.device_files import number
from clusterproof.instruments.lookers import ASKS, GUARDED, LOOKS, NOTHING, REACHED, Lookers, Sight
from clusterproof.instruments.ways import Way, ways
from clusterproof.model import Kind, Observation, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.device_files import Appearance, Number

Item = dict[str, Any]
AROUND = ("first", "sidecar", "second")
"""The other containers of a pod that asks: one before it, one beside it from the beginning, and one like it."""
ONE = {"sees": 1, "reaches": 1}
ROOTS = "root"
"""A namespace for a pod that may make device files, and gets no further than the kernel lets it."""
UNDER = "cdi.k8s.io/clusterproof"


def seen_inside(bench: Bench, node: str, holders: list[Thing]) -> Iterator[Observation]:
    """Look out of containers, once the pods that hold a node's accelerators have given them back.

    Raises:
        Inconclusive: logs may not be read, nothing is free, or the table does not say what the devices look like.
    """
    lookers = Lookers(bench)
    if not lookers.may_read():
        bench.skip(Reason.FORBIDDEN, "What containers see is read from their logs, which needs the right get pods/log.")
    lookers.gone(*holders)
    apart = False
    for way in ways(bench, node):
        if not way.free:
            bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"No accelerator of {way.node} is free to be given {way.words}.")
        if not way.row:
            bench.unknown(
                f"The table does not say how devices of {way.name} appear in a container; add `seen` to their row."
            )
        inside = _Inside(bench, lookers, way, way.row)
        yield from inside.claims()
        apart = apart or inside.parted
    if not apart:
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            "Every claim holds so far; that two pods keep apart takes two whole devices that are free on one node.",
        )


@dataclass
class _Inside:
    """The pods of one way to ask for accelerators."""

    bench: Bench
    lookers: Lookers
    way: Way
    row: Appearance

    @property
    def parted(self) -> bool:
        """True if two pods can have a device each, and are to have different ones."""
        return self.way.free > 1 and not self.way.shared

    def claims(self) -> Iterator[Observation]:
        """One pod asks, others do not, a second one asks, and one more after the first has gone."""
        words = self.way.words
        first = self._asks("one")
        sights = self._sights(first)
        yield self._told(f"All containers of a pod that asks for an accelerator {words} tell what they see", sights)
        yield self._gets_one(f"A container that asks for one accelerator {words} sees and reaches one", sights[0])
        yield self._none(
            f"The containers around one that asks for an accelerator {words} see none",
            dict(zip(AROUND, sights[1:], strict=True)),
        )
        self._knows(sights[0])
        yield from self._not_asked(sights[0])
        if self.way.free > 1:
            others = self._sights(self._asks("other"))
            yield self._told(f"All containers of a second pod that asks {words} tell what they see", others)
            if self.parted:
                yield self._apart(sights[0], others[0])
            self._knows(others[0])
        self.lookers.gone(first)
        after = self._sights(self._asks("next"))[0]
        claim = f"After a pod that asked {words} has gone, the next one sees one accelerator and reaches no other"
        yield self._gets_one(claim, after, beyond=self.parted)

    def _not_asked(self, holder: Sight) -> Iterator[Observation]:
        """While one pod has a device, others on its node that did not ask look for it, and try to have it."""
        words, tempted = self.way.words, self._tempted(holder)
        found = self.lookers.sights(*((thing, LOOKS) for thing in tempted.values()))
        seen = dict(zip(tempted, found, strict=True))
        claim = f"All containers on a node that gives accelerators {words} and did not ask tell what they see"
        yield self._told(claim, found)
        alone = {"bystander": seen.pop("bystander")}
        yield self._none(
            f"A container that does not ask, where another one got an accelerator {words}, has none", alone
        )
        yield self._none(f"Variables, mounts, annotations and files of its own give no accelerator {words}", seen)
        self.lookers.gone(*tempted.values())

    def _tempted(self, holder: Sight) -> dict[str, Thing]:
        row = self.row
        ids = [value for value in (holder.told.get("environment") or {}).values() if value]
        values = dict.fromkeys([*row.values, *ids])
        things = {"bystander": self._tempt("bystander")}
        for place, value in enumerate(values if row.variables else ()):
            env = [{"name": name, "value": value} for name in row.variables]
            things[f"variables {value}"] = self._tempt(f"variables-{place}", env=env)
        if row.mounts:
            volumes = [{"name": f"mount-{place}", "emptyDir": {}} for place in range(len(row.mounts))]
            mounts = [{"name": f"mount-{place}", "mountPath": path} for place, path in enumerate(row.mounts)]
            things["mounts"] = self._tempt("mounts", volumes=volumes, mounts=mounts)
        if row.annotations:
            told = {f"{UNDER}-{place}": value for place, value in enumerate(row.annotations)}
            things["annotations"] = self._tempt("annotations", annotations=told)
        root = self._root()
        return {**things, "files of its own": root} if root else things

    def _tempt(self, name: str, **values: Any) -> Thing:
        return self.lookers.tempt(f"{self.way.template}-{name}", **self._where(), **values)

    def _root(self) -> Thing | None:
        """Start a pod that may make device files; None where pods with that right are not let in."""
        self.bench.ledger.namespace(ROOTS, level="baseline")
        if not self.lookers.may_read(ROOTS):
            return None
        try:
            return self.lookers.start("rooted", f"{self.way.template}-rooted", place=ROOTS, **self._where())
        except Inconclusive:
            return None

    def _asks(self, name: str) -> Thing:
        return self.lookers.start(self.way.template, f"{self.way.template}-{name}", **self._where())

    def _where(self) -> Item:
        own = self.bench.values.tolerations
        seen = inventory.capacity(self.bench.cluster, self.way.name).tolerations() if own is None else own
        return self.way.asked(1, seen)

    def _sights(self, thing: Thing) -> list[Sight]:
        return self.lookers.sights(*((thing, container) for container in (ASKS, *AROUND)))

    def _knows(self, sight: Sight) -> None:
        self.lookers.known.update((number(each), each) for each in self.row.own(sight.devices))

    def _told(self, claim: str, sights: list[Sight]) -> Observation:
        told = sum(bool(each.told) for each in sights)
        return self.bench.observe(claim, expected=len(sights), actual=told, kind=Kind.CONTROL)

    def _gets_one(self, claim: str, sight: Sight, *, beyond: bool = False) -> Observation:
        own = self.row.own(sight.devices)
        reaches = [each for each in own if each["how"] in {REACHED, GUARDED}]
        actual: Item = {"sees": len(own), "reaches": len(reaches)}
        enough = actual == ONE if self.way.exact else bool(own) and len(reaches) == len(own)
        others = sight.beyond() if beyond else []
        told = {**actual, "others": others} if others else actual
        expected = ONE if self.way.exact else "one at least, and all that it sees"
        return self.bench.observe(claim, expected=expected, actual=told, holds=enough and not others)

    def _none(self, claim: str, sights: dict[str, Sight]) -> Observation:
        actual = {name: sight.none() for name, sight in sights.items()}
        return self.bench.observe(claim, expected={name: [] for name in sights}, actual=actual, kind=Kind.NEGATIVE)

    def _apart(self, one: Sight, other: Sight) -> Observation:
        claim = f"Two pods that ask for one accelerator each {self.way.words} have none in common"
        common = self._numbers(one) & self._numbers(other)
        shared = sorted(each["path"] for each in self.row.own(other.devices) if number(each) in common)
        told = [*shared, *other.beyond()] if other.told else NOTHING
        return self.bench.observe(claim, expected=[], actual=told, kind=Kind.NEGATIVE)

    def _numbers(self, sight: Sight) -> set[Number]:
        return {number(each) for each in self.row.own(sight.devices)}
