"""Model objects to JSON and back, without loss."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

T = TypeVar("T")


def dump(item: Any) -> dict[str, Any]:
    """Return a model object as plain JSON values (tuples become lists, enums their words)."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(item)))
    return plain


def load(kind: type[T], data: Any) -> T:
    """Return the model object of that kind.

    Raises:
        pydantic.ValidationError: the data is not of that form.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - a kernel that only writes results never needs it

    return TypeAdapter(kind).validate_python(data)
