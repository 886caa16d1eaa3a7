"""`clusterproof sweep`: remove what runs that were killed have left, in a cluster and on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clusterproof.cli.words import cluster_named
from clusterproof.errors import KitError

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

LEFT = 3


def sweep(
    run_id: Annotated[str, typer.Argument(help="Id of the run; its folder is named after it.")] = "",
    kubeconfig: Annotated[str, typer.Option(help="Sweep the cluster that this file names.")] = "",
    context: Annotated[str, typer.Option(help="Context in the kubeconfig.")] = "",
    *,
    in_cluster: Annotated[bool, typer.Option("--in-cluster", help="Sweep the cluster of this pod.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every run, also one that still goes on.")] = False,
) -> None:
    """Remove everything that carries a run's id, and testbeds whose run is gone; without an id, list the runs."""
    from clusterproof.runner import orphans  # noqa: PLC0415 - keeps `--help` quick

    orphans.remove_folders()
    orphans.remove(_say)
    named = cluster_named(kubeconfig, context, in_cluster=in_cluster)
    clusters = [named] if named or context else _testbeds()
    for each in clusters:
        _sweep_cluster(each, context, run_id, every=every)
    if not clusters:
        typer.echo("No testbed runs, so nothing is left in one. For a cluster of yours: --kubeconfig FILE.")


def _sweep_cluster(kubeconfig: str, context: str, run_id: str, *, every: bool) -> None:
    from clusterproof.cluster.sweep import run_ids  # noqa: PLC0415
    from clusterproof.runner.place import connect  # noqa: PLC0415

    cluster = connect(kubeconfig, context)
    there, host = run_ids(cluster), cluster.configuration.host
    if not run_id and not every:
        typer.echo(f"Runs with something in {host}: {', '.join(there) or 'none'}.")
        return
    if run_id and run_id not in there and not every:
        typer.echo(f"Nothing in {host} carries the run id {run_id}; there is {', '.join(there) or 'no other'}.")
        return
    left = [thing for each in (there if every else (run_id,)) for thing in _swept(cluster, each)]
    if left:
        raise KitError(f"Still there: {', '.join(left)}.", next_step="See what holds them: kubectl describe.")
    typer.echo(f"Nothing of {'any run' if every else run_id} is left in {host}.")


def _swept(cluster: Cluster, run_id: str) -> tuple[str, ...]:
    from clusterproof.cluster.sweep import sweep as remove  # noqa: PLC0415

    _say(f"removing what the run {run_id} has left")
    return remove(cluster, run_id)


def _testbeds() -> list[str]:
    from clusterproof import testbed  # noqa: PLC0415

    return [str(bed.kubeconfig) for bed in testbed.statuses() if bed.ready]


def _say(line: str) -> None:
    typer.echo(line, err=True)
