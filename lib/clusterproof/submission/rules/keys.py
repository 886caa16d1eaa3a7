"""Keys that do not belong into a submission: left over, misspelt, or in the wrong place."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from clusterproof.submission.finding import Severity, hit, rule
from clusterproof.submission.form import ITEM_KEYS
from clusterproof.submission.submission import FIELDS, snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.document import Where
    from clusterproof.submission.finding import Hit
    from clusterproof.submission.submission import Submission

REJECTED, QUESTIONED = Severity
TOP = ("metadata", "spec")
_LONGEST, _ALIKE = 80, 0.7  # characters of a key that is compared, and how alike a proposal has to be
_SPELLINGS = {name: name for name in FIELDS} | {snake(name): name for name in FIELDS}


@rule("key-unknown", QUESTIONED, "{place} has the key {key!r}, which no checklist has and nobody reads.", "{hint}")
def keys_are_official(submission: Submission) -> Iterator[Hit]:
    """Look for keys that do not belong where they stand."""
    places: list[tuple[Where, str, Any, tuple[str, ...]]] = [
        ((), "The top of the file", submission.document.data, TOP),
        (("metadata",), "metadata", submission.form.metadata, tuple(_SPELLINGS)),
    ]
    places += [
        (item.where, item.id or "An item", submission.document.get(*item.where), ITEM_KEYS)
        for item in submission.form.items
    ]
    for where, place, value, known in places:
        for key in value if isinstance(value, dict) else ():
            if key not in known:
                yield hit(*where, key, place=place, key=key, hint=_hint(key, known))


def _hint(key: str, known: tuple[str, ...]) -> str:
    if known is TOP and key in _SPELLINGS:
        return f"Move it into metadata, as {_SPELLINGS[key]}."
    near = difflib.get_close_matches(key[:_LONGEST], known, 1, _ALIKE)
    return f"Remove it, or write {near[0]} if that is meant." if near else "Remove it."


@rule("key-shadowed", QUESTIONED, "metadata has both {field} and {key}; only the first is read.", "Remove {key}.")
def fields_stand_once(submission: Submission) -> Iterator[Hit]:
    """Look for fields in both spellings."""
    metadata = submission.form.metadata or {}
    for name in FIELDS:
        if name != snake(name) and name in metadata and snake(name) in metadata:
            yield hit("metadata", snake(name), field=name, key=snake(name))
