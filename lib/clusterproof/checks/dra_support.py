"""KAR-51: the APIs of Dynamic Resource Allocation are served, and devices are allocated by them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments.devices import claims, device, device_of, listed, presence, reserved_for, served
from clusterproof.manifest import backends
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

SMALL, LARGE, ENORMOUS = "16Gi", "80Gi", "2Ti"
WAITING = (("waiting", LARGE), ("enormous", ENORMOUS))
INVALID = 422
MARK = "clusterproof.dev/changed"


@check(
    "dra_support",
    probe="KAR-51",
    needs=(
        "create namespaces",
        "create pods",
        "watch pods",
        "create resourceclaims.resource.k8s.io",
        "create resourceclaimtemplates.resource.k8s.io",
        "create deviceclasses.resource.k8s.io",
        "create resourceslices.resource.k8s.io",
    ),
)
def devices_are_allocated(bench: Bench) -> Iterator[Observation]:
    """Use every kind of the API, then allocate devices of our own by selector, hold them, and pass them on."""
    [backend] = backends("dra_support")
    yield served(bench, backend)
    bench.use_backend()
    if not bench.values.allow_cluster_scoped:
        bench.skip(
            Reason.NOT_REQUESTED,
            "The check creates a DeviceClass and a ResourceSlice; allow it with -p allow_cluster_scoped true.",
        )
    bench.apply("class", name="class")
    # Nothing but the class's own selector keeps the decoy, which is the first of them, from every claim.
    sizes = {"decoy": ENORMOUS, "small": SMALL, "large": LARGE}
    first = bench.apply("slice", name="first", devices=[device(name, size) for name, size in sizes.items()])
    bench.watch("ResourceClaim")
    yield from _kinds_work(bench)
    yield from _allocated(bench, listed(first, "large"))


def _kinds_work(bench: Bench) -> Iterator[Observation]:
    """Create, read, change and delete one object of each namespaced kind, and see a wrong one refused."""
    for template in ("claim", "template"):
        thing = bench.apply(template, name=f"crud-{template}", memory=SMALL)
        [item] = thing.objects
        kind = item["kind"]
        bench.objects.change(item, {"metadata": {"labels": {MARK: "true"}}})
        labels = (bench.objects.read(item) or {}).get("metadata", {}).get("labels", {})
        yield bench.observe(f"A change of a {kind} is read back", expected="true", actual=labels.get(MARK))
        thing.delete()
        yield bench.eventually(
            f"A deleted {kind} is gone", partial(presence, bench, item), equals="gone", within=bench.patience.gone
        )
    refused = bench.refused("broken_class", name="broken")
    yield bench.observe(
        "A DeviceClass whose expression does not compile is refused as invalid",
        expected=INVALID,
        actual=refused.status if refused else "accepted",
        kind=Kind.NEGATIVE,
    )


def _allocated(bench: Bench, large: str) -> Iterator[Observation]:
    """Only one device fits: the first pod gets it, the second waits for it, the third for one that comes later."""
    holder = bench.apply("pod", name="holder", memory=LARGE)
    yield bench.eventually(
        "A pod gets the one device that satisfies its selector", partial(device_of, bench, holder), equals=large
    )
    yield bench.eventually("That pod is bound", holder.bound, equals=1)
    yield bench.eventually(
        "Its claim is reserved for that pod", partial(reserved_for, bench, holder), equals=["holder"]
    )
    waiting, enormous = [bench.apply("pod", name=name, memory=size) for name, size in WAITING]
    yield from _held_back(bench, waiting, enormous)

    holder.delete()  # a scheduler that allocates nothing at all would have passed so far
    yield from _gets(bench, waiting, "waiting", "the device once it is given back", large)
    second = bench.apply("slice", name="second", devices=[device("enormous", ENORMOUS)])
    yield from _gets(bench, enormous, "last", "a device that was published later", listed(second, "enormous"))
    for thing in (waiting, enormous):
        thing.delete()
    yield bench.eventually(
        "Every claim is gone with its pod",
        lambda: len(bench.ledger.items("ResourceClaim")),
        equals=0,
        kind=Kind.CONTROL,
        within=bench.patience.gone,
    )


def _held_back(bench: Bench, waiting: Thing, enormous: Thing) -> Iterator[Observation]:
    """One pod wants what another one holds, one wants what nobody has; nothing counts before their claims exist."""
    yield bench.eventually(
        "Both claims of the waiting pods have been created",
        lambda: len(claims(bench, waiting) + claims(bench, enormous)),
        equals=2,
        kind=Kind.CONTROL,
    )
    yield bench.throughout(
        "No pod gets a device that is in use or does not exist and none is bound without one",
        lambda: [device_of(bench, waiting), device_of(bench, enormous), waiting.bound() + enormous.bound()],
        equals=["", "", 0],
    )


def _gets(bench: Bench, thing: Thing, who: str, what: str, which: str) -> Iterator[Observation]:
    yield bench.eventually(f"The {who} pod gets {what}", partial(device_of, bench, thing), equals=which)
    yield bench.eventually(f"The {who} pod is bound", thing.bound, equals=1)
    claim = f"The claim of the {who} pod is reserved for it"
    yield bench.eventually(claim, partial(reserved_for, bench, thing), equals=[thing.name])
