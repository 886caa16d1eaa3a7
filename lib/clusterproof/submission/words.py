"""Words and months that rules look for. The facts lie in ``words.yaml``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

LONGEST = 20_000  # characters of a text that are looked through; nobody reads more
SOFT_HYPHEN = "\u00ad"
"""Where a word may be divided at the end of a line; elsewhere nobody sees it."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters of Hangul by their class, and nothing to the eye


def found(kind: str, text: str) -> str:
    """Return the first words of a kind in a text; empty if there are none."""
    match = _pattern(kind).search(" ".join(text[:LONGEST].replace(SOFT_HYPHEN, "").split()))
    return match[0].strip() if match else ""


def matches(kind: str, text: str) -> bool:
    """Return whether a text holds words of a kind, even where they are nothing but a position."""
    return _pattern(kind).search(text[:LONGEST]) is not None


def numbers(kind: str, text: str) -> set[int]:
    """Return the numbers that the words of a kind hold."""
    return {int(each) for match in _pattern(kind).finditer(text) for each in match.groups() if each}


def says(text: str) -> bool:
    """Return whether a text says anything: dashes, dots and characters that nobody sees do not."""
    return any(character.isalnum() and character not in _FILLERS for character in text)


@cache
def facts() -> dict[str, Any]:
    """Return the file's content."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - for rules only

    path = Path(__file__).with_name("words.yaml")
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    return content


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in facts()[kind]), re.IGNORECASE)
