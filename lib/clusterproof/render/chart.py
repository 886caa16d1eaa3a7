"""Numbers over time as a picture: SVG with text as text, drawn without a style sheet, on light paper and on dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.model import SECONDS
from clusterproof.render.axes import INK, LEFT, RIGHT, WIDTH, Frame, frame, grid
from clusterproof.render.decided import decided, signs
from clusterproof.render.legend import LIMIT, LOOKS, Look, legend, stroke
from clusterproof.render.thinning import drawable, thinned
from clusterproof.render.wording import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterproof.model import CheckResult, Picture
    from clusterproof.render.decided import Mark

NAME = 60
"""Characters of a name that are shown."""
Point = tuple[float, float]
Edge = tuple[float, float, float]


def chart(picture: Picture, result: CheckResult) -> Markup:
    """Return a picture of a check as SVG, its claims marked on the axis of time; nothing where there is no number."""
    lines = numbers(picture)
    if not lines:
        return Markup("")
    timed = picture.across == SECONDS
    marks = decided(result) if timed else []
    bands = _bands(picture)
    looks = dict(zip(lines, LOOKS, strict=False))
    key, high = legend(
        [(name, look, name in bands) for name, look in looks.items()],
        [(name, _thin(edges)) for name, edges in bands.items() if name not in looks],
    )
    paper = _paper(lines, bands, [mark.at for mark in marks] + ([result.took] if timed else []), high + 26.0)
    room = 18.0 if marks else 3.0
    parts = [grid(paper, clean(picture.unit, NAME), clean(picture.across, NAME), room)]
    parts += [_band(paper, edges, looks.get(name)) for name, edges in bands.items()]
    parts.append(signs(paper, marks))
    parts += [_line(paper, points, looks[name], steps=picture.steps) for name, points in lines.items()]
    size = {"width": LEFT + WIDTH + RIGHT, "height": paper.floor + room + 42}
    about = _about(lines, marks)
    return _SVG.format(title=clean(picture.title), about=about, key=key, parts=Markup("").join(parts), **size)


def numbers(picture: Picture) -> dict[str, list[Point]]:
    """Return what can be drawn of a picture: names and points of its lines, not more of both than can be told apart."""
    lines = {clean(each.name, NAME): drawable(each.points) for each in picture.series}
    return dict([(name, thinned(points)) for name, points in lines.items() if points][: len(LOOKS)])


def _bands(picture: Picture) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for band in picture.bands[: len(LOOKS)]:
        low = thinned(drawable((at, low) for at, low, _ in band.edges))
        high = dict(drawable((at, high) for at, _, high in band.edges))
        edges = [(at, value, high[at]) for at, value in low if at in high]
        found |= {clean(band.name, NAME): edges} if len(edges) > 1 else {}
    return found


def _thin(edges: Sequence[Edge]) -> bool:
    return all(low == high for _, low, high in edges)


def _paper(
    lines: Mapping[str, Sequence[Point]], bands: Mapping[str, Sequence[Edge]], moments: Sequence[float], above: float
) -> Frame:
    points = [point for line in lines.values() for point in line]
    edges = [edge for band in bands.values() for edge in band]
    sane = (at for at, _ in drawable((moment, 0.0) for moment in moments))
    places = [*sane, *(at for at, _ in points), *(edge[0] for edge in edges)]
    return frame(places, [value for _, value in points] + [value for edge in edges for value in edge[1:]], above)


def _line(paper: Frame, points: Sequence[Point], look: Look, *, steps: bool) -> Markup:
    """Draw a line through points; a single point is a dot, or nobody would see it."""
    first, *others = [(paper.x(at), paper.y(value)) for at, value in points]
    if not others:
        return _DOT.format(x=first[0], y=first[1], colour=look.colour)
    path = f"M{first[0]:g} {first[1]:g}"
    path += "".join(f"H{x:g}V{y:g}" if steps else f"L{x:g} {y:g}" for x, y in others)
    return _PATH.format(path=path, stroke=stroke(look))


def _band(paper: Frame, edges: Sequence[Edge], look: Look | None) -> Markup:
    """Draw a band, in the colour of the line that it belongs to."""
    low = [f"{paper.x(at):g} {paper.y(value):g}" for at, value, _ in edges]
    if _thin(edges):
        return _PATH.format(path="M" + "L".join(low), stroke=stroke(LIMIT))
    high = [f"{paper.x(at):g} {paper.y(value):g}" for at, _, value in reversed(edges)]
    colour, share = (look.colour, ".22") if look else (INK, ".1")
    return _AREA.format(path="M" + "L".join(low + high) + "Z", colour=colour, share=share)


def _about(lines: Mapping[str, Sequence[Point]], marks: Sequence[Mark]) -> str:
    """Return what a picture shows, in words for those who do not see it."""
    said = [
        f"{name}: from {points[0][1]:g} to {points[-1][1]:g}, lowest {min(v for _, v in points):g}, "
        f"highest {max(v for _, v in points):g}."
        for name, points in lines.items()
    ]
    return " ".join([*said, *([f"{len(marks)} claims are marked on the axis."] if marks else [])])


_SVG = Markup(
    '<svg class="picture" viewBox="0 0 {width} {height:g}" role="img" fill="currentColor" font-size="12" '
    'font-family="system-ui,sans-serif" style="display:block;width:100%;max-width:{width}px;height:auto">'
    "<title>{title}</title><desc>{about}</desc>{key}{parts}</svg>"
)
_DOT = Markup('<circle cx="{x:g}" cy="{y:g}" r="3.5" fill="{colour}"/>')
_PATH = Markup('<path d="{path}" {stroke}/>')
_AREA = Markup('<path d="{path}" fill="{colour}" fill-opacity="{share}"/>')
