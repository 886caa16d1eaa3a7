"""Nodes that come and go while a check runs, and pods that hold accelerators or wait for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.cluster.places import only_on
from clusterproof.cluster.quantities import whole
from clusterproof.cluster.reading import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.instruments.node_pools import Pool

Item = dict[str, Any]
NOBODY = {"node.kubernetes.io/instance-type": "clusterproof-offered-by-nobody"}
TOO_MANY = 1000  # accelerators of one node


@dataclass(frozen=True)
class Nodes:
    """The nodes of all pools of a kind, and which of them have come since the beginning."""

    bench: Bench
    pool: Pool
    before: frozenset[str]
    """The uids of those that were there at the beginning; a name may come again."""

    @classmethod
    def watched(cls, bench: Bench, pool: Pool) -> Nodes:
        """Begin to watch every node that has the pool's label, whatever its value is."""
        bench.ledger.namespace()
        bench.ledger.watch(bench.cluster.resource("v1", "Node"), labels=pool.key)
        return cls(bench, pool, frozenset(map(uid, bench.ledger.items("Node"))))

    def same(self) -> bool:
        """True if there are the same nodes as at the beginning."""
        return set(map(uid, self.bench.ledger.items("Node"))) == self.before

    def come(self) -> list[Item]:
        """Return those of the pool that were not there at the beginning."""
        new = (node for node in self.bench.ledger.items("Node") if uid(node) not in self.before)
        return [node for node in new if self._pool_of(node) == self.pool.label]

    def ever_come(self) -> list[str]:
        """Return the pools of all nodes that have come since, those also that are gone again."""
        new = (node for node in self.bench.ledger.ever("Node") if uid(node) not in self.before)
        return sorted(map(self._pool_of, new))

    def now(self, node: Item) -> Item:
        """Return a node as last seen; empty if it is gone."""
        return next((each for each in self.bench.ledger.items("Node") if uid(each) == uid(node)), {})

    def offered(self, node: Item, resource: str) -> int:
        """Return how many of a resource a node offers to pods now: none if it is gone or not ready."""
        seen = self.now(node)
        ready = bool(seen) and is_ready(seen)
        return whole(seen["status"].get("allocatable", {}).get(resource, "0")) if ready else 0

    def draw(self, resource: str) -> None:
        """Draw from now on how many nodes the pool has, and how many pods of the check wait or run."""
        ledger, begin = self.bench.ledger, self.bench.album.begin
        picture = begin("Nodes of the pool", "nodes")
        picture.follow("nodes that exist", lambda: len(self._own()))
        picture.follow("nodes that are ready and offer the accelerator", lambda: self._offering(resource))
        picture = begin("Pods that ask for an accelerator", "pods")
        picture.follow("pods that run", lambda: sum(map(_runs, ledger.items("Pod"))))
        picture.follow("pods that wait for a node", lambda: sum(map(_waits, ledger.items("Pod"))))

    def _own(self) -> list[Item]:
        return [node for node in self.bench.ledger.items("Node") if self._pool_of(node) == self.pool.label]

    def _offering(self, resource: str) -> int:
        return sum(1 for node in self._own() if self.offered(node, resource))

    def _pool_of(self, node: Item) -> str:
        return f"{self.pool.key}={(node['metadata'].get('labels') or {}).get(self.pool.key, '')}"


@dataclass(frozen=True)
class Machines:
    """What stands for the pool's machines, which cost as long as they exist, whether they are nodes or not."""

    bench: Bench
    kind: str
    before: frozenset[str]
    """The uids of those that were there at the beginning."""

    @classmethod
    def watched(cls, bench: Bench, pool: Pool) -> Machines | None:
        """Begin to watch them; None for an autoscaler that does not show them."""
        sign = bench.backend.settings.get("machines") if bench.backend else None
        if not sign:
            return None
        resource = bench.cluster.resource(sign["apiVersion"], sign["kind"])
        bench.ledger.watch(resource, labels=pool.label)
        return cls(bench, resource.kind, frozenset(map(uid, bench.ledger.items(resource.kind))))

    def come(self) -> list[int]:
        """Return how many have come since, those also that are gone again, and how many of these are still there."""
        lists = (self.bench.ledger.ever(self.kind), self.bench.ledger.items(self.kind))
        return [len({uid(item) for item in items} - self.before) for items in lists]


def uid(item: Item) -> str:
    """Return what tells an object from another one of the same name."""
    return str(item["metadata"]["uid"])


def fill(bench: Bench, pool: Pool, resource: str) -> list[Thing]:
    """Take what is free in the pool, one pod for each node: a pod more finds nothing then."""
    free = inventory.capacity(bench.cluster, resource).free()
    nodes = [node for node in sorted(pool.nodes) if free[node]]
    return [
        holder(bench, pool, resource, f"filler-{number}", count=free[node], affinity=only_on([node]))
        for number, node in enumerate(nodes)
    ]


def holder(bench: Bench, pool: Pool, resource: str, name: str, **values: Any) -> Thing:
    """Create a pod that holds accelerators of the pool, or waits for them."""
    return bench.apply("holder", name=name, **{**_usual(bench, pool, resource), **values})


def _usual(bench: Bench, pool: Pool, resource: str) -> Item:
    own = bench.values.tolerations
    return {
        "resource": resource,
        "count": 1,
        "node_selector": {pool.key: pool.value},
        "tolerations": pool.tolerations() if own is None else own,
    }


def impossible(bench: Bench, pool: Pool, resource: str) -> list[Thing]:
    """Create pods that no node could run: for a type of node that nobody offers, and for more than any node has.

    The first one asks for a whole node's accelerators: a node that came for it by mistake would leave no room for
    another pod, as whoever made the mistake sees it. A quota may refuse the second one; then there is the first only.
    """
    selector = {pool.key: pool.value, **NOBODY}
    things = [holder(bench, pool, resource, "nobody", count=pool.size(resource), node_selector=selector)]
    values = {**_usual(bench, pool, resource), "count": TOO_MANY}
    if not bench.refused("holder", name="too-many", dry_run=True, **values):
        things.append(bench.apply("holder", name="too-many", **values))
    return things


def running(things: Iterable[Thing]) -> int:
    """Return how many pods of some things run."""
    return sum(thing.running() for thing in things)


def unschedulable(thing: Thing) -> str:
    """Return what the scheduler says of a pod that it finds no node for; empty if it does not say so."""
    conditions = [each for pod in thing.pods() for each in pod.get("status", {}).get("conditions") or []]
    said = (f"{c['reason']}: {c.get('message', '')}" for c in conditions if c.get("reason") == "Unschedulable")
    return next(said, "")


def places(thing: Thing) -> list[str]:
    """Return the nodes on which the pods of a thing run."""
    return [pod["spec"].get("nodeName", "") for pod in thing.pods() if _runs(pod)]


def _runs(pod: Item) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Running")


def _waits(pod: Item) -> bool:
    return not pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp")


def shortage(bench: Bench, thing: Thing) -> str:
    """Return an event that says that there are no machines for a thing, or may be none; empty if there is none.

    What is said of other pods counts for nothing: for some of them there are no machines indeed.
    """
    signs = bench.backend.settings.get("shortage", ()) if bench.backend else ()
    own = {pod["metadata"]["name"] for pod in thing.pods()}
    said = (f"{event.get('reason')}: {event.get('message')}" for event in bench.ledger.events() if _of(event, own))
    return next((each for each in said if any(re.search(sign, each, re.IGNORECASE) for sign in signs)), "")


def _of(event: Item, pods: set[str]) -> bool:
    about = event.get("involvedObject") or {}
    return about.get("kind") != "Pod" or about.get("name") in pods
