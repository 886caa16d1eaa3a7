"""Nodes that were lost on the way: what a pod on one of them does says nothing of what a check measures."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import is_ready
from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
LEASES = "kube-node-lease"
USUAL = 40  # seconds for which a kubelet's Lease lasts; it renews it every ten
MANY = 100  # leases, of which one is surely new
DENIED = 403


def lost(cluster: Cluster, nodes: Iterable[str], since: str) -> str:
    """Say in words which of some nodes are ``gone``; empty if none is."""
    return "; ".join(gone(cluster, nodes, since).values())


def gone(cluster: Cluster, nodes: Iterable[str], since: str) -> dict[str, str]:
    """Return which of some nodes, older than a moment, are not ready or have fallen silent, and a phrase on each.

    A node that came later is what some checks wait for, and may be a failing of the cluster's. ``since`` is a time as
    the API server writes it; without one nothing is known to be older.

    Raises:
        ClusterError: the server does not answer.
    """
    resource = cluster.resource("v1", "Node")
    found = {name: cluster.get(resource, name) for name in sorted(nodes)}
    older = {name: node for name, node in found.items() if node and _born(node, since) < since}
    silent = _silent(cluster, older) if older else {}
    return {name: why for name, node in older.items() if (why := _why(name, node, silent.get(name, 0.0)))}


def _born(node: Item, otherwise: str) -> str:
    return str(node["metadata"].get("creationTimestamp") or otherwise)


def _why(name: str, node: Item, silent: float) -> str:
    if not is_ready(node):
        conditions = (node.get("status") or {}).get("conditions") or []
        said = next((str(each.get("message") or "") for each in conditions if each.get("type") == "Ready"), "")
        return f"the node {name} is not Ready any more ({said.strip() or 'it says nothing'})"
    return f"the kubelet of the node {name} has been silent for {silent:.0f} s" if silent else ""


def _silent(cluster: Cluster, nodes: Iterable[str]) -> dict[str, float]:
    """Return which nodes have let their Lease expire, and for how many seconds they have not renewed it.

    Now is what the server's clock says, since that of this machine may be wrong, or the last sign of life of any node
    where that is later: all of them may have been lost at once. Nothing where Leases may not be read.
    """
    resource = cluster.resource("coordination.k8s.io/v1", "Lease")
    try:
        many = {each["metadata"]["name"]: each for each in islice(cluster.pages(resource, LEASES), MANY)}
        own = {name: many.get(name) or cluster.get(resource, name, LEASES) for name in nodes}
    except ClusterError as error:
        if error.status == DENIED:
            return {}
        raise
    times = {name: time for name, lease in {**many, **own}.items() if (time := _renewed(lease or {}))}
    now = max([*times.values(), *_date(cluster)], default=None)
    ages = {name: (now - times[name]).total_seconds() for name in own if now and name in times}
    lasting = {name: ((own[name] or {}).get("spec") or {}).get("leaseDurationSeconds") or USUAL for name in ages}
    return {name: age for name, age in ages.items() if age > lasting[name]}


def _date(cluster: Cluster) -> list[datetime]:
    with suppress(ValueError):  # what stands before the server may write what it likes
        return [parsedate_to_datetime(cluster.date()).astimezone(UTC)]
    return []


def _renewed(lease: Item) -> datetime | None:
    told = (lease.get("spec") or {}).get("renewTime")
    return datetime.fromisoformat(told).astimezone(UTC) if told else None
