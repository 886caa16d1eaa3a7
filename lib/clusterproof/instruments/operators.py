"""An operator as its API server shows it: the definition of its kind, its pods, what belongs to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.cluster.reading import condition_of, controller_of, is_ready
from clusterproof.instruments.webhooks import pods_behind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.bench.thing import Thing
    from clusterproof.cluster.client import Cluster
    from clusterproof.cluster.discovery import Resource
    from clusterproof.instruments.webhooks import Webhook
    from clusterproof.manifest import Backend

Item = dict[str, Any]
CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def definition(cluster: Cluster, resource: Resource) -> Item:
    """Return the definition of a kind; empty if there is none."""
    return cluster.get(cluster.resource(*CRD), f"{resource.plural}.{resource.group}") or {}


def is_defined(definition: Item) -> dict[str, str]:
    """Return what the API server says of a definition: True for each once its objects can be stored."""
    status = definition.get("status") or {}
    return {name: condition_of(status, name) for name in ("Established", "NamesAccepted")}


def spec_fields(definition: Item, version: str) -> list[str]:
    """Return the names of the fields that a definition gives to the spec of its objects."""
    versions = (definition.get("spec") or {}).get("versions") or []
    [schema] = [each["schema"]["openAPIV3Schema"] for each in versions if each["name"] == version]
    return sorted(schema.get("properties", {}).get("spec", {}).get("properties", {}))


def pods_of(cluster: Cluster, hooks: Iterable[Webhook]) -> dict[str, bool]:
    """Return the operator's pods, and whether each is ready; none where a local process answers its webhooks."""
    return {pod["metadata"]["name"]: is_ready(pod) for hook in hooks for pod in pods_behind(cluster, hook)}


def strays(thing: Thing, kind: str) -> list[str]:
    """Return the pods of a thing that its object of that kind does not control."""
    uid = thing.now(kind).get("metadata", {}).get("uid", "")
    return [pod["metadata"]["name"] for pod in thing.pods() if controller_of(pod).get("uid", "") != uid]


def watch_children(bench: Bench, backend: Backend) -> tuple[str, ...]:
    """Watch what the operator makes beside pods, and return the kinds."""
    children: dict[str, str] = backend.settings.get("children", {})
    bench.ledger.namespace()  # a watch begins where there is one
    for kind, api_version in children.items():
        bench.ledger.watch(bench.cluster.resource(api_version, kind))
    return tuple(children)


def controlled(bench: Bench, child: str, thing: Thing, kind: str) -> dict[str, bool]:
    """Return for each object of a kind in the check's namespace whether the thing's own object controls it."""
    uid = thing.now(kind).get("metadata", {}).get("uid", "")
    return {item["metadata"]["name"]: controller_of(item).get("uid", "") == uid for item in bench.ledger.items(child)}


def standing(thing: Thing, kind: str, lost: Item) -> dict[str, Any]:
    """Return how many pods run, whether a lost one is still among them, and which are not as they should be."""
    there = lost["metadata"]["uid"] in uids(thing)
    return {"running": thing.running(), "still there": there, "strays": strays(thing, kind), "others": others(thing)}


def others(thing: Thing) -> list[str]:
    """Return the pods of a thing that lack a container which its objects ask for; more containers may be added."""
    asked = {each for item in thing.objects for each in _containers(item)}
    return [pod["metadata"]["name"] for pod in thing.pods() if not asked or not asked <= set(_containers(pod))]


def _containers(tree: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield name, image and arguments of the containers anywhere in an object: where kinds have them differs."""
    if isinstance(tree, list):
        for value in tree:
            yield from _containers(value)
    elif isinstance(tree, dict):
        for item in tree.get("containers") or []:
            yield item["name"], item.get("image", ""), tuple(item.get("args") or ())
        for value in tree.values():
            yield from _containers(value)


def uids(thing: Thing) -> set[str]:
    """Return the uids of a thing's pods: one that is replaced by another of the same name has a new one."""
    return {pod["metadata"]["uid"] for pod in thing.pods()}
