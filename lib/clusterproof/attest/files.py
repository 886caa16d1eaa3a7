"""The files of a folder and their digests; links, pipes and strange names are told, and not followed."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clusterproof.errors import KitError
from clusterproof.report.store import ATTESTATION, PASSING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a link or pipe that came in between neither leads out nor hangs


@dataclass
class Found:
    """What a folder holds."""

    digests: dict[str, str] = field(default_factory=dict)
    """Path inside the folder, with slashes, to the SHA-256 of the file's content."""
    strange: dict[str, str] = field(default_factory=dict)
    """The same for what is no plain file that could be signed, and what it is instead."""


def find(folder: Path, *, attestation: Path) -> Found:
    """Return the digests of every file below a folder, apart from an attestation and the folder's own one.

    Raises:
        KitError: something cannot be read.
    """
    found, left_out = Found(), {attestation, folder / ATTESTATION}
    for path, entry in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path in left_out and entry.is_file(follow_symlinks=False):
            continue
        why = _strange(name, entry)
        if why:
            found.strange[_shown(name)] = why
        else:
            found.digests[name] = digest(path)
    return found


def digest(path: Path) -> str:
    """Return the SHA-256 of a plain file's content.

    Raises:
        KitError: it cannot be read, or is no plain file any more.
    """
    try:
        with open(os.open(path, _OPEN), "rb") as file:  # noqa: PTH123 - a descriptor, so that the flags hold
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise KitError(f"{path} is no plain file any more.")
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}.") from error


def _walk(folder: Path) -> Iterator[tuple[Path, os.DirEntry[str]]]:
    """Yield everything below a folder that is no folder itself, in the order of names; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            here = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise KitError(f"{folder} cannot be read: {error.strerror}.") from error
    for entry in here:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path), entry


def _strange(name: str, entry: os.DirEntry[str]) -> str:
    """Return why something cannot be signed; nothing for a plain file with a plain name."""
    if entry.is_symlink():
        return "it is a symbolic link"
    if not entry.is_file(follow_symlinks=False):
        return "it is neither a file nor a folder"
    if entry.name.endswith(PASSING):
        return "it is half written: its writer was stopped, or is still at work"
    return "" if is_plain(name) else "its name is not one that every system can hold"


def is_plain(name: str) -> bool:
    """Tell whether a name is a path inside a folder that means the same file everywhere."""
    parts = name.split("/")
    printable = name.isprintable() and "\\" not in name and ":" not in parts[0][:2]
    return printable and not {"", ".", ".."} & set(parts)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
