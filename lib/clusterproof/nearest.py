"""The known word that somebody probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 80  # characters; comparing a megabyte would take seconds, and nobody means a known word by it
CLOSE = 0.4


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the nearest of the known words; empty if none is near.

    A word that is the beginning or a part of a known one is nearest to that: people shorten.
    """
    choice = sorted(known)
    asked = word[:LONGEST].strip().lower().replace("-", "_")
    if not asked:
        return ""
    parts = [each for each in choice if asked in each] if len(asked) > 1 else []
    parts.sort(key=lambda each: (not each.startswith(asked), len(each)))
    return next(iter(parts or difflib.get_close_matches(asked, choice, 1, CLOSE)), "")


def meant(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word: a guess, or only its full stop."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else "."
