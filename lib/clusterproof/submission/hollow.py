"""Files of evidence that are there and show nothing: empty ones, a heading alone, what is still to be written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import decoded, read_bytes
from clusterproof.submission.words import found, says

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 4096  # bytes; of what is longer nobody would say that it holds nothing
_MARKDOWN, _HTML = frozenset({".md", ".markdown"}), frozenset({".html", ".htm"})
_TEXTS = _MARKDOWN | _HTML | {".txt", ".log", ".rst", ".adoc", ".out"}
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MARKDOWN_HEADING = re.compile(r"^[ ]{0,3}#{1,6}(?:[ \t].*)?$|^.+\n[ ]{0,3}(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_HTML_HEADING = re.compile(r"<(title|style|script|h[1-6])\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SHOWING_TAG = re.compile(r"<(?:img|svg|picture|video|object|embed|iframe|canvas|a)\b", re.IGNORECASE)


def hollow(file: Path) -> str:
    """Return in words what a file is that shows nothing; empty where it shows something or cannot be read."""
    try:
        content = read_bytes(file, LARGEST)
    except Stop:
        return ""  # it is longer; or it cannot be read, which is told elsewhere
    kind = file.suffix.lower()
    if not content.strip() or (kind in _TEXTS and not says(decoded(content))):
        return "an empty file"
    if kind in _TEXTS and not _shows(decoded(content), kind):
        return "a file that only holds a heading, a comment or what is still to be written"
    return ""


def _shows(text: str, kind: str) -> bool:
    """Return whether a text has a line with more in it than a heading or the promise of one."""
    if kind in _MARKDOWN | _HTML:
        text = _COMMENT.sub("", text)
    if kind in _HTML:
        if _SHOWING_TAG.search(text):
            return True
        text = _TAG.sub(" ", _HTML_HEADING.sub("", text))
    elif kind in _MARKDOWN:
        text = _MARKDOWN_HEADING.sub("", text)
    return any(says(line) and not found("unwritten", line) for line in text.splitlines())
