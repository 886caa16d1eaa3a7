"""A YAML file as plain data, where each part of it stands, and what is wrong with it as YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Where = tuple[str | int, ...]
"""The way to a part of a document: keys and indices from the top, for instance ``("spec", "security", 0, "notes")``."""


class Trouble(StrEnum):
    """What can be wrong with a file before its content is looked at."""

    UNREADABLE = "unreadable"
    SYMBOLIC_LINK = "symbolic-link"
    TOO_LARGE = "too-large"
    NOT_UTF8 = "not-utf8"
    NOT_YAML = "not-yaml"
    TOO_DEEP = "too-deep"
    ALIASES_EXPLODE = "aliases-explode"
    DUPLICATE_KEY = "duplicate-key"
    MORE_DOCUMENTS = "more-documents"


@dataclass(frozen=True)
class Position:
    """A place in a file; lines and columns (of characters) count from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the file as YAML."""

    trouble: Trouble
    message: str
    """One sentence, which may quote the file: clean it before it is shown."""
    at: Position = Position()
    where: Where = ()


@dataclass(frozen=True)
class Document:
    """What a file says. With a problem that hides the content, ``data`` is None; the later of two equal keys wins."""

    path: Path
    text: str = ""
    data: Any = None
    """Plain values: dict with words as keys, list, str, int, float, bool, datetime, None."""
    keys: dict[Where, Position] = field(default_factory=dict)
    """Where the key of a part stands; parts of lists have none."""
    values: dict[Where, Position] = field(default_factory=dict)
    """Where the value of a part begins."""
    written: dict[Where, str] = field(default_factory=dict)
    """The text of each scalar that is not a string, for instance ``1.10`` where the value is 1.1."""
    problems: tuple[Problem, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is content to look at, maybe beside problems."""
        return bool(self.values)

    def get(self, *where: str | int) -> Any:
        """Return the value of a part; None where there is no such part."""
        value = self.data
        for step in where:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    def at(self, *where: str | int) -> Position:
        """Return where a part stands: its key, else its value, else the innermost part around it."""
        for length in range(len(where), -1, -1):
            found = self.keys.get(where[:length]) or self.values.get(where[:length])
            if found:
                return found
        return Position()

    def value_at(self, *where: str | int) -> Position:
        """Return where the value of a part begins; where there is none, as ``at``."""
        return self.values.get(where) or self.at(*where)
