"""What is official: the checklists and the members' names, from the user's cache or from files that a person names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterproof import checklist, paths
from clusterproof.errors import UsageError
from clusterproof.submission.composing import Stop
from clusterproof.submission.reading import read_bytes
from clusterproof.submission.schema import Schema, from_catalogue, from_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MEMBERS = "members.json"
LARGEST = 4 * 1024 * 1024  # bytes of a list of names
SUFFIXES = (" (member)", " (supporter)")
_NAME = re.compile(r"AIConformance-(\d+\.\d+)\.yaml")
_LIST = 'It holds names as JSON, as in ["One", "Two"]; clusterproof checklist sync fetches the members\'.'
_SYNC = "`clusterproof checklist sync` fetches them"


@dataclass(frozen=True)
class Official:
    """What submissions are compared with. ``members`` is None where no list is at hand."""

    schemas: dict[str, Schema] = field(default_factory=dict)
    members: frozenset[str] | None = None
    not_compared: tuple[str, ...] = ()
    """One sentence for each thing that cannot be compared."""


def folder() -> Path:
    """Return the folder of the user's cache in which official files lie."""
    return paths.cache() / "official"


def template(version: str) -> Path | None:
    """Return the official checklist of a version in the user's cache; None where it is not there."""
    path = folder() / file_name(version)
    return path if path.is_file() else None


def file_name(version: str) -> str:
    """Return the official name of a version's file."""
    return f"AIConformance-{version}.yaml"


def official(templates: Path | None = None, members: Path | None = None) -> Official:
    """Return what is official, from the named folder and file, by default from the user's cache.

    Raises:
        UsageError: a named folder or file is not there or not what it should be.
    """
    texts = _texts(templates or folder(), named=templates is not None)
    known = {version: from_catalogue(version) for version in checklist.versions()}
    schemas = {version: schema for version, schema in known.items() if schema is not None} | texts
    names = _members(members)
    return Official(schemas, names, tuple(_missing(texts, names)))


def names(words: Iterable[str]) -> frozenset[str]:
    """Return members' names as the validator compares them: without suffix and surrounding white space."""
    found = set()
    for each in words:
        word = each
        for suffix in SUFFIXES:
            word = word.removesuffix(suffix)
        found.add(word.strip())
    return frozenset(found - {""})


def listed(content: str | bytes) -> list[str]:
    """Return the names of a JSON list of names, as they are written.

    Raises:
        ValueError: it is none.
    """
    try:
        words = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("it is no list of texts")
    return words


def _texts(place: Path, *, named: bool) -> dict[str, Schema]:
    files = sorted(place.glob("AIConformance-*.yaml")) if place.is_dir() else []
    if named and not files:
        raise UsageError(
            f"{place} holds no official checklist, no file AIConformance-*.yaml.",
            next_step="Name a folder that holds some; clusterproof checklist sync fetches them into the user's cache.",
        )
    found = ((_NAME.fullmatch(file.name), file) for file in files)
    return {match[1]: from_file(file, match[1]) for match, file in found if match}


def _members(named: Path | None) -> frozenset[str] | None:
    path = named or folder() / MEMBERS
    if named is None and not path.is_file():
        return None
    try:
        words = listed(read_bytes(path, LARGEST))
    except Stop as stop:
        raise UsageError(
            f"The list of members {path} cannot be used. {stop.problem.message}", next_step=_LIST
        ) from None
    except ValueError:
        raise UsageError(f"The list of members {path} is no JSON list of names.", next_step=_LIST) from None
    if not words:
        raise UsageError(f"The list of members {path} is empty.", next_step=_LIST)
    return names(words)


def _missing(texts: dict[str, Schema], members: frozenset[str] | None) -> Iterable[str]:
    lacking = [version for version in checklist.versions() if version not in texts]
    if lacking:
        yield (
            f"The official texts of {', '.join(lacking)} are not at hand: texts were compared by digest, so what "
            f"differs in them is not shown; {_SYNC}."
        )
    if members is None:
        yield f"No list of members is at hand: vendorName was not compared; {_SYNC}, --members FILE names one."
