"""What a file of test results says of the run as a whole: that something went wrong which belongs to no test in it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = frozenset({"", "TestMain"})
"""Names under which converters put the failure of a package that belongs to no test."""
_PANIC = re.compile(r"^(panic: .{1,200}|fatal error: .{1,200}|signal: \S{1,40})", re.MULTILINE)
_FAILED = re.compile(r"^[ \t]*--- FAIL: ", re.MULTILINE)
_MARKS = frozenset({"failure", "error"})
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
    failed: dict[ET.Element, int] = {}  # cases in and below an element; counted from the leaves, however deep it is
    for each in reversed(list(root.iter())):
        marked = any(_tag(child) in _MARKS for child in each)
        failed[each] = int(marked and _tag(each) == _CASE) + sum(failed[child] for child in each)
        name = _words(each.get("name") or "the suite")
        said = _count(each, "failures") + _count(each, "errors")
        if _tag(each) in _SUITES and said > failed[each]:
            yield f"{name} counts {said} failures, and {failed[each]} of its cases tell of one"
        if marked and (_tag(each) in _SUITES or (_tag(each) == _CASE and (each.get("name") or "") in WHOLE)):
            yield f"{name} failed, and no test of it did"


def _tag(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _count(suite: ET.Element, name: str) -> int:
    said = (suite.get(name) or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0  # noqa: PLR2004 - no count is longer


def _words(text: str) -> str:
    return " ".join(text.split())[:120]


_READERS = {"junit.xml": _of_junit, "results.json": _of_events, "e2e.log": _of_log}
