"""Removing what a run has created, and proving that it is gone. Works after the run itself was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster import labels
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Watch
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource

GONE_WITHIN = 120.0  # seconds; a namespace takes five even when it is empty
_NOT_OURS = frozenset({403, 404, 405})  # a kind that may not be listed cannot have been created by us either


def sweep(cluster: Cluster, run_id: str, *, within: float = GONE_WITHIN) -> tuple[str, ...]:
    """Delete everything that carries a run id, wait until it is gone, and return what is still there.

    An empty run id means every run of this kit.

    Raises:
        ClusterError: the API server does not answer.
    """
    selector = f"{labels.RUN}={run_id}" if run_id else labels.RUN
    namespaces = cluster.resource("v1", "Namespace")
    waiter = Waiter()
    watch = Watch(cluster, namespaces, "", waiter.pulse, waiter.on_change, labels=selector)
    waiter.watches.append(watch)
    watch.start()
    try:
        for resource, item in list(_marked(cluster, selector)):
            if not item["metadata"].get("deletionTimestamp"):
                _delete(cluster, resource, item["metadata"]["name"])
        waiter.eventually(lambda: len(watch.items()), lambda left: left == 0, within=within)
    finally:
        watch.stop()
    left = _marked(cluster, selector)
    return tuple(f"{resource.kind} {item['metadata']['name']}{_why(item)}" for resource, item in left)


def _delete(cluster: Cluster, resource: Resource, name: str) -> None:
    try:
        cluster.delete(resource, name)
    except ClusterError as error:
        if not error.status:
            raise
        # refused: it will be named as still there, and the others must not stay because of it


def run_ids(cluster: Cluster) -> tuple[str, ...]:
    """Return the ids of all runs that have left something, sorted."""
    marked = (item["metadata"]["labels"][labels.RUN] for _, item in _marked(cluster, labels.RUN))
    return tuple(sorted(set(marked)))


def _marked(cluster: Cluster, selector: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yield cluster-scoped objects with the label; everything else of ours lies in our namespaces."""
    for resource in cluster.discovery.everything():
        if resource.namespaced or not {"list", "delete"} <= set(resource.verbs):
            continue
        try:
            for item in cluster.pages(resource, labels=selector):
                yield resource, item
        except ClusterError as error:
            if error.status not in _NOT_OURS:
                raise  # what cannot be looked at is not proved to be gone


def _why(namespace: dict[str, Any]) -> str:
    conditions = (namespace.get("status") or {}).get("conditions") or []
    said = [str(c.get("message")) for c in conditions if isinstance(c, dict) and c.get("status") == "True"]
    return f" ({said[0]})" if said else ""
