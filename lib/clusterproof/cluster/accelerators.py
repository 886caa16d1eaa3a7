"""Which resources are accelerators, and which nodes are simulated: answers from data, with no vendor's name in code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_ROWS = "CLUSTERPROOF_ACCELERATORS"
"""Environment variable with the path of a user's own file of the same form, whose rows come first."""


@dataclass(frozen=True)
class Vendor:
    """One row of the accelerator table."""

    name: str
    resources: tuple[str, ...]
    """Patterns of extended resources."""
    drivers: tuple[str, ...] = ()
    """DRA drivers."""

    def offers(self, resource: str) -> bool:
        """True if an extended resource is this vendor's."""
        return any(fnmatchcase(resource, pattern) for pattern in self.resources)


def rows(kind: str) -> list[dict[str, Any]]:
    """Return the rows of one kind, ``vendors``, ``exporters``, ``pools`` or ``scrape``, the user's own ones first.

    Raises:
        UsageError: the user's file cannot be read.
    """
    own = os.environ.get(OWN_ROWS, "")
    return [*((_read(own).get(kind) or []) if own else []), *_read("")[kind]]


def kits_rows() -> dict[str, Any]:
    """Return the kit's own table."""
    return _read("")


@lru_cache(maxsize=8)
def _read(own: str) -> dict[str, Any]:
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - 50 ms that not every command needs

    file = Path(own) if own else Path(__file__).with_name("accelerators.yaml")
    try:
        content = read_yaml(file) or {}
    except (OSError, ValueError, YAMLError) as error:
        raise UsageError(f"{file}, named in {OWN_ROWS}, cannot be read: {type(error).__name__}.") from error
    if not isinstance(content, dict):
        raise UsageError(f"{file}, named in {OWN_ROWS}, holds no mapping with `vendors` or `exporters`.")
    return content


def table() -> tuple[Vendor, ...]:
    """Return the vendors that the table knows."""
    return _vendors(os.environ.get(OWN_ROWS, ""))


@lru_cache(maxsize=8)
def _vendors(_own: str) -> tuple[Vendor, ...]:
    """Return the vendors, made once for each file: an inventory asks for them with every node."""
    known = rows("vendors")
    return tuple(Vendor(r["name"], tuple(r.get("resources", ())), tuple(r.get("drivers", ()))) for r in known)


@lru_cache(maxsize=1)
def _simulators() -> dict[str, Any]:
    simulators: dict[str, Any] = read_yaml(Path(__file__).with_name("simulators.yaml"))
    return simulators


def is_accelerator(resource: str) -> bool:
    """True if an extended resource is in the table."""
    return any(vendor.offers(resource) for vendor in table())


def is_simulated(node: Mapping[str, Any]) -> bool:
    """True if no kubelet stands behind a node, as far as its own words tell."""
    version = str(node.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", ""))
    return _marked(node, "marks") or any(fnmatchcase(version, pattern) for pattern in _simulators()["kubelet_versions"])


def is_make_believe(node: Mapping[str, Any]) -> bool:
    """True if what is seen on a node is no evidence of hardware: it is simulated, or its devices are."""
    return is_simulated(node) or _marked(node, "without_hardware")


def _marked(node: Mapping[str, Any], kind: str) -> bool:
    metadata = node.get("metadata", {})
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    return any(mark in marks for mark in _simulators()[kind])
