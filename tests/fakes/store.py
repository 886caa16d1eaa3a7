"""The objects of the fake API server: versions, history and selectors as the real one has them."""

from __future__ import annotations

import copy
import itertools
import threading
from dataclasses import dataclass

VERBS = ("create", "delete", "get", "list", "patch", "watch")


@dataclass(frozen=True)
class Kind:
    api_version: str
    kind: str
    plural: str
    namespaced: bool = True
    verbs: tuple[str, ...] = VERBS


CORE = (
    Kind("v1", "Namespace", "namespaces", namespaced=False),
    Kind("v1", "Node", "nodes", namespaced=False),
    Kind("v1", "Pod", "pods"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Event", "events"),
    Kind("batch/v1", "Job", "jobs"),
    Kind(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        namespaced=False,
    ),
)


class Store:
    def __init__(self, kinds):
        self.kinds = list(kinds)
        self.version = 10
        self.oldest = 0
        self.history = []
        self.changed = threading.Condition()
        self._objects = {}
        self._uids = itertools.count(1)

    def kind(self, group_version, plural):
        found = (each for each in self.kinds if (each.api_version, each.plural) == (group_version, plural))
        return next(found, None)

    def plural(self, item):
        wanted = (item["apiVersion"], item["kind"])
        return next(each.plural for each in self.kinds if (each.api_version, each.kind) == wanted)

    def get(self, plural, namespace, name):
        return self._objects.get((plural, namespace, name))

    def put(self, item):
        """Create an object, or replace the one of that name, and return it as stored."""
        item = copy.deepcopy(item)
        metadata = item["metadata"]
        key = (self.plural(item), metadata.get("namespace", ""), metadata["name"])
        with self.changed:
            known = self._objects.get(key)
            metadata["uid"] = known["metadata"]["uid"] if known else metadata.get("uid", f"uid-{next(self._uids)}")
            self._tell("MODIFIED" if known else "ADDED", key, item)
            self._objects[key] = item
        return item

    def remove(self, item):
        metadata = item["metadata"]
        key = (self.plural(item), metadata.get("namespace", ""), metadata["name"])
        with self.changed:
            self._tell("DELETED", key, copy.deepcopy(self._objects.pop(key)))
            inside = [each for each in self._objects if key[0] == "namespaces" and each[1] == key[2]]
            for each in inside:
                self._tell("DELETED", each, copy.deepcopy(self._objects.pop(each)))

    def play(self, changes):
        """Make several changes at once: no watcher sees one before all have been made."""
        with self.changed:
            for change, item in changes:
                change(item)

    def items(self, plural, namespace="", labels=""):
        found = [(key, self._objects[key]) for key in sorted(self._objects) if key[0] == plural]
        return [item for key, item in found if _fits(key, namespace, item, labels)]

    def events(self, plural, namespace, labels, since):
        """Return the events after a version."""
        return [
            {"type": kind, "object": item}
            for version, kind, key, item in self.history
            if version > since and key[0] == plural and _fits(key, namespace, item, labels)
        ]

    def follow(self, wanted, since, closing):
        """Yield events of (plural, namespace, labels) after a version as they come, until the server closes."""
        while not closing.is_set():
            with self.changed:
                found = self.events(*wanted, since)
                if not found and not closing.is_set():
                    self.changed.wait()
            yield from found
            since = int(found[-1]["object"]["metadata"]["resourceVersion"]) if found else since

    def compact(self):
        """Forget the history, as the real server does after five minutes."""
        with self.changed:
            self.oldest = self.version
            self.history.clear()

    def _tell(self, kind, key, item):
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self.history.append((self.version, kind, key, copy.deepcopy(item)))
        self.changed.notify_all()


def _fits(key, namespace, item, labels):
    have = item["metadata"].get("labels") or {}
    for term in filter(None, labels.split(",")):
        name, equals, value = term.partition("=")
        if name not in have or (equals and have[name] != value):
            return False
    return namespace in {"", key[1]}


def pod(name, node="", *, namespace="ns", labels=None, version="", **more):
    """Return a pod, bound to a node if one is named."""
    metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
    item = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}, "status": {"phase": "Pending"}, **more}
    if node:
        item["spec"] = {"nodeName": node}
    if version:
        metadata.update(uid=name, resourceVersion=version)
    return item
