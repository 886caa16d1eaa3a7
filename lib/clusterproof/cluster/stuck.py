"""Pods that cannot go because their node was lost: nobody is left to say that their containers have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.cluster.losses import gone
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster

EVER = "9999-12-31"  # later than any time of birth


def release(cluster: Cluster, namespaces: Iterable[str]) -> None:
    """Take the pods of some namespaces that are to go, and whose node is lost, out of the API server's books.

    Without that a namespace of the kit's would stay until somebody brings the node back or removes it.

    Raises:
        ClusterError: the API server does not answer.
    """
    resource = cluster.resource("v1", "Pod")
    pods = [pod for namespace in namespaces for pod in cluster.pages(resource, namespace)]
    going = [pod for pod in pods if pod["metadata"].get("deletionTimestamp") and pod["spec"].get("nodeName")]
    lost = gone(cluster, {pod["spec"]["nodeName"] for pod in going}, EVER)
    for pod in going:
        if pod["spec"]["nodeName"] in lost:
            _forget(cluster, resource.path(pod["metadata"]["namespace"], pod["metadata"]["name"]))


def _forget(cluster: Cluster, path: str) -> None:
    try:
        cluster.call("DELETE", path, body={"gracePeriodSeconds": 0})
    except ClusterError as error:
        if not error.status:
            raise  # a refusal shows in what is left
