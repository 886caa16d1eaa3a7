"""`clusterproof diff`: two runs item by item, or many as a history."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from clusterproof.compare import Change, Runs
    from clusterproof.compare.fields import FieldChange
    from clusterproof.model import Verdict

WORSE = 1
PAIR = 2
WIDE = 160
LONG = 300  # characters of what one side says


def diff(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_A RUN_B", help="Run folders; more than two: a history.")],
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a verdict of the last run is worse.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Compare runs: verdicts that flipped first, what was seen otherwise, times beside each other."""
    from clusterproof.compare import differences, open_runs  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.compare.data import as_data  # noqa: PLC0415
    from clusterproof.compare.runs import Runs  # noqa: PLC0415
    from clusterproof.errors import UsageError  # noqa: PLC0415
    from clusterproof.report import load_unchanged  # noqa: PLC0415

    if len(runs) < PAIR:
        raise UsageError("One run has nothing to be compared with.", next_step="Name two run folders, or more.")
    # Two runs stand as they were named; a history is in order of time.
    found = Runs(tuple(map(load_unchanged, runs))) if len(runs) == PAIR else open_runs(runs)
    changes = differences(*found.reports[-2:])
    if as_json:
        typer.echo(json.dumps(as_data(found, changes), indent=2))
    elif len(runs) == PAIR:
        _show(found, changes)
    else:
        _history(found)
    if strict and any(change.worse for change in changes):
        raise typer.Exit(WORSE)


def _show(found: Runs, changes: tuple[Change, ...]) -> None:
    table = table_of("requirement", "level", *(report.run_id for report in found.reports), "took", "then")
    for change in changes:
        table.add_row(*_row(change))
    printed(table)
    for words in found.remarks():
        typer.echo(words)
    for words in found.unlike():
        typer.echo(f"Not alike: {words}")
    for change in changes:
        if change.claims or change.fields:
            typer.echo(f"\n{change.requirement.id}")
            _fields(change.fields, "  ")
            _claims(change)
    flipped = sum(change.flipped for change in changes)
    typer.echo(f"\n{flipped} flipped, {sum(change.worse for change in changes)} for the worse, of {len(changes)}.")


def _fields(fields: tuple[FieldChange, ...], margin: str) -> None:
    for each in fields:
        typer.echo(f"{margin}{each.name}: {'  →  '.join(each.words(LONG))}")


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
            _fields(each.fields, "      ")
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
    for words in found.remarks():
        typer.echo(words)


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
