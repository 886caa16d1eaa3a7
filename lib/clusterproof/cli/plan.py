"""`clusterproof plan`: what a run would create and which rights it needs, told without creating anything."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterproof.cli.run import Context, InCluster, Kubeconfig, Only, Parameters, PlatformName, changes
from clusterproof.cli.words import cluster_named, listed

if TYPE_CHECKING:
    from clusterproof.cluster.discovery import Discovery
    from clusterproof.parameters import Values
    from clusterproof.plan import Item

RIGHTS = """Pods run as the Pod Security Standard "restricted" asks, but for those named under exceeds.
Those that take accelerators do so one at a time.
Whoever may create a thing may also read, follow, change and remove it; every run may read nodes and pods.
All rights as a least-privilege ClusterRole and Role, to bind to whom you like: clusterproof plan {}--roles"""


def plan(  # noqa: PLR0913 - the options of a command
    platform: PlatformName = "",
    kubeconfig: Kubeconfig = "",
    context: Context = "",
    only: Only = "",
    parameter: Parameters = None,
    *,
    in_cluster: InCluster = False,
    as_roles: Annotated[bool, typer.Option("--roles", help="Write the rights as YAML, for kubectl apply.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Tell what a run would create and which rights it needs; nothing is created."""
    from clusterproof.plan import roles  # noqa: PLC0415 - keeps `--help` quick

    _, items = planned(platform, cluster_named(kubeconfig, context, in_cluster=in_cluster), context, only, parameter)
    needs = sorted({need for item in items for need in item.needs})
    if as_roles:
        _yaml(roles(needs))
    elif as_json:
        typer.echo(json.dumps({"checks": [asdict(item) for item in items], "roles": roles(needs)}, indent=2))
    else:
        named = {"--platform": platform, "--kubeconfig": kubeconfig, "--context": context, "--only": only}
        _show(items, _again(named, parameter or [], in_cluster=in_cluster))


def _again(named: dict[str, str], parameter: list[str], *, in_cluster: bool) -> str:
    """Return the options of a command line as words that a shell reads the same, each with a space after it."""
    words = [word for name, value in named.items() if value for word in (name, value)]
    words += ["--in-cluster"] if in_cluster else []
    words += [word for pair in parameter for word in ("-p", *pair.split("=", 1))]
    return "".join(f"{shlex.quote(word)} " for word in words)


def planned(
    platform: str, kubeconfig: str, context: str, only: str, parameter: list[str] | None
) -> tuple[Values, tuple[Item, ...]]:
    """Return the parameters that these options of a command line stand for, and what a run with them would do."""
    from clusterproof import parameters  # noqa: PLC0415 - keeps `--help` quick
    from clusterproof.bench.own_files import look_at_own_files  # noqa: PLC0415
    from clusterproof.plan import plan as made  # noqa: PLC0415

    look_at_own_files()
    named = platform or ("cluster" if kubeconfig or context else "testbed")
    values = parameters.merge(parameters.load(named), changes(parameter or []))
    return values, made(listed(only), values, _discovery(kubeconfig, context))


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
        if item.skip:
            typer.echo(f"{item.requirement}\n  would do nothing: {item.skip}")
            continue
        typer.echo(f"{_head(item)}, {_minutes(item.minutes)}{', disturbs other workloads' if item.disruptive else ''}")
        parts = {
            "creates": ", ".join(item.objects),
            "pulls": ", ".join(item.images) or "no image",
            "takes": item.devices or "no accelerator",
            "needs": _by_verb(item.needs),
            "exceeds": "; ".join(item.beyond_restricted),
        }
        for name, text in parts.items():
            if text:
                typer.echo(_wrapped(name, text))
    counted = [item for item in items if not item.skip]
    minutes = sum(item.minutes for item in counted)
    typer.echo(f"\n{len(counted)} of {len(items)} checks would run, {_minutes(minutes)} one after another.")
    typer.echo(RIGHTS.format(words))


def _by_verb(needs: tuple[str, ...]) -> str:
    """Return rights as people read them: each verb once, with what it is for."""
    verbs: dict[str, list[str]] = {}
    for need in needs:
        verb, what = need.split(" ", 1)
        verbs.setdefault(verb, []).append(what)
    return "; ".join(f"{verb} {', '.join(what)}" for verb, what in verbs.items())


def _head(item: Item) -> str:
    if not item.alternatives:
        return f"{item.requirement} by {item.backend}"
    *some, last = (item.backend, *item.alternatives)
    return f"{item.requirement} by {', '.join(some)} or {last}"


def _minutes(minutes: float) -> str:
    return f"about {minutes:.1f} minutes" if minutes else "some seconds"


def _wrapped(name: str, text: str) -> str:
    """Return a line of a list, broken where the terminal ends; words with dots and slashes stay whole."""
    wide = max(60, shutil.get_terminal_size().columns)
    begin = f"  {name:8}"
    return textwrap.fill(
        text, wide, initial_indent=begin, subsequent_indent=" " * len(begin), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
