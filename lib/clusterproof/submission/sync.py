"""The official checklists and the members' names, fetched once into the user's cache; offline afterwards."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterproof import __version__, checklist
from clusterproof.errors import KitError, UsageError
from clusterproof.submission.composing import Stop
from clusterproof.submission.official import MEMBERS, file_name, folder, listed, names
from clusterproof.submission.reading import parse, read_bytes
from clusterproof.submission.schema import from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHECKLISTS = "https://raw.githubusercontent.com/cncf/k8s-ai-conformance/main/docs"
LANDSCAPE = "https://raw.githubusercontent.com/cncf/landscape/master"
CATEGORY = "CNCF Members"
WITHIN = 60.0  # seconds for one file
LARGEST = 64 * 1024 * 1024  # bytes of the landscape, with room to grow
_SOURCES = "Name with --from a folder that holds the official files, or an address that begins with https://"
_PARTS = 5_000_000  # of the landscape's YAML
_LISTS = (MEMBERS, "cncf_members.json", "landscape.yml")
_BELOW = ("", "docs", "checklists")
_ABSENT = frozenset({404, 410})


@dataclass(frozen=True)
class Synced:
    """What lies in the cache now, and what the source did not have."""

    folder: Path
    files: tuple[str, ...]
    missing: tuple[str, ...]


def sync(source: str = "") -> Synced:
    """Fetch what is official from the programme, or from a folder or an address, and put it into the user's cache.

    Everything is checked before the first file is replaced.

    Raises:
        UsageError: the source is neither a folder nor an address, or a folder whose files are not the official ones.
        KitError: it does not answer, or a file is not the official one; the cache is as it was.
    """
    try:
        found = _found(source)
    except KitError as error:
        if source and Path(source).is_dir():
            raise UsageError(error.message, next_step=error.next_step) from None
        raise
    for name, content in found.items():
        put(folder() / name, content)
    wanted = [*map(file_name, checklist.versions()), MEMBERS]
    return Synced(folder(), tuple(found), tuple(name for name in wanted if name not in found))


def _found(source: str) -> dict[str, bytes]:
    """Return the files of a source that belong into the cache, every one of them checked."""
    checklists, lists = (_from(source), _from(source)) if source else (_of(CHECKLISTS), _of(LANDSCAPE))
    found: dict[str, bytes] = {}
    for version in checklist.versions():
        content = checklists(file_name(version))
        if content is not None:
            _check(content, version)
            found[file_name(version)] = content
    members = next((_members(content, name) for name in _LISTS if (content := lists(name)) is not None), None)
    if members is not None:
        found[MEMBERS] = json.dumps(sorted(members), ensure_ascii=False, indent=0).encode()
    if not found:
        raise KitError(f"{source or CHECKLISTS} has neither a checklist nor a list of members.")
    return found


def put(path: Path, content: bytes) -> None:
    """Replace a file in one step.

    Raises:
        KitError: it cannot be written; the old one is still there.
    """
    draft = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            Path(draft).unlink(missing_ok=True)
        raise KitError(f"{path} cannot be written: {error.strerror or error}.") from error


def _check(content: bytes, version: str) -> None:
    try:
        from_text(content.decode("utf-8-sig"), version, f"What the source has as {file_name(version)}")
    except UnicodeDecodeError:
        raise KitError(f"What the source has as {file_name(version)} is not UTF-8.") from None
    except UsageError as error:
        raise KitError(error.message, next_step="The cache is as it was.") from error


def _members(content: bytes, name: str) -> frozenset[str]:
    """Return the names that a list of names, or the landscape, holds."""
    text = content.decode("utf-8-sig", errors="replace")
    try:
        found = names(_landscape(text) if name.endswith(".yml") else listed(text))
    except ValueError:
        found = frozenset()
    if not found:
        raise KitError(f"{name} of the source holds no names of members.", next_step="The cache is as it was.")
    return found


def _landscape(text: str) -> Iterable[str]:
    document = parse(text, most=_PARTS)
    for category in _rows(document.get("landscape")):
        if category.get("name") == CATEGORY:
            for part in _rows(category.get("subcategories")):
                yield from (str(item.get("name") or "") for item in _rows(part.get("items")))


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _from(source: str) -> Callable[[str], bytes | None]:
    if "://" in source:
        if not source.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise UsageError(f"{source} is not https.", next_step=_SOURCES)
        return _of(source.rstrip("/"))
    place = Path(source)
    if not place.is_dir():
        raise UsageError(f"{source} is neither a folder nor an address.", next_step=_SOURCES)
    return lambda name: _file(place, name)


def _file(place: Path, name: str) -> bytes | None:
    for below in _BELOW:
        path = place / below / name
        if path.is_file():
            try:
                return read_bytes(path, LARGEST)
            except Stop as stop:
                raise KitError(f"{path}: {stop.problem.message}") from None
    return None


def _of(base: str) -> Callable[[str], bytes | None]:
    return lambda name: _fetched(f"{base}/{name}")


def _fetched(url: str) -> bytes | None:
    """Return what an address holds, None where it does not exist."""
    request = urllib.request.Request(url, headers={"User-Agent": f"clusterproof/{__version__}"})  # noqa: S310 - https
    try:
        with urllib.request.urlopen(request, timeout=WITHIN) as answer:  # noqa: S310
            content: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _ABSENT:
            return None
        raise KitError(f"{url} answers HTTP {error.code}.", next_step="The cache is as it was.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise KitError(f"{url} does not answer: {why}.", next_step=_OFFLINE) from error
    if len(content) > LARGEST:
        raise KitError(f"{url} is larger than {LARGEST:,} bytes.")
    return content


_OFFLINE = "The cache is as it was; without a network: clusterproof checklist sync --from DIR"
