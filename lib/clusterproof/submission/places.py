"""Where local evidence lies, as each generation of the validator reads it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterproof.submission.form import Entry, Item
    from clusterproof.submission.schema import Asked
    from clusterproof.submission.submission import Submission

NAME = "PRODUCT.yaml"
_MEANT = frozenset({"product.yaml", "product.yml"})
_PRODUCT_FOLDER = re.compile(r"v\d+\.\d+/[^/]+/", re.ASCII)
_MOST_NAMES, _MOST_FOLDERS = 500, 50  # looked through for a file that was meant


@dataclass(frozen=True)
class Local:
    """One line of evidence that is no address. Where ``path`` is None, ``why`` says what is wrong with its words."""

    asked: Asked
    item: Item
    entry: Entry
    path: Path | None
    fragment: str = ""
    why: str = ""

    @property
    def exists(self) -> bool:
        """Whether there is such a file or folder."""
        return self.path is not None and os.path.exists(self.path)  # noqa: PTH110 - never raises, whatever the name


def is_misnamed(name: str) -> bool:
    """Return whether a name is another spelling of the one that the programme takes."""
    return name != NAME and name.lower() in _MEANT


def is_address(text: str) -> bool:
    """Return whether the validator takes a line of evidence for an address."""
    return text.startswith(("http://", "https://"))


def locals_of(submission: Submission) -> tuple[Local, ...]:
    """Return the local evidence of all items that the validator looks at."""
    return tuple(
        _locate(submission, asked, item, entry)
        for asked, item in submission.judged
        for entry in item.evidence
        if entry.text and not is_address(entry.text)
    )


def inside(path: Path, folder: Path) -> bool:
    """Return whether a path lies below a folder; both as they are written, links not resolved."""
    return path != folder and path.is_relative_to(folder)


def leaves_by_link(path: Path, folder: Path) -> bool:
    """Return whether following symbolic links leads out of a folder."""
    try:
        return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        return True


def meant(submission: Submission, text: str) -> str:
    """Return the file of the product's folder that a line of evidence probably means; empty if none is near."""
    from clusterproof.nearest import nearest  # noqa: PLC0415 - difflib, for findings only

    names = []
    for top, folders, files in islice(os.walk(submission.folder), _MOST_FOLDERS):
        folders[:] = sorted(name for name in folders if not name.startswith("."))[:_MOST_FOLDERS]
        names += [os.path.relpath(Path(top, name), submission.folder) for name in sorted(files)[:_MOST_NAMES]]
    names = [name for name in names[:_MOST_NAMES] if name != submission.document.path.name]
    named = [name for name in names if name in text]
    return named[0] if named else nearest(text, names)


def _locate(submission: Submission, asked: Asked, item: Item, entry: Entry) -> Local:
    if not submission.current:
        return Local(asked, item, entry, _joined(submission.folder, entry.text))
    words, _, fragment = entry.text.strip().removeprefix("file://").partition("#")
    words = words.strip().removeprefix("/")
    own = f"{submission.folder.parent.name}/{submission.folder.name}/"
    why = ""
    if not words:
        why = "it names no file"
    elif not words.startswith(own) and _PRODUCT_FOLDER.match(words):
        why = "it names the folder of another product"
    path = _joined(submission.folder, words.removeprefix(own))
    if not why and path is None:
        why = "it holds a null byte"
    if not why and path == submission.folder:
        why = "it names the product's folder and no file in it"
    if not why and path and not inside(path, submission.folder):
        why = "it leaves the product's folder"
    return Local(asked, item, entry, None if why else path, fragment, why)


def _joined(folder: Path, words: str) -> Path | None:
    if "\0" in words:
        return None
    return Path(os.path.normpath(f"{folder}/{words}"))
