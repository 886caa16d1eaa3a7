"""What each check of a run would create: objects, images, accelerators, and the rights it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import registry
from clusterproof.bench.choice import AUTO, CHOSEN_BY, choose
from clusterproof.checklist import ids, unknown_id
from clusterproof.errors import Inconclusive
from clusterproof.manifest import Backend, backends
from clusterproof.model import Outcome, Reason
from clusterproof.plan.pods import images
from clusterproof.plan.roles import base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterproof.cluster.discovery import Discovery
    from clusterproof.model import Check
    from clusterproof.parameters import Values


BEYOND = "beyond_restricted"
"""Setting of a backend: templates whose pods need more, with the reason."""


@dataclass(frozen=True)
class Item:
    """What one requirement's check would do."""

    requirement: str
    check: str
    backend: str = ""
    alternatives: tuple[str, ...] = ()
    """Backends that it may turn out to be instead: objects, images and rights are those of all of them."""
    objects: tuple[str, ...] = ()
    """Kinds of the objects that it creates, with their group and version as the template has them."""
    images: tuple[str, ...] = ()
    """As the cluster has to pull them."""
    accelerators: bool = False
    devices: str = ""
    """Which accelerators are taken while it runs; empty if none are."""
    disruptive: bool = False
    needs: tuple[str, ...] = field(default=())
    minutes: float = 0.0
    """About, where no image has to be pulled and no machine started."""
    beyond_restricted: tuple[str, ...] = ()
    """Pods that the Pod Security Standard ``restricted`` does not allow, and why there are such; mostly none."""
    skip: str = ""
    """Why it would not run; empty if it would."""


def plan(requirements: Sequence[str], values: Values, discovery: Discovery | None) -> tuple[Item, ...]:
    """Return what the checks of some requirements would do; without a server every backend is taken for served."""
    for name in requirements:
        if name not in ids():
            raise unknown_id(name)
    wanted = set(requirements)
    chosen = [check for check in registry.declared() if not wanted or check.requirement in wanted]
    return tuple(_item(check, values, discovery) for check in chosen)


def _item(check: Check, values: Values, discovery: Discovery | None) -> Item:
    minutes = _minutes(check.requirement, values)
    more: dict[str, Any] = {
        "minutes": minutes,
        "accelerators": check.exclusive,
        "devices": base()["devices"].get(check.requirement, "free accelerators") if check.exclusive else "",
        "disruptive": check.disruptive,
        "needs": check.needs,
    }
    if check.disruptive and not values.allow_disruptive:
        return Item(check.requirement, check.name, **more, skip="it is disruptive: -p allow_disruptive true")
    try:
        candidates = _candidates(check.requirement, values, discovery)
    except Inconclusive as stop:
        return Item(check.requirement, check.name, **more, skip=stop.message)
    turn = base()["exclusive"] if check.exclusive else ()
    backends_needs = (need for each in candidates for need in each.settings.get("needs", ()))
    more["needs"] = tuple(dict.fromkeys((*check.needs, *turn, *backends_needs)))
    return Item(
        check.requirement,
        check.name,
        candidates[0].name,
        tuple(each.name for each in candidates[1:]),
        _objects(check, candidates),
        tuple(sorted({image for each in candidates for image in images(each, values)})),
        beyond_restricted=_beyond(candidates),
        **more,
    )


def _objects(check: Check, candidates: Sequence[Backend]) -> tuple[str, ...]:
    kinds = {(kind, version) for each in candidates for version, kind in each.kinds()} | {("Namespace", "v1")}
    kinds |= {("Lease", "coordination.k8s.io/v1")} if check.exclusive else set()
    return tuple(f"{kind} ({version.removesuffix('/auto')})" for kind, version in sorted(kinds))


def expected_seconds(requirement: str, values: Values) -> float:
    """Return the seconds that a requirement's check took on the testbed, with windows as long as these values'."""
    known: dict[str, float] = base()["durations"].get(requirement, {"seconds": 0, "windows": 0})
    return known["seconds"] + known["windows"] * values.window


def _minutes(requirement: str, values: Values) -> float:
    return round(expected_seconds(requirement, values) / 60, 1)


def _candidates(requirement: str, values: Values, discovery: Discovery | None) -> list[Backend]:
    """Return the backend that will be used, or all it may turn out to be: without a server, and where signs decide."""
    wanted = getattr(values, CHOSEN_BY.get(requirement, ""), AUTO) or AUTO
    named = [each for each in backends(requirement) if wanted in {AUTO, each.name}]
    if not named:
        raise Inconclusive(Outcome.SKIP, Reason.NOT_INSTALLED, f"there is no backend named {wanted}")
    if discovery and not any("found_by" in each.settings for each in named):
        return [choose(requirement, wanted, discovery)]
    return named


def _beyond(candidates: Sequence[Backend]) -> tuple[str, ...]:
    """Return which pods need more than the Pod Security Standard ``restricted`` allows, and why, as manifests say."""
    said = (pair for each in candidates for pair in each.settings.get(BEYOND, {}).items())
    return tuple(dict.fromkeys(f"{name}: {reason}" for name, reason in said))
