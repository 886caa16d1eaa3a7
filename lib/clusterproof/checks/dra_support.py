"""KAR-51: the APIs of Dynamic Resource Allocation are served, and devices are allocated by them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import minor
from clusterproof.manifest import backends
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.manifest import Backend

SMALL, LARGE, ENORMOUS = "16Gi", "80Gi", "2Ti"
INVALID = 422


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
    yield _served(bench, backend)
    bench.use_backend()
    if not bench.values.allow_cluster_scoped:
        bench.skip(
            Reason.NOT_REQUESTED,
            "The check creates a DeviceClass and a ResourceSlice; allow it with -p allow_cluster_scoped true.",
        )
    bench.apply("class", name="class")
    bench.apply("slice", name="first", devices=[_device("small", SMALL), _device("large", LARGE)])
    bench.watch("ResourceClaim")
    yield from _kinds_work(bench)
    yield from _allocation(bench)


def _served(bench: Bench, backend: Backend) -> Observation:
    """Say whether the server serves all kinds in a version that is due for its release."""
    settings = backend.settings
    stable = minor(bench.facts.version) >= settings["stable_since"]
    due = [settings["stable_version"]] if stable else settings["earlier_versions"]
    served = {
        version: [k for k in settings["kinds"] if bench.cluster.discovery.serves(f"{settings['group']}/{version}", k)]
        for version in due
    }
    best = max(due, key=lambda version: len(served[version]))
    claim = f"The API server serves every kind of {settings['group']}/{best}"
    return bench.observe(claim, expected=settings["kinds"], actual=served[best])


def _device(name: str, memory: str) -> dict[str, Any]:
    return {"name": name, "attributes": {"model": {"string": name}}, "capacity": {"memory": {"value": memory}}}


def _kinds_work(bench: Bench) -> Iterator[Observation]:
    """Create, read, change and delete one object of each namespaced kind, and see a wrong one refused."""
    for template in ("claim", "template"):
        thing = bench.apply(template, name=f"crud-{template}", memory=SMALL)
        [item] = thing.objects
        kind = item["kind"]
        bench.objects.change(item, {"metadata": {"labels": {"clusterproof.dev/changed": "true"}}})
        changed = (bench.objects.read(item) or {}).get("metadata", {}).get("labels", {}).get("clusterproof.dev/changed")
        yield bench.observe(f"A change of a {kind} is read back", expected="true", actual=changed)
        thing.delete()
        yield bench.eventually(
            f"A deleted {kind} is gone", partial(_presence, bench, item), equals="gone", within=bench.patience.gone
        )
    refused = bench.refused("broken_class", name="broken")
    yield bench.observe(
        "A DeviceClass whose expression does not compile is refused as invalid",
        expected=INVALID,
        actual=refused.status if refused else "accepted",
        kind=Kind.NEGATIVE,
    )


def _presence(bench: Bench, item: dict[str, Any]) -> str:
    return "there" if bench.objects.read(item) else "gone"


def _allocation(bench: Bench) -> Iterator[Observation]:
    """Only one device fits: the first pod gets it, the second waits for it, the third for one that comes later."""
    holder = bench.apply("pod", name="holder", memory=LARGE)
    yield bench.eventually(
        "A pod gets the one device that satisfies its selector", partial(_device_of, bench, holder), equals="large"
    )
    yield bench.eventually("That pod is bound", holder.bound, equals=1)
    yield bench.eventually(
        "Its claim is reserved for that pod", partial(_reserved_for, bench, holder), equals=["holder"]
    )

    waiting = bench.apply("pod", name="waiting", memory=LARGE)
    enormous = bench.apply("pod", name="enormous", memory=ENORMOUS)
    yield bench.eventually(
        "Both claims of the waiting pods have been created",
        lambda: len(_claims(bench, waiting) + _claims(bench, enormous)),
        equals=2,
        kind=Kind.CONTROL,
    )
    yield bench.throughout(
        "No pod gets a device that is in use or does not exist and none is bound without one",
        lambda: [_device_of(bench, waiting), _device_of(bench, enormous), waiting.bound() + enormous.bound()],
        equals=["", "", 0],
    )
    holder.delete()  # a scheduler that allocates nothing at all would have passed the claim above
    yield bench.eventually(
        "The waiting pod gets the device once it is given back", partial(_device_of, bench, waiting), equals="large"
    )
    yield bench.eventually("The waiting pod is bound", waiting.bound, equals=1)
    bench.apply("slice", name="second", devices=[_device("enormous", ENORMOUS)])
    yield bench.eventually(
        "The last pod gets a device that was published later", partial(_device_of, bench, enormous), equals="enormous"
    )
    yield bench.eventually("The last pod is bound", enormous.bound, equals=1)
    for thing in (waiting, enormous):
        thing.delete()
    yield bench.eventually(
        "Every claim is gone with its pod",
        lambda: len(bench.ledger.items("ResourceClaim")),
        equals=0,
        kind=Kind.CONTROL,
        within=bench.patience.gone,
    )


def _claims(bench: Bench, thing: Thing) -> list[dict[str, Any]]:
    pods = {pod["metadata"]["uid"] for pod in thing.pods()}
    return [
        claim
        for claim in bench.ledger.items("ResourceClaim")
        if any(owner["uid"] in pods for owner in claim["metadata"].get("ownerReferences") or [])
    ]


def _results(claim: dict[str, Any]) -> list[dict[str, Any]]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    results: list[dict[str, Any]] = (allocation.get("devices") or {}).get("results") or []
    return results


def _device_of(bench: Bench, thing: Thing) -> str:
    """Return the device that the thing's claim holds; empty if none."""
    return ",".join(result["device"] for claim in _claims(bench, thing) for result in _results(claim))


def _reserved_for(bench: Bench, thing: Thing) -> list[str]:
    users = [user for claim in _claims(bench, thing) for user in (claim.get("status") or {}).get("reservedFor") or []]
    return [user["name"] for user in users]
