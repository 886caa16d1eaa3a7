"""A document in the form of a submission, with the same leniency as the programme's validator.

Its library turns numbers into text where text is wanted, takes null for "not there", and refuses everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.submission.document import Document, Where

TEXTS = ("id", "description", "level", "status", "notes")
ITEM_KEYS = ("id", "description", "level", "status", "evidence", "notes")


@dataclass(frozen=True)
class Entry:
    """One line of evidence as it is written."""

    text: str
    where: Where


@dataclass(frozen=True)
class Item:
    """One answer of a submission; what it lacks is empty."""

    category: str
    where: Where
    id: str = ""
    description: str = ""
    level: str = ""
    status: str = ""
    notes: str = ""
    evidence: tuple[Entry, ...] = ()

    @property
    def links(self) -> tuple[Entry, ...]:
        """The evidence without blank lines."""
        return tuple(entry for entry in self.evidence if entry.text.strip())


@dataclass(frozen=True)
class Wrong:
    """A part whose type makes the whole file unreadable for the validator."""

    where: Where
    wanted: str
    seen: str


@dataclass(frozen=True)
class Form:
    """What a submission says. ``metadata`` and ``spec`` are None where the file has none."""

    metadata: dict[str, Any] | None
    spec: dict[str, tuple[Item, ...]] | None
    wrong: tuple[Wrong, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the file."""
        return tuple(item for items in (self.spec or {}).values() for item in items)


def form(document: Document) -> Form:
    """Return a document in the form of a submission, and which of its parts have another type."""
    wrong: list[Wrong] = []
    top = _mapping(document, (), wrong) or {}
    metadata = _mapping(document, ("metadata",), wrong) if "metadata" in top else None
    spec = _mapping(document, ("spec",), wrong) if "spec" in top else None
    items = None if spec is None else {name: tuple(_items(document, name, wrong)) for name in spec}
    return Form(metadata, items, tuple(wrong))


def _items(document: Document, category: str, wrong: list[Wrong]) -> Iterator[Item]:
    where = ("spec", category)
    for number, _ in enumerate(_list(document, where, wrong)):
        own = (*where, number)
        if _mapping(document, own, wrong) is None:
            continue
        texts = {key: _text(document, (*own, key), wrong) for key in TEXTS}
        entries = _list(document, (*own, "evidence"), wrong)
        evidence = [
            Entry(_text(document, (*own, "evidence", place), wrong), (*own, "evidence", place))
            for place, value in enumerate(entries)
            if value is not None  # the library leaves null out of a list
        ]
        yield Item(category, own, **texts, evidence=tuple(evidence))


def _mapping(document: Document, where: Where, wrong: list[Wrong]) -> dict[str, Any] | None:
    value = document.get(*where)
    if value is not None and not isinstance(value, dict):
        wrong.append(Wrong(where, "a mapping", kind(value)))
    return value if isinstance(value, dict) else None


def _list(document: Document, where: Where, wrong: list[Wrong]) -> list[Any]:
    value = document.get(*where)
    if value is not None and not isinstance(value, list):
        wrong.append(Wrong(where, "a list", kind(value)))
    return value if isinstance(value, list) else []


def _text(document: Document, where: Where, wrong: list[Wrong]) -> str:
    value = document.get(*where)
    if isinstance(value, dict | list):
        wrong.append(Wrong(where, "text", kind(value)))
    if value is None or isinstance(value, dict | list):
        return ""
    return value if isinstance(value, str) else document.written.get(where, str(value))


def kind(value: Any) -> str:
    """Return what a value is, in words."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else f"the value {value}"
