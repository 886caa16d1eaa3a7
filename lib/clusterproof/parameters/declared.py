"""What a human claims in a platform file, about one requirement each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from clusterproof.checklist import ids
from clusterproof.errors import UsageError
from clusterproof.model import Declaration, Status
from clusterproof.parameters.user_yaml import always, at, refuse_unknown
from clusterproof.submission.addresses import holds_user

if TYPE_CHECKING:
    from pathlib import Path

_SAYS = ("status", "owner", "evidence")


def declarations(data: Any, path: Path) -> tuple[Declaration, ...]:
    """Return the declarations of a platform file.

    Raises:
        UsageError: one is not of the form, says nothing, or is about what is unknown or declared already.
    """
    try:
        declared = TypeAdapter(list[Declaration]).validate_python([] if data is None else data)
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(path, first["loc"], f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for number, each in enumerate(data or []):
        here = at(path, "declarations", number)
        refuse_unknown(each, Declaration.__dataclass_fields__, here)
        refuse_unknown({each["requirement"]: each}, ids(), always(here("requirement")))
        if not set(_SAYS) & set(each):
            raise _unusable(path, (number,), f"{number}: it has no {', no '.join(_SAYS)}, so it says nothing")
        if not str(each.get("owner", "named")).strip():
            raise _unusable(path, (number, "owner"), f"{number}.owner: it is blank")
        if any(map(holds_user, each.get("evidence", ()))):
            raise _unusable(path, (number, "evidence"), f"{number}.evidence: it holds a user's name or password")
    named = [each.requirement for each in declared]
    if len(named) > len(set(named)):
        raise UsageError(f"A requirement is declared twice in {path.name}.")
    return tuple(declared)


def _unusable(path: Path, where: tuple[int | str, ...], why: str) -> UsageError:
    return UsageError(
        f"declarations in {at(path, 'declarations')(*where)} cannot be used at {why}.",
        next_step="A declaration has requirement, notes, by, evidence, owner and a status, one of "
        f"{', '.join(repr(status.value) for status in Status)}.",
    )
