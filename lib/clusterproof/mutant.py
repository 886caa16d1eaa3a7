"""Mutants: testbeds broken on purpose, as data, each with the claim that must turn false on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_KEYS = {"about", "testbed", "sabotage", "caught_by", "values"}


@dataclass(frozen=True)
class Mutant:
    """One way to break a cluster, and the claim that has to notice it."""

    requirement: str
    name: str
    about: str
    caught_by: str
    testbed: dict[str, Any] = field(default_factory=dict)
    """Differences to the good testbed: ``component_args``, ``scheduler_config``, ``addon_options``, ``addons``."""
    sabotage: tuple[dict[str, Any], ...] = ()
    """What is done while it runs: ``signal`` or ``apply``, at once or ``after`` a claim was seen."""
    values: dict[str, Any] = field(default_factory=dict)
    """Parameters that differ from the platform's."""


def mutants(requirements: Iterable[str] = (), folder: Path | None = None) -> tuple[Mutant, ...]:
    """Return the mutants of some requirements, or all."""
    wanted = set(requirements)
    files = sorted((folder or paths.mutants()).glob("*/*.yaml"))
    return tuple(_load(file) for file in files if not wanted or file.parent.name in wanted)


def _load(file: Path) -> Mutant:
    data = read_yaml(file)
    unknown = set(data) - _KEYS
    if unknown or not {"about", "caught_by"} <= set(data):
        raise UsageError(f"{file} is not a mutant: it needs `about` and `caught_by`, and knows {sorted(_KEYS)}.")
    return Mutant(
        requirement=file.parent.name,
        name=file.stem,
        about=data["about"],
        caught_by=data["caught_by"],
        testbed=data.get("testbed") or {},
        sabotage=tuple(data.get("sabotage") or ()),
        values=data.get("values") or {},
    )
