"""What a version of the checklist asks for, from the official file where it is at hand, else from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterproof import checklist
from clusterproof.errors import UsageError
from clusterproof.submission.form import form
from clusterproof.submission.reading import parse, read

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.submission.document import Document


@dataclass(frozen=True)
class Asked:
    """One item of a checklist; ``text`` is empty where only its digest is known."""

    id: str
    category: str
    level: str
    sha256: str
    text: str = ""


@dataclass(frozen=True)
class Schema:
    """One version of the checklist."""

    version: str
    items: tuple[Asked, ...]

    def item(self, name: str) -> Asked | None:
        """Return an item by its id."""
        return next((item for item in self.items if item.id == name), None)


def from_catalogue(version: str) -> Schema | None:
    """Return what the kit knows of a version; None for one that it does not know."""
    if version not in checklist.versions():
        return None
    asked = checklist.requirements(version)
    return Schema(version, tuple(Asked(each.id, each.category, each.level.value, each.sha256) for each in asked))


def from_file(path: Path, version: str) -> Schema:
    """Return what an official file asks for.

    Raises:
        UsageError: it cannot be read, or it is not the official file of a version that the kit knows.
    """
    return _checked(read(path), version, str(path))


def from_text(text: str, version: str, name: str) -> Schema:
    """Return what an official file's text asks for; ``name`` begins the error's sentence.

    Raises:
        UsageError: as ``from_file``.
    """
    return _checked(parse(text), version, name)


def _checked(document: Document, version: str, name: str) -> Schema:
    schema = _of(document, version)
    known = from_catalogue(version)
    if document.problems or not schema.items:
        why = document.problems[0].message if document.problems else "It holds no items."
        raise UsageError(f"{name} is not a checklist. {why}")
    if known is not None and _facts(known) != _facts(schema):
        different = sorted({item.id for item in set(_facts(known)) ^ set(_facts(schema))})
        raise UsageError(
            f"{name} is not the official checklist of {version}: {', '.join(different)} differ.",
            next_step="Fetch the official files: clusterproof checklist sync",
        )
    return schema


def _of(document: Document, version: str) -> Schema:
    items = form(document).items
    asked = (Asked(each.id, each.category, each.level, checklist.digest(each.description), each.description)
             for each in items)  # fmt: skip
    return Schema(version, tuple(asked))


def _facts(schema: Schema) -> list[Asked]:
    """Return the items without their texts, which the catalogue does not have."""
    return sorted(
        (Asked(item.id, item.category, item.level, item.sha256) for item in schema.items), key=lambda item: item.id
    )
