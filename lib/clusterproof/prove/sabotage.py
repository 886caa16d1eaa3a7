"""The verbs that mutants are written in: what is done to a testbed while it runs."""

from __future__ import annotations

import secrets
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError, TestbedError, UsageError
from clusterproof.manifest import fill, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.cluster.client import Cluster
    from clusterproof.testbed import Testbed

Item = dict[str, Any]
WITHIN = 20.0  # seconds; the API server looks for new policies every second
LOOK_EVERY = 0.1
USUAL = {"operations": ["CREATE"], "when": "true", "patch": "", "message": "broken on purpose"}


def carry_out(step: Item, bed: Testbed, cluster: Cluster) -> None:
    """Do one step, a mapping with one verb; what it does is in effect when this returns.

    Raises:
        UsageError: there is no such verb.
        ClusterError: the API server refuses an object of it.
        TestbedError: the component does not run, or a change took no effect in time.
    """
    [(verb, given)] = step.items()
    if verb not in _VERBS:
        raise UsageError(f"There is no sabotage {verb!r}.", next_step=f"Known are {', '.join(_VERBS)}.")
    _VERBS[verb](given, bed, cluster)


def _apply(items: list[Item], _bed: Testbed, cluster: Cluster) -> None:
    for item in items:
        cluster.create(item)


def _signal(given: Item, bed: Testbed, _cluster: Cluster) -> None:
    bed.signal(given["component"], signal.Signals[f"SIG{given['signal']}"])


def _restart(given: Item, bed: Testbed, _cluster: Cluster) -> None:
    bed.restart(given["component"], given["flags"])


def _change(given: Item, _bed: Testbed, cluster: Cluster) -> None:
    """Merge a ``change`` into every object of a kind, or into those with one of some ``names``."""
    resource = cluster.resource(given["apiVersion"], given["kind"])
    for item in list(cluster.pages(resource)):
        metadata = item["metadata"]
        if metadata["name"] not in given.get("names", [metadata["name"]]):
            continue
        cluster.patch(resource, metadata["name"], metadata.get("namespace", ""), given["change"])


def _deny(given: Item, _bed: Testbed, cluster: Cluster) -> None:
    """Have the API server refuse: ``group``, ``resource``, and as you like ``operations``, ``when``, ``message``."""
    _establish("deny", given, cluster)


def _mutate(given: Item, _bed: Testbed, cluster: Cluster) -> None:
    """Have the API server change something: as ``deny``, and the ``patch``, the inside of a CEL ``JSONPatch{}``."""
    _establish("mutate", given, cluster)


def _establish(verb: str, given: Item, cluster: Cluster) -> None:
    """Create a policy, and after it one for an object of our own: once that one is heeded, both are."""
    table = read_yaml(Path(__file__).with_name("policies.yaml"))
    name, mark = (f"sabotage-{secrets.token_hex(3)}" for _ in range(2))
    own = fill(table["marks"][verb], {"name": mark})
    for values in ({**USUAL, **given, "name": name}, {**USUAL, **own, "name": mark}):
        for item in fill(table[verb], values):
            cluster.create(item)
    _until(lambda: _heeded(cluster, mark), f"heed a policy to {verb}")


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


_VERBS: dict[str, Callable[[Any, Testbed, Cluster], None]] = {
    "apply": _apply,
    "signal": _signal,
    "restart": _restart,
    "change": _change,
    "deny": _deny,
    "mutate": _mutate,
}
