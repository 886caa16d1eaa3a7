"""`clusterproof renew`: last year's checklist carried forward with a run of this year."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from clusterproof.cli.fill import (
    NOT_READY,
    AsJson,
    Force,
    Out,
    PlatformFile,
    RulesOption,
    Template,
    tell_removed,
    template_text,
)
from clusterproof.submission.finding import Generation


def renew(  # noqa: PLR0913, PLR0917 - the options of a command
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Last year's PRODUCT.yaml, or its folder.")],
    run: Annotated[Path, typer.Option("--run", help="The run folder of this year.")],
    out: Out,
    template: Template = None,
    platform: PlatformFile = "",
    rules: RulesOption = Generation.CURRENT,
    *,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Carry last year's PRODUCT.yaml forward: what still holds, what is stale, what must be measured again."""
    from clusterproof import parameters, runner  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.product.filling import Wish  # noqa: PLC0415
    from clusterproof.product.previous import previous  # noqa: PLC0415
    from clusterproof.product.renewal import renewal  # noqa: PLC0415
    from clusterproof.product.review import as_data, lines  # noqa: PLC0415
    from clusterproof.product.writing import write_product  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    wish = Wish(out, template_text(template, run), rules)
    done = renewal(previous(old), run, wish, parameters.load(platform) if platform else None, runner.known())
    removed = write_product(out, done.files, force=force)
    if as_json:
        typer.echo(json.dumps({**as_data(done), "removed": list(removed)}, indent=2))
    else:
        for line in lines(done):
            typer.echo(line)
        counted = Counter(item.ruling.value for item in done.items)
        typer.echo(f"\nWrote {out / 'PRODUCT.yaml'}: {', '.join(f'{n} {what}' for what, n in counted.items())}.")
        tell_removed(removed)
        for sentence in done.remaining:
            typer.echo(f"  {clean(sentence)}")
    if done.remaining:
        raise typer.Exit(NOT_READY)
