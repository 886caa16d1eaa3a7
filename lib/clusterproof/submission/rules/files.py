"""Local evidence: files beside the submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit_value, rule
from clusterproof.submission.hollow import hollow
from clusterproof.submission.places import inside, leaves_by_link, meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.places import Local
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity


@rule(
    "evidence-path",
    REJECTED,
    "The evidence of {id} is no path in the product's folder, {why}: {text}",
    "Copy the file into the product's folder and name it relative to that.",
)
def paths_stay_inside(submission: Submission) -> Iterator[Hit]:
    """Look for paths that the later rules refuse before they look for the file."""
    for local in submission.locals:
        if local.path is None:
            why = local.why or "it holds a null byte"
            yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text, why=why)


@rule(
    "evidence-missing",
    REJECTED,
    "The evidence of {id} is neither an address nor a file that is there: {text}",
    "{hint}",
)
def files_are_there(submission: Submission) -> Iterator[Hit]:
    """Look for files that do not exist; what lies outside of the tree of submissions does not exist for others."""
    for local in submission.locals:
        if local.path is not None and not (_in_tree(submission, local) and local.exists):
            near = meant(submission, local.entry.text)
            hint = f"Perhaps {near!r} is meant." if near else "Put the file beside PRODUCT.yaml, or write https://…"
            if not submission.current and local.entry.text.startswith("file://"):
                hint = "The earlier rules know no file://; write the plain path."
            yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text, hint=hint)


@rule(
    "evidence-outside",
    QUESTIONED,
    "The evidence of {id} lies outside of the product's folder: {text}",
    "Copy the file into the product's folder; the later rules refuse this path.",
)
def files_belong_to_the_product(submission: Submission) -> Iterator[Hit]:
    """Look for files of others, which the earlier rules accept."""
    for local in _there(submission):
        if not submission.current and local.path and not inside(local.path, submission.folder):
            yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text)


@rule(
    "evidence-link",
    QUESTIONED,
    "The evidence of {id} is a symbolic link that leads out of the product's folder: {text}",
    "Put a copy of the file in its place.",
)
def links_stay_inside(submission: Submission) -> Iterator[Hit]:
    """Look for symbolic links that lead out of the product's folder."""
    for local in _there(submission):
        inward = local.path and inside(local.path, submission.folder)
        if inward and local.path and leaves_by_link(local.path, submission.folder):
            yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text)


@rule(
    "evidence-no-file",
    QUESTIONED,
    "The evidence of {id} is {what}, and no file that a reader could open: {text}",
    "Name the file that shows it.",
)
def evidence_is_a_file(submission: Submission) -> Iterator[Hit]:
    """Look for folders, pipes and devices; the validator only asks whether something of that name is there."""
    for local in _there(submission):
        if local.path and inside(local.path, submission.folder) and not local.path.is_file():
            what = "a folder" if local.path.is_dir() else "a pipe, a socket or a device"
            yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text, what=what)


@rule(
    "evidence-hollow",
    QUESTIONED,
    "The evidence of {id} is {what}, which shows nothing: {text}",
    "Name the file that shows it.",
)
def evidence_shows_something(submission: Submission) -> Iterator[Hit]:
    """Look for files that hold nothing, and for the submission as its own evidence; the validator finds both."""
    own = submission.folder / submission.document.path.name
    told = {use.local.path for use in submission.artifacts if use.results.error}
    for local in _there(submission):
        path = local.path
        if path and path not in told and inside(path, submission.folder) and path.is_file():
            what = "this very checklist" if path == own else hollow(path)
            if what:
                yield hit_value(*local.entry.where, id=local.asked.id, text=local.entry.text, what=what)


def _there(submission: Submission) -> Iterator[Local]:
    for local in submission.locals:
        if local.path is not None and _in_tree(submission, local) and local.exists:
            yield local


def _in_tree(submission: Submission, local: Local) -> bool:
    """Return whether a path lies in the tree of all submissions; others are not even asked whether they exist."""
    tree = submission.folder.parent.parent if submission.folder_version else submission.folder
    return local.path is not None and local.path.is_relative_to(tree)
