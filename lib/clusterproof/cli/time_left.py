"""How long a run may still take: what its checks took on the testbed, at the pace of those that have ended here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.runner import Request

TRUST = 10.0  # seconds of expected work until the pace of this cluster counts as much as that of the testbed
NOTHING_TRIED = 0.2  # of the expected time: a check that ended sooner was a SKIP
SOON, STEP, MINUTE = 10, 10, 60  # seconds


@dataclass
class TimeLeft:
    """Of the checks that a run will run; told of each beginning and end, asked at any time."""

    notebooks: tuple[tuple[str, ...], ...]
    """Requirement ids, in the order in which each notebook checks them, one after another."""
    expected: dict[str, float]
    """Seconds for each of these ids."""
    alone: frozenset[str] = frozenset()
    """Ids that wait for each other, since they take accelerators."""
    workers: int = 1
    """Notebooks that are executed at a time."""
    clock: Callable[[], float] = time.monotonic
    _began: dict[str, float] = field(default_factory=dict)
    _took: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return it for a run that has not begun."""
        from clusterproof import registry  # noqa: PLC0415 - keeps `--help` quick
        from clusterproof.plan import expected_seconds  # noqa: PLC0415

        checks = {check.requirement: check for check in registry.declared()}
        named = [[each for each in source.requirements if each in request.covered] for source in request.notebooks]
        values = request.values
        refused = {name for name, check in checks.items() if check.disruptive and not values.allow_disruptive}
        seconds = {name: 0.0 if name in refused else expected_seconds(name, values) for name in request.covered}
        alone = frozenset(name for name, check in checks.items() if check.exclusive)
        return cls(tuple(map(tuple, named)), seconds, alone, min(os.cpu_count() or 1, max(1, len(named))))

    def begin(self, requirement: str) -> None:
        """Note that a check has begun."""
        self._began.setdefault(requirement, self.clock())

    def end(self, requirement: str, took: float) -> None:
        """Note that a check has ended, after so many seconds."""
        if requirement in self.expected:
            self._took[requirement] = took

    @property
    def counted(self) -> tuple[int, int]:
        """How many checks have ended, and how many there are."""
        return len(self._took), len(self.expected)

    def seconds(self) -> float:
        """Return the seconds that are left: as long as the longest notebook, or the longest queue, still takes."""
        each = {name: self._left(name) for name in self.expected}
        queue = sum(left for name, left in each.items() if name in self.alone)
        longest = max((sum(each[name] for name in names) for names in self.notebooks), default=0.0)
        return max(queue, longest, sum(each.values()) / self.workers)

    def words(self) -> str:
        """Return the time left for people; empty if there is nothing to say."""
        ended, all_of_them = self.counted
        if ended >= all_of_them:
            return ""
        left = self.seconds()
        if left <= 0:
            return "takes longer than expected"
        return f"about {_rounded(left)} left"

    def _left(self, name: str) -> float:
        if name in self._took:
            return 0.0
        gone = self.clock() - self._began[name] if name in self._began else 0.0
        return max(0.0, self.expected[name] * self._pace() - gone)

    def _pace(self) -> float:
        """Return how slow this cluster is; checks that ended at once, since they had nothing to try, say nothing."""
        known = [name for name, took in self._took.items() if took > self.expected[name] * NOTHING_TRIED]
        took, expected = sum(self._took[name] for name in known), sum(self.expected[name] for name in known)
        return (took + TRUST) / (expected + TRUST)


def _rounded(seconds: float) -> str:
    """Return a duration as roughly as it is known."""
    if seconds < SOON:
        return f"{SOON} s"
    steps = round(seconds / STEP) * STEP
    return f"{steps} s" if steps < 2 * MINUTE else f"{round(seconds / MINUTE)} min"
