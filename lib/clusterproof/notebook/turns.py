"""When a check may begin, and which accelerators it has for itself meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clusterproof.cluster import turns
from clusterproof.cluster.exclusive import accelerators
from clusterproof.cluster.rights import missing_rights
from clusterproof.errors import Inconclusive, KitError
from clusterproof.model import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from clusterproof.bench.ledger import Ledger
    from clusterproof.cluster.client import Cluster
    from clusterproof.model import Check, Facts
    from clusterproof.parameters import Values


class Turns:
    """What one check has taken; it is given back when the stack is closed, and its clean-up belongs to that."""

    def __init__(  # noqa: PLR0913, PLR0917 - one check in one run
        self,
        cluster: Cluster,
        check: Check,
        values: Values,
        facts: Facts,
        ledger: Ledger,
        say: Callable[[str], None],
        stack: ExitStack,
    ) -> None:
        self.taken: tuple[str, ...] = ()
        self.waited = 0.0
        """Seconds until others had given it back: no part of what the check itself takes."""
        self._cluster, self._check, self._values, self._facts = cluster, check, values, facts
        self._ledger, self._say, self._stack = ledger, say, stack
        ledger.ready = not check.by_resource

    def begin(self) -> None:
        """Take everything beforehand, unless the check says by itself what it takes, once it has looked.

        Raises:
            Inconclusive: SKIP, it may not disturb others, a right is missing, or another one did not give it back.
        """
        if not self._check.by_resource:
            self._may_run()
            if self._check.exclusive:
                self._hold(turns.everything(self._facts, self._values.resource_name))

    def take(self, resource: str, *, nodes: bool = False) -> None:
        """Be a check's ``take``."""
        if not self._check.by_resource or resource in self.taken:
            return
        if self.taken:
            raise KitError(f"The check of {self._check.requirement} takes {resource} beside {', '.join(self.taken)}.")
        self._may_run()
        self._hold(turns.of(self._cluster, self._facts, resource, nodes=nodes))
        self._ledger.ready = True

    def _hold(self, wanted: tuple[str, ...]) -> None:
        at, ledger = time.monotonic(), self._ledger
        names = (ledger.run_id, ledger.requirement, self._say)
        self._stack.enter_context(accelerators(self._cluster, *names, turns=wanted))
        self.waited += time.monotonic() - at
        self.taken = wanted
        ledger.neighbours.turns = frozenset(wanted)
        ledger.neighbours.begin()

    def _may_run(self) -> None:
        if self._check.disruptive and not self._values.allow_disruptive:
            message = "This check disturbs other workloads; allow it with -p allow_disruptive true."
            raise Inconclusive(Outcome.SKIP, Reason.NOT_REQUESTED, message)
        missing = missing_rights(self._cluster, self._check.needs)
        if missing:
            raise Inconclusive(Outcome.SKIP, Reason.FORBIDDEN, f"Missing permission to {', to '.join(missing)}.")
