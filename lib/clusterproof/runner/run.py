"""One run from beginning to end: a cluster, its notebooks, what is left, the report."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import judge, registry
from clusterproof.clock import now
from clusterproof.cluster.sweep import sweep
from clusterproof.cluster.waiting import Waiter
from clusterproof.errors import ClusterError, Interrupted, KitError, UsageError
from clusterproof.model import Level, Outcome, Report
from clusterproof.prove.mutant import mutants
from clusterproof.report import Known, overview, write_report
from clusterproof.runner import assemble
from clusterproof.runner.ears import listening
from clusterproof.runner.execute import Executed, Execution
from clusterproof.runner.place import Place, place, reach
from clusterproof.stopping import Stopping
from clusterproof.testbed.spec import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusterproof.cluster.client import Cluster
    from clusterproof.model import Check
    from clusterproof.runner.request import Request

    Heard = Callable[[dict[str, Any]], None]

PATIENCE = 3  # signals until even cleaning up is given up
FAILED, BROKE = 1, 3


@dataclass(frozen=True)
class Ending:
    """A run that got as far as a report."""

    report: Report
    folder: Path
    interrupted: bool = False


def run(request: Request, say: Callable[[str], None], heard: Heard) -> Ending:
    """Execute a request and return its report, which lies in the run folder by then.

    ``say`` gets a sentence now and then, ``heard`` every message of the kernels, from a thread.

    Raises:
        UsageError: the run folder cannot be made.
        ClusterError: the cluster could not be reached; nothing was created.
        TestbedError: the testbed could not be had.
        Interrupted: the user stopped the run before the first notebook began, or would not wait for the cleaning up.
        KitError: the report could not be written.
    """
    started, at = time.monotonic(), now()
    told = known()  # a check that cannot be read is better known before anything is measured
    made = _make(request.folder)
    try:
        with Stopping(say) as stopping, place(request, say, lambda: stopping.instead(_insist)) as where:
            say("reading what the cluster is")
            cluster, facts = reach(where.kubeconfig, request.context)
            with stopping.instead(_insist):
                executed = _execute(request, where, stopping, heard)
                removal = Waiter()
                left = _clean(request, cluster, executed, say, removal)
                took = round(time.monotonic() - started, 3)
                measured = assemble.Measured(
                    executed, facts, at, took, left, where.notes, _ids(told.checks), where.started_in,
                    removal.waited,
                )  # fmt: skip
                report = assemble.report(request, measured)
                _write(request, report, told)
    except BaseException:
        with suppress(OSError):  # one that holds something stays
            for folder in made:
                folder.rmdir()
        raise
    return Ending(report, request.folder, interrupted=bool(stopping.asked))


def _make(folder: Path) -> list[Path]:
    """Make the run folder and return every folder that was not there before, the innermost first."""
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The run folder {folder} cannot be made: {error.strerror or error}.", next_step="Name another with --out."
        ) from error
    return missing


def _execute(request: Request, where: Place, stopping: Stopping, heard: Heard) -> list[Executed]:
    execution = Execution(request, where.kubeconfig)
    with listening(heard), stopping.instead(execution.stop):
        if stopping.asked:  # just before
            execution.stop(1)
        return execution.all()


def _clean(
    request: Request, cluster: Cluster, executed: list[Executed], say: Callable[[str], None], waiter: Waiter
) -> tuple[str, ...]:
    """Remove what the run made and return what is left of it, in words."""
    failed = any(result.outcome is Outcome.FAIL for each in executed for result in each.results)
    if request.values.keep_on_failure and failed:
        return (f"everything, as keep_on_failure asks; remove it with: clusterproof sweep {request.run_id}",)
    say("removing what the run made")
    try:
        return sweep(cluster, request.run_id, waiter=waiter)
    except ClusterError as error:
        return (f"not known: {error.message} Repeat it with: clusterproof sweep {request.run_id}",)


def _insist(times: int) -> None:
    if times >= PATIENCE:
        raise Interrupted(
            "Stopped before everything of the run was removed.",
            next_step="Remove the rest with: clusterproof sweep --all (and --kubeconfig for a cluster of yours).",
        )


def _write(request: Request, report: Report, told: Known) -> None:
    notebooks = {each.name: request.folder / each.path for each in report.notebooks}
    there = {name: path for name, path in notebooks.items() if path.is_file()}

    def into(folder: Path) -> None:
        write_report(report, folder, notebooks=there, known=told, template=request.template)

    try:
        into(request.folder)
    except KitError as error:
        error.next_step = f"{_rescued(into)} {error.next_step}".strip()
        raise


def _rescued(into: Callable[[Path], None]) -> str:
    """Write a report that its own folder does not take to where there is room, and say where that is."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="clusterproof-report-"))
        into(folder)
    except (OSError, KitError):
        return "It could not be written elsewhere either."
    return f"The whole report of this run is in {folder} instead."


def known() -> Known:
    """Return what the pages say of checks and of how they are checked."""
    return Known(registry.declared(), tuple(each for tier in TIERS for each in mutants(tier=tier)))


def _ids(checks: Iterable[Check]) -> frozenset[str]:
    return frozenset(check.requirement for check in checks)


def exit_code(ending: Ending, *, strict: bool = False) -> int:
    """Return the command's exit code: 0 evaluated and no MUST failed, 1 a MUST failed, 3 something broke.

    A failed MUST outweighs what broke elsewhere, since nothing heals it; a run that was stopped has no verdict of its
    own. With ``strict`` a MUST without an answer counts as failed; a run that was asked for some requirements only has
    to answer those.
    """
    report = ending.report
    must = [verdict for verdict in report.verdicts if verdict.requirement.level is Level.MUST]
    if ending.interrupted:
        return BROKE
    if any(verdict.outcome is Outcome.FAIL for verdict in must):
        return FAILED
    broken = any(verdict.outcome is Outcome.ERROR for verdict in report.verdicts)
    if broken or report.left_behind or not all(notebook.ok for notebook in report.notebooks):
        return BROKE
    asked = overview.asked_only(report)
    open_ones = [v for v in must if not judge.answers(v) and (not asked or v.requirement.id in asked)]
    return FAILED if strict and open_ones else 0
