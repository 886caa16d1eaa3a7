"""Requests and results made by hand, and the run folder that they make."""

from __future__ import annotations

from clusterproof.model import CheckResult, Facts, Kind, NotebookRun, Observation, Outcome, Reason
from clusterproof.runner import assemble
from clusterproof.runner.execute import Executed
from clusterproof.runner.request import Request

RUN = "20260101-000000-abcdef"
AT = "2026-01-01T00:00:00.000Z"
CHECKED = frozenset({"gang_scheduling", "dra_support", "ai_inference", "robust_controller"})


def seen(kind, *, holds=True):
    return Observation("a claim", 1, 1 if holds else 2, holds, kind, AT, 0.1)


def result(name, outcome=Outcome.PASS, reason=Reason.CLAIMS_HOLD, message="All 2 claims hold."):
    observations = {
        Outcome.PASS: (seen(Kind.POSITIVE), seen(Kind.NEGATIVE)),
        Outcome.FAIL: (seen(Kind.POSITIVE, holds=False),),
    }.get(outcome, ())
    return CheckResult(name, name, outcome, reason, message, observations, started=AT, took=0.1)


def request(tmp_path, **more):
    return Request.of(folder=tmp_path / "run", run_id=RUN, **{"platform": "cluster", "kubeconfig": "/a/file", **more})


def executed(request, results, **ends):
    """Return how each notebook of a request ended: with the results of its checks, or as `ends` says by name."""
    found = []
    for source in request.notebooks:
        reason, error = ends.get(source.name.split("_", 1)[-1], (None, ""))
        run = NotebookRun(source.name, source.path.name, ok=not error, error=error)
        own = tuple(each for each in results if each.requirement in source.requirements)
        found.append(Executed(source, run, reason, own))
    return found


def report(request, results=(), left=(), start=0.0, **ends):
    facts = Facts("v1.37.2", nodes=1, nodes_ready=1)
    found = executed(request, results, **ends)
    measured = assemble.Measured(found, facts, AT, 1.0, left, checked=CHECKED, start=start)
    return assemble.report(request, measured)
