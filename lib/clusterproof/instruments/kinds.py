"""Using one kind of an API as everybody does: create, read, change, list, follow, delete."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from clusterproof.cluster.connection import lines
from clusterproof.cluster.labels import RUN
from clusterproof.cluster.reading import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.manifest import Backend
    from clusterproof.model import Observation

Item = dict[str, Any]
MARK = "clusterproof.dev/changed"
FOLLOWED = ["MODIFIED", "DELETED"]
TELLS_WITHIN = 20  # seconds in which a watch has to tell of what has happened before it was opened


def due(bench: Bench, backend: Backend) -> list[str]:
    """Return the kinds of the group that the server's release has to serve."""
    release, settings = minor(bench.facts.version), backend.settings
    later = [kind for since, kinds in settings["kinds_since"].items() if release >= since for kind in kinds]
    return [*settings["kinds"], *later]


def served(bench: Bench, backend: Backend) -> Observation:
    """Say whether the server serves all kinds in a version that is due for its release."""
    settings, kinds = backend.settings, due(bench, backend)
    stable = minor(bench.facts.version) >= settings["stable_since"]
    versions = [settings["stable_version"]] if stable else settings["earlier_versions"]
    found = {
        version: [k for k in kinds if bench.cluster.discovery.serves(f"{settings['group']}/{version}", k)]
        for version in versions
    }
    best = max(versions, key=lambda version: len(found[version]))
    claim = f"The API server serves every kind of {settings['group']}/{best}"
    return bench.observe(claim, expected=kinds, actual=found[best])


def used(bench: Bench, kind: str) -> Iterator[Observation]:
    """Create an object of a kind, and see it read, listed, changed and deleted, and all that told by a watch."""
    thing = bench.apply(f"use-{kind}", name="used")
    [item] = thing.objects
    yield bench.observe(f"A {kind} is in the list of its kind", expected=1, actual=_listed(bench, item))
    bench.objects.change(item, {"metadata": {"labels": {MARK: "true"}}})
    labels = (bench.objects.read(item) or {}).get("metadata", {}).get("labels", {})
    yield bench.observe(f"A change of a {kind} is read back", expected="true", actual=labels.get(MARK))
    thing.delete()
    yield bench.eventually(
        f"A deleted {kind} is gone",
        partial(_presence, bench, item),
        equals="gone",
        within=bench.patience.gone,
        every=None if bench.resource_of(kind).namespaced else 1.0,
    )
    yield bench.observe(
        f"A watch tells of the change of a {kind} and of its end", expected=FOLLOWED, actual=_followed(bench, item)
    )


def _listed(bench: Bench, item: Item) -> int:
    """Return how often an object is in the list of its kind."""
    metadata = item["metadata"]
    where = (bench.resource_of(item["kind"]), metadata.get("namespace", ""))
    found = bench.cluster.pages(*where, labels=f"{RUN}={bench.ledger.run_id}")
    return sum(each["metadata"]["uid"] == metadata["uid"] for each in found)


def _presence(bench: Bench, item: Item) -> str:
    return "there" if bench.objects.read(item) else "gone"


def _followed(bench: Bench, item: Item) -> list[str]:
    """Return what a watch tells that begins where the object was created, each word once, until its end is told."""
    metadata, resource = item["metadata"], bench.resource_of(item["kind"])
    query = {
        "resourceVersion": metadata["resourceVersion"],
        "fieldSelector": f"metadata.name={metadata['name']}",
        "timeoutSeconds": str(TELLS_WITHIN),
    }
    path = resource.path(metadata.get("namespace", ""))
    response = bench.cluster.open_watch(path, query, lasts=TELLS_WITHIN + 10)
    told: list[str] = []
    try:
        for line in lines(response):
            told.append(str(json.loads(line).get("type")))
            if told[-1] == FOLLOWED[-1]:
                break
    finally:
        response.close()
    return list(dict.fromkeys(told))
