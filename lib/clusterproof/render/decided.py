"""The moments at which claims were decided, as marks on the axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import CheckResult
    from clusterproof.render.axes import Frame

_APART = 26  # on the paper; claims that were decided closer together share a number


@dataclass(frozen=True)
class Mark:
    """When a claim was decided: seconds since the check began."""

    at: float
    claim: int
    holds: bool


def decided(result: CheckResult) -> list[Mark]:
    """Return when each claim of a check was decided; nothing of those whose time is no time."""
    begin = instant(result.started)
    ends = [(number, instant(seen.at), seen) for number, seen in enumerate(result.observations, start=1)]
    if begin is None:
        return []
    return [Mark(max(0.0, end - begin), number, seen.holds is True) for number, end, seen in ends if end is not None]


def instant(text: str) -> float | None:
    """Return a time as a number of seconds; None if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def signs(paper: Frame, marks: Sequence[Mark]) -> Markup:
    """Return a line for each mark, from the top of the paper that is drawn on to its floor."""
    height = {"y1": paper.above, "y2": paper.floor}
    lines = (_LINE.format(x=paper.x(mark.at), dash="1 4" if mark.holds else "none", **height) for mark in marks)
    return Markup("").join(lines)


def claims(paper: Frame, marks: Sequence[Mark]) -> Markup:
    """Return the numbers of the claims, below their marks."""
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda each: (each.at, each.claim)):
        if groups and paper.x(mark.at) - paper.x(groups[-1][0].at) < _APART:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    words = [_NUMBER.format(x=paper.x(group[0].at), y=paper.floor + 15, claims=_claims(group)) for group in groups]
    return Markup("").join([*words, _WORD.format(x=paper.left - 8, y=paper.floor + 15)] if words else [])


def _claims(group: Sequence[Mark]) -> str:
    first, last = group[0].claim, group[-1].claim
    words = str(first) if first == last else f"{first}\N{EN DASH}{last}"
    return words if all(mark.holds for mark in group) else f"{words} ✗"


_LINE = Markup('<path d="M{x:g} {y1:g}V{y2:g}" stroke="currentColor" stroke-opacity=".55" stroke-dasharray="{dash}"/>')
_NUMBER = Markup('<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="11">{claims}</text>')
_WORD = Markup('<text x="{x}" y="{y:g}" text-anchor="end" font-size="11" opacity=".8">claim</text>')
