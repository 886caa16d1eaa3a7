"""KAR-51: the APIs of Dynamic Resource Allocation are served, and devices are allocated by them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import quotas
from clusterproof.instruments.devices import Hoard, claims, device, device_of, held_by, listed, offer, reserved_for
from clusterproof.instruments.kinds import due, served, used
from clusterproof.manifest import backends
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

SMALL, LARGE, ENORMOUS, IMMENSE = "16Gi", "80Gi", "2Ti", "4Ti"
INVALID = 422
KEPT, ELSEWHERE = "kept", "elsewhere"


@check(
    "dra_support",
    probe="KAR-51",
    needs=(
        "create namespaces",
        "create pods",
        "watch pods",
        "create resourceclaims.resource.k8s.io",
        "create resourceclaimtemplates.resource.k8s.io",
    ),
)
def devices_are_allocated(bench: Bench) -> Iterator[Observation]:
    """Use every kind of the API, then allocate devices of our own by selector, hold them, and pass them on."""
    [backend] = backends("dra_support")
    yield served(bench, backend)
    bench.use_backend()
    for kind in sorted(due(bench, backend), key=lambda each: not bench.resource_of(each).namespaced):
        if not bench.resource_of(kind).namespaced and not bench.values.allow_cluster_scoped:
            bench.skip(
                Reason.NOT_REQUESTED,
                f"The check creates objects that lie in no namespace, such as a {kind}; allow it with "
                "-p allow_cluster_scoped true.",
            )
        yield from used(bench, kind)
    refused = bench.refused("broken_class", name="broken")
    yield bench.observe(
        "A DeviceClass whose expression does not compile is refused as invalid",
        expected=INVALID,
        actual=refused.status if refused else "accepted",
        kind=Kind.NEGATIVE,
    )
    if not bench.facts.nodes_ready:
        bench.skip(Reason.NEEDS_KUBELET, "No node is ready, so that no pod can be given a device.")
    yield from _allocated(bench)
    yield from quotas.heeded(bench, SMALL)


def _allocated(bench: Bench) -> Iterator[Observation]:
    """Give out the two devices that pods may have, and keep others waiting for those and for some more."""
    bench.apply("class", name="class")
    # Nothing but the class's own selector keeps the decoy, which is the first of them, from every claim.
    sizes = {"decoy": ENORMOUS, "small": SMALL, "large": LARGE}
    first = offer(bench, "first", [device(name, size) for name, size in sizes.items()], generation=2)
    bench.watch("ResourceClaim")
    holder, large = bench.apply("pod", name="holder", memory=LARGE), listed(first, "large")
    claim = "A pod gets the one device that satisfies its selector"
    yield bench.eventually(claim, partial(device_of, bench, holder), equals=large)
    yield bench.eventually("That pod is bound", holder.bound, equals=1)
    claim = "Its claim is reserved for that pod"
    yield bench.eventually(claim, partial(reserved_for, bench, holder), equals=["holder"])
    kept, user = bench.apply("claim", name=KEPT, memory=SMALL), bench.apply("user", name="user", claim=KEPT)
    stranger = bench.apply("user", name="stranger", place=ELSEWHERE, claim=KEPT)
    yield bench.eventually(
        "A pod gets the device of a claim that was there before it",
        lambda: [held_by(kept.now("ResourceClaim")), user.bound()],
        equals=[[True, listed(first, "small"), ["user"]], 1],
    )
    hoard = Hoard.of(bench, ENORMOUS, IMMENSE)
    waiting = {name: bench.apply("pod", name=name, memory=size) for name, size in hoard.wanted(LARGE).items()}
    yield from _held_back(bench, waiting, stranger)

    holder.delete()  # a scheduler that allocates nothing at all would have passed so far
    yield from _gets(bench, waiting["waiting"], "waiting", "the device once it is given back", large)
    yield from _freed(bench, hoard, waiting)
    user.delete()
    claim = "A claim that outlives its pod holds nothing any more"
    yield bench.eventually(claim, lambda: held_by(kept.now("ResourceClaim")), equals=[True, "", []])
    bench.apply("claim", name=KEPT, place=ELSEWHERE, memory=SMALL)
    claim = "The pod of another namespace is bound once a claim of that name is in its own"
    yield bench.eventually(claim, stranger.bound, equals=1)
    for thing in (*waiting.values(), kept):
        thing.delete()
    yield bench.eventually(
        "Every claim is gone with its pod",
        lambda: len(bench.ledger.items("ResourceClaim")),
        equals=0,
        kind=Kind.CONTROL,
        within=bench.patience.gone,
    )


def _held_back(bench: Bench, waiting: dict[str, Thing], stranger: Thing) -> Iterator[Observation]:
    """What they wait for is in use, in an old or incomplete list, tainted, or a claim of another namespace."""
    yield bench.eventually(
        "The claim of every waiting pod has been created",
        lambda: sum(len(claims(bench, thing)) for thing in waiting.values()),
        equals=len(waiting),
        kind=Kind.CONTROL,
    )
    yield bench.throughout(
        "No pod gets a device that it may not have and none is bound without one",
        lambda: [{name: [device_of(bench, thing), thing.bound()] for name, thing in waiting.items()}, stranger.bound()],
        equals=[{name: ["", 0] for name in waiting}, 0],
    )


def _freed(bench: Bench, hoard: Hoard, waiting: dict[str, Thing]) -> Iterator[Observation]:
    """Take away, one after the other, what has kept the devices of the hoard from the pods."""
    half = hoard.complete(bench, SMALL)
    yield from _gets(bench, waiting["enormous"], "last", "a device whose list is complete at last", half)
    if "immense" in waiting:
        ill = hoard.heal(bench)
        yield from _gets(bench, waiting["immense"], "patient", "a device that is tainted no more", ill)


def _gets(bench: Bench, thing: Thing, who: str, what: str, which: str) -> Iterator[Observation]:
    yield bench.eventually(f"The {who} pod gets {what}", partial(device_of, bench, thing), equals=which)
    yield bench.eventually(f"The {who} pod is bound", thing.bound, equals=1)
    claim = f"The claim of the {who} pod is reserved for it"
    yield bench.eventually(claim, partial(reserved_for, bench, thing), equals=[thing.name])
