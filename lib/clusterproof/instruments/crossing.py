"""Interfaces inside the pods that have asked for them: which these are, and whether data really passes over them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.places import only_on
from clusterproof.instruments.containers import EVERY
from clusterproof.instruments.ends import fits, reported
from clusterproof.instruments.links import SIZE, Link, Wire, same, strange
from clusterproof.model import Kind, Observation, Reason
from clusterproof.stub.links import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.ends import End

Item = dict[str, Any]


def inside(bench: Bench, ends: Sequence[End], advertised: Sequence[str]) -> Iterator[Observation]:
    """Look out of a pod without an interface and of one with, then have two on two nodes exchange data.

    ``advertised`` are the addresses of hardware that are told of all interfaces.

    Raises:
        Inconclusive: logs may not be read, no two nodes have such an interface, or it has no address.
    """
    pods = bench.cluster.resource("v1", "Pod")
    if not bench.cluster.allowed("get", pods, bench.ledger.namespace(), sub="log"):
        bench.skip(Reason.FORBIDDEN, "What pods see is read from their logs, which needs the right get pods/log.")
    _until_alone(bench)
    crossing = _Crossing(bench, Wire(bench), ends[0])
    yield from crossing.seen(advertised)
    if len(ends) == 1:
        yield from crossing.described()
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"Every claim holds so far; only {ends[0].node} has free interfaces, and traffic takes two nodes.",
        )
    yield from crossing.exchanged(ends[1])
    yield from crossing.described()
    yield from crossing.again()


def _until_alone(bench: Bench) -> None:
    """Wait until no earlier pod of the check holds interfaces: a network that leaks them has none to leak before."""
    pods, namespace = bench.cluster.resource("v1", "Pod"), bench.ledger.namespace()

    def left() -> list[str]:
        return [pod["metadata"]["name"] for pod in bench.cluster.pages(pods, namespace)]

    done = bench.waits.until(left, lambda names: not names, within=bench.patience.gone, every=EVERY)
    if not done.holds:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"Pods that were deleted are still there: {', '.join(done.actual)}.")


@dataclass
class _Crossing:
    """The pods at one end, and at another one."""

    bench: Bench
    wire: Wire
    end: End
    usual: dict[str, Link] = field(default_factory=dict)
    """What a pod has that has asked for nothing."""
    near: Thing | None = None

    def seen(self, advertised: Sequence[str]) -> Iterator[Observation]:
        """Compare a pod that has asked for an interface with one beside it that has not."""
        onlooker = self.wire.start("onlooker", "onlooker", affinity=only_on([self.end.node]))
        yield self._tells("A pod without a claim tells which interfaces it has", onlooker, Kind.CONTROL)
        self.usual = self.wire.sees(onlooker)
        if advertised:
            yield self.bench.observe(
                "A pod that has claimed no interface sees none of those that are advertised",
                expected=[],
                actual=strange(self.usual, advertised),
                kind=Kind.NEGATIVE,
            )
        self.near = self._start("near-end", self.end)
        yield self._tells("A pod that has claimed an interface runs and tells which it has", self.near)
        seen = self.wire.sees(self.near)
        yield self.bench.observe(
            "A pod that has claimed an interface has that one beside the usual ones, and no more",
            expected=[*sorted(self.usual), "one more"],
            actual=sorted(seen),
            holds=self.usual.keys() <= seen.keys() and len(self._beyond(self.near)) == 1,
        )
        if self.end.mac:
            yield self.bench.observe(
                "The interface in a pod is the one that it was given",
                expected=same(self.end.mac),
                actual=same(self._new(self.near).mac),
            )

    def exchanged(self, other: End) -> Iterator[Observation]:
        """Send data from the other end to this one, and count it at both."""
        here = self._new(self._there())
        if not here.address:
            self.bench.skip(
                Reason.NO_CHECK,
                f"Every claim holds so far; {here.name} has no address in a pod, and the kit speaks nothing but TCP.",
            )
        far = self._start("far-end", other, peer=here.address)
        yield self._tells("A pod on another node that has claimed an interface runs and tells which it has", far)
        yield self.bench.eventually(
            "Two pods on two nodes exchange data by the address of a claimed interface",
            lambda: [each.digest or each.error for each in (self.wire.received(self._there()), self.wire.sent(far))],
            equals=[_digest(self.wire.word)] * 2,
            every=EVERY,
        )
        received, sent = self.wire.received(self._there()), self.wire.sent(far)
        over = [here.name, self._new(far).name]
        much = [sorted(name for name, count in each.moved.items() if count >= SIZE) for each in (received, sent)]
        yield self.bench.observe(
            "These data have passed over the claimed interfaces of both pods and over no other",
            expected={"received over": over[:1], "sent over": over[1:]},
            actual=dict(zip(("received over", "sent over"), much, strict=True)),
            holds=much == [over[:1], over[1:]],
        )
        self.bench.ledger.told["Data over claimed interfaces, once and without a verdict"] = (
            f"{SIZE} bytes over TCP in {sent.seconds:.3f} s; {received.moved} received, {sent.moved} sent by interface"
        )
        far.delete()

    def described(self) -> Iterator[Observation]:
        """Compare what is said of the interface in a pod, where anything is, with what there is."""
        told = reported(self.bench, self._there())
        if told:
            link = self._new(self._there())
            yield self.bench.observe(
                "What the status of a claim says of an interface is what the pod has",
                expected=told,
                actual={"name": link.name, "mac": same(link.mac), "addresses": sorted(link.addresses)},
                holds=fits(told, link),
            )

    def again(self) -> Iterator[Observation]:
        """Give the interface back, and ask for it once more."""
        self._there().delete()
        after = self._start("next", self.end)
        wanted = [same(self.end.mac) if self.end.mac else "one"]
        yield self.bench.eventually(
            "After a pod that had an interface has gone, the next one gets the same",
            lambda: [same(link.mac) if self.end.mac else "one" for link in self._beyond(after)],
            equals=wanted,
            kind=Kind.CONTROL,
            every=EVERY,
        )

    def _there(self) -> Thing:
        assert self.near  # noqa: S101 - for the type checker
        return self.near

    def _tells(self, claim: str, thing: Thing, kind: Kind = Kind.POSITIVE) -> Observation:
        look = partial(self.wire.sees, thing)
        return self.bench.eventually(
            claim, lambda: sorted(look()), accept=bool, expected="its interfaces", kind=kind, every=EVERY
        )

    def _start(self, name: str, end: End, peer: str = "") -> Thing:
        return self.wire.start("attached", name, peer=peer, **end.values)

    def _beyond(self, thing: Thing) -> list[Link]:
        return [link for name, link in sorted(self.wire.sees(thing).items()) if name not in self.usual]

    def _new(self, thing: Thing) -> Link:
        return next(iter(self._beyond(thing)), Link("", "", ()))


def _digest(word: str) -> str:
    """Return what has to arrive."""
    block, times = pieces(word, SIZE)
    found = hashlib.sha256()
    for _ in range(times):
        found.update(block)
    return found.hexdigest()
