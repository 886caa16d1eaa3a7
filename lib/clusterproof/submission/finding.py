"""What a rule is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusterproof.submission.document import Where
    from clusterproof.submission.submission import Submission


class Severity(StrEnum):
    """What becomes of a submission with such a finding."""

    REJECTED = "will be rejected"
    QUESTIONED = "will be questioned"


class Generation(StrEnum):
    """Which of the validator's rules: those of August 2026, or the later ones."""

    SNAPSHOT = "snapshot"
    CURRENT = "current"


@dataclass(frozen=True)
class Hit:
    """A place where a rule is broken, and the words that its sentences need."""

    where: Where
    words: dict[str, Any]
    value: bool = False
    """Whether the value is meant, not its key."""


@dataclass(frozen=True)
class Rule:
    """One rule: its sentences have fields in braces that a hit fills."""

    id: str
    severity: Severity
    reason: str
    mend: str
    look: Callable[[Submission], Iterable[Hit]]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one submission. Its words may quote the file: clean them before they are shown."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    subject: str
    """The requirement's id, the field of metadata, or the name of the part."""
    reason: str
    mend: str


RULES: dict[str, Rule] = {}
"""The table of rules, filled by the modules of ``rules``, in their order."""


def rule(name: str, severity: Severity, reason: str, mend: str) -> Callable[[Any], Any]:
    """Put a function into the table of rules; it yields a hit for each place where the rule is broken."""

    def put(look: Any) -> Any:
        if name in RULES:
            raise ValueError(f"two rules are named {name}")
        RULES[name] = Rule(name, severity, reason, mend, look)
        return look

    return put


def hit(*where: str | int, **words: Any) -> Hit:
    """Return a hit at the key of a part."""
    return Hit(where, words)


def hit_value(*where: str | int, **words: Any) -> Hit:
    """Return a hit at the value of a part."""
    return Hit(where, words, value=True)
