"""Admission webhooks: which ones stand in front of a kind, and which one refused an object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.errors import ClusterError

GROUP = "admissionregistration.k8s.io/v1"
KIND = "ValidatingWebhookConfiguration"
_DENIED = re.compile(r'admission webhook "([^"]+)" denied the request')
_UNCALLED = re.compile(r'failed calling webhook "([^"]+)"')


@dataclass(frozen=True)
class Webhook:
    """One validating webhook."""

    name: str
    service: tuple[str, str] | None
    """Namespace and name of the Service behind it; None if it is called by URL."""


def validating(cluster: Cluster, resource: Resource) -> tuple[Webhook, ...]:
    """Return the webhooks whose rules cover the creation of a resource."""
    return tuple(
        Webhook(hook["name"], _service(hook))
        for configuration in cluster.pages(cluster.resource(GROUP, KIND))
        for hook in configuration.get("webhooks") or []
        if any(_covers(rule, resource) for rule in hook.get("rules") or [])
    )


def _covers(rule: dict[str, Any], resource: Resource) -> bool:
    return (
        _names(rule.get("apiGroups"), resource.group)
        and _names(rule.get("resources"), resource.plural)
        and _names(rule.get("operations"), "CREATE")
    )


def _names(listed: list[str] | None, word: str) -> bool:
    # A rule for every group and resource is a policy engine's, not the operator's own.
    return word in (listed or []) or (word == "CREATE" and "*" in (listed or []))


def _service(hook: dict[str, Any]) -> tuple[str, str] | None:
    service = (hook.get("clientConfig") or {}).get("service")
    return (service["namespace"], service["name"]) if service else None


def pods_behind(cluster: Cluster, webhook: Webhook) -> Iterator[dict[str, Any]]:
    """Yield the pods that a webhook's Service selects; none where it selects nothing."""
    if not webhook.service:
        return
    namespace, name = webhook.service
    service = cluster.get(cluster.resource("v1", "Service"), name, namespace) or {}
    selector = (service.get("spec") or {}).get("selector") or {}
    if selector:
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        yield from cluster.pages(cluster.resource("v1", "Pod"), namespace, labels=labels)


def decision(error: ClusterError | None) -> str:
    """Say in a few words who refused an object, or that nobody did."""
    if error is None:
        return "accepted"
    message = str(error)
    denied, uncalled = _DENIED.match(message), _UNCALLED.search(message)  # a policy may quote a webhook
    if denied:
        return f"denied by {denied[1]}"
    if uncalled:
        return f"{uncalled[1]} could not be called"
    return f"refused by the API server ({error.reason or error.status})"
