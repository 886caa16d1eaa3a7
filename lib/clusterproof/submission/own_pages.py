"""The kit's own pages of evidence, as somebody reads them who only has the files: what each says of its requirement."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof.submission.composing import Stop
from clusterproof.submission.places import inside, leaves_by_link
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from clusterproof.submission.places import Local

LARGEST = 8 * 1024 * 1024  # bytes of a page; a report of all requirements stays below one million
_SPOT = re.compile(r"^> \*\*SIMULATED\.?\*\*", re.MULTILINE)
_ITEM = re.compile(r"^\| Requirement \| `([^`|\n]{1,100})`, [A-Z]+ in checklist (\d\.\d+),", re.MULTILINE)
_RUN = re.compile(r"^\| Run \| .{0,300}\bclusterproof ", re.MULTILINE)
_ANSWER = re.compile(r"^Reason: .{0,200} In the checklist: ([^.,\n]{1,40})", re.MULTILINE)
_TITLE = re.compile(r"<title>[^<:]{1,40}: ([^<: ]{1,100})(?: \(SIMULATED\))?</title>")
_FOOT = re.compile(r"Written by clusterproof [^<]{0,60} for checklist (\d\.\d+)\.")
_DEFINED = re.compile(r"<dt>In the checklist</dt><dd>([^<,]{1,40})")


@dataclass(frozen=True)
class OwnPage:
    """What a page of the kit's says; ``requirement`` and ``answer`` are empty where it tells of several."""

    simulated: bool
    checklist: str
    requirement: str = ""
    answer: str = ""
    """What stands in the checklist, by the page: a status, or that it was left blank."""


def own_pages(locals_: Iterable[Local], folder: Path) -> Iterator[tuple[Local, OwnPage]]:
    """Yield the evidence in a product's folder that is a page of the kit's, each file read once."""
    known: dict[Path, OwnPage | None] = {}
    for local in locals_:
        path = local.path
        read = _READERS.get(path.suffix.lower()) if path else None
        if path is None or read is None or not inside(path, folder):
            continue
        if path not in known:
            known[path] = None if leaves_by_link(path, folder) else _page(path, read)
        page = known[path]
        if page:
            yield local, page


def _page(path: Path, read: Callable[[str], OwnPage | None]) -> OwnPage | None:
    try:
        return read(read_bytes(path, LARGEST).decode(errors="replace"))
    except Stop:
        return None  # whether the file is there is told elsewhere


def _markdown(text: str) -> OwnPage | None:
    item, answer = _ITEM.search(text), _ANSWER.search(text)
    if not item or not _RUN.search(text):
        return None
    return OwnPage(_SPOT.search(text) is not None, item[2], item[1], answer[1].strip() if answer else "")


def _html(text: str) -> OwnPage | None:
    foot, title = _FOOT.search(text), _TITLE.search(text)
    if not foot:
        return None
    answers = {html.unescape(each).strip() for each in _DEFINED.findall(text)}
    one = title and len(answers) == 1
    return OwnPage('<div class="sim"' in text, foot[1], title[1] if one and title else "", answers.pop() if one else "")


def _report(text: str) -> OwnPage | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(content, dict) and "kit_version" in content and isinstance(content.get("verdicts"), list)):
        return None
    return OwnPage(content.get("simulated") is not False, str(content.get("checklist", "")))


_READERS = {".md": _markdown, ".html": _html, ".htm": _html, ".json": _report}
