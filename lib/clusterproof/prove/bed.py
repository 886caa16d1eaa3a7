"""One testbed for one trial: started, broken as its mutant says, used by one check, and taken down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import parameters, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.manifest import read_yaml
from clusterproof.model import CheckResult, Observation
from clusterproof.notebook.session import Session
from clusterproof.prove.sabotage import carry_out

if TYPE_CHECKING:
    from clusterproof.prove.mutant import Mutant

PLATFORM = "testbed"
HURRY = {"timeout_scale": 0.1}
"""Parameters of every trial: on the testbed what happens takes less than two seconds, so that 12 s are patient enough
for what does not. The good testbed is used with the same, or its pass would say nothing about the patience."""


@dataclass(frozen=True)
class Bed:
    """Which testbed to start, and how it is broken."""

    name: str
    requirement: str
    mutant: Mutant | None = None

    def spec(self) -> testbed.Spec:
        """Return the testbed's description: what the requirement needs, with what the mutant changes."""
        changes = self.mutant.testbed if self.mutant else {}
        addons = read_yaml(Path(__file__).with_name("addons.yaml")).get(self.requirement, [])
        return testbed.Spec.from_mapping({"addons": addons, **changes, "name": self.name})


@dataclass(frozen=True)
class Ran:
    """What came of a check on a testbed."""

    result: CheckResult
    left: tuple[str, ...] = ()
    """What the check has left in the good testbed; nobody looks in broken ones, where much cannot be removed."""


def run_on(bed: Bed) -> Ran:
    """Run the check on its testbed and return what came of it; the testbed is gone afterwards.

    Raises:
        KitError: the testbed did not start, or could not be broken.
    """
    try:
        return _run(bed, testbed.up(bed.spec(), progress=lambda _line: None))
    finally:
        testbed.down(bed.name)


def _run(bed: Bed, started: testbed.Testbed) -> Ran:
    changes = {**HURRY, **(bed.mutant.values if bed.mutant else {})}
    values = parameters.merge(parameters.load(PLATFORM), changes)
    breaking = _Breaking(bed.mutant, started, Cluster.connect(str(started.kubeconfig)))
    breaking.after("")
    session = Session.open(values=values, kubeconfig=str(started.kubeconfig), emit=breaking.heard)
    result = session.run(bed.requirement)
    return Ran(result, () if bed.mutant else session.close())


@dataclass(frozen=True)
class _Breaking:
    """Breaks a testbed when its moment has come."""

    mutant: Mutant | None
    started: testbed.Testbed
    cluster: Cluster

    def heard(self, event: str, payload: Any) -> None:
        """Listen to the check; it goes on when this returns."""
        if event == "observation" and isinstance(payload, Observation):
            self.after(payload.claim)

    def after(self, claim: str) -> None:
        """Do what is to be done after a claim was seen, or before the first one."""
        for step in self.mutant.sabotage if self.mutant and self.mutant.after == claim else ():
            carry_out(step, self.started, self.cluster)
