"""Writing into a folder of the user's: all files or none, and nothing that is there is lost unasked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError, unwritable
from clusterproof.report.vouched import refuse_of_a_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PASSING = ".clusterproof-tmp"


def write(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write files, given by their path inside a folder.

    Raises:
        UsageError: a file is there already, and ``force`` is not set, or the folder cannot be one; nothing was written.
        KitError: the disk is full or broken.
    """
    refuse_there(folder, files, force=force)
    staged: list[tuple[Path, Path]] = []
    try:
        for name, content in files.items():
            final = folder / name
            final.parent.mkdir(parents=True, exist_ok=True)
            passing = final.with_name(f".{final.name}{_PASSING}")
            staged.append((passing, final))
            passing.write_bytes(content)
        for passing, final in staged:
            passing.replace(final)
    except OSError as error:
        for passing, _ in staged:
            with suppress(OSError):
                passing.unlink(missing_ok=True)
        raise unwritable(folder, error) from error


def refuse_there(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Refuse to replace a file unasked, and to write through a symbolic link below the folder at all.

    Raises:
        UsageError: one of the files is there, or is a run's, which ``force`` does not help against.
    """
    refuse_of_a_run(folder / name for name in files)
    try:
        linked = [part for name in files for part in _parts(name) if (folder / part).is_symlink()]
        there = [name for name in files if (folder / name).exists()]
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}.") from error
    if linked:
        raise UsageError(
            f"{folder / linked[0]} is a symbolic link, and the kit does not write through one.",
            next_step="Remove the link, or name another place.",
        )
    if there and not force:
        more = f", and {len(there) - 1} more of the files" if len(there) > 1 else ""
        raise UsageError(
            f"{folder / there[0]} is there already{more}; nothing was written.",
            next_step="Name another place, or replace what is there with --force.",
        )


def _parts(name: str) -> list[PurePosixPath]:
    """Return a path and every folder above it."""
    path = PurePosixPath(name)
    return [path, *list(path.parents)[:-1]]
