"""What a file of test results says of the run as a whole: that something went wrong which belongs to no test in it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = frozenset({"", "TestMain"})
"""Names under which converters put the failure of a package that belongs to no test."""
_PANIC = re.compile(r"^(panic: .{1,200}|fatal error: .{1,200}|signal: \S{1,40})", re.MULTILINE)
_FAILED = re.compile(r"^[ \t]*--- FAIL: ", re.MULTILINE)
_FAILED_MARKS = frozenset({"failure", "error", "flakyfailure", "flakyerror", "rerunfailure", "rerunerror"})
_FAILED_WORDS = frozenset({"fail", "failed", "failure", "error", "errored", "broken", "timedout", "timeout"})
_SKIPPED = frozenset({"skip", "skipped", "notrun", "disabled", "ignored", "suppressed", "pending"})
_PASSED_WORDS = frozenset({"pass", "passed", "ok", "success", "successful", "run", "completed", "complete"})
_ENDS = frozenset({"pass", "fail", "skip"})
_END = re.compile(r"^(?:PASS|FAIL|ok|[?])(?:[ \t]|\r?$)", re.MULTILINE)
_SUITES = frozenset({"testsuites", "testsuite"})
_CASE = "testcase"
_PACKAGE = re.compile(r"^(FAIL(?:[ \t]+\S.{0,200})?|exit status [1-9]\d*)[ \t\r]*$", re.MULTILINE)


def bad_end(content: bytes, name: str) -> str:
    """Return what went wrong with a run of tests as a whole, in a few words; empty if nothing did.

    Args:
        content: what has been read as results already.
        name: one of the three names of such files; it tells the form.
    """
    return next(iter(_READERS[name](content)), "")


def _of_log(content: bytes) -> Iterator[str]:
    text = content.decode(errors="replace")
    if not _FAILED.search(text):
        found = _PANIC.search(text) or _PACKAGE.search(text)
        if found:
            yield f"it says '{_words(found[1])}', and of no test that failed"


def _of_events(content: bytes) -> Iterator[str]:
    failed: set[str] = set()
    for event in _events(content):
        package, action, test = str(event.get("Package") or ""), event.get("Action"), event.get("Test")
        if action == "fail" and test and test not in WHOLE:
            failed.add(package)
        elif action == "fail" and (test or not {package, ""} & failed):
            yield f"the package {_words(package)} failed, and no test of it did"
        elif action == "build-fail":
            yield f"{_words(str(event.get('ImportPath', 'a package')))} could not be built"


def _events(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.removeprefix(BOM_UTF8).splitlines():
        event = json.loads(line) if line.strip() else None
        if isinstance(event, dict):
            yield event


def _of_junit(content: bytes) -> Iterator[str]:
    root = ET.fromstring(content)  # noqa: S314 - its reader has refused entities
    below: dict[ET.Element, Counter[str]] = {}  # counted from the leaves, however deep it is
    for each in reversed(list(root.iter())):
        below[each] = sum((below[child] for child in each), Counter[str]())
        name = _words(each.get("name") or "the suite")
        if tag(each) == _CASE:
            ended = case_ended(each)
            below[each] = Counter({"tests": 1, ended: 1})
            if (each.get("name") or "") in WHOLE and ended == "fail":
                yield f"{name} failed, and no test of it did"
        elif tag(each) in _SUITES:
            if any(tag(child) in _FAILED_MARKS for child in each):
                yield f"{name} failed, and no test of it did"
            yield from _uncounted(each, below[each], name)


def _uncounted(suite: ET.Element, seen: Counter[str], name: str) -> Iterator[str]:
    """Yield where a suite counts more than its cases tell of: what is lost may have failed."""
    for what, ended in {"failures errors": "fail", "skipped disabled": "skip", "tests": "tests"}.items():
        said = sum(_count(suite, each) for each in what.split())
        if said > seen[ended]:
            yield f"{name} counts {said} {what.replace(' ', ' and ')}, and its cases tell of {seen[ended]}"


def case_ended(case: Any) -> str:
    """Return how a case of a JUnit report ended: ``pass``, ``fail``, ``skip``, or ``odd`` where its words are unknown.

    A case that was run again after it had failed has failed. Some writers tell it by attributes only.
    """
    marks = {tag(mark).lower() for mark in case}
    if marks & _FAILED_MARKS:
        return "fail"
    said = {(case.get(name) or "").strip().lower() for name in ("status", "result")} - {""}
    if "skipped" in marks or said & _SKIPPED:
        return "skip"
    return "fail" if said & _FAILED_WORDS else "pass" if said <= _PASSED_WORDS else "odd"


def tag(element: Any) -> str:
    """Return the name of an element without its name space."""
    return str(element.tag).rpartition("}")[2]


def unended(content: bytes, name: str) -> str:
    """Return why nobody can tell from a file that the run came to its end; empty where it says so."""
    if name == "junit.xml":  # it is written at the end, and is no XML where it is cut
        return ""
    if name == "results.json":
        ends = any(not each.get("Test") and each.get("Action") in _ENDS for each in _events(content))
    else:
        ends = _END.search(content.decode(errors="replace")) is not None
    return "" if ends else "it does not tell that the run came to its end, and what failed after it would not be seen"


def _count(suite: ET.Element, name: str) -> int:
    said = (suite.get(name) or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0  # noqa: PLR2004 - no count is longer


def _words(text: str) -> str:
    return " ".join(text.split())[:120]


_READERS = {"junit.xml": _of_junit, "results.json": _of_events, "e2e.log": _of_log}
