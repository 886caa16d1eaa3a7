"""KAR-4: virtual accelerators are offered to pods, in the same way as physical ones, and the cluster counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments.containers import without_kubelet
from clusterproof.instruments.units import free_on, one_holder_each
from clusterproof.instruments.virtual import Accelerators, looked_for
from clusterproof.model import Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench


@check(
    "virtualized_accelerator",
    probe="KAR-4",
    exclusive=True,
    needs=("create namespaces", "create pods", "watch pods", "list pods", "list nodes"),
)
def virtual_accelerators_are_like_others(bench: Bench) -> Iterator[Observation]:
    """Compare how virtual and physical ones are offered, then hold all virtual ones of a node and ask for more."""
    known = Accelerators.of(bench.cluster)
    if not known.virtual:
        bench.skip(
            Reason.NOT_INSTALLED,
            f"No node says that its accelerators are virtual. Looked for: {looked_for()}. If the platform offers none, "
            "declare the requirement N/A, with the reason, for instance that its nodes are no virtual machines.",
        )
    bench.use_backend()
    yield bench.observe(
        "Each node with virtual accelerators offers them to pods",
        expected=[],
        actual=known.not_offered(),
        evidence=known.evidence(),
    )
    if known.comparable():
        yield bench.observe(
            "Virtual accelerators are asked for in the same way as physical ones",
            expected={},
            actual=known.other_ways(),
        )
    yield from _counted(bench, known)
    bench.skip(
        Reason.NEEDS_KUBELET if without_kubelet(bench) else Reason.NO_CHECK,
        "What the nodes offer and what the scheduler decides holds; whether a virtual accelerator works inside a "
        "container, and has its licence, is not measured. Answer the requirement with evidence of your own for that.",
    )


def _counted(bench: Bench, known: Accelerators) -> Iterator[Observation]:
    """Take all that is free on one node, by the resource that it has most of."""
    choices = [(each.node, name) for each in known.virtual for name, units in each.resources.items() if units]
    if not choices:
        bench.skip(
            Reason.NO_CHECK,
            "Virtual accelerators are offered by claims only, and the kit does not yet claim them; answer the "
            "requirement with evidence of your own.",
        )
    free = {choice: free_on(bench, *choice) for choice in choices}
    best = max(free, key=lambda choice: (free[choice], choice))
    if not free[best]:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, "No virtual accelerator is free.")
    yield from one_holder_each(bench, *best, "virtual accelerator")
