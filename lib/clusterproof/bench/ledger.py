"""What a check has created, where it watches, and how all of it is removed again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.bench import record
from clusterproof.bench.excuses import refusals
from clusterproof.bench.objects import Objects
from clusterproof.bench.sdk import submit
from clusterproof.clock import now
from clusterproof.cluster import labels
from clusterproof.cluster.losses import lost
from clusterproof.cluster.neighbours import Neighbours, sentence
from clusterproof.cluster.obstacles import obstacle
from clusterproof.cluster.waiting import Waiter
from clusterproof.cluster.watch import Event, Watch
from clusterproof.errors import ClusterError, Inconclusive, KitError
from clusterproof.model import Evidence, Kind, Observation, Outcome, Reason

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.cluster.waiting import Seen

Item = dict[str, Any]


class Ledger:
    """The objects of one check in one run.

    A watch is started for every kind before its first object is created, so that nothing between is missed.
    """

    def __init__(self, cluster: Cluster, requirement: str, run_id: str, prefix: str, pod_security: str) -> None:
        self.cluster = cluster
        self.requirement = requirement
        self.run_id = run_id
        self.waiter = Waiter()
        self.neighbours = Neighbours(cluster, run_id, requirement)
        self.defaults: dict[str, Any] = {"tolerations": []}
        self.ready = True  # False until a check that takes its turn by itself has done so
        self.told: dict[str, str] = {}  # what else a reader of the evidence wants to know, under a title
        self.left_out: list[str] = []  # what no claim says this time, and why
        self._objects = Objects(cluster)
        self._prefix = prefix
        self._pod_security = pod_security
        self._namespaces: dict[str, str] = {}
        self._watches: dict[tuple[str, str], Watch] = {}
        self._created: list[Item] = []
        self._sent: list[Item] = []

    def namespace(self, place: str = "", level: str = "") -> str:
        """Return the name of the check's namespace (or of a further one), creating it at first use.

        ``level`` is its Pod Security Standard, where that differs from the run's.
        """
        if place not in self._namespaces:
            name = labels.namespace_name(self._prefix, self.requirement, self.run_id, place)
            levels = {f"pod-security.kubernetes.io/{mode}": level or self._pod_security for mode in ("enforce", "warn")}
            metadata = {"name": name, "labels": {**self._labels(""), **levels}}
            self._send({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
            self._namespaces[place] = name
            self.watch(self.cluster.resource("v1", "Pod"), place)
        return self._namespaces[place]

    def create(self, item: Item, *, name: str, place: str = "", sdk: Item | None = None, dry_run: bool = False) -> Item:
        """Create one object with our labels and return it as the server has it.

        Raises:
            Inconclusive: SKIP, where a missing right, a quota or a policy refuses it.
        """
        resource = self.cluster.resource(item["apiVersion"], item["kind"])
        labels.adopt(item, self._labels(name))
        if resource.namespaced:
            item["metadata"].setdefault("namespace", self.namespace(place))
            self.watch(resource, place)
        if dry_run:
            return self.cluster.create(item, dry_run=True)
        return self._submit(item, resource, sdk) if sdk else self._send(item)

    def _submit(self, item: Item, resource: Resource, sdk: Item) -> Item:
        self._sent.append(item)
        with refusals(item):
            submit(self.cluster, sdk, item)
        metadata = item["metadata"]
        created = self.cluster.get(resource, metadata["name"], metadata["namespace"])
        self._created.append(created or item)
        return self._created[-1]

    def watch(self, resource: Resource, place: str = "", *, labels: str = "") -> None:
        """Watch a kind in one of the check's namespaces, once; ``labels`` selects some of its objects."""
        key = (resource.kind, place)
        if key in self._watches or (resource.verbs and "watch" not in resource.verbs):
            return
        namespace, waiter = self._namespaces[place], self.waiter
        watch = Watch(self.cluster, resource, namespace, waiter.pulse, waiter.on_change, labels=labels)
        watch.start()
        self._watches[key] = watch
        self.waiter.watches.append(watch)

    def items(self, kind: str, place: str = "") -> list[Item]:
        """Return the objects of a kind in one of the check's namespaces as last seen."""
        watch = self._watches.get((kind, place))
        return watch.items() if watch else []

    def pods(self) -> list[Item]:
        """Return the pods of all namespaces of the check as last seen."""
        return [pod for kind, place in self._watches if kind == "Pod" for pod in self.items(kind, place)]

    def ever(self, kind: str, place: str = "") -> list[Item]:
        """Return the objects of a kind that were ever seen there, those also that are gone."""
        watch = self._watches.get((kind, place))
        return watch.ever() if watch else []

    def events(self) -> list[Item]:
        """Return the events of the check's namespaces; none where they may not be read."""
        found: list[Item] = []
        with suppress(ClusterError):
            resource = self.cluster.resource("v1", "Event")
            for namespace in self._namespaces.values():
                found += list(self.cluster.pages(resource, namespace))
        return found

    def obstacle(self) -> tuple[Reason, str] | None:
        """Return what keeps the check from measuring without being the cluster's failing, as pods and events tell."""
        return obstacle(self.pods(), self.events())

    def undisturbed(self) -> None:
        """End the check: ERROR if a node was lost, SKIP if pods of others took or gave back accelerators on one."""
        began = next((str(item["metadata"].get("creationTimestamp") or "") for item in self._created), "")
        used = self.nodes_used()
        if gone := lost(self.cluster, used, began):
            raise Inconclusive(Outcome.ERROR, Reason.NODE_LOST, f"While pods of this check were there, {gone}.")
        changes = self.neighbours.changes(used, self._namespaces.values())
        if changes:
            raise Inconclusive(Outcome.SKIP, Reason.DISTURBED, sentence(changes))

    def clean_up(self) -> list[str]:
        """Delete everything, the last one first, and the namespaces; return what could not be deleted.

        Nobody waits here: a namespace takes five seconds even when it is empty. The end of the run proves it gone.
        """
        failed = []
        for item in reversed(self._created):
            try:
                self._objects.delete(item)
            except ClusterError as error:
                failed.append(f"{item['kind']} {item['metadata']['name']}: {error}")
                if not error.status:
                    break  # nobody answers; the rest would only wait for the same silence
        self.stop()
        return failed

    def stop(self) -> None:
        """Stop watching; the objects stay."""
        self.neighbours.stop()
        for watch in self._watches.values():
            watch.stop()

    def observation(
        self, claim: str, expected: Any, seen: Seen, kind: Kind, evidence: tuple[Evidence, ...] = ()
    ) -> Observation:
        """Return what was seen of a claim, with the pods of this check at that moment; one that is false in peace."""
        if not seen.holds:
            self.undisturbed()
        actual = redact.tree(seen.actual)
        return Observation(
            claim, expected, actual, seen.holds, kind, now(), round(seen.took, 3), evidence + record.pods(self.pods())
        )

    def nodes_used(self) -> set[str]:
        """Return the names of the nodes that pods of this check were ever bound to."""
        words = (word for event in self._timeline() if event.kind == "Pod" for word in event.line.split())
        return {word.removeprefix("node=") for word in words if word.startswith("node=")}

    def evidence(self) -> tuple[Evidence, ...]:
        """Return the objects as sent and as last read, the timeline of all watches, and the events."""
        seen = {item["metadata"]["uid"]: item for watch in self._watches.values() for item in watch.ever()}
        read = [seen.get(item["metadata"].get("uid"), item) for item in self._created]
        return record.evidence(self._sent, read, self._timeline(), self.events(), self.told)

    def _timeline(self) -> list[Event]:
        return sorted((event for watch in self._watches.values() for event in watch.timeline), key=lambda e: e.at)

    def _labels(self, name: str) -> dict[str, str]:
        own = {labels.RUN: self.run_id, labels.REQUIREMENT: self.requirement}
        return {**labels.MANAGED, **own, **({labels.NAME: name} if name else {})}

    def _send(self, item: Item) -> Item:
        if not self.ready:
            raise KitError(f"The check of {self.requirement} creates something before it has taken its turn.")
        self._sent.append(item)
        with refusals(item):
            created = self.cluster.create(item)
        self._created.append(created)
        return created
