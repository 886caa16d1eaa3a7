"""What an API server holds, so that one testbed can be compared with what it was: all objects of all kinds.

Left out is only what lives by itself: events, leases, times, and the counters of versions. A status is compared too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
Key = tuple[str, str, str, str]
Snapshot = dict[Key, str]
"""Group, kind, namespace and name, and what stands in the object."""

ALIVE_KINDS = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease"),
                         ("", "ComponentStatus")})  # fmt: skip
ALIVE_METADATA = frozenset({"resourceVersion", "managedFields", "generation"})
ALIVE_FIELDS = frozenset({"lastHeartbeatTime", "lastTransitionTime", "lastUpdateTime", "lastProbeTime",
                          "lastPodEventTime", "observedGeneration",
                          "endpoints.kubernetes.io/last-change-trigger-time"})  # fmt: skip
_GONE = frozenset({404, 405})  # a kind whose definition went between two requests, or that cannot be listed
SHOWN = 3  # differences in a sentence


def take(cluster: Cluster) -> Snapshot:
    """Return everything that the API server holds.

    Raises:
        ClusterError: it does not answer.
    """
    return dict(_entries(cluster))


def _entries(cluster: Cluster) -> Iterator[tuple[Key, str]]:
    for resource in cluster.discovery.everything():
        if "list" not in resource.verbs or (resource.group, resource.kind) in ALIVE_KINDS:
            continue
        try:
            for item in cluster.pages(resource):
                metadata = item["metadata"]
                key = (resource.group, resource.kind, metadata.get("namespace", ""), metadata["name"])
                yield key, content(item)
        except ClusterError as error:
            if error.status not in _GONE:
                raise


def content(item: Item) -> str:
    """Return what stands in an object, without what changes although nobody changes it."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in ALIVE_METADATA}
    rest = {key: value for key, value in item.items() if key not in {"metadata", "apiVersion", "kind"}}
    return json.dumps(_still({**rest, "metadata": metadata}), sort_keys=True)


def _still(tree: Any, key: str = "") -> Any:
    if isinstance(tree, dict):
        return {name: _still(value, name) for name, value in tree.items() if name not in ALIVE_FIELDS}
    if not isinstance(tree, list):
        return tree
    items = [_still(each) for each in tree]
    # whoever sets a condition anew puts it behind the others
    return sorted(items, key=lambda each: str(each.get("type"))) if key == "conditions" else items


def differences(before: Mapping[Key, str], after: Mapping[Key, str]) -> list[str]:
    """Return what is not as it was, a few words for each object."""
    new = [f"{_name(key)} is new" for key in sorted(after.keys() - before.keys())]
    gone = [f"{_name(key)} is gone" for key in sorted(before.keys() - after.keys())]
    same = sorted(before.keys() & after.keys())
    other = [f"{_name(key)} differs in {_where(before[key], after[key])}" for key in same if before[key] != after[key]]
    return [*new, *gone, *other]


def _name(key: Key) -> str:
    _, kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _where(before: str, after: str) -> str:
    """Return the path to the first difference."""
    return ".".join(_path(json.loads(before), json.loads(after))) or "everything"


def _path(one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                return [str(key), *_path(one.get(key), other.get(key))]
    return []


def shortened(found: list[str]) -> str:
    """Return some differences as one sentence's part."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
