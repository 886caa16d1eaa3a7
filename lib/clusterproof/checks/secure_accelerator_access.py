"""KAR-49: nobody reaches an accelerator that the cluster did not give to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.cluster.places import only_on
from clusterproof.instruments.containers import without_kubelet
from clusterproof.instruments.inside_containers import seen_inside
from clusterproof.instruments.isolation import ACCEPTED, REFUSED, answer, debugged, given, may_ask, may_debug, reached
from clusterproof.instruments.units import one_holder_each
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing


@check(
    "secure_accelerator_access",
    probe="KAR-49",
    exclusive=True,
    by_resource=True,
    needs=("create namespaces", "create pods", "watch pods", "list nodes"),
)
def accelerators_are_given_and_not_taken(bench: Bench) -> Iterator[Observation]:
    """Hold every accelerator of a node and ask for one more, then ask for what would go round the cluster's books."""
    backend = bench.use_backend()
    node = _fullest(bench)
    holders = yield from one_holder_each(bench, node, bench.accelerator(), "accelerator", "Every accelerator")
    bystander = bench.apply("modest", name="bystander", affinity=only_on([node]))
    yield from _has_none(bench, bystander)
    if bench.values.pod_security == "privileged":
        bench.ledger.left_out.append("pods that mount devices or ask for every right: pod_security lets all of them in")
    else:
        yield _said("A pod that asks for nothing of its node is accepted", ACCEPTED, bench, answer(bench, "modest"))
        yield _said("A pod that mounts the devices of its node is refused", REFUSED, bench, answer(bench, "mounting"))
        claim = "A pod that asks for every right on its node is refused"
        yield _said(claim, REFUSED, bench, answer(bench, "privileged"))
        if may_debug(bench):
            yield from _debugged(bench, bystander)
    if "claim" in backend.templates:
        yield _said("A claim of a device is accepted", ACCEPTED, bench, answer(bench, "claim"))
        yield _said("A claim of devices that others use is refused", REFUSED, bench, answer(bench, "admin_claim"))
        yield _said("A template of claims is accepted", ACCEPTED, bench, answer(bench, "template"))
        claim = "A template of claims of devices that others use is refused"
        yield _said(claim, REFUSED, bench, answer(bench, "admin_template"))
    if may_ask(bench):
        yield bench.observe(
            "An account of another namespace may do nothing to the pods that have accelerators, nor to their nodes",
            expected=[],
            actual=reached(bench, bench.ledger.namespace()),
            kind=Kind.NEGATIVE,
        )
    if without_kubelet(bench):
        bench.skip(
            Reason.NEEDS_KUBELET,
            "What the API server and the scheduler decide holds; what a container sees of devices can only be seen "
            "where a kubelet runs it.",
        )
    yield from seen_inside(bench, node, holders)


def _fullest(bench: Bench) -> str:
    """Return the node with most free accelerators."""
    free = bench.room().free()
    node = max(free, key=lambda name: (free[name], name), default="")
    if not node or not free[node]:
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, "No node has a free accelerator.")
    return node


def _has_none(bench: Bench, bystander: Thing) -> Iterator[Observation]:
    """A pod that asks for none is not kept waiting for any, and has got nothing on the way that is one."""
    yield bench.eventually(
        "A pod that asks for no accelerator runs on the node whose accelerators are all held",
        bystander.running,
        equals=1,
        kind=Kind.CONTROL,
    )
    yield bench.observe(
        "Nothing that is or brings a device has been put into that pod",
        expected=[],
        actual=[found for pod in bystander.pods() for found in given(pod, bench.accelerator())],
        kind=Kind.NEGATIVE,
    )


def _debugged(bench: Bench, bystander: Thing) -> Iterator[Observation]:
    claim = "A modest container for debugging is accepted in a pod that runs"
    yield _said(claim, ACCEPTED, bench, debugged(bench, bystander, "modest"))
    claim = "A container for debugging with every right on its node is refused"
    yield _said(claim, REFUSED, bench, debugged(bench, bystander, "privileged"))


def _said(claim: str, expected: str, bench: Bench, actual: str) -> Observation:
    kind = Kind.CONTROL if expected == ACCEPTED else Kind.NEGATIVE
    return bench.observe(claim, expected=expected, actual=actual, kind=kind)
