"""Which resources are accelerators, and which nodes are simulated: answers from data, with no vendor's name in code."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Vendor:
    """One row of the accelerator table."""

    name: str
    resources: tuple[str, ...]
    """Patterns of extended resources."""
    drivers: tuple[str, ...] = ()
    """DRA drivers."""


@lru_cache(maxsize=1)
def table() -> tuple[Vendor, ...]:
    """Return the vendors that the kit's table knows."""
    rows = read_yaml(Path(__file__).with_name("accelerators.yaml"))["vendors"]
    return tuple(Vendor(r["name"], tuple(r.get("resources", ())), tuple(r.get("drivers", ()))) for r in rows)


@lru_cache(maxsize=1)
def _simulators() -> dict[str, Any]:
    simulators: dict[str, Any] = read_yaml(Path(__file__).with_name("simulators.yaml"))
    return simulators


def is_accelerator(resource: str) -> bool:
    """True if an extended resource is in the table."""
    return any(fnmatchcase(resource, pattern) for vendor in table() for pattern in vendor.resources)


def is_simulated(node: Mapping[str, Any]) -> bool:
    """True if no kubelet stands behind a node, as far as its own words tell."""
    metadata = node.get("metadata", {})
    version = str(node.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", ""))
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    known = _simulators()
    return any(mark in marks for mark in known["marks"]) or any(
        fnmatchcase(version, pattern) for pattern in known["kubelet_versions"]
    )
