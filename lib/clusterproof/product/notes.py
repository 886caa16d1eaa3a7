"""The notes of a checklist's item, written from what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.model import Outcome, Reason, Status
from clusterproof.render import clean, moment, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import Observation, Report, Verdict

LONGEST = 1200  # characters of all claims together; a reviewer reads the rest in the evidence
_CLAIM, _VALUE = 240, 80
OURS = "Measured by clusterproof "
"""How notes begin that the kit has written itself."""


def notes(report: Report, verdict: Verdict) -> str:
    """Return what an answered item says for itself: when and where it was measured, which claims, what was seen.

    A declaration keeps the human's words; whoever brings the feature is named first.
    """
    if verdict.status is Status.BLANK:
        return ""
    owner = verdict.declaration.owner.strip() if verdict.declaration else ""
    layer = f"Layer: {clean(owner, 120)}. " if owner else ""
    return layer + (_measured(report, verdict) if is_measured(verdict) else verdict.notes)


def is_measured(verdict: Verdict) -> bool:
    """Return whether an answer was seen, not only declared."""
    return verdict.outcome in {Outcome.PASS, Outcome.FAIL} and verdict.reason is not Reason.DECLARED


def _measured(report: Report, verdict: Verdict) -> str:
    if any(result.source for result in verdict.results):
        return clean(verdict.message, LONGEST)  # what was imported names its source, and the kit has not measured it
    where = f" on Kubernetes {clean(report.facts.version, 60)}" if report.facts else ""
    backends = sorted({clean(result.backend, 60) for result in verdict.results if result.backend})
    by = f", with {', '.join(backends)}" if backends else ""
    head = f"{OURS}{report.kit_version}{where}, {moment(report.started)}{by}. {clean(verdict.message)}"
    return head + _claims([seen for result in verdict.results for seen in result.observations])


def _claims(seen: Sequence[Observation]) -> str:
    """Return the claims that fit, of each kind at least one, in their order."""
    firsts = {each.kind: n for n, each in reversed(list(enumerate(seen)))}
    false = [n for n, each in enumerate(seen) if each.holds is not True]
    kept: dict[int, str] = {}
    for n in dict.fromkeys([*false, *firsts.values(), *range(len(seen))]):
        words = f"{clean(seen[n].claim, _CLAIM)} (seen: {shown(seen[n].actual, _VALUE)})"
        if sum(map(len, kept.values())) + len(words) > LONGEST:
            break
        kept[n] = words
    more = len(seen) - len(kept)
    rest = f"; and {more} more in the evidence" if more else ""
    return f" Seen: {'; '.join(kept[n] for n in sorted(kept))}{rest}." if kept else ""
