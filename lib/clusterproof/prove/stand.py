"""A testbed that trials use one after the other: as long as a comparison shows that it is what it was."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import testbed
from clusterproof.cluster.client import Cluster
from clusterproof.errors import Interrupted, KitError
from clusterproof.model import CheckResult, Observation
from clusterproof.notebook.session import Session
from clusterproof.prove import canary, inside, snapshot
from clusterproof.prove.components import Components
from clusterproof.prove.sabotage import Undo, carry_out

if TYPE_CHECKING:
    from clusterproof.prove.case import Case
    from clusterproof.prove.gate import Gate
    from clusterproof.prove.mutant import Mutant

SETTLED_WITHIN = 15.0  # seconds until nothing changes any more on a testbed that nobody uses
GONE_WITHIN = 30.0  # seconds until what a check has left in a broken testbed is gone
SETTLED_FOR = 2.0  # seconds; some controllers write down a second later that nothing has happened
LOOK_EVERY = 0.5  # seconds between two looks at everything, which cost a tenth of that


@dataclass(frozen=True)
class Ran:
    """What came of a check on a testbed."""

    result: CheckResult
    left: tuple[str, ...] = ()
    """What the check has left in the good testbed; in broken ones, where much cannot be removed, it costs the bed."""


@dataclass
class Stand:
    """One testbed that runs."""

    started: testbed.Testbed
    gate: Gate
    begun: testbed.Spec
    cluster: Cluster
    components: Components
    image: str
    """What a container can be made of there."""
    before: snapshot.Snapshot | None = None
    """What it held before the first trial; None where it serves for one only."""
    used: int = 0
    """Trials so far."""
    _undo: list[Undo] = field(default_factory=list)
    _session: Session | None = None

    @classmethod
    def start(cls, name: str, case: Case, gate: Gate, *, for_others: bool = False) -> Stand:
        """Start the testbed that a case begins with; ``for_others``: others may be tried on it afterwards.

        Raises:
            KitError: it did not start; nothing is left of it.
        """
        spec = case.begun(name)
        try:
            with gate.starting(name, spec.tier):
                started = testbed.up(spec, progress=lambda _line: None)
            cluster = Cluster.connect(str(started.kubeconfig))
            image = case.values().probe_image
            stand = cls(started, gate, spec, cluster, Components.of(started), image)
            if for_others:
                canary.fly(cluster, image)
                stand.before = stand._settled()
        except BaseException:
            gate.remove(name)
            raise
        return stand

    def serves(self, case: Case) -> bool:
        """True if a case can be tried here; what is good is tried where nothing was before."""
        name = self.started.name
        return case.begun(name) == self.begun and bool(case.mutant or not self.used)

    def run(self, case: Case) -> Ran:
        """Break the testbed as the case says, run its check, and return what came of it; the bed stays broken.

        Raises:
            KitError: it could not be broken.
        """
        self.used += 1
        breaking = _Breaking(case.mutant, self)
        self._restart(case)
        breaking.after("")
        kubeconfig = str(self.started.kubeconfig)
        self._session = Session.open(values=case.values(), kubeconfig=kubeconfig, emit=breaking.heard)
        result = self._session.run(case.requirement)
        return Ran(result, () if case.mutant else self._session.close())

    def restore(self) -> str:
        """Undo what the last trial did; return what is not as it was, empty if nothing is."""
        try:
            with self.gate.changing(self.started.name):
                while self._undo:
                    self._undo.pop()()
                touched = self.components.put_back()
            left = self._session.close(within=GONE_WITHIN) if self._session else ()
            return f"left behind: {', '.join(left)}" if left else self._difference(touched=touched)
        except Interrupted:
            raise
        except KitError as broke:
            return broke.message

    def remove(self) -> None:
        """Remove the testbed."""
        self.gate.remove(self.started.name)

    def sabotage(self, step: dict[str, Any]) -> None:
        """Do one step of a mutant, and remember how to undo it."""
        with self.gate.changing(self.started.name):
            carry_out(step, self.started, self.cluster, self._undo.append)

    def _restart(self, case: Case) -> None:
        changes = case.restarts()
        with self.gate.changing(self.started.name):
            if changes.scheduler_config is not None:
                self.components.configure_scheduler(changes.scheduler_config)
            for component, flags in changes.component_args.items():
                self.components.restart(component, flags)

    def _difference(self, *, touched: bool) -> str:
        """Wait until nothing is other than before; return what still is. Whoever was stopped shows that it works."""
        if touched:
            canary.fly(self.cluster, self.image)
        deadline = time.monotonic() + SETTLED_WITHIN
        while found := self._differences():
            if time.monotonic() > deadline:
                return snapshot.shortened(found)
            time.sleep(LOOK_EVERY)
        return ""

    def _differences(self) -> list[str]:
        objects = snapshot.differences(self.before or {}, self._everything())
        return [*self.components.differences(), *objects]

    def _everything(self) -> snapshot.Snapshot:
        return snapshot.take(self.cluster) | inside.take(self.started)

    def _settled(self) -> snapshot.Snapshot:
        """Return everything once two looks have seen the same: the control plane makes some objects late.

        The controllers that do so are at work once they have made a Deployment's pod, see ``canary``; a busy machine
        takes long until then.
        """
        deadline, before = time.monotonic() + SETTLED_WITHIN, self._everything()
        while time.monotonic() < deadline:
            time.sleep(SETTLED_FOR)
            after = self._everything()
            if after == before:
                break
            before = after
        return before


@dataclass(frozen=True)
class _Breaking:
    """Breaks a testbed when its moment has come."""

    mutant: Mutant | None
    stand: Stand

    def heard(self, event: str, payload: Any) -> None:
        """Listen to the check; it goes on when this returns."""
        if event == "observation" and isinstance(payload, Observation):
            self.after(payload.claim)

    def after(self, claim: str) -> None:
        """Do what is to be done after a claim was seen, or before the first one."""
        for step in self.mutant.sabotage if self.mutant and self.mutant.after == claim else ():
            self.stand.sabotage(step)


def run_on(name: str, case: Case, gate: Gate) -> Ran:
    """Try a case on a testbed of its own, which is gone afterwards.

    Raises:
        KitError: the testbed did not start, or could not be broken.
    """
    stand = Stand.start(name, case, gate)
    try:
        return stand.run(case)
    finally:
        stand.remove()
