"""Devices of our own that no hardware stands behind, and what has become of the claims on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import minor

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
TAINT = "clusterproof.dev/ill"


def device(name: str, memory: str, *, taint: str = "") -> Item:
    """Return a device as a ResourceSlice lists it, perhaps with a taint under which nobody new may have it."""
    listed = {"name": name, "attributes": {"model": {"string": name}}, "capacity": {"memory": {"value": memory}}}
    return {**listed, "taints": [{"key": taint, "effect": "NoSchedule"}]} if taint else listed


def offer(bench: Bench, name: str, devices: list[Item], **pool: Any) -> Thing:
    """Publish devices in a list of their own; ``pool``, ``generation`` and ``slices`` say what it is a part of."""
    return bench.apply("slice", name=name, devices=devices, **{"pool": name, "generation": 1, "slices": 1, **pool})


@dataclass(frozen=True)
class Hoard:
    """Devices that drivers list and that nobody may have yet."""

    half: Thing | None
    """One of two lists of a pool; None where a scheduler of that release may give out of one alone."""
    ill: Thing | None
    """A tainted device; None where the server knows no taints of devices."""
    enormous: str
    immense: str

    @classmethod
    def of(cls, bench: Bench, enormous: str, immense: str) -> Hoard:
        """List a device in an older generation of a pool, one in a pool that is incomplete, one that is tainted."""
        offer(bench, "old", [device("gone", immense)], pool="first")
        backend = bench.backend or bench.use_backend()
        waits = minor(bench.facts.version) >= backend.settings["whole_pools_since"]
        half = offer(bench, "half", [device("half", enormous)], slices=2) if waits else None
        ill = offer(bench, "ill", [device("ill", immense, taint=TAINT)])
        if "taints" in ill.objects[0]["spec"]["devices"][0]:
            return cls(half, ill, enormous, immense)
        ill.delete()  # a server that does not know taints has dropped this one
        return cls(half, None, enormous, immense)

    def wanted(self, held: str) -> dict[str, str]:
        """Return the pods that have to wait and what they wait for, beside one that wants what is ``held``."""
        return {"waiting": held, "enormous": self.enormous} | ({"immense": self.immense} if self.ill else {})

    def complete(self, bench: Bench, other: str) -> str:
        """Publish the list that is missing, and return the device that can be had from now on."""
        half = self.half or offer(bench, "half", [device("half", self.enormous)], slices=2)
        offer(bench, "rest", [device("rest", other)], pool="half", slices=2)
        return listed(half, "half")

    def heal(self, bench: Bench) -> str:
        """Take the taint away, and return the device that can be had from now on."""
        if self.ill is None:
            return ""
        bench.objects.change(self.ill.objects[0], {"spec": {"devices": [device("ill", self.immense)]}})
        return listed(self.ill, "ill")


def claims(bench: Bench, thing: Thing) -> list[Item]:
    """Return the claims that were made for the pods of a thing."""
    pods = {pod["metadata"]["uid"] for pod in thing.pods()}
    return [
        claim
        for claim in bench.ledger.items("ResourceClaim")
        if any(owner["uid"] in pods for owner in claim["metadata"].get("ownerReferences") or [])
    ]


def device_of(bench: Bench, thing: Thing) -> str:
    """Return the device that the thing's claim holds, as driver/pool/device; empty if none."""
    return ",".join(_named(result) for claim in claims(bench, thing) for result in _results(claim))


def listed(pool: Thing, name: str) -> str:
    """Return a device of a ResourceSlice as ``device_of`` tells it."""
    [item] = pool.objects
    return f"{item['spec']['driver']}/{item['spec']['pool']['name']}/{name}"


def reserved_for(bench: Bench, thing: Thing) -> list[str]:
    """Return the names of those who may use what the thing's claim holds; a pod of old has another uid."""
    names = {pod["metadata"]["uid"]: pod["metadata"]["name"] for pod in thing.pods()}
    users = [user for claim in claims(bench, thing) for user in (claim.get("status") or {}).get("reservedFor") or []]
    return [names.get(user["uid"], f"another {user['name']}") for user in users]


def held_by(claim: Item) -> list[Any]:
    """Return whether a claim is there, which device it holds, and the names of those who may use that."""
    devices = ",".join(map(_named, _results(claim)))
    return [bool(claim), devices, [user["name"] for user in (claim.get("status") or {}).get("reservedFor") or []]]


def _named(result: Item) -> str:
    return f"{result['driver']}/{result['pool']}/{result['device']}"


def _results(claim: Item) -> list[Item]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    results: list[Item] = (allocation.get("devices") or {}).get("results") or []
    return results
