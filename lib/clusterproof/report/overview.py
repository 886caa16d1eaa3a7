"""What the pages say of a report as a whole: counts, groups, sentences. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof.judge import answers
from clusterproof.model import Level, Outcome, Status, Summary
from clusterproof.paths import PACKAGE
from clusterproof.render import seconds
from clusterproof.report.digests import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import Check, CheckResult, CriticalPath, Report, Verdict

ORDER = (Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.SKIP, Outcome.NOT_APPLICABLE)
UNMEASURED = frozenset({Outcome.SKIP, Outcome.UNKNOWN, Outcome.ERROR})
TONES = {
    Outcome.PASS: "good",
    Outcome.FAIL: "bad",
    Outcome.ERROR: "warn",
    Outcome.UNKNOWN: "warn",
    Outcome.SKIP: "quiet",
    Outcome.NOT_APPLICABLE: "quiet",
}
SUMMARY_TONES = {Summary.CONFORMANT: "good", Summary.NONCONFORMANT: "bad", Summary.PARTIAL: "warn"}
ONLY = "--only"
_CATEGORIES = {"schedulingOrchestration": "Scheduling and orchestration", "operator": "Operators"}


@dataclass(frozen=True)
class Tally:
    """How the requirements of one level came out."""

    level: Level
    total: int
    counts: tuple[tuple[Outcome, int], ...]
    """In the order of ``ORDER``, without zeros."""


def tallies(report: Report) -> list[Tally]:
    """Return the counts per level in the order of ``Level``; a level without requirements is left out."""
    found = []
    for level in Level:
        outcomes = Counter(v.outcome for v in report.verdicts if v.requirement.level is level)
        if outcomes:
            counts = tuple((outcome, outcomes[outcome]) for outcome in ORDER if outcomes[outcome])
            found.append(Tally(level, outcomes.total(), counts))
    return found


def headline(report: Report) -> str:
    """Return the whole report in one to three words; simulated conformance never stands without that word."""
    word = {Summary.NONCONFORMANT: "Not conformant"}.get(report.summary, report.summary.value.capitalize())
    return f"{word}, simulated" if report.simulated else word


def sentence(report: Report) -> str:
    """Return what the headline means in numbers, and what it cannot mean where nobody vouches for the report."""
    return f"{_numbers(report)} {WITHOUT}" if WITHOUT in report.notes else _numbers(report)


def _numbers(report: Report) -> str:
    """Return what the headline means in numbers, for the requirements at level MUST."""
    must = Counter(v.outcome for v in report.verdicts if v.requirement.level is Level.MUST)
    if not must:
        return "The report holds no requirement at level MUST, so it answers nothing."
    unanswered = sum(must[outcome] for outcome in UNMEASURED)
    parts = [f"{must[Outcome.PASS]} of {must.total()} MUST requirements {_verb(must[Outcome.PASS], 'hold')}"]
    if must[Outcome.FAIL]:
        parts.append(f"{must[Outcome.FAIL]} {_verb(must[Outcome.FAIL], 'fail')}")
    declared = [v for v in report.verdicts if v.requirement.level is Level.MUST and v.status is Status.NOT_APPLICABLE]
    everywhere = [v for v in declared if not answers(v)]
    if len(declared) > len(everywhere):
        parts.append(f"{len(declared) - len(everywhere)} declared not applicable")
    if everywhere:
        applies = "it applies" if len(everywhere) == 1 else "they apply"
        parts.append(f"{len(everywhere)} declared not applicable though {applies} everywhere")
    if unanswered:
        parts.append(f"{unanswered} {'has' if unanswered == 1 else 'have'} no answer")
    return ", ".join(parts) + "."


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb


def by_level(report: Report) -> list[tuple[Level, list[Verdict]]]:
    """Return the verdicts per level, MUST first, in the checklist's order."""
    levels = ((level, [v for v in report.verdicts if v.requirement.level is level]) for level in Level)
    return [(level, found) for level, found in levels if found]


def category(key: str) -> str:
    """Return a category's key in words."""
    return _CATEGORIES.get(key, key.capitalize())


def in_the_checklist(verdict: Verdict) -> str:
    """Return what stands in the checklist for a requirement, and on what ground."""
    if verdict.requirement.level is Level.BEYOND:
        return "not an item of this version"
    return (verdict.status.value or "left blank") + (
        ", on simulated nodes" if verdict.simulated and verdict.status.value else ""
    )


def asked_only(report: Report) -> tuple[str, ...]:
    """Return the requirements that the run was limited to; none where it was asked for all of the checklist."""
    words = report.words
    return tuple(words[words.index(ONLY) + 1].split(",")) if ONLY in words else ()


def command(report: Report, verdicts: Sequence[Verdict] = ()) -> str:
    """Return the command that repeats the run, or only some requirements of it."""
    words = list(report.words)
    if verdicts:
        if ONLY in words:
            del words[words.index(ONLY) : words.index(ONLY) + 2]
        words += [ONLY, ",".join(v.requirement.id for v in verdicts)]
    return shlex.join(["clusterproof", "run", "--platform", report.platform, "--checklist", report.checklist, *words])


def source(check: Check) -> str:
    """Return where a check's code is, from the package on: the folders above it are the user's own affair."""
    path = Path(check.source)
    return path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE.parent) else path.name


def took(report: Report) -> str:
    """Return how long the run took, and how much of it no kit could have spared."""
    path, times = report.critical_path, ratio(report)
    if path is None or times is None:
        return seconds(report.took)
    own = f"the cluster's own reactions account for at least {seconds(path.seconds)}"
    return f"{seconds(report.took)}, {own} ({times:.1f}x)"


def ratio(report: Report) -> float | None:
    """Return wall time over the run's critical path; None where nothing was waited for."""
    path = report.critical_path.seconds if report.critical_path else 0.0
    return round(report.took / path, 2) if path else None  # once, or two places would round to two figures


def path_parts(path: CriticalPath) -> list[tuple[str, float]]:
    """Return what a run's critical path consists of, in words and seconds; of what happens side by side the longer."""
    checks = [
        ("Checks that take the same accelerators waited, one after another", path.exclusive),
        ("The check waited that waited longest, while others may run", path.longest),
    ]
    return [
        ("The testbed and its add-ons started", path.start),
        max(checks, key=lambda part: part[1]),
        ("What the run had made was removed", path.removal),
    ]


def claims(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """Return how many claims were seen to hold, and how many not."""
    seen = [each.holds is True for v in verdicts for result in v.results for each in result.observations]
    return sum(seen), len(seen) - sum(seen)


def overhead(result: CheckResult) -> str:
    """Return the wall time over the cluster's own part, for instance ``1.2``, or ``unknown``."""
    return f"{result.took / result.critical_path:.2f}" if result.critical_path > 0 else "unknown"
