"""A user's own templates and accelerator rows, looked at as a whole before anything is created.

Each fault is one sentence with file and line. What only a server can know, such as a field that its kinds do not have,
is still found when the object is sent.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.bench.own_backends import look_at_backend, wrong
from clusterproof.checklist import ids
from clusterproof.cluster.accelerators import OWN_ROWS, kits_rows
from clusterproof.errors import UsageError
from clusterproof.nearest import meant
from clusterproof.parameters.user_yaml import read_user_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTS = ("resources", "drivers", "exporters")


def look_at_own_files() -> None:
    """Refuse what is wrong in the user's own files.

    Raises:
        UsageError: something is; names file and line.
    """
    if rows := os.environ.get(OWN_ROWS):
        _look_at_rows(Path(rows))
    folder = paths.own_manifests()
    known = {*ids(), *(each.name for each in paths.manifests().iterdir() if each.is_dir())}  # and the proof of a job's
    for inner in sorted(folder.iterdir()) if folder else []:
        if not inner.is_dir():
            continue
        if inner.name not in known:
            raise UsageError(f"{inner} is named after no requirement{meant(inner.name, known)}")
        for file in sorted(inner.glob("*.y*ml")):
            look_at_backend(file, inner.name)


def _look_at_rows(file: Path) -> None:
    data, kits = read_user_yaml(file), kits_rows()
    if not isinstance(data, dict):
        raise wrong(file, (), f"it is no mapping with some of {', '.join(kits)}.")
    for kind, rows in data.items():
        if kind not in kits:
            raise wrong(file, (kind,), f"the table has no {kind!r}{meant(str(kind), kits)}")
        if not isinstance(rows, list):
            raise wrong(file, (kind,), f"`{kind}` is no list.")
        known = {key for row in kits[kind] if isinstance(row, dict) for key in row}
        for number, row in enumerate(rows) if known else ():
            _look_at_row(file, (kind, number), row, known)


def _look_at_row(file: Path, where: tuple[str, int], row: Any, known: Iterable[str]) -> None:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        raise wrong(file, where, "a row is a mapping, and its `name` is a text.")
    for key, value in row.items():
        if key not in known:
            raise wrong(file, (*where, key), f"a row of `{where[0]}` has no {key!r}{meant(str(key), known)}")
        if key in LISTS and not isinstance(value, list):
            raise wrong(file, (*where, key), f"`{key}` is no list.")
