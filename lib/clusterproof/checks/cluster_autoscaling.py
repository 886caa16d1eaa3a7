"""KAR-55: a pool of nodes with accelerators grows for a pod that waits for one, and shrinks when nobody does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import new_nodes
from clusterproof.instruments.new_nodes import Nodes
from clusterproof.instruments.node_pools import find
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

NOBODY = {"node.kubernetes.io/instance-type": "clusterproof-offered-by-nobody"}
WINDOWS = 3  # for which no node may come: what has to happen within one is no more than a pod


@check(
    "cluster_autoscaling",
    probe="KAR-55",
    disruptive=True,
    exclusive=True,
    needs=("create namespaces", "create pods", "delete pods", "watch pods", "list nodes", "watch nodes"),
)
def a_pool_grows_and_shrinks(bench: Bench) -> Iterator[Observation]:
    """Fill a pool, ask for a type of accelerator that nobody offers, for one more of its own, and then for none.

    One node more is the most that this costs: a second one ends the check, and all pods go at its end.
    """
    pool, resource = find(bench)
    nodes = Nodes.watched(bench, pool)
    nodes.draw(resource)
    fillers = new_nodes.fill(bench, pool, resource)
    count = len(fillers)

    def held() -> int:
        return sum(filler.running() for filler in fillers)

    yield bench.eventually("Pods hold every free accelerator of the pool", held, equals=count)
    _steady(bench, nodes)
    selector = {pool.key: pool.value, **NOBODY}
    nobody = new_nodes.holder(bench, pool, resource, "nobody", node_selector=selector)
    yield from _not_for_nobody(bench, nodes, nobody)

    trigger = new_nodes.holder(bench, pool, resource, "trigger")
    claim = "The scheduler finds no free accelerator for one pod more"
    yield _waits(bench, trigger, claim, resource if count else "")  # a dead autoscaler would have passed so far
    yield from _grows(bench, nodes, trigger, resource)
    yield bench.throughout(
        "Nothing else changes: no second node comes, here or in another pool, and the other pods stay",
        lambda: [nodes.ever_come(), held()],
        equals=[[pool.label], count],
    )
    yield from _shrinks(bench, nodes, nobody, trigger)


def _steady(bench: Bench, nodes: Nodes) -> None:
    """End the check where the nodes change by themselves: others use the pools, and nothing could be told apart."""
    claim = "The pools keep their nodes while nobody asks for more"
    if not bench.throughout(claim, nodes.same, equals=True).holds:
        message = "Nodes come or go before anything was asked for; try again when nobody else uses the pools."
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, message)


def _not_for_nobody(bench: Bench, nodes: Nodes, nobody: Thing) -> Iterator[Observation]:
    yield _waits(bench, nobody, "The scheduler finds no node for a type of accelerator that nobody offers")
    yield bench.throughout(
        "No node comes for a type of accelerator that nobody offers",
        nodes.ever_come,
        equals=[],
        window=WINDOWS * bench.patience.window,
    )


def _waits(bench: Bench, thing: Thing, claim: str, word: str = "") -> Observation:
    """Only a pod that the scheduler has looked at, and that waits for the very accelerator, is a reason to grow."""
    return bench.eventually(
        claim,
        partial(new_nodes.unschedulable, thing),
        accept=lambda said: bool(said) and word in said,
        expected=f"Unschedulable: Insufficient {word}" if word else "Unschedulable",
        kind=Kind.CONTROL,
    )


def _grows(bench: Bench, nodes: Nodes, trigger: Thing, resource: str) -> Iterator[Observation]:
    """The node is new, has what was asked for, and is where the pod runs: a label alone or an old node is no growth."""
    grown = bench.eventually(
        "A new node joins the pool",
        lambda: len(nodes.come()),
        accept=lambda many: many > 0,
        expected=1,
        within=bench.patience.grow,
    )
    lacking = "" if grown.holds else new_nodes.shortage(bench)
    if lacking:  # no failing of the autoscaler's
        bench.skip(Reason.QUOTA, f"There is no node to be had. {lacking}")
    yield grown
    new = nodes.come()[0]
    yield bench.eventually(
        "The new node is ready and offers the accelerator",
        lambda: nodes.offered(new, resource),
        accept=lambda many: many > 0,
        expected=f"at least 1 {resource}",
        within=bench.patience.grow,
    )
    name = new["metadata"]["name"]
    yield bench.eventually(
        "The pod that waited runs on the new node", partial(new_nodes.places, trigger), equals=[name]
    )


def _shrinks(bench: Bench, nodes: Nodes, nobody: Thing, trigger: Thing) -> Iterator[Observation]:
    """The very node goes again, and no other one: a name may come again, so that the uid counts."""
    new = nodes.come()
    for thing in (nobody, trigger):
        thing.delete()
    yield bench.eventually(
        "The new node goes after its pod has gone",
        lambda: [node["metadata"]["name"] for node in new if nodes.now(node)],
        equals=[],
        within=bench.patience.shrink,
    )
    yield bench.throughout(
        "The pools keep the nodes that they had at the beginning", nodes.same, equals=True, kind=Kind.CONTROL
    )
