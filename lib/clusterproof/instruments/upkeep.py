"""What is to become of an operator's objects: lost children come back, changes are followed, all of it goes at last."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clusterproof.instruments import webhooks
from clusterproof.model import Kind, Observation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.operands import Operand


def others_run(beside: Operand, alone: Thing) -> Generator[Observation, None, set[str]]:
    """Have another object run, and a pod that is nobody's; return the uids of all of these pods."""
    bench = beside.bench
    running = {"pods": beside.workers, "running": beside.workers}
    yield bench.eventually(f"Another {beside.kind} runs beside it", beside.counts, equals=running)
    yield bench.eventually("A pod that belongs to nobody runs beside it", alone.running, equals=1)
    return {pod["metadata"]["uid"] for pod in (*beside.thing.pods(), *alone.pods())}


def left_alone(bench: Bench, uids: set[str]) -> Observation:
    """An operator that cleans up too much is as bad as one that does too little."""
    there = {pod["metadata"]["uid"]: pod for pod in bench.ledger.items("Pod")}
    stay = {uid for uid, pod in there.items() if uid in uids and not pod["metadata"].get("deletionTimestamp")}
    lost = len(uids - stay)
    claim = "Pods that do not belong to it were left alone all the while"
    return bench.observe(claim, expected="0 lost", actual=f"{lost} lost", holds=not lost, kind=Kind.CONTROL)


def keeps(good: Operand) -> Iterator[Observation]:
    """What is lost comes back, twice: the controller watches on, and does not act once for each object."""
    what = "pod" if good.loses == "Pod" else good.loses
    yield _replaced(good, f"A {what} that was deleted is replaced by another one")
    yield _replaced(good, f"A second {what} that was deleted later is replaced too")


def _replaced(good: Operand, claim: str) -> Observation:
    """What comes in place of something must be what was asked for, and belong to the object as the first ones did."""
    lost, bench = good.losable(), good.bench
    bench.objects.delete(lost)
    return bench.eventually(
        claim,
        lambda: {**good.standing(), "still there": good.still_there(lost)},
        equals={**good.full(), "still there": False},
        within=bench.patience.settle,
    )


def follows(good: Operand) -> Iterator[Observation]:
    """A change is followed, and what the object says of itself follows too: a pause, where the kind knows of it."""
    if "pause" not in good.backend.settings:
        return
    bench, kind, settle = good.bench, good.kind, good.bench.patience.settle
    admitted = webhooks.decision(good.refused_change(good.backend.settings["pause"]))
    yield bench.observe(
        f"A correct change of a {kind} is admitted", expected="accepted", actual=admitted, kind=Kind.CONTROL
    )
    yield bench.eventually(
        f"A paused {kind} has no pods", good.thing.pods, equals=[], kind=Kind.NEGATIVE, within=settle
    )
    claim = f"A paused {kind} does not say any more that it is {good.state}"
    yield bench.eventually(claim, good.says, equals=False, kind=Kind.NEGATIVE, within=settle)
    bench.objects.change(good.item, good.backend.settings["resume"])
    yield bench.eventually(f"A {kind} that goes on has all its pods again", good.standing, equals=good.full())
    yield bench.eventually(f"A {kind} that goes on says that it is {good.state}", good.says, equals=True)


def removes(good: Operand, beside: Operand) -> Iterator[Observation]:
    """What was asked for goes when it is not asked for any more."""
    bench, kind = good.bench, good.kind
    good.thing.delete()
    gone = partial(bench.eventually, kind=Kind.CONTROL, within=bench.patience.gone)
    yield gone(f"The deleted {kind} itself is gone", lambda: good.thing.now(kind), equals={})
    yield gone(f"Every pod of a deleted {kind} is gone", good.thing.left, equals=0)
    for child in good.children():
        yield gone(f"Every {child} of a deleted {kind} is gone", partial(good.made, child, beside), equals=[])
