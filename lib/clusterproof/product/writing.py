"""Writing into a folder of the user's: all files or none, and nothing that is there is lost unasked."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from clusterproof.checklist import ids
from clusterproof.errors import UsageError, unwritable
from clusterproof.report.vouched import refuse_of_a_run
from clusterproof.submission.own_pages import own_page
from clusterproof.submission.submission import VERSION_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PASSING = ".clusterproof-tmp"


def write_product(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> tuple[str, ...]:
    """Write the files of a product's folder, and with ``force`` remove the kit's own pages that none of them names.

    An earlier run may have left the page of a requirement that the new checklist does not answer. Their names are
    returned.

    Raises:
        UsageError: as ``write``, or the product's folder or its version's is a symbolic link.
        KitError: the disk is full or broken.
    """
    refuse_of_a_run(folder / name for name in files)  # before a link, which is not what is wrong with it
    _refuse_linked(_of_the_product(folder))
    write(folder, files, force=force)
    removed = _unnamed(folder, files) if force else ()
    try:
        for name in removed:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return removed


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
        _refuse_linked(folder / part for name in files for part in _parts(name))
        there = [name for name in files if (folder / name).exists()]
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}.") from error
    if there and not force:
        more = f", and {len(there) - 1} more of the files" if len(there) > 1 else ""
        raise UsageError(
            f"{folder / there[0]} is there already{more}; nothing was written.",
            next_step="Name another place, or replace what is there with --force.",
        )


def _refuse_linked(places: Iterable[Path]) -> None:
    for place in places:
        if os.path.islink(place):  # noqa: PTH114 - never raises, whatever the name
            raise UsageError(
                f"{place} is a symbolic link, and the kit does not write through one.",
                next_step="Remove the link, or name another place.",
            )


def _of_the_product(folder: Path) -> list[Path]:
    """Return a product's folder and those above it up to its version's; where these lie is the user's own matter."""
    above = [folder, *folder.absolute().parents]
    last = next((number for number, each in enumerate(above) if VERSION_FOLDER.fullmatch(each.name)), 0)
    return above[: last + 1]


def _unnamed(folder: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the kit's own pages of requirements in a product's folder that are not among its new files, nor in one."""
    names = {f"evidence/{name}.md": name for name in ids()}
    others = [path for path in names if path not in files and not any(path.encode() in each for each in files.values())]
    pages = {path: own_page(folder / path) for path in others}
    return tuple(path for path, page in pages.items() if page and set(page.said) == {names[path]})


def _parts(name: str) -> list[PurePosixPath]:
    """Return a path and every folder above it."""
    path = PurePosixPath(name)
    return [path, *list(path.parents)[:-1]]
