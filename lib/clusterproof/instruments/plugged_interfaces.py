"""Network interfaces as extended resources: which nodes have some, and what can be read of them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.inventory import capacity
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """A resource that stands for interfaces, and what is said of it."""

    resource: str
    nodes: tuple[str, ...]
    tells: dict[str, str]
    """Characteristics: labels of the nodes, definitions that name the resource."""


def offers(cluster: Cluster, settings: Item) -> list[Offer]:
    """Return what ready nodes offer."""
    nodes = [node for node in cluster.pages(cluster.resource("v1", "Node")) if is_ready(node)]
    names = {name for node in nodes for name in _resources(node) if _any(name, settings["resources"])}
    defined = definitions(cluster, settings)
    found = []
    for name in sorted(names):
        having = [node for node in nodes if name in _resources(node)]
        labels = {key: value for node in having for key, value in (node["metadata"].get("labels") or {}).items()}
        tells = {key: value for key, value in labels.items() if _any(key, settings["labels"])}
        found.append(Offer(name, tuple(each["metadata"]["name"] for each in having), tells | defined.get(name, {})))
    return found


def definitions(cluster: Cluster, settings: Item) -> dict[str, dict[str, str]]:
    """Return the definitions of further networks by the resource that they need; empty where it is none."""
    where = settings["definitions"]
    if not cluster.discovery.serves(where["version"], where["kind"]):
        return {}
    found: dict[str, dict[str, str]] = {}
    for item in cluster.pages(cluster.resource(where["version"], where["kind"])):
        metadata = item["metadata"]
        needed = (metadata.get("annotations") or {}).get(where["resource"], "")
        named = f"{metadata['namespace']}/{metadata['name']}"
        found.setdefault(needed, {})[named] = str((item.get("spec") or {}).get("config", ""))
    return found


def free(bench: Bench, offer: Offer) -> tuple[str, int]:
    """Return the node with fewest, but some, free interfaces of a kind, and how many; let pods run there."""
    seen = capacity(bench.cluster, offer.resource)
    wanted = bench.values.tolerations
    bench.ledger.defaults["tolerations"] = seen.tolerations() if wanted is None else wanted
    left = {node: count for node, count in seen.free().items() if count}
    node = min(left, key=lambda name: (left[name], name), default="")
    return node, left.get(node, 0)


def _resources(node: Item) -> set[str]:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    return {name for name, amount in allocatable.items() if whole(amount)}


def _any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
