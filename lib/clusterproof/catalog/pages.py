"""From the catalog to pages. Everything that a template prints is cleaned and escaped on its way out."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from clusterproof import __version__, checklist, render
from clusterproof.catalog import expiry, matrix, product
from clusterproof.catalog.model import SOON, Strength
from clusterproof.report.pages import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    from clusterproof.catalog.model import Catalog, Product

TEMPLATES = Path(__file__).with_name("templates")
_LONGEST = 2000  # characters of an address that leads somewhere
LARGEST = 290_000
"""Bytes of a page."""
SHARES = (1.0, 0.5, 0.2, 0.05)
_DUE = 12  # submissions in the list of those that are due next


def pages(catalog: Catalog, title: str) -> Iterator[tuple[str, str]]:
    """Yield every page's path inside the site and its text."""
    overview = matrix.overview(catalog)
    tables = [overview, *(matrix.of_version(catalog, each) for each in catalog.versions)]
    next_due = _next_due(overview)
    for table in tables:
        whole = table.pages()
        for number, rows in enumerate(whole, start=1):
            yield table.page_name(number), _render(
                "matrix.html.j2", catalog, title, home="", table=table, rows=rows, number=number, count=len(whole),
                version=table.stem.removeprefix("v") if table.stem != "index" else "", next_due=next_due,
            )  # fmt: skip
    for each in catalog.products:
        yield f"products/{each.slug}.html", _product(catalog, title, each)


def _product(catalog: Catalog, title: str, each: Product) -> str:
    """Return the page of a product, with less on it where all of it would be too much."""
    text = ""
    for share in SHARES:
        shown = product.page(catalog, each, share)
        text = _render("product.html.j2", catalog, title, home="../", page=shown)
        if len(text) < LARGEST and len(text.encode("utf-8", "replace")) < LARGEST:
            break
    return text


def _next_due(overview: matrix.Matrix) -> list[matrix.Row]:
    rows = [row for row in overview.rows if row.due and row.due.certain and row.due.days >= 0]
    return sorted(rows, key=lambda row: row.due.days if row.due else 0)[:_DUE]


def _render(template: str, catalog: Catalog, title: str, **context: Any) -> str:
    return _environment().get_template(template).render(catalog=catalog, site=title, **context)


@cache
def script() -> Markup:
    """Return the one script that searches and filters."""
    return Markup((TEMPLATES / "catalog.js").read_text("utf-8"))  # noqa: S704 - a file of ours


@cache
def script_hash() -> str:
    """Return the script's digest as a page's policy names it: no other script runs."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only pages need it

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "day": expiry.day,
        "link": _link,
        "breakable": _breakable,
        "cut": render.clean,
        "short": _short,
    }
    environment.globals |= {
        "style": style() + Markup((TEMPLATES / "catalog.css").read_text("utf-8")),  # noqa: S704 - a file of ours
        "script": script(), "script_hash": script_hash(), "kit_version": __version__, "titles": _titles(),
        "levels": _level, "m": matrix, "fields": product.LINKS, "SOON": SOON, "strengths": list(Strength),
    }  # fmt: skip
    return environment


def _finalize(value: Any) -> Any:
    """Clean whatever a template prints, so that no template can forget it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return render.clean(value)


def _link(text: str) -> str:
    """Return an address that a reader may follow; nothing for what is none, or one that hides where it leads."""
    if not re.fullmatch(r"https?://[^\s\x00-\x20\x7f\"'<>\\^`{|}]+", text, re.IGNORECASE) or len(text) > _LONGEST:
        return ""
    try:
        parts = urlsplit(text)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return ""
    return text if parts.hostname and parts.username is None and port_is_one else ""


def _short(text: str, limit: int) -> str:
    """Return an address in few characters; the whole is where it leads."""
    return render.clean(text, len(text)) if len(text) <= limit else render.clean(text[:limit], limit) + "…"


def _breakable(name: str) -> Markup:
    """Allow a line break after each underscore of an id, and nowhere else."""
    return escape(render.clean(name)).replace("_", Markup("_<wbr>"))


@cache
def _titles() -> dict[str, str]:
    return {item.id: item.title for version in checklist.versions() for item in checklist.requirements(version)}


def _level(version: str, name: str) -> str:
    if version not in checklist.versions():
        return ""
    return next((item.level.value for item in checklist.requirements(version) if item.id == name), "")
