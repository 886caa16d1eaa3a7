"""What becomes of each answer of last year's checklist. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterproof.product.previous import Answer


class Ruling(StrEnum):
    """What becomes of last year's answer."""

    CHANGED = "changed"
    AGAIN = "must be measured again"
    DECLARED = "declared, not measured"
    NEW = "new"
    GONE = "gone"
    HOLDS = "still true"


@dataclass(frozen=True)
class Renewed:
    """One item of the old or the new checklist."""

    id: str
    level: str
    ruling: Ruling
    why: str
    before: Answer
    after: Answer
    stale: tuple[str, ...] = ()
    """Parts of last year's answer that are of last year only, and why."""


@dataclass(frozen=True)
class Renewal:
    """A checklist carried forward, not yet written."""

    items: tuple[Renewed, ...]
    """In the order of ``Ruling``."""
    metadata: tuple[tuple[str, str, str], ...]
    """Name, value before, value after."""
    files: dict[str, bytes]
    remaining: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    """What is odd in last year's checklist, a sentence each."""
