"""A picture of when each claim was watched, as SVG with text as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from clusterproof.render import holds, instant, seconds

if TYPE_CHECKING:
    from clusterproof.model import CheckResult, Observation

_LEFT, _WIDTH, _ROW, _TOP = 34, 640, 26, 8


def svg(result: CheckResult) -> Markup:
    """Return bars from start to end of each observation on the time axis of the check; nothing without times."""
    begin = instant(result.started)
    spans = [_span(seen) for seen in result.observations]
    if begin is None or not spans or any(span is None for span in spans):
        return Markup("")
    offsets = [(max(0.0, start - begin), max(0.0, end - begin)) for start, end in filter(None, spans)]
    whole = max(result.took, *(end for _, end in offsets), 0.001)
    bars = Markup("").join(
        _bar(n, seen, start / whole, end / whole)
        for n, (seen, (start, end)) in enumerate(zip(result.observations, offsets, strict=True))
    )
    height = _TOP + _ROW * len(offsets) + 22
    return _SVG.format(
        height=height,
        width=_LEFT + _WIDTH + 76,
        bars=bars,
        left=_LEFT,
        right=_LEFT + _WIDTH,
        axis=height - 20,
        under=height - 5,
        whole=seconds(whole),
        label=f"Timeline of {len(offsets)} claims over {seconds(whole)}",
    )


def _span(seen: Observation) -> tuple[float, float] | None:
    """Return start and end; ``at`` is when the claim was decided, after waiting for ``took``."""
    end = instant(seen.at)
    return None if end is None else (end - max(0.0, seen.took), end)


def _bar(n: int, seen: Observation, start: float, end: float) -> Markup:
    y = _TOP + _ROW * n
    x, width = _LEFT + start * _WIDTH, max(3.0, (end - start) * _WIDTH)
    beside = x + width + 6
    return _BAR.format(
        n=n + 1, y=y, text=y + 14, x=f"{x:.1f}", width=f"{width:.1f}", beside=f"{min(beside, _LEFT + _WIDTH + 6):.1f}",
        tone="good" if seen.holds is True else "bad", holds=holds(seen), symbol=holds(seen)[0], took=seconds(seen.took),
    )  # fmt: skip


_SVG = Markup(
    '<svg class="timeline" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{bars}'
    '<line class="axis" x1="{left}" y1="{axis}" x2="{right}" y2="{axis}"/>'
    '<text class="tick" x="{left}" y="{under}">0 s</text>'
    '<text class="tick" x="{right}" y="{under}" text-anchor="end">{whole}</text></svg>'
)
_BAR = Markup(
    '<g class="{tone}"><title>Claim {n} {holds}, {took}</title>'
    '<text class="n" x="26" y="{text}" text-anchor="end">{n}</text>'
    '<rect x="{x}" y="{y}" width="{width}" height="18" rx="3"/>'
    '<text class="took" x="{beside}" y="{text}">{symbol} {took}</text></g>'
)
