"""KAR-53: all pods of one job start together, or none of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments import jobs
from clusterproof.instruments.isolation import only_on
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

ENOUGH = 8  # accelerators; more would only make the run longer
FEWEST = 2  # a gang of one cannot start in part


@check(
    "gang_scheduling",
    probe="KAR-53",
    exclusive=True,
    needs=("create namespaces", "create jobs.batch", "delete jobs.batch", "watch pods", "list nodes"),
)
def all_or_nothing(bench: Bench) -> Iterator[Observation]:
    """Run a gang that fits, hold back one that does not, make room for it, and let two gangs compete."""
    backend = bench.use_backend(bench.values.gang_backend)
    room = _choose_room(bench)
    if "setup" in backend.templates:
        bench.apply("setup", name="setup", size=room)

    fits = jobs.start(bench, "gang", "fits", "a gang that fits", size=room)
    yield bench.eventually("Every pod of a gang that fits is bound", fits.bound, equals=room)
    yield bench.eventually("Every pod of a gang that fits runs", fits.running, equals=room)
    yield _given_back(bench, fits)

    filler = jobs.start(bench, "filler", "filler", "a single pod", size=1)
    yield bench.eventually("A single pod takes one of the places", filler.bound, equals=1, kind=Kind.CONTROL)
    yield from _without_gang(bench, room)
    waits = jobs.start(bench, "gang", "waits", "a gang that has to wait", size=room)
    short = _incomplete(bench, room - 1)
    yield from _held_back(bench, waits, short, room)

    filler.delete()  # a dead scheduler would have passed so far
    yield bench.eventually("The waiting gang starts whole once there is room", waits.bound, equals=room)
    yield _given_back(bench, waits)
    if short:
        yield from _completed(bench, short, room - 1)
    yield from _rivals(bench, room)


def _choose_room(bench: Bench) -> int:
    """Choose nodes that together have enough free accelerators, and keep every pod of the check on them."""
    free = {node: devices for node, devices in bench.room().startable().items() if devices}
    wanted = bench.values.gang_size or ENOUGH
    chosen: list[str] = []
    for node in sorted(free, key=lambda name: (free[name], name)):
        if sum(free[name] for name in chosen) < wanted:
            chosen.append(node)
    room = sum(free[name] for name in chosen)
    if room < FEWEST:
        bench.skip(
            Reason.NOT_ENOUGH_ACCELERATORS,
            f"A gang needs room for {FEWEST} pods with an accelerator each, there is room for {room}.",
        )
    bench.ledger.defaults["affinity"] = only_on(chosen)
    return room


def _without_gang(bench: Bench, room: int) -> Iterator[Observation]:
    """Show that one place is really missing, and that a partial start would be noticed."""
    loose = jobs.start(bench, "plain", "loose", "the same pods without a gang", size=room)
    claim = "The same pods without a gang start in part when one place is missing"
    # That the last one is found not to fit is asked for too: on the way to all of them, all but one are bound as well.
    yield bench.eventually(
        claim,
        lambda: [loose.bound(), jobs.refused(loose)],
        equals=[room - 1, 1],
        kind=Kind.CONTROL,
        expected=f"{room - 1} bound, 1 found not to fit",
    )
    yield _given_back(bench, loose)


def _incomplete(bench: Bench, size: int) -> Thing | None:
    """Ask for a gang that fits and lacks one of its pods; None where the backend creates all of them or none."""
    if size < FEWEST or not bench.backend or "short" not in bench.backend.templates:
        return None
    return jobs.start(bench, "short", "short", "a gang that lacks a pod", size=size, present=size - 1)


def _held_back(bench: Bench, waits: Thing, short: Thing | None, room: int) -> Iterator[Observation]:
    """Let gangs wait for a window; nothing counts before their pods exist, where the backend creates them at once."""
    if bench.backend and bench.backend.settings.get("held_back") == "pods":
        claim = "Every pod of a gang that cannot fit has been created"
        yield bench.eventually(claim, lambda: len(waits.pods()), equals=room, kind=Kind.CONTROL)
        # Pods that something merely keeps from the scheduler are not held back for want of room.
        claim = "A scheduler has decided on every pod of a gang that cannot fit"
        yield bench.eventually(claim, lambda: jobs.refused(waits) + waits.bound(), equals=room, kind=Kind.CONTROL)
    if short:
        claim = "Every pod but one of an incomplete gang has been created"
        yield bench.eventually(claim, lambda: len(short.pods()), equals=room - 2, kind=Kind.CONTROL)
    gangs = [waits, short] if short else [waits]
    claim = "No pod of a gang that cannot fit{} is ever bound".format(" or is not complete" if short else "")
    yield bench.throughout(claim, lambda: [gang.bound() for gang in gangs], equals=[0] * len(gangs))


def _completed(bench: Bench, short: Thing, size: int) -> Iterator[Observation]:
    """Add the pod that an incomplete gang lacks: only that had held it back."""
    bench.objects.change(short.objects[-1], {"spec": {"parallelism": size}})
    yield bench.eventually("The incomplete gang starts whole once it is complete", short.bound, equals=size)
    yield _given_back(bench, short)


def _given_back(bench: Bench, thing: Thing, called: str = "") -> Observation:
    thing.delete()
    claim = f"Every accelerator of {called or repr(thing.name)} is given back"
    return bench.eventually(claim, thing.left, equals=0, kind=Kind.CONTROL, within=bench.patience.gone)


def _rivals(bench: Bench, room: int) -> Iterator[Observation]:
    """Two gangs that each need more than half must not block each other with half of their pods."""
    size = room // 2 + 1
    rivals = [jobs.start(bench, "gang", name, f"the rival gang {name!r}", size=size) for name in ("one", "other")]
    yield bench.eventually(
        "One of two rival gangs starts whole", lambda: max(rival.bound() for rival in rivals), equals=size
    )
    yield bench.throughout(
        "No pod of the other gang is ever bound", lambda: min(rival.bound() for rival in rivals), equals=0
    )
    first, second = sorted(rivals, key=lambda rival: -rival.bound())
    first.delete()
    yield bench.eventually("The other gang starts whole after the first one is gone", second.bound, equals=size)
    yield _given_back(bench, second, "the other gang")
