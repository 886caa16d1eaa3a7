"""What keeps a check from measuring without being the cluster's failing: rights, quotas, policies, images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.pulls import still_pulled, unpullable
from clusterproof.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.errors import ClusterError

Found = tuple[Reason, str]

FORBIDDEN, INVALID = 403, 422
_QUOTA = re.compile(r"exceeded quota|is forbidden: .*quota", re.IGNORECASE)
_LIMITS = re.compile(r"is forbidden: .*(?:(?:minimum|maximum) \S+ usage per|limit to request ratio per)", re.IGNORECASE)
_POLICY = re.compile(r"violates PodSecurity|ValidatingAdmissionPolicy|denied the request", re.IGNORECASE)
_NOT_CREATED = re.compile(r"Fail\w*Create")  # operators have words of their own


def refusal(error: ClusterError, item: Mapping[str, Any]) -> Found | None:
    """Return why the server refused an object of ours, if that is no failing of what is being measured."""
    what = f"{item['kind']} {item['metadata'].get('name', '')}"
    message = str(error)
    if error.status not in {FORBIDDEN, INVALID}:
        return None
    known = _known(message, what)
    if known:
        return known
    if error.status == FORBIDDEN:
        return Reason.FORBIDDEN, f"Missing permission: {message}"
    return None


def obstacle(pods: Iterable[dict[str, Any]], events: Iterable[Mapping[str, Any]]) -> Found | None:
    """Return what stands in the way of the pods, if it is not the cluster's failing."""
    seen, told = list(pods), list(events)
    image = unpullable(seen) or still_pulled(seen, told)
    if image:
        return image
    for event in told:
        if _NOT_CREATED.match(str(event.get("reason") or "")):
            known = _known(str(event.get("message", "")), "what has to be created")
            if known:
                return known
    return None


def _known(message: str, what: str) -> Found | None:
    """Return whose refusal a server's words are, if they are one that says nothing of the cluster's abilities."""
    if _QUOTA.search(message):
        return Reason.QUOTA, f"A quota refuses {what}: {message}"
    if _LIMITS.search(message):
        return Reason.QUOTA, f"A LimitRange refuses {what}: {message}"
    if _POLICY.search(message):
        return Reason.POLICY_DENIED, f"A policy refuses {what}: {message}"
    return None
