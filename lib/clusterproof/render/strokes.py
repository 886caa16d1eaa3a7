"""Lines, areas and bands on the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.render.axes import INK
from clusterproof.render.legend import LIMIT, Look, stroke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.render.axes import Frame

Point = tuple[float, float]
Edge = tuple[float, float, float]


def line(paper: Frame, points: Sequence[Point], look: Look, *, steps: bool) -> Markup:
    """Draw a line through points; a single point is a dot, or nobody would see it."""
    if len(points) == 1:
        return _DOT.format(x=paper.x(points[0][0]), y=paper.y(points[0][1]), colour=look.colour)
    return _PATH.format(path=_path(paper, points, steps=steps), stroke=stroke(look))


def area(paper: Frame, points: Sequence[Point], look: Look, *, steps: bool) -> Markup:
    """Fill what lies below a line."""
    ground, first, last = paper.y(0.0), paper.x(points[0][0]), paper.x(points[-1][0])
    path = f"{_path(paper, points, steps=steps)}H{last:g}V{ground:g}H{first:g}Z"
    return _AREA.format(path=path, colour=look.colour, share=".3")


def band(paper: Frame, edges: Sequence[Edge], look: Look | None) -> Markup:
    """Draw a band, in the colour of the line that it belongs to; one without height is a line."""
    low = [f"{paper.x(at):g} {paper.y(value):g}" for at, value, _ in edges]
    if thin(edges):
        return _PATH.format(path="M" + "L".join(low), stroke=stroke(LIMIT))
    high = [f"{paper.x(at):g} {paper.y(value):g}" for at, _, value in reversed(edges)]
    colour, share = (look.colour, ".22") if look else (INK, ".1")
    return _AREA.format(path="M" + "L".join(low + high) + "Z", colour=colour, share=share)


def thin(edges: Sequence[Edge]) -> bool:
    """True if a band is no more than a line."""
    return all(low == high for _, low, high in edges)


def _path(paper: Frame, points: Sequence[Point], *, steps: bool) -> str:
    (x, y), *others = [(paper.x(at), paper.y(value)) for at, value in points]
    return f"M{x:g} {y:g}" + "".join(f"H{x:g}V{y:g}" if steps else f"L{x:g} {y:g}" for x, y in others)


_DOT = Markup('<circle cx="{x:g}" cy="{y:g}" r="3.5" fill="{colour}"/>')
_PATH = Markup('<path d="{path}" {stroke}/>')
_AREA = Markup('<path d="{path}" fill="{colour}" fill-opacity="{share}"/>')
