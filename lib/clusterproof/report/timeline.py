"""When each claim was watched, and each check ran: stretches of one axis of time, for the pages to draw as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof.render import instant

if TYPE_CHECKING:
    from clusterproof.model import CheckResult, Observation, Report, Verdict


@dataclass(frozen=True)
class Stretch:
    """A part of an axis of time."""

    start: float
    """Seconds since the axis begins."""
    end: float
    whole: float
    """Where the axis ends, seconds."""

    @property
    def style(self) -> str:
        """Where its bar begins and how long it is, as shares of the axis; a moment can be seen too."""
        left = min(self.start / self.whole, 0.99) * 100
        width = max(min(self.end / self.whole, 1.0) * 100 - left, 1.0)
        return f"margin-left:{left:.1f}%;width:{width:.1f}%"


def stretches(result: CheckResult) -> list[Stretch]:
    """Return when each claim of a check was watched; nothing where a time is no time."""
    begin = instant(result.started)
    spans = [_span(seen) for seen in result.observations]
    if begin is None or any(span is None for span in spans):
        return []
    return _on_one_axis([(start - begin, end - begin) for start, end in filter(None, spans)], result.took)


def of_run(report: Report) -> list[tuple[Verdict, CheckResult, Stretch]]:
    """Return when each check of a run was at work, in the order of their beginnings."""
    begin = instant(report.started)
    ran = [(verdict, result) for verdict in report.verdicts for result in verdict.results]
    timed = [(verdict, result, start) for verdict, result in ran if (start := instant(result.started)) is not None]
    if begin is None or not timed:
        return []
    timed.sort(key=lambda each: each[2])
    spans = [(start - begin, start - begin + result.took) for _, result, start in timed]
    drawn = _on_one_axis(spans, report.took)
    return [(verdict, result, stretch) for (verdict, result, _), stretch in zip(timed, drawn, strict=True)]


def _on_one_axis(spans: list[tuple[float, float]], took: float) -> list[Stretch]:
    cut = [(max(0.0, start), max(0.0, end)) for start, end in spans]
    whole = max([took, 0.001, *(end for _, end in cut)])
    return [Stretch(start, end, whole) for start, end in cut]


def _span(seen: Observation) -> tuple[float, float] | None:
    """Return start and end; ``at`` is when the claim was decided, after waiting for ``took``."""
    end = instant(seen.at)
    return None if end is None else (end - max(0.0, seen.took), end)
