"""Containers: whether they run at all where the pods of a check are, and what they write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.accelerators import is_make_believe, is_simulated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing

Item = dict[str, Any]
OK = 200
EVERY = 0.5
"""Seconds between two looks at a log, which cannot be watched together with everything else."""


def without_kubelet(bench: Bench) -> bool:
    """True if a pod of this check runs where no kubelet does; without pods yet, if no node has one."""
    nodes = bench.cluster.resource("v1", "Node")
    used = [bench.cluster.get(nodes, name) or {} for name in bench.ledger.nodes_used()]
    return any(is_simulated(node) for node in used) if used else all(map(is_simulated, bench.cluster.pages(nodes)))


def marked_anyway(bench: Bench, names: Iterable[str]) -> bool:
    """True if containers run on these nodes and what is seen there counts as SIMULATED: a toy deceives nobody there."""
    nodes = bench.cluster.resource("v1", "Node")
    found = [bench.cluster.get(nodes, name) or {} for name in names]
    return bool(found) and all(is_make_believe(node) and not is_simulated(node) for node in found)


def log(bench: Bench, pod: Item, container: str = "") -> str:
    """Return what a container of a pod has written so far; empty if nothing can be read of it yet.

    With several containers the API server wants to know which one is meant.
    """
    metadata = pod["metadata"]
    path = bench.cluster.resource("v1", "Pod").path(metadata["namespace"], metadata["name"], "log")
    status, text = bench.cluster.exchange("GET", f"{path}?container={container}" if container else path, "")
    return text if status == OK else ""


def told(bench: Bench, thing: Thing, mark: str, container: str = "") -> list[Item]:
    """Return what the pods of a thing have said in JSON: each the last line that begins with a mark.

    A pod that has said nothing yet is left out. The mark is the check's own, so that no other output is taken for it.
    """
    found = (said(log(bench, pod, container), mark) for pod in thing.pods())
    return [each for each in found if each is not None]


def said(text: str, mark: str) -> Item | None:
    """Return the mapping in the last line of a log that begins with a mark; None if there is none, or half of one."""
    for line in reversed(text.splitlines()):
        if line.startswith(mark):
            try:
                found = json.loads(line.removeprefix(mark))
            except ValueError:
                continue
            return found if isinstance(found, dict) else None
    return None
