"""`clusterproof prove`: the good testbed and its mutants, as a table and a page."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof import paths
from clusterproof.cli.words import listed
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from clusterproof.prove import Proof

NOT_PROVED = 1
WIDE = 160  # characters of a line where nobody says how many there are


def prove(
    only: Annotated[
        str, typer.Option(help="Requirement ids, separated by commas; all that have a check if empty.")
    ] = "",
    mutants: Annotated[str, typer.Option(help="Names of mutants, separated by commas; all if empty.")] = "",
    tier: Annotated[
        str, typer.Option(help="sim: simulated nodes; node: real ones, where containers run (Linux and root).")
    ] = "sim",
    out: Annotated[Path | None, typer.Option(help="Folder for prove.html and prove.json.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output instead of a table.")] = False,
) -> None:
    """Run every check on a good testbed and on testbeds broken on purpose; fail if a mutant gets away."""
    from clusterproof import testbed  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.prove import prove as run  # noqa: PLC0415
    from clusterproof.prove.page import as_data, write_page  # noqa: PLC0415

    requirements = _requirements(listed(only), tier)
    testbed.refuse_unless_possible(tier)
    with _folder(out) as folder:
        proof = run(requirements, _sayer(), names=listed(mutants), on=tier)
        page = write_page(proof, folder)
    if as_json:
        typer.echo(json.dumps(as_data(proof), indent=2))
    else:
        _show(proof, page, some=bool(mutants))
    if not proof.ok:
        raise typer.Exit(NOT_PROVED)


def _requirements(asked: tuple[str, ...], tier: str) -> list[str]:
    """Return the requirements to prove: those that were asked for, or all that have mutants of the tier."""
    from clusterproof import registry  # noqa: PLC0415
    from clusterproof.checklist import ids, unknown_id  # noqa: PLC0415
    from clusterproof.prove.mutant import mutants  # noqa: PLC0415
    from clusterproof.testbed.spec import SIMULATED, Spec  # noqa: PLC0415

    Spec(tier=tier)  # refuses one that is none
    known = sorted({check.requirement for check in registry.declared()})
    for name in asked:
        if name in known:
            continue
        if name not in ids():
            raise unknown_id(name)
        raise UsageError(f"There is no check for {name} yet.", next_step=f"Checks exist for: {', '.join(known)}.")
    provable = known if tier == SIMULATED else sorted({each.requirement for each in mutants(known, tier=tier)})
    for name in asked:
        if name not in provable:
            hint = f"Prove it on simulated nodes: --tier sim. Real ones have mutants of {', '.join(provable)}."
            raise UsageError(f"No mutant of {name} is for real nodes.", next_step=hint)
    return list(dict.fromkeys(asked)) or provable


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Make the folder to write to; that it cannot be had is better known before minutes of work than after."""
    folder = (out or paths.reports() / f"prove-{new_run_id()}").absolute()
    there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    try:
        yield folder
    except BaseException:
        if not there:
            with suppress(OSError):  # it is kept where something has been written
                folder.rmdir()
        raise


def _console(*, stderr: bool) -> Console:
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=stderr, highlight=False, markup=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, markup=False, width=WIDE)


def _sayer() -> Callable[[str], None]:
    from clusterproof.render import clean  # noqa: PLC0415

    errors = _console(stderr=True)
    return lambda line: errors.print(clean(" / ".join(line.splitlines())), soft_wrap=True)


def _show(proof: Proof, page: Path, *, some: bool) -> None:
    from rich.table import Table  # noqa: PLC0415

    from clusterproof.testbed.spec import SIMULATED  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for head in ("", "requirement", "testbed", "claim that must turn false"):
        table.add_column(head, overflow="fold")
    for trial in proof.trials:
        expected = trial.expected or "none: it must pass"
        seen = expected if trial.ok else f"{expected}\nSEEN INSTEAD: {trial.seen}"
        table.add_row("✓" if trial.ok else "✗", trial.requirement, trial.mutant, seen)
    console = _console(stderr=False)
    console.print(table)
    for gap in proof.gaps():
        console.print(f"✗ {gap}")
    unproved = sum(len(claims) for claims in proof.unproved().values())
    others = sum(len(claims) for claims in proof.left_to_others().values())
    left = f" and {others} that are left to those of the other tier" if others else ""
    none = "none of the mutants that were asked for" if some else "no mutant"
    where = "simulated" if proof.tier == SIMULATED else "real"
    beds = f"{proof.beds.started} testbeds started, {len(proof.beds.thrown)} of them not fit to be used again"
    console.print(
        f"{'Proved' if proof.ok else 'NOT PROVED'}: {sum(t.ok for t in proof.trials)} of {len(proof.trials)} trials on "
        f"{where} nodes as expected in {proof.took:.0f} s ({beds}); {unproved} claims that {none} turns false{left}."
        f"\nOpen {page}",
        soft_wrap=True,
    )
