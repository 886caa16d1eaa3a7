"""From what the notebooks recorded to a report in which no requirement is silently absent. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterproof import __version__, judge
from clusterproof.checklist import beyond, requirements
from clusterproof.model import CheckResult, Outcome, Reason, Report, Requirement, Verdict
from clusterproof.runner.critical_path import critical_path
from clusterproof.runner.source import own_notebooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterproof.model import Declaration, Facts
    from clusterproof.runner.execute import Executed
    from clusterproof.runner.request import Request

SCHEMA = 1
NOT_OURS = "The kit has no check for this requirement yet; answer it with a declaration and evidence."


@dataclass(frozen=True)
class Measured:
    """What a run has brought."""

    executed: Sequence[Executed]
    facts: Facts
    started: str
    took: float
    left_behind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    checked: frozenset[str] = field(default_factory=frozenset)
    """Ids for which the kit has a check."""
    start: float = 0.0
    """Seconds that the testbed took to start; 0 where the user has a cluster."""
    removal: float = 0.0
    """Seconds until what the run made was gone."""


def report(request: Request, measured: Measured) -> Report:
    """Return the report of a run."""
    verdicts = tuple(_verdict(item, request, measured) for item in _items(request, measured))
    return Report(
        schema=SCHEMA,
        run_id=request.run_id,
        kit_version=__version__,
        checklist=request.checklist,
        platform=request.platform.reference,
        started=measured.started,
        took=measured.took,
        facts=measured.facts,
        parameters={**request.values.model_dump(mode="json"), **request.own},
        metadata=request.platform.metadata,
        verdicts=verdicts,
        summary=judge.summary(verdicts),
        simulated=measured.facts.simulated or any(verdict.simulated for verdict in verdicts),
        notebooks=tuple(each.run for each in measured.executed),
        left_behind=measured.left_behind,
        notes=(*measured.notes, *_of_others(measured)),
        critical_path=critical_path(_results(measured), start=measured.start, removal=measured.removal),
        words=request.words(),
    )


def _of_others(measured: Measured) -> list[str]:
    """Return a sentence for each notebook with results that is not the kit's: what it shows is its author's word."""
    own = set(own_notebooks())
    others = [each.source.name for each in measured.executed if each.results and each.source.path not in own]
    said = "The notebook {} is not the kit's own; whoever believes its results has to trust it."
    return [said.format(name) for name in others]


def declared(declarations: Iterable[Declaration], requirement: str) -> Declaration | None:
    """Return the declaration for a requirement; the last one counts, as everywhere in YAML."""
    return next((each for each in reversed(list(declarations)) if each.requirement == requirement), None)


def _items(request: Request, measured: Measured) -> list[Requirement]:
    """Return the checklist's items, and after them what the run was asked for or measured beside them."""
    items = list(requirements(request.checklist))
    seen = [result.requirement for result in _results(measured)]
    known = {item.id for item in items}
    more = [name for name in dict.fromkeys([*request.covered, *request.only, *seen]) if name not in known]
    return items + [beyond(request.checklist, name) for name in more]


def _verdict(item: Requirement, request: Request, measured: Measured) -> Verdict:
    results = [result for result in _results(measured) if result.requirement == item.id]
    missing = [_missing(item.id, each) for each in measured.executed if _lacks(item.id, each, request)]
    found = results + missing or [_absent(item.id, request, measured)]
    return judge.verdict(item, found, declared(request.platform.declarations, item.id))


def _results(measured: Measured) -> list[CheckResult]:
    return [result for each in measured.executed for result in each.results]


def _lacks(name: str, executed: Executed, request: Request) -> bool:
    """True if a notebook should have recorded a result for a requirement and did not."""
    asked = name in executed.source.requirements and name in request.covered
    return asked and not any(result.requirement == name for result in executed.results)


def _missing(name: str, executed: Executed) -> CheckResult:
    why = executed.run.error or "It ran to its end and recorded no result."
    reason = executed.reason or Reason.NO_RESULT
    return CheckResult(name, name, Outcome.ERROR, reason, f"The notebook {executed.run.name} left no result. {why}")


def _absent(name: str, request: Request, measured: Measured) -> CheckResult:
    if name not in measured.checked:
        return CheckResult(name, "", Outcome.SKIP, Reason.NO_CHECK, NOT_OURS)
    return CheckResult(name, "", Outcome.SKIP, Reason.NOT_REQUESTED, _why_not(name, request))


def _why_not(name: str, request: Request) -> str:
    if request.only and name not in request.only:
        return f"This run was asked only for {', '.join(request.only)}."
    return f"None of this run's notebooks checks it: {', '.join(source.name for source in request.notebooks)}."
