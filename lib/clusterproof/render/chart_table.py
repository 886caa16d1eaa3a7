"""What a picture shows as a small table, for those who do not see it and for whoever wants the number."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from clusterproof.model import SECONDS
from clusterproof.render.chart import NAME, numbers
from clusterproof.render.decided import decided
from clusterproof.render.wording import clean, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import CheckResult, Picture

Point = tuple[float, float]
_NONE = "\N{EN DASH}"
_ROWS = 40  # claims; no check has more


def chart_table(picture: Picture, result: CheckResult) -> tuple[list[str], list[list[str]]]:
    """Return head and rows: every line's value when each claim was decided, and its lowest, highest and last one."""
    lines = numbers(picture)
    marks = decided(result)[:_ROWS] if picture.across == SECONDS else []
    rows = [[f"claim {m.claim}, {seconds(m.at)}", *(_at(points, m.at) for points in lines.values())] for m in marks]
    for word, pick in (("lowest", min), ("highest", max)):
        rows.append([word, *(_shown(pick(value for _, value in points)) for points in lines.values())])
    rows.append(["last", *(_shown(points[-1][1]) for points in lines.values())])
    expected = [] if marks else _expected(picture, list(lines))
    return ["", *lines], [*rows, *([["expected at last", *expected]] if set(expected) - {_NONE} else [])]


def _at(points: Sequence[Point], moment: float) -> str:
    """Return the value of a line at a moment; a dash before its beginning."""
    place = bisect_right(points, moment, key=lambda point: point[0])
    return _shown(points[place - 1][1]) if place else _NONE


def _expected(picture: Picture, names: Sequence[str]) -> list[str]:
    edges = {clean(band.name, NAME): band.edges[-1][1:] for band in picture.bands if band.edges}
    return [f"{_shown(edges[name][0])} to {_shown(edges[name][1])}" if name in edges else _NONE for name in names]


def _shown(value: float) -> str:
    return f"{value:,.6g}"
