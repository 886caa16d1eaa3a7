"""Which add-ons a requirement needs on a testbed, so that a run starts no others."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable


@lru_cache(maxsize=1)
def _table() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = read_yaml(Path(__file__).with_name("needed.yaml"))
    return rows


def addons_for(requirements: Iterable[str]) -> list[str]:
    """Return the add-ons that some requirements need, each once."""
    return list(dict.fromkeys(name for requirement in requirements for name in _table().get(requirement, [])))


def reduced(description: dict[str, Any], requirements: Iterable[str]) -> dict[str, Any]:
    """Return a testbed's description without add-ons that serve other requirements only than these.

    An add-on that the table does not know stays: somebody wanted it for a reason of their own.
    """
    known = {name for names in _table().values() for name in names}
    wanted = set(addons_for(requirements))
    return {**description, "addons": [n for n in description.get("addons") or [] if n in wanted or n not in known]}
