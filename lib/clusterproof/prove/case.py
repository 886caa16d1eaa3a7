"""What is tried: a check on the good testbed, or on one that is broken as a mutant says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof import parameters, testbed
from clusterproof.prove.components import RESTARTABLE
from clusterproof.prove.proof import GOOD
from clusterproof.prove.tiers import tier
from clusterproof.testbed.spec import SIMULATED

if TYPE_CHECKING:
    from clusterproof.prove.mutant import Mutant


@dataclass(frozen=True)
class Case:
    """One check, and how the testbed that it is run on is broken."""

    requirement: str
    mutant: Mutant | None = None
    tier: str = SIMULATED

    @property
    def name(self) -> str:
        """The mutant's name, or that of the good testbed."""
        return self.mutant.name if self.mutant else GOOD

    def whole(self, name: str) -> testbed.Spec:
        """Return a testbed's description: what the requirement needs, with all that the mutant changes."""
        return self._spec(name, self.mutant.testbed if self.mutant else {})

    def begun(self, name: str) -> testbed.Spec:
        """Return the description that it has to be started by: ``whole`` without what ``restarts`` tells."""
        return self._spec(name, {} if self._is_live() or not self.mutant else self.mutant.testbed)

    def restarts(self) -> testbed.Spec:
        """Return what the mutant changes of components that can be started again on a testbed that runs."""
        changes = self.mutant.testbed if self.mutant and self._is_live() else {}
        return testbed.Spec.from_mapping(changes)

    def values(self) -> parameters.Values:
        """Return the parameters of the check."""
        own, usual = self.mutant.values if self.mutant else {}, tier(self.tier)
        return parameters.merge(parameters.load(usual.platform), {**usual.values, **own})

    def _spec(self, name: str, changes: dict[str, Any]) -> testbed.Spec:
        own = tier(self.tier).testbed.get(self.requirement, {})
        addons = testbed.addons_for([self.requirement], self.tier)
        return testbed.Spec.from_mapping({"tier": self.tier, "addons": addons, **own, **changes, "name": name})

    def _is_live(self) -> bool:
        changes = self.mutant.testbed if self.mutant else {}
        known = set(changes) <= {"component_args", "scheduler_config"}
        return known and set(changes.get("component_args") or {}) <= set(RESTARTABLE)
