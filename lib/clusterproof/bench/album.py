"""The pictures of a check: numbers written down when a watch has news or an answer has come, by no clock of ours."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.model import SECONDS, Band, Picture, Series
from clusterproof.render import drawable, thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from threading import Condition

    from clusterproof.cluster.waiting import Waiter

Point = tuple[float, float]
Edge = tuple[float, float, float]
LINES = 12  # of one picture; more could not be told apart
CROWD = 4000  # points of one line that are held before they are thinned


@dataclass
class Drawing:
    """One picture that is being drawn."""

    title: str
    unit: str
    across: str
    steps: bool
    lanes: bool
    clock: Callable[[], float]
    pulse: Condition
    """Held while it is drawn on: watches hold it too when they call."""
    _lines: dict[str, list[Point]] = field(default_factory=dict)
    _bands: dict[str, list[Edge]] = field(default_factory=dict)
    _shading: dict[str, tuple[float, float]] = field(default_factory=dict)
    _followed: dict[str, Callable[[], Any]] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)

    def note(self, line: str, value: float, at: float | None = None) -> None:
        """Write down a value of a line, now if no place on the axis is given."""
        with self.pulse:
            if line not in self._lines and len(self._lines) == LINES:
                return
            points = self._lines.setdefault(line, [])
            points.append((self.clock() if at is None else at, float(value)))
            if len(points) > CROWD:
                points[:] = thinned(points)

    def follow(self, line: str, probe: Callable[[], Any]) -> None:
        """Write down a value of a line now and whenever it changes; the probe reads what watches hold."""
        with self.pulse:
            self._followed[line] = probe
            self.look()

    def look(self) -> None:
        """Look at all that is followed; a picture that ends is better than the thread of a watch that does."""
        for line, probe in list(self._followed.items()):
            try:
                value = probe()
                if value is not None and float(value) != self._latest(line):
                    self.note(line, value)
            except Exception:  # noqa: BLE001 - as said above
                del self._followed[line]
                self._broken.add(line)

    def expect(self, band: str, edges: Iterable[Edge]) -> None:
        """Say where values are expected."""
        self._bands[band] = list(edges)

    def shade(self, band: str, low: float, high: float) -> None:
        """Begin a band that goes on until ``end`` or the end of the check; a line where both are the same."""
        self._shading[band] = (low, high)
        self._bands[band] = [(self.clock(), low, high)]

    def end(self, band: str) -> None:
        """End a band."""
        if band in self._shading:
            self._bands[band].append((self.clock(), *self._shading.pop(band)))

    def taken(self) -> Picture:
        """Return the picture as it is now."""
        with self.pulse:
            for band in list(self._shading):
                self.end(band)
            for line, points in self._lines.items() if self.steps and self.across == SECONDS else ():
                if line not in self._broken:
                    points.append((self.clock(), points[-1][1]))
            series = [Series(redact.text(name), _kept(points)) for name, points in self._lines.items() if points]
            bands = [Band(redact.text(name), tuple(edges)) for name, edges in self._bands.items()]
        return Picture(self.title, self.unit, tuple(series), tuple(bands), self.across, self.steps, self.lanes)

    def _latest(self, line: str) -> float | None:
        points = self._lines.get(line)
        return points[-1][1] if points else None


class Album:
    """The pictures of one check, in the order in which they were begun."""

    def __init__(self, waiter: Waiter) -> None:
        self._began = time.monotonic()
        self._waiter = waiter
        self._drawings: list[Drawing] = []

    def begin(
        self, title: str, unit: str, *, across: str = SECONDS, steps: bool = True, lanes: bool = False
    ) -> Drawing:
        """Begin a picture, or go on with the one of that title.

        ``unit`` says what its values count, ``steps`` whether they hold until the next one, ``lanes`` that each
        line gets one of its own.
        """
        for known in self._drawings:
            if known.title == title:
                return known
        drawing = Drawing(title, unit, across, steps, lanes, self.now, self._waiter.pulse)
        self._drawings.append(drawing)
        self._waiter.listen(drawing.look)
        return drawing

    def now(self) -> float:
        """Return the seconds since the check began."""
        return time.monotonic() - self._began

    def taken(self) -> tuple[Picture, ...]:
        """Return the pictures that show anything, and look no further."""
        return tuple(picture for picture in map(Drawing.taken, self._drawings) if picture.series)


def _kept(points: list[Point]) -> tuple[Point, ...]:
    return tuple((round(across, 3), float(f"{value:.6g}")) for across, value in thinned(drawable(points)))
