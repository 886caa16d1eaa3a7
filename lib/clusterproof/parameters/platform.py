"""What a user can set: platform files under ``parameters/``, and single values on top of them.

A platform file is YAML with ``about``, ``testbed`` (only where the kit has to start the cluster itself), ``values``,
``metadata`` (the checklist's vendor fields) and ``declarations`` (what a human claims). An unknown key is an error that
names the nearest known one, because a misspelt parameter would otherwise be a check that measures something else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from clusterproof import paths, redact
from clusterproof.checklist import METADATA
from clusterproof.errors import UsageError
from clusterproof.nearest import meant
from clusterproof.parameters.declared import declarations
from clusterproof.parameters.user_yaml import always, at, parse, read_user_yaml, refuse_unknown
from clusterproof.parameters.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterproof.model import Declaration
    from clusterproof.parameters.user_yaml import Where

LONGEST = 80  # characters of a wrong value that a message quotes
GONE = {"stub_image": "One image serves every pod now: name it as probe_image; it has to have python3."}
"""Parameters that there were, and what to do instead."""


@dataclass(frozen=True)
class Platform:
    """One platform file."""

    name: str
    values: Values
    path: Path
    about: str = ""
    testbed: dict[str, Any] | None = None
    """What the embedded cluster should be; None where the user has a cluster."""
    metadata: dict[str, str] = field(default_factory=dict)
    declarations: tuple[Declaration, ...] = ()

    @property
    def reference(self) -> str:
        """What names it on a command line: its name, or its path if it is not one of the kit's own."""
        own = self.path.parent == paths.parameters()
        return self.name if own else str(self.path)


def load(name: str) -> Platform:
    """Return a platform by the name of a file under ``parameters/``, or by the path of a file.

    Raises:
        UsageError: there is no such file, or something in it is unknown or of the wrong type.
    """
    path = _find(name)
    data = _mapping(read_user_yaml(path), f"The platform file {path}")
    refuse_unknown(data, [each for each in Platform.__dataclass_fields__ if each not in {"name", "path"}], at(path))
    metadata = _texts(_optional_mapping(data.get("metadata"), "metadata", path) or {})
    refuse_unknown(metadata, METADATA, at(path, "metadata"))
    return Platform(
        name=path.stem,
        path=path.resolve(),
        about=str(data.get("about") or ""),
        testbed=_optional_mapping(data.get("testbed"), "testbed", path),
        values=_validated(_optional_mapping(data.get("values"), "values", path) or {}, at(path, "values")),
        metadata=metadata,
        declarations=declarations(data.get("declarations"), path),
    )


def names() -> tuple[str, ...]:
    """Return the names of the platform files that come with the kit."""
    return tuple(sorted(file.stem for file in paths.parameters().glob("*.yaml")))


def merge(platform: Platform, changes: Mapping[str, Any]) -> Values:
    """Return a platform's values with some changed; text is read as YAML where the parameter is not text itself.

    Raises:
        UsageError: a name is unknown (the nearest one is named), or a value has the wrong type.
    """
    _refuse_gone(changes, always("the parameters"))
    refuse_unknown(changes, Values.model_fields, always("the parameters"))
    return _validated({**platform.values.model_dump(), **parsed(changes)}, always("the parameters"))


def parsed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values from a command line as what they mean: ``"true"`` as True where the parameter is a switch."""
    return {name: parse_value(name, value) for name, value in changes.items()}


def parse_value(name: str, value: Any) -> Any:
    """Return one value from a command line as what it means for that parameter."""
    known = Values.model_fields.get(name)
    is_text = known is not None and isinstance(known.get_default(), str)
    if not isinstance(value, str) or is_text:
        return value
    try:
        return parse(value)
    except ValueError as error:
        raise UsageError(f"The value of {name} is not readable: {error}.") from error


def _find(name: str) -> Path:
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or "/" in name:
        with suppress(RuntimeError):  # a home folder of nobody's: there is no such file
            path = path.expanduser()
        if not _is_file(path):
            there = os.path.exists(path)  # noqa: PTH110 - never raises, whatever the name
            why = f"{name} is no platform file: it is a folder, a pipe or a device."
            advice = f"Name a file, or one of the kit's: {', '.join(names())}."
            raise UsageError(why if there else f"There is no platform file {name}.", next_step=advice)
        return path
    if name not in names():
        raise UsageError(
            f"There is no platform named {name!r}{meant(name, names())}",
            next_step=f"The kit has {', '.join(names())}; a file of yours is named by its path.",
        )
    return paths.parameters() / f"{name}.yaml"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _refuse_gone(values: Mapping[str, Any], where: Where) -> None:
    for name in values:
        if name in GONE:
            raise UsageError(f"There is no {name!r} in {where(name)} any more.", next_step=GONE[name])


def _validated(values: Mapping[str, Any], where: Where) -> Values:
    _refuse_gone(values, where)
    refuse_unknown(values, Values.model_fields, where)
    try:
        return Values.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        shown = _glimpse(first["input"], first["loc"])
        raise UsageError(f"The parameter {name} in {where(name)} cannot be {shown}: {_said(first['msg'])}") from None


def _said(message: str) -> str:
    """Return what is wrong as the end of a sentence; a validator's own words come without their prefix."""
    own = message.removeprefix("Value error, ")
    return own if own.endswith(("?", ".")) else f"{own}."


def _glimpse(value: Any, names: Iterable[int | str]) -> str:
    """Return the beginning of a wrong value, without what may be a secret by its name or by its looks."""
    for name in names:
        value = redact.tree({str(name): value}).get(str(name))
    shown = repr(value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def _mapping(data: Any, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UsageError(f"{what} is not a mapping of names to values.")
    return {str(key): value for key, value in data.items()}


def _optional_mapping(data: Any, what: str, path: Path) -> dict[str, Any] | None:
    return None if data is None else _mapping(data, f"{what} in {at(path)(what)}")


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in data.items()}
