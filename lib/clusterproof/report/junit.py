"""The report as JUnit XML, for the test views of CI systems: a requirement is a test case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterproof.model import Outcome
from clusterproof.render import REASONS, clean, holds, shown

if TYPE_CHECKING:
    from clusterproof.model import Report, Verdict

_LONG = 8000


def suite(report: Report) -> str:
    """Return the XML text.

    FAIL is a failure, ERROR an error, SKIP, UNKNOWN and N/A are skipped with their reason.
    """
    parser = _parser()
    cases = parser.TestSuite(f"clusterproof {report.checklist}")
    cases.timestamp = report.started
    for name, value in _about_run(report).items():
        cases.add_property(name, clean(value))
    cases.add_testcases([_case(verdict) for verdict in report.verdicts])
    xml = parser.JUnitXml("clusterproof")
    xml.add_testsuite(cases)
    xml.update_statistics()
    cases.time = report.took
    text: str = xml.tostring().decode("utf-8")
    return text


def _parser() -> Any:
    """Return the library, as Any: half of its functions are typed."""
    import junitparser  # noqa: PLC0415 - only this file of the run folder needs it

    return junitparser


def _about_run(report: Report) -> dict[str, str]:
    return {
        "run_id": report.run_id,
        "kit_version": report.kit_version,
        "checklist": report.checklist,
        "platform": report.platform,
        "kubernetes": report.facts.version if report.facts else "unknown",
        "summary": report.summary.value,
        "simulated": str(report.simulated).lower(),
        "critical_path": f"{report.critical_path.seconds:.3f}" if report.critical_path else "unknown",
    }


def _case(verdict: Verdict) -> Any:
    item = verdict.requirement
    parser = _parser()
    case = parser.TestCase(item.id, f"clusterproof.{item.category}", sum(result.took for result in verdict.results))
    properties = parser.Properties()
    about = {
        "level": item.level.value,
        "title": item.title,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "status": verdict.status.value,
        "simulated": str(verdict.simulated).lower(),
        "evidence": f"evidence/{item.id}.html",
    }
    for name, value in about.items():
        properties.add_property(parser.Property(name, clean(value)))
    case.append(properties)
    _add_outcome(case, verdict)
    case.system_out = clean("\n".join(_lines(verdict)), _LONG)
    return case


def _add_outcome(case: Any, verdict: Verdict) -> None:
    if verdict.outcome is Outcome.PASS:
        return
    parser = _parser()
    kind = {Outcome.FAIL: parser.Failure, Outcome.ERROR: parser.Error}.get(verdict.outcome, parser.Skipped)
    why = f"{verdict.outcome.value}: {REASONS[verdict.reason]}. {clean(verdict.message)}"
    case.result = [kind(why, verdict.reason.value)]


def _lines(verdict: Verdict) -> list[str]:
    lines = ["SIMULATED: not certification evidence"] if verdict.simulated else []
    lines += [clean(verdict.conflict)] if verdict.conflict else []
    return lines + [
        f"{holds(seen)}: {clean(seen.claim)} (expected {shown(seen.expected, 80)}, seen {shown(seen.actual, 80)})"
        for result in verdict.results
        for seen in result.observations
    ]
