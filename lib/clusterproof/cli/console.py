"""The answer of a run: a table on a terminal or in a log, or JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clusterproof.cli.words import as_json_text
from clusterproof.model import Outcome, Reason
from clusterproof.render import REASONS, clean, mark
from clusterproof.report import overview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.model import Report, Verdict
    from clusterproof.runner import Ending

COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.ERROR: "yellow", Outcome.UNKNOWN: "yellow"}
WHY = 200  # characters of a reason in the table


def show(ending: Ending, code: int, *, as_json: bool) -> None:
    """Write the answer of a run to stdout."""
    if as_json:
        typer.echo(as_json_text(_data(ending, code)))
        return
    console = Console(highlight=False)
    report = ending.report
    asked = [verdict for verdict in report.verdicts if _was_asked(verdict)]
    console.print(_table(asked))
    if rest := len(report.verdicts) - len(asked):
        console.print(f"[dim]{rest} more were not asked for.[/]")
    console.print(f"[bold]{escape(overview.headline(report))}.[/] {escape(overview.sentence(report))}")
    console.print(escape(f"The run took {overview.took(report)}."))
    for problem in problems(ending):
        console.print(f"[yellow]! {escape(clean(problem))}[/]", soft_wrap=True)
    console.print(f"Open {escape(str(ending.folder / 'index.html'))}", soft_wrap=True)


def _was_asked(verdict: Verdict) -> bool:
    """Return whether a run was asked for it: a check may also stop because it was not asked for what it takes."""
    return verdict.reason is not Reason.NOT_REQUESTED or any(result.check for result in verdict.results)


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "requirement", "level", "why"):
        table.add_column(head, no_wrap=head != "why")
    # What was measured comes first; the sort keeps the checklist's order among equals.
    for verdict in sorted(verdicts, key=lambda each: each.reason is Reason.NO_CHECK):
        colour = COLOURS.get(verdict.outcome, "dim")
        outcome = f"[{colour}]{mark(verdict.outcome)}[/]"
        table.add_row(outcome, verdict.requirement.id, verdict.requirement.level.value, escape(_why(verdict)))
    return table


def _why(verdict: Verdict) -> str:
    if verdict.reason is Reason.NO_CHECK:  # the same long sentence in ten rows says less
        return REASONS[verdict.reason]
    simulated = "SIMULATED. " if verdict.simulated and verdict.results else ""
    return simulated + clean(verdict.message, WHY)


def problems(ending: Ending) -> list[str]:
    """Return what is wrong with a run as a whole, in sentences."""
    report = ending.report
    found = [f"{notebook.name}: {notebook.error}" for notebook in report.notebooks if not notebook.ok]
    found += [f"left in the cluster: {thing}" for thing in report.left_behind]
    found += [f"{v.requirement.id}: {v.conflict}" for v in report.verdicts if v.conflict]
    return ["The run was stopped; what did not run is an ERROR, never a PASS.", *found] if ending.interrupted else found


def _path(report: Report) -> dict[str, Any] | None:
    path, times = report.critical_path, overview.ratio(report)
    return None if path is None else {**asdict(path), "seconds": path.seconds, "ratio": times}


def _data(ending: Ending, code: int) -> dict[str, Any]:
    report = ending.report
    requirements = [
        {
            "id": v.requirement.id, "level": v.requirement.level.value, "outcome": v.outcome.value,
            "reason": v.reason.value, "status": v.status.value, "message": v.message, "simulated": v.simulated,
            "evidence": f"evidence/{v.requirement.id}.html",
            "took": round(sum(result.took for result in v.results), 3),
            "critical_path": round(sum(result.critical_path for result in v.results), 3),
        }
        for v in report.verdicts
    ]  # fmt: skip
    return {
        "run_id": report.run_id, "folder": str(ending.folder), "checklist": report.checklist,
        "platform": report.platform, "summary": report.summary.value, "simulated": report.simulated,
        "interrupted": ending.interrupted, "left_behind": list(report.left_behind), "problems": problems(ending),
        "exit_code": code, "took": report.took, "critical_path": _path(report), "requirements": requirements,
    }  # fmt: skip
