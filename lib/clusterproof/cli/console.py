"""What a run says on a terminal, in a log, and as JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clusterproof.model import Outcome, Reason
from clusterproof.render import REASONS, clean, mark, told
from clusterproof.report import overview

if TYPE_CHECKING:
    from rich.status import Status

    from clusterproof.model import Report, Verdict
    from clusterproof.runner import Ending

COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.ERROR: "yellow", Outcome.UNKNOWN: "yellow"}
LIVING = 100  # characters of what a check does at the moment
WHY = 200  # characters of a reason in the table
OWN_WORDS = frozenset({Reason.NO_CHECK, Reason.NOT_REQUESTED})  # the same long sentence in ten rows says less


class _Steady(Console):
    """Goes silent where nobody reads any more; the library's own would end the thread that tells, or the run."""

    def on_broken_pipe(self) -> None:
        """Tell nothing from now on."""
        self.quiet = True


class Progress:
    """Tells on stderr what goes on: one living line on a terminal, one line a result in a log."""

    def __init__(self, *, verbose: bool, quiet: bool) -> None:
        self._console = _Steady(stderr=True, highlight=False, soft_wrap=True)
        self._verbose, self._quiet = verbose, quiet
        self._began = time.monotonic()
        self._running: dict[str, str] = {}
        self._status: Status | None = None

    def __enter__(self) -> Self:
        """Open the living line where there is a terminal."""
        if self._console.is_terminal and not (self._verbose or self._quiet):
            self._status = self._console.status("beginning")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        if self._status is not None:
            self._status.stop()

    def say(self, sentence: str) -> None:
        """Tell a step of the run as a whole."""
        if self._status is not None:
            self._status.update(escape(clean(sentence)))
        elif not self._quiet:
            self._print(sentence)

    def heard(self, message: dict[str, Any]) -> None:
        """Tell what a kernel said; called from another thread."""
        requirement, event, text = (str(message.get(key, "")) for key in ("requirement", "event", "text"))
        if event == "result":
            self._running.pop(requirement, None)
            self._result(requirement, text, message.get("took"))
        else:
            self._running[requirement] = "beginning" if event == "start" else text
            if self._verbose:
                self._print(f"{requirement}: {self._running[requirement]}")
        if self._status is not None:
            running = sorted(self._running.items())
            lines = [f"[bold]{escape(clean(name))}[/] {escape(_line(what))}" for name, what in running]
            self._status.update("\n  ".join(lines or ["going on"]))

    def _result(self, requirement: str, text: str, took: Any) -> None:
        outcome, why, spent = told(text, took)
        if self._quiet or outcome is None:
            return
        colour = COLOURS.get(outcome, "dim")
        head = f"[{colour}]{mark(outcome)}[/] [bold]{escape(clean(requirement))}[/]"
        self._console.print(f"{self._clock()} {head} {escape(clean(why, 300))}{spent}")

    def _print(self, sentence: str) -> None:
        self._console.print(f"{self._clock()} {escape(clean(sentence))}")

    def _clock(self) -> str:
        return escape(f"[{time.monotonic() - self._began:5.1f} s]")


def _line(text: str) -> str:
    """Return a text fit for the living line: two of them must not fill the terminal."""
    plain = " ".join(clean(text).split())
    return plain if len(plain) <= LIVING else f"{plain[:LIVING]}…"


def show(ending: Ending, code: int, *, as_json: bool) -> None:
    """Write the answer of a run to stdout."""
    if as_json:
        typer.echo(json.dumps(_data(ending, code), indent=2))
        return
    console = Console(highlight=False)
    console.print(_table(ending))
    report = ending.report
    console.print(f"[bold]{escape(overview.headline(report))}.[/] {escape(overview.sentence(report))}")
    console.print(escape(f"The run took {overview.took(report)}."))
    for problem in _problems(ending):
        console.print(f"[yellow]! {escape(clean(problem))}[/]", soft_wrap=True)
    console.print(f"Open {escape(str(ending.folder / 'index.html'))}", soft_wrap=True)


def _table(ending: Ending) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "requirement", "level", "why"):
        table.add_column(head, no_wrap=head != "why")
    # What was measured comes first; the sort keeps the checklist's order among equals.
    for verdict in sorted(ending.report.verdicts, key=lambda each: each.reason in OWN_WORDS):
        colour = COLOURS.get(verdict.outcome, "dim")
        outcome = f"[{colour}]{mark(verdict.outcome)}[/]"
        table.add_row(outcome, verdict.requirement.id, verdict.requirement.level.value, escape(_why(verdict)))
    return table


def _why(verdict: Verdict) -> str:
    if verdict.reason in OWN_WORDS:
        return REASONS[verdict.reason]
    simulated = "SIMULATED. " if verdict.simulated and verdict.results else ""
    return simulated + clean(verdict.message, WHY)


def _problems(ending: Ending) -> list[str]:
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
        "interrupted": ending.interrupted, "left_behind": list(report.left_behind), "problems": _problems(ending),
        "exit_code": code, "took": report.took, "critical_path": _path(report), "requirements": requirements,
    }  # fmt: skip
