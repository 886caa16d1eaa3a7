"""KAR-55: a pool of nodes with accelerators grows for a pod that waits for one, and shrinks when nobody does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import new_nodes
from clusterproof.instruments.new_nodes import Machines, Nodes
from clusterproof.instruments.node_pools import find
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

WINDOWS = 2  # for which no second node may come: one for the pods of the first window comes a window earlier


@check(
    "cluster_autoscaling",
    probe="KAR-55",
    disruptive=True,
    exclusive=True,
    by_resource=True,
    needs=("create namespaces", "create pods", "delete pods", "watch pods", "list nodes", "watch nodes"),
)
def a_pool_grows_and_shrinks(bench: Bench) -> Iterator[Observation]:
    """Fill a pool, ask for what no node has, for one more of what the pool has, and then for nothing.

    One node more is the most that this costs: a second one ends the check, and all pods go at its end.
    """
    pool, resource = find(bench)
    bench.take(resource, nodes=True)
    nodes = Nodes.watched(bench, pool)
    nodes.draw(resource)
    machines = Machines.watched(bench, pool)
    fillers = new_nodes.fill(bench, pool, resource)
    count = len(fillers)
    held = partial(new_nodes.running, fillers)
    yield bench.eventually("Pods hold every free accelerator of the pool", held, equals=count)
    _steady(bench, nodes)
    never = new_nodes.impossible(bench, pool, resource)
    yield from _not_for_nobody(bench, nodes, never)

    trigger = new_nodes.holder(bench, pool, resource, "trigger")
    claim = "The scheduler finds no free accelerator for one pod more"
    yield _waits(bench, trigger, claim, resource if count else "")  # a dead autoscaler would have passed so far
    yield from _grows(bench, nodes, trigger, resource)
    yield bench.throughout(
        "Nothing else changes: no second node comes, here or in another pool, and all pods stay",
        lambda: [nodes.ever_come(), new_nodes.running([*fillers, trigger])],
        equals=[[pool.label], count + 1],
        window=WINDOWS * bench.patience.window,
    )
    yield from _shrinks(bench, nodes, [*never, trigger])
    if machines:
        claim = "One machine was asked for, and it is given back"  # one that is no node any more, or never was, costs
        yield bench.eventually(claim, machines.come, equals=[1, 0], within=bench.patience.gone)
    yield bench.throughout(
        "The pools have the nodes of the beginning, one more has ever come to this one, and the other pods have stayed",
        lambda: [nodes.same(), nodes.ever_come().count(pool.label), held()],
        equals=[True, 1, count],
        kind=Kind.CONTROL,
    )


def _steady(bench: Bench, nodes: Nodes) -> None:
    """End the check where the nodes change by themselves: others use the pools, and nothing could be told apart."""
    claim = "The pools keep their nodes while nobody asks for more"
    if not bench.throughout(claim, nodes.same, equals=True).holds:
        message = "Nodes come or go before anything was asked for; try again when nobody else uses the pools."
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, message)


def _not_for_nobody(bench: Bench, nodes: Nodes, never: list[Thing]) -> Iterator[Observation]:
    yield bench.eventually(
        "The scheduler finds no node for pods that ask for what no node has",
        lambda: [bool(new_nodes.unschedulable(thing)) for thing in never],
        equals=[True] * len(never),
        kind=Kind.CONTROL,
    )
    yield bench.throughout("No node comes for pods that no node could run", nodes.ever_come, equals=[])


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
    lacking = "" if grown.holds else new_nodes.shortage(bench, trigger)
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


def _shrinks(bench: Bench, nodes: Nodes, things: list[Thing]) -> Iterator[Observation]:
    """The very node goes again, and no other one: a name may come again, so that the uid counts."""
    new = nodes.come()
    for thing in things:
        thing.delete()
    yield bench.eventually(
        "The new node goes after its pod has gone",
        lambda: [node["metadata"]["name"] for node in new if nodes.now(node)],
        equals=[],
        within=bench.patience.shrink,
    )
