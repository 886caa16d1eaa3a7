"""`clusterproof prove`: the good testbed and its mutants, as a table and a page."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from clusterproof import paths, registry
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from clusterproof.prove import Proof

NOT_PROVED = 1


def prove(
    only: Annotated[
        str, typer.Option(help="Requirement ids, separated by commas; all that have a check if empty.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for prove.html and prove.json.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output instead of a table.")] = False,
) -> None:
    """Run every check on a good testbed and on testbeds broken on purpose; fail if a mutant gets away."""
    from clusterproof.prove import prove as run  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.prove.page import as_data, write_page  # noqa: PLC0415

    errors = Console(stderr=True, highlight=False)
    proof = run(_requirements(only), lambda line: errors.print(line, markup=False))
    folder = out or paths.reports() / f"prove-{new_run_id()}"
    page = write_page(proof, folder)
    if as_json:
        typer.echo(json.dumps(as_data(proof), indent=2))
    else:
        _show(proof, page)
    if not proof.ok:
        raise typer.Exit(NOT_PROVED)


def _requirements(only: str) -> list[str]:
    known = sorted({check.requirement for check in registry.declared()})
    chosen = [name.strip() for name in only.split(",") if name.strip()] or known
    for name in chosen:
        if name not in known:
            raise UsageError(f"There is no check for {name!r}.", next_step=f"Checks exist for {', '.join(known)}.")
    return chosen


def _show(proof: Proof, page: Path) -> None:
    console = Console(highlight=False)
    table = Table("requirement", "testbed", "expected", "seen", "proved")
    for trial in proof.trials:
        expected = trial.expected or "PASS"
        table.add_row(
            trial.requirement,
            trial.mutant,
            expected,
            "the same" if trial.seen == expected else trial.seen,
            "yes" if trial.ok else "NO",
        )
    console.print(table)
    unproved = sum(len(claims) for claims in proof.unproved().values())
    console.print(
        f"{sum(t.ok for t in proof.trials)} of {len(proof.trials)} trials as expected; "
        f"{unproved} claims that no mutant turns false are listed in {page}"
    )
