"""Nodes to measure isolation on, and what the API server says to pods and claims that ask for too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.errors import ClusterError

if TYPE_CHECKING:
    from clusterproof.bench.bench import Bench

Item = dict[str, Any]
ACCEPTED, REFUSED = "accepted", "refused"
REFUSALS = frozenset({400, 403, 422})  # by a policy, by a webhook, by the API itself


def only_on(nodes: list[str]) -> Item:
    """Return an affinity that keeps pods on some nodes and still has the scheduler count what is free there."""
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]} for node in nodes]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def answer(bench: Bench, template: str) -> str:
    """Return what the server answers to an object of a template, without creating it.

    Raises:
        ClusterError: it answers with something else than yes or no.
    """
    refused = bench.refused(
        template, name=template.replace("_", "-"), dry_run=True, device_class="any.clusterproof.dev"
    )
    if refused is None:
        return ACCEPTED
    if refused.status not in REFUSALS:
        raise ClusterError(refused.message, status=refused.status) from refused
    return REFUSED
