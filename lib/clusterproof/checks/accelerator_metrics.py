"""KAR-59: load and memory of every accelerator can be read, are true, and follow what runs on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.bench.values import fragments
from clusterproof.instruments.load import EVERY, LEAST_LOAD, LEAST_MEMORY, WORK, Load
from clusterproof.instruments.told import Told
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing


@check(
    "accelerator_metrics",
    probe="KAR-59",
    exclusive=True,
    needs=("create namespaces", "create pods", "watch pods", "list pods", "list nodes"),
)
def every_accelerator_is_told_of(bench: Bench) -> Iterator[Observation]:
    """Compare what exporters tell with what nodes advertise, then put one accelerator to work and take it off again."""
    told = Told.of(bench)
    yield bench.eventually(
        "Every node with accelerators has an exporter of their metrics",
        told.covered,
        equals=told.places(),
        every=EVERY,
        within=bench.patience.settle,
    )
    yield from _complete(bench, told)
    yield from _plausible(bench, told)
    yield bench.eventually(
        "What every exporter tells goes on", told.moved, equals=told.places(), every=EVERY, within=bench.patience.settle
    )
    yield from _under_load(bench, told)


def _complete(bench: Bench, told: Told) -> Iterator[Observation]:
    """Nothing is guessed: a name that is not in the table counts for nothing."""
    yield bench.eventually(
        "Every exporter answers in a format that a strict parser reads",
        told.unreadable,
        equals={},
        every=EVERY,
        within=bench.patience.settle,
    )
    yield bench.observe(
        "Every device that a node advertises is told of, and no other",
        expected=told.advertised(),
        actual=told.counted(),
        evidence=told.evidence(),
    )
    for what, meaning in (("load", "utilisation"), ("memory in use", "memory_used")):
        yield bench.observe(f"The {what} of every device is told", expected=[], actual=told.without(meaning))


def _plausible(bench: Bench, told: Told) -> Iterator[Observation]:
    yield bench.observe(
        "Every load lies between 0 and 100 percent", expected={}, actual=told.outside("utilisation", 100.0)
    )
    yield bench.observe("No device uses less memory than none or more than it has", expected={}, actual=told.overfull())
    yield bench.observe("The memory of every device has a size that devices have", expected={}, actual=told.missized())
    yield bench.observe("What bears a time is of the present", expected={}, actual=told.aged())


def _under_load(bench: Bench, told: Told) -> Iterator[Observation]:
    """A value that follows is worth something only if the others do not, and if it comes back."""
    _may_work(bench, told)
    load = Load.on(bench, told)
    yield _at_rest(bench, load)
    workload = _started(bench)
    yield bench.eventually("A pod with one accelerator runs", workload.running, equals=1, kind=Kind.CONTROL)
    [pod] = workload.pods()
    load.works(pod)
    node, soon = pod["spec"]["nodeName"], bench.patience.settle
    busy, full = partial(load.busy_on, node), partial(load.full_on, node)
    yield bench.eventually("One device of its node becomes busy", busy, equals=1, every=EVERY, within=soon)
    yield bench.eventually("The memory of the same device fills", full, equals=1, every=EVERY, within=soon)
    if load.names_holders():
        yield bench.observe(
            "The busy device is the one that is told to be the pod's", expected=[load.pod], actual=load.holders_on(node)
        )
    yield bench.observe(
        "No device of another node has become busy with it",
        expected=[],
        actual=load.busy_elsewhere(node),
        kind=Kind.NEGATIVE,
    )
    load.drawing.end(WORK)
    workload.delete()
    gone = bench.patience.gone
    yield bench.eventually("The device is idle again without the pod", busy, equals=0, every=EVERY, within=gone)
    full = partial(load.fuller_on, node)
    yield bench.eventually("Its memory is free again as well", full, equals=0, every=EVERY, within=gone)


def _at_rest(bench: Bench, load: Load) -> Observation:
    """Look a few times, however long that takes, and then decide."""
    claim = "No device becomes busy where nothing was started"
    seen = bench.eventually(
        claim, load.before_work, accept=lambda busy: busy is not None, every=EVERY, within=bench.patience.gone
    )
    return bench.observe(claim, expected=[], actual=seen.actual, kind=Kind.NEGATIVE)


def _may_work(bench: Bench, told: Told) -> None:
    """End the check where nothing can be put to work."""
    resource = bench.values.resource_name or (bench.facts.accelerators and bench.accelerator())
    if not resource:
        bench.skip(
            Reason.NO_ACCELERATOR,
            "What can be read holds so far; no node offers an extended resource by which a pod could be put to work.",
        )
    if not sum(bench.room().free().values()):
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"No {resource} is free, so that nothing can be put to work.")
    if not (bench.values.load_image or told.simulated):
        bench.skip(
            Reason.NOT_REQUESTED,
            "What can be read holds so far; whether it follows a workload needs one: name an image that keeps an "
            f"accelerator busy (by {LEAST_LOAD:.0f} percent and {LEAST_MEMORY >> 20} MiB) with -p load_image.",
        )


def _started(bench: Bench) -> Thing:
    """Start what keeps one accelerator busy; where no kubelet stands behind the nodes any pod does."""
    command = bench.values.load_command if bench.values.load_image else fragments()["idle"]
    return bench.apply("workload", name="busy", load_command=command or None)
