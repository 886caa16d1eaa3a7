"""`clusterproof testbed`: the embedded cluster, from the command line. Progress goes to stderr, answers to stdout."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterproof import testbed
from clusterproof.cli.words import listed
from clusterproof.errors import Interrupted, KitError, UsageError
from clusterproof.testbed.spec import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from clusterproof.testbed import Testbed

TIER = "sim"
Name = Annotated[str, typer.Option(help="Name of the testbed.")]

app = typer.Typer(name="testbed", help="Start, list and remove testbeds.", no_args_is_help=True)


@app.command()
def up(
    name: Name = DEFAULT,
    addons: Annotated[str, typer.Option("--with", help="Add-ons, separated by commas.")] = "",
    mirror: Annotated[str, typer.Option(help="Base URL to take the programs from.")] = "",
    tier: Annotated[str, typer.Option(help="Only sim: simulated nodes.")] = TIER,
) -> None:
    """Start a testbed and print the path of its kubeconfig; one that runs already is left as it is."""
    if tier != TIER:
        message = f"The tier {tier!r} is not there yet."
        raise UsageError(message, next_step="Leave --tier out: the nodes are then simulated.")
    with _stopping():
        bed = testbed.up(testbed.Spec(name, addons=listed(addons)), progress=_say, mirror=mirror)
    typer.echo(bed.kubeconfig)


@app.command()
def fetch(
    addons: Annotated[str, typer.Option("--with", help="Add-ons, separated by commas, or the word all.")] = "",
    mirror: Annotated[str, typer.Option(help="Base URL to take the programs from.")] = "",
) -> None:
    """Get the programs of a testbed without starting it: for images and for caches of CI."""
    with _stopping():
        found = testbed.fetch(testbed.Spec(addons=_all(addons)), progress=_say, mirror=mirror)
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
    for each in () if as_json else found:
        typer.echo(f"{each['name']}  {'ready' if each['ready'] else 'not ready'}  {each['kubeconfig']}")


@app.command()
def kubeconfig(name: Name = DEFAULT) -> None:
    """Print the path of a running testbed's kubeconfig."""
    typer.echo(testbed.find(name).kubeconfig)


@contextmanager
def _stopping() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM take the same way out: what was begun is removed."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(f"Stopped by {signal.Signals(number).name}.")


def _all(text: str) -> tuple[str, ...]:
    from clusterproof.testbed import addons  # noqa: PLC0415 - most testbeds have none

    return addons.names() if text == "all" else listed(text)


def _describe(bed: Testbed) -> dict[str, Any]:
    return {"name": bed.name, "ready": bed.ready, "kubeconfig": str(bed.kubeconfig), "processes": bed.pids()}


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    try:
        app()
    except KitError as failure:
        typer.echo("\n".join(failure.diagnostics()), err=True)
        sys.exit(failure.exit_code)
