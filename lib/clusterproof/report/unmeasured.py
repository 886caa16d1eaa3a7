"""What a report has not measured, and why: told as plainly as what it has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.model import Level, Outcome
from clusterproof.report.overview import ORDER

if TYPE_CHECKING:
    from clusterproof.model import Reason, Report, Verdict

MEASURED = frozenset({Outcome.PASS, Outcome.FAIL})
Group = tuple[Outcome, "Reason", list["Verdict"]]


def measured(report: Report) -> list[Verdict]:
    """Return the verdicts that rest on what was seen."""
    return [verdict for verdict in report.verdicts if verdict.outcome in MEASURED]


def unmeasured(report: Report) -> list[Group]:
    """Return what was not measured, what a person has declared included, by outcome and reason, errors first."""
    groups: dict[tuple[Outcome, Reason], list[Verdict]] = {}
    for verdict in report.verdicts:
        if verdict.outcome not in MEASURED:
            groups.setdefault((verdict.outcome, verdict.reason), []).append(verdict)
    ordered = sorted(groups.items(), key=lambda group: ORDER.index(group[0][0]))
    return [(outcome, reason, sorted(found, key=_must_first)) for (outcome, reason), found in ordered]


def not_looked_at(report: Report) -> list[tuple[Verdict, list[str]]]:
    """Return what nobody looked at of requirements that were measured, a sentence each."""
    told = [
        (verdict, [each for result in verdict.results for each in result.not_looked_at]) for verdict in report.verdicts
    ]
    return [(verdict, sentences) for verdict, sentences in told if sentences]


def _must_first(verdict: Verdict) -> bool:
    return verdict.requirement.level is not Level.MUST
