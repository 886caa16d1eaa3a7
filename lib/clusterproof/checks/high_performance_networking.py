"""KAR-10: fast network interfaces are found by what they are, and pods get them where they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.places import only_on
from clusterproof.instruments import attachment as ask
from clusterproof.instruments import interfaces as net
from clusterproof.instruments import plugged_interfaces as plugged
from clusterproof.instruments.containers import without_kubelet
from clusterproof.instruments.crossing import inside
from clusterproof.instruments.ends import claimed_ends, counted_ends, macs
from clusterproof.manifest import backends
from clusterproof.model import Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench

LEAST = 2  # characteristics of an interface


@check(
    "high_performance_networking",
    probe="KAR-10",
    exclusive=True,
    needs=("create namespaces", "create pods", "watch pods", "list nodes"),
)
def interfaces_are_found_and_given(bench: Bench) -> Iterator[Observation]:
    """Ask for an interface by what it is, for one that nobody has yet, and for one beside an accelerator."""
    claimed, counted = backends("high_performance_networking")
    there = {node["metadata"]["name"] for node in bench.cluster.pages(bench.cluster.resource("v1", "Node"))}
    found = [each for each in net.devices(bench.cluster, claimed.settings["drivers"]) if each.node in there]
    busy = net.taken(bench.cluster) if found else set()
    free = [each for each in found if each.key not in busy]
    offers = [] if found else plugged.offers(bench.cluster, counted.settings)
    if found:
        ends = claimed_ends(bench, free, claimed.settings)
        yield from _claimed(bench, found, busy)
    elif offers:
        ends = counted_ends(bench, offers, counted.settings)
        yield from _counted(bench, offers)
    else:
        bench.skip(
            Reason.NOT_INSTALLED,
            "No node advertises a network interface that the kit knows, as a device or as a resource. Platforms "
            "that need none declare the requirement N/A; what is known stands in the manifests of this check.",
        )
    what = "What the API server and the scheduler decide holds; "
    if without_kubelet(bench):
        bench.skip(Reason.NEEDS_KUBELET, f"{what}an interface inside a pod can only be seen where a kubelet runs it.")
    if not ends:
        bench.skip(
            Reason.NO_CHECK,
            f"{what}no definition of a network puts these interfaces into pods, so that there is nothing to look at "
            "there. Answer the requirement with evidence of your own for that.",
        )
    yield from inside(bench, ends, macs(free, claimed.settings["hardware"]))


def _claimed(bench: Bench, found: list[net.Device], busy: set[tuple[str, str, str]]) -> Iterator[Observation]:
    settings = bench.use_backend("dynamic").settings
    names, drivers = settings["names"], sorted({each.driver for each in found})
    told = {each.label: each.tells(names) for each in found}
    yield bench.observe(
        "Each advertised interface tells what it is by at least two characteristics",
        expected=f"{LEAST} or more for each",
        actual=told,
        holds=all(len(each) >= LEAST for each in told.values()),
    )
    busy = net.taken(bench.cluster)
    free = [each for each in found if each.key not in busy]
    if not free:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, "Every advertised interface is in use.")
    net.tolerate(bench, {each.node for each in free})
    bench.apply("class", name=ask.INTERFACES, drivers_text=str([*drivers, settings["own_driver"]]))
    yield from _one(bench, net.rarest(free, names))
    yield from _none_yet(bench, free[-1].node)
    vendors = [driver for row in rows("vendors") for driver in row.get("drivers") or []]
    accelerators = [each for each in net.devices(bench.cluster, vendors) if each.node and each.key not in busy]
    yield from ask.beside(bench, accelerators, free)


def _one(bench: Bench, alike: list[net.Device]) -> Iterator[Observation]:
    """Ask for an interface by all that it tells of itself."""
    names = (bench.backend or bench.use_backend()).settings["names"]
    wanted = net.expression(alike[0].tells(names), alike[0].driver)
    holder = bench.apply("pod", name="holder", requests=[ask.request(bench, ask.INTERFACES, wanted)], constraints=None)
    bench.watch("ResourceClaim")
    labels = {(each.pool, each.name): each.node for each in alike}
    yield bench.eventually(
        "A pod gets an interface with the characteristics that it asks for",
        partial(ask.given, bench, holder),
        accept=lambda given: len(given) == 1 and (given[0]["pool"], given[0]["device"]) in labels,
        expected=[f"{each.node}: {each.name}" for each in alike],
    )
    [given] = ask.given(bench, holder)
    where = labels[given["pool"], given["device"]]
    yield bench.eventually("That pod is bound to the node of its interface", partial(ask.nodes, holder), equals=[where])
    holder.delete()


def _none_yet(bench: Bench, node: str) -> Iterator[Observation]:
    """Ask for an interface that nobody has, then publish one; none of the kit's is ever there on its own."""
    settings = (bench.backend or bench.use_backend()).settings
    own = settings["own_driver"]
    wanted = net.expression({f"{own}/mtu": settings["own_mtu"]}, own)
    absent = bench.apply("pod", name="absent", requests=[ask.request(bench, ask.INTERFACES, wanted)], constraints=None)
    yield ask.claim_exists(bench, absent, "The claim of an interface that nobody has is created")
    yield bench.throughout(
        "No pod is bound for an interface that nobody has",
        lambda: [len(ask.given(bench, absent)), absent.bound()],
        equals=[0, 0],
    )
    bench.apply("interface", name="late", node=node)
    yield bench.eventually(
        "The same pod is bound to the node where such an interface is published later",
        partial(ask.nodes, absent),
        equals=[node],
    )
    absent.delete()


def _counted(bench: Bench, offers: list[plugged.Offer]) -> Iterator[Observation]:
    bench.use_backend("device-plugin")
    yield bench.observe(
        "What interfaces are is told by labels of their nodes or by definitions of networks",
        expected="something for each",
        actual={each.resource: each.tells for each in offers},
        holds=all(each.tells for each in offers),
    )
    ways = ((each, *plugged.free(bench, each)) for each in offers)
    offer, node, amount = next((way for way in ways if way[2]), (offers[0], "", 0))
    if not amount:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, "Every interface that nodes offer is in use.")
    bench.ledger.defaults["affinity"] = only_on([node])
    holder = bench.apply("pod", name="holder", resource=offer.resource, amount=amount)
    yield bench.eventually("A pod gets all free interfaces of a node", partial(ask.nodes, holder), equals=[node])
    late = bench.apply("pod", name="late", resource=offer.resource, amount=1)
    yield bench.throughout("No pod is bound for an interface that another one holds", late.bound, equals=0)
    holder.delete()
    yield bench.eventually("The waiting pod is bound once they are given back", partial(ask.nodes, late), equals=[node])
    late.delete()
