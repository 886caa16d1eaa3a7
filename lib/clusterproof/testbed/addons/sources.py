"""Objects that stand in the files of a pinned module: definitions of kinds, webhooks, roles."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterproof import paths
from clusterproof.testbed.addons.edit import change
from clusterproof.testbed.build import module_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Item = dict[str, Any]


def objects(given: Mapping[str, Any]) -> Iterator[Item]:
    """Yield the objects of a ``module``'s ``files``, of one ``kind``, after some ``edits``; each file once.

    Raises:
        TestbedError: the module cannot be had.
    """
    for file in _files(given):
        for item in _documents(file):
            if item["kind"] == given["kind"]:
                for edit in given.get("edits", ()):
                    change(item, edit)
                yield item


def fetch(tree: Any) -> None:
    """Get every module whose files are named anywhere in a tree, and read them: later neither network nor Go is needed.

    Raises:
        TestbedError: a module cannot be had.
    """
    if isinstance(tree, dict) and {"module", "files"} <= tree.keys():
        for file in _files(tree):
            _documents(file)
    elif isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            fetch(part)


def _files(given: Mapping[str, Any]) -> list[Path]:
    folder = module_dir(given["module"])
    return list(dict.fromkeys(file for pattern in given["files"] for file in sorted(folder.glob(pattern))))


def _documents(file: Path) -> list[Item]:
    """Return what a file holds, from the cache if need be: parsing a large definition takes seconds."""
    content = file.read_bytes()
    known = paths.cache() / "documents" / f"{hashlib.sha256(content).hexdigest()[:32]}.json"
    with suppress(OSError, ValueError):  # not there, or cut short
        items: list[Item] = json.loads(known.read_text(encoding="utf-8"))
        return items
    items = _parsed(content)
    known.parent.mkdir(parents=True, exist_ok=True)
    draft = known.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    draft.write_text(json.dumps(items, default=str), encoding="utf-8")
    draft.replace(known)
    return items


def _parsed(content: bytes) -> list[Item]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - 50 ms that a warm cache does not need

    return [item for item in YAML(typ="safe").load_all(content.decode()) if item]
