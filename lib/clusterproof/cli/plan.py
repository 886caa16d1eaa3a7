"""`clusterproof plan`: what a run would create and which rights it needs, told without creating anything."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterproof.cli.run import Context, Kubeconfig, Only, Parameters, PlatformName, changes, file
from clusterproof.cli.words import listed

if TYPE_CHECKING:
    from clusterproof.cluster.discovery import Discovery
    from clusterproof.plan import Item


def plan(  # noqa: PLR0913 - the options of a command
    platform: PlatformName = "",
    kubeconfig: Kubeconfig = "",
    context: Context = "",
    only: Only = "",
    parameter: Parameters = None,
    *,
    as_roles: Annotated[bool, typer.Option("--roles", help="Write the rights as YAML, for kubectl apply.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Tell what a run would create and which rights it needs; nothing is created."""
    from clusterproof import parameters  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.plan import plan as made  # noqa: PLC0415
    from clusterproof.plan import roles  # noqa: PLC0415

    named = platform or ("cluster" if kubeconfig or context else "testbed")
    values = parameters.merge(parameters.load(named), changes(parameter or []))
    items = made(listed(only), values, _discovery(file(kubeconfig), context))
    needs = sorted({need for item in items for need in item.needs})
    if as_roles:
        _yaml(roles(needs))
    elif as_json:
        typer.echo(json.dumps({"checks": [asdict(item) for item in items], "roles": roles(needs)}, indent=2))
    else:
        _show(items, f"--kubeconfig {kubeconfig} " if kubeconfig else "")


def _discovery(kubeconfig: str, context: str) -> Discovery | None:
    if not kubeconfig and not context:
        return None
    from clusterproof.runner.place import connect  # noqa: PLC0415

    return connect(kubeconfig, context).discovery


def _yaml(documents: list[dict[str, Any]]) -> None:
    from ruamel.yaml import YAML  # noqa: PLC0415

    writer = YAML()
    writer.default_flow_style = False
    writer.dump_all(documents, sys.stdout)


def _show(items: tuple[Item, ...], words: str) -> None:
    for item in items:
        head = f"{item.requirement} by {item.backend}" if item.backend else item.requirement
        typer.echo(f"{head}\n  would do nothing: {item.skip}" if item.skip else f"{head}, {_takes(item)}")
        for name, parts in (
            () if item.skip else (("creates", item.objects), ("pulls", item.images), ("needs", item.needs))
        ):
            typer.echo(f"  {name:8}{', '.join(parts)}")
    typer.echo(f"The rights as roles, to be bound to whom you like: clusterproof plan {words}--roles")


def _takes(item: Item) -> str:
    minutes = f"about {item.minutes:g} minutes" if item.minutes else "some seconds"
    return f"{minutes}, takes accelerators" if item.accelerators else minutes
