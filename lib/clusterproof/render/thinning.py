"""Fewer points that still look the same: nobody sees a thousand in an inch, but everybody misses the one peak."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]
MOST = 240
"""Points of a line that are kept."""
HUGE = 1e15
"""Nothing that is counted here is larger; what is would only spoil the axis."""


def drawable(points: Iterable[Point]) -> list[Point]:
    """Return the points that are numbers, in the order of the horizontal axis."""
    return sorted((point for point in points if all(map(_fits, point))), key=lambda point: point[0])


def thinned(points: Sequence[Point], most: int = MOST) -> list[Point]:
    """Return at most ``most`` of some points: of each stretch the first, the lowest, the highest and the last one."""
    if len(points) <= most:
        return list(points)
    parts = most // 4
    ends = [len(points) * part // parts for part in range(parts + 1)]
    kept: list[Point] = []
    for start, end in pairwise(ends):
        stretch = range(start, end)
        low, high = min(stretch, key=lambda n: points[n][1]), max(stretch, key=lambda n: points[n][1])
        kept += [points[n] for n in sorted({start, low, high, end - 1})]
    return kept


def _fits(value: float) -> bool:
    return abs(value) <= HUGE  # what is no number is not
