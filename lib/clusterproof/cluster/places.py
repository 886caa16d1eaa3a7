"""Which nodes a node selector of Kubernetes means, and one that means some nodes by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Item = dict[str, Any]


def only_on(nodes: Sequence[str]) -> Item:
    """Return an affinity that keeps pods on some nodes and still has the scheduler count what is free there."""
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]} for node in nodes]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def selected(selector: Mapping[str, Any], node: Item) -> bool:
    """True if one of the selector's terms fits a node; a term that asks for nothing fits none."""
    return any(_fits(term, node["metadata"]) for term in selector.get("nodeSelectorTerms") or [])


def _fits(term: Mapping[str, Any], metadata: Item) -> bool:
    labels, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    own = metadata.get("labels") or {}
    told = [_holds(each, own) for each in labels] + [
        _holds(each, {"metadata.name": metadata["name"]}) for each in fields
    ]
    return bool(told) and all(told)


def _holds(wanted: Mapping[str, Any], own: Mapping[str, str]) -> bool:
    value, values = own.get(wanted["key"]), wanted.get("values") or []
    match wanted.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" as compared if value is not None and values:
            return _compares(compared, value, values[0])
        case _:
            return False


def _compares(how: str, value: str, bound: str) -> bool:
    try:
        return int(value) > int(bound) if how == "Gt" else int(value) < int(bound)
    except ValueError:
        return False
