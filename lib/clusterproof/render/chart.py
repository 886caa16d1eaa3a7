"""Numbers over time as a picture: SVG with text as text, drawn without a style sheet, on light paper and on dark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.model import SECONDS
from clusterproof.render.axes import WIDTH, Frame, columns, frame, rows
from clusterproof.render.decided import claims, decided, signs
from clusterproof.render.legend import LOOKS, legend
from clusterproof.render.strokes import area, band, line, thin
from clusterproof.render.thinning import drawable, thinned
from clusterproof.render.wording import clean

if TYPE_CHECKING:
    from clusterproof.model import CheckResult, Picture
    from clusterproof.render.decided import Mark

NAME = 60
"""Characters of a name that are shown."""
LANE, BETWEEN, LABELS = 28, 12, 230  # height of a lane and of what lies between two; where lanes begin
Point = tuple[float, float]
Edge = tuple[float, float, float]


@dataclass(frozen=True)
class _Drawn:
    """What can be drawn of a picture."""

    lines: dict[str, list[Point]]
    bands: dict[str, list[Edge]]
    marks: list[Mark]
    steps: bool

    def paper(self, took: float, above: float) -> Frame:
        """Return paper that all of it has room on."""
        points = [point for line in self.lines.values() for point in line]
        edges = [edge for edges in self.bands.values() for edge in edges]
        moments = drawable((moment, 0.0) for moment in [took, *(mark.at for mark in self.marks)])
        places = [at for at, _ in moments + points] + [edge[0] for edge in edges]
        return frame(places, [value for _, value in points] + [value for edge in edges for value in edge[1:]], above)


def chart(picture: Picture, result: CheckResult) -> Markup:
    """Return a picture of a check as SVG, its claims marked on the axis of time; nothing where there is no number."""
    timed = picture.across == SECONDS
    drawn = _Drawn(numbers(picture), _bands(picture), decided(result) if timed else [], picture.steps)
    if not drawn.lines:
        return Markup("")
    draw = _lanes if picture.lanes else _together
    paper, parts = draw(drawn, clean(picture.unit, NAME), result.took if timed else 0.0)
    under = paper.floor + (33 if drawn.marks else 18)
    parts = [*parts, claims(paper, drawn.marks), columns(paper, clean(picture.across, NAME), under)]
    about, inside = _about(drawn), Markup("").join(parts)
    return _SVG.format(width=WIDTH, height=under + 27, title=clean(picture.title), about=about, parts=inside)


def numbers(picture: Picture) -> dict[str, list[Point]]:
    """Return what can be drawn of a picture: names and points of its lines, not more of both than can be told apart."""
    lines = {clean(each.name, NAME): drawable(each.points) for each in picture.series}
    return dict([(name, thinned(points)) for name, points in lines.items() if points][: len(LOOKS)])


def _bands(picture: Picture) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for each in picture.bands[: len(LOOKS)]:
        low = thinned(drawable((at, low) for at, low, _ in each.edges))
        high = dict(drawable((at, high) for at, _, high in each.edges))
        edges = [(at, value, high[at]) for at, value in low if at in high]
        found |= {clean(each.name, NAME): edges} if len(edges) > 1 else {}
    return found


def _together(drawn: _Drawn, unit: str, took: float) -> tuple[Frame, list[Markup]]:
    """Draw all lines on one paper, below a key that says which is which."""
    looks = dict(zip(drawn.lines, LOOKS, strict=False))
    key, high = legend(
        [(name, look, name in drawn.bands) for name, look in looks.items()],
        [(name, thin(edges)) for name, edges in drawn.bands.items() if name not in looks],
    )
    paper = drawn.paper(took, high + 30.0)
    bands = [band(paper, edges, looks.get(name)) for name, edges in drawn.bands.items()]
    lines = [line(paper, points, looks[name], steps=drawn.steps) for name, points in drawn.lines.items()]
    return paper, [key, rows(paper, unit), *bands, signs(paper, drawn.marks), *lines]


def _lanes(drawn: _Drawn, unit: str, took: float) -> tuple[Frame, list[Markup]]:
    """Draw each line on paper of its own, with its name and its highest value beside it."""
    whole, look = replace(drawn.paper(took, 28.0), left=LABELS, height=LANE), LOOKS[0]
    parts, paper = [], whole
    for number, (name, points) in enumerate(drawn.lines.items()):
        paper = replace(whole, above=whole.above + number * (LANE + BETWEEN))
        highest = f"at most {max(value for _, value in points):g}"
        parts.append(
            _LABEL.format(name=name, highest=highest, x=LABELS - 12, y=paper.floor - 15, below=paper.floor - 1)
        )
        parts += [draw(paper, points, look, steps=drawn.steps) for draw in (area, line)]
        parts += [band(paper, drawn.bands[name], look)] if name in drawn.bands else []
        parts.append(_GROUND.format(x=LABELS, y=paper.floor, end=paper.x(whole.whole)))
    paper = replace(whole, height=paper.floor - whole.above)
    return paper, [_UNIT.format(x=LABELS - 12, unit=unit), signs(paper, drawn.marks), *parts]


def _about(drawn: _Drawn) -> str:
    """Return what a picture shows, in words for those who do not see it."""
    said = [
        f"{name}: from {points[0][1]:g} to {points[-1][1]:g}, lowest {min(v for _, v in points):g}, "
        f"highest {max(v for _, v in points):g}."
        for name, points in drawn.lines.items()
    ]
    return " ".join([*said, *([f"{len(drawn.marks)} claims are marked on the axis."] if drawn.marks else [])])


_SVG = Markup(
    '<svg class="picture" viewBox="0 0 {width} {height:g}" role="img" fill="currentColor" font-size="12" '
    'font-family="system-ui,sans-serif" style="display:block;width:100%;height:auto">'
    "<title>{title}</title><desc>{about}</desc>{parts}</svg>"
)
_LABEL = Markup(
    '<text x="{x}" y="{y:g}" text-anchor="end">{name}</text>'
    '<text x="{x}" y="{below:g}" text-anchor="end" font-size="11" opacity=".8">{highest}</text>'
)
_UNIT = Markup('<text x="{x}" y="14" text-anchor="end" font-weight="600">{unit}</text>')
_GROUND = Markup('<path d="M{x:g} {y:g}H{end:g}" stroke="currentColor" stroke-opacity=".4"/>')
