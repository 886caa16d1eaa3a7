"""Manifest templates: YAML data with ``${name}`` in its values, filled in after parsing.

A file under ``manifests/<requirement>/`` is one backend. Its ``templates`` map a name to a list of objects; a version
written as ``auto`` (``apiVersion: some.group/auto``) is chosen from what the server serves, so a backend is usable if
and only if the server serves every kind it names. Filling in happens on the parsed tree: a value can never change the
structure of a document, whatever it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.errors import KitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterproof.cluster.discovery import Discovery

SPREAD = "..."
_HOLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Backend:
    """One way to meet a requirement: the objects to create, and how to read what comes of them."""

    name: str
    about: str
    templates: dict[str, list[dict[str, Any]]]
    versions: dict[str, list[str]] = field(default_factory=dict)
    """Versions per group that the templates are written for, the best first; others are not tried."""
    settings: dict[str, Any] = field(default_factory=dict)
    """What else a check needs to know of this backend."""
    without: dict[str, str] = field(default_factory=dict)
    """Templates that others have and this one cannot have, with the reason."""

    def kinds(self) -> set[tuple[str, str]]:
        """Return every (group/version, kind) that the templates use."""
        return {(item["apiVersion"], item["kind"]) for items in self.templates.values() for item in items}

    def missing(self, discovery: Discovery) -> list[str]:
        """Return what the server would have to serve for this backend and does not, but for ``optional`` kinds."""
        gaps = []
        needed = (each for each in self.kinds() if each[1] not in self.settings.get("optional", ()))
        for api_version, kind in sorted(needed):
            chosen = self.api_version(api_version, kind, discovery)
            if not chosen or not discovery.serves(chosen, kind):
                gaps.append(f"{kind} in {api_version.removesuffix('/auto')}")
        return gaps

    def api_version(self, written: str, kind: str, discovery: Discovery) -> str:
        """Return the served version to use for a kind; empty if there is none."""
        group, _, version = written.rpartition("/")
        if version != "auto":
            return written
        candidates = self.versions.get(group) or list(discovery.versions(group))
        served = (f"{group}/{name}" for name in candidates if discovery.serves(f"{group}/{name}", kind))
        return next(served, "")

    def render(self, template: str, values: Mapping[str, Any], discovery: Discovery) -> list[dict[str, Any]]:
        """Return the objects of a template with every hole filled in."""
        if template not in self.templates:
            raise KitError(f"The backend {self.name} has no template {template!r}.")
        items = [fill(item, values) for item in self.templates[template]]
        for item in items:
            item["apiVersion"] = self.api_version(item["apiVersion"], item["kind"], discovery)
        return items


def fill(tree: Any, values: Mapping[str, Any]) -> Any:
    """Return a copy of a parsed document with its holes filled in.

    A value that is one hole takes the value as it is (a number stays a number, a list a list); None drops the key. A
    hole inside a longer text becomes text. The key ``...`` adds the keys of its value, as ``**`` does in Python.
    """
    if isinstance(tree, dict):
        added = fill(tree.get(SPREAD), values) or {}
        if not isinstance(added, dict):
            raise KitError(f"A manifest template adds {tree[SPREAD]}, and its value is no mapping.")
        filled = {fill(key, values): fill(value, values) for key, value in tree.items() if key != SPREAD}
        return {key: value for key, value in {**added, **filled}.items() if value is not None}
    if isinstance(tree, list):
        return [fill(value, values) for value in tree]
    return _fill_text(tree, values) if isinstance(tree, str) else tree


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    whole = _HOLE.fullmatch(text)
    if whole:
        return _value(whole[1], values)
    return _HOLE.sub(lambda hole: str(_value(hole[1], values)), text)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise KitError(f"A manifest template asks for ${{{name}}}, and nothing gives it a value.")
    return values[name]


def backend_names(requirement: str) -> tuple[str, ...]:
    """Return the names of a requirement's backends without reading them."""
    return tuple(sorted(_files(requirement)))


def backends(requirement: str) -> tuple[Backend, ...]:
    """Return the backends of a requirement; one in the user's own folder takes the place of the kit's of that name."""
    found = [load(file) for file in _files(requirement).values()]
    return tuple(sorted(found, key=lambda backend: (backend.settings.get("order", 50), backend.name)))


def _files(requirement: str) -> dict[str, Path]:
    folders = [folder / requirement for folder in (paths.manifests(), paths.own_manifests()) if folder]
    return {file.stem: file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))}


def load(file: Path) -> Backend:
    """Return one backend from its file.

    Raises:
        UsageError: the file is not a backend.
    """
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as below

    try:
        data = read_yaml(file)
        backend = Backend(
            name=file.stem,
            about=data["about"],
            templates={name: list(items) for name, items in data["templates"].items()},
            versions=data.get("versions") or {},
            settings=data.get("settings") or {},
            without=data.get("without") or {},
        )
        backend.kinds()
    except (OSError, ValueError, YAMLError) as error:
        raise UsageError(f"{file} cannot be read as YAML: {type(error).__name__}.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{file} is not a backend: it needs `about` and `templates`, lists of objects with apiVersion and kind."
        ) from error
    return backend


def read_yaml(file: Path) -> Any:
    """Return the content of a YAML file of the kit's own."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 50 ms that not every command needs

    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))
