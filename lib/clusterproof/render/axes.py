"""The paper that numbers are drawn on: where a value stands, and the lines and numbers that say which it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

LEFT, END, WIDTH, HEIGHT = 52, 726, 750, 168
"""Of the paper in its own measure: where drawing begins and ends, how wide all of it is, and how high is drawn."""
INK = "currentColor"
_STEPS = 5  # numbers on an axis, about
_LONG, _LONGEST = 10_000, 1_000_000  # from here on thousands are set apart, or powers of ten are written


@dataclass(frozen=True)
class Frame:
    """From places and values to the paper."""

    whole: float
    """Where the horizontal axis ends; it begins at 0."""
    bottom: float
    top: float
    above: float
    """How much of the paper lies above the part that is drawn on, and to the left of it."""
    left: float = LEFT
    height: float = HEIGHT

    @property
    def floor(self) -> float:
        """How far down the horizontal axis lies."""
        return self.above + self.height

    def x(self, at: float) -> float:
        """Return how far to the right something stands."""
        return round(self.left + min(max(at / self.whole, 0.0), 1.0) * (END - self.left), 1)

    def y(self, value: float) -> float:
        """Return how far down something stands."""
        share = (value - self.bottom) / (self.top - self.bottom)
        return round(self.floor - share * self.height, 1)


def frame(places: Iterable[float], values: Iterable[float], above: float) -> Frame:
    """Return the paper that all places and values have room on; values begin at 0, or below where some are negative."""
    seen = [0.0, *values]
    low, high = min(seen), max(seen)
    step = _step(high - low, least=1.0)  # few things are counted in fractions
    bottom = math.floor(low / step) * step
    return Frame(max(0.001, *places), bottom, max(math.ceil(high / step), bottom / step + 1) * step, above)


def rows(paper: Frame, unit: str) -> Markup:
    """Return the lines and numbers of the vertical axis, and what it counts."""
    edges = {"left": paper.left, "right": END, "beside": paper.left - 8}
    values = _ticks(paper.bottom, paper.top, least=1.0)
    lines = [_ROW.format(y=paper.y(value), value=_number(value), **edges) for value in values]
    return Markup("").join([*lines, _UNIT.format(unit=unit, y=paper.above - 13)])


def columns(paper: Frame, across: str, under: float) -> Markup:
    """Return the numbers of the horizontal axis, and what it counts."""
    lines = [_COLUMN.format(x=paper.x(value), y=under, value=_number(value)) for value in _ticks(0.0, paper.whole)]
    return Markup("").join([*lines, _ACROSS.format(across=across, x=(paper.left + END) / 2, y=under + 18)])


def _step(span: float, least: float = 0.0) -> float:
    """Return a round distance between two numbers on an axis."""
    rough = max(span / _STEPS, least)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))


def _ticks(low: float, high: float, least: float = 0.0) -> list[float]:
    step = _step(high - low, least)
    first = math.ceil(low / step - 1e-9)
    return [step * n for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _number(value: float) -> str:
    if abs(value) >= _LONGEST or value % 1:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= _LONG else f"{value:.0f}"


_ROW = Markup(
    '<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity=".18"/>'
    '<text x="{beside}" y="{y}" dy="4" text-anchor="end">{value}</text>'
)
_COLUMN = Markup('<text x="{x}" y="{y}" text-anchor="middle">{value}</text>')
_UNIT = Markup('<text x="8" y="{y}" font-weight="600">{unit}</text>')
_ACROSS = Markup('<text x="{x}" y="{y}" text-anchor="middle" opacity=".8">{across}</text>')
