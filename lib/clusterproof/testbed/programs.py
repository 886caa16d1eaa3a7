"""The table of programs: what each is called, where it comes from, which version is pinned."""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from clusterproof.errors import UsageError
from clusterproof.manifest import read_yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """One program that a testbed starts."""

    name: str
    version: str
    module: str = ""
    """Folder under ``modules/`` whose go.mod pins it."""
    package: str = ""
    """Go package to build."""
    ldflags: str = ""
    tags: str = ""
    """Go build tags, separated by commas."""
    cgo: bool = False
    """True where it is partly C; it takes a C compiler to build it then."""
    release: dict[str, str] = field(default_factory=dict)
    """``url``, ``sums`` and, for an archive, ``member``."""
    wheel: dict[str, str] = field(default_factory=dict)
    """``distribution`` and ``file`` where it comes in a Python wheel."""
    edits: tuple[dict[str, Any], ...] = ()
    """Changes of the source before it is built: in ``file``, ``replace`` one text ``by`` another, so many ``times``."""

    @property
    def key(self) -> str:
        """Its file name in the cache; another one if the source was changed in another way."""
        if not self.edits:
            return f"{self.name}-{self.version}"
        return f"{self.name}-{self.version}-{hashlib.sha256(repr(self.edits).encode()).hexdigest()[:8]}"


def architecture() -> str:
    """Return this machine's architecture as releases spell it."""
    machine = platform.machine()
    return str(read_yaml(HERE / "architectures.yaml").get(machine, machine))


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """Return the rows of ``programs.yaml``."""
    rows: dict[str, Any] = read_yaml(HERE / "programs.yaml")
    return rows


def program(name: str) -> Program:
    """Return one program with its placeholders filled in.

    Raises:
        UsageError: the table does not have it.
    """
    row: dict[str, Any] | None = table().get(name)
    if row is None:
        known = ", ".join(sorted(table()))
        raise UsageError(f"There is no program {name!r} in the testbed's table.", next_step=f"Known are: {known}.")
    version: str = pinned(row["module"], row["pin"]) if "module" in row else row["wheel"]["distribution"]
    major, minor, *_ = (*version.lstrip("v").split("."), "", "")
    words = {"version": version, "number": version.lstrip("v"), "major": major, "minor": minor, "arch": architecture()}
    return Program(
        name=name,
        version=version,
        module=row.get("module", ""),
        package=row.get("package", ""),
        ldflags=row.get("ldflags", "").format(**words),
        tags=row.get("tags", ""),
        cgo=row.get("cgo", False),
        release={key: text.format(**words) for key, text in row.get("release", {}).items()},
        wheel=row.get("wheel", {}),
        edits=tuple(dict(edit) for edit in row.get("edits", ())),
    )


def module_folder(module: str) -> Path:
    """Return the folder with a module's go.mod and go.sum."""
    return HERE / "modules" / module


def main_module(module: str) -> str:
    """Return the Go module that a module folder is there for."""
    pins = [row["pin"] for row in table().values() if row.get("module") == module]
    if pins:
        return str(pins[0])
    text = (module_folder(module) / "go.mod").read_text(encoding="utf-8")
    direct = re.findall(r"^(?:require)?\s+(\S+) v\S+$", text, re.MULTILINE)
    if len(direct) != 1:
        raise UsageError(f"modules/{module}/go.mod requires {len(direct)} modules directly; name the one meant.")
    return str(direct[0])


def pinned(module: str, path: str) -> str:
    """Return the version that a module folder's go.mod requires of a Go module."""
    text = (module_folder(module) / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^(?:require)?\s*{re.escape(path)} (v\S+)", text, re.MULTILINE)
    if not found:
        raise UsageError(f"modules/{module}/go.mod does not require {path}.")
    return found[1]
