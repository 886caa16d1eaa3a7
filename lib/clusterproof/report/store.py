"""Many files, all or none: everything is on the disk under a passing name before the first file is replaced."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from clusterproof.errors import KitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "MANIFEST.sha256"
ATTESTATION = "attestation.intoto.jsonl"  # signed over the digests, so they cannot hold its own
PASSING = ".clusterproof-tmp"


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, given by their path inside the folder, and then the digests of everything the folder holds.

    Raises:
        KitError: the disk is full or refuses; nothing that lay in the folder before has changed.
    """
    try:
        _remove_passing(folder)
        written = [_stage(folder / name, content) for name, content in files.items()]
        for passing, final in written:
            passing.replace(final)
        for parent in {final.parent for _, final in written}:
            _sync_folder(parent)
        passing, final = _stage(folder / MANIFEST, manifest(folder).encode())
        passing.replace(final)
    except OSError as error:
        _remove_passing(folder)
        raise KitError(
            f"The report cannot be written into {folder}: {error.strerror or error}.",
            next_step="What lay there before is unchanged. Make room or choose another folder (--out), then "
            "repeat the writing with: clusterproof judge RUN.",
        ) from error


def manifest(folder: Path) -> str:
    """Return one line per file of the folder, sorted, in the form that ``sha256sum -c`` reads."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    return "".join(
        f"{_digest(folder / name)}  {name}\n"
        for name in names
        if name not in {MANIFEST, ATTESTATION} and not name.endswith(PASSING) and "\n" not in name and "\\" not in name
    )


def _stage(final: Path, content: bytes) -> tuple[Path, Path]:
    """Write the content beside its final place and wait until it is on the disk."""
    final.parent.mkdir(parents=True, exist_ok=True)
    passing = final.with_name(f".{final.name}{PASSING}")
    with passing.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return passing, final


def _remove_passing(folder: Path) -> None:
    """Remove what an earlier, killed writer left."""
    for passing in folder.rglob(f".*{PASSING}"):
        passing.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
