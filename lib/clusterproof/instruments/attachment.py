"""Asking for interfaces by claims, alone and beside accelerators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.instruments.devices import claims
from clusterproof.instruments.interfaces import Device, aligned, alone, expression, results
from clusterproof.model import Kind, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

INTERFACES, ACCELERATORS = "interfaces", "accelerators"


def beside(bench: Bench, accelerators: list[Device], free: list[Device]) -> Iterator[Observation]:
    """Ask for an accelerator and an interface on one PCIe root, wherever both are advertised as devices."""
    root = (bench.backend or bench.use_backend()).settings["root"]
    if not aligned(accelerators, free, root):
        return
    bench.apply("class", name=ACCELERATORS, drivers_text=str(sorted({each.driver for each in accelerators})))
    roots = {each.key: each.attributes.get(root) for each in [*accelerators, *free]}
    constraints = [{"matchAttribute": root}]
    both = [request(bench, ACCELERATORS), request(bench, INTERFACES)]
    near = bench.apply("pod", name="near", requests=both, constraints=constraints)
    yield bench.eventually(
        "A pod gets an accelerator and an interface on the same PCIe root",
        lambda: [roots.get((g["driver"], g["pool"], g["device"]), "unknown") for g in given(bench, near)],
        accept=lambda seen: len(seen) == len(both) and len(set(seen)) == 1 and seen[0] in set(roots.values()),
        expected="the same root for both",
    )
    near.delete()
    for far in alone(accelerators, free, root)[-1:]:
        yield from _apart(bench, far, root)


def _apart(bench: Bench, far: Device, root: str) -> Iterator[Observation]:
    """Ask for the two with an interface that no accelerator is near; without the constraint it can be had."""
    names = (bench.backend or bench.use_backend()).settings["names"]
    wanted = expression(far.tells(names), far.driver)
    both = [request(bench, ACCELERATORS), request(bench, INTERFACES, wanted)]
    apart = bench.apply("pod", name="apart", requests=both, constraints=[{"matchAttribute": root}])
    yield claim_exists(bench, apart, "The claim of devices that share no PCIe root is created")
    yield bench.throughout("No pod is bound for devices that share no PCIe root", apart.bound, equals=0)
    apart.delete()
    anywhere = bench.apply("pod", name="anywhere", requests=both, constraints=None)
    yield bench.eventually(
        "A pod that does not ask for one PCIe root gets the same devices", anywhere.bound, equals=1, kind=Kind.CONTROL
    )
    anywhere.delete()


def request(bench: Bench, name: str, wanted: str = "") -> dict[str, Any]:
    """Return one request of a claim: a device of a class, which an expression may narrow."""
    selectors = {"selectors": [{"cel": {"expression": wanted}}]} if wanted else {}
    return {"name": name, "exactly": {"deviceClassName": f"clusterproof-{name}-{bench.ledger.run_id}", **selectors}}


def claim_exists(bench: Bench, thing: Thing, claim: str) -> Observation:
    """Wait until the claim of a pod is there: before it, nothing could be given."""
    return bench.eventually(claim, lambda: len(claims(bench, thing)), equals=1, kind=Kind.CONTROL)


def given(bench: Bench, thing: Thing) -> list[dict[str, Any]]:
    """Return the devices that the pods of a thing have been given."""
    return [each for claim in claims(bench, thing) for each in results(claim)]


def nodes(thing: Thing) -> list[str]:
    """Return the nodes of the pods of a thing; empty words for those that have none."""
    return [pod["spec"].get("nodeName", "") for pod in thing.pods()]
