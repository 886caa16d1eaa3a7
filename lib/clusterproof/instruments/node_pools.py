"""Pools of nodes that an autoscaler grows, found by what each autoscaler is known by."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import is_accelerator
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready
from clusterproof.errors import ClusterError
from clusterproof.manifest import Backend, backends
from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
AUTO, NAMED = "auto", "named"
NOT_THERE = frozenset({403, 404})  # what may not be looked at cannot be found either
QUESTION = (
    "No autoscaler of nodes was found. Does the platform provide one? If so, name the pool that it grows with "
    "-p autoscaling_pool_label KEY=VALUE; if not, declare the requirement N/A, with the reason, in the platform file."
)
NAME_IT = (
    "name the one that grows with -p autoscaling_pool_label KEY=VALUE, and with -p resource_name what its nodes offer"
)


@dataclass
class Pool:
    """Nodes that share a label."""

    key: str
    value: str
    taints: list[Item] = field(default_factory=list)
    resources: set[str] = field(default_factory=set)
    """What its nodes offer, or its own object speaks of."""
    nodes: dict[str, Item] = field(default_factory=dict)
    """Name to node."""
    limits: dict[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    described: bool = False
    """Whether it has an object of its own that says that it grows."""

    @property
    def label(self) -> str:
        """As on a command line."""
        return f"{self.key}={self.value}"

    def tolerations(self) -> list[Item]:
        """Return what a pod must tolerate to run there."""
        return [{"key": each["key"], "operator": "Exists", "effect": each["effect"]} for each in self.taints]

    def accelerator(self, wanted: str) -> str:
        """Return the one to ask for: that which is wanted, or the first one; empty if it has none."""
        known = sorted(name for name in self.resources if name == wanted or (not wanted and is_accelerator(name)))
        return known[0] if known else ""

    def size(self, resource: str) -> int:
        """Return how many of a resource the largest of its nodes has; 1 if it has none."""
        sizes = [whole(node["status"].get("allocatable", {}).get(resource, "0")) for node in self.nodes.values()]
        return max([1, *sizes])

    def full(self, resource: str) -> str:
        """Say why one node more would be beyond the pool's own limits; empty if it would not be, or has none."""
        for name, amount in {resource: self.size(resource), "nodes": 1}.items():
            most, used = self.limits.get(name), self.used.get(name, "0")
            if most is not None and whole(most) - whole(used) < amount:
                return f"{self.label} may have {most} {name} and has {used}"
        return ""


def find(bench: Bench) -> tuple[Pool, str]:
    """Return the pool to grow and the accelerator to ask for, and note its backend.

    Raises:
        Inconclusive: SKIP, no autoscaler, no pool with accelerators or too many, or the pool may not grow.
    """
    label, resource = bench.values.autoscaling_pool_label, bench.values.resource_name
    bench.backend = backend = _autoscaler(bench, label)
    nodes = list(bench.cluster.pages(bench.cluster.resource("v1", "Node")))
    known = pools(_described(bench.cluster, backend.settings.get("pools")), nodes, backend, label)
    if label and resource:  # whoever names both knows more than an empty pool tells
        known[0].resources.add(resource)
    usable = [pool for pool in known if pool.accelerator(resource)]
    if not usable:
        bench.skip(Reason.NO_ACCELERATOR, f"No pool {label or 'of nodes'} is known to hold accelerators; {NAME_IT}.")
    if len(usable) > 1 and not usable[0].described:  # a label does not say whether a pool grows
        names = ", ".join(pool.label for pool in usable)
        bench.skip(Reason.NOT_REQUESTED, f"Several pools hold accelerators, {names}; {NAME_IT}.")
    asked = usable[0].accelerator(resource)
    if why := usable[0].full(asked):
        bench.skip(Reason.NOT_ENOUGH_ACCELERATORS, f"The pool cannot grow: {why}.")
    return usable[0], asked


def pools(described: Iterable[Pool], nodes: Iterable[Item], backend: Backend, label: str) -> list[Pool]:
    """Return the pools, or the one that is named, each with its nodes."""
    found = {pool.label: pool for pool in described}
    keys = {*(pool.key for pool in found.values()), *backend.settings.get("pool_labels", ())}
    if label:
        key, _, value = label.partition("=")
        found, keys = {label: found.get(label, Pool(key, value))}, {key}
    for node in nodes:
        labels = node["metadata"].get("labels") or {}
        for key in keys & labels.keys():
            if not label or label == f"{key}={labels[key]}":
                _take(found.setdefault(f"{key}={labels[key]}", Pool(key, labels[key])), node)
    return [found[name] for name in sorted(found, key=lambda name: (not found[name].described, name))]


def _take(pool: Pool, node: Item) -> None:
    pool.nodes[node["metadata"]["name"]] = node
    allocatable = node.get("status", {}).get("allocatable", {})
    pool.resources |= {name for name, amount in allocatable.items() if whole(amount)}
    if is_ready(node):  # the taints of one that is not say so, and go
        pool.taints += [taint for taint in node["spec"].get("taints") or [] if taint not in pool.taints]


def _described(cluster: Cluster, kind: Mapping[str, Any] | None) -> list[Pool]:
    """Return the pools that are objects of their own."""
    if not kind:
        return []
    return [_pool(item, kind) for item in cluster.pages(cluster.resource(kind["apiVersion"], kind["kind"]))]


def _pool(item: Item, kind: Mapping[str, Any]) -> Pool:
    taints, limits, used = (_at(item, kind[part]) or () for part in ("taints", "limits", "used"))
    names = {*limits, *used}
    return Pool(
        kind["label"], item["metadata"]["name"], list(taints), names, {}, dict(limits), dict(used), described=True
    )


def _at(item: Any, path: Iterable[str]) -> Any:
    for key in path:
        item = (item or {}).get(key)
    return item


def _autoscaler(bench: Bench, label: str) -> Backend:
    wanted = bench.values.autoscaler
    for backend in backends(bench.requirement):
        by = backend.settings["found_by"]
        if wanted in {AUTO, backend.name} and (bool(label) if by == NAMED else _found(bench.cluster, by)):
            return backend
    return bench.skip(Reason.NOT_INSTALLED, QUESTION)


def _found(cluster: Cluster, by: Iterable[Mapping[str, Any]]) -> bool:
    return any(_is_there(cluster, sign) for sign in by)


def _is_there(cluster: Cluster, sign: Mapping[str, Any]) -> bool:
    """True if there is the object that a sign names, or one of the kind whose name fits."""
    try:
        resource = cluster.resource(sign["apiVersion"], sign["kind"])
        if "name" in sign:
            return cluster.get(resource, sign["name"], sign["namespace"]) is not None
        names = (item["metadata"]["name"] for item in cluster.pages(resource))
        return any(fnmatchcase(name, pattern) for name in names for pattern in sign.get("names", ["*"]))
    except ClusterError as error:
        if error.status in NOT_THERE:
            return False
        raise
