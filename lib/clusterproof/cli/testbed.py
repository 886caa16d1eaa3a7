"""`clusterproof testbed`: the embedded cluster, from the command line. Progress goes to stderr, answers to stdout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterproof import testbed
from clusterproof.cli.words import listed
from clusterproof.errors import UsageError
from clusterproof.testbed.spec import DEFAULT, SIMULATED

if TYPE_CHECKING:
    from clusterproof.testbed import Testbed

Name = Annotated[str, typer.Option(help="Name of the testbed.")]

app = typer.Typer(name="testbed", help="Start, list and remove testbeds.", no_args_is_help=True)


@app.command()
def up(
    name: Name = DEFAULT,
    addons: Annotated[str, typer.Option("--with", help="Add-ons, separated by commas.")] = "",
    mirror: Annotated[str, typer.Option(help="Base URL to take the programs from.")] = "",
    tier: Annotated[
        str, typer.Option(help="sim: simulated nodes; node: real ones beside them (Linux, root).")
    ] = SIMULATED,
) -> None:
    """Start a testbed and print the path of its kubeconfig; one that runs already is left as it is."""
    bed = testbed.up(testbed.Spec(name, tier, listed(addons)), progress=_say, mirror=mirror)
    typer.echo(bed.kubeconfig)


@app.command()
def fetch(
    addons: Annotated[str, typer.Option("--with", help="Add-ons, separated by commas, or the word all.")] = "",
    mirror: Annotated[str, typer.Option(help="Base URL to take the programs from.")] = "",
    tier: Annotated[str, typer.Option(help="sim, or node with what real nodes run.")] = SIMULATED,
) -> None:
    """Get the programs of a testbed without starting it: for images and for caches of CI."""
    found = testbed.fetch(testbed.Spec(tier=tier, addons=_all(addons)), progress=_say, mirror=mirror)
    for name, path in found.items():
        typer.echo(f"{name}  {path}")


@app.command()
def down(
    name: Name = DEFAULT,
    every: Annotated[bool, typer.Option("--all", help="Remove every testbed.")] = False,
    ignore_missing: Annotated[bool, typer.Option(help="Having none of that name is no error.")] = False,
) -> None:
    """Remove a testbed with its processes and files."""
    names = [bed.name for bed in testbed.statuses()] if every else [name]
    for each in names:
        if testbed.down(each):
            _say(f"removed the testbed {each}")
        elif not (ignore_missing or every):
            known = ", ".join(bed.name for bed in testbed.statuses()) or "none"
            raise UsageError(f"There is no testbed named {each!r}.", next_step=f"There are: {known}.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """List the testbeds."""
    found = [_describe(bed) for bed in testbed.statuses()]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    if not found:
        _say("There is no testbed. Start one: clusterproof testbed up")
    for each in found:
        typer.echo(f"{each['name']}  {'ready' if each['ready'] else 'not ready'}  {each['kubeconfig']}")


@app.command()
def kubeconfig(name: Name = DEFAULT) -> None:
    """Print the path of a running testbed's kubeconfig."""
    typer.echo(testbed.find(name).kubeconfig)


def _all(text: str) -> tuple[str, ...]:
    from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

    return addons.names() if text == "all" else listed(text)


def _describe(bed: Testbed) -> dict[str, Any]:
    return {"name": bed.name, "ready": bed.ready, "kubeconfig": str(bed.kubeconfig), "processes": bed.pids()}


def _say(line: str) -> None:
    typer.echo(line, err=True)
