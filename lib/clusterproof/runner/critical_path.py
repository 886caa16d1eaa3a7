"""The cluster's own part of a run: how long the cluster would have kept even a kit that takes no time itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.model import CriticalPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.model import CheckResult


def critical_path(
    results: Iterable[CheckResult], exclusive: frozenset[str], *, start: float = 0.0, removal: float = 0.0
) -> CriticalPath:
    """Return it from the waits of each check; ``exclusive`` are the ids of checks that run one at a time.

    ``start`` and ``removal`` are seconds before the first and after the last check.
    """
    alone, others = 0.0, [0.0]
    for result in results:
        if result.requirement in exclusive:
            alone += result.critical_path
        else:
            others.append(result.critical_path)
    return CriticalPath(round(start, 3), round(alone, 3), round(max(others), 3), round(removal, 3))
