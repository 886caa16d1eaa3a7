"""One connection to one cluster in one run: checks are run here, one at a time."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from clusterproof import judge, registry
from clusterproof.bench.bench import Bench
from clusterproof.bench.contract import left_out
from clusterproof.bench.ledger import Ledger
from clusterproof.clock import now
from clusterproof.cluster import labels
from clusterproof.cluster.accelerators import is_make_believe
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.facts import facts
from clusterproof.cluster.labels import new_run_id
from clusterproof.cluster.sweep import sweep
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import ClusterError, Inconclusive
from clusterproof.model import Check, CheckResult, Observation, Outcome, Reason
from clusterproof.notebook import endings
from clusterproof.notebook.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusterproof.parameters import Values
    from clusterproof.registry import Registered

    Emit = Callable[[str, Any], None]

GONE = 60.0  # seconds for what an earlier try of the same check has left to go


class Session:
    """Runs checks against one cluster and keeps their results.

    ``emit`` is told ``("say", sentence)``, ``("observation", Observation)`` and ``("result", CheckResult)``.
    """

    def __init__(self, cluster: Cluster, values: Values, run_id: str = "", emit: Emit | None = None) -> None:
        self.cluster = cluster
        self.values = values
        self.run_id = run_id or new_run_id()
        self.facts = facts(cluster)
        self.results: list[CheckResult] = []
        self._emit: Emit = emit or (lambda _event, _payload: None)

    @classmethod
    def open(
        cls, *, values: Values, kubeconfig: str = "", context: str = "", run_id: str = "", emit: Emit | None = None
    ) -> Self:
        """Connect and read the cluster's facts.

        Raises:
            ClusterError: no usable kubeconfig, or the server does not answer.
        """
        return cls(Cluster.connect(kubeconfig, context), values, run_id, emit)

    def listen(self, emit: Emit) -> None:
        """Tell somebody else from now on."""
        self._emit = emit

    def run(self, requirement: str) -> CheckResult:
        """Run the check of a requirement and return its result; only an interrupt gets out as an exception."""
        try:
            registered = registry.load(requirement)
        except Exception as error:  # noqa: BLE001 - a module of a vendor's may break in any way when it is imported
            return self._keep(replace(endings.broken(Check(requirement, "", ""), error), started=now()))
        if not registered:
            message = "The kit has no check for this requirement yet; answer it with a declaration and evidence."
            return self._keep(CheckResult(requirement, "", Outcome.SKIP, Reason.NO_CHECK, message, started=now()))
        results = [self.try_out(each) for each in registered]
        return judge.worst(results) or results[0]

    def close(self, *, within: float = 120.0) -> tuple[str, ...]:
        """Remove everything of this run and return what is still there."""
        if self.values.keep_on_failure and any(result.outcome is Outcome.FAIL for result in self.results):
            return ()
        return sweep(self.cluster, self.run_id, within=within)

    def try_out(self, registered: Registered) -> CheckResult:
        """Run one check, alone where it takes accelerators; its clean-up belongs to that."""
        with ExitStack() as stack:
            return self._measure(registered, stack)

    def _measure(self, registered: Registered, stack: ExitStack) -> CheckResult:
        values, check = self.values, registered.check
        ledger = Ledger(self.cluster, check.requirement, self.run_id, values.namespace_prefix, values.pod_security)
        say = partial(self._emit, "say")
        bench = Bench(self.cluster, check.requirement, values, self.facts, ledger, say)
        turns = Turns(self.cluster, check, values, self.facts, ledger, say, stack)
        bench.take = turns.take
        if any(each.requirement == check.requirement for each in self.results):
            self._let_go(check.requirement)
        started, at = time.monotonic(), now()
        seen: list[Observation] = []
        interrupted: BaseException | None = None
        try:
            ending = self._observe(registered, bench, turns, seen)
        except (KeyboardInterrupt, SystemExit) as stop:
            interrupted = stop
            ending = endings.ended(check, Outcome.ERROR, Reason.INTERRUPTED, "The check was interrupted.")
        evidence, pictures = ledger.evidence(), bench.album.taken()
        ending = self._clean(ending, ledger)
        result = replace(
            ending,
            observations=tuple(seen),
            started=at,
            took=round(time.monotonic() - started - turns.waited, 3),
            critical_path=round(ledger.waiter.waited, 3),
            simulated=self._simulated(ledger),
            backend=bench.backend.name if bench.backend else "",
            turns=turns.taken,
            not_looked_at=(*(left_out(check.requirement, bench.backend) if bench.backend else ()), *ledger.left_out),
            evidence=ending.evidence + evidence,
            pictures=pictures,
        )
        self._keep(judge.conclude(result))
        if interrupted:
            raise interrupted
        return self.results[-1]

    def _let_go(self, requirement: str) -> None:
        """Wait for the namespaces to go in which the same check ran before: a cell may be run twice in a row."""
        selector = f"{labels.RUN}={self.run_id},{labels.REQUIREMENT}={requirement}"
        resource = self.cluster.resource("v1", "Namespace")

        def there() -> list[Any]:
            return list(self.cluster.pages(resource, labels=selector))

        with suppress(ClusterError):  # who may not list them learns it when the next one is created
            Waiter().eventually(there, lambda seen: not seen, within=GONE, every=0.1)

    def _clean(self, ending: CheckResult, ledger: Ledger) -> CheckResult:
        if self.values.keep_on_failure and ending.outcome is Outcome.FAIL:
            ledger.stop()
            return ending
        return endings.cleaned(ending, ledger.clean_up())

    def _observe(self, registered: Registered, bench: Bench, turns: Turns, seen: list[Observation]) -> CheckResult:
        """Run the generator to its end, or to the first claim that is false: what follows would build on it."""
        check = registered.check
        try:
            turns.begin()
            self._collect(registered.body(bench), seen)
            bench.ledger.undisturbed()
        except Inconclusive as stop:
            return endings.ended(check, Outcome(stop.outcome), Reason(stop.reason), stop.message)
        except ClusterError as error:
            return endings.refused(check, error)
        except Exception as error:  # noqa: BLE001 - the one place where a broken probe becomes a value
            return endings.broken(check, error)
        return endings.ended(check, *judge.outcome(seen))

    def _collect(self, yielded: Iterable[Any], seen: list[Observation]) -> None:
        """Take observations up to the first false one; what a check has to put right it puts right before this returns.

        Otherwise it would do so once nobody holds its traceback any more, which may be never.
        """
        try:
            for observation in endings.observations(yielded):
                seen.append(observation)
                self._emit("observation", observation)
                if observation.holds is not True:
                    break
        except BaseException:
            with suppress(Exception):  # an interrupt matters more than what fails because of it
                endings.close(yielded)
            raise
        endings.close(yielded)

    def _simulated(self, ledger: Ledger) -> bool:
        """True if a pod ran on a node that is simulated or has such devices; without pods, if there is one."""
        used = ledger.nodes_used()
        if not used or not self.facts.simulated:
            return self.facts.simulated
        nodes = self.cluster.resource("v1", "Node")
        try:
            return any(is_make_believe(self.cluster.get(nodes, name) or {}) for name in used)
        except ClusterError:
            return True  # cannot tell any more: the weaker claim is the honest one

    def _keep(self, result: CheckResult) -> CheckResult:
        self.results.append(result)
        self._emit("result", result)
        return result
