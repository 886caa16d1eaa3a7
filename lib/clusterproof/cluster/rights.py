"""Asking the server beforehand for the rights that a check needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource


def missing_rights(cluster: Cluster, needs: Iterable[str]) -> list[str]:
    """Return those of the needs (``"create jobs.batch"``, ``"get pods/log"``) that the user lacks.

    A resource that is not served cannot be asked about and is left to the check.
    """
    resources = {(r.plural, r.group): r for r in cluster.discovery.everything()}
    return [need for need in needs if _lacks(cluster, need, resources)]


def _lacks(cluster: Cluster, need: str, resources: dict[tuple[str, str], Resource]) -> bool:
    verb, _, what = need.partition(" ")
    name, _, sub = what.partition("/")
    plural, _, group = name.partition(".")
    resource = resources.get((plural, group))
    return resource is not None and not cluster.allowed(verb, resource, sub=sub)
