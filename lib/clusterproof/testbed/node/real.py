"""The real nodes of a testbed, as the start of its control plane deals with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from clusterproof.testbed import node
from clusterproof.testbed.kwokctl import clusters
from clusterproof.testbed.node.network import Plan
from clusterproof.testbed.node.setting import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterproof.testbed.node.start import Nodes
    from clusterproof.testbed.state import Testbed


@dataclass
class Real:
    """Nodes with addresses that are free here."""

    bed: Testbed
    options: Mapping[str, str]
    programs: Mapping[str, Path]
    plan: Plan
    starting: Nodes | None = None

    @classmethod
    def chosen(cls, bed: Testbed, options: Mapping[str, str], programs: Mapping[str, Path]) -> Self:
        """Choose addresses and lay the bridge."""
        plan = Plan.choose(bed.folder)
        node.lay(bed.folder, plan)
        return cls(bed, options, programs, plan)

    @property
    def addresses(self) -> dict[str, str]:
        """What the components' flags have to say of them."""
        return {"services": str(self.plan.services)}

    @property
    def simulated(self) -> list[dict[str, Any]]:
        """The simulated nodes beside them."""
        return list(settings()["simulated"])

    def start(self) -> None:
        """Start them; they wait for the control plane."""
        self.starting = node.start(self.bed.folder, self.plan, self.programs, self._authority, self.options)

    def join(self, port: str) -> None:
        """Bring them in; to be called after ``start``, once the control plane is ready."""
        assert self.starting  # noqa: S101 - for the type checker
        self.starting.join(self.bed.kubeconfig, self._authority, port)

    @property
    def _authority(self) -> Path:
        return clusters(self.bed.folder) / "pki" / "ca.crt"
