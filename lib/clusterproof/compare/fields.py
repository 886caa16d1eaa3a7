"""What else is said otherwise of a requirement or a claim, beside outcome and value."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterproof.render import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterproof.model import Observation, Verdict

BLANK = "blank"
_RUN = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b")


@dataclass(frozen=True)
class FieldChange:
    """One field with another value in the later run."""

    name: str
    before: Any
    after: Any

    def words(self, longest: int) -> tuple[str, str]:
        """Return both values fit to be shown."""
        before, after = (shown(value, longest) or BLANK for value in (self.before, self.after))
        return before, after


def of_verdicts(before: Verdict | None, after: Verdict | None) -> tuple[FieldChange, ...]:
    """Return what two verdicts say otherwise; nothing where a run has none."""
    if before is None or after is None:
        return ()
    levels = FieldChange("level", before.requirement.level.value, after.requirement.level.value)
    return tuple(_unlike([levels, *_pairs(before, after, "status", "reason", "message")]))


def of_claims(before: Observation | None, after: Observation | None) -> tuple[FieldChange, ...]:
    """Return what two observations of a claim ask otherwise; nothing where a run did not come to it."""
    return tuple(_unlike(_pairs(before, after, "expected", "kind"))) if before and after else ()


def alike(one: Any, other: Any) -> bool:
    """Say whether two values are the same but for the ids of their runs, which names of objects hold."""
    return _RUN.sub("RUN", json.dumps(one, default=str)) == _RUN.sub("RUN", json.dumps(other, default=str))


def _pairs(before: Any, after: Any, *names: str) -> list[FieldChange]:
    return [FieldChange(name, getattr(before, name), getattr(after, name)) for name in names]


def _unlike(pairs: Iterable[FieldChange]) -> Iterable[FieldChange]:
    return (each for each in pairs if not alike(each.before, each.after))
