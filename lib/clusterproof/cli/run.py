"""`clusterproof run` and `clusterproof judge`: from a cluster, or from saved observations, to a run folder."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof import paths
from clusterproof.cli.words import cluster_named, listed, some_ids, without_v
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from clusterproof.runner import Ending

Notebooks = Annotated[
    list[str] | None,
    typer.Argument(help="Names (10_training, training) or paths of notebooks; all of the kit's if none."),
]
PlatformName = Annotated[
    str,
    typer.Option(
        "--platform", help="Platform file by name or path. Without it: testbed, or cluster with a kubeconfig."
    ),
]
Kubeconfig = Annotated[str, typer.Option("--kubeconfig", help="Evaluate the cluster that this file names.")]
Context = Annotated[str, typer.Option("--context", help="Context in the kubeconfig.")]
InCluster = Annotated[bool, typer.Option("--in-cluster", help="Evaluate the cluster of the pod that this runs in.")]
Checklist = Annotated[
    str, typer.Option("--checklist", help="Version of the official checklist, 1.33 to 1.37.", callback=without_v)
]
Only = Annotated[str, typer.Option("--only", help="Requirement ids, separated by commas.", callback=some_ids)]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder, empty or new; reports/RUN_ID without it.")]
Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", metavar="NAME VALUE", help="Set a parameter; repeatable.")
]
TemplateFile = Annotated[Path | None, typer.Option("--template", help="Official checklist file to fill.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 1 also if a MUST has no answer; with --only, one of those.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output instead of a table.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step.")]
Events = Annotated[
    bool, typer.Option("--events", help="Tell every step as a line of JSON on standard error, for other programs.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Tell nothing on the way.")]


def run(  # noqa: PLR0913, PLR0917 - the options of a command
    notebooks: Notebooks = None,
    platform: PlatformName = "",
    kubeconfig: Kubeconfig = "",
    context: Context = "",
    checklist: Checklist = "1.37",
    only: Only = "",
    out: Out = None,
    parameter: Parameters = None,
    template: TemplateFile = None,
    *,
    in_cluster: InCluster = False,
    strict: Strict = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    events: Events = False,
) -> None:
    """Evaluate a cluster and leave a run folder with evidence; without a kubeconfig, the embedded testbed."""
    from clusterproof import runner  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.cli import console, github  # noqa: PLC0415
    from clusterproof.cli.events import Events as Told  # noqa: PLC0415
    from clusterproof.cli.progress import Progress  # noqa: PLC0415
    from clusterproof.cli.time_left import TimeLeft  # noqa: PLC0415

    run_id = new_run_id()
    kubeconfig = cluster_named(kubeconfig, context, in_cluster=in_cluster)
    request = runner.Request.of(
        notebooks=notebooks or (),
        platform=platform or ("cluster" if kubeconfig or context else "testbed"),
        kubeconfig=kubeconfig,
        context=context,
        checklist=checklist,
        only=listed(only),
        folder=(out or paths.reports() / run_id).absolute(),
        changes=changes(parameter or []),
        template=_text(template),
        run_id=run_id,
    )
    told = nullcontext(Told()) if events else Progress(verbose=verbose, quiet=quiet, left=TimeLeft.of(request))
    with told as progress:
        ending = runner.run(request, progress.say, progress.heard)
    github.tell(ending, console.problems(ending))
    _show(ending, runner.exit_code(ending, strict=strict), as_json=as_json)


def judge(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    template: TemplateFile = None,
    *,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Judge a run's saved observations again and write its folder anew, without a cluster."""
    from clusterproof import runner  # noqa: PLC0415

    report = runner.rejudge(folder, known=runner.known(), template=_text(template))
    ending = runner.Ending(report, folder.absolute())
    _show(ending, runner.exit_code(ending, strict=strict), as_json=as_json)


def _show(ending: Ending, code: int, *, as_json: bool) -> None:
    from clusterproof.cli import console  # noqa: PLC0415

    console.show(ending, code, as_json=as_json)
    raise typer.Exit(code)


def changes(pairs: list[str]) -> dict[str, str]:
    """Return parameters from words of the form NAME=VALUE."""
    split = [pair.partition("=") for pair in pairs]
    for name, equals, _ in split:
        if not equals:
            raise UsageError(f"The parameter {name} has no value.", next_step="Write it as: -p NAME VALUE")
    return {name: value for name, _, value in split}


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The template {path} cannot be read: {getattr(error, 'strerror', '') or 'no UTF-8'}."
        ) from error
