"""Removing what a run has created, and proving that it is gone. Works after the run itself was killed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof import labels
from clusterproof.errors import ClusterError
from clusterproof.waiting import Waiter
from clusterproof.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.cluster import Cluster
    from clusterproof.discovery import Resource

GONE_WITHIN = 120.0  # seconds; a namespace takes five even when it is empty


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
                cluster.delete(resource, item["metadata"]["name"])
        waiter.eventually(lambda: len(watch.items()), lambda left: left == 0, within=within)
    finally:
        watch.stop()
    return tuple(f"{resource.kind} {item['metadata']['name']}{_why(item)}" for resource, item in _marked(cluster, selector))


def run_ids(cluster: Cluster) -> tuple[str, ...]:
    """Return the ids of all runs that have left something, sorted."""
    marked = (item["metadata"]["labels"][labels.RUN] for _, item in _marked(cluster, labels.RUN))
    return tuple(sorted(set(marked)))


def _marked(cluster: Cluster, selector: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yield cluster-scoped objects with the label; everything else of ours lies in our namespaces."""
    for resource in cluster.discovery.everything():
        if resource.namespaced or not {"list", "delete"} <= set(resource.verbs):
            continue
        with suppress(ClusterError):  # a kind that may not be listed cannot have been created by us either
            for item in cluster.pages(resource, labels=selector):
                yield resource, item


def _why(namespace: dict[str, Any]) -> str:
    conditions = (namespace.get("status") or {}).get("conditions") or []
    said = [str(c.get("message")) for c in conditions if isinstance(c, dict) and c.get("status") == "True"]
    return f" ({said[0]})" if said else ""
