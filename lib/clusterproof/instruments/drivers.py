"""Versions of drivers and runtimes as nodes and devices publish them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.equipment import Equipment, equipment
from clusterproof.cluster.slices import attributes_of
from clusterproof.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
DRIVER, RUNTIME = "driver", "runtime"


@dataclass(frozen=True)
class Published:
    """What is published of the versions on every node with accelerators."""

    nodes: tuple[Equipment, ...]

    @classmethod
    def of(cls, cluster: Cluster) -> Published:
        """Read labels and slices."""
        return cls(tuple(equipment(cluster)))

    def unknown(self) -> list[str]:
        """Return the vendors of whose versions the table does not know how they would be published there."""
        return sorted({each.vendor["name"] for each in self.nodes if not _could_tell(each)})

    def missing(self) -> list[str]:
        """Return where no version of the driver is published."""
        return [each.place for each in self.nodes if _could_tell(each) and not versions(each, DRIVER)]

    def some(self, what: str) -> bool:
        """True if a version is published anywhere."""
        return any(versions(each, what) for each in self.nodes)

    def contradictions(self, what: str) -> dict[str, list[str]]:
        """Return where several versions of the same are published."""
        return _several({each.place: versions(each, what).values() for each in self.nodes})

    def skews(self, what: str) -> dict[str, list[str]]:
        """Return the pools whose nodes have several versions."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in self.nodes:
            found[_pool(each)] += versions(each, what).values()
        return _several(found)

    def labelled(self) -> list[tuple[Equipment, str]]:
        """Return the nodes from which a pod can choose by a label with the driver's version, and that label."""
        found = []
        for each in self.nodes:
            known: list[str] = (each.vendor.get(DRIVER) or {}).get("labels") or []
            key = next((key for key in known if each.labels.get(key)), "")
            if key and any(each.resources.values()):
                found.append((each, key))
        return found

    def evidence(self) -> tuple[Evidence, ...]:
        """Return every version with where it was found."""
        lines = []
        for each in self.nodes:
            told = {
                (what, where): version for what in (DRIVER, RUNTIME) for where, version in versions(each, what).items()
            }
            lines += [each.place, *(f"  {what} {told[what, where]} ({where})" for what, where in told)]
        return (redact.evidence("Versions as nodes and devices publish them", EvidenceKind.OBJECT, "\n".join(lines)),)


def versions(own: Equipment, what: str) -> dict[str, str]:
    """Return the versions that one node publishes of one vendor's driver or runtime, by where."""
    row = own.vendor.get(what) or {}
    found = {f"label {key}": own.labels[key] for key in row.get("labels", ()) if own.labels.get(key)}
    for device in own.devices:
        attributes = attributes_of(device)
        told = {key: attributes[key] for key in row.get("attributes", ()) if attributes.get(key)}
        found |= {f"device {device['name']}, {key}": str(value) for key, value in told.items()}
    return found


def normal(version: str) -> tuple[str, ...]:
    """Return what two spellings of one version have in common: 580.95.05, v580.95.5 and 580.95.5.0 are the same."""
    words = re.split(r"[.\-_ ]", version.strip().casefold().removeprefix("v").partition("+")[0])
    parts = [word.lstrip("0") or "0" if word.isdecimal() else word for word in words]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return tuple(parts)


def _several(found: dict[str, Any]) -> dict[str, list[str]]:
    return {place: sorted(set(told)) for place, told in found.items() if len(set(map(normal, told))) > 1}


def _could_tell(own: Equipment) -> bool:
    """True if the table knows labels of the vendor's, or there are devices with attributes."""
    row = own.vendor.get(DRIVER) or {}
    return bool(row.get("labels") or (row.get("attributes") and own.devices))


def _pool(own: Equipment) -> str:
    """Return what the nodes of one pool have in common: its label, else the model of their accelerators."""
    pool = [f"{key}={own.labels[key]}" for key in map(str, rows("pools")) if own.labels.get(key)][:1]
    model = [own.labels[key] for key in own.vendor.get("product", ()) if own.labels.get(key)][:1]
    return ", ".join([own.vendor["name"], *pool, *model])
