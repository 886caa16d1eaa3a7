"""Devices of our own that no hardware stands behind, and what has become of the claims on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import minor

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.manifest import Backend
    from clusterproof.model import Observation

Item = dict[str, Any]


def device(name: str, memory: str) -> Item:
    """Return a device as a ResourceSlice lists it."""
    return {"name": name, "attributes": {"model": {"string": name}}, "capacity": {"memory": {"value": memory}}}


def served(bench: Bench, backend: Backend) -> Observation:
    """Say whether the server serves all kinds in a version that is due for its release."""
    settings = backend.settings
    stable = minor(bench.facts.version) >= settings["stable_since"]
    due = [settings["stable_version"]] if stable else settings["earlier_versions"]
    found = {
        version: [k for k in settings["kinds"] if bench.cluster.discovery.serves(f"{settings['group']}/{version}", k)]
        for version in due
    }
    best = max(due, key=lambda version: len(found[version]))
    claim = f"The API server serves every kind of {settings['group']}/{best}"
    return bench.observe(claim, expected=settings["kinds"], actual=found[best])


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
    return ",".join(
        f"{result['driver']}/{result['pool']}/{result['device']}"
        for claim in claims(bench, thing)
        for result in _results(claim)
    )


def listed(pool: Thing, name: str) -> str:
    """Return a device of a ResourceSlice as ``device_of`` tells it."""
    [item] = pool.objects
    return f"{item['spec']['driver']}/{item['spec']['pool']['name']}/{name}"


def reserved_for(bench: Bench, thing: Thing) -> list[str]:
    """Return the names of those who may use what the thing's claim holds; a pod of old has another uid."""
    names = {pod["metadata"]["uid"]: pod["metadata"]["name"] for pod in thing.pods()}
    users = [user for claim in claims(bench, thing) for user in (claim.get("status") or {}).get("reservedFor") or []]
    return [names.get(user["uid"], f"another {user['name']}") for user in users]


def presence(bench: Bench, item: Item) -> str:
    """Say whether an object is there."""
    return "there" if bench.objects.read(item) else "gone"


def _results(claim: Item) -> list[Item]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    results: list[Item] = (allocation.get("devices") or {}).get("results") or []
    return results
