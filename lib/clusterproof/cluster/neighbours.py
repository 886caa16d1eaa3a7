"""Pods of others that hold devices: whether they stayed as they were while a check took accelerators.

A Lease keeps other runs away, and nobody else. Where a pod of somebody else's takes or gives back an accelerator on a
node of the check, what "fits" and "cannot fit" is no longer what was counted, so nothing that was seen says anything.
All pods are watched, and of those that hold devices only so much is kept as is needed to name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster import labels
from clusterproof.cluster.accelerators import is_accelerator
from clusterproof.cluster.inventory import OVER, offers
from clusterproof.cluster.reading import is_usable
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
NAMED = 3  # changes that a sentence names; how many more there were it counts


class Neighbours:
    """The pods of others from ``begin`` to ``stop``; before that nobody looks, and nothing is said to have changed."""

    def __init__(self, cluster: Cluster, run_id: str, requirement: str) -> None:
        self.resource = ""
        """What the check takes, beside the accelerators that the table knows."""
        self.turns: frozenset[str] = frozenset()
        """What no other check of this run takes meanwhile."""
        self._cluster = cluster
        self._run_id = run_id
        self._requirement = requirement
        self._waiter = Waiter()
        self._watch: Watch | None = None
        self._settled = False
        self._first: frozenset[str] = frozenset()
        self._past: frozenset[str] = frozenset()  # what had gone before that
        self._nodes: dict[str, int] = {}

    def begin(self) -> None:
        """Look from now on.

        Raises:
            ClusterError: pods may not be listed, or the server does not answer.
        """
        resource, waiter = self._cluster.resource("v1", "Pod"), self._waiter
        self._watch = Watch(self._cluster, resource, "", waiter.pulse, waiter.on_change, keep=kept)
        waiter.watches.append(self._watch)
        self._watch.start()
        self._first = self._here()

    def stop(self) -> None:
        """Look no longer."""
        if self._watch:
            self._watch.stop()

    def settle(self, within: float) -> None:
        """Let what is there when the room is first counted be what has to stay.

        What earlier checks of this run have held of the same is waited for, at most some seconds: their clean-up waits
        for nothing, so that their pods would go after they were counted.
        """
        if self._watch is None or self._settled:
            return
        self._waiter.eventually(self._earlier, lambda there: not there, within=within)
        self._settled, self._first = True, self._here()
        self._past = frozenset(map(_uid, self._watch.ever())) - self._first

    def stay_on(self, nodes: Mapping[str, int]) -> None:
        """Say on which nodes the check will stay, and how many devices the plugin of each has to offer all the time."""
        self._nodes = dict(nodes)

    def changes(self, used: Collection[str], own: Collection[str]) -> list[str]:
        """Say in words what has changed on the nodes of the check, named before or used; fresh lists decide.

        ``own`` are namespaces of the check's.

        Raises:
            ClusterError: the server does not answer.
        """
        if self._watch is None:
            return []
        self._waiter.refresh()
        here, nodes = self._here(), {*self._nodes, *used}
        pods = [pod for pod in self._watch.ever() if pod["spec"].get("nodeName") in nodes]
        found = [
            f"{_name(pod)} {_word(before=_uid(pod) in self._first, now=_uid(pod) in here)}"
            for pod in pods
            if not (_uid(pod) in self._past or (_uid(pod) in self._first and _uid(pod) in here))
            and self._concerns(pod, own)
        ]
        return sorted(found) + self._changed_nodes()

    def _changed_nodes(self) -> list[str]:
        resource, found = self._cluster.resource("v1", "Node"), []
        for name, before in sorted(self._nodes.items()):
            node = self._cluster.get(resource, name) or {}
            if not is_usable(node):
                found.append(f"the node {name} takes no pods any more")
            elif (now := offers(node, self.resource)) != before:
                found.append(f"the node {name} offers {now} instead of {before}")
        return found

    def _concerns(self, pod: Item, own: Collection[str]) -> bool:
        theirs = _mark(pod, labels.RUN) != self._run_id and pod["metadata"].get("namespace") not in own
        return theirs and any(name == self.resource or is_accelerator(name) for name in devices(pod))

    def _here(self) -> frozenset[str]:
        return frozenset(_uid(pod) for pod in (self._watch.items() if self._watch else []))

    def _earlier(self) -> list[Item]:
        held = self._watch.items() if self._watch else []
        mine = (pod for pod in held if _mark(pod, labels.RUN) == self._run_id and devices(pod) & self.turns)
        return [pod for pod in mine if _mark(pod, labels.REQUIREMENT) != self._requirement]


def kept(pod: Item) -> Item | None:
    """Return what is worth remembering of a pod that has a node and holds devices there; None of any other."""
    spec = pod.get("spec") or {}
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in OVER or not devices(pod):
        return None
    metadata = {name: pod["metadata"].get(name) for name in ("uid", "name", "namespace", "labels", "resourceVersion")}
    wants = {
        kind: [{"resources": each.get("resources") or {}} for each in spec.get(kind) or []]
        for kind in ("containers", "initContainers")
    }
    return {"metadata": metadata, "spec": {"nodeName": spec["nodeName"], **wants}}


def devices(pod: Item) -> set[str]:
    """Return the extended resources that a pod asks for; none of Kubernetes' own has a domain before its name."""
    spec = pod.get("spec") or {}
    asked = [each.get("resources") or {} for kind in ("containers", "initContainers") for each in spec.get(kind) or []]
    amounts = (name for each in asked for part in ("requests", "limits") for name in each.get(part) or {})
    return {name for name in amounts if "/" in name}


def sentence(changes: list[str]) -> str:
    """Return why what was seen says nothing."""
    more = f" and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
    named = f"{', '.join(changes[:NAMED])}{more}"
    return f"On the nodes that were measured others took or gave back accelerators: {named}. Run it again without that."


def _uid(pod: Item) -> str:
    return str(pod["metadata"]["uid"])


def _name(pod: Item) -> str:
    return f"{pod['metadata'].get('namespace')}/{pod['metadata'].get('name')}"


def _mark(pod: Item, label: str) -> str:
    return str((pod["metadata"].get("labels") or {}).get(label, ""))


def _word(*, before: bool, now: bool) -> str:
    if before:
        return "went"
    return "came" if now else "came and went"
