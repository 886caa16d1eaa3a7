"""Whether a report answers its checklist, each item once and as the checklist has it: every run writes such a one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clusterproof import checklist
from clusterproof.model import Level

if TYPE_CHECKING:
    from clusterproof.model import Report, Requirement, Verdict

_SHOWN = 3  # names in a sentence


def flaw(report: Report) -> str:
    """Return where a report does not fit its checklist; nothing where it does.

    A MUST that is left out, or said to be a SHOULD, would otherwise not be missed by whoever counts.
    """
    if report.checklist not in checklist.versions():
        return f"it is of the checklist {report.checklist[:20]!r}, which this kit does not know"
    asked = {item.id: item for item in checklist.requirements(report.checklist)}
    counted = Counter(verdict.requirement.id for verdict in report.verdicts)
    missing = [name for name in asked if name not in counted]
    if missing:
        return (
            f"{', '.join(missing)} of the checklist {report.checklist} {'is' if len(missing) == 1 else 'are'} missing"
        )
    twice = next((name for name, count in counted.items() if count > 1), "")
    if twice:
        return f"{twice} is answered twice"
    return next((words for each in report.verdicts if (words := _of_item(each, asked.get(each.requirement.id)))), "")


def _of_item(verdict: Verdict, asked: Requirement | None) -> str:
    own = verdict.requirement
    if asked is None and own.level is not Level.BEYOND:
        return f"{own.id} is no item of its checklist, and is said to be a {own.level.value}"
    if asked and (own.level, own.category) != (asked.level, asked.category):
        return f"{own.id} is a {asked.level.value} of {asked.category} in its checklist, and said to be something else"
    if asked and own.sha256 != asked.sha256:
        return f"{own.id} has another digest than the text of its checklist"
    other = next((result.requirement for result in verdict.results if result.requirement != own.id), "")
    return f"{own.id} has a result of {other}" if other else ""
