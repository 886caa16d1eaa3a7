"""Which requirements a version of the checklist holds. The facts lie in ``requirements.yaml``."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof.errors import UsageError
from clusterproof.model import Level, Requirement
from clusterproof.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


def versions() -> tuple[str, ...]:
    """Return the versions of the checklist that the kit knows, oldest first."""
    return tuple(_facts()["versions"])


@cache
def requirements(version: str) -> tuple[Requirement, ...]:
    """Return the items of one version in the order of the official file.

    Raises:
        UsageError: the kit does not know that version.
    """
    if version not in versions():
        raise _unknown("checklist version", version, versions())
    return tuple(
        Requirement(
            id=item["id"],
            category=item["category"],
            level=Level(item["versions"][version]["level"]),
            title=item["title"],
            sha256=item["versions"][version]["sha256"],
            condition=item.get("condition", {}).get("text", ""),
        )
        for item in _facts()["requirements"]
        if version in item["versions"]
    )


def requirement(version: str, requirement_id: str) -> Requirement:
    """Return one item of one version.

    Raises:
        UsageError: the kit does not know the version, or the version does not have the id.
    """
    found = {item.id: item for item in requirements(version)}
    if requirement_id not in found:
        raise _unknown(f"requirement in checklist {version}", requirement_id, list(found))
    return found[requirement_id]


def ids() -> tuple[str, ...]:
    """Return the ids of all versions, in the order of the official files."""
    return tuple(item["id"] for item in _facts()["requirements"])


def conditional() -> frozenset[str]:
    """Return the ids that apply only under a condition, so that N/A with its reason answers them also as a MUST."""
    return frozenset(item["id"] for item in _facts()["requirements"] if "condition" in item)


def beyond(version: str, requirement_id: str) -> Requirement:
    """Return an item that a version does not ask for, with the text's digest of the latest version that does.

    Raises:
        UsageError: no version knows that id.
    """
    if requirement_id not in ids():
        raise unknown_id(requirement_id)
    having = [each for each in versions() if requirement_id in {item.id for item in requirements(each)}]
    level = requirement(version, requirement_id).level if version in having else Level.BEYOND
    return replace(requirement(having[-1], requirement_id), level=level)


def unknown_id(requirement_id: str) -> UsageError:
    """Return the error for an id that no version knows, naming the nearest."""
    return _unknown("requirement", requirement_id, ids())


def digest(description: str) -> str:
    """Return the SHA-256 of a description as the catalogue holds it: UTF-8, without surrounding white space."""
    return hashlib.sha256(description.strip().encode()).hexdigest()


def _unknown(what: str, word: str, known: Sequence[str]) -> UsageError:
    near = nearest(word, known)
    return UsageError(
        f"There is no {what} named {word!r}" + (f"; the nearest is {near!r}." if near else "."),
        next_step=f"Known are: {', '.join(known)}.",
    )


@cache
def _facts() -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - a list of ids from a saved report does not need it

    path = Path(__file__).with_name("requirements.yaml")
    facts: dict[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    return facts
