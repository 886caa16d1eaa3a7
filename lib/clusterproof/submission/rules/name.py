"""What a submission is called and where it lies: the programme takes a file PRODUCT.yaml, and no link to its folder."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit, rule
from clusterproof.submission.places import NAME, is_misnamed
from clusterproof.submission.submission import VERSION_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
LINKED, LOST = "folder-link", "folder-lost"


def is_linked_folder(path: Path) -> bool:
    """Return whether something is a link to a folder; a link in a submission's own place is told as such."""
    return path.name != NAME and os.path.islink(path) and os.path.isdir(path)  # noqa: PTH112, PTH114 - never raise


def may_hide_submissions(path: Path) -> bool:
    """Return whether something is a link to a folder that stands where submissions would, or leads to one."""
    own = path.absolute()
    of_version = any(VERSION_FOLDER.fullmatch(name) for name in (own.name, own.parent.name))
    return is_linked_folder(path) and (of_version or os.path.lexists(path / NAME))


def is_lost_folder(path: Path) -> bool:
    """Return whether something is the folder of a product that holds files, and none that could be a submission."""
    own = path.absolute()
    if not VERSION_FOLDER.fullmatch(own.parent.name):
        return False
    if any(os.path.lexists(each / NAME) for each in own.parents):  # what lies in a product's folder is its own
        return False
    names: list[str] = []
    with suppress(OSError):
        names = [each.name for each in own.iterdir() if not each.name.startswith(".")]
    return bool(names) and not any(name == NAME or is_misnamed(name) for name in names)


def stands_in_for(path: Path) -> str:
    """Return the rule about a folder that stands where a submission would; empty for a submission."""
    if is_linked_folder(path):
        return LINKED
    return LOST if path.name != NAME and is_lost_folder(path) else ""


@rule(
    "file-name",
    REJECTED,
    "The file is named {name}, and the programme only takes PRODUCT.yaml, in these letters.",
    "Rename it to PRODUCT.yaml.",
)
def the_file_has_its_name(submission: Submission) -> Iterator[Hit]:
    """Look for another spelling of the file's name."""
    name = submission.document.path.name
    if is_misnamed(name):
        yield hit(name=name)


@rule(
    "file-name-beside",
    QUESTIONED,
    "Beside PRODUCT.yaml lies {name}, which nobody reads.",
    "Remove it, or take over into PRODUCT.yaml what it says.",
)
def no_other_spelling_lies_beside(submission: Submission) -> Iterator[Hit]:
    """Look for a second file that was meant to be the submission."""
    names: list[str] = []
    if submission.document.path.name == NAME:
        with suppress(OSError):
            names = sorted(path.name for path in submission.folder.iterdir())
    yield from (hit(name=name) for name in names if is_misnamed(name))


@rule(
    LOST,
    QUESTIONED,
    f"The folder of this product holds no file {NAME}: the programme sees no submission in it.",
    f"Put {NAME} into it, or remove the folder.",
)
def no_folder_lacks_its_file(submission: Submission) -> Iterator[Hit]:
    """Look for the folder of a product without the file that counts."""
    if stands_in_for(submission.document.path) == LOST:
        yield hit()


@rule(
    LINKED,
    QUESTIONED,
    "This is a symbolic link to a folder, and links are not followed: nothing behind it was looked at.",
    "Put the folder itself in its place, or name the one that it leads to.",
)
def no_folder_is_a_link(submission: Submission) -> Iterator[Hit]:
    """Look for a link in the place of a folder."""
    if is_linked_folder(submission.document.path):
        yield hit()
