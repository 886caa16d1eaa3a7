"""Which version of a driver a container sees that was given a device."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.places import only_on
from clusterproof.instruments import containers
from clusterproof.instruments.drivers import DRIVER, normal, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.cluster.equipment import Equipment
    from clusterproof.cluster.inventory import Capacity

Item = dict[str, Any]
MARK = "clusterproof-sees"
MOST = 20  # nodes; a pod on each of thousands would be a burden


@dataclass
class Inside:
    """One container with an accelerator on each node where the table knows how it sees the driver."""

    bench: Bench
    nodes: dict[str, Equipment]
    readers: dict[str, Thing] = field(default_factory=dict)

    @classmethod
    def of(cls, bench: Bench, nodes: Iterable[Equipment], free: Mapping[str, Capacity]) -> Inside:
        """Start them where an accelerator is free."""
        readable = [own for own in nodes if paths(own.vendor) and versions(own, DRIVER)]
        places = {own.node: (own, name) for own in readable for name in own.resources if free[name].free()[own.node]}
        chosen = dict(sorted(places.items())[:MOST])
        readers = {
            node: _started(bench, f"reader-{number}", own, free[name], name)
            for number, (node, (own, name)) in enumerate(chosen.items())
        }
        return cls(bench, {node: own for node, (own, _) in chosen.items()}, readers)

    def running(self) -> int:
        """Return how many run."""
        return sum(reader.running() for reader in self.readers.values())

    def told(self) -> int:
        """Return how many have said what they see."""
        return sum(bool(containers.told(self.bench, reader, MARK)) for reader in self.readers.values())

    def seen(self) -> dict[str, str]:
        """Return the version that each of them sees; empty where it sees none that the table knows of."""
        said = {node: containers.told(self.bench, reader, MARK) for node, reader in self.readers.items()}
        return {node: version(self.nodes[node].vendor, told[0]) if told else "" for node, told in said.items()}

    def published(self) -> dict[str, str]:
        """Return the version that each of their nodes publishes."""
        return {node: next(iter(versions(own, DRIVER).values())) for node, own in self.nodes.items()}


def agree(seen: Mapping[str, str], published: Mapping[str, str]) -> bool:
    """True if every version is the published one, in whatever spelling."""
    return all(normal(told) == normal(published[node]) for node, told in seen.items())


def paths(vendor: Item) -> list[str]:
    """Return the patterns of files by which a container sees a vendor's driver."""
    return [each["path"] for each in (vendor.get(DRIVER) or {}).get("inside") or []]


def version(vendor: Item, files: Mapping[str, str]) -> str:
    """Return the version that the first known file tells by its name or its content; empty if there is none."""
    for row in (vendor.get(DRIVER) or {}).get("inside") or []:
        for path, content in files.items():
            found = fnmatchcase(path, row["path"]) and re.search(
                row.get("name") or row["content"], path if "name" in row else content
            )
            if found:
                return str(found[1])
    return ""


def _started(bench: Bench, name: str, own: Equipment, free: Capacity, resource: str) -> Thing:
    tolerations = free.tolerations() if bench.values.tolerations is None else bench.values.tolerations
    return bench.apply(
        "reader",
        name=name,
        paths=json.dumps(paths(own.vendor)),
        resource=resource,
        tolerations=tolerations,
        affinity=only_on([own.node]),
    )
