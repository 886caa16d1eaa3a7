"""Last year's PRODUCT.yaml as plain answers, however it was written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clusterproof.checklist import METADATA, versions
from clusterproof.errors import UsageError
from clusterproof.render import clean
from clusterproof.submission.document import Trouble
from clusterproof.submission.form import form
from clusterproof.submission.places import NAME as PRODUCT
from clusterproof.submission.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterproof.submission.document import Document, Where
    from clusterproof.submission.form import Form, Item

_NAME_IT = "Name last year's PRODUCT.yaml, or its folder; clusterproof checklist lint tells what is wrong with one."
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
    remarks: tuple[str, ...] = ()
    """What is odd in it, a sentence each."""


def previous(path: Path) -> Previous:
    """Read a checklist that was handed in earlier, or the one in a folder that was.

    Raises:
        UsageError: it cannot be read, is no checklist, or is one that the programme's validator cannot load.
    """
    path = path / PRODUCT if path.is_dir() else path
    document = read(path)
    if not document.readable:
        why = document.problems[0] if document.problems else None
        raise UsageError(
            f"{path} cannot be carried forward. {clean(why.message) if why else 'It is empty.'}", next_step=_NAME_IT
        )
    said = form(document)
    _refuse_unloadable(document, said)
    if said.metadata is None or said.spec is None:
        raise UsageError(f"{path} is no checklist: it has no metadata and spec.", next_step=_NAME_IT)
    fields = _metadata(said.metadata, document.written)
    answers = {item.id: _answer(item) for item in said.items if item.id}
    if not answers:
        raise UsageError(f"{path} is no checklist: its spec holds no items.", next_step=_NAME_IT)
    return Previous(path, _version(path, fields), fields, answers, tuple(_remarks(document, said)))


def _refuse_unloadable(document: Document, said: Form) -> None:
    """Refuse what the programme's validator cannot load: what it means is anybody's guess."""
    found = [(each.at, each.message) for each in document.problems if each.trouble is not Trouble.MORE_DOCUMENTS]
    found += [(document.value_at(*each.where), f"{_name(each.where)} is {each.seen}, not {each.wanted}.")
              for each in said.wrong]  # fmt: skip
    if found:
        at, message = min(found, key=lambda each: (each[0].line, each[0].column))
        more = f" {len(found) - 1} more such places." if len(found) > 1 else ""
        raise UsageError(
            f"{document.path} cannot be carried forward, since the programme's validator cannot load it. "
            f"Line {at.line}: {clean(message)}{more}",
            next_step="Mend it, or a copy of it; clusterproof checklist lint names every such place.",
        )


def _name(where: Where) -> str:
    return ".".join(str(step) for step in where) or "The file"


def _remarks(document: Document, said: Form) -> Iterator[str]:
    """Yield what the validator loads and a reader may still misunderstand."""
    yield from (clean(each.message) for each in document.problems)
    counted = Counter(item.id for item in said.items if item.id)
    for name, count in counted.items():
        if count > 1:
            yield f"The item {clean(name, 120)} stands {count} times; only the last answer was carried forward."


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


def _answer(item: Item) -> Answer:
    evidence = tuple(entry.text.strip() for entry in item.links)
    return Answer(item.status.strip(), evidence, item.notes.strip())
