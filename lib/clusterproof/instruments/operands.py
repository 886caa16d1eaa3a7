"""What an operator makes of an object: its pods and other children, whose they are, whether they are as asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import controller_of
from clusterproof.instruments.contains import contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.errors import ClusterError
    from clusterproof.manifest import Backend

Item = dict[str, Any]
POD = "Pod"


@dataclass(frozen=True)
class Operand:
    """An object that an operator looks after, with everything that was created for it."""

    bench: Bench
    backend: Backend
    thing: Thing

    @property
    def kind(self) -> str:
        """Return the kind of the object."""
        return str(self.backend.settings["kind"])

    @property
    def item(self) -> Item:
        """Return the object as it was created."""
        return next(item for item in self.thing.objects if item["kind"] == self.kind)

    @property
    def workers(self) -> int:
        """Return how many pods it is to have."""
        return int(self.backend.settings["workers"])

    @property
    def in_words(self) -> str:
        """Return the same in words."""
        return f"{self.workers} pod{'s' if self.workers > 1 else ''}"

    @property
    def state(self) -> str:
        """Return what its status says of one that runs, in a word."""
        return str(self.backend.settings["condition"])

    def refused_change(self, change: Item) -> ClusterError | None:
        """Try to change it; return the refusal, None if it was accepted."""
        return self.bench.objects.refused_change(self.item, change)

    def controls(self, item: Item) -> bool:
        """Say whether an object belongs to this one, directly or to something that does."""
        own = self.thing.now(self.kind).get("metadata", {}).get("uid", "")
        above = {each["metadata"]["uid"]: _above(each) for child in self.children() for each in self._all(child)}
        uid = _above(item)
        for _ in range(len(self.children())):
            uid = uid if uid == own else above.get(uid, uid)
        return bool(own) and uid == own

    def children(self) -> tuple[str, ...]:
        """Return the kinds of what the operator makes beside pods."""
        return tuple(self.backend.settings.get("children", {}))

    def made(self, child: str, beside: Operand | None = None) -> list[Item]:
        """Return the objects of a kind in the check's namespace that do not belong to another object than this."""
        return [item for item in self._all(child) if not (beside and beside.controls(item))]

    def controlled(self, child: str, beside: Operand | None = None) -> dict[str, bool]:
        """Return for each of these objects whether it belongs to this one."""
        return {item["metadata"]["name"]: self.controls(item) for item in self.made(child, beside)}

    def strays(self) -> list[str]:
        """Return its pods that do not belong to it."""
        return [pod["metadata"]["name"] for pod in self.thing.pods() if not self.controls(pod)]

    def others(self) -> list[str]:
        """Return its pods that lack something of what it asks for in any of its templates; more may be added.

        Not so what a container runs: with arguments that nobody asked for it runs something else.
        """
        asked = [spec for item in self.thing.objects for spec in _pod_specs(item)]
        return [pod["metadata"]["name"] for pod in self.thing.pods() if not any(_as(pod["spec"], one) for one in asked)]

    def says(self) -> bool:
        """Say whether its status holds what the operator writes there of one that runs."""
        settings = self.backend.settings
        usual = {"conditions": [{"type": settings["condition"], "status": "True"}]}
        return contains(self.thing.now(self.kind).get("status") or {}, settings.get("says", usual))

    def counts(self) -> dict[str, int]:
        """Return how many pods it has, and how many of them run."""
        return {"pods": len(self.thing.pods()), "running": self.thing.running()}

    def standing(self) -> dict[str, Any]:
        """Return the same, and which of them are not as they should be."""
        return {**self.counts(), "strays": self.strays(), "others": self.others()}

    def full(self) -> dict[str, Any]:
        """Return what all of this is to be."""
        return {"pods": self.workers, "running": self.workers, "strays": [], "others": []}

    def still_there(self, lost: Item) -> bool:
        """Say whether something that was taken from it is there nevertheless."""
        return any(item["metadata"]["uid"] == lost["metadata"]["uid"] for item in self._all(lost["kind"]))

    def losable(self) -> Item:
        """Return one thing that the operator itself has made of it: not a pod, where it leaves these to others."""
        kind, (api_version, found) = self.loses, self._losable()
        return {**found[0], "kind": kind, "apiVersion": api_version}

    @property
    def loses(self) -> str:
        """Return the kind of what is taken from it."""
        return str(self.backend.settings.get("loses", POD))

    def _losable(self) -> tuple[str, list[Item]]:
        if self.loses == POD:
            return "v1", self.thing.pods()
        children: dict[str, str] = self.backend.settings["children"]
        return children[self.loses], [item for item in self._all(self.loses) if self.controls(item)]

    def _all(self, kind: str) -> list[Item]:
        return self.bench.ledger.items(kind)


def watch_children(bench: Bench, backend: Backend) -> None:
    """Watch what the operator makes beside pods."""
    bench.ledger.namespace()  # a watch begins where there is one
    for kind, api_version in backend.settings.get("children", {}).items():
        bench.ledger.watch(bench.cluster.resource(api_version, kind))


def prepare(bench: Bench, backend: Backend, names: Iterable[str]) -> dict[str, Thing]:
    """Create what objects of these names refer to, in this order; nothing where they refer to nothing."""
    return {name: bench.apply("before", name=name) for name in names if "before" in backend.templates}


def create(bench: Bench, backend: Backend, name: str, before: Thing | None = None) -> Operand:
    """Create an object that the operator is to look after; ``before`` is what it refers to."""
    thing = bench.apply("good", name=name, sdk=backend.settings.get("sdk"))
    return Operand(bench, backend, replace(thing, objects=(*(before.objects if before else ()), *thing.objects)))


def _above(item: Item) -> str:
    return str(controller_of(item).get("uid", ""))


def _as(spec: Item, asked: Item) -> bool:
    """Say whether a pod is as one of the templates asks."""
    runs = {each["name"]: _words(each) for each in spec.get("containers", ())}
    same = all(runs.get(each["name"]) == _words(each) for each in asked["containers"])
    return same and contains(spec, asked)


def _words(container: Item) -> tuple[list[str], list[str]]:
    return container.get("command") or [], container.get("args") or []


def _pod_specs(tree: Any) -> Iterator[Item]:
    """Yield the specs of pods anywhere in an object: where kinds have them differs."""
    if isinstance(tree, list):
        for value in tree:
            yield from _pod_specs(value)
    elif isinstance(tree, dict):
        if tree.get("containers"):
            yield tree
        for value in tree.values():
            yield from _pod_specs(value)
