"""From the tests of the programme's suite to results, each with its source, and the report of an import."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof import __version__, judge, redact
from clusterproof.checklist import beyond, requirement, requirements
from clusterproof.clock import now
from clusterproof.cluster.labels import new_run_id
from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml
from clusterproof.model import CheckResult, Kind, Observation, Outcome, Reason, Report, Verdict
from clusterproof.render import clean
from clusterproof.submission.endings import bad_end, unended
from clusterproof.suite.reading import Ended, Form, Test, read_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SUITE = "suite"
"""Folder of a run folder with the files as they came."""
SCHEMA = 1
_SHORT = 300
_NOT_ASKED = frozenset({Reason.NO_CHECK, Reason.NOT_REQUESTED})


@dataclass(frozen=True)
class Artifact:
    """One file of the suite's."""

    content: bytes
    form: Form
    tests: tuple[Test, ...]
    broken: str = ""
    """What went wrong with the run as a whole, and belongs to no test."""

    @property
    def path(self) -> str:
        """Where it lies in a run folder: the validator parses it by this name."""
        return f"{SUITE}/{self.form.value}"

    @property
    def source(self) -> str:
        """Where it lies and the beginning of its digest; the whole stands in the folder's manifest."""
        return f"{self.path}, sha256 {hashlib.sha256(self.content).hexdigest()[:16]}"


def artifact(content: bytes, name: str) -> Artifact:
    """Return a file of the suite's.

    Raises:
        UsageError: it tells of no tests.
    """
    form, tests = read_tests(content, name)
    return Artifact(content, form, tests, bad_end(content, form.value))


def results(artifacts: Sequence[Artifact], *, simulated: bool = False) -> tuple[CheckResult, ...]:
    """Return a result for each requirement and file in which the suite has tests of it.

    A test that failed makes a FAIL, one that never ended an ERROR; what was skipped is named and proves nothing.
    """
    found = [
        _result(name, each, own, simulated=simulated)
        for each in artifacts
        for name, heads in _known().items()
        if (own := [test for test in each.tests if test.name.split("/", 1)[0] in heads])
    ]
    if not found:
        raise UsageError(
            "No test of the programme's suite is in what was given.",
            next_step=f"Known are {', '.join(sorted(head for heads in _known().values() for head in heads))}.",
        )
    return tuple(found)


def unknown(artifacts: Sequence[Artifact]) -> list[str]:
    """Return a sentence for each failure that belongs to no test, and each test that belongs to no requirement."""
    known = {head for heads in _known().values() for head in heads}
    heads = {
        test.name: test for each in artifacts for test in each.tests
        if "/" not in test.name and test.name not in known
    }  # fmt: skip
    tests = [
        f"The suite's {clean(name, 120)} ({test.ended}) belongs to no requirement." for name, test in heads.items()
    ]
    whole = [(each.path, each.broken or unended(each.content, each.form.value)) for each in artifacts]
    return [*(f"{path}: {clean(words, _SHORT)}." for path, words in whole if words), *tests]


def report(
    found: Sequence[CheckResult], checklist: str, *, base: Report | None = None, notes: Iterable[str] = ()
) -> Report:
    """Return a report of what was imported; beside a run of the kit's, the worst of both decides.

    Raises:
        UsageError: the checklist's version is unknown, or the run is of another one.
    """
    if base is not None and base.checklist != checklist:
        raise UsageError(
            f"The run is of checklist {base.checklist}, not of {checklist}.",
            next_step=f"Take the results in with --checklist {base.checklist}, or name another run with --run.",
        )
    old = {verdict.requirement.id: verdict for verdict in base.verdicts} if base else {}
    ids = dict.fromkeys([*(item.id for item in requirements(checklist)), *old, *(each.requirement for each in found)])
    verdicts = tuple(_verdict(name, checklist, old.get(name), found) for name in ids)
    empty = Report(SCHEMA, new_run_id(), __version__, checklist, "import", now(), 0.0, None)
    return replace(
        base or empty,
        run_id=new_run_id(),
        verdicts=verdicts,
        summary=judge.summary(verdicts),
        simulated=any(verdict.simulated for verdict in verdicts) or bool(base and base.simulated),
        notebooks=(),
        notes=(*(base.notes if base else ()), *notes),
    )


def _verdict(name: str, checklist: str, old: Verdict | None, found: Sequence[CheckResult]) -> Verdict:
    known = {item.id for item in requirements(checklist)}
    item = requirement(checklist, name) if name in known else beyond(checklist, name)
    own = [each for each in found if each.requirement == name]
    ours = [each for each in (old.results if old else ()) if not (own and each.reason in _NOT_ASKED)]
    message = "Nothing that was imported tells of it."
    every = [*ours, *own] or [CheckResult(name, "", Outcome.SKIP, Reason.NOT_REQUESTED, message)]
    evidence = tuple(dict.fromkeys(each.source.partition(",")[0] for each in own))
    return judge.verdict(item, every, old.declaration if old else None, evidence)


def _result(name: str, file: Artifact, own: Sequence[Test], *, simulated: bool) -> CheckResult:
    leaves = [test for test in own if not any(other.name.startswith(f"{test.name}/") for other in own)]
    failed = [test for test in own if test.ended is Ended.FAIL and test not in leaves]  # a test may fail on its own
    shown = leaves if any(test.ended is Ended.FAIL for test in leaves) else [*leaves, *failed]
    at = now()
    seen = tuple(_observation(test, at) for test in shown if test.ended in {Ended.PASS, Ended.FAIL})
    result = CheckResult(
        requirement=name,
        check=own[0].name.split("/", 1)[0],
        outcome=Outcome.PASS,
        reason=Reason.CLAIMS_HOLD,
        message="",
        observations=seen,
        started=at,
        took=round(sum(test.took for test in own if "/" not in test.name), 3),
        simulated=simulated,
        not_looked_at=tuple(f"{clean(t.name, _SHORT)} was skipped" for t in leaves if t.ended is Ended.SKIP),
        source=file.source,
    )
    never = [test.name for test in own if test.ended is Ended.NEVER]
    if never:
        message = f"{clean(never[0], _SHORT)} did not end, says the programme's suite ({file.source})."
        result = replace(result, outcome=Outcome.ERROR, reason=Reason.INTERRUPTED, message=message)
    elif file.broken:
        message = f"The run of the programme's suite went wrong ({file.source}): {clean(file.broken, _SHORT)}."
        result = replace(result, outcome=Outcome.ERROR, reason=Reason.INTERRUPTED, message=message)
    elif not seen:
        message = f"Every test of it was skipped, says the programme's suite ({file.source})."
        result = replace(result, outcome=Outcome.SKIP, reason=Reason.NOT_REQUESTED, message=message)
    return judge.conclude(result)


def _observation(test: Test, at: str) -> Observation:
    why = f": {clean(redact.text(test.why), _SHORT)}" if test.why else ""
    claim = f"{clean(test.name, _SHORT)} passes"
    return Observation(claim, "pass", f"{test.ended}{why}", test.ended is Ended.PASS, Kind.POSITIVE, at, test.took)


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """Return the names of the suite's tests by requirement."""
    rows = read_yaml(Path(__file__).with_name("tests.yaml"))
    return {name: tuple(heads) for name, heads in rows.items()}
