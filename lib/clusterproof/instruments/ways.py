"""The ways in which the accelerators of one node are given out: as an extended resource, and by claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.cluster import inventory
from clusterproof.cluster.allocation import AUTO, CLAIMS
from clusterproof.cluster.classes import Books, behind, classes
from clusterproof.cluster.places import only_on
from clusterproof.errors import ClusterError
from clusterproof.instruments.device_files import Appearance, of_drivers, of_resource
from clusterproof.instruments.sharing import shares
from clusterproof.parameters.resources import BY_CLASS

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterproof.bench.bench import Bench

Item = dict[str, Any]
FORBIDDEN = 403


@dataclass(frozen=True)
class Way:
    """One way to ask for accelerators of one node."""

    words: str
    """For people, after *asks for accelerators*."""
    name: str
    """The resource or the DeviceClass."""
    node: str
    free: int
    row: Appearance | None
    """How its devices appear; None if the table does not say."""
    template: str
    shared: bool
    """True if several pods may have one device there, so that the same one in two pods is nothing to object to."""

    @property
    def exact(self) -> bool:
        """True if a container has to see as many devices as it asks for."""
        return bool(self.row and self.row.counts(self.name)) and not self.shared

    def asked(self, count: int, tolerations: list[Item]) -> Item:
        """Return the values of a template that ask for some of them."""
        return {
            "resource": self.name,
            "device_class": self.name.removeprefix(BY_CLASS),
            "count": count,
            "affinity": only_on([self.node]),
            "tolerations": tolerations,
        }


def ways(bench: Bench, node: str) -> list[Way]:
    """Return the ways that the cluster has: the resource that is tested, and the class with most devices free."""
    sharing = {(each.node, each.vendor) for each in shares(bench.cluster)}
    resource = bench.accelerator()
    drivers = _drivers(bench, resource)
    row = of_drivers(drivers) if resource.startswith(BY_CLASS) else of_resource(resource) or of_drivers(drivers)

    def shared(place: str, row: Appearance | None) -> bool:
        return bool(row) and (place, row.vendor) in sharing if row else False

    found = [Way("as a resource", resource, node, _free(bench, resource)[node], row, "asking", shared(node, row))]
    if bench.values.allocation_mode in {AUTO, CLAIMS} and bench.backend and "claiming" in bench.backend.templates:
        found += _by_claim(bench, node, shared)
    return found


def _by_claim(bench: Bench, node: str, shared: Callable[[str, Appearance | None], bool]) -> list[Way]:
    """Return the class of known accelerators with most devices free; on the same node, if that has any."""
    candidates = []
    for name, _ in bench.facts.device_classes:
        free = _free(bench, f"{BY_CLASS}{name}")
        place = node if free[node] else max(free, key=lambda each: (free[each], each), default="")
        if place and free[place]:
            row = of_drivers(_drivers(bench, f"{BY_CLASS}{name}"))
            candidates.append(Way("by a claim", name, place, free[place], row, "claiming", shared(place, row)))
    return sorted(candidates, key=lambda way: (way.node == node, way.free))[-1:]


def _free(bench: Bench, resource: str) -> Any:
    mode = CLAIMS if resource.startswith(BY_CLASS) else bench.values.allocation_mode
    return inventory.capacity(bench.cluster, resource, mode).free()


def _drivers(bench: Bench, resource: str) -> set[str]:
    """Return the drivers whose devices a class has, which is named by its resource; none if that is no class's."""
    known = classes(bench.cluster)
    item = behind(resource, known)
    if not item:
        return set()
    try:
        return (
            Books.read(bench.cluster)
            .offer(item, list(bench.cluster.pages(bench.cluster.resource("v1", "Node"))))
            .drivers
        )
    except ClusterError as error:
        if error.status != FORBIDDEN:
            raise
        return set()
