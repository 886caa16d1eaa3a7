"""The commands of `checklist`: submissions before others read them, and the official files that they follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clusterproof.cli import findings
from clusterproof.submission.finding import Generation

REJECTED = 1

app = typer.Typer(no_args_is_help=True, help="Look at submissions as the programme will; fetch its official files.")

Places = Annotated[list[Path], typer.Argument(metavar="FILE|DIR…", help="Submissions, or folders that hold them.")]
RulesOption = Annotated[Generation, typer.Option("--rules", help="Which of the programme's validators counts.")]
Templates = Annotated[
    Path | None, typer.Option("--templates", help="Folder of the official checklists. [default: the user's cache]")
]
Members = Annotated[
    Path | None, typer.Option("--members", help="JSON list of the members' names. [default: the user's cache]")
]
Form = Annotated[findings.Form, typer.Option("--format", help="For people, as JSON, or as annotations on GitHub.")]


@app.command(no_args_is_help=True)
def lint(  # noqa: PLR0913 - the options of a command
    places: Places,
    rules: RulesOption = Generation.CURRENT,
    templates: Templates = None,
    members: Members = None,
    form: Form = findings.Form.TEXT,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    urls: Annotated[bool, typer.Option("--urls", help="Ask every address; else nothing is requested.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what will be rejected.")] = False,
) -> None:
    """Tell what will be rejected or questioned, with place, reason and mend; exit 1 if one is rejected."""
    from clusterproof.submission.lint import files, lint  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.submission.official import official  # noqa: PLC0415
    from clusterproof.submission.remembered import reach_remembering  # noqa: PLC0415

    compared = official(templates, members)
    linted = lint(files(places), compared, rules, reach_remembering if urls else None)
    notes = list(compared.not_compared)
    if not urls:
        notes.append("No address was asked whether it answers: --urls does.")
    shown = findings.Shown(linted, rules, notes, quiet=quiet)
    findings.show(shown, findings.Form.JSON if as_json else form)
    if any(each.rejected for each in linted):
        raise typer.Exit(REJECTED)


@app.command()
def sync(
    source: Annotated[
        str, typer.Option("--from", metavar="URL|DIR", help="Another source than the programme's repositories.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Fetch the official checklists and the list of members into the user's cache, and check their digests."""
    from clusterproof.submission.sync import sync as fetch  # noqa: PLC0415

    done = fetch(source)
    if as_json:
        data = {"folder": str(done.folder), "files": list(done.files), "missing": list(done.missing)}
        typer.echo(json.dumps(data, indent=2))
        return
    typer.echo(f"In {done.folder}: {', '.join(done.files)}.")
    if done.missing:
        typer.echo(f"The source does not have {', '.join(done.missing)}; what was there before still is.")


@app.command("rules")
def show_rules(*, as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """List the rules of `lint`: id, what becomes of a submission that breaks one, and what is looked for."""
    from clusterproof.submission import rules  # noqa: F401, PLC0415 - fills the table
    from clusterproof.submission.finding import RULES  # noqa: PLC0415

    rows = [
        {"id": rule.id, "severity": rule.severity.value, "reason": rule.reason, "mend": rule.mend}
        for rule in RULES.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['id']:30}{row['severity']:20}{row['reason']}")
