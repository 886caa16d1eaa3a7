"""Taking every unit of an accelerator that one node has free, and one more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.cluster.places import only_on

if TYPE_CHECKING:
    from collections.abc import Generator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.model import Observation

    Holding = Generator[Observation, None, list[Thing]]


def free_on(bench: Bench, node: str, resource: str) -> int:
    """Return how many units of a resource a node has free; none where no pod may be put."""
    return inventory.capacity(bench.cluster, resource).free()[node]


def one_holder_each(bench: Bench, node: str, resource: str, what: str, every: str = "") -> Holding:
    """Hold all that is free of one node by a pod for each unit: the next pod waits until one is given back.

    Returned are the pods that hold them at the end.

    ``what`` is a unit's name for people, and ``every`` how all of them are called, if not so.
    """
    seen = inventory.capacity(bench.cluster, resource)
    own = bench.values.tolerations
    usual: dict[str, Any] = {
        "resource": resource,
        "affinity": only_on([node]),
        "tolerations": seen.tolerations() if own is None else own,
    }
    holders = [bench.apply("holder", name=f"holder-{number}", **usual) for number in range(seen.free()[node])]
    yield bench.eventually(
        f"{every or f'Every free {what}'} of a node is held by a pod of its own",
        lambda: sum(holder.running() for holder in holders),
        equals=len(holders),
    )
    late = bench.apply("holder", name="late", **usual)
    yield bench.throughout(f"No pod gets {_one(what)} that another one holds", late.bound, equals=0)
    holders[0].delete()
    yield bench.eventually(f"The waiting pod gets the {what} that is given back", late.running, equals=1)
    return [*holders[1:], late]


def _one(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
