"""Words of a command line that several commands read in the same way."""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
