"""What a check keeps as evidence of what it sent, what it read, and what happened meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterproof.cluster.watch import Event

Item = dict[str, Any]


def evidence(
    sent: list[Item],
    read: list[Item],
    timeline: Sequence[Event],
    events: Sequence[Item],
    told: Mapping[str, str] | None = None,
) -> tuple[Evidence, ...]:
    """Return the pieces of evidence of a whole check, ``told`` under titles of their own; nothing for what is empty."""
    parts: list[tuple[str, EvidenceKind, Any]] = [
        *((title, EvidenceKind.OBJECT, body) for title, body in (told or {}).items()),
        ("Objects as sent", EvidenceKind.OBJECT, sent),
        ("Objects as last read back", EvidenceKind.OBJECT, [_plain(item) for item in read]),
        ("What the watches saw", EvidenceKind.WATCH, "\n".join(map(_seen_line, timeline))),
        ("Events", EvidenceKind.LOG, "\n".join(map(_event_line, events))),
    ]
    return tuple(redact.evidence(*part) for part in parts if part[2])


def pods(items: Sequence[Item]) -> tuple[Evidence, ...]:
    """Return one line per pod: name, node, phase."""
    lines = "\n".join(sorted(map(_pod_line, items)))
    return (redact.evidence("Pods of this check at that moment", EvidenceKind.WATCH, lines),) if lines else ()


def _plain(item: Item) -> Item:
    """Leave out who set which field: it is longer than the object and says nothing about the claim."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "managedFields"}
    return {**item, "metadata": metadata}


def _seen_line(event: Event) -> str:
    return f"{event.at} {event.type:8} {event.kind} {event.name} {event.line}".rstrip()


def _pod_line(pod: Item) -> str:
    node = pod["spec"].get("nodeName") or "no node"
    deleting = " deleting" if pod["metadata"].get("deletionTimestamp") else ""
    return f"{pod['metadata']['name']}: {node}, {pod.get('status', {}).get('phase', '?')}{deleting}"


def _event_line(event: Item) -> str:
    at = event.get("eventTime") or event.get("lastTimestamp") or event["metadata"].get("creationTimestamp") or ""
    about = event.get("involvedObject") or {}
    return f"{at} {event.get('reason')} {about.get('kind')}/{about.get('name')}: {event.get('message', '')}"
