"""Who decides how many pods there are, and telling it another number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import controller_of
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


def target(cluster: Cluster, pod: Item) -> Item | None:
    """Return the object furthest up among the controllers of a pod that has a number of replicas; None if none has."""
    found, item = None, pod
    while owner := controller_of(item):
        try:
            resource = cluster.resource(owner["apiVersion"], owner["kind"])
            above = cluster.get(resource, owner["name"], pod["metadata"]["namespace"])
        except ClusterError:
            break  # a kind that we may not read decides nothing that we could change
        if above is None:
            break
        item = above
        if isinstance((item.get("spec") or {}).get("replicas"), int):
            found = item
    return found


def label(item: Item) -> str:
    """Return how people call an object."""
    return f"{item['kind']} {item['metadata']['namespace']}/{item['metadata']['name']}"


def scale(cluster: Cluster, item: Item, replicas: int) -> None:
    """Ask for another number of replicas, the way an autoscaler does."""
    metadata = item["metadata"]
    resource = cluster.resource(item["apiVersion"], item["kind"])
    cluster.patch(resource, metadata["name"], metadata["namespace"], {"spec": {"replicas": replicas}}, sub="scale")
