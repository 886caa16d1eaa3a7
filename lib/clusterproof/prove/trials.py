"""Running trials side by side, each on a testbed of its own, and leaving none of them behind."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from clusterproof import testbed
from clusterproof.clock import now
from clusterproof.errors import KitError
from clusterproof.prove.bed import Bed, Gate, own_name, remove_leftovers, run_on
from clusterproof.prove.mutant import Mutant, mutants
from clusterproof.prove.proof import GOOD, Proof, Trial
from clusterproof.runner.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Job = Callable[[], Trial]
    Ended = tuple[int, Trial | BaseException]

SIDE_BY_SIDE = 3  # testbeds; each takes about 600 MB, and most of the time it waits for what must not happen


def prove(requirements: Sequence[str], say: Callable[[str], None], *, names: Sequence[str] = ()) -> Proof:
    """Run every check of these requirements on a good testbed and on each of its mutants, or on those of some names.

    One broken testbed that does not start is a trial that has not caught its mutant.

    Raises:
        UsageError: there is no mutant of such a name.
        TestbedError: the testbeds' programs cannot be had.
        Interrupted: Ctrl-C, SIGTERM; no testbed is left.
    """
    chosen = mutants(requirements, names)
    pairs: list[tuple[str, Mutant | None]] = [(requirement, None) for requirement in requirements]
    pairs += [(mutant.requirement, mutant) for mutant in chosen]
    beds = [Bed(own_name(number), requirement, mutant) for number, (requirement, mutant) in enumerate(pairs)]
    started, began, gate = now(), time.monotonic(), Gate()
    with Stopping(say) as stopping:
        remove_leftovers()
        for bed in beds:
            testbed.fetch(bed.spec(), progress=say)
        try:
            trials = _side_by_side([partial(_try, bed, gate, say) for bed in beds])
        except BaseException:
            with stopping.instead(lambda _times: None):
                say("removing the testbeds")
                gate.shut()
            raise
    return Proof(tuple(trials), tuple(requirements), started, round(time.monotonic() - began, 1))


def _side_by_side(jobs: Sequence[Job]) -> list[Trial]:
    """Return what the jobs return, in their order; the first exception of one of them ends it all.

    Daemon threads: a trial that waits must not keep a command alive whose user wants it to stop.
    """
    todo: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
    for numbered in enumerate(jobs):
        todo.put(numbered)
    for _ in range(min(SIDE_BY_SIDE, len(jobs))):
        threading.Thread(target=_work, args=(todo, ended), daemon=True).start()
    trials: dict[int, Trial] = {}
    while len(trials) < len(jobs):
        number, trial = ended.get()
        if isinstance(trial, BaseException):
            raise trial
        trials[number] = trial
    return [trials[number] for number in sorted(trials)]


def _work(todo: queue.SimpleQueue[tuple[int, Job]], ended: queue.SimpleQueue[Ended]) -> None:
    while True:
        try:
            number, job = todo.get_nowait()
        except queue.Empty:
            return
        try:
            ended.put((number, job()))
        except BaseException as broke:  # noqa: BLE001 - raised again in the main thread
            ended.put((number, broke))
            return


def _try(bed: Bed, gate: Gate, say: Callable[[str], None]) -> Trial:
    mutant, began = bed.mutant, time.monotonic()
    name, about = (mutant.name, mutant.about) if mutant else (GOOD, "The testbed as it should be.")
    trial = Trial(bed.requirement, name, about, mutant.caught_by if mutant else "", None)
    try:
        ran = run_on(bed, gate)
        trial = replace(trial, result=ran.result, left=ran.left)
    except KitError as broke:
        trial = replace(trial, error=broke.message)
    trial = replace(trial, took=round(time.monotonic() - began, 1))
    say(f"{'ok ' if trial.ok else 'BAD'} {trial.requirement} on {name} ({trial.took:.0f} s): {trial.seen}")
    return trial
