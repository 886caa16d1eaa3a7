"""KAR-53: all pods of one job start together, or none of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.instruments import gangs, jobs
from clusterproof.model import Kind, Observation, Reason
from clusterproof.registry import check

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing


@check(
    "gang_scheduling",
    probe="KAR-53",
    exclusive=True,
    by_resource=True,
    needs=("create namespaces", "create jobs.batch", "delete jobs.batch", "watch pods", "list nodes"),
)
def all_or_nothing(bench: Bench) -> Iterator[Observation]:
    """Run a gang that fits, hold back one that does not, make room for it, and let two gangs compete."""
    backend = bench.use_backend(bench.values.gang_backend)
    room = gangs.choose_room(bench)
    if "setup" in backend.templates:
        bench.apply("setup", name="setup", size=room.size, beyond=2 * room.size)

    fits = jobs.start(bench, "gang", "fits", "a gang that fits", size=room.size)
    yield bench.eventually("Every pod of a gang that fits is bound", fits.bound, equals=room.size)
    yield bench.eventually("Every pod of a gang that fits runs", fits.running, equals=room.size)
    yield from gangs.whole(bench, fits, room)
    yield _given_back(bench, fits)

    filler = jobs.start(bench, "filler", "filler", "a single pod", size=1)
    yield bench.eventually("A single pod takes one of the places", filler.bound, equals=1, kind=Kind.CONTROL)
    yield from _without_gang(bench, room.size)
    waits = jobs.start(bench, "gang", "waits", "a gang that has to wait", size=room.size)
    short = _incomplete(bench, room.size - 1)
    waiting = yield from _held_back(bench, [waits, *short], filler, room.size)

    yield from _make_room(bench, filler)  # a dead scheduler would have passed so far
    yield gangs.starts(bench, waits, room.size, "The waiting gang starts whole once there is room")
    claim = "What starts then is the gang that had waited and no other one"
    yield bench.observe(claim, expected=room.size, actual=gangs.known(waits, waiting), kind=Kind.CONTROL)
    yield _given_back(bench, waits)
    for gang in short:
        yield from _completed(bench, gang, room.size - 1)
    yield from _rivals(bench, room.size)

    claim = "As many accelerators are free as before the first gang"
    yield bench.observe(claim, expected=room.nodes, actual=gangs.free_now(bench, room), kind=Kind.CONTROL)


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


def _incomplete(bench: Bench, size: int) -> list[Thing]:
    """Ask for a gang that fits and lacks one of its pods; none where the backend creates all of them or none."""
    if size < gangs.FEWEST or not bench.backend or "short" not in bench.backend.templates:
        return []
    return [jobs.start(bench, "short", "short", "a gang that lacks a pod", size=size, present=size - 1)]


def _held_back(bench: Bench, held: list[Thing], filler: Thing, room: int) -> Generator[Observation, None, gangs.Marks]:
    """Let gangs wait for a window, their pods where the backend makes them, and return by what the first is known."""
    waits, *short = held
    if bench.backend and bench.backend.settings.get("held_back") == "pods":
        claim = "Every pod of a gang that cannot fit has been created"
        yield bench.eventually(claim, lambda: len(waits.pods()), equals=room, kind=Kind.CONTROL)
        # Pods that something merely keeps from the scheduler are not held back for want of room.
        claim = "A scheduler has decided on every pod of a gang that cannot fit"
        yield bench.eventually(claim, lambda: jobs.refused(waits) + waits.bound(), equals=room, kind=Kind.CONTROL)
    if short:
        claim = "Every pod but one of an incomplete gang has been created"
        yield bench.eventually(claim, lambda: len(short[0].pods()), equals=room - 2, kind=Kind.CONTROL)
    marks = gangs.marks(waits)
    claim = "No pod of a gang that cannot fit{} is ever bound".format(" or is not complete" if short else "")
    # Ever, not now: a part that was started and taken back before anybody looked has been started.
    seen = bench.throughout(claim, lambda: [gangs.ever_bound(bench, gang) for gang in held], equals=[0] * len(held))
    if not seen.holds and filler.bound() != 1:
        bench.skip(Reason.DISTURBED, "Something took away the pod that was to fill the place.")
    yield seen
    return marks


def _make_room(bench: Bench, filler: Thing) -> Iterator[Observation]:
    """Free the place; a queue that is not told when a pod of others has gone looks again after a job of its own."""
    if bench.backend and bench.backend.settings.get("looks_again_after") == "own jobs":
        passing = jobs.start(bench, "gang", "passing", "a gang that fits beside the one that waits", size=1)
        yield bench.eventually("A gang that fits starts beside the one that waits", passing.bound, equals=1)
        yield _given_back(bench, filler)
        passing.delete()
    else:
        filler.delete()


def _completed(bench: Bench, short: Thing, size: int) -> Iterator[Observation]:
    """Add the pod that an incomplete gang lacks: only that had held it back."""
    bench.objects.change(short.objects[-1], {"spec": {"parallelism": size}})
    yield gangs.starts(bench, short, size, "The incomplete gang starts whole once it is complete")
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
        "No pod of the other gang is ever bound",
        lambda: min(gangs.ever_bound(bench, rival) for rival in rivals),
        equals=0,
    )
    first, second = sorted(rivals, key=lambda rival: -rival.bound())
    first.delete()
    yield gangs.starts(bench, second, size, "The other gang starts whole after the first one is gone")
    yield from _beside(bench, room - size)
    yield _given_back(bench, second, "the other gang")


def _beside(bench: Bench, size: int) -> Iterator[Observation]:
    """Show that a gang shares nodes: one that waits for empty ones would have passed so far."""
    if size:
        beside = jobs.start(bench, "gang", "beside", "a gang that fits beside another one", size=size)
        yield bench.eventually("A gang that fits beside another one starts whole", beside.bound, equals=size)
        yield _given_back(bench, beside)
