"""Ids, levels and texts against the official checklist of the submission's own version."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from clusterproof import checklist
from clusterproof.nearest import meant
from clusterproof.submission.finding import Severity, hit, hit_value, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.finding import Hit
    from clusterproof.submission.form import Item
    from clusterproof.submission.schema import Asked
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
_SHOWN = 160  # characters of what differs
_TIMES = 2  # as long as the official text may a text be to be compared word by word


def _known(submission: Submission) -> Iterator[tuple[Asked, Item]]:
    """Yield every item that has an official counterpart, wherever it stands."""
    for item in submission.form.items:
        asked = submission.schema.item(item.id) if submission.schema else None
        if asked is not None:
            yield asked, item


@rule(
    "text-altered",
    QUESTIONED,
    "The description of {id} is not the official one of {version}{how}.",
    "Take the official text over again, unaltered.",
)
def descriptions_are_official(submission: Submission) -> Iterator[Hit]:
    """Look for altered descriptions."""
    for asked, item in _known(submission):
        if checklist.digest(item.description) != asked.sha256:
            how = _how(asked, item.description)
            yield hit_value(*item.where, "description", id=asked.id, version=submission.version, how=how)


def _how(asked: Asked, text: str) -> str:
    if not text.strip():
        return ": it is empty"
    if checklist.digest(" ".join(text.split())) == asked.sha256:
        return ": white space differs"
    other = next((each for each in checklist.versions() if _digest(each, asked.id) == checklist.digest(text)), "")
    if other:
        return f": it is that of {other}"
    return f": {_difference(asked.text, text)}" if asked.text and len(text) <= _TIMES * len(asked.text) else ""


def _digest(version: str, name: str) -> str:
    return next((each.sha256 for each in checklist.requirements(version) if each.id == name), "")


def _difference(official: str, text: str) -> str:
    """Return what was taken away and what was put in, in words."""
    old, new = official.split(), text.split()
    gone, come = [], []
    for kind, first, last, begin, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone.append(" ".join(old[first:last]))
            come.append(" ".join(new[begin:end]))
    parts = {"lacks": " … ".join(filter(None, gone)), "has": " … ".join(filter(None, come))}
    return " and ".join(f"it {verb} {_short(words)!r}" for verb, words in parts.items() if words)


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


@rule(
    "level-altered",
    QUESTIONED,
    "The level of {id} is {level!r}, and checklist {version} says {official}.",
    "Write {official}; the validator goes by the official level in any case.",
)
def levels_are_official(submission: Submission) -> Iterator[Hit]:
    """Look for altered levels."""
    for asked, item in _known(submission):
        if item.level != asked.level:
            words = {"id": asked.id, "level": item.level, "official": asked.level, "version": submission.version}
            yield hit_value(*item.where, "level", **words)


@rule(
    "id-unknown",
    QUESTIONED,
    "Checklist {version} has no requirement {id!r}{hint}",
    "Remove the item, or give it the official id.",
)
def ids_are_official(submission: Submission) -> Iterator[Hit]:
    """Look for items that the version does not have; nobody reads their answers."""
    schema = submission.schema
    known = {asked.id for asked in schema.items} if schema else set()
    for item in submission.form.items if schema else ():
        if item.id not in known:
            hint = meant(item.id, known)
            yield hit_value(*item.where, "id", id=item.id, version=submission.version, hint=hint)


@rule(
    "category-unknown",
    QUESTIONED,
    "{id} stands in the category {category}, where checklist {version} does not have it.",
    "Move it to {official}.",
)
def items_stand_in_their_category(submission: Submission) -> Iterator[Hit]:
    """Look for items in another category."""
    for asked, item in _known(submission):
        if item.category != asked.category:
            words = {"id": asked.id, "category": item.category, "official": asked.category}
            yield hit(*item.where, version=submission.version, **words)


@rule(
    "item-twice",
    QUESTIONED,
    "{id} is answered twice in {category}; only the last answer counts.",
    "Remove one of the two.",
)
def items_stand_once(submission: Submission) -> Iterator[Hit]:
    """Look for an id that stands twice."""
    seen: set[tuple[str, str]] = set()
    for item in submission.form.items:
        if (item.category, item.id) in seen:
            yield hit(*item.where, id=item.id, category=item.category)
        seen.add((item.category, item.id))
