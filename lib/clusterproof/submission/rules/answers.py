"""What answers say: empty ones, and those that contradict themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.model import Status
from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.rules.status import CONDITIONAL, IMPLEMENTED, NOT_APPLICABLE
from clusterproof.submission.words import found, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity


@rule("evidence-empty", QUESTIONED, "{id} is {status} without any evidence.", "Link what shows it{hint}.")
def answers_have_evidence(submission: Submission) -> Iterator[Hit]:
    """Look for claims without evidence; the validator lets them pass."""
    unread = {wrong.where for wrong in submission.form.wrong}  # another rule tells of what is no list
    for asked, item in submission.judged:
        claimed = item.status in {IMPLEMENTED, Status.PARTIAL.value}
        if claimed and not item.links and (*item.where, "evidence") not in unread:
            hint = "; an address in the notes does not count as evidence" if "://" in item.notes else ""
            yield hit(*item.where, "evidence", id=asked.id, status=item.status, hint=hint)


@rule("evidence-blank", QUESTIONED, "The evidence of {id} has a blank line.", "Remove it; an empty list is [].")
def evidence_has_no_blank_lines(submission: Submission) -> Iterator[Hit]:
    """Look for blank lines of evidence, which are left over from a template."""
    for asked, item in submission.answered:
        for entry in item.evidence:
            if not entry.text.strip():
                yield hit_value(*entry.where, id=asked.id)


@rule(
    "notes-empty",
    QUESTIONED,
    "{id} is a MUST without notes.",
    "Say in notes what was tested, on what, and what was seen; the instructions ask for it.",
)
def a_must_has_notes(submission: Submission) -> Iterator[Hit]:
    """Look for MUST items without notes."""
    for asked, item in submission.judged:
        if asked.level == "MUST" and not says(item.notes) and item.status != NOT_APPLICABLE:
            yield hit_value(*item.where, "notes", id=asked.id)


@rule(
    "status-missing",
    QUESTIONED,
    "{id} has notes, and neither a status nor evidence; the validator passes it over.",
    "Write a status, or remove the notes.",
)
def notes_have_a_status(submission: Submission) -> Iterator[Hit]:
    """Look for a SHOULD with nothing but notes."""
    for asked, item in submission.answered:
        if asked.level == "SHOULD" and not item.status and not item.evidence and item.notes.strip():
            yield hit_value(*item.where, "status", id=asked.id)


@rule("status-contradicted", QUESTIONED, "{id} is {status}, and its notes say {words!r}.", "{hint}")
def status_and_notes_agree(submission: Submission) -> Iterator[Hit]:
    """Look for notes that say the opposite of the status."""
    for asked, item in submission.judged:
        kind = {IMPLEMENTED: "absent", Status.NOT_IMPLEMENTED.value: "present"}.get(item.status, "")
        words = found(kind, item.notes) if kind else ""
        if words:
            hint = "Make the two agree; or say in notes what it is that is not there."
            if submission.current and asked.id in CONDITIONAL and kind == "absent":
                hint = "If the product has no such mechanism, write N/A with the reason; this MUST may be N/A."
            yield hit_value(*item.where, "notes", id=asked.id, status=item.status, words=words, hint=hint)


@rule(
    "no-justification",
    QUESTIONED,
    "{id} is N/A, and its notes say {words!r}: lacking a feature is no justification.",
    "Say why the requirement's condition does not apply to the product; else write Not Implemented.",
)
def not_applicable_is_justified(submission: Submission) -> Iterator[Hit]:
    """Look for N/A that only means that the product lacks the feature."""
    for asked, item in submission.judged:
        if item.status != NOT_APPLICABLE:
            continue
        words = found("lacking", item.notes)
        if words or (item.notes.strip() and not says(item.notes)):
            yield hit_value(*item.where, "notes", id=asked.id, words=words or item.notes.strip())


@rule("placeholder", QUESTIONED, "{name} still has a placeholder: {words}", "Write what is meant.")
def nothing_is_left_open(submission: Submission) -> Iterator[Hit]:
    """Look for words that were to be replaced, where the validator does not look for them."""
    for asked, item in submission.answered:
        there = {local.entry.where for local in submission.locals if local.exists}  # a folder may be named evidence
        entries = [(entry.where, entry.text) for entry in item.evidence if entry.where not in there]
        texts = [((*item.where, "notes"), item.notes), *entries]
        for where, text in texts:
            words = _left_open(text)
            if words:
                yield hit_value(*where, name=asked.id, words=words)
    for key, value in (submission.form.metadata or {}).items():
        words = _left_open(value) if isinstance(value, str) and not value.startswith("[") else ""
        if words:
            yield hit_value("metadata", key, name=key, words=words)


def _left_open(text: str) -> str:
    return found("unwritten", text) or found("placeholder", text)
