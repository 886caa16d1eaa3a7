"""Results of the programme's own suite: files of three names, which the later validator opens and believes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from clusterproof.submission.composing import Stop
from clusterproof.submission.endings import bad_end, tag
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clusterproof.submission.places import Local
    from clusterproof.submission.submission import Submission

LARGEST = 32 * 1024 * 1024  # bytes of a log
MAPPED = {
    "secure_accelerator_access": "TestSecureAcceleratorAccess",
    "gang_scheduling": "TestGangScheduling",
    "cluster_autoscaling": "TestAcceleratorClusterAutoscaling",
}
"""The test of the programme's suite that proves a requirement."""
_LINE = re.compile(rb"^[ \t]*--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_CASE, _SUITE = "testcase", "testsuite"


class Ended(StrEnum):
    """How a test ended."""

    PASS = "passed"  # noqa: S105 - no password
    FAIL = "failed"
    SKIP = "skipped"


@dataclass
class Results:
    """What one file says of its tests; with ``error`` it says nothing."""

    tests: dict[str, Ended] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    error: str = ""
    broken: str = ""
    """What went wrong with the run as a whole; the validator does not look for it."""

    def note(self, name: str, ended: Ended) -> None:
        """Note one test; a failure stays one, whatever comes later under the same name."""
        if self.tests.get(name) is Ended.FAIL:
            return
        self.tests[name] = ended
        if ended is Ended.FAIL:
            self.failures.append(name)

    def ended(self, name: str) -> Ended | None:
        """Return how a test ended, by its subtests where it is not there itself; None if neither is there."""
        if name in self.tests:
            return self.tests[name]
        parts = {ended for other, ended in self.tests.items() if other.startswith(f"{name}/")}
        if not parts:
            return None
        if Ended.FAIL in parts:
            return Ended.FAIL
        return Ended.SKIP if parts == {Ended.SKIP} else Ended.PASS


@dataclass(frozen=True)
class Used:
    """A file of results that an item names; ``first`` is the first of a file's uses."""

    local: Local
    results: Results
    first: bool


def is_artifact(path: Path) -> bool:
    """Return whether the validator takes a file for results of the programme's suite."""
    return path.name.lower() in _READERS


def used(submission: Submission) -> tuple[Used, ...]:
    """Return the files of results that the answers name, each read once."""
    known: dict[Path, Results] = {}
    found = []
    for local in submission.locals:
        if local.path is None or not is_artifact(local.path) or not local.exists:
            continue
        first = local.path not in known
        if first:
            known[local.path] = results_of(local.path)
        found.append(Used(local, known[local.path], first))
    return tuple(found)


def results_of(path: Path) -> Results:
    """Return what a file of results says; whatever is wrong with it stands in ``error``."""
    try:
        content = read_bytes(path, LARGEST)
    except Stop as stop:
        return Results(error=stop.problem.message)
    results = _READERS[path.name.lower()](content)
    if not results.error and not results.tests and not results.failures:
        results.error = "It holds no results of tests."
    if not results.error and not results.failures:
        results.broken = bad_end(content, path.name.lower())
    return results


def _of_log(content: bytes) -> Results:
    results = Results()
    for word, name in _LINE.findall(content):
        results.note(name.decode(errors="replace"), Ended[word.decode()])
    if not results.tests:
        results.error = "It is no output of `go test -v`: no line begins with --- PASS, --- FAIL or --- SKIP."
    return results


def _of_events(content: bytes) -> Results:
    results, packages = Results(), []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            action, test = str(event.get("Action", "")), str(event.get("Test") or "")
        except (ValueError, AttributeError, RecursionError):
            return Results(error=f"Its line {number} is no event of `go test -json`.")
        if action.upper() not in Ended.__members__ or action != action.lower():
            continue
        if test:
            results.note(test, Ended[action.upper()])
        elif action == "fail":
            packages.append(f"package {event.get('Package', '')}")
    results.failures = results.failures or packages
    return results


def _of_junit(content: bytes) -> Results:
    if b"<!ENTITY" in content:
        return Results(error="It is XML with entities of its own, and those are not read.")
    try:
        waiting = [ET.fromstring(content)]  # noqa: S314 - without entities there is nothing to explode
    except (ET.ParseError, ValueError, LookupError) as error:
        return Results(error=f"It is no JUnit XML: {error}.")
    results = Results()
    while waiting:
        suite = waiting.pop()
        for case in (child for child in suite if tag(child) == _CASE):
            marks = {tag(mark) for mark in case}
            ended = Ended.FAIL if marks & {"failure", "error"} else Ended.SKIP if "skipped" in marks else Ended.PASS
            results.note(case.get("name", ""), ended)
        waiting += [child for child in reversed(suite) if tag(child) == _SUITE]
    return results


_READERS: dict[str, Callable[[bytes], Results]] = {
    "junit.xml": _of_junit,
    "results.json": _of_events,
    "e2e.log": _of_log,
}
