"""What the validator takes without a word and no person would: blanks as a value, hidden characters, empty parts."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.rules.metadata import texts
from clusterproof.submission.words import SOFT_HYPHEN, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.document import Where
    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
LONGEST = 5000  # characters of a text that somebody reads; the longest of a real submission has under 3000
_HARMLESS = "\n\r\t\u200d\ufeff" + SOFT_HYPHEN
_TAG = re.compile(r"<(?:script|style|iframe|object|embed|img|svg|link|meta|a|div|span)\b[^<>]{0,200}/?>", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.+-]+)?", re.ASCII)


@rule("field-blank", QUESTIONED, "{field} says nothing: {value!r}", "Fill it in.")
def fields_say_something(submission: Submission) -> Iterator[Hit]:
    """Look for fields that hold nothing but blanks, dashes or characters without width."""
    for name, key, value in texts(submission):
        if not says(value):
            yield hit_value("metadata", key, field=name, value=value)


@rule(
    "version-form",
    QUESTIONED,
    "kubernetesVersion is {value!r}, which is no version of Kubernetes.",
    "Write the version that was tested, for instance v{version}.",
)
def the_version_has_its_form(submission: Submission) -> Iterator[Hit]:
    """Look for what only begins like a version."""
    value = submission.text("kubernetesVersion")
    if submission.claimed_version and not _VERSION.fullmatch(value):
        key, _ = submission.value("kubernetesVersion")
        yield hit_value("metadata", key, value=value, version=submission.version)


@rule("text-odd", QUESTIONED, "{name} holds {what}.", "Write plain text; what is long belongs into a file of evidence.")
def texts_are_plain(submission: Submission) -> Iterator[Hit]:
    """Look for characters that hide or turn what is read, for HTML, and for texts that nobody reads."""
    for where, name, text in _texts(submission):
        what = _odd(text)
        if what:
            yield hit_value(*where, name=name, what=what)


def _texts(submission: Submission) -> Iterator[tuple[Where, str, str]]:
    yield from ((("metadata", key), name, value) for name, key, value in texts(submission))
    told = {local.entry.where for local in submission.locals if local.path is None}
    for asked, item in submission.answered:
        yield (*item.where, "notes"), f"The answer of {asked.id}", item.notes
        yield from (
            (entry.where, f"The evidence of {asked.id}", entry.text) for entry in item.links if entry.where not in told
        )


def _odd(text: str) -> str:
    if len(text) > LONGEST:
        return f"{len(text):,} characters"
    if any(unicodedata.category(each) in {"Cc", "Cf", "Co", "Cs"} and each not in _HARMLESS for each in text):
        return "characters that cannot be seen and change what is read"
    return "HTML, which is shown as text" if _TAG.search(text) else ""


@rule("part-empty", QUESTIONED, "{place} is left over and empty.", "Remove it.")
def nothing_empty_is_left_over(submission: Submission) -> Iterator[Hit]:
    """Look for categories of no checklist that hold nothing, and for items that are null."""
    official = {asked.category for asked in submission.schema.items} if submission.schema else set()
    for category, items in (submission.form.spec or {}).items():
        if official and not items and category not in official:
            yield hit("spec", category, place=f"The category {category}")
        listed = submission.document.get("spec", category)
        for number, value in enumerate(listed if isinstance(listed, list) else ()):
            if value is None:
                yield hit("spec", category, number, place=f"An item of {category}")
