"""Running trials side by side, each on a testbed that is as it should be, and leaving none of them behind."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import psutil

from clusterproof import testbed
from clusterproof.clock import now
from clusterproof.errors import Interrupted, KitError
from clusterproof.prove.case import Case
from clusterproof.prove.desk import ANY, Desk
from clusterproof.prove.gate import Gate, own_name, remove_leftovers
from clusterproof.prove.mutant import claims_elsewhere, mutants
from clusterproof.prove.proof import Beds, Proof, Trial
from clusterproof.prove.stand import Stand
from clusterproof.prove.tiers import tier
from clusterproof.stopping import Stopping
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Ended = tuple[int, Trial] | BaseException | None

LARGE = 700e6  # bytes that one takes; together they take half of what is free, since a second proof may be running


def prove(
    requirements: Sequence[str], say: Callable[[str], None], *, names: Sequence[str] = (), on: str = SIMULATED
) -> Proof:
    """Run every check of these requirements on a good testbed and on each of its mutants, or on those of some names.

    One broken testbed that does not start is a trial that has not caught its mutant. ``on`` is the tier of testbeds.

    Raises:
        UsageError: there is no mutant of such a name, or this machine cannot carry testbeds of the tier.
        TestbedError: the testbeds' programs cannot be had.
        Interrupted: Ctrl-C, SIGTERM; no testbed is left.
    """
    testbed.refuse_unless_possible(on)
    chosen = mutants(requirements, names, tier=on)
    good = [Case(each, tier=on) for each in requirements]
    cases = [*good, *(Case(each.requirement, each, on) for each in chosen)]
    started, began, gate = now(), time.monotonic(), Gate()
    shop = Shop(Desk(cases), gate, say, tier(on).beds)
    with Stopping(say) as stopping:
        remove_leftovers()
        for case in cases:
            testbed.fetch(case.whole(ANY), progress=say)
        try:
            trials = shop.run(len(cases))
        except BaseException:
            with stopping.instead(lambda _times: None):
                say("removing the testbeds")
                gate.shut()
            raise
    took = round(time.monotonic() - began, 1)
    beds, others = Beds(shop.starts, tuple(shop.thrown)), claims_elsewhere(requirements, on)
    return Proof(tuple(trials), tuple(requirements), started, took, beds, on, others)


@dataclass
class Shop:
    """Where trials are run."""

    desk: Desk
    gate: Gate
    say: Callable[[str], None]
    beds: int
    """How many testbeds run at once, at most."""
    starts: int = 0
    """Testbeds that were started."""
    thrown: list[str] = field(default_factory=list)
    """Why a testbed was not used again, one sentence each."""

    def run(self, count: int) -> list[Trial]:
        """Return what comes of all cases, in their order; the first exception of one of them ends it all.

        Daemon threads: a trial that waits must not keep a command alive whose user wants it to stop.
        """
        ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        working = min(count, _side_by_side(self.beds))
        for worker in range(working):
            threading.Thread(target=partial(self._work, worker, ended), daemon=True).start()
        trials: dict[int, Trial] = {}
        while working:
            end = ended.get()
            if isinstance(end, BaseException):
                raise end
            if end is None:
                working -= 1
            else:
                trials[end[0]] = end[1]
        return [trials[number] for number in sorted(trials)]

    def _work(self, worker: int, ended: queue.SimpleQueue[Ended]) -> None:
        stand: Stand | None = None
        try:
            while entry := self.desk.next(worker, stand.begun if stand else None):
                number, case = entry
                if stand and not stand.serves(case):
                    stand.remove()
                    stand = None
                trial, stand = self._try(case, stand)
                ended.put((number, trial))
                stand = self._kept(stand, trial)
            if stand:
                stand.remove()
            ended.put(None)
        except BaseException as broke:  # noqa: BLE001 - raised again in the main thread
            ended.put(broke)

    def _try(self, case: Case, stand: Stand | None) -> tuple[Trial, Stand | None]:
        mutant, began = case.mutant, time.monotonic()
        about, expected = (mutant.about, mutant.caught_by) if mutant else ("The testbed as it should be.", "")
        trial = Trial(case.requirement, case.name, about, expected, None, tier=case.tier)
        try:
            stand = stand or self._start(case)
            ran = stand.run(case)
            trial = replace(trial, result=ran.result, left=ran.left)
        except Interrupted:
            raise
        except KitError as broke:
            trial = replace(trial, error=broke.message)
        trial = replace(trial, took=round(time.monotonic() - began, 1))
        self.desk.ended(case, trial.took)
        self.say(
            f"{'ok ' if trial.ok else 'BAD'} {trial.requirement} on {case.name} ({trial.took:.0f} s): {trial.seen}"
        )
        return trial, stand

    def _start(self, case: Case) -> Stand:
        self.starts += 1
        again = self.desk.goes_on(case.begun(ANY))
        return Stand.start(own_name(), case, self.gate, for_others=again)

    def _kept(self, stand: Stand | None, trial: Trial) -> Stand | None:
        """Return the testbed if it can be used again; else remove it, and tell why if it was to be."""
        if not stand:
            return None
        why = ""
        if self.desk.goes_on(stand.begun):
            why = stand.restore() if trial.ok else "the trial was not as expected"
            if not why:
                return stand
            self.thrown.append(f"{trial.requirement} on {trial.mutant}: {why}")
            self.say(f"    a new testbed after {self.thrown[-1]}")
        stand.remove()
        return None


def _side_by_side(most: int) -> int:
    return max(1, min(most, int(psutil.virtual_memory().available / 2 / LARGE)))
