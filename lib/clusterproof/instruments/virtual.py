"""Virtual accelerators: which nodes say that they have some, and how pods ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof import redact
from clusterproof.cluster.accelerators import rows
from clusterproof.cluster.equipment import Equipment, equipment, marked, matches
from clusterproof.cluster.slices import attributes_of
from clusterproof.model import Evidence, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.cluster.client import Cluster

Item = dict[str, Any]
RESOURCE, CLAIM = "as an extended resource", "by a claim"


@dataclass(frozen=True)
class Accelerators:
    """The accelerators of all nodes, virtual ones apart from physical ones."""

    virtual: tuple[Equipment, ...]
    physical: tuple[Equipment, ...]

    @classmethod
    def of(cls, cluster: Cluster) -> Accelerators:
        """Read what the nodes say."""
        own = equipment(cluster)
        return cls(tuple(filter(is_virtual, own)), tuple(each for each in own if not is_virtual(each)))

    def not_offered(self) -> list[str]:
        """Return the nodes whose virtual accelerators no pod can ask for."""
        return [each.place for each in self.virtual if not ways([each])]

    def other_ways(self) -> dict[str, str]:
        """Return the vendors whose virtual accelerators have to be asked for in another way than physical ones."""
        found = {}
        for vendor in dict.fromkeys(each.vendor["name"] for each in self.virtual):
            ours, theirs = (ways(_of(vendor, those)) for those in (self.virtual, self.physical))
            if theirs and not ours & theirs:
                found[vendor] = f"virtual ones {', '.join(sorted(ours))}, physical ones {', '.join(sorted(theirs))}"
        return found

    def comparable(self) -> bool:
        """True if there are physical accelerators of a vendor whose virtual ones are there as well."""
        return any(ways(_of(each.vendor["name"], self.physical)) for each in self.virtual)

    def evidence(self) -> tuple[Evidence, ...]:
        """Return what the nodes tell of their virtual accelerators, the host's driver included."""
        lines = []
        for each in self.virtual:
            labels = {key: each.labels[key] for key in each.vendor["virtual"].get("told", ()) if key in each.labels}
            lines += [each.place, *(f"  {key}: {value}" for key, value in {**labels, **each.resources}.items())]
        return (redact.evidence("What the nodes tell of virtual accelerators", EvidenceKind.OBJECT, "\n".join(lines)),)


def is_virtual(own: Equipment) -> bool:
    """True if a node's labels or the attributes of a device in its slices say so."""
    marks = own.vendor.get("virtual") or {}
    wanted = marks.get("attributes") or {}
    attributes = [attributes_of(device) for device in own.devices] if wanted else []
    return marked(own.labels, marks.get("labels", ())) or any(_fit(each, wanted) for each in attributes)


def ways(those: Iterable[Equipment]) -> set[str]:
    """Return how pods can ask for accelerators."""
    own = list(those)
    found = {RESOURCE} if any(any(each.resources.values()) for each in own) else set()
    return found | ({CLAIM} if any(each.devices for each in own) else set())


def looked_for() -> str:
    """Return what would show that a node has virtual accelerators, for people."""
    marks = [row["virtual"] for row in rows("vendors") if row.get("virtual")]
    labels = sorted(
        {f"{key}={value}" for each in marks for mark in each.get("labels", ()) for key, value in mark.items()}
    )
    attributes = sorted({f"{key}={value}" for each in marks for key, value in (each.get("attributes") or {}).items()})
    return f"the labels {', '.join(labels)} of nodes, and the attributes {', '.join(attributes)} of devices"


def _of(vendor: str, those: Iterable[Equipment]) -> list[Equipment]:
    return [each for each in those if each.vendor["name"] == vendor]


def _fit(attributes: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(matches(str(attributes.get(key, "")), [pattern]) for key, pattern in wanted.items())
