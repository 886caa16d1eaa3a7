"""`clusterproof fill`: a run's answers in the official checklist, ready to be handed in or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof.submission.finding import Generation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.product.filling import Filled

NOT_READY = 1

Template = Annotated[
    Path | None, typer.Option("--template", help="Official checklist of the run's version. [default: the user's cache]")
]
RulesOption = Annotated[Generation, typer.Option("--rules", help="Which of the programme's validators counts.")]
Out = Annotated[Path, typer.Option("--out", help="The product's folder, for instance v1.37/my-product.")]
PlatformFile = Annotated[
    str, typer.Option("--platform", help="Platform file with metadata and declarations, in place of the run's own.")
]
Draft = Annotated[bool, typer.Option("--draft", help="Write also what cannot be handed in; it says SIMULATED.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def fill(  # noqa: PLR0913 - the options of a command
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Out,
    template: Template = None,
    platform: PlatformFile = "",
    rules: RulesOption = Generation.CURRENT,
    *,
    draft: Draft = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Fill the official checklist from a run: PRODUCT.yaml and its evidence; exit 1 if something keeps it back."""
    from clusterproof import parameters, runner  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.product.filling import Wish, filled  # noqa: PLC0415
    from clusterproof.product.writing import write_product  # noqa: PLC0415

    wish = Wish(out, template_text(template, folder), rules, draft)
    done = filled(folder, wish, parameters.load(platform) if platform else None, runner.known())
    removed = write_product(out, done.files, force=force)
    show(done, out, removed, as_json=as_json)


def show(done: Filled, out: Path, removed: Sequence[str], *, as_json: bool) -> None:
    """Say what was written and what remains; exit 1 if anything does."""
    from clusterproof.product.filling import own_contribution  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    remaining = [*done.remaining, *filter(None, [own_contribution(done.report)])]
    if as_json:
        data = {
            "folder": str(out),
            "files": list(done.files),
            "removed": list(removed),
            "remaining": remaining,
            "ready": not remaining,
        }
        typer.echo(json.dumps(data, indent=2))
    else:
        typer.echo(f"Wrote {out / 'PRODUCT.yaml'} and {len(done.files) - 1} files of evidence.")
        tell_removed(removed)
        for sentence in remaining:
            typer.echo(f"  {clean(sentence)}")
        typer.echo("Not ready to be handed in." if remaining else "Nothing that the kit knows of keeps it back.")
    if remaining:
        raise typer.Exit(NOT_READY)


def tell_removed(names: Sequence[str]) -> None:
    """Say which pages of an earlier run are gone."""
    if names:
        typer.echo(f"Removed {', '.join(names)}: of an earlier run, and named by nothing any more.")


def template_text(named: Path | None, run: Path) -> str:
    """Return the text of the official checklist that a run is filled into: the named file, else that of the cache."""
    from clusterproof.errors import UsageError  # noqa: PLC0415
    from clusterproof.report import load_report  # noqa: PLC0415
    from clusterproof.submission.composing import Stop  # noqa: PLC0415
    from clusterproof.submission.official import template  # noqa: PLC0415
    from clusterproof.submission.reading import LARGEST, read_bytes  # noqa: PLC0415

    version = load_report(run).checklist
    path = named or template(version)
    if path is None:
        advice = "Fetch it with clusterproof checklist sync, or name the file with --template."
        raise UsageError(f"The official checklist {version} is not at hand.", next_step=advice)
    try:
        return read_bytes(path.resolve(), LARGEST).decode("utf-8")
    except (Stop, OSError, UnicodeDecodeError, ValueError) as error:
        why = error.problem.message if isinstance(error, Stop) else "It is not UTF-8 text."
        advice = "Name an official checklist with --template; clusterproof checklist sync fetches them."
        raise UsageError(f"The template {path} cannot be used. {why}", next_step=advice) from None
