"""One run from beginning to end: a cluster, its notebooks, what is left, the report."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clusterproof import judge, registry
from clusterproof.clock import now
from clusterproof.cluster.sweep import sweep
from clusterproof.errors import ClusterError, Interrupted
from clusterproof.model import Level, Outcome, Report, Status
from clusterproof.prove.mutant import mutants
from clusterproof.report import Known, write_report
from clusterproof.runner import assemble
from clusterproof.runner.ears import listening
from clusterproof.runner.execute import Executed, Execution
from clusterproof.runner.place import Place, place, reach
from clusterproof.runner.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clusterproof.cluster.client import Cluster
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
        ClusterError: the cluster could not be reached; nothing was created.
        TestbedError: the testbed could not be had.
        Interrupted: the user stopped the run before the first notebook began, or would not wait for the cleaning up.
        KitError: the report could not be written.
    """
    started, at = time.monotonic(), now()
    request.folder.mkdir(parents=True, exist_ok=True)
    try:
        with Stopping(say) as stopping, place(request, say) as where:
            say("reading what the cluster is")
            cluster, facts = reach(where.kubeconfig, request.context)
            executed, left = _measure(request, where, cluster, stopping, (say, heard))
            measured = assemble.Measured(
                executed, facts, at, round(time.monotonic() - started, 3), left, where.notes, _checked()
            )
            with stopping.instead(_insist):
                report = assemble.report(request, measured)
                _write(request, report)
    except BaseException:
        with suppress(OSError):
            request.folder.rmdir()  # only if nothing lies in it
        raise
    return Ending(report, request.folder, interrupted=bool(stopping.asked))


def _measure(
    request: Request, where: Place, cluster: Cluster, stopping: Stopping, tell: tuple[Callable[[str], None], Heard]
) -> tuple[list[Executed], tuple[str, ...]]:
    say, heard = tell
    execution = Execution(request, where.kubeconfig)
    with listening(heard), stopping.instead(execution.stop):
        executed = execution.all()
    with stopping.instead(_insist):
        return executed, _clean(request, cluster, executed, say)


def _clean(request: Request, cluster: Cluster, executed: list[Executed], say: Callable[[str], None]) -> tuple[str, ...]:
    """Remove what the run made and return what is left of it, in words."""
    failed = any(result.outcome is Outcome.FAIL for each in executed for result in each.results)
    if request.values.keep_on_failure and failed:
        return (f"everything, as keep_on_failure asks; remove it with: clusterproof sweep {request.run_id}",)
    say("removing what the run made")
    try:
        return sweep(cluster, request.run_id)
    except ClusterError as error:
        return (f"not known: {error.message} Repeat it with: clusterproof sweep {request.run_id}",)


def _insist(times: int) -> None:
    if times >= PATIENCE:
        raise Interrupted(
            "Stopped before everything of the run was removed.",
            next_step="Remove the rest with: clusterproof sweep --all (and --kubeconfig for a cluster of yours).",
        )


def _write(request: Request, report: Report) -> None:
    notebooks = {each.name: request.folder / each.path for each in report.notebooks}
    there = {name: path for name, path in notebooks.items() if path.is_file()}
    write_report(report, request.folder, notebooks=there, known=_known(), template=request.template)


def rejudge(report: Report, folder: Path, template: str | None = None) -> Report:
    """Judge a saved report's observations again, without a cluster, and write its folder anew."""
    verdicts = tuple(
        replace(judge.verdict(old.requirement, old.results, old.declaration), evidence=old.evidence)
        for old in report.verdicts
    )
    again = replace(report, verdicts=verdicts, summary=judge.summary(verdicts))
    there = {each.name: folder / each.path for each in report.notebooks if (folder / each.path).is_file()}
    write_report(again, folder, notebooks=there, known=_known(), template=template)
    return again


def _known() -> Known:
    return Known(registry.declared(), mutants())


def _checked() -> frozenset[str]:
    return frozenset(check.requirement for check in registry.declared())


def exit_code(ending: Ending, *, strict: bool = False) -> int:
    """Return the command's exit code: 0 evaluated and no MUST failed, 1 a MUST failed, 3 something broke.

    A failed MUST outweighs what broke elsewhere, since nothing heals it; a run that was stopped has no verdict of its
    own. With ``strict`` a MUST without an answer counts as failed.
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
    return FAILED if strict and any(verdict.status is Status.BLANK for verdict in must) else 0
