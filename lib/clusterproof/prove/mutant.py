"""Mutants: testbeds broken on purpose, as data, each with the claim that must turn false on it.

A file is one mutant, or several that differ in little: its ``variants`` map a name to the keys that differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml
from clusterproof.nearest import nearest
from clusterproof.testbed.spec import SIMULATED, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_KEYS = {"about", "testbed", "sabotage", "after", "caught_by", "values"}
_NEEDED = {"about", "caught_by"}


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
    """What is done while it runs, each one of the verbs of ``prove/sabotage.py``."""
    after: str = ""
    """The claim after which that is done; empty: before the check begins."""
    values: dict[str, Any] = field(default_factory=dict)
    """Parameters that differ from the platform's."""


def mutants(
    requirements: Iterable[str] = (), names: Iterable[str] = (), folder: Path | None = None, *, tier: str = SIMULATED
) -> tuple[Mutant, ...]:
    """Return the mutants of some requirements, or of all; of these, where ``names`` are given, those of such a name.

    Only those are returned whose testbed is of the ``tier``.

    Raises:
        UsageError: a file is not a mutant, or none has a name.
    """
    wanted, named = set(requirements), set(names)
    files = sorted((folder or paths.mutants()).glob("*/*.yaml"))
    loaded = (each for file in files if not wanted or file.parent.name in wanted for each in _load(file))
    found = tuple(each for each in loaded if each.testbed.get("tier", SIMULATED) == tier)
    for name in sorted(named - {each.name for each in found}):
        raise _unknown(name, [each.name for each in found])
    return tuple(each for each in found if not named or each.name in named)


def claims_elsewhere(requirements: Iterable[str], tier: str) -> dict[tuple[str, str], str]:
    """Return the claims that mutants of other tiers are there for: requirement and claim to the tier."""
    others = [each for each in TIERS if each != tier]
    wanted = tuple(requirements)
    return {(found.requirement, found.caught_by): each for each in others for found in mutants(wanted, tier=each)}


def _unknown(name: str, known: Sequence[str]) -> UsageError:
    near = nearest(name, known)
    hint = f"Did you mean {near!r}?" if near else f"Known are: {', '.join(sorted(known)) or 'none'}."
    return UsageError(f"There is no mutant named {name!r} of these checks.", next_step=hint)


def _load(file: Path) -> Iterator[Mutant]:
    data = dict(read_yaml(file))
    variants = data.pop("variants", None) or {"": {}}
    for variant, own in variants.items():
        yield _mutant(file, variant, {**data, **own})


def _mutant(file: Path, variant: str, data: Mapping[str, Any]) -> Mutant:
    if set(data) - _KEYS or not set(data) >= _NEEDED:
        raise UsageError(f"{file} is not a mutant: it needs {sorted(_NEEDED)}, and knows {sorted(_KEYS)} and variants.")
    after = data.get("after", "")
    return Mutant(
        requirement=file.parent.name,
        name=f"{file.stem}_{variant}" if variant else file.stem,
        about=f"{data['about'].rstrip('.')}, once this was seen: {after}." if after else data["about"],
        caught_by=data["caught_by"],
        testbed=data.get("testbed") or {},
        sabotage=tuple(data.get("sabotage") or ()),
        after=after,
        values=data.get("values") or {},
    )
