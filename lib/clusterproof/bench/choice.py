"""Choosing a backend: the first one whose kinds the server serves, or the one that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.errors import Inconclusive
from clusterproof.manifest import Backend, backends
from clusterproof.model import Outcome, Reason

if TYPE_CHECKING:
    from clusterproof.cluster.discovery import Discovery

AUTO = "auto"
CHOSEN_BY = {"gang_scheduling": "gang_backend", "robust_controller": "operator", "cluster_autoscaling": "autoscaler"}
"""Parameters that name a backend."""


def choose(requirement: str, wanted: str, discovery: Discovery) -> Backend:
    """Return the backend to use.

    Raises:
        Inconclusive: SKIP, with what the server would have to serve for each backend.
    """
    known = backends(requirement)
    candidates = [backend for backend in known if wanted in {AUTO, backend.name}]
    if not candidates:
        names = ", ".join(backend.name for backend in known)
        _skip(f"There is no backend named {wanted}; known are {names}.")
    gaps = {backend.name: backend.missing(discovery) for backend in candidates}
    usable = [backend for backend in candidates if not gaps[backend.name]]
    if not usable:
        needs = "; ".join(f"{name} needs {', '.join(missing)}" for name, missing in gaps.items())
        _skip(f"The server serves none of the backends: {needs}.")
    return usable[0]


def _skip(message: str) -> None:
    raise Inconclusive(Outcome.SKIP, Reason.NOT_INSTALLED, message)
