"""Last year's PRODUCT.yaml as plain answers, however it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.checklist import METADATA, versions
from clusterproof.errors import UsageError
from clusterproof.product.filling import PRODUCT
from clusterproof.render import clean
from clusterproof.submission.reading import read

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = re.compile(r"(?:^|/)v(\d+\.\d+)/")
_SNAKE = {re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name): name for name in METADATA}


@dataclass(frozen=True)
class Answer:
    """What a checklist says of one item."""

    status: str = ""
    evidence: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class Previous:
    """A checklist of an earlier year."""

    path: Path
    version: str
    """From the path, else from the metadata; empty where neither tells."""
    metadata: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)


def previous(path: Path) -> Previous:
    """Read a checklist that was handed in earlier, or the one in a folder that was.

    Raises:
        UsageError: it cannot be read, or is no checklist.
    """
    path = path / PRODUCT if path.is_dir() else path
    document = read(path)
    if not document.readable:
        why = document.problems[0] if document.problems else None
        raise UsageError(f"{path} cannot be carried forward. {clean(why.message) if why else 'It is empty.'}")
    metadata, spec = document.get("metadata"), document.get("spec")
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        raise UsageError(f"{path} is no checklist: it has no metadata and spec.")
    fields = _metadata(metadata, document.written)
    items = [item for each in spec.values() if isinstance(each, list) for item in each if isinstance(item, dict)]
    answers = {str(item["id"]): _answer(item) for item in items if isinstance(item.get("id"), str)}
    if not answers:
        raise UsageError(f"{path} is no checklist: its spec holds no items.")
    return Previous(path, _version(path, fields), fields, answers)


def stale(text: str, new: str) -> str:
    """Return the first version of an earlier checklist that a text names, for instance ``v1.35``; else nothing."""
    for old in versions():
        minor = old.partition(".")[2]
        if old == new:
            break
        found = re.search(rf"(?<![\d.])v?1[._-]{minor}(?!\d)", text)
        if found:
            return found[0]
    return ""


def _metadata(data: dict[str, Any], written: dict[Any, str]) -> dict[str, str]:
    named = {_SNAKE.get(key, key): written.get(("metadata", key), value) for key, value in data.items()}
    return {key: value for key, value in named.items() if key in METADATA and isinstance(value, str) and value}


def _version(path: Path, metadata: dict[str, str]) -> str:
    found = _VERSION.search(path.absolute().as_posix()) or re.match(
        r"v?(\d+\.\d+)", metadata.get("kubernetesVersion", "")
    )
    return found[1] if found else ""


def _answer(item: dict[str, Any]) -> Answer:
    evidence = item.get("evidence")
    entries = evidence if isinstance(evidence, list) else [evidence]
    return Answer(
        _text(item.get("status")), tuple(each for each in map(_text, entries) if each), _text(item.get("notes"))
    )


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()
