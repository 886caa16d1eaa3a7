"""Which turns a check takes: what others must not touch while it takes accelerators of one kind, or looks at all.

A turn is named after an extended resource. Beside those there are two: one of whoever looks at all accelerators or
makes nodes with some, and one of all devices that claims are made on, since one device may be had under many names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.cluster.accelerators import is_accelerator
from clusterproof.cluster.allocation import PLUGIN
from clusterproof.cluster.inventory import offers
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster
    from clusterproof.model import Facts

EVERYWHERE = ""
"""The turn of whoever looks at all accelerators or makes nodes. It sorts first: who waits for it holds no other."""
CLAIMED = "claims"


def everything(facts: Facts, resource: str = "") -> tuple[str, ...]:
    """Return all turns; ``resource`` is one that was asked for by name, whether anybody offers it or not."""
    offered = {name for name, _ in facts.accelerators} | set(facts.unknown_resources)
    return tuple(sorted({EVERYWHERE, CLAIMED, *offered, *filter(None, [resource])}))


def of(cluster: Cluster, facts: Facts, resource: str, *, nodes: bool = False) -> tuple[str, ...]:
    """Return the turns of one resource and of all that the same nodes offer; with ``nodes`` of making nodes as well.

    Raises:
        ClusterError: nodes may not be listed, or the server does not answer.
    """
    found = {resource, *([EVERYWHERE] if nodes else [])}
    for node in cluster.pages(cluster.resource("v1", "Node")):
        if offers(node, resource):
            found |= {name for name in node["status"]["allocatable"] if is_accelerator(name) and offers(node, name)}
    how = dict(facts.allocation)
    if any(name.startswith(BY_CLASS) or how.get(name, PLUGIN) != PLUGIN for name in found):
        found.add(CLAIMED)
    return tuple(sorted(found))
