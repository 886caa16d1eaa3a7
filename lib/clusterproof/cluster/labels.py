"""Names and labels of everything the kit creates: how it is found again and removed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

RUN = "clusterproof.dev/run-id"
NAME = "clusterproof.dev/name"
REQUIREMENT = "clusterproof.dev/requirement"
MANAGED = {"app.kubernetes.io/managed-by": "clusterproof"}
LONGEST_NAME = 63  # RFC 1123 label


def new_run_id() -> str:
    """Return an id that sorts by time and cannot be guessed."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def namespace_name(prefix: str, requirement: str, run_id: str, extra: str = "") -> str:
    """Return the name of a check's namespace."""
    tail = f"-{run_id}" + (f"-{extra}" if extra else "")
    return f"{prefix}-{requirement.replace('_', '-')}"[: LONGEST_NAME - len(tail)].rstrip("-") + tail


def adopt(item: dict[str, Any], labels: dict[str, str]) -> None:
    """Put labels on an object and on every pod template inside it, so that nothing it makes goes unnoticed."""
    metadata = item.setdefault("metadata", {})
    metadata["labels"] = {**metadata.get("labels", {}), **labels}
    _adopt_templates(item.get("spec"), labels)


def _adopt_templates(tree: Any, labels: dict[str, str]) -> None:
    if isinstance(tree, list):
        for part in tree:
            _adopt_templates(part, labels)
    if not isinstance(tree, dict):
        return
    inner = tree.get("spec")
    if isinstance(inner, dict) and "containers" in inner:
        metadata = tree.setdefault("metadata", {})
        metadata["labels"] = {**metadata.get("labels", {}), **labels}
    for part in tree.values():
        _adopt_templates(part, labels)
