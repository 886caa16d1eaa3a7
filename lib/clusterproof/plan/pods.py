"""The pods that a check's templates would make: the templates themselves, filled in as far as one can know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.bench.values import template_values
from clusterproof.manifest import Backend, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.parameters import Values

Item = dict[str, Any]
CONTAINERS = "containers"


@dataclass(frozen=True)
class PodTemplate:
    """The pods of one object of a template."""

    backend: str
    template: str
    kind: str
    """Of the object: a Pod, or what makes pods."""
    spec: Item

    def containers(self) -> list[Item]:
        """Return its containers, those too that run before the others."""
        return [*self.spec[CONTAINERS], *(self.spec.get("initContainers") or ())]

    def images(self) -> set[str]:
        """Return what nodes have to pull for it."""
        return {each["image"] for each in self.containers()}


class _AsFarAsKnown(dict[str, Any]):
    """Values of which the missing ones are left out of a document: those that a check only knows while it runs."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> None:
        return None


def pods(backend: Backend, values: Values, **own: Any) -> list[PodTemplate]:
    """Return all pods that the templates of a backend make, with values of one's ``own`` for what checks would give."""
    given = _AsFarAsKnown(
        template_values(values, {"name": backend.name, "tolerations": None, **backend.settings, **own})
    )
    return [
        PodTemplate(backend.name, name, item["kind"], spec)
        for name, items in backend.templates.items()
        for item in items
        for spec in _specs(fill(item, given))
    ]


def images(backend: Backend, values: Values) -> set[str]:
    """Return the images that nodes have to pull for a backend."""
    return {image for each in pods(backend, values) for image in each.images()}


def _specs(tree: Any) -> Iterator[Item]:
    """Return every specification of pods in a document, wherever a kind has it."""
    if isinstance(tree, dict) and isinstance(tree.get(CONTAINERS), list):
        yield tree
    elif isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from _specs(part)
