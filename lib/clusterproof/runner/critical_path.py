"""The cluster's own part of a run: how long the cluster would have kept even a kit that takes no time itself. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from clusterproof.model import CriticalPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.model import CheckResult


def critical_path(results: Iterable[CheckResult], *, start: float = 0.0, removal: float = 0.0) -> CriticalPath:
    """Return it from the waits of each check, which add up for each turn that several have to take.

    ``start`` and ``removal`` are seconds before the first and after the last check.
    """
    each_turn, others = defaultdict[str, float](float), [0.0]
    for result in results:
        for turn in result.turns:
            each_turn[turn] += result.critical_path
        if not result.turns:
            others.append(result.critical_path)
    alone = max(each_turn.values(), default=0.0)
    return CriticalPath(round(start, 3), round(alone, 3), round(max(others), 3), round(removal, 3))
