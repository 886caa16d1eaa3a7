"""RuntimeClasses that promise a sandbox, and what a pod gets of its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]


@dataclass(frozen=True)
class RuntimeClass:
    """One class, as far as pods notice it."""

    name: str
    handler: str
    overhead: dict[str, str]
    scheduling: Item

    @property
    def selector(self) -> dict[str, str]:
        """Labels that the nodes of its pods have."""
        return dict(self.scheduling.get("nodeSelector") or {})

    @property
    def tolerations(self) -> list[Item]:
        """What its pods tolerate because of it."""
        return list(self.scheduling.get("tolerations") or [])

    def asks(self) -> Item:
        """Return what each of its pods has to carry."""
        return {"overhead": self.overhead, "nodeSelector": self.selector, "tolerations": self.tolerations}

    def carried_by(self, pod: Item) -> Item:
        """Return as much of that as a pod carries."""
        spec = pod["spec"]
        selector, tolerations = spec.get("nodeSelector") or {}, spec.get("tolerations") or []
        return {
            "overhead": spec.get("overhead") or {},
            "nodeSelector": {key: value for key, value in selector.items() if key in self.selector},
            "tolerations": [each for each in self.tolerations if each in tolerations],
        }


def classes(cluster: Cluster, words: Iterable[str], wanted: str = "") -> list[RuntimeClass]:
    """Return the classes whose handler or name is known for a sandbox, or only the one that was asked for."""
    versions = cluster.discovery.versions("node.k8s.io")
    items = cluster.pages(cluster.resource(f"node.k8s.io/{versions[0]}", "RuntimeClass")) if versions else ()
    found = [_class(item) for item in items]
    known = [each for each in found if any(word in f"{each.handler} {each.name}".lower() for word in words)]
    return [each for each in found if each.name == wanted] if wanted else known


def _class(item: Item) -> RuntimeClass:
    overhead = (item.get("overhead") or {}).get("podFixed") or {}
    return RuntimeClass(item["metadata"]["name"], item["handler"], overhead, item.get("scheduling") or {})


def nodes_for(cluster: Cluster, selector: dict[str, str]) -> list[str]:
    """Return the names of the nodes with all of some labels."""
    nodes = cluster.pages(cluster.resource("v1", "Node"))
    return sorted(
        node["metadata"]["name"] for node in nodes if selector.items() <= (node["metadata"].get("labels") or {}).items()
    )
