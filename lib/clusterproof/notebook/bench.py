"""What a notebook calls: one bench for one cluster, whose checks are shown as they go and recorded as data.

Each result is displayed as HTML and, in the same output, as JSON under a MIME type of its own: the executed notebook is
the record, and what it showed before a crash is still in it.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof import parameters, registry, render, serial
from clusterproof.bench.own_files import look_at_own_files
from clusterproof.checklist import ids, requirements, unknown_id
from clusterproof.cluster.labels import new_run_id
from clusterproof.notebook.live import Live, Shown
from clusterproof.notebook.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clusterproof.model import CheckResult, Facts
    from clusterproof.parameters import Platform, Values
    from clusterproof.registry import Registered
    from clusterproof.testbed import Testbed

MIME = "application/vnd.clusterproof.result+json"
PROGRESS = "CLUSTERPROOF_PROGRESS"
"""Environment variable with the address of a local socket; whoever runs the notebook listens there."""
SCHEMA = 1


def open_bench(  # noqa: PLR0913 - the parameters of a notebook, by name
    platform: str = "testbed",
    *,
    kubeconfig: str = "",
    context: str = "",
    run_id: str = "",
    only: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> NotebookBench:
    """Connect to a cluster and return the bench that runs checks on it.

    Without a kubeconfig, a platform that describes a testbed has it started (or uses the one that runs). ``only``
    limits the checks to some requirement ids, ``values`` are parameters that differ from the platform's. Whoever gives
    a ``run_id`` removes what the run leaves; without one ``close()`` does.

    Raises:
        UsageError: the platform, a parameter or an id is unknown.
        ClusterError: the cluster cannot be reached.
    """
    look_at_own_files()
    chosen = parameters.load(platform)
    merged = parameters.merge(chosen, values or {})
    for each in only:
        _known(each)
    if not kubeconfig and not context and chosen.testbed is not None:
        kubeconfig = _testbed(chosen, merged)
    session = Session.open(values=merged, kubeconfig=kubeconfig, context=context, run_id=run_id or new_run_id())
    return NotebookBench(session, tuple(only), platform=chosen.reference, owns_run=not run_id)


class NotebookBench:
    """Runs checks in a notebook. Shown as the last value of a cell, it tells what cluster this is."""

    def __init__(self, session: Session, only: tuple[str, ...], *, platform: str, owns_run: bool) -> None:
        self.session = session
        self.platform = platform
        self._only = only
        self._owns_run = owns_run
        session.listen(self._heard)
        self._live = Live()

    @property
    def facts(self) -> Facts:
        """What the cluster says of itself."""
        return self.session.facts

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The results so far."""
        return tuple(self.session.results)

    def run(self, requirement: str) -> None:
        """Run the check of a requirement and show each observation as it comes, then the result.

        Raises:
            UsageError: no version of the checklist has that id.
        """
        _known(requirement)
        if self._only and requirement not in self._only:
            self._live.note(f"{requirement}: not asked for in this run.")
            return
        self._begin(requirement)
        self.session.run(requirement)

    def try_out(self, registered: Registered) -> None:
        """Run something like a check that belongs to no requirement, and show it as ``run`` does."""
        self._begin(registered.check.requirement)
        self.session.try_out(registered)

    def requirements(self, version: str) -> Shown:
        """Return the requirements of a version of the checklist as a table: level, id, title, is there a check."""
        checked = {check.requirement for check in registry.declared()}
        rows = [
            (item.level.value, item.id, item.title, "yes" if item.id in checked else "not yet")
            for item in requirements(version)
        ]
        return Shown(("Level", "Requirement", "In our words", "Check"), rows)

    def observations(self) -> Any:
        """Return every observation so far as a DataFrame, one row per claim."""
        import pandas as pd  # noqa: PLC0415

        rows = [
            (result.requirement, seen.claim, seen.kind.value, seen.expected, seen.actual, seen.holds, seen.took)
            for result in self.session.results
            for seen in result.observations
        ]
        return pd.DataFrame(rows, columns=["requirement", "claim", "kind", "expected", "seen", "holds", "seconds"])

    def close(self) -> None:
        """Remove everything of this run and say what is left; a run of several notebooks does so at its own end."""
        if not self._owns_run:
            self._live.note("The run that executes this notebook removes what it made when all notebooks are done.")
            return
        left = self.session.close()
        self._live.note(f"Still there: {', '.join(left)}" if left else "Nothing of this run is left in the cluster.")

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {"text/html": render.facts_html(self.facts), "text/plain": render.facts_text(self.facts)}

    def _begin(self, what: str) -> None:
        self._live.begin(what)
        self._tell(what, "start", what)

    def _heard(self, event: str, payload: Any) -> None:
        if event == "result":
            self._live.finish(self._bundle(payload))
            self._tell(payload.requirement, event, f"{payload.outcome.value} {payload.message}", took=payload.took)
        else:
            text = payload if event == "say" else f"{render.holds(payload)}: {payload.claim}"
            self._live.say(text)
            self._tell(self._live.requirement, event, text)

    def _bundle(self, result: CheckResult) -> dict[str, Any]:
        record = {"schema": SCHEMA, "run_id": self.session.run_id, "result": serial.dump(result)}
        return {MIME: record, "text/html": render.result_html(result), "text/plain": render.result_text(result)}

    def _tell(self, requirement: str, event: str, text: str, **more: Any) -> None:
        """Tell whoever runs the notebook; that nobody listens, or is slow to, must not disturb a measurement."""
        address = os.environ.get(PROGRESS)
        if not address:
            return
        message = {
            "run_id": self.session.run_id,
            "requirement": requirement,
            "event": event,
            "text": text[:400],
            **more,
        }
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)  # noqa: FBT003 - the socket's own word
            out.sendto(json.dumps(message).encode(), address)


def _known(requirement: str) -> None:
    if requirement not in ids():
        raise unknown_id(requirement)


def start_testbed(platform: Platform, values: Values, say: Callable[[str], None]) -> Testbed:
    """Start the platform's testbed, or use the one that runs, with the add-ons of what parameters ask for by name.

    Raises:
        KitError: it could not be started; nothing is left of it.
    """
    from clusterproof import testbed  # noqa: PLC0415 - whoever has a cluster needs none

    described = testbed.suited(platform.testbed or {}, (), values.model_dump())
    return testbed.up(testbed.Spec.from_mapping(described), progress=say)


def _testbed(platform: Platform, values: Values) -> str:
    live = Live()
    live.begin("the testbed")
    bed = start_testbed(platform, values, live.say)
    live.end(f"The testbed {bed.name!r} runs. It stays until you remove it: clusterproof testbed down")
    return str(bed.kubeconfig)
