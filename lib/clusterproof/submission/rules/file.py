"""The file itself: whether it can be read as a submission at all, and by which version it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.submission.document import Trouble
from clusterproof.submission.finding import Severity, hit, hit_value, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
_MENDS = {
    Trouble.UNREADABLE: "Put a regular, readable file there.",
    Trouble.SYMBOLIC_LINK: "Put a copy of the file in its place.",
    Trouble.TOO_LARGE: "Keep answers in this file and move long texts into evidence files beside it.",
    Trouble.NOT_UTF8: "Save the file as UTF-8.",
    Trouble.NOT_YAML: "Mend the syntax at this place; quote texts that hold a colon, a hash or brackets.",
    Trouble.TOO_DEEP: "Take the form of the official checklist, which has five levels.",
    Trouble.ALIASES_EXPLODE: "Write the values out; a checklist needs no aliases.",
    Trouble.DUPLICATE_KEY: "Remove one of the two.",
    Trouble.MORE_DOCUMENTS: "Remove everything from the second --- on.",
}
_ACCEPTED = {Trouble.MORE_DOCUMENTS}


def _looking_for(trouble: Trouble) -> Callable[[Submission], Iterator[Hit]]:
    def look(submission: Submission) -> Iterator[Hit]:
        for problem in submission.document.problems:
            if problem.trouble is trouble:
                yield hit(*problem.where, message=problem.message, at=problem.at)

    return look


for _trouble in Trouble:
    _severity = QUESTIONED if _trouble in _ACCEPTED else REJECTED
    rule(_trouble.value, _severity, "{message}", _MENDS[_trouble])(_looking_for(_trouble))


@rule(
    "wrong-type",
    REJECTED,
    "{name} is {seen}, where the validator reads {wanted}; it cannot load the file.",
    "Write {wanted}; an empty list is [].",
)
def parts_have_their_types(submission: Submission) -> Iterator[Hit]:
    """Look for parts that the validator's library refuses."""
    for wrong in submission.form.wrong:
        name = str(next((step for step in reversed(wrong.where) if isinstance(step, str)), "the file"))
        yield hit_value(*wrong.where, name=name, wanted=wrong.wanted, seen=wrong.seen)


@rule(
    "unknown-version",
    REJECTED,
    "There is no official checklist {version}, so nothing can be compared.",
    "Put the product's folder into that of a version that exists; --templates DIR names checklists of newer ones.",
)
def the_version_exists(submission: Submission) -> Iterator[Hit]:
    """Look for a version that nobody knows."""
    if submission.version and submission.schema is None:
        yield hit("metadata", "kubernetesVersion", version=submission.version)


@rule(
    "no-version",
    REJECTED,
    "Neither the path nor kubernetesVersion names a version of the checklist.",
    "Put the file into vX.Y/PRODUCT/, and write kubernetesVersion: vX.Y.",
)
def a_version_is_named(submission: Submission) -> Iterator[Hit]:
    """Look for a file of which nobody can tell by which checklist to judge it."""
    if submission.document.readable and not submission.version:
        yield hit("metadata", "kubernetesVersion")


@rule("no-metadata", REJECTED, "The section metadata is missing.", "Take it over from the official checklist.")
def there_is_metadata(submission: Submission) -> Iterator[Hit]:
    """Look for a file without metadata."""
    if submission.form.metadata is None and _is_mapping(submission):
        yield hit("metadata")


@rule("no-spec", REJECTED, "The section spec is missing.", "Take it over from the official checklist.")
def there_is_a_spec(submission: Submission) -> Iterator[Hit]:
    """Look for a file without answers."""
    if submission.form.spec is None and _is_mapping(submission):
        yield hit("spec")


def _is_mapping(submission: Submission) -> bool:
    """Return whether the file is read and of the right type at its top; an empty file is."""
    wrong = {each.where for each in submission.form.wrong}
    fatal = any(problem.trouble not in {Trouble.DUPLICATE_KEY, Trouble.MORE_DOCUMENTS}
                for problem in submission.document.problems)  # fmt: skip
    return not fatal and () not in wrong


@rule(
    "folder-version",
    QUESTIONED,
    "kubernetesVersion is {claimed}, and the file lies in the folder of v{folder}.",
    "Write v{folder}, or move the product's folder to that of the version that was tested.",
)
def the_version_is_that_of_the_folder(submission: Submission) -> Iterator[Hit]:
    """Look for a version that contradicts its directory."""
    claimed = submission.text("kubernetesVersion")
    if submission.folder_version and claimed and submission.claimed_version != submission.folder_version:
        key, _ = submission.value("kubernetesVersion")
        yield hit_value("metadata", key, claimed=claimed, folder=submission.folder_version)
