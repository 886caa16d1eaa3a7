"""The fields of the metadata."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterproof.submission.finding import Severity, hit, hit_value, rule
from clusterproof.submission.form import kind
from clusterproof.submission.submission import FIELDS, REQUIRED, snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
LINKS = ("websiteUrl", "repoUrl", "documentationUrl", "productLogoUrl", "k8sConformanceUrl")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST, _ALIKE = 80, 0.8  # characters of a name that is compared, and how alike a proposal has to be
_VECTOR = (".svg", ".ai", ".eps")


def _there(submission: Submission) -> Iterator[tuple[str, str, Any]]:
    """Yield name, key and value of every field that has a value."""
    for name in FIELDS:
        key, value = submission.value(name)
        if value is not None:
            yield name, key, value


def texts(submission: Submission) -> Iterator[tuple[str, str, str]]:
    """Yield name, key and text of every field that says something."""
    yield from ((name, key, value) for name, key, value in _there(submission) if isinstance(value, str) and value)


def is_placeholder(text: str) -> bool:
    """Return whether a text is in brackets, as the official checklist has what is to be filled in."""
    return text.startswith("[") and text.endswith("]")


@rule(
    "field-missing",
    REJECTED,
    "The metadata lacks {field} (or {snake}).",
    "Add it to metadata, even where the official checklist of this version does not have the key{hint}.",
)
def required_fields_are_there(submission: Submission) -> Iterator[Hit]:
    """Look for required fields that are missing or null."""
    metadata, top = submission.form.metadata, submission.document.data
    for name in REQUIRED if metadata is not None else ():
        if submission.value(name)[1] is None:
            outside = next((key for key in (name, snake(name)) if isinstance(top, dict) and key in top), "")
            hint = f"; {outside} stands outside of metadata" if outside else ""
            yield hit("metadata", name, field=name, snake=snake(name), hint=hint)


@rule(
    "field-not-text",
    REJECTED,
    "{field} is {kind} for YAML, and the validator wants text.",
    'Put it in quotes: {field}: "{written}"',
)
def fields_are_text(submission: Submission) -> Iterator[Hit]:
    """Look for fields without quotes that YAML takes for a number, a time or a truth value."""
    for name, key, value in _there(submission):
        if not isinstance(value, str):
            written = submission.document.written.get(("metadata", key), "…")
            yield hit_value("metadata", key, field=name, kind=kind(value), written=written)


@rule("field-empty", REJECTED, "{field} is empty.", "Fill it in.")
def required_fields_say_something(submission: Submission) -> Iterator[Hit]:
    """Look for required fields that are empty."""
    for name in REQUIRED:
        key, value = submission.value(name)
        if value == "":
            yield hit_value("metadata", key, field=name)


@rule("field-placeholder", REJECTED, "{field} still has the placeholder {value}.", "Fill it in.")
def placeholders_are_filled(submission: Submission) -> Iterator[Hit]:
    """Look for words in brackets, as the official checklist has them."""
    for name, key, value in texts(submission):
        if is_placeholder(value):
            yield hit_value("metadata", key, field=name, value=value)


@rule(
    "vendor",
    REJECTED,
    "vendorName is {value!r}, and no member of the CNCF has that name.",
    "Write it exactly as https://landscape.cncf.io/members does{hint}.",
)
def the_vendor_is_a_member(submission: Submission) -> Iterator[Hit]:
    """Look for a vendor that the list of members does not hold."""
    members, value = submission.official.members, submission.text("vendorName")
    if members is not None and value and value not in members:
        near = _near(value, members)
        key, _ = submission.value("vendorName")
        yield hit_value("metadata", key, value=value, hint=f", perhaps {near!r}" if near else "")


def _near(value: str, members: frozenset[str]) -> str:
    """Return the member that a vendor's name begins with or that begins with it, else one that is spelt alike."""
    by_lower = {name.lower(): name for name in members}
    asked = f"{value.lower()} "
    words = [each for each in by_lower if f"{each} ".startswith(asked) or asked.startswith(f"{each} ")]
    alike = words or difflib.get_close_matches(value[:_LONGEST].lower(), by_lower, 1, _ALIKE)
    return by_lower[min(alike, key=len)] if alike else ""


@rule(
    "logo-format",
    QUESTIONED,
    "productLogoUrl names no vector graphic: {value}",
    "Link the logo, with the product's name in it, as SVG, AI or EPS.",
)
def the_logo_is_a_vector_graphic(submission: Submission) -> Iterator[Hit]:
    """Look for a logo of another format."""
    key, _ = submission.value("productLogoUrl")
    value = submission.text("productLogoUrl")
    if value and not is_placeholder(value) and not _path(value).lower().endswith(_VECTOR):
        yield hit_value("metadata", key, value=value)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return address


@rule(
    "not-a-link",
    QUESTIONED,
    "{field} is no link that a reader can follow: {value}",
    "Write the whole address, beginning with https://; an optional field without one is left away.",
)
def links_can_be_followed(submission: Submission) -> Iterator[Hit]:
    """Look for addresses without a scheme, which the validator does not even try to reach."""
    for name, key, value in texts(submission):
        if name in LINKS and not is_placeholder(value) and not value.startswith(("http://", "https://")):
            yield hit_value("metadata", key, field=name, value=value)


@rule(
    "contact",
    QUESTIONED,
    "contactEmailAddress is no mail address: {value}",
    "Write an address that is read: you have 30 days to answer objections.",
)
def the_contact_can_be_written_to(submission: Submission) -> Iterator[Hit]:
    """Look for a contact that is no mail address."""
    key, _ = submission.value("contactEmailAddress")
    value = submission.text("contactEmailAddress")
    if value and not is_placeholder(value) and not _ADDRESS.fullmatch(value):
        yield hit_value("metadata", key, value=value)
