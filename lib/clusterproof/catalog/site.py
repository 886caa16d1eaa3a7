"""Write the site's folder: nothing of anybody else's is replaced, and no page of an earlier catalog stays behind."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from clusterproof import __version__
from clusterproof.catalog.expiry import expiry
from clusterproof.catalog.pages import pages
from clusterproof.errors import UsageError, unwritable

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.catalog.model import Catalog, Submission

DATA = "catalog.json"
"""The same as data; that it is there tells a site of ours from any other folder."""
KIND = "clusterproof catalog"
_OURS = re.compile(r"(index|v\d+\.\d+)(-\d+)?\.html|products")


def write_site(catalog: Catalog, out: Path, *, title: str, force: bool = False) -> int:
    """Write all pages into a folder and return how many there are.

    Raises:
        UsageError: the folder holds something already, or cannot be one; what lay there before is unchanged.
        KitError: the disk is full or broken; the same.
    """
    try:
        _refuse(out, force=force)
    except OSError as error:
        raise unwritable(out, error) from error
    staging = out.with_name(f".{out.name}.clusterproof-tmp")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        (staging / "products").mkdir(parents=True)
        count = 0
        for name, text in pages(catalog, title):
            (staging / name).write_bytes(text.encode("utf-8", "replace"))
            count += 1
        data = json.dumps(as_data(catalog), indent=1, ensure_ascii=False).encode("utf-8", "replace")
        (staging / DATA).write_bytes(data + b"\n")
        _replace(staging, out)
    except OSError as error:
        raise unwritable(out, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return count


def _refuse(out: Path, *, force: bool) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or out.is_symlink():
        raise UsageError(f"{out} is there already, and is no folder.", next_step="Choose another folder.")
    if not any(out.iterdir()):
        return
    if not force:
        raise UsageError(f"{out} holds something already.", next_step="Choose another folder, or replace it: --force")
    if not _is_ours(out):
        raise UsageError(f"{out} is no catalog of ours, so it is not replaced.", next_step="Choose another folder.")


def _is_ours(out: Path) -> bool:
    file = out / DATA
    try:
        return not file.is_symlink() and json.loads(file.read_text("utf-8")).get("kind") == KIND
    except (OSError, ValueError, AttributeError):
        return False


def _replace(staging: Path, out: Path) -> None:
    """Put the new pages in the place of those of an earlier catalog; whatever else lies there stays."""
    out.mkdir(parents=True, exist_ok=True)
    for old in [path for path in out.iterdir() if _OURS.fullmatch(path.name) or path.name == DATA]:
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    for new in staging.iterdir():
        os.replace(new, out / new.name)  # noqa: PTH105 - both exist


def as_data(catalog: Catalog) -> dict[str, Any]:
    """Return the catalog as plain JSON values."""
    return {
        "schema": 1, "kind": KIND, "kit_version": __version__, "today": catalog.today.isoformat(),
        "notes": list(catalog.notes),
        "unreadable": [{"path": each.path, "why": each.why} for each in catalog.unreadable],
        "submissions": [
            {"page": f"products/{product.slug}.html", **_submission(each, catalog)}
            for product in catalog.products
            for each in product.submissions
        ],
    }  # fmt: skip


def _submission(each: Submission, catalog: Catalog) -> dict[str, Any]:
    due = expiry(each.certified, catalog.today) if each.certified else None
    return {
        "version": each.version, "folder": each.folder, "name": each.name, "vendor": each.vendor,
        "certified": each.certified.on.isoformat() if each.certified else None,
        "date_source": each.certified.source.value if each.certified else None,
        "until": due.until.isoformat() if due else None, "days_left": due.days if due else None,
        "answers": {a.id: {"status": a.counted, "evidence": a.strength.value} for a in each.by_id.values()},
    }  # fmt: skip
