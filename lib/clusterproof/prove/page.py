"""The proof as a page that anybody can open, and as data."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.prove.proof import Proof


def as_data(proof: Proof) -> dict[str, Any]:
    """Return the proof as plain JSON values."""
    trials = [{**asdict(trial), "seen": trial.seen, "ok": trial.ok} for trial in proof.trials]
    plain: dict[str, Any] = json.loads(json.dumps({"ok": proof.ok, "trials": trials, "unproved": proof.unproved()}))
    return plain


def write_page(proof: Proof, folder: Path) -> Path:
    """Write ``prove.html`` and ``prove.json`` into a folder and return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prove.json").write_text(json.dumps(as_data(proof), indent=2), encoding="utf-8")
    loader = jinja2.PackageLoader("clusterproof.prove", "templates")
    pages = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    page = folder / "prove.html"
    page.write_text(pages.get_template("prove.html.j2").render(proof=proof), encoding="utf-8")
    return page
