"""Read a tree of submissions, ``vX.Y/<product>/PRODUCT.yaml``; what cannot be read is told, and stops nothing."""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import checklist
from clusterproof.catalog.dates import Dates
from clusterproof.catalog.evidence import evidence
from clusterproof.catalog.model import Answer, Catalog, Product, Submission, Unreadable, version_key
from clusterproof.errors import UsageError
from clusterproof.model import Status
from clusterproof.submission.addresses import without_secrets
from clusterproof.submission.form import form
from clusterproof.submission.loading import obstacle
from clusterproof.submission.marks import simulated_file, simulated_notes
from clusterproof.submission.places import NAME as FILE
from clusterproof.submission.places import is_misnamed
from clusterproof.submission.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from clusterproof.catalog.links import Links
    from clusterproof.submission.form import Item

FIELDS = (*checklist.METADATA,)
MANY = 50
"""Files from which on several processes read them."""
_VERSION = re.compile(r"v(\d{1,4}\.\d{1,4})")
_CLAIMS = frozenset({Status.IMPLEMENTED.value, Status.PARTIAL.value})
_LONGEST = 20_000  # characters of one text; a page shows far fewer


def read_tree(folder: Path, today: date, *, given: dict[str, date], links: Links | None = None) -> Catalog:
    """Return all submissions below a folder.

    Args:
        folder: holds a folder per version, and these one per product.
        today: what expiry is counted from.
        given: dates by ``vX.Y/<product>``, which count more than any other.
        links: what came of asking for web addresses; None where nobody did.

    Raises:
        UsageError: there is no such folder, or no submission in it.
    """
    files, strange = _files(folder)
    if not files:
        raise UsageError(
            f"There is no submission in {folder}.", next_step=f"It has to hold files named vX.Y/<product>/{FILE}."
        )
    found = _read_all(files)
    dates = Dates.of(folder, given)
    submissions = [
        replace(each, certified=dates.of_file(file.relative_to(folder).as_posix(), file).as_of(today))
        for file, each in zip(files, found, strict=True)
        if isinstance(each, Submission)
    ]
    unreadable = [
        Unreadable(file.relative_to(folder).as_posix(), each)
        for file, each in zip(files, found, strict=True)
        if isinstance(each, str)
    ]
    products = tuple(_products(submissions))
    return Catalog(products, today, (*strange, *unreadable), dates.notes(submissions), links)


def _files(folder: Path) -> tuple[list[Path], list[Unreadable]]:
    """Return the files of a tree in order, and what looks like one but leads elsewhere."""
    files, strange = [], []
    for version in _folders(folder):
        if not _VERSION.fullmatch(version.name):
            continue
        for product in _folders(version):
            file = product / FILE
            if version.is_symlink() or product.is_symlink():
                strange.append(Unreadable(file.relative_to(folder).as_posix(), "It lies behind a symbolic link."))
            elif file.exists() or file.is_symlink():
                files.append(file)
            else:
                strange += _misnamed(product, folder)
    return files, strange


def _misnamed(product: Path, folder: Path) -> Iterator[Unreadable]:
    """Yield what a folder holds in place of the file: another spelling of it, or nothing that could be seen."""
    at = product.relative_to(folder).as_posix()
    try:
        names = sorted(entry.name for entry in _entries(product) if is_misnamed(entry.name))
    except UsageError:
        yield Unreadable(at, "The folder cannot be read.")
        return
    yield from (Unreadable(f"{at}/{name}", f"The programme only takes {FILE}, in these letters.") for name in names)


def _folders(folder: Path) -> list[Path]:
    return sorted(Path(entry.path) for entry in _entries(folder) if entry.is_dir())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from error


def _read_all(files: list[Path]) -> list[Submission | str]:
    """Read files, on all processors where there are many: the parser is written in Python."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A fork beside other threads may inherit a lock that nobody will ever open.
    alone = threading.active_count() == 1 and "fork" in get_all_start_methods()
    if len(files) < MANY or workers == 1 or not alone:
        return [read_file(file) for file in files]
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return list(pool.map(read_file, files, chunksize=16))


def read_file(file: Path) -> Submission | str:
    """Return one submission without its date, or a sentence why there is none."""
    document = read(file)
    said = form(document)
    why = obstacle(document)
    if why or said.metadata is None or said.spec is None:
        return why or "It is no submission: it has no metadata or no spec."
    whole = simulated_file(document.text)
    version = file.parent.parent.name.removeprefix("v")
    answers = tuple(_answer(item, version, file.parent, whole=whole) for item in said.items if item.id)
    return Submission(version, file.parent.name, dict(_metadata(said.metadata)), answers)


def _answer(item: Item, version: str, folder: Path, *, whole: bool) -> Answer:
    """Return one answer; ``whole`` tells that all of the file was seen on simulated nodes."""
    claimed = item.id if item.status in _CLAIMS else ""
    found = tuple(evidence(entry.text[:_LONGEST], folder, claimed) for entry in item.links[:1000])
    simulated = whole or simulated_notes(item.notes) or any(entry.simulated for entry in found)
    return Answer(
        id=item.id[:100],
        level=_level(version, item.id) or item.level[:20],
        status=item.status[:100],
        notes=without_secrets(item.notes.strip()[:_LONGEST]),
        evidence=found,
        simulated=bool(claimed) and simulated,
    )


def _metadata(written: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in FIELDS:
        snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()  # the programme takes both spellings
        value = written.get(name, written.get(snake))
        if isinstance(value, str | int | float):
            yield name, without_secrets(str(value)[:_LONGEST])


def _level(version: str, requirement: str) -> str:
    if version not in checklist.versions():
        return ""
    return next((item.level.value for item in checklist.requirements(version) if item.id == requirement), "")


def _products(submissions: Iterable[Submission]) -> Iterator[Product]:
    by_folder: dict[str, list[Submission]] = {}
    for each in submissions:
        by_folder.setdefault(each.folder, []).append(each)
    found: list[Product] = []
    taken: set[str] = set()
    for folder, own in by_folder.items():
        newest_first = sorted(own, key=lambda each: version_key(each.version), reverse=True)
        found.append(Product(folder, _slug(folder, taken), tuple(newest_first)))
    yield from sorted(found, key=lambda each: (each.newest.name.casefold(), each.folder))


def _slug(folder: str, taken: set[str]) -> str:
    """Return a name for a page that no other has, also where upper and lower case are one."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:60] or "product"
    slug, number = plain, 1
    while slug in taken:
        number += 1
        slug = f"{plain}-{number}"
    taken.add(slug)
    return slug
