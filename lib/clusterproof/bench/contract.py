"""What a backend owes: the templates and settings that checks read, and a word about each that it cannot have.

A check leaves out the claims for which a backend has no template. That must not happen in silence: a template that was
forgotten or misspelt would otherwise be a pass with fewer claims.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.manifest import read_yaml

if TYPE_CHECKING:
    from clusterproof.manifest import Backend


@lru_cache(maxsize=1)
def _contract() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = read_yaml(paths.manifests() / "contract.yaml")
    return content


def may_leave_out(requirement: str) -> dict[str, str]:
    """Return the templates that a backend may do without, and what is then not looked at."""
    found: dict[str, str] = _contract()["templates"].get(requirement, {})
    return found


def words(requirement: str) -> dict[str, dict[str, str]]:
    """Return the settings that have one word of some, and what is not looked at with each of these words."""
    found: dict[str, dict[str, str]] = _contract()["settings"].get(requirement, {})
    return found


def left_out(requirement: str, backend: Backend) -> tuple[str, ...]:
    """Return what is not looked at with a backend, and why."""
    missing = {name: what for name, what in may_leave_out(requirement).items() if name not in backend.templates}
    found = [f"{what} ({backend.without.get(name, 'it gives no reason')})" for name, what in missing.items()]
    found += [known.get(str(backend.settings.get(name)), "") for name, known in words(requirement).items()]
    return tuple(filter(None, found))
