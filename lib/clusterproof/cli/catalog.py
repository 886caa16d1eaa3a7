"""`clusterproof catalog`: a static site of all submissions in a tree."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from clusterproof.errors import UsageError

Tree = Annotated[Path, typer.Argument(metavar="DIR", help="Holds vX.Y/<product>/PRODUCT.yaml.")]
Out = Annotated[Path, typer.Option(metavar="SITE", help="Folder to write the site to.")]
Dates = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Certification dates, YAML: v1.35/my-product: 2026-01-31.")
]
Links = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Links that lint has checked; adds a column of dead ones.")
]
Today = Annotated[str, typer.Option(metavar="DATE", help="Count expiry from this day, 2026-01-31.")]
Title = Annotated[str, typer.Option(help="Name of the site.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the site that is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


def catalog(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Tree,
    out: Out,
    dates: Dates = None,
    links: Links = None,
    today: Today = "",
    title: Title = "AI conformance catalog",
    *,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write a static site of all submissions in a tree: who answers what, on what evidence, until when.

    The day of certification is the one that --dates names, else the one on which the file came to the repository's
    branch, else the file's own time; the pages say which. Nothing is requested from anywhere.
    """
    from clusterproof.catalog import read_dates, read_links, read_tree, write_site  # noqa: PLC0415
    from clusterproof.render import clean  # noqa: PLC0415

    day = _day(today)
    found = read_tree(folder, day, given=read_dates(dates) if dates else {}, links=read_links(links) if links else None)
    count = write_site(found, out, title=title, force=force)
    for each in found.unreadable:
        typer.echo(f"! {clean(each.path)}: {clean(each.why)}", err=True)
    if as_json:
        typer.echo(json.dumps({
            "site": str(out), "pages": count, "products": len(found.products),
            "submissions": len(found.submissions), "versions": list(found.versions), "notes": list(found.notes),
            "unreadable": [{"path": each.path, "why": each.why} for each in found.unreadable],
        }, indent=2))  # fmt: skip
        return
    typer.echo(f"{len(found.submissions)} submissions of {len(found.products)} products on {count} pages.")
    for note in found.notes:
        typer.echo(note)
    typer.echo(f"Open {out / 'index.html'}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", next_step="Write it as 2026-01-31.") from error
