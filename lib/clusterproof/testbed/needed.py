"""Which add-ons a requirement needs on a testbed, so that a run starts no others."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import read_yaml
from clusterproof.testbed.spec import SIMULATED, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@lru_cache(maxsize=1)
def _table() -> dict[str, list[str] | dict[str, list[str]]]:
    rows: dict[str, list[str] | dict[str, list[str]]] = read_yaml(Path(__file__).with_name("needed.yaml"))
    return rows


@lru_cache(maxsize=1)
def _asked() -> dict[str, dict[str, dict[str, list[str]]]]:
    rows: dict[str, dict[str, dict[str, list[str]]]] = read_yaml(Path(__file__).with_name("asked.yaml"))
    return rows


def _needed(requirement: str, tier: str) -> list[str]:
    row = _table().get(requirement, [])
    return row[tier] if isinstance(row, dict) else row


def addons_for(requirements: Iterable[str], tier: str = SIMULATED) -> list[str]:
    """Return the add-ons that some requirements need on a testbed of a tier, each once."""
    return list(dict.fromkeys(name for requirement in requirements for name in _needed(requirement, tier)))


def suited(description: dict[str, Any], requirements: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a testbed's description for a run of some requirements, none named for all, with some parameters.

    It has no add-ons that serve other requirements only, and for a backend that a parameter asks for that one's instead
    of the usual ones. An add-on that no table knows stays: somebody wanted it for a reason of their own.
    """
    tier = description.get("tier", SIMULATED)
    only = list(requirements)
    usual = {name: addons_for([name], tier) for name in _table()}
    instead = {name: addons for name, addons in _named(values).items() if not only or name in only}
    wanted = {
        addon
        for name, addons in usual.items()
        if (not only or name in only) and name not in instead
        for addon in addons
    }
    known = {addon for each in TIERS for addon in addons_for(_table(), each)}
    kept = [addon for addon in description.get("addons") or [] if addon in wanted or addon not in known]
    more = [addon for addons in instead.values() for addon in addons]
    return {**description, "addons": list(dict.fromkeys([*kept, *more]))}


def _named(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return requirement to add-ons where a parameter asks for a backend by its name."""
    return {
        requirement: backends[values[parameter]]
        for requirement, parameters in _asked().items()
        for parameter, backends in parameters.items()
        if values.get(parameter) in backends
    }
