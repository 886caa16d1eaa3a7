"""Results that were imported, read once more from the files that they came from: a report could say anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError
from clusterproof.product.rules import ARTIFACTS
from clusterproof.suite.reading import Ended, read_tests
from clusterproof.suite.results import artifact, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterproof.model import CheckResult, Report, Verdict


def reread(report: Report, suite: Mapping[str, bytes]) -> Report:
    """Return a report whose imported results are what the files of the suite say now.

    Raises:
        UsageError: a result names a file that is not there, is another one, or does not tell of it.
    """
    if not any(result.source for verdict in report.verdicts for result in verdict.results):
        return report
    read = results([artifact(content, path) for path, content in suite.items()]) if suite else ()
    known = {(result.requirement, result.source): result for result in read}
    return replace(report, verdicts=tuple(_verdict(verdict, known) for verdict in report.verdicts))


def _verdict(verdict: Verdict, known: Mapping[tuple[str, str], CheckResult]) -> Verdict:
    found = tuple(_result(result, known) if result.source else result for result in verdict.results)
    return replace(verdict, results=found)


def _result(result: CheckResult, known: Mapping[tuple[str, str], CheckResult]) -> CheckResult:
    now = known.get((result.requirement, result.source))
    if now is None:
        raise UsageError(
            f"{result.requirement} is said to come from {result.source[:120]!r}; the run folder does not bear it out.",
            next_step="Import the suite's results again: clusterproof import FILE.",
        )
    return replace(now, started=result.started, simulated=result.simulated)


def failing(files: Mapping[str, bytes]) -> list[str]:
    """Return a sentence for each file of the suite's with a failed test of anything: the validator refuses the file."""
    found = []
    for path, content in files.items():
        if PurePosixPath(path).name.lower() in ARTIFACTS:
            failed = [test.name for test in read_tests(content, path)[1] if test.ended is Ended.FAIL]
            found += (
                [f"{path} holds a test that failed, {failed[0]}, and the validator refuses such a file."]
                if failed
                else []
            )
    return found
