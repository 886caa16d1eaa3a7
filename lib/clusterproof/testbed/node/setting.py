"""What stands in node.yaml, filled in for one node of one testbed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import fill, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.testbed.node.network import Plan

Item = dict[str, Any]
HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def settings() -> Item:
    """Return the description of the real nodes."""
    known: Item = read_yaml(HERE / "node.yaml")
    return known


def programs() -> list[str]:
    """Return the names of the programs that real nodes need."""
    return list(settings()["programs"])


def groups(folder: Path) -> str:
    """Return the name of the control group that holds everything of a testbed's nodes."""
    return "clusterproof-" + hashlib.sha256(str(folder).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Node:
    """One real node."""

    number: int
    name: str
    folder: Path
    """The testbed's."""
    plan: Plan
    taints: tuple[Item, ...]
    labels: dict[str, str]
    shares: int = 1
    """How many pods may take turns on each device of the device plugin's."""

    @property
    def units(self) -> int:
        """How many of the device plugin's resource pods may ask for."""
        return int(settings()["devices"]["plugin"]["count"]) * self.shares

    @property
    def own(self) -> Path:
        """The folder with everything of this node."""
        return self.folder / "nodes" / self.name

    @property
    def ready(self) -> Path:
        """The file that is there once all of its programs are started."""
        return self.own / "ready"

    @property
    def groups(self) -> str:
        """The control group of its containers."""
        return f"{groups(self.folder)}/{self.name}"

    def values(self, authority: Path) -> Item:
        """Return what the holes of node.yaml are filled with."""
        return {
            "name": self.name,
            "own": str(self.own),
            "address": self.plan.address(self.number),
            "pods": str(self.plan.pods(self.number)),
            "authority": str(authority),
            "groups": self.groups,
            "taints": list(self.taints),
        }

    def filled(self, key: str, authority: Path) -> Item:
        """Return one part of node.yaml for this node."""
        part: Item = fill(settings()[key], self.values(authority))
        return part


def nodes(folder: Path, plan: Plan, options: Mapping[str, str]) -> list[Node]:
    """Return the real nodes of a testbed, some of whose ``options`` say what they offer."""
    sharing: Item = settings()["shares"] if options.get("shares") else {"each": 1, "labels": {}}
    return [
        Node(
            number,
            row["name"],
            folder,
            plan,
            tuple(row["taints"]),
            {**settings()["labels"], **sharing["labels"], "topology.kubernetes.io/zone": row["zone"]},
            sharing["each"],
        )
        for number, row in enumerate(settings()["nodes"])
    ]
