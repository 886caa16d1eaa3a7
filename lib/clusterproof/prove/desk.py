"""Which trial comes next: on the bed that a worker has if it can, else where most work is left for each worker."""

from __future__ import annotations

import threading
from collections import defaultdict
from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.prove.case import Case
    from clusterproof.testbed import Spec

USUALLY = 15.0  # seconds of a trial of which nothing is known yet
ANY = "any"  # the name in descriptions that are compared only


class Desk:
    """Hands out cases to workers, each once. Cases that begin with the same testbed are of one family."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._lock = threading.Lock()
        self._open = list(enumerate(cases))
        self._at: dict[int, Spec] = {}
        self._took: dict[str, list[float]] = defaultdict(list)

    def next(self, worker: int, bed: Spec | None) -> tuple[int, Case] | None:
        """Return a case and its number, None if there is no more; ``bed`` is what the worker has, if anything.

        What is good is handed out first, and only where a bed is to be started: it is tried where nothing was before.
        """
        with self._lock:
            if not self._open:
                return None
            usable = [entry for entry in self._open if entry[1].mutant and bed and _family(entry[1]) == _plain(bed)]
            chosen = usable[0] if usable else self._elsewhere(worker)
            self._open.remove(chosen)
            self._at[worker] = _family(chosen[1])
            return chosen

    def ended(self, case: Case, took: float) -> None:
        """Note how long a case took: the others of its requirement take about as long."""
        with self._lock:
            self._took[case.requirement].append(took)

    def goes_on(self, bed: Spec) -> bool:
        """True if a case is left that can be tried on a bed that was used."""
        with self._lock:
            return any(case.mutant and _family(case) == _plain(bed) for _, case in self._open)

    def _elsewhere(self, worker: int) -> tuple[int, Case]:
        """Choose the family with most work for each of its workers, and in it the good ones first."""
        families: dict[str, list[tuple[int, Case]]] = defaultdict(list)
        for entry in self._open:
            families[str(_family(entry[1]))].append(entry)
        others = [str(spec) for own, spec in self._at.items() if own != worker]
        share = {name: self._seconds(left) / (1 + others.count(name)) for name, left in families.items()}
        heaviest = families[max(share, key=lambda name: share[name])]
        return min(heaviest, key=lambda entry: (entry[1].mutant is not None, -self._usually(entry[1])))

    def _seconds(self, entries: list[tuple[int, Case]]) -> float:
        return sum(self._usually(case) for _, case in entries)

    def _usually(self, case: Case) -> float:
        known = self._took[case.requirement]
        return mean(known) if known else USUALLY


def _family(case: Case) -> Spec:
    return case.begun(ANY)


def _plain(bed: Spec) -> Spec:
    return type(bed)(**{**bed.__dict__, "name": ANY})
