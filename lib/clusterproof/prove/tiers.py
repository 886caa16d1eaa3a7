"""What a proof begins with on a tier of testbeds: the platform, how patient trials are, how many run at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from clusterproof.manifest import read_yaml


@dataclass(frozen=True)
class Tier:
    """One row of ``tiers.yaml``."""

    name: str
    platform: str
    """The platform file whose parameters trials have."""
    beds: int
    """How many testbeds run at once, at most."""
    values: dict[str, Any]
    """Parameters of every trial beyond that. The good testbed is used with the same, or its pass would say nothing
    about the patience."""
    testbed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Requirement to what its good testbed has beside the usual things."""


@cache
def tier(name: str) -> Tier:
    """Return what is known of a tier."""
    return Tier(name, **read_yaml(Path(__file__).with_name("tiers.yaml"))[name])
