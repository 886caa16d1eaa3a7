"""One testbed for one trial: started, broken as its mutant says, used by one check, and taken down."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import parameters, testbed
from clusterproof.manifest import read_yaml
from clusterproof.model import CheckResult, Observation
from clusterproof.session import Session

if TYPE_CHECKING:
    from clusterproof.mutant import Mutant

PLATFORM = "testbed"


@dataclass(frozen=True)
class Bed:
    """Which testbed to start, and how it is broken."""

    name: str
    requirement: str
    mutant: Mutant | None = None

    def spec(self) -> testbed.Spec:
        """Return the testbed's description: the platform's, with what the mutant changes."""
        changes = self.mutant.testbed if self.mutant else {}
        addons = read_yaml(Path(__file__).with_name("addons.yaml")).get(self.requirement, [])
        return testbed.Spec.from_mapping({"addons": addons, **changes, "name": f"{self.name}-{os.getpid()}"})


def run_on(bed: Bed) -> CheckResult:
    """Run the check on its testbed and return what came of it; the testbed is gone afterwards."""
    spec = bed.spec()
    try:
        started = testbed.up(spec, progress=lambda _line: None)
        return _run(bed, started)
    finally:
        testbed.down(spec.name)


def _run(bed: Bed, started: testbed.Testbed) -> CheckResult:
    platform = parameters.load(PLATFORM)
    changes = {key: str(value) for key, value in (bed.mutant.values if bed.mutant else {}).items()}
    session = Session.open(values=parameters.merge(platform, changes), kubeconfig=str(started.kubeconfig))
    steps = list(bed.mutant.sabotage) if bed.mutant else []

    def listen(event: str, payload: Any) -> None:
        if event == "observation" and isinstance(payload, Observation):
            _sabotage([step for step in steps if step.get("after") == payload.claim], started, session)

    session.listen(listen)
    _sabotage([step for step in steps if "after" not in step], started, session)
    return session.run(bed.requirement)


def _sabotage(steps: list[dict[str, Any]], started: testbed.Testbed, session: Session) -> None:
    for step in steps:
        for item in step.get("apply", ()):
            session.cluster.create(item)
        if "signal" in step:
            started.signal(step["signal"]["component"], signal.Signals[f"SIG{step['signal']['signal']}"])
