"""Admission webhooks: which ones stand in front of a kind, and which one refused an object."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.model import Observation

T = TypeVar("T")
GROUP = "admissionregistration.k8s.io/v1"
KIND = "ValidatingWebhookConfiguration"
TRIES = 3  # of each wrong thing, one right after the other
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


def own(hooks: Iterable[Webhook], patterns: Iterable[str]) -> tuple[Webhook, ...]:
    """Return the webhooks whose names are the operator's; a policy engine may have one for the same kind."""
    wanted = tuple(patterns)
    return tuple(hook for hook in hooks if any(fnmatchcase(hook.name, pattern) for pattern in wanted))


def decisions(attempt: Callable[[str], ClusterError | None]) -> list[str]:
    """Try a wrong thing several times in a row, with a new word in it each time; end where it is accepted."""
    seen: list[str] = []
    while len(seen) < TRIES and "accepted" not in seen:
        seen.append(decision(attempt(f"nobody-{secrets.token_hex(4)}")))
    return seen


def attempted(create: Callable[[], T], names: Iterable[str]) -> tuple[T | None, str]:
    """Create something; return it and that it was accepted, or nothing and which webhook of these names denied it."""
    try:
        return create(), "accepted"
    except (ClusterError, Inconclusive) as error:
        cause = error if isinstance(error, ClusterError) else error.__cause__
        said = decision(cause) if isinstance(cause, ClusterError) else ""
        if said not in {f"denied by {name}" for name in names}:
            raise
        return None, said


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


def denied(bench: Bench, claim: str, seen: list[str], names: list[str]) -> Observation:
    """Say whether each of several tries in a row was denied by one of these: a refusal now and then is none."""
    denials = [f"denied by {name}" for name in names]
    holds = len(seen) == TRIES and set(seen) <= set(denials)
    expected = f"{' or '.join(denials)}, {TRIES} times in a row"
    return bench.observe(claim, expected=expected, actual=seen, holds=holds, kind=Kind.NEGATIVE)
