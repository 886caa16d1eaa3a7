"""Reading an object: conditions, and what is worth a line in a timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, Any]


def condition_of(status: Item, condition: str) -> str:
    """Return the status of one condition in a list of conditions; empty if it is not there."""
    conditions = status.get("conditions") or []
    return next((str(c.get("status", "")) for c in conditions if c.get("type") == condition), "")


def is_ready(item: Mapping[str, Any]) -> bool:
    """True if a node or a pod says that it is ready."""
    return condition_of(item.get("status") or {}, "Ready") == "True"


def is_usable(node: Mapping[str, Any]) -> bool:
    """True if a node is ready and takes new pods."""
    return is_ready(node) and not (node.get("spec") or {}).get("unschedulable")


def runs(pod: Item) -> bool:
    """True if a pod runs and is not about to go."""
    return (pod.get("status") or {}).get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def controller_of(item: Item) -> Item:
    """Return the reference to the object that an object is controlled by; empty if there is none."""
    owners = item["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), {})


def minor(version: str) -> int:
    """Return the minor version of an API server, 37 for v1.37.2; 0 if it does not say."""
    parts = version.lstrip("v").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0


def glance(item: Item) -> str:
    """Return what a reader wants to know of an object in one line, whatever its fields are made of."""
    spec, status = _mapping(item.get("spec")), _mapping(item.get("status"))
    parts = [f"node={spec['nodeName']}"] if spec.get("nodeName") else []
    parts += [f"phase={status['phase']}"] if isinstance(status.get("phase"), str) else []
    conditions = status.get("conditions")
    for condition in map(_mapping, conditions if isinstance(conditions, list) else []):
        reason = f"({condition['reason']})" if condition.get("reason") else ""
        parts.append(f"{condition.get('type')}={condition.get('status')}{reason}")
    if item["metadata"].get("deletionTimestamp"):
        parts.append("deleting")
    return " ".join(parts)


def _mapping(value: Any) -> Item:
    return value if isinstance(value, dict) else {}
