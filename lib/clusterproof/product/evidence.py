"""The evidence that a checklist points to: only what the programme's validator finds, beside the checklist itself."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from clusterproof.errors import UsageError
from clusterproof.product.rules import ARTIFACTS
from clusterproof.submission.addresses import holds_user
from clusterproof.submission.composing import Stop
from clusterproof.submission.finding import Generation
from clusterproof.submission.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 20 * 1024 * 1024  # bytes of one file
SUITE = "suite"
"""Folder of a run with what the programme's own suite wrote, taken in by an import."""


def is_link(entry: str) -> bool:
    """Return whether an entry is a web address; the validator takes anything else for a path."""
    return entry.startswith(("http://", "https://"))


def local(entry: str, requirement: str, rules: Generation) -> str:
    """Return the path that an entry which is no web address means, relative to the product's folder.

    Raises:
        UsageError: the validator would not take it for a path inside that folder.
    """
    path = entry
    if rules is Generation.CURRENT:  # the earlier validator looks for a file of exactly that name
        path = entry.removeprefix("file://").partition("#")[0]
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or "\x00" in path or {"", ".", ".."} & set(parts):
        raise UsageError(
            f"The evidence {entry[:120]!r} of {requirement} is neither a web address nor a path inside the folder.",
            next_step="Name a file beside PRODUCT.yaml, for instance docs/gang.md, or an https:// address.",
        )
    return path


def declared_files(
    entries: Iterable[tuple[str, str]], beside: Path | None, folder: Path, rules: Generation
) -> dict[str, bytes]:
    """Return the files that people name as evidence, to be written; what lies in the product's folder stays.

    Args:
        entries: requirement and evidence entry.
        beside: folder of the platform file, to which paths are relative.
        folder: the product's folder.
        rules: generation of the validator.

    Raises:
        UsageError: a path leads nowhere, or has a name that only an import may write, or an address holds a password.
    """
    found: dict[str, bytes] = {}
    for requirement, entry in entries:
        _refuse_user(entry, requirement)
        if is_link(entry):
            continue
        path = local(entry, requirement, rules)
        if (folder / path).is_file() or path in found:
            continue
        if PurePosixPath(path).name.lower() in ARTIFACTS:
            raise UsageError(
                f"The evidence {path!r} of {requirement} is named as the output that the programme's suite writes.",
                next_step="Take such a file in with clusterproof import, or give it another name.",
            )
        found[path] = _content(beside, path, requirement)
    return found


def artifacts(run: Path) -> dict[str, bytes]:
    """Return what an import has put into a run folder, by path.

    Raises:
        UsageError: a file cannot be read.
    """
    there = sorted((run / SUITE).iterdir()) if (run / SUITE).is_dir() else []
    return {f"{SUITE}/{file.name}": _read(file) for file in there if file.name in ARTIFACTS}


def _refuse_user(entry: str, requirement: str) -> None:
    """Refuse an address with a password, which everybody would read in the checklist; it is not repeated."""
    if holds_user(entry):
        raise UsageError(
            f"An address in the evidence of {requirement} holds a user's name or password.",
            next_step="Name one in the declaration that anybody can open without them.",
        )


def _content(beside: Path | None, path: str, requirement: str) -> bytes:
    file = beside / path if beside else None
    if file is None or not file.exists():
        where = f"neither in {beside} nor in the product's folder" if beside else "not in the product's folder"
        raise UsageError(
            f"The evidence {path[:120]!r} of {requirement} is not there: {where}.",
            next_step="Paths in declarations are relative to the platform file; a text is no evidence.",
        )
    if beside and not file.resolve().is_relative_to(beside.resolve()):
        raise UsageError(f"The evidence {path!r} of {requirement} leads out of {beside}.")
    return _read(file)


def _read(file: Path) -> bytes:
    try:
        return read_bytes(file, LARGEST)
    except Stop as stop:
        raise UsageError(f"{file} is no evidence. {stop.problem.message}") from None
