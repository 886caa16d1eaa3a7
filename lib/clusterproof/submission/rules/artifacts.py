"""Results of the programme's own suite among the evidence: the later rules open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.artifacts import MAPPED, Ended
from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.rules.status import IMPLEMENTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.artifacts import Used
    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
FIRST_HYBRID = 37
"""The minor version from which on results of the programme's suite are recommended."""
_SHOWN = 5  # names of failed tests in a sentence


@rule(
    "artifact-unreadable",
    REJECTED,
    "The results that {id} names cannot be used: {file}. {error}",
    "Give logs of other tools another name: files named {file} are read as results of the programme's suite.",
)
def artifacts_can_be_read(submission: Submission) -> Iterator[Hit]:
    """Look for files of the three names that hold something else."""
    for use in submission.artifacts:
        if use.first and use.results.error:
            yield hit_value(*use.local.entry.where, **_words(use), error=use.results.error)


@rule(
    "artifact-failing",
    REJECTED,
    "The results that {id} names hold failed tests: {file}, {failures}.",
    "Mend what failed and run the suite again; every test in the file counts, whichever item names it.",
)
def nothing_failed(submission: Submission) -> Iterator[Hit]:
    """Look for failed tests, once per file."""
    for use in submission.artifacts:
        if use.first and use.results.failures:
            names = sorted(use.results.failures)
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield hit_value(*use.local.entry.where, **_words(use), failures=", ".join(names[:_SHOWN]) + more)


@rule(
    "artifact-broken",
    QUESTIONED,
    "The run behind the results that {id} names went wrong as a whole: {file}, {what}.",
    "Mend what stopped it and run the suite again, to its end.",
)
def the_run_came_to_its_end(submission: Submission) -> Iterator[Hit]:
    """Look for panics, builds that failed and counted failures that belong to no test; the validator does not."""
    for use in submission.artifacts:
        if use.first and use.results.broken:
            yield hit_value(*use.local.entry.where, **_words(use), what=use.results.broken)


@rule(
    "artifact-test",
    REJECTED,
    "The test {test} of {id} {how} in {file}.",
    "Run that test of the programme's suite, or name another after a # behind the file.",
)
def the_test_of_the_item_passed(submission: Submission) -> Iterator[Hit]:
    """Look for items whose test is not in the file, failed, or was skipped though the item is Implemented."""
    for use in submission.artifacts:
        test = _test(use)
        if use.results.error or not test:
            continue
        ended = use.results.ended(test)
        skipped = ended is Ended.SKIP and use.local.item.status == IMPLEMENTED
        if ended in {None, Ended.FAIL} or skipped:
            how = "was not found" if ended is None else "failed" if ended is Ended.FAIL else "was skipped"
            yield hit_value(*use.local.entry.where, **_words(use), test=test, how=how)


@rule(
    "artifact-recommended",
    QUESTIONED,
    "{id} has the test {test} in the programme's suite, and its evidence names no results of it.",
    "Run the suite and add its junit.xml, results.json or e2e.log; from checklist 1.37 on that is recommended.",
)
def the_suite_was_run(submission: Submission) -> Iterator[Hit]:
    """Look for items that the suite could have proved."""
    if not (submission.current and submission.minor >= FIRST_HYBRID):
        return
    having = {use.local.asked.id for use in submission.artifacts}
    for asked, item in submission.judged:
        if asked.id in MAPPED and asked.id not in having and item.status == IMPLEMENTED:
            yield hit(*item.where, "evidence", id=asked.id, test=MAPPED[asked.id])


def _test(use: Used) -> str:
    return use.local.fragment or MAPPED.get(use.local.asked.id, "")


def _words(use: Used) -> dict[str, str]:
    name = use.local.path.name if use.local.path else ""
    return {"id": use.local.asked.id, "file": name}
