"""A user's own file of templates: whether it is a backend, and whether a check finds in it all that it reads."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.bench import contract
from clusterproof.bench.values import template_values
from clusterproof.errors import UsageError
from clusterproof.manifest import Backend, load
from clusterproof.nearest import meant
from clusterproof.parameters import Values
from clusterproof.parameters.user_yaml import line_of, read_user_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEYS = ("about", "templates", "versions", "settings", "without")
ALWAYS = frozenset({"name", "namespace", "run_id", "resource", "tolerations"})
FREE = frozenset({"order", "needs", "optional", "beyond_restricted"})  # settings with a usual value
_HOLE = re.compile(r"\$\{(\w+)\}")


def look_at_backend(file: Path, requirement: str) -> None:
    """Refuse a file that is no backend of a requirement.

    Raises:
        UsageError: it is none; names the line.
    """
    if file.suffix != ".yaml":
        raise UsageError(f"{file} is not read: the name of a backend's file ends in .yaml.")
    data = read_user_yaml(file)
    if not isinstance(data, dict):
        raise wrong(file, (), "it is no mapping with `about` and `templates`.")
    _look_at_keys(file, data)
    _look_at_objects(file, data["templates"])
    _look_at_names(file, requirement, load(file))
    _look_at_holes(file, requirement, data)


def _look_at_keys(file: Path, data: dict[str, Any]) -> None:
    for key in data:
        if key not in KEYS:
            raise wrong(file, (key,), f"a backend has no {key!r}{meant(str(key), KEYS)}")
    if not isinstance(data.get("about"), str):
        raise wrong(file, ("about",), "a backend says what it is: `about` is a sentence.")
    for key in KEYS[1:]:
        if not isinstance(data.get(key) or {}, dict) or (key == "templates" and data.get(key) is None):
            raise wrong(file, (key,), f"`{key}` is no mapping.")


def _look_at_objects(file: Path, templates: dict[str, Any]) -> None:
    for name, items in templates.items():
        if not isinstance(items, list):
            raise wrong(file, ("templates", name), f"the template {name!r} is no list of objects.")
        for number, item in enumerate(items):
            where = ("templates", name, number)
            for key in ("apiVersion", "kind"):
                if not isinstance(item, dict) or not isinstance(item.get(key), str):
                    raise wrong(file, where, f"object {number + 1} of the template {name!r} has no {key}.")
            metadata = item.get("metadata")
            if not isinstance(metadata, dict) or not metadata.get("name"):
                raise wrong(file, where, f"the {item['kind']} of the template {name!r} has no metadata with a name.")


def _look_at_names(file: Path, requirement: str, own: Backend) -> None:
    kits = _kits(requirement)
    known = {name for each in kits for name in each.templates}
    may_lack = contract.may_leave_out(requirement)
    for name in [*own.templates, *own.without] if kits else ():
        if name not in known:
            where = ("templates" if name in own.templates else "without", name)
            raise wrong(file, where, f"no check of {requirement} reads a template {name!r}{meant(name, known)}")
    for name in sorted(_common(each.templates for each in kits) - {*own.templates}):
        raise wrong(file, ("templates",), f"the template {name!r} is missing, and the check needs it.")
    for name in sorted({*may_lack} - {*own.templates, *own.without}):
        said = f"the template {name!r} is missing: without it nobody looks at {may_lack[name].removeprefix('that ')}"
        raise wrong(file, ("templates",), f"{said}. Add it, or say why it cannot be: `without: {{{name}: REASON}}`.")
    for name in sorted(_common(each.settings for each in kits) - FREE - {*own.settings}):
        raise wrong(file, ("settings",), f"the setting {name!r} is missing, and the check needs it.")
    for name, words in contract.words(requirement).items():
        if str(own.settings.get(name)) not in words:
            raise wrong(file, ("settings", name), f"the setting {name!r} is one of {', '.join(words)}.")


def _look_at_holes(file: Path, requirement: str, data: dict[str, Any]) -> None:
    kits = {hole for each in _kits(requirement) for hole in _holes(each.templates)}
    given = {*template_values(Values(), dict.fromkeys(ALWAYS, "")), *(data.get("settings") or {}), *kits}
    for name, items in data["templates"].items():
        for number, item in enumerate(items):
            for hole in _holes(item) - given:
                said = f"nothing gives ${{{hole}}} a value{meant(hole, given)}"
                raise wrong(file, ("templates", name, number), said, hole=f"${{{hole}}}")


@lru_cache(maxsize=32)
def _kits(requirement: str) -> tuple[Backend, ...]:
    return tuple(load(file) for file in sorted((paths.manifests() / requirement).glob("*.yaml")))


def _common(groups: Iterable[Iterable[str]]) -> set[str]:
    sets = [set(group) for group in groups]
    return set.intersection(*sets) if sets else set()


def _holes(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return {hole for pair in tree.items() for part in pair for hole in _holes(part)}
    if isinstance(tree, list):
        return {hole for part in tree for hole in _holes(part)}
    return set(_HOLE.findall(tree)) if isinstance(tree, str) else set()


def wrong(file: Path, where: tuple[str | int, ...], sentence: str, *, hole: str = "") -> UsageError:
    """Return what is wrong at a place of a user's file, as an error."""
    return UsageError(f"{file}, line {line_of(file, where, hole)}: {sentence}")
