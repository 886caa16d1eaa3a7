"""One requirement's evidence as Markdown, for reading on a code host."""

from __future__ import annotations

import html
import re
from itertools import accumulate
from typing import TYPE_CHECKING

from clusterproof.model import EvidenceKind
from clusterproof.render import REASONS, chart_table, clean, counted, holds, mark, moment, seconds, shown
from clusterproof.report import overview
from clusterproof.report.sharing import fair_limit, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.model import Check, CheckResult, Evidence, Observation, Picture, Report, Verdict
    from clusterproof.report.known import Known

BODIES = 120_000
SUMMED_UP = 300  # characters of a reason in a summary
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$@]|:(?=//))")  # what means something within a line


def evidence(report: Report, verdict: Verdict, known: Known) -> str:
    """Return the Markdown page of one requirement."""
    item = verdict.requirement
    lines = [f"# {_text(item.title)}", "", *_simulated(report, verdict), *_answer(verdict), ""]
    lines += [*_about(report, verdict), *_procedure(known.check(item.id))]
    limit = fair_limit([len(piece.body) for piece in pieces(verdict)], BODIES)
    for result in verdict.results:
        lines += _result(result, limit)
    lines += ["", "## Reproduce", "", *_fenced(overview.command(report, [verdict]), "sh"), ""]
    return "\n".join(lines)


def summary(report: Report, longest: int, problems: Sequence[str] = ()) -> str:
    """Return a run on one page, as a CI job shows it; of what does not fit into so many bytes, the end is left out."""
    simulated = (
        ["**SIMULATED**: simulated nodes took part, and that certifies nothing.", ""] if report.simulated else []
    )
    lines = [f"## {_text(overview.headline(report))}", "", _text(overview.sentence(report)), "", *simulated]
    rows = [
        (mark(each.outcome), f"`{each.requirement.id}`", each.requirement.level.value,
         _text(clean(each.message, SUMMED_UP)))
        for each in report.verdicts
    ]  # fmt: skip
    said = [f"- {_text(clean(each, SUMMED_UP))}" for each in problems]
    lines += [*said, *([""] if said else []), *_table(("", "Requirement", "Level", "Why"), rows), ""]
    return _fitting(lines, longest)


def not_evaluated(why: str, longest: int) -> str:
    """Return what a CI job shows where a run ended before it had a report."""
    return _fitting(["## Not evaluated", "", _text(clean(why)), ""], longest)


def _fitting(lines: list[str], longest: int) -> str:
    """Return as many whole lines as fit: half a row would break the table and what follows it."""
    sizes = accumulate(len(line.encode()) + 1 for line in lines)
    return "".join(f"{line}\n" for line, size in zip(lines, sizes, strict=True) if size <= longest)


def _simulated(report: Report, verdict: Verdict) -> list[str]:
    if not (report.simulated or verdict.simulated):
        return []
    return ["> **SIMULATED.** Seen at least in part on simulated nodes: this is not certification evidence.", ""]


def _answer(verdict: Verdict) -> list[str]:
    lines = [
        f"**{mark(verdict.outcome)}**: {_text(verdict.message)}",
        "",
        f"Reason: {REASONS[verdict.reason]}. In the checklist: {overview.in_the_checklist(verdict)}.",
    ]
    declared = verdict.declaration
    if declared:
        by = f" by {_text(declared.by)}" if declared.by else ""
        owner = f" Brought by {_text(declared.owner)}." if declared.owner else ""
        lines += ["", f"Declared{by}: {declared.status.value or 'no status'}.{owner} {_text(declared.notes)}".rstrip()]
    return [*lines, "", f"**Conflict**: {_text(verdict.conflict)}"] if verdict.conflict else lines


def _about(report: Report, verdict: Verdict) -> list[str]:
    item, facts = verdict.requirement, report.facts
    rows = [
        ("Requirement", f"`{item.id}`, {item.level.value} in checklist {report.checklist}, {item.category}"),
        ("SHA-256 of the official text", f"`{item.sha256}`"),
        ("Kubernetes", _text(f"{facts.version} {facts.platform}") if facts else "not reached"),
        ("Nodes", f"{facts.nodes}, {facts.nodes_simulated} of them simulated" if facts else "unknown"),
        ("Accelerators", _text(counted(facts.accelerators)) if facts else "unknown"),
        ("Date", _text(moment(report.started))),
        ("Run", f"{_text(report.run_id)}, clusterproof {_text(report.kit_version)}, platform {_text(report.platform)}"),
    ]
    return [*_table(("", ""), rows), ""]


def _procedure(check: Check | None) -> list[str]:
    if check is None:
        return []
    probe = f" after {_text(check.probe)}" if check.probe else ""
    return [f"How it is measured{probe}: {_text(check.about)} Source: {_text(overview.source(check))}", ""]


def _result(result: CheckResult, limit: int) -> list[str]:
    lines = [f"## What {_text(result.check)} saw", ""]
    lines += [
        f"Wall time {seconds(result.took)}, of it waiting for the cluster {seconds(result.critical_path)}, "
        f"ratio {overview.overhead(result)}" + (f", backend {_text(result.backend)}." if result.backend else "."),
        "",
    ]
    head = ("", "Claim", "Kind", "Expected", "Seen", "At", "Took")
    lines += _table(head, (_row(seen) for seen in result.observations)) if result.observations else []
    for picture in result.pictures:
        lines += _picture(picture, result)
    for n, seen in enumerate(result.observations, start=1):
        for piece in seen.evidence:
            lines += _piece(f"Claim {n}: {piece.title}", piece, limit)
    for piece in result.evidence:
        lines += _piece(piece.title, piece, limit)
    return lines


def _row(seen: Observation) -> tuple[str, ...]:
    values = (_text(seen.claim), seen.kind.value, _text(shown(seen.expected, 200)), _text(shown(seen.actual, 200)))
    return (holds(seen), *values, _text(seen.at), seconds(seen.took))


def _picture(picture: Picture, result: CheckResult) -> list[str]:
    """Return the numbers of a picture, which stands in the HTML page."""
    head, rows = chart_table(picture, result)
    cells = ([_text(word) for word in row] for row in rows)
    title = f"{picture.title} ({picture.unit}, {picture.across})"
    return ["", f"### {_text(title)}", "", *_table(tuple(map(_text, head)), map(tuple, cells))]


def _piece(title: str, piece: Evidence, limit: int) -> list[str]:
    language = "yaml" if piece.kind is EvidenceKind.OBJECT else "text"
    return ["", f"### {_text(title)}", "", *_fenced(piece.body, language, limit)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _fenced(body: str, language: str, limit: int = BODIES) -> list[str]:
    """Return a code block whose fence is longer than any row of back-ticks inside it."""
    seen = clean(body.rstrip("\n"), limit)
    longest = max((len(run) for run in re.findall(r"`+", seen)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + language, seen, fence]


def _text(words: str) -> str:
    """Return words that Markdown and HTML both leave as they are, on one line."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(clean(words).split()), quote=False))
