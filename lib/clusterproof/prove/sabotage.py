"""The verbs that mutants are written in: what is done to a testbed while it runs."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError, TestbedError, UsageError
from clusterproof.manifest import fill, read_yaml
from clusterproof.prove import inside

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.testbed import Testbed

Item = dict[str, Any]
Undo = Callable[[], None]
Keep = Callable[[Undo], None]
WITHIN = 20.0  # seconds; the API server looks for new policies every second
LOOK_EVERY = 0.1
GONE = 404
NEVER = "example.com/never"  # the finalizer of mutants
USUAL = {"operations": ["CREATE"], "when": "true", "patch": "", "message": "broken on purpose"}


def carry_out(step: Item, bed: Testbed, cluster: Cluster, keep: Keep) -> None:
    """Do one step, a mapping with one verb; what it does is in effect when this returns.

    ``keep`` is given what undoes it, also of a step that is done in part only. Processes undo nothing: whoever knows
    how they were started puts them back.

    Raises:
        UsageError: there is no such verb.
        ClusterError: the API server refuses an object of it.
        TestbedError: the component does not run, or a change took no effect in time.
    """
    [(verb, given)] = step.items()
    if verb not in _VERBS:
        raise UsageError(f"There is no sabotage {verb!r}.", next_step=f"Known are {', '.join(_VERBS)}.")
    _VERBS[verb](given, bed, cluster, keep)


def _apply(items: list[Item], _bed: Testbed, cluster: Cluster, keep: Keep) -> None:
    for item in items:
        _create(item, cluster, keep)


def _create(item: Item, cluster: Cluster, keep: Keep) -> None:
    resource, metadata = cluster.resource(item["apiVersion"], item["kind"]), item["metadata"]
    cluster.create(item)
    keep(lambda: cluster.delete(resource, metadata["name"], metadata.get("namespace", "")))


def _signal(given: Item, bed: Testbed, _cluster: Cluster, _keep: Keep) -> None:
    bed.signal(given["component"], signal.Signals[f"SIG{given['signal']}"])


def _inside(given: Item, bed: Testbed, _cluster: Cluster, keep: Keep) -> None:
    """Send a signal to what runs by some ``words`` on a real ``node``, on all of them if none is named."""
    told = inside.signal(bed, given["words"], signal.Signals[f"SIG{given['signal']}"], node=given.get("node", ""))
    keep(lambda: inside.go_on(told))


def _restart(given: Item, bed: Testbed, _cluster: Cluster, _keep: Keep) -> None:
    bed.restart(given["component"], given["flags"])


def _change(given: Item, _bed: Testbed, cluster: Cluster, keep: Keep) -> None:
    """Merge a ``change`` into every object of a kind, or into those with one of some ``names``."""
    resource = cluster.resource(given["apiVersion"], given["kind"])
    for item in list(cluster.pages(resource)):
        metadata = item["metadata"]
        if metadata["name"] not in given.get("names", [metadata["name"]]):
            continue
        where = (resource, metadata["name"], metadata.get("namespace", ""))
        cluster.patch(*where, given["change"])
        keep(partial(_put_back, cluster, where, back(given["change"], item)))


def _delete(given: Item, _bed: Testbed, cluster: Cluster, _keep: Keep) -> None:
    """Delete the objects of a kind that ``labels`` select, and wait until they are gone."""
    resource = cluster.resource(given["apiVersion"], given["kind"])

    def there() -> list[Item]:
        return list(cluster.pages(resource, labels=given["labels"]))

    for item in there():
        cluster.delete(resource, item["metadata"]["name"], item["metadata"].get("namespace", ""))
    _until(lambda: not there(), f"remove every {given['kind']} with {given['labels']}")


def back(change: Item, before: Item) -> Item:
    """Return the merge patch that undoes a merge patch of an object."""
    found: Item = {}
    for key, value in change.items():
        old = before.get(key)
        deeper = isinstance(value, dict) and isinstance(old, dict)
        found[key] = back(value, old) if deeper and isinstance(old, dict) else old
    return found


def _put_back(cluster: Cluster, where: tuple[Resource, str, str], change: Item) -> None:
    """Undo a change of an object that may be gone; one that is just going may not get back a finalizer that it lost."""
    now = cluster.get(*where) or {}
    if now.get("metadata", {}).get("deletionTimestamp") and (own := change.get("metadata", {}).get("finalizers")):
        kept = [each for each in now["metadata"].get("finalizers", ()) if each in own]
        change = {**change, "metadata": {**change["metadata"], "finalizers": kept}}
    try:
        cluster.patch(*where, change)
    except ClusterError as error:
        if error.status != GONE:
            raise


def _deny(given: Item, _bed: Testbed, cluster: Cluster, keep: Keep) -> None:
    """Have the API server refuse: ``group``, ``resource``, and as you like ``operations``, ``when``, ``message``."""
    _establish("deny", given, cluster, keep)


def _mutate(given: Item, _bed: Testbed, cluster: Cluster, keep: Keep) -> None:
    """Have the API server change something: as ``deny``, and the ``patch``, the inside of a CEL ``JSONPatch{}``."""
    if NEVER in given["patch"]:
        keep(partial(_release, cluster, given["group"], given["resource"]))
    _establish("mutate", given, cluster, keep)


def _release(cluster: Cluster, group: str, plural: str) -> None:
    """Take the finalizer that nobody looks after off all objects of a kind, so that they can go."""
    for resource in cluster.discovery.everything():
        for item in cluster.pages(resource) if (resource.group, resource.plural) == (group, plural) else ():
            metadata = item["metadata"]
            if NEVER in metadata.get("finalizers", ()):
                kept = [each for each in metadata["finalizers"] if each != NEVER]
                where = (resource, metadata["name"], metadata.get("namespace", ""))
                _put_back(cluster, where, {"metadata": {"finalizers": kept}})


def _establish(verb: str, given: Item, cluster: Cluster, keep: Keep) -> None:
    """Create a policy, and after it one for an object of our own: once that one is heeded, both are.

    They go in the same order, the policy before the one that shows whether policies have gone.
    """
    table = read_yaml(Path(__file__).with_name("policies.yaml"))
    name, mark = (f"sabotage-{secrets.token_hex(3)}" for _ in range(2))
    own = fill(table["marks"][verb], {"name": mark})
    gone: list[Undo] = []
    keep(partial(_abolish, gone, lambda: not _heeded(cluster, mark), f"forget a policy to {verb}"))
    for values in ({**USUAL, **given, "name": name}, {**USUAL, **own, "name": mark}):
        for item in fill(table[verb], values):
            _create(item, cluster, gone.append)
    _until(lambda: _heeded(cluster, mark), f"heed a policy to {verb}")


def _abolish(gone: list[Undo], forgotten: Callable[[], bool], what: str) -> None:
    for delete in gone:
        delete()
    _until(forgotten, what)


def _heeded(cluster: Cluster, mark: str) -> bool:
    marked = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": mark, "namespace": "default"}}
    try:
        return "labels" in cluster.create(marked, dry_run=True)["metadata"]
    except ClusterError as error:
        if mark in error.message:
            return True
        raise


def _until(well: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not well():
        if time.monotonic() > deadline:
            raise TestbedError(f"The API server did not {what} within {WITHIN:.0f} s.")
        time.sleep(LOOK_EVERY)  # neither is anything that could be watched


_VERBS: dict[str, Callable[[Any, Testbed, Cluster, Keep], None]] = {
    "apply": _apply,
    "signal": _signal,
    "inside": _inside,
    "restart": _restart,
    "change": _change,
    "delete": _delete,
    "deny": _deny,
    "mutate": _mutate,
}
