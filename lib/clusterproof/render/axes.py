"""The paper that numbers are drawn on: where a value stands, and the lines and numbers that say which it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

LEFT, WIDTH, HEIGHT, RIGHT = 52, 674, 168, 24
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
    """How much of the paper lies above the part that is drawn on."""

    @property
    def floor(self) -> float:
        """How far down the horizontal axis lies."""
        return self.above + HEIGHT

    def x(self, at: float) -> float:
        """Return how far to the right something stands."""
        return round(LEFT + min(max(at / self.whole, 0.0), 1.0) * WIDTH, 1)

    def y(self, value: float) -> float:
        """Return how far down something stands."""
        share = (value - self.bottom) / (self.top - self.bottom)
        return round(self.floor - min(max(share, 0.0), 1.0) * HEIGHT, 1)


def frame(places: Iterable[float], values: Iterable[float], above: float) -> Frame:
    """Return the paper that all places and values have room on; values begin at 0, or below where some are negative."""
    seen = [0.0, *values]
    low, high = min(seen), max(seen)
    step = _step(high - low)
    bottom = math.floor(low / step) * step
    return Frame(max(0.001, *places), bottom, max(math.ceil(high / step), bottom / step + 1) * step, above)


def grid(paper: Frame, unit: str, across: str, room: float) -> Markup:
    """Return the axes with their numbers and names; ``room`` is left free below the horizontal axis."""
    edges = {"left": LEFT, "right": LEFT + WIDTH, "beside": LEFT - 8}
    lines = [_ROW.format(y=paper.y(value), value=_number(value), **edges) for value in _ticks(paper.bottom, paper.top)]
    under = paper.floor + room + 15
    lines += [_COLUMN.format(x=paper.x(value), y=under, value=_number(value)) for value in _ticks(0.0, paper.whole)]
    lines.append(
        _NAMES.format(unit=unit, top=paper.above - 9, across=across, middle=LEFT + WIDTH / 2, under=under + 18)
    )
    return Markup("").join(lines)


def _step(span: float) -> float:
    """Return a round distance between two numbers on an axis; whole ones where few things are counted."""
    rough = max(span, 1.0) / _STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return max(step, 1.0) if span > 1 else 1.0


def _ticks(low: float, high: float) -> list[float]:
    step = _step(high - low) if high - low > 1 else high - low
    first = math.ceil(low / step - 1e-9)
    return [step * n for n in range(first, first + math.floor((high - first * step) / step + 1e-9) + 1)]


def _number(value: float) -> str:
    if abs(value) >= _LONGEST or value % 1:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= _LONG else f"{value:.0f}"


_ROW = Markup(
    '<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity=".18"/>'
    '<text x="{beside}" y="{y}" dy="4" text-anchor="end">{value}</text>'
)
_COLUMN = Markup('<text x="{x}" y="{y}" text-anchor="middle">{value}</text>')
_NAMES = Markup(
    '<text x="8" y="{top}" font-weight="600">{unit}</text>'
    '<text x="{middle}" y="{under}" text-anchor="middle" opacity=".8">{across}</text>'
)
