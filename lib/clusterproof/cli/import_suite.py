"""`clusterproof import`: results of the programme's own suite become a run folder that names their source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clusterproof import paths
from clusterproof.cli.fill import AsJson, PlatformFile  # noqa: TC001 - typer reads them
from clusterproof.cli.run import Checklist  # noqa: TC001 - typer reads it
from clusterproof.errors import UsageError, unwritable

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="junit.xml, results.json (go test -json) or e2e.log of the suite.")
]


def take_in(  # noqa: PLR0913 - the options of a command
    files: Files,
    checklist: Checklist = "1.37",
    run: Annotated[Path | None, typer.Option("--run", help="A run of the kit's that the results come beside.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder, empty or new; reports/RUN_ID without it.")
    ] = None,
    platform: PlatformFile = "",
    *,
    simulated: Annotated[bool, typer.Option("--simulated", help="The suite ran on simulated nodes.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 also if a MUST has no answer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in results of the programme's own suite: a run folder with them as results, and the files as they came."""
    from dataclasses import replace  # noqa: PLC0415 - keeps `--help` quick

    from clusterproof import parameters, runner  # noqa: PLC0415
    from clusterproof.cli import console  # noqa: PLC0415
    from clusterproof.report import load_unchanged, write_report  # noqa: PLC0415
    from clusterproof.report.store import write_all  # noqa: PLC0415
    from clusterproof.suite import results  # noqa: PLC0415

    artifacts = [results.artifact(_content(file), str(file)) for file in files]
    if len({each.form for each in artifacts}) < len(artifacts):
        raise UsageError("Two of the files are of the same form; each name can be had once.")
    base = load_unchanged(run) if run else None
    # The suite ran where the kit did: what is simulated there is so for both.
    found = results.results(artifacts, simulated=simulated or bool(base and base.simulated))
    notes = results.unknown(artifacts)
    for sentence in notes:
        typer.echo(sentence, err=True)
    report = results.report(found, checklist, base=base, notes=notes)
    if platform:
        report = replace(report, metadata=parameters.load(platform).metadata)
    folder = (out or paths.reports() / report.run_id).absolute()
    _begin(folder, beside=run)
    write_all(folder, {each.path: each.content for each in artifacts})
    write_report(report, folder, known=runner.known())
    ending = runner.Ending(report, folder)
    code = runner.exit_code(ending, strict=strict)
    console.show(ending, code, as_json=as_json)
    raise typer.Exit(code)


def _begin(folder: Path, beside: Path | None) -> None:
    """Make the folder, which must not hold anything, nor lie in another run's: that would not be its own any more."""
    if beside and folder.resolve().is_relative_to(beside.resolve()):
        raise UsageError(f"{folder} lies in the run that is taken over.", next_step="Name another folder with --out.")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} is not empty.", next_step="Name another folder with --out, or leave it out.")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def _content(file: Path) -> bytes:
    from clusterproof.product.evidence import LARGEST  # noqa: PLC0415
    from clusterproof.submission.composing import Stop  # noqa: PLC0415
    from clusterproof.submission.reading import read_bytes  # noqa: PLC0415

    try:
        return read_bytes(file, LARGEST)
    except Stop as stop:
        raise UsageError(
            f"{file} cannot be taken in. {stop.problem.message}",
            next_step="Name the file itself that the suite has written: junit.xml, results.json or e2e.log.",
        ) from None
