"""One testbed for one trial: started, broken as its mutant says, used by one check, and taken down."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from clusterproof import parameters, testbed
from clusterproof.cluster.client import Cluster
from clusterproof.errors import Interrupted
from clusterproof.model import CheckResult, Observation
from clusterproof.notebook.session import Session
from clusterproof.prove.sabotage import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.prove.mutant import Mutant

PLATFORM = "testbed"
HURRY = {"timeout_scale": 0.07}
"""Parameters of every trial: on the testbed what happens takes less than two seconds, so that 8 s are patient enough
for what does not. The good testbed is used with the same, or its pass would say nothing about the patience."""
STARTING = 2  # testbeds at once: a start takes most of a core, and its components give up on one that takes too long
_OURS = re.compile(r"prove-(\d+)-\d+")


@dataclass(frozen=True)
class Bed:
    """Which testbed to start, and how it is broken."""

    name: str
    requirement: str
    mutant: Mutant | None = None

    def spec(self) -> testbed.Spec:
        """Return the testbed's description: what the requirement needs, with what the mutant changes."""
        changes = self.mutant.testbed if self.mutant else {}
        addons = testbed.addons_for([self.requirement])
        return testbed.Spec.from_mapping({"addons": addons, **changes, "name": self.name})


@dataclass(frozen=True)
class Ran:
    """What came of a check on a testbed."""

    result: CheckResult
    left: tuple[str, ...] = ()
    """What the check has left in the good testbed; nobody looks in broken ones, where much cannot be removed."""


class Gate:
    """Lets testbeds be started until it is shut; then it removes those that were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(STARTING)
        self._starting: dict[str, threading.Lock] = {}
        self._shut = False

    @contextmanager
    def starting(self, name: str) -> Iterator[None]:
        """Start a testbed of that name inside the block, once there is a slot for it.

        Raises:
            Interrupted: the gate is shut.
        """
        with self._slots:
            with self._lock:
                if self._shut:
                    raise Interrupted("No testbed is started any more.")
                own = self._starting.setdefault(name, threading.Lock())
                own.acquire()
            try:
                yield
            finally:
                own.release()

    def remove(self, name: str) -> None:
        """Remove a testbed, unless the gate is shut and whoever has shut it does so."""
        with self._starting.get(name) or nullcontext():
            if not self._shut:
                testbed.down(name)

    def shut(self) -> None:
        """Let no further testbed be started, and remove those that were, also one that is just being started."""
        with self._lock:
            self._shut = True
        for name, own in self._starting.items():
            with own:
                testbed.down(name)


def own_name(number: int) -> str:
    """Return the name of a testbed of this process."""
    return f"prove-{os.getpid()}-{number}"


def remove_leftovers() -> None:
    """Remove the testbeds of processes that were killed."""
    for bed in testbed.statuses():
        ours = _OURS.fullmatch(bed.name)
        if ours and not psutil.pid_exists(int(ours[1])):
            testbed.down(bed.name)


def run_on(bed: Bed, gate: Gate) -> Ran:
    """Run the check on its testbed and return what came of it; the testbed is gone afterwards.

    Raises:
        KitError: the testbed did not start, or could not be broken.
    """
    try:
        with gate.starting(bed.name):
            started = testbed.up(bed.spec(), progress=lambda _line: None)
        return _run(bed, started)
    finally:
        gate.remove(bed.name)


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
