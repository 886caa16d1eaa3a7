"""KAR-3: several workloads can use one accelerator, by shares that the cluster keeps books of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments import lots
from clusterproof.instruments.containers import without_kubelet
from clusterproof.instruments.sharers import shared_inside
from clusterproof.instruments.sharing import Shares, looked_for, shared_devices, shares
from clusterproof.instruments.units import free_on, one_holder_each
from clusterproof.model import Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

    Held = Generator[Observation, None, tuple[Shares, list[Thing]]]


@check(
    "gpu_sharing",
    probe="KAR-3",
    exclusive=True,
    needs=("create namespaces", "create pods", "watch pods", "list pods", "list nodes"),
)
def several_pods_share_an_accelerator(bench: Bench) -> Iterator[Observation]:
    """Hold all shares of one node at once, ask for one more, and share devices of our own by claims."""
    offered = shares(bench.cluster)
    if not offered and not shared_devices(bench.cluster):
        bench.skip(
            Reason.NOT_INSTALLED,
            f"No node shares accelerators as far as the table knows. Looked for: {looked_for()}; devices in "
            "ResourceSlices that several claims may have or that are parts of others. If the accelerators cannot be "
            "shared, declare the requirement N/A, with the reason.",
        )
    backend = bench.use_backend()
    held = (yield from _all_shares_held(bench, offered)) if offered else None
    if "slice" in backend.templates and bench.values.allow_cluster_scoped:
        yield from _by_claims(bench)
    if without_kubelet(bench):
        bench.skip(
            Reason.NEEDS_KUBELET,
            "What the nodes offer and what the scheduler decides holds; that pods really work on one device side by "
            "side can only be seen where a kubelet gives it to them.",
        )
    if not held:
        bench.skip(
            Reason.NO_CHECK,
            "What the scheduler decides holds for devices of the kit's own; the kit does not yet claim shares of the "
            "devices that the platform's driver lists. Answer the requirement with evidence of your own for that.",
        )
    yield from shared_inside(bench, *held)


def _all_shares_held(bench: Bench, offered: list[Shares]) -> Held:
    """More pods than devices run at once, each with a share: so at least two of them are on one device."""
    yield bench.observe(
        "Each node that says that it shares accelerators offers more shares than it has devices",
        expected={},
        actual={each.node: each.wanting() for each in offered if each.wanting()},
    )
    room = {each: free_on(bench, each.node, each.resource) for each in offered}
    best = max(room, key=lambda each: (room[each] - each.physical, each.node))
    if room[best] <= max(1, best.physical):
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"No node has more free shares than devices: {best.node} has {room[best]} of {best.resource} free.",
        )
    return best, (yield from one_holder_each(bench, best.node, best.resource, "share"))


def _by_claims(bench: Bench) -> Iterator[Observation]:
    """The books of Dynamic Resource Allocation, as far as the server knows them: what is shared out is gone."""
    kinds = lots.publish(bench)
    lots.claim(bench, "common", lots.WHOLE)
    firsts = {lots.WHOLE: [lots.user(bench, f"user-{number}", "common") for number in (1, 2)]}
    yield _run(bench, "Two pods that use one claim have its device at the same time", firsts[lots.WHOLE])
    lates = {lots.WHOLE: lots.owner(bench, "late-user", lots.WHOLE)}
    if lots.CAPACIOUS in kinds:
        firsts[lots.CAPACIOUS] = [lots.owner(bench, f"half-{n}", lots.CAPACIOUS, lots.HALF) for n in (1, 2)]
        yield _run(bench, "Two claims of half a device's memory have it at the same time", firsts[lots.CAPACIOUS])
        lates[lots.CAPACIOUS] = lots.owner(bench, "late-half", lots.CAPACIOUS, lots.HALF)
    if lots.PARTS in kinds:
        firsts[lots.PARTS] = [lots.owner(bench, "part", lots.PART_HALF)]
        yield _run(bench, "A claim of a part of a device has it", firsts[lots.PARTS])
        lates[lots.PARTS] = lots.owner(bench, "late-all", lots.PART_ALL)
    yield bench.throughout(
        "No claim gets of a device what others have of it",
        lambda: {kind: late.bound() for kind, late in lates.items()},
        equals=dict.fromkeys(lates, 0),
    )
    yield from _given_back(bench, firsts, lates)


def _given_back(bench: Bench, firsts: dict[str, list[Thing]], lates: dict[str, Thing]) -> Iterator[Observation]:
    """Whoever was kept waiting gets what the others had: a scheduler that is dead would have passed so far."""
    words = {
        lots.WHOLE: "the device once nobody uses it any more",
        lots.CAPACIOUS: "the memory that is given back",
        lots.PARTS: "the whole device once its part is given back",
    }
    for kind, late in lates.items():
        given_back = firsts[kind] if kind != lots.CAPACIOUS else firsts[kind][:1]
        for thing in given_back:
            thing.delete()
        yield _run(bench, f"The waiting claim gets {words[kind]}", [late])


def _run(bench: Bench, claim: str, things: list[Thing]) -> Observation:
    # Bound is all that can be asked of them: no kubelet knows the driver of the kit's own devices, so none starts them.
    return bench.eventually(claim, lambda: sum(thing.bound() for thing in things), equals=len(things))
