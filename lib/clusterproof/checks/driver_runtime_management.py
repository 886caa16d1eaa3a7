"""KAR-1: the versions of drivers can be looked up on every node, hold together, and are looked after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.cluster.places import only_on
from clusterproof.instruments.caretakers import Caretakers
from clusterproof.instruments.containers import without_kubelet
from clusterproof.instruments.drivers import DRIVER, RUNTIME, Published
from clusterproof.instruments.inside import Inside, agree
from clusterproof.instruments.new_nodes import unschedulable
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from clusterproof.bench.bench import Bench

EVERY = 0.5  # seconds between two looks at what other namespaces hold
NOBODYS = "0.0.1-of-nobody"


@check(
    "driver_runtime_management",
    probe="KAR-1",
    exclusive=True,
    needs=(
        "create namespaces",
        "create pods",
        "watch pods",
        "list pods",
        "list nodes",
        "list daemonsets.apps",
        "get pods/log",
    ),
)
def drivers_are_known_and_looked_after(bench: Bench) -> Iterator[Observation]:
    """Read the published versions of every node with accelerators, who looks after them, and choose a node by one."""
    published = Published.of(bench.cluster)
    if not published.nodes:
        bench.skip(Reason.NO_ACCELERATOR, "No node that is ready advertises an accelerator that the table knows.")
    bench.use_backend()
    yield bench.observe(
        "Every node with accelerators publishes the version of their driver",
        expected=[],
        actual=published.missing(),
        evidence=published.evidence(),
    )
    for what in filter(published.some, (DRIVER, RUNTIME)):
        agree = f"Whatever publishes the version of the {what} on one node agrees"
        yield bench.observe(agree, expected={}, actual=published.contradictions(what))
        same = f"The nodes of one pool have the same version of the {what}"
        yield bench.observe(same, expected={}, actual=published.skews(what))
    yield from _looked_after(bench, published)
    yield from _chosen(bench, published)
    inside = yield from _seen(bench, published)
    _end(bench, published, inside)


def _looked_after(bench: Bench, published: Published) -> Iterator[Observation]:
    """A driver may come with the node's image; what is there to look after it has to do so everywhere."""
    caretakers = Caretakers(bench.cluster, published.nodes)
    if not caretakers.sets():
        return
    settle = bench.patience.settle
    yield bench.eventually(
        "What looks after drivers and devices is ready and up to date wherever it should run",
        caretakers.unready,
        equals={},
        every=EVERY,
        within=settle,
    )
    yield bench.eventually(
        "It runs on every node with accelerators", caretakers.uncovered, equals={}, every=EVERY, within=settle
    )


def _chosen(bench: Bench, published: Published) -> Iterator[Observation]:
    """The version is good for something: a pod gets the one that it needs, and no other one."""
    found = published.labelled()
    free = {resource: inventory.capacity(bench.cluster, resource) for own, _ in found for resource in own.resources}
    places = [(own, key, name) for own, key in found for name in own.resources if free[name].free()[own.node]]
    if not places:
        return
    own, key, resource = places[0]
    tolerations = free[resource].tolerations() if bench.values.tolerations is None else bench.values.tolerations
    usual: dict[str, Any] = {"resource": resource, "tolerations": tolerations, "affinity": only_on([own.node])}
    nobodys = bench.apply("chooser", name="nobodys", chosen={key: NOBODYS}, **usual)
    yield bench.eventually(
        "The scheduler finds no node for a pod that needs a version that nobody has",
        lambda: bool(unschedulable(nobodys)),
        equals=True,
        kind=Kind.NEGATIVE,
    )
    chooser = bench.apply("chooser", name="chooser", chosen={key: own.labels[key]}, **usual)
    yield bench.eventually("A pod gets an accelerator with the driver that it needs", chooser.running, equals=1)


def _seen(bench: Bench, published: Published) -> Generator[Observation, None, dict[str, str]]:
    """Compare what nodes publish with what a container with an accelerator of theirs sees; return what was seen."""
    if without_kubelet(bench):
        return {}
    names = {name for own in published.nodes for name in own.resources}
    free = {name: inventory.capacity(bench.cluster, name) for name in names}
    inside = Inside.of(bench, published.nodes, free)
    if not inside.readers:
        return {}
    every = len(inside.readers)
    claim = "A pod with an accelerator runs on each node that has a free one"
    yield bench.eventually(claim, inside.running, equals=every, kind=Kind.CONTROL)
    claim = "Each of them tells what it sees of the driver"
    yield bench.eventually(claim, inside.told, equals=every, kind=Kind.CONTROL, every=EVERY)
    seen = {node: told for node, told in inside.seen().items() if told}
    if seen:
        yield bench.observe(
            "What a container with an accelerator sees of the driver is the version that its node publishes",
            expected={node: told for node, told in inside.published().items() if node in seen},
            actual=seen,
            holds=agree(seen, inside.published()),
        )
    return inside.seen()


def _end(bench: Bench, published: Published, inside: dict[str, str]) -> None:
    if vendors := published.unknown():
        bench.unknown(
            f"The table does not know where the version of the driver of {' and '.join(vendors)} is published; add "
            "`driver` with labels or attributes to a row of accelerators.yaml."
        )
    if blind := [node for node, told in inside.items() if not told]:
        bench.unknown(
            f"A container with an accelerator of {' and '.join(blind)} sees no file by which the table knows the "
            "driver; add it as `inside` to a row of accelerators.yaml."
        )
    if not inside:
        bench.skip(
            Reason.NEEDS_KUBELET if without_kubelet(bench) else Reason.NO_CHECK,
            "What is published holds together; whether it is what a container sees of the driver is not measured. "
            "Answer the requirement with evidence of your own for that.",
        )
