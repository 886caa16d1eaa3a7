"""What the validator says of items and their status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterproof.checklist import conditional
from clusterproof.model import Status
from clusterproof.submission.finding import Severity, hit, hit_value, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
STATUSES = tuple(status.value for status in Status if status is not Status.BLANK)
IMPLEMENTED, NOT_APPLICABLE = Status.IMPLEMENTED.value, Status.NOT_APPLICABLE.value
CONDITIONAL = conditional()
"""MUST items whose condition need not apply: the later rules take N/A with notes for them."""


@rule(
    "category-missing",
    REJECTED,
    "spec lacks the category {category}, to which {ids} belong.",
    "Take it over from the official checklist {version}.",
)
def categories_are_there(submission: Submission) -> Iterator[Hit]:
    """Look for categories that are missing."""
    spec, schema = submission.form.spec, submission.schema
    for category in dict.fromkeys(item.category for item in (schema.items if schema else ())):
        if schema and spec is not None and category not in spec:
            ids = ", ".join(item.id for item in schema.items if item.category == category)
            yield hit("spec", category, category=category, ids=ids, version=schema.version)


@rule(
    "item-missing",
    REJECTED,
    "The category {category} lacks the requirement {id}.",
    "Take it over from the official checklist {version}{hint}.",
)
def items_are_there(submission: Submission) -> Iterator[Hit]:
    """Look for requirements that are missing in their category."""
    spec, schema = submission.form.spec or {}, submission.schema
    have = {(category, item.id) for category, items in spec.items() for item in items}
    elsewhere = {item.id: item.category for item in submission.form.items}
    for asked in schema.items if schema else ():
        if asked.category in spec and (asked.category, asked.id) not in have:
            hint = f"; it stands in {elsewhere[asked.id]} here" if asked.id in elsewhere else ""
            words = {"category": asked.category, "id": asked.id, "version": submission.version, "hint": hint}
            yield hit("spec", asked.category, **words)


@rule(
    "status-unknown",
    REJECTED,
    "The status of {id} is {status!r}.",
    "Write one of " + ", ".join(STATUSES) + "; only a SHOULD without evidence may stay empty.",
)
def a_status_is_one_of_four(submission: Submission) -> Iterator[Hit]:
    """Look for a status of another wording."""
    for asked, item in submission.judged:
        if item.status not in STATUSES:
            yield hit_value(*item.where, "status", id=asked.id, status=item.status)


@rule(
    "must-not-implemented",
    REJECTED,
    "{id} is a MUST, and its status is {status!r}.",
    "Only Implemented is accepted{hint}.",
)
def a_must_is_implemented(submission: Submission) -> Iterator[Hit]:
    """Look for a MUST with another status."""
    for asked, item in submission.judged:
        if asked.level != "MUST" or item.status == IMPLEMENTED:
            continue
        may = submission.current and asked.id in CONDITIONAL
        if not (may and item.status == NOT_APPLICABLE):
            hint = ", or N/A with a justification in notes" if may else ""
            yield hit_value(*item.where, "status", id=asked.id, status=item.status, hint=hint)


@rule(
    "must-not-applicable",
    QUESTIONED,
    "{id} is a MUST and is marked N/A; a reviewer will look at the justification.",
    "Say in notes why the requirement's condition does not apply to the product.",
)
def a_conditional_must_is_looked_at(submission: Submission) -> Iterator[Hit]:
    """Look for the MUST that may be N/A by the later rules."""
    for asked, item in submission.judged:
        if submission.current and asked.level == "MUST" and asked.id in CONDITIONAL and item.status == NOT_APPLICABLE:
            yield hit_value(*item.where, "status", id=asked.id)


@rule(
    "not-applicable-without-notes",
    REJECTED,
    "{id} is N/A without notes.",
    "Say in notes why the requirement does not apply.",
)
def not_applicable_has_notes(submission: Submission) -> Iterator[Hit]:
    """Look for N/A without a justification; the earlier rules take blanks for one."""
    for asked, item in submission.judged:
        notes = item.notes.strip() if submission.current else item.notes
        if item.status == NOT_APPLICABLE and not notes:
            yield hit(*item.where, "notes", id=asked.id)
