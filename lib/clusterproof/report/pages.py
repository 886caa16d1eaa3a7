"""The HTML pages. Everything that a template prints is cleaned and escaped on its way out."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from clusterproof import render
from clusterproof.report import overview, proved, timeline, unmeasured
from clusterproof.report.sharing import fair_limit, fitted, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from clusterproof.model import Evidence, Report, Verdict
    from clusterproof.report.known import Known

TEMPLATES = Path(__file__).with_name("templates")
_CLAIM = 800  # characters that a claim takes without its evidence
BODIES = 32_000
"""Characters of evidence on a requirement's own page, and of one body anywhere; what is longer is cut with a note, the
whole is in report.json."""
WHOLE = 950_000
"""Bytes of the page that holds everything: with what a mail makes of it, it stays below what mails may have."""


class Site:
    """The pages of one report; they know of each other."""

    def __init__(self, report: Report, *, known: Known, notebook_pages: Mapping[str, str]) -> None:
        self._report = report
        self._known = known
        self._notebook_pages = notebook_pages

    def index(self) -> str:
        """Return the page that holds all of the report: the verdict, every claim and object, and what is missing."""
        parameters = [(name, value) for name, value in sorted(self._report.parameters.items()) if name != "schema"]
        lengths = [len(piece.body) for verdict in self._report.verdicts for piece in pieces(verdict)]
        return fitted(
            lambda limit: _page(
                "index.html.j2", self._report, root="", parameters=parameters, notebook_pages=self._notebook_pages,
                known=self._known, limit=min(limit, BODIES),
            ),
            lengths, WHOLE,
        )  # fmt: skip

    def evidence(self, verdict: Verdict) -> str:
        """Return the page of one requirement."""
        every = pieces(verdict)
        claims = sum(len(result.observations) for result in verdict.results)
        limit = fair_limit([len(piece.body) for piece in every], BODIES - _CLAIM * claims)
        return _page(
            "evidence.html.j2", self._report, root="../", verdict=verdict, limit=limit,
            neighbours=self._neighbours(verdict), known=self._known,
        )  # fmt: skip

    def _neighbours(self, verdict: Verdict) -> tuple[str, str]:
        ids = ["", *(other.requirement.id for other in self._report.verdicts), ""]
        place = ids.index(verdict.requirement.id)
        return ids[place - 1], ids[place + 1]


def notebook_page_name(name: str) -> str:
    """Return the file name of a notebook's page: ``10_training`` gives ``training.html``."""
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", re.sub(r"^\d+_", "", name)) or "notebook"
    return f"{'notebook_index' if stem == 'index' else stem}.html"


@cache
def style() -> Markup:
    """Return the style sheet that every page carries inside itself."""
    return _sheet("style.css")


def _sheet(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704 - a file of ours


def _page(template: str, report: Report, **context: Any) -> str:
    return _environment().get_template(template).render(report=report, **context)


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
        "shown": render.shown, "seconds": render.seconds, "holds": render.holds, "counted": render.counted,
        "body": _body, "path": _path, "link": _link, "moment": render.moment, "breakable": _breakable,
    }  # fmt: skip
    environment.globals |= _globals()
    return environment


def _globals() -> dict[str, Any]:
    """Return what every template may name."""
    return {
        "style": style(), "report_style": _sheet("report.css"),
        "symbols": render.SYMBOLS, "words": render.WORDS, "reasons": render.REASONS, "kinds": render.KINDS,
        "fact_lines": render.fact_lines, "chart": render.chart, "chart_table": render.chart_table,
        "o": overview, "stretches": timeline.stretches, "of_run": timeline.of_run,
        "missing": unmeasured, "trust": proved,
    }  # fmt: skip


def _finalize(value: Any) -> Any:
    """Clean whatever a template prints, so that no template can forget it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return render.clean(value)


def _body(piece: Evidence, limit: int) -> Markup:
    # Inside an element quotes need no escape, and an object is full of them.
    return Markup(html.escape(render.clean(piece.body, limit), quote=False))  # noqa: S704 - escaped in the same line


def _breakable(name: str) -> Markup:
    """Allow a line break after each underscore of an id, and nowhere else."""
    return escape(render.clean(name)).replace("_", Markup("_<wbr>"))


def _path(name: str) -> str:
    """Return a path inside the run folder as a link; one that leads out of it leads nowhere."""
    inside = not name.startswith("/") and ".." not in name.split("/")
    return f"./{quote(name)}" if inside else "#"


def _link(name: str) -> str:
    """Return where an evidence entry leads: a web address or a path in the run folder, else nothing."""
    if re.match(r"https?://[^\s]+$", name):
        return name
    return _path(name) if re.fullmatch(r"[\w./-]+", name) else ""
