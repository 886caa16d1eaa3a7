"""KAR-49: nobody reaches an accelerator that the cluster did not give to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments.isolation import ACCEPTED, REFUSED, answer
from clusterproof.instruments.units import one_holder_each
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench


@check(
    "secure_accelerator_access",
    probe="KAR-49",
    exclusive=True,
    needs=("create namespaces", "create pods", "watch pods", "list nodes"),
)
def accelerators_are_given_and_not_taken(bench: Bench) -> Iterator[Observation]:
    """Hold every accelerator of a node and ask for one more, then ask for what would go round the cluster's books."""
    backend = bench.use_backend()
    yield from _one_holder_each(bench)
    if bench.values.pod_security != "privileged":
        yield _asked(bench, "modest", "A pod that asks for nothing of its node is accepted", ACCEPTED)
        yield _asked(bench, "mounting", "A pod that mounts the devices of its node is refused", REFUSED)
        yield _asked(bench, "privileged", "A pod that asks for every right on its node is refused", REFUSED)
    if "claim" in backend.templates:
        yield _asked(bench, "claim", "A claim of a device is accepted", ACCEPTED)
        yield _asked(bench, "admin_claim", "A claim of devices that others use is refused", REFUSED)
    if bench.facts.simulated:
        bench.skip(
            Reason.NEEDS_KUBELET,
            "What the API server and the scheduler decide holds; what a container sees of devices can only be seen "
            "where a kubelet runs it.",
        )
    bench.skip(
        Reason.NO_CHECK,
        "What the API server and the scheduler decide holds; the kit does not yet look at the devices inside "
        "containers. Answer the requirement with evidence of your own for that.",
    )


def _one_holder_each(bench: Bench) -> Iterator[Observation]:
    """No device has two holders: all of one node are taken, and the next pod waits until one is given back."""
    free = bench.room().free()
    node = max(free, key=lambda name: (free[name], name), default="")
    if not node or not free[node]:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, "No node has a free accelerator.")
    yield from one_holder_each(bench, node, bench.accelerator(), "accelerator", "Every accelerator")


def _asked(bench: Bench, template: str, claim: str, expected: str) -> Observation:
    kind = Kind.CONTROL if expected == ACCEPTED else Kind.NEGATIVE
    return bench.observe(claim, expected=expected, actual=answer(bench, template), kind=kind)
