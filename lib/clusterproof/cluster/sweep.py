"""Removing what a run has created, and proving that it is gone. Works after the run itself was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster import exclusive, labels
from clusterproof.cluster.stuck import release
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Watch
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource

GONE_WITHIN = 120.0  # seconds; a namespace takes five even when it is empty
USUAL = 40.0  # seconds, with pods that take as long as they may to end; whoever is still there may be on a lost node
_NOT_OURS = frozenset({403, 404, 405})  # a kind that may not be listed cannot have been created by us either


def sweep(
    cluster: Cluster, run_id: str, *, within: float = GONE_WITHIN, waiter: Waiter | None = None
) -> tuple[str, ...]:
    """Delete everything that carries a run id, wait until it is gone, and return what is still there.

    An empty run id means every run of this kit. Whoever gives a ``waiter`` can ask it how long that was waited for.

    Raises:
        ClusterError: the API server does not answer.
    """
    selector = f"{labels.RUN}={run_id}" if run_id else labels.RUN
    namespaces = cluster.resource("v1", "Namespace")
    found = sorted(_marked(cluster, selector), key=lambda pair: pair[0] == namespaces)  # whose content may use the rest
    waiter = waiter or Waiter()
    try:
        for resource in {resource for resource, _ in found if "watch" in resource.verbs}:
            place, pulse = _place(resource), waiter.pulse
            waiter.watches.append(Watch(cluster, resource, place, pulse, waiter.on_change, labels=selector))
            waiter.watches[-1].start()
        kept = sum(not _delete(cluster, resource, item) for resource, item in found)
        there = lambda: sum(len(watch.items()) for watch in waiter.watches)  # noqa: E731
        usual = min(within, USUAL)
        if not waiter.eventually(there, lambda left: left <= kept, within=usual).holds:
            release(cluster, [item["metadata"]["name"] for resource, item in found if resource == namespaces])
            waiter.eventually(there, lambda left: left <= kept, within=within - usual)
    finally:
        for watch in waiter.watches:
            watch.stop()
    left = _marked(cluster, selector)
    return tuple(f"{resource.kind} {item['metadata']['name']}{_why(item)}" for resource, item in left)


def _delete(cluster: Cluster, resource: Resource, item: dict[str, Any]) -> bool:
    """Delete an object, unless that is under way; False if it is refused: the others must not stay because of it."""
    try:
        if not item["metadata"].get("deletionTimestamp"):
            cluster.delete(resource, item["metadata"]["name"], item["metadata"].get("namespace", ""))
    except ClusterError as error:
        if not error.status:
            raise
        return False
    return True


def run_ids(cluster: Cluster) -> tuple[str, ...]:
    """Return the ids of all runs that have left something, sorted."""
    marked = (item["metadata"]["labels"][labels.RUN] for _, item in _marked(cluster, labels.RUN))
    return tuple(sorted(set(marked)))


def _marked(cluster: Cluster, selector: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yield cluster-scoped objects with the label, and our Lease; everything else of ours lies in our namespaces."""
    for resource in cluster.discovery.everything():
        ours = not resource.namespaced or (resource.kind, resource.group) == exclusive.KIND
        if not ours or not {"list", "delete"} <= set(resource.verbs):
            continue
        try:
            for item in cluster.pages(resource, _place(resource), labels=selector):
                yield resource, item
        except ClusterError as error:
            if error.status not in _NOT_OURS:
                raise  # what cannot be looked at is not proved to be gone


def _place(resource: Resource) -> str:
    return exclusive.PLACE if resource.namespaced else ""


def _why(namespace: dict[str, Any]) -> str:
    conditions = (namespace.get("status") or {}).get("conditions") or []
    said = [str(c.get("message")) for c in conditions if isinstance(c, dict) and c.get("status") == "True"]
    return f" ({said[0]})" if said else ""
