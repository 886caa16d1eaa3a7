"""An operator as its API server shows it: the definition of its kind, and its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import condition_of, is_ready
from clusterproof.instruments.webhooks import pods_behind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.instruments.webhooks import Webhook

Item = dict[str, Any]
CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def definition(cluster: Cluster, resource: Resource) -> Item:
    """Return the definition of a kind; empty if there is none."""
    return cluster.get(cluster.resource(*CRD), f"{resource.plural}.{resource.group}") or {}


def is_defined(definition: Item) -> dict[str, str]:
    """Return what the API server says of a definition: True for each once its objects can be stored."""
    status = definition.get("status") or {}
    return {name: condition_of(status, name) for name in ("Established", "NamesAccepted")}


def spec_fields(definition: Item, version: str) -> list[str]:
    """Return the names of the fields that a definition gives to the spec of its objects."""
    versions = (definition.get("spec") or {}).get("versions") or []
    [schema] = [each["schema"]["openAPIV3Schema"] for each in versions if each["name"] == version]
    return sorted(schema.get("properties", {}).get("spec", {}).get("properties", {}))


def pods_of(cluster: Cluster, hooks: Iterable[Webhook]) -> dict[str, bool]:
    """Return the operator's pods, and whether each is ready; none where a local process answers its webhooks."""
    return {pod["metadata"]["name"]: is_ready(pod) for hook in hooks for pod in pods_behind(cluster, hook)}
