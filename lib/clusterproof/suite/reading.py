"""The three forms in which ``go test`` results come, told apart by their content: JUnit XML, JSON lines, a log."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.submission.endings import case_ended, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 100_000  # tests of one file
DEEPEST = 64  # elements inside each other; a report has four
_LOG = re.compile(r"^[ \t]*--- (PASS|FAIL|SKIP): (\S{1,500}) \((\d+(?:\.\d+)?)s\)[ \t\r]*$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PACKED = b"\x1f\x8b"  # gzip
_OUTPUT = frozenset({"system-out", "system-err", "properties"})
_BEGUN = re.compile(r"^=== RUN[ \t]+(\S{1,500})[ \t\r]*$", re.MULTILINE)


class Form(StrEnum):
    """A form, by the only name under which the validator parses it."""

    JUNIT = "junit.xml"
    JSON = "results.json"
    LOG = "e2e.log"


class Ended(StrEnum):
    """How a test ended."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    SKIP = "skip"
    NEVER = "did not end"


@dataclass(frozen=True)
class Test:
    """One test or subtest of a suite."""

    __test__ = False  # pytest would otherwise collect it

    name: str
    """With the names of the tests around it, for instance ``TestGangScheduling/holds_back``."""
    ended: Ended
    took: float = 0.0
    why: str = ""


def read_tests(content: bytes, name: str) -> tuple[Form, tuple[Test, ...]]:
    """Return the tests that a file tells of, and in which form it does.

    Raises:
        UsageError: it is in none of the forms, or tells of no test at all.
    """
    if b"\0" in content or content.startswith(_PACKED):
        raise UsageError(
            f"{name} is not UTF-8 text, so it is no test result.", next_step="Unpack it, or save it as UTF-8."
        )
    # One byte of some program's that is no UTF-8 does not make the rest of a log unreadable.
    text = _COLOUR.sub("", content.decode("utf-8-sig", errors="replace"))
    form = _form(text)
    read = {Form.JUNIT: _junit, Form.JSON: _json, Form.LOG: _log}[form]
    found: dict[str, Test] = {}
    skipped = set()
    for test in read(text, name):
        _note(found, test)
        skipped |= {test.name} if test.ended is Ended.SKIP else set()
    for test in [test for test in found.values() if test.ended is Ended.PASS and test.name in skipped]:
        found[test.name] = replace(test, ended=Ended.SKIP, why="it was skipped once")  # in whichever order
    if not found:
        raise UsageError(
            f"{name} tells of no test: no test case, no action, no line '--- PASS', '--- FAIL' or '--- SKIP'.",
            next_step="The programme's suite writes these with go test -v or -json, or gotestsum --junitfile.",
        )
    if len(found) > MOST:
        raise UsageError(f"{name} tells of more than {MOST:,} tests, so it is not of the programme's suite.")
    return form, tuple(found.values())


def _note(found: dict[str, Test], test: Test) -> None:
    """Take a test in; one that has failed once has failed, as the programme's validator has it."""
    before = found.get(test.name)
    if before is None or before.ended is not Ended.FAIL:
        found[test.name] = test


def _form(text: str) -> Form:
    begin = text.lstrip()[:1]
    return Form.JUNIT if begin == "<" else Form.JSON if begin in {"{", "["} else Form.LOG


def _junit(text: str, name: str) -> Iterable[Test]:
    for case in (each for each in _root(text, name).iter() if tag(each) == "testcase"):
        ended = {"pass": Ended.PASS, "fail": Ended.FAIL, "skip": Ended.SKIP}.get(case_ended(case), Ended.NEVER)
        told = (each.get("message") or each.text or "" for each in case if tag(each).lower() not in _OUTPUT)
        yield Test(case.get("name") or "", ended, _seconds(case.get("time")), next(told, "").strip())


def _root(text: str, name: str) -> Any:
    """Return the root of a document; one with a DTD could explode or read other files, and no report has one."""
    from xml.etree.ElementTree import ParseError, TreeBuilder  # noqa: PLC0415 - the parser is the safe one

    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - only an import needs it
    from defusedxml.ElementTree import XMLParser  # noqa: PLC0415

    class Shallow(TreeBuilder):
        """Builds the tree of elements as long as it is not deeper than a report can be."""

        depth = 0

        def start(self, tag: Any, attrs: Any) -> Any:
            self.depth += 1
            if self.depth > DEEPEST:
                raise UsageError(f"{name} is nested more than {DEEPEST} elements deep, so it is no JUnit report.")
            return super().start(tag, attrs)

        def end(self, tag: Any) -> Any:
            self.depth -= 1
            return super().end(tag)

    try:
        parser = XMLParser(target=Shallow(), forbid_dtd=True)
        parser.feed(text)
        root = parser.close()
    except DefusedXmlException:
        raise UsageError(f"{name} declares document types or entities, which no test report needs.") from None
    except ParseError as error:
        raise UsageError(f"{name} is not readable XML: line {error.position[0]}.") from None
    except (ValueError, LookupError):
        raise UsageError(f"{name} is not readable XML.") from None
    if tag(root) not in {"testsuites", "testsuite"}:
        raise UsageError(f"{name} is XML, but no JUnit report: its root is no testsuites and no testsuite.")
    return root


def _json(text: str, name: str) -> Iterable[Test]:
    for number, line in enumerate(text.split("\n"), start=1):
        event = _event(line, name, number)
        test = event.get("Test")
        if not isinstance(test, str) or not test:
            continue
        action = event.get("Action")
        if action in {"run", "start"}:
            yield Test(test, Ended.NEVER)
        elif action in {Ended.PASS, Ended.FAIL, Ended.SKIP}:
            yield Test(test, Ended(action), _seconds(event.get("Elapsed")))


def _event(line: str, name: str, number: int) -> dict[str, Any]:
    if not line.strip():
        return {}
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is not what go test -json writes: line {number} is no JSON.") from None
    if not isinstance(event, dict):
        raise UsageError(f"{name} is not what go test -json writes: line {number} is no object.")
    return event


def _log(text: str, _name: str) -> Iterable[Test]:
    yield from (Test(test, Ended.NEVER) for test in _BEGUN.findall(text))
    yield from (Test(test, Ended(word.lower()), _seconds(took)) for word, test, took in _LOG.findall(text))


def _seconds(value: Any) -> float:
    try:
        took = float(value or 0)
    except (TypeError, ValueError):
        return 0.0
    return took if 0 <= took < 1e9 else 0.0  # noqa: PLR2004 - what is no number is not, and neither is thirty years
