"""The rights of a run as Kubernetes' own objects: one ClusterRole, and a Role for each namespace that is not ours."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = dict[str, Any]
NAME = "clusterproof"
RBAC = "rbac.authorization.k8s.io/v1"
CREATE = "create"


@lru_cache(maxsize=1)
def base() -> Item:
    """Return what every run needs."""
    rules: Item = read_yaml(Path(__file__).with_name("base.yaml"))
    return rules


def roles(needs: Iterable[str]) -> list[Item]:
    """Return the roles that allow some needs, ``"create jobs.batch"``, and what every run needs beside them."""
    given = base()
    wanted: dict[str, set[str]] = defaultdict(set)
    for verb, what in (need.split(" ", 1) for need in [*given["needs"], *needs]):
        wanted[what] |= {verb, *given["whole"]} if verb == CREATE and "/" not in what else {verb}
    apart = {what: wanted.pop(what) for what in given["elsewhere"] if what in wanted}
    found = [_role("ClusterRole", "", wanted)]
    return found + [_role("Role", given["elsewhere"][what], {what: verbs}) for what, verbs in sorted(apart.items())]


def _role(kind: str, namespace: str, wanted: dict[str, set[str]]) -> Item:
    metadata = {"name": NAME} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": RBAC, "kind": kind, "metadata": metadata, "rules": list(_rules(wanted))}


def _rules(wanted: dict[str, set[str]]) -> Iterator[Item]:
    """Put together what differs in its resource only, in a stable order."""
    together: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for what, verbs in wanted.items():
        name, slash, sub = what.partition("/")
        plural, _, group = name.partition(".")
        together[group, tuple(sorted(verbs))].append(plural + slash + sub)
    for (group, allowed), resources in sorted(together.items()):
        yield {"apiGroups": [group], "resources": sorted(resources), "verbs": list(allowed)}
