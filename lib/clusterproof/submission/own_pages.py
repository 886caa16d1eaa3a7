"""The kit's own pages of evidence, as somebody reads them who only has the files: what each says of its requirements.

What is a page of the kit's is told by what stands in it: its name and ending are the submitter's to choose.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from clusterproof.model import Outcome
from clusterproof.submission.composing import Stop
from clusterproof.submission.places import inside, leaves_by_link
from clusterproof.submission.reading import UTF_8, decoded, encoding, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from clusterproof.submission.places import Local

LARGEST = 8 * 1024 * 1024  # bytes of a page; a report of all requirements stays below one million
BLANK = "left blank"
NOT_MEASURED = frozenset({Outcome.SKIP.value, Outcome.UNKNOWN.value, Outcome.ERROR.value})
_SPOT = re.compile(r"^> \*\*SIMULATED\.?\*\*", re.MULTILINE)
_ITEM = re.compile(r"^\| Requirement \| `([^`|\n]{1,100})`, [A-Z]+ in checklist (\d\.\d+),", re.MULTILINE)
_RUN = re.compile(r"^\| Run \| .{0,300}\bclusterproof ", re.MULTILINE)
_ANSWER = re.compile(r"^Reason: .{0,200} In the checklist: ([^.,\n]{1,40})", re.MULTILINE)
_OUTCOME = re.compile(r"^\*\*\S ([A-Z/ ]{1,20})\*\*: ", re.MULTILINE)
_TITLE = re.compile(r"<title>[^<:]{1,40}: ([^<: ]{1,100})(?: \(SIMULATED\))?</title>")
_FOOT = re.compile(r"Written by clusterproof [^<]{0,60} for checklist (\d\.\d+)\.")
_SECTION = re.compile(r'<section class="req" id="r-([^"]{1,100})"')
_DEFINED = re.compile(r"<dt>In the checklist</dt><dd>([^<,]{1,40})")
_BADGE = re.compile(r'<span class="badge [a-z]{1,20}"><span aria-hidden="true">[^<]{1,9}</span>([^<]{1,20})</span>')


@dataclass(frozen=True)
class Said:
    """What a page says of one requirement."""

    answer: str
    """What stands in the checklist: a status, or that it was left blank."""
    outcome: str
    """What was seen, as a word: ``PASS``, ``SKIP``."""


@dataclass(frozen=True)
class OwnPage:
    """What a page of the kit's says."""

    simulated: bool
    checklist: str
    said: Mapping[str, Said] = field(default_factory=dict)
    """By requirement; one, or those of a whole report."""


def own_pages(locals_: Iterable[Local], folder: Path) -> Iterator[tuple[Local, OwnPage]]:
    """Yield the evidence in a product's folder that is a page of the kit's, each file read once."""
    known: dict[Path, OwnPage | None] = {}
    for local in locals_:
        path = local.path
        if path is None or not inside(path, folder):
            continue
        if path not in known:
            known[path] = None if leaves_by_link(path, folder) else own_page(path)
        page = known[path]
        if page:
            yield local, page


def own_page(path: Path) -> OwnPage | None:
    """Return what a file says if it is a page of the kit's; links are not followed."""
    try:
        content = read_bytes(path, LARGEST)
    except Stop:
        return None  # whether the file is there is told elsewhere
    if encoding(content) != UTF_8:
        content = decoded(content).encode(errors="replace")
    readers = [read for mark, read in _READERS.items() if mark in content]  # before a large picture is decoded
    text = decoded(content) if readers else ""
    return next((page for read in readers if (page := read(text))), None)


def _markdown(text: str) -> OwnPage | None:
    item, answer, outcome = _ITEM.search(text), _ANSWER.search(text), _OUTCOME.search(text)
    if not item or not _RUN.search(text):
        return None
    said = Said(answer[1].strip() if answer else "", outcome[1] if outcome else "")
    return OwnPage(_SPOT.search(text) is not None, item[2], {item[1]: said})


def _html(text: str) -> OwnPage | None:
    foot, title = _FOOT.search(text), _TITLE.search(text)
    if not foot:
        return None
    _, *parts = _SECTION.split(text)  # a report's; the page of one requirement names it in its title
    if title and not parts:
        parts = [title[1], text]
    said = {html.unescape(name): _section(part) for name, part in zip(parts[::2], parts[1::2], strict=True)}
    return OwnPage('<div class="sim"' in text, foot[1], said)


def _section(text: str) -> Said:
    answer, outcome = _DEFINED.search(text), _BADGE.search(text)
    return Said(html.unescape(answer[1]).strip() if answer else "", outcome[1] if outcome else "")


def _report(text: str) -> OwnPage | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(content, dict) and "kit_version" in content and isinstance(content.get("verdicts"), list)):
        return None
    verdicts = [each for each in content["verdicts"] if isinstance(each, dict)]
    said = {_id(each): Said(str(each.get("status") or BLANK), str(each.get("outcome", ""))) for each in verdicts}
    return OwnPage(content.get("simulated") is not False, str(content.get("checklist", "")), said)


def _id(verdict: dict[str, Any]) -> str:
    requirement = verdict.get("requirement")
    return str(requirement.get("id", "")) if isinstance(requirement, dict) else ""


def _junit(text: str) -> OwnPage | None:
    if "<!ENTITY" in text:
        return None
    try:
        root = ET.fromstring(text)  # noqa: S314 - without entities there is nothing to explode
    except (ET.ParseError, ValueError, LookupError):
        return None
    about = _properties(root.find("testsuite"))
    if "kit_version" not in about:
        return None
    cases = {case.get("name", ""): _properties(case) for case in root.iterfind("testsuite/testcase")}
    said = {name: Said(each.get("status") or BLANK, each.get("outcome", "")) for name, each in cases.items()}
    return OwnPage(about.get("simulated") != "false", about.get("checklist", ""), said)


def _properties(element: ET.Element | None) -> dict[str, str]:
    found = () if element is None else element.iterfind("properties/property")
    return {each.get("name", ""): each.get("value", "") for each in found}


_READERS: dict[bytes, Callable[[str], OwnPage | None]] = {
    b"| Requirement | `": _markdown,
    b"Written by clusterproof ": _html,
    b'"kit_version"': _report,
    b'<testsuites name="clusterproof"': _junit,
}
"""By words that stand in every page of the form, and in few other files."""
