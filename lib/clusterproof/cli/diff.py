"""`clusterproof diff`: two runs item by item, or many as a history."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from clusterproof.compare import Change, Runs
    from clusterproof.model import Observation, Report, Verdict

WORSE = 1
PAIR = 2
WIDE = 160


def diff(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_A RUN_B", help="Run folders; more than two: a history.")],
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a verdict of the last run is worse.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Compare runs: verdicts that flipped first, what was seen otherwise, times beside each other."""
    from clusterproof.compare import differences, open_runs  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.compare.runs import Runs  # noqa: PLC0415
    from clusterproof.errors import UsageError  # noqa: PLC0415
    from clusterproof.report import load_unchanged  # noqa: PLC0415

    if len(runs) < PAIR:
        raise UsageError("One run has nothing to be compared with.", next_step="Name two run folders, or more.")
    # Two runs stand as they were named; a history is in order of time.
    found = Runs(tuple(map(load_unchanged, runs))) if len(runs) == PAIR else open_runs(runs)
    before, after = found.reports[-2:]
    changes = differences(before, after)
    if as_json:
        typer.echo(json.dumps(_data(found, changes), indent=2))
    elif len(runs) == PAIR:
        _show(before, after, changes)
    else:
        _history(found)
    if strict and any(change.worse for change in changes):
        raise typer.Exit(WORSE)


def _data(found: Runs, changes: tuple[Change, ...]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "runs": [report.run_id for report in found.reports],
        "unlike": found.unlike(),
        "changes": [_change(change) for change in changes],
    }
    if len(found.reports) > PAIR:
        data["history"] = found.history().to_dict(orient="index")
    return data


def _change(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {
        "id": change.requirement.id, "level": change.requirement.level.value, "flipped": change.flipped,
        "worse": change.worse, "better": change.better, **{name: _verdict(verdict) for name, verdict in sides.items()},
        "claims": [
            {"claim": each.claim, "flipped": each.flipped, "before": _observation(each.before),
             "after": _observation(each.after)}
            for each in change.claims
        ],
    }  # fmt: skip


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    from clusterproof.compare.differences import took, waited  # noqa: PLC0415

    if verdict is None:
        return None
    return {
        "outcome": verdict.outcome.value, "reason": verdict.reason.value, "message": verdict.message,
        "simulated": verdict.simulated, "took": took(verdict), "waited": waited(verdict),
    }  # fmt: skip


def _observation(seen: Observation | None) -> dict[str, Any] | None:
    return {"holds": seen.holds, "seen": seen.actual, "took": seen.took} if seen else None


def _show(before: Report, after: Report, changes: tuple[Change, ...]) -> None:
    from clusterproof.compare import unlike  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    table = table_of("requirement", "level", before.run_id, after.run_id, "took", "then")
    for change in changes:
        table.add_row(*_row(change))
    printed(table)
    for words in unlike(before, after):
        typer.echo(f"Not alike: {clean(words, 300)}")
    for change in changes:
        if change.claims:
            typer.echo(f"\n{change.requirement.id}")
            _claims(change)
    flipped = sum(change.flipped for change in changes)
    typer.echo(f"\n{flipped} flipped, {sum(change.worse for change in changes)} for the worse, of {len(changes)}.")


def _claims(change: Change) -> None:
    """Show the claims that both runs looked at; what only one of them came to is counted."""
    from clusterproof.render import clean, shown  # noqa: PLC0415

    for each in change.claims:
        if each.before and each.after:
            typer.echo(f"  {'!' if each.flipped else ' '} {clean(each.claim, 300)}")
            seen = [
                f"{'holds' if o.holds is True else 'false'}, {shown(o.actual, 120)}" for o in (each.before, each.after)
            ]
            typer.echo(f"      {seen[0]}  →  {seen[1]}")
    for count, run in (
        (sum(e.after is None for e in change.claims), "first"),
        (sum(e.before is None for e in change.claims), "second"),
    ):
        if count:
            typer.echo(f"    looked at in the {run} run only: {count} claims")


def _row(change: Change) -> list[str]:
    from clusterproof.compare.differences import took  # noqa: PLC0415
    from clusterproof.render import seconds  # noqa: PLC0415

    times = [took(each) for each in (change.before, change.after)]
    return [
        f"{_arrow(change)} {change.requirement.id}",
        change.requirement.level.value,
        *(_outcome(each) for each in (change.before, change.after)),
        *(seconds(time) if time is not None else "" for time in times),
    ]


def _arrow(change: Change) -> str:
    if change.worse:
        return "↓"
    return "↑" if change.better else "≠" if change.flipped else " "


def _outcome(verdict: Verdict | None) -> str:
    from clusterproof.compare.runs import word  # noqa: PLC0415

    return word(verdict) if verdict else "not asked"


def _history(found: Runs) -> None:
    history, timings = found.history(), found.timings()
    for head, frame in (("verdict", history), ("seconds", timings)):
        table = table_of(head, *map(str, frame.columns))
        for name, row in frame.iterrows():
            table.add_row(str(name), *("" if value != value else str(value) for value in row))  # noqa: PLR0124 - NaN
        printed(table)
        typer.echo("")


def table_of(*heads: str) -> Table:
    """Return an empty table with these heads."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from clusterproof.render import clean  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(Text(clean(head, 60)), overflow="fold")
    return table


def printed(table: Table) -> None:
    """Write a table to standard output."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    wide = None if console.is_terminal else WIDE
    Console(highlight=False, markup=False, width=wide).print(table)
