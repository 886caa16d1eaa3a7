"""Which devices a node has, and what a container gets of them in the form of the Container Device Interface."""

from __future__ import annotations

import json
import os
import stat
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Item = dict[str, Any]
CDI_VERSION = "0.6.0"
MODE = 0o666


@dataclass(frozen=True)
class Device:
    """One character device; no driver answers behind it, and the kernel guards it all the same."""

    name: str
    node: str
    path: str
    """Where a container finds it."""
    major: int
    minor: int

    @property
    def uuid(self) -> str:
        """What its vendor's tools would call it."""
        return f"GPU-{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.node}/{self.major}:{self.minor}')}"

    def make(self, folder: Path) -> str:
        """Make it in a folder of the node's, for containers to get from there; return where it is."""
        file = folder / self.path.rsplit("/", 1)[-1]
        if not file.exists():
            os.mknod(file, stat.S_IFCHR | MODE, os.makedev(self.major, self.minor))
            file.chmod(MODE)  # whatever the umask
        return str(file)


def devices(told: Item) -> list[Device]:
    """Return the devices of one way to offer them."""
    numbers = range(told["first"], told["first"] + told["count"])
    return [
        Device(f"gpu-{number}", told["node"], told["path"].format(number=number), told["major"], number)
        for number in numbers
    ]


def write(  # noqa: PLR0913, PLR0917 - the parts of a specification
    file: Path, kind: str, groups: Iterable[tuple[str, list[Device]]], sources: Path, variable: str, library: str = ""
) -> None:
    """Write a specification with one named group of devices after the other; each may be all that a container gets.

    With any of them comes the ``library``, a file whose name tells the version of the driver.
    """
    entries = [{"name": name, "containerEdits": _edits(found, sources, variable)} for name, found in groups]
    shared = {"containerEdits": {"mounts": [_mount(library, sources)]}} if library else {}
    text = json.dumps({"cdiVersion": CDI_VERSION, "kind": kind, "devices": entries, **shared})
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def _mount(library: str, sources: Path) -> Item:
    file = sources / library.rsplit("/", 1)[-1]
    file.touch()
    return {"hostPath": str(file), "containerPath": library, "options": ["ro", "nosuid", "nodev", "bind"]}


def _edits(found: list[Device], sources: Path, variable: str) -> Item:
    nodes = [
        {
            "path": each.path,
            "hostPath": each.make(sources),
            "type": "c",
            "major": each.major,
            "minor": each.minor,
            "permissions": "rw",
        }
        for each in found
    ]
    return {"deviceNodes": nodes, "env": [f"{variable}={','.join(each.uuid for each in found)}"]}
