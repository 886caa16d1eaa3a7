"""`clusterproof gap`: from one version of the checklist to another, and what that leaves to do."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof.cli.fill import AsJson, Force  # noqa: TC001 - typer reads them
from clusterproof.cli.words import without_v

if TYPE_CHECKING:
    from clusterproof.compare.gap import Gap


def gap(  # noqa: PLR0913 - the options of a command
    before: Annotated[str, typer.Argument(metavar="FROM", help="Version of the checklist, for instance 1.36.")],
    after: Annotated[str, typer.Argument(metavar="TO", help="Version to go to, for instance 1.37.")],
    run: Annotated[Path | None, typer.Option("--run", help="The product's last run: what it answers already.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file as well.")] = None,
    *,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Tell what is new, gone, raised or lowered between two versions, what a run answers already, what remains."""
    from clusterproof.compare.gap import gap as between  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.compare.gap_page import as_data, page  # noqa: PLC0415
    from clusterproof.product.writing import write  # noqa: PLC0415
    from clusterproof.report import load_unchanged  # noqa: PLC0415

    way = between(without_v(before), without_v(after), load_unchanged(run) if run else None)
    if html is not None:
        write(html.parent, {html.name: page(way).encode("utf-8", "replace")}, force=force)
    if as_json:
        typer.echo(json.dumps(as_data(way), indent=2))
    else:
        _show(way)


def _show(way: Gap) -> None:
    from clusterproof.cli.diff import printed, table_of  # noqa: PLC0415
    from clusterproof.compare.gap import counts, lines  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    table = table_of("", "requirement", "level", "last run", "what remains")
    for row in lines(way):
        table.add_row(*(clean(cell, 300) for cell in row))
    printed(table)
    told = ", ".join(f"{count} {step.value}" for step, count in counts(way))
    typer.echo(f"\nFrom {way.before} to {way.after}: {told}; {len(way.remaining)} left to do.")
    if way.report is None:
        typer.echo("Name the product's last run with --run to see what it answers already.")
    elif way.report.simulated:
        typer.echo("SIMULATED: the run saw simulated nodes, and that certifies nothing.")
